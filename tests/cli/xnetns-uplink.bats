#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# An uplink forwards for namespaces that are wired, and for nobody else. "Host" is a network
# namespace of the test, with a second network "far" that its neighbour "out" has no business in.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need python3 ip nft
}

# The second network. Both neighbours take the host for their router.
far='
far()
{
	outside; ip netns add far; ip link add far0 type veth peer name eth0 netns far
	ip addr add 198.51.100.1/24 dev far0; ip addr add 2001:db8:1::1/64 dev far0 nodad; ip link set far0 up
	ip -n far addr add 198.51.100.9/24 dev eth0; ip -n far addr add 2001:db8:1::9/64 dev eth0 nodad
	ip -n far link set eth0 up; ip -n far link set lo up
	for i in far:192.0.2.0/24:198.51.100.1 out:198.51.100.0/24:192.0.2.1; do IFS=: read -r name to by <<<"$i"; ip -n $name route add $to via $by; done
	ip -n far -6 route add 2001:db8::/64 via 2001:db8:1::1; ip -n out -6 route add 2001:db8:1::/64 via 2001:db8::1
	until_true settled far; serve far 80; serve out 80
}
# through: whether a datagram of the neighbour gets there, whatever becomes of an answer
through()
{
	for to in 198.51.100.9 2001:db8:1::9; do
		before=$(received)
		at out python3 -c "import socket, sys; f = socket.AF_INET6 if \":\" in sys.argv[1] else socket.AF_INET
socket.socket(f, socket.SOCK_DGRAM).sendto(b\"?\", (sys.argv[1], 99))" $to
		# What is sent later arrives later.
		ask $to 80 >/dev/null; [ "$(received)" = "$before" ] && echo kept out || echo through
	done
}
received() { at far sh -c "cat /proc/net/snmp /proc/net/snmp6" | awk "/^Udp: [0-9]/ { n += \$3 } /^Udp6NoPorts/ { n += \$2 } END { print n }"; }
taken() { nft list table inet xnetns 2>/dev/null | grep -c "elements.*$1"; }
'

@test 'an uplink does not lead neighbours to other networks' {
	in_router "$far"'far; n up web -q --dns none || exit; through; ask web 192.0.2.9 80; ask web 2001:db8::9 80; ask web 198.51.100.9 80
		nft delete table inet xnetns; n doctor --fix >/dev/null 2>&1; taken wan0
		nft flush set inet xnetns taken4; n doctor | grep -c "rules.*not whole"; n up web -q --dns none; taken wan0; through
		n down web -q; nft list tables; ls /run/xnetns; cat /proc/sys/net/ipv4/conf/wan0/forwarding'
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
	status_is 0
	output_is 'kept out
kept out
192.0.2.1
2001:db8::1
nothing
2
1
2
kept out
kept out
0'
}

@test 'a host that was a router, or becomes one, stays one' {
	in_router "$far"'far; echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; n up web -q --dns none || exit
		ask out 198.51.100.9 80; ask out 2001:db8:1::9 80; n down web -q; ask out 198.51.100.9 80
		echo 0 >/proc/sys/net/ipv4/ip_forward; n up web -q --dns none; echo 1 >/proc/sys/net/ipv4/ip_forward
		ask far 192.0.2.9 80; n doctor --fix >/dev/null 2>&1; ask out 198.51.100.9 80
		n down web -q; ask out 198.51.100.9 80'
	status_is 0
	output_is '192.0.2.9
2001:db8::9
192.0.2.9
198.51.100.9
192.0.2.9
192.0.2.9'
}

@test 'an uplink may be called what it likes' {
	need sysctl
	in_router "$far"'far; for name in "b\\x" "star*" "*" "d\$(x);" "it'"'"'s" 7 "{a}#" "-x"; do
			old=$(ip -o addr show to 192.0.2.1 | cut -d" " -f2); ip link set dev "$old" down; ip link set dev "$old" name "$name"; ip link set dev "$name" up
			ip addr add 2001:db8::1/64 dev "$name" nodad; ip route replace default via 192.0.2.9; ip -6 route replace default via 2001:db8::9; until_true settled
			n up web -q --dns none || exit; through; ask web 192.0.2.9 80; nft flush set inet xnetns taken4; n doctor --fix >/dev/null 2>&1; through | uniq -c
			n down web -q; cat "/proc/sys/net/ipv4/conf/$name/forwarding" "/proc/sys/net/ipv6/conf/$name/force_forwarding"
			n up web --dns none --dry-run >/run/script; sh -e /run/script || echo "script of $name"; through | uniq -c; n down web -q; nft list tables; cat "/proc/sys/net/ipv4/conf/$name/forwarding"
		done | sort | uniq -c'
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
	status_is 0
	output=$(sed 's/^ *//' <<<"$output")
	output_is '16       2 kept out
24 0
8 192.0.2.1
16 kept out'
}

@test 'an uplink whose name cannot be in rules is refused before anything is changed' {
	in_router "$far"'far; ready() { ip -o link | grep -F "$name@" | grep -q "state UP" && ip -6 -o addr show scope link | grep -qF "$name " && settled; }
		for name in "q\"x" "abcdefghijklmn*" "b\\*"; do
			old=$(ip -o addr show to 192.0.2.1 | cut -d" " -f2); ip link set dev "$old" down; ip link set dev "$old" name "$name"; ip link set dev "$name" up; ip route replace default via 192.0.2.9; until_true ready
			before=$(host_net); n up web -q --dns none; n up --dry-run web --dns none; [ "$before" = "$(host_net)" ] && echo same; ls /run/netns | grep web; n up iso -q --net isolated && n down iso -q
		done; echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; n up web -q --dns none; ask web 192.0.2.9 80'
	status_is 0
	refused() { echo "xnetns: rules of nftables cannot name the link '$1', by which this host reaches the world: nothing would keep neighbours from other networks of the host; it has to get another name first (ip link set ... name ...)"; }
	output_is "$(for name in 'q"x' 'abcdefghijklmn*' 'b\*'; do refused "$name"; refused "$name"; echo same; done)
192.0.2.1"
}

@test 'rules of others lead through an uplink that was taken' {
	in_router "$far"'far; n up web -q --dns none || exit; echo 1 >/proc/sys/net/ipv4/conf/far0/forwarding
		nft "add table ip f; add chain ip f pre { type nat hook prerouting priority -100; }; add rule ip f pre tcp dport 8080 dnat to 198.51.100.9:80"
		ask out 192.0.2.1 8080; ask far 192.0.2.9 80; ask out 198.51.100.9 80'
	status_is 0
	output_is '192.0.2.9
198.51.100.9
nothing'
}

@test 'without its files the table says what is to be put back' {
	in_router 'outside; before=$(host_net); n up web -q --dns none && n up b -q --dns none || exit; rm -r /run/xnetns; n down web -q
		n down b --dry-run | grep -c "wan0.*forwarding=0"; n down b -q
		[ "$before" = "$(host_net)" ] && echo same || diff <(echo "$before") <(host_net)'
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
	status_is 0
	output_is '2
same'
}

@test 'a table that stays for ports forgets the uplinks' {
	in_router 'outside; wired a 1; ip link set xn-a group 0; forwarding wan0 0; n publish -q a 8080:80 2>/dev/null && n up web -q --dns none || exit; taken() { nft list table inet xnetns | grep -c "elements.*wan0"; }
		taken; n down web -q; taken; n publish a | grep -c 8080; nft list table inet xnetns | grep -c "8080 : 10"'
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
	status_is 0
	output_is '2
0
2
1'
}

@test 'up killed at any write to a setting leaves no uplink open' {
	need strace
	need_plain_build
	in_router "$far"'far; for i in $(seq 60); do
			{ strace -f -o /dev/null --inject=sendmsg,sendto,write,renameat,rename:signal=KILL:when=$i "$XNETNS" up web -q --dns none && break; } >/dev/null 2>&1
			[ "$(cat /proc/sys/net/ipv4/conf/wan0/forwarding)" = 0 ] || [ "$(taken wan0)" = 2 ] || echo "$i: open"
			n down web -q || echo "$i: down fails"; nft list tables | grep xnetns; cat /proc/sys/net/ipv4/conf/wan0/forwarding | grep -v 0
		done; [ $i -gt 10 ] && [ $i -lt 60 ] && echo done'
	output_is 'done'
}
