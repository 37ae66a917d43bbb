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
