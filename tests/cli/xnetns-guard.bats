#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a namespace that is wired, and what neighbours of the host, must not be able to do. "Host" is
# a network namespace of the test.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need python3 ip nft
}

@test 'the host takes no default route from inside' {
	in_router 'outside; n up web -q || exit
		until_true settled web
		at web python3 -c "
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
prefix = struct.pack(\"!BBBBIII\", 3, 4, 64, 0xc0, 9999, 9999, 0) + socket.inet_pton(socket.AF_INET6, \"2001:db8:bad::\")
s.sendto(struct.pack(\"!BBHBBHII\", 134, 0, 0, 64, 8, 1800, 0, 0) + prefix, (\"ff02::1\", 0, 0, socket.if_nametoindex(\"eth0\")))" || exit
		# What is sent later arrives later.
		serve out 80; ask web 192.0.2.9 80
		ip -6 route show default | grep -c .; ip -6 route | grep -c bad; cat /proc/sys/net/ipv6/conf/xn-web/accept_ra'
	status_is 0
	output_is '192.0.2.1
1
0
0'
}

@test 'the host looks for none of its addresses inside, and can ask for neighbours at once' {
	# An address that is looked for first is tentative for a second or longer.
	in_router 'outside; n up web -q || exit
		ip -6 addr show dev xn-web | grep -c "scope link"; ip -6 addr show dev xn-web tentative | grep inet6
		n up --dry-run other | grep -o "accept_dad=0"'
	status_is 0
	output_is $'1\naccept_dad=0'
}

@test 'up sets up again the end of the host, and lets it take no routes' {
	in_router 'outside; n up web -q || exit
		ip link set xn-web down; echo 1 >/proc/sys/net/ipv6/conf/xn-web/accept_ra
		n up web -q; cat /proc/sys/net/ipv6/conf/xn-web/accept_ra; ip link show up | grep -c xn-web
		serve out 80; ask web 192.0.2.9 80'
	status_is 0
	output_is '0
1
192.0.2.1'
}

@test 'a neighbour that takes the host for a router reaches published ports only' {
	in_router 'outside; n up web -q --ip4 10.9.0.2/24 --ip6 off -p 8080:80 -p 127.0.0.1:81:80 || exit
		serve web 80; serve web 90; ip -n out route add 10.9.0.0/24 via 192.0.2.1
		ask out 192.0.2.1 8080; ask out 10.9.0.2 90; ask 10.9.0.2 90; ask 127.0.0.1 81
		echo 1 >/run/one; at out sh -c "cat /run/one >/proc/sys/net/ipv4/conf/all/route_localnet"
		ip -n out addr del 127.0.0.1/8 dev lo; ip -n out route add 127.0.0.1/32 via 192.0.2.1 src 192.0.2.9
		ask out 127.0.0.1 81'
	status_is 0
	output_is '192.0.2.9
nothing
10.9.0.1
10.9.0.1
nothing'
}

@test 'nobody inside sends with an address of others' {
	in_router 'outside; n up web -q --dns none -p 8080:80 && n up b -q --dns none || exit; until_true settled web; serve web 80
		# What the host, and what "out" gets from there.
		received() { awk "/^Udp: [0-9]/ { n += \$3 } /^Udp6NoPorts/ { n += \$2 } END { print n }" /proc/net/snmp /proc/net/snmp6; }
		b4=$(ip -n b -4 -o addr show eth0 | grep -o "10[0-9.]*" | head -1); b6=$(ip -n b -6 -o addr show eth0 scope global | grep -o "fd[0-9a-f:]*")
		w4=$(ip -n web -4 -o addr show eth0 | grep -o "10[0-9.]*" | head -1); w6=$(ip -n web -6 -o addr show eth0 scope global | grep -o "fd[0-9a-f:]*")
		for a in 192.0.2.50/32 2001:db8::50/128 192.0.2.9/32 "$b4/32" "$b6/128"; do ip -n web addr add $a dev eth0 nodad 2>/dev/null || ip -n web addr add $a dev eth0; done
		for a in $w4 192.0.2.50 192.0.2.9 $b4 $w6 2001:db8::50 $b6; do
			case $a in *:*) host=2001:db8::1 ;; *) host=192.0.2.1 ;; esac
			before=$(received); at web python3 -c "import socket, sys; f = socket.AF_INET6 if \":\" in sys.argv[1] else socket.AF_INET
s = socket.socket(f, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0)); s.sendto(b\"?\", (sys.argv[2], 99))" $a $host || exit
			# What is sent later arrives later.
			at web python3 "$PEER" ask $host 99 >/dev/null; [ "$(received)" = "$before" ] && echo dropped || echo arrives
		done
		for a in 192.0.2.50/32 2001:db8::50/128 192.0.2.9/32 "$b4/32" "$b6/128"; do ip -n web addr del $a dev eth0; done
		for from in "out 192.0.2.1" 192.0.2.1 127.0.0.1 "web 192.0.2.1" "b 192.0.2.1" "out 2001:db8::1"; do ask $from 8080 >/dev/null && echo reached; done'
	status_is 0
	output_is 'arrives
dropped
dropped
dropped
arrives
dropped
dropped
reached
reached
reached
reached
reached
reached'
}

# What the host gets of what is sent with wild.py, by source: behind the rules of ours, before anything
# that the kernel does of itself.
sources='
WILD=${PEER%/*}/wild.py
mac_of() { ip -o link show $1 | sed "s/.*ether \([^ ]*\).*/\1/"; }
ip4() { ip -n $1 -4 -o addr show eth0 | sed "s|.*inet \([^/]*\)/.*|\1|"; }
ip6() { ip -n $1 -6 -o addr show eth0 scope global | sed "s|.*inet6 \([^/]*\)/.*|\1|"; }
host4() { ip -4 -o addr show xn-$1 | sed "s|.*inet \([^/]*\)/.*|\1|"; }
host6() { ip -6 -o addr show xn-$1 scope global | sed "s|.*inet6 \([^/]*\)/.*|\1|"; }
watch_sources()
{
	nft "add table inet seen; add set inet seen four { type ipv4_addr; flags dynamic; }; add set inet seen six { type ipv6_addr; flags dynamic; }
		add chain inet seen in { type filter hook prerouting priority -290; }; add rule inet seen in iifname \"xn-*\" udp dport 99 add @four { ip saddr }; add rule inet seen in iifname \"xn-*\" udp dport 99 add @six { ip6 saddr }"
}
seen() { for i in four six; do nft list set inet seen $i | tr -d "\n\t" | grep -o "elements = {[^}]*" | sed "s/elements = { //" | tr -d " " | tr , "\n"; nft flush set inet seen $i; done; }
# try NAME SOURCE...
try()
{
	local name=$1 mac; mac=$(mac_of xn-$1); shift
	for from in "$@"; do
		case $from in *:*) at $name python3 "$WILD" send eth0 $mac $from $(host6 $name) udp ;; *) at $name python3 "$WILD" send eth0 $mac $from $(host4 $name) udp ;; esac
	done
}
'

@test 'nobody sends with an address of the next slot, nor any other, whatever he makes his packets with' {
	in_router "$sources"'outside; watch_sources; n up b -q --dns none && n up web -q --dns none && n up iso -q --net isolated && n up p -q --dns none --ip4 10.9.0.3/31 --ip6 fd00:9::3/127 && n up ip -q --net isolated --ip4 10.9.0.5/31 --ip6 fd00:9::5/127 || exit
		for name in web iso p ip; do
			own4=$(ip4 $name) own6=$(ip6 $name); until_true settled $name
			before=${own4%.*}.$((${own4##*.} - 4)) next=${own4%.*}.$((${own4##*.} + 4)); case $name in p | ip) before=10.9.0.1 next=10.9.0.6 ;; esac
			try $name $own4 $before $next $(host4 $name) $(ip4 b) $(host4 b) 192.0.2.1 192.0.2.9 8.8.8.8 127.0.0.1 169.254.1.1 224.0.0.1 255.255.255.255
			try $name $own6 $(host6 $name) $(ip6 b) $(host6 b) 2001:db8::1 2001:db8::9 2001:db8:7::1 ::1 ::ffff:10.0.0.1 ::7f00:1 2002::1 ff02::1 fd00:9::1 fd00:9::7
			[ "$(seen)" = "$own4"$'"'\n'"'"$own6" ] && echo own only
		done
		# All of it would arrive.
		nft delete table inet xnetns; try iso $(ip4 b) 192.0.2.9 2001:db8::9; seen'
	status_is 0
	output_has $'own only\nown only\nown only\nown only\n10.171.'
	output_has 192.0.2.9
	output_has 2001:db8::9
}

@test 'an address that is claimed leads nobody astray' {
	in_router "$sources"'outside; n up b -q --dns none && n up web -q --dns none && n up iso -q --net isolated || exit; until_true settled web; until_true settled iso; serve b 80; serve out 80
		for name in web iso; do
			for address in $(ip4 b) $(host4 b) 192.0.2.1 192.0.2.9 $(host4 $name); do at $name python3 "$WILD" arp eth0 $address; done
			for address in $(ip6 b) $(host6 b) 2001:db8::1 2001:db8::9 $(host6 $name); do at $name python3 "$WILD" na eth0 $address; done
			ip -n $name addr add $(ip4 b)/32 dev eth0; ip -n $name addr add 192.0.2.9/32 dev eth0; ip -n $name -6 addr add $(ip6 b)/128 dev eth0 nodad
		done
		ask $(ip4 b) 80; ask $(ip6 b) 80 | cut -c1-2; ask 192.0.2.9 80; ask 2001:db8::9 80; ask b 192.0.2.9 80; ask b 2001:db8::9 80; ip neigh | grep "xn-[wi]" | grep -c "$(ip4 b) \|192.0.2.9 \|$(ip6 b) "; true'
	status_is 0
	output=$(sed 's/^10[.]171[.].*/host4/' <<<"$output")
	output_is 'host4
fd
192.0.2.1
2001:db8::1
192.0.2.1
2001:db8::1
0'
}

@test 'nothing leaves with an address of inside that is not masqueraded' {
	in_router "$sources"'outside; n up web -q --dns none || exit; until_true settled web
		hear() { at out python3 "$WILD" hear eth0 10.0.0.0/8 fd00::/8 >/run/heard & pid=$!; until_true grep -q ready /run/heard; }
		all() { for kind in udp badsum syn ack rst fin nosyn echo unreach fragment sctp 41 47 4 50; do at web python3 "$WILD" send eth0 $(mac_of xn-web) $(ip4 web) 192.0.2.9 $kind; at web python3 "$WILD" send eth0 $(mac_of xn-web) $(ip6 web) 2001:db8::9 $kind; done
			# What is sent later arrives later.
			ask 192.0.2.9 80 >/dev/null; python3 "$PEER" ask 192.0.2.9 7 udp >/dev/null; wait $pid; sort -u /run/heard | cut -d" " -f2 | paste -sd" "; }
		hear; all; nft delete rule inet xnetns inward handle $(nft -a list chain inet xnetns inward | sed -n "/invalid/s/.*handle //p"); hear; all'
	status_is 0
	[ "${lines[0]}" = ready ] || fail "$output"
	[[ ${lines[1]} == *6* ]] || fail "$output"
}

@test 'a neighbour does not pass for somebody inside' {
	in_router "$sources"'outside; n up web -q --dns none -p 8080:80 && n up iso -q --net isolated || exit; serve web 80
		nft "add table inet seen; add chain inet seen in { type filter hook prerouting priority -290; }; add rule inet seen in iifname wan0 udp dport 99 counter"
		all() { for name in web iso; do at out python3 "$WILD" send eth0 $(mac_of wan0) $(ip4 $name) 192.0.2.1 udp; at out python3 "$WILD" send eth0 $(mac_of wan0) $(ip6 $name) 2001:db8::1 udp; done; nft list table inet seen | grep -o "packets [0-9]*"; }
		all; at out python3 "$WILD" send eth0 $(mac_of wan0) 192.0.2.9 192.0.2.1 udp; at out python3 "$WILD" send eth0 $(mac_of wan0) 2001:db8::9 2001:db8::1 udp; nft list table inet seen | grep -o "packets [0-9]*"
		for from in "out 192.0.2.1" "out 2001:db8::1" 192.0.2.1 2001:db8::1 127.0.0.1 "web 192.0.2.1"; do ask $from 8080 >/dev/null && echo reached; done; nft delete table inet xnetns; all'
	status_is 0
	output_is 'packets 0
packets 2
reached
reached
reached
reached
reached
reached
packets 6'
}
