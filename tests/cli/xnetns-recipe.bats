#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a way out is made of, piece by piece, by IPv4 and by IPv6: each piece is needed, and all of
# them together suffice. Of a namespace "A", the host "R", and "C" outside, which knows no way back:
#
#	addresses and routes only: nothing		each piece is needed, in this order
#	forwarding of the link: nothing			the same
#	masquerading: nothing				the same
#	forwarding of the uplink: works			the same
#	IPv6: forwarding of links: nothing		IPv6 wants force_forwarding, and only that
#	IPv6: force_forwarding of both: works		the same
#	a foreign policy that drops			a foreign policy wants an accept of its own table
#	strict reverse paths				strict reverse paths are no hindrance
#	published, from C and R				a port: its client, its own address, back in again
#	published, from 127.0.0.1			the same
#	published, from A (hairpin)			the same
#	A to B						between two of them nothing is translated
#	/31, /127; /32 and /128 without numbers		links of two addresses, and of none
#	two directly					a cable
#	many at a switch				xnetns-bridge.bats, 'three namespaces reach each other'
#	by one process, the name last			xnetns-up.bats, xnetns-up-kill.bats
#	torn down at once				xnetns-up.bats, 'up, down and up again'

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft python3
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
}

lib='
# both FROM ADDRESS ADDRESS PORT: both answers, asked for at once. FROM: "R" is the host.
both()
{
	local from=("$1") pid; [ "$1" != R ] || from=()
	ask "${from[@]}" "$2" "$4" >/run/answer & pid=$!
	ask "${from[@]}" "$3" "$4" >/run/answer6; wait $pid
	echo "$(cat /run/answer) $(cat /run/answer6)"
}
out() { both $1 192.0.2.9 2001:db8::9 80; }
ip4() { ip -n $1 -4 -o addr show eth0 | sed "s|.*inet \([^/]*\)/.*|\1|"; }
ip6() { ip -n $1 -6 -o addr show eth0 scope global | sed "s|.*inet6 \([^/]*\)/.*|\1|"; }
# without CHAIN WORDS: the rule with these words is taken away.
without() { nft delete rule inet xnetns $1 handle $(nft -a list chain inet xnetns $1 | sed -n "/$2/s/.*handle //p"); }
'
scenario() { in_router "$lib$1"; }

@test 'each piece is needed, in this order' {
	scenario 'outside; serve out 80; n up A -q --dns none || exit; nft list ruleset >/run/rules
		forwarding xn-A 0; forwarding wan0 0; nft delete table inet xnetns; echo "addresses, routes: $(out A)"
		forwarding xn-A 1; echo "link: $(out A)"; nft -f /run/rules; echo "masquerade: $(out A)"
		forwarding wan0 1; echo "uplink: $(out A)"; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding'
	status_is 0
	output_is 'addresses, routes: nothing nothing
link: nothing nothing
masquerade: nothing nothing
uplink: 192.0.2.1 2001:db8::1
0
0'
}

@test 'IPv6 wants force_forwarding, and only that' {
	scenario 'outside; serve out 80; of() { cat /proc/sys/net/ipv6/conf/{xn-A,wan0}/$1 | paste -sd" "; }; set6() { for i in xn-A wan0; do echo $2 >/proc/sys/net/ipv6/conf/$i/$1; done; }
		ra=$(cat /proc/sys/net/ipv6/conf/wan0/accept_ra); n up A -q --dns none || exit; of forwarding; [ "$(cat /proc/sys/net/ipv6/conf/wan0/accept_ra)" = $ra ] && echo same
		set6 force_forwarding 0; set6 forwarding 1; ask A 2001:db8::9 80; set6 forwarding 0; set6 force_forwarding 1; ask A 2001:db8::9 80'
	status_is 0
	output_is '0 0
same
nothing
2001:db8::1'
}

@test 'a foreign policy wants an accept of its own table' {
	scenario 'outside; serve out 80; n up A -q --dns none || exit
		nft "add table inet f; add chain inet f DOCKER-USER; add chain inet f forward { type filter hook forward priority 0; policy drop; }; add rule inet f forward jump DOCKER-USER"
		out A; for p in -10 10; do nft "add table inet mine; add chain inet mine forward { type filter hook forward priority $p; }; add rule inet mine forward accept"; out A; nft delete table inet mine; done
		nft add rule inet f DOCKER-USER accept; out A'
	status_is 0
	output_is 'nothing nothing
nothing nothing
nothing nothing
192.0.2.1 2001:db8::1'
}

@test 'strict reverse paths are no hindrance' {
	# IPv6 has no such switch; a rule does the same.
	scenario 'strict() { for i in $(at $1 ls /proc/sys/net/ipv4/conf); do at $1 sh -c "echo 1 >/proc/sys/net/ipv4/conf/$i/rp_filter"; done; }; at() { if [ $1 = R ]; then shift; "$@"; else ip netns exec "$@"; fi; }
		outside; serve out 80; strict R; n up A -q --dns none -p 8080:80 || exit; serve A 80; strict R; strict A; strict out
		for name in R A out; do at $name nft "add table ip6 rp; add chain ip6 rp pre { type filter hook prerouting priority -310; }; add rule ip6 rp pre ip6 saddr != { ::, fe80::/10 } fib saddr . iif oif missing drop"; done
		out A; both out 192.0.2.1 2001:db8::1 8080; both R $(ip4 A) $(ip6 A) 80 | grep -c "^10[.].* fd"; cat /proc/sys/net/ipv4/conf/{xn-A,wan0}/rp_filter'
	status_is 0
	output_is '192.0.2.1 2001:db8::1
192.0.2.9 2001:db8::9
1
1
1'
}

@test 'a port: its client, its own address, back in again' {
	scenario 'outside; n up A -q --dns none -p 8080:80 && n up B -q --dns none || exit; serve A 80
		of() { case $1 in R) both R $2 $3 8080 ;; *) both $1 $2 $3 8080 ;; esac | sed "s/10[.]171[.][0-9.]*/host4/; s/fd[0-9a-f:]*/host6/"; }
		of out 192.0.2.1 2001:db8::1; of R 192.0.2.1 2001:db8::1; of A 192.0.2.1 2001:db8::1; of B 192.0.2.1 2001:db8::1; ask 127.0.0.1 8080 | grep -c "^10.171"
		# Without what they need.
		without post "30830 oifgroup 30830 ct status dnat"; of A 192.0.2.1 2001:db8::1; n up A -q --dns none -p 8080:80
		without post "127.0.0.0"; ask 127.0.0.1 8080; n up A -q --dns none -p 8080:80; echo 0 >/proc/sys/net/ipv4/conf/xn-A/route_localnet; ask 127.0.0.1 8080'
	status_is 0
	output_is '192.0.2.9 2001:db8::9
192.0.2.1 2001:db8::1
host4 host6
host4 host6
1
nothing nothing
nothing
nothing'
}

@test 'between two of them nothing is translated' {
	scenario 'outside; n up A -q --dns none && n up B -q --dns none || exit; serve B 80; [ "$(both A $(ip4 B) $(ip6 B) 80)" = "$(ip4 A) $(ip6 A)" ] && echo as sent
		nft "add table inet f; add chain inet f forward { type filter hook forward priority 0; }; add rule inet f forward iifgroup 30830 oifgroup 30830 drop"; both A $(ip4 B) $(ip6 B) 80'
	status_is 0
	output_is 'as sent
nothing nothing'
}

@test 'links of two addresses, and of none' {
	scenario 'outside; serve out 80; n up A -q --dns none --ip4 10.9.0.3/31 --ip6 fd00:9::3/127 -p 8080:80 && n up B -q --dns none --ip4 10.9.0.4/31 --ip6 fd00:9::4/127 || exit
		ip -br addr show xn-A | grep -c "10.9.0.2/31 fd00:9::2/127"; ip -br addr show xn-B | grep -c "10.9.0.5/31 fd00:9::5/127"; serve A 80; serve B 80; out A; out B
		both out 192.0.2.1 2001:db8::1 8080; both A 10.9.0.4 fd00:9::4 80; both R 10.9.0.3 fd00:9::3 80; n up A --dns none --ip4 10.9.0.3/31 --ip6 fd00:9::3/127 -p 8080:80 | grep -v ^already
		# By hand, and by the rules of ours all the same.
		ip netns add U; ip link add xn-U mtu 1400 group 30830 type veth peer name eth0 mtu 1400 netns U; ip addr add 169.254.1.1/32 dev xn-U; ip -6 addr add fe80::1/64 dev xn-U nodad; ip link set xn-U up
		ip route add 10.9.9.9/32 dev xn-U; ip -6 route add fd00:99::9/128 dev xn-U; ip -n U link set eth0 up; ip -n U addr add 10.9.9.9/32 dev eth0; ip -n U -6 addr add fd00:99::9/128 dev eth0 nodad
		ip -n U route add default via 169.254.1.1 dev eth0 onlink; ip -n U -6 route add default via fe80::1 dev eth0; forwarding xn-U 1; until_true settled U; out U; both U 10.9.0.3 fd00:9::3 80'
	status_is 0
	output_is '1
1
192.0.2.1 2001:db8::1
192.0.2.1 2001:db8::1
192.0.2.9 2001:db8::9
10.9.0.3 fd00:9::3
10.9.0.2 fd00:9::2
192.0.2.1 2001:db8::1
10.9.9.9 fd00:99::9'
}

@test 'a cable' {
	scenario 'before=$(host_net); n up left -q --net none && n up right -q --net peer=left --ip4 10.9.0.3/31 --ip6 fd00:9::3/127 || exit; serve left 80
		[ "$before" = "$(host_net)" ] && echo nothing of it; both right 10.9.0.2 fd00:9::2 80'
	status_is 0
	output_is 'nothing of it
10.9.0.3 fd00:9::3'
}
