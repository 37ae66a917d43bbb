#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is isolated stays so, whatever the switches of the host say: nothing is forwarded from it or
# to it, by IPv4 or IPv6, from neighbours of the host, from other namespaces, or of strange kinds.
# "Host" is a network namespace of the test.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need python3 ip nft
}

# What a namespace gets is counted before anything in it could drop it.
lib='
count() { at $1 nft "add table inet count; add chain inet count in { type filter hook prerouting priority -450; }; add rule inet count in meta nfproto ipv4 udp dport 99 counter; add rule inet count in meta nfproto ipv6 udp dport 99 counter"; }
# got NAME: how many datagrams of IPv4 and of IPv6 have arrived since it was last asked for
got() { at $1 nft list chain inet count in | grep -o "packets [0-9]*" | cut -d" " -f2 | paste -sd" "; at $1 nft reset rules inet count >/dev/null 2>&1 || { at $1 nft delete table inet count; count $1; }; }
# send [NAME] ADDRESS...
send()
{
	local in=; case $1 in *[.:]*) ;; *) in="ip netns exec $1"; shift ;; esac
	$in python3 -c "
import socket, sys
for to in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if \":\" in to else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.sendto(b\"?\", (to, 99))
    except OSError as e:
        print(e.strerror)" "$@"
}
ip4() { ip -n $1 -4 -o addr show eth0 | sed "s|.*inet \([^/]*\)/.*|\1|"; }
ip6() { ip -n $1 -6 -o addr show eth0 scope global | sed "s|.*inet6 \([^/]*\)/.*|\1|"; }
host4() { ip -4 -o addr show xn-$1 | sed "s|.*inet \([^/]*\)/.*|\1|"; }
host6() { ip -6 -o addr show xn-$1 scope global | sed "s|.*inet6 \([^/]*\)/.*|\1|"; }
# Somebody has made the host a router, of each link and of all.
open_all()
{
	for i in all default wan0 xn-iso xn-two; do
		[ ! -e /proc/sys/net/ipv4/conf/$i ] || echo 1 >/proc/sys/net/ipv4/conf/$i/forwarding
		for key in forwarding force_forwarding; do [ ! -e /proc/sys/net/ipv6/conf/$i/$key ] || echo 1 >/proc/sys/net/ipv6/conf/$i/$key; done
	done
}
# Who is inside wants out, and the neighbour wants in.
routes()
{
	ip -n iso route replace default via $(host4 iso); ip -n iso -6 route replace default via $(host6 iso)
	ip -n out route replace 10.0.0.0/8 via 192.0.2.1; ip -n out -6 route replace fd00::/8 via 2001:db8::1
}
# each: how many get from where to where
each()
{
	local way from to
	for way in "iso out" "out iso" "iso web" "web iso" "two iso"; do
		read -r from to <<<"$way"
		case $to in out) send $from 192.0.2.9 2001:db8::9 ;; *) send $from $(ip4 $to) $(ip6 $to) ;; esac
		# What is sent later arrives later, wherever it is from.
		[ $to = out ] && ask 192.0.2.9 80 >/dev/null || ask $(ip4 $to) 80 >/dev/null
		echo "$way: $(got $to)"
	done
}
'
scenario() { in_router "$lib$1"; }

all_kept='iso out: 0 0
out iso: 0 0
iso web: 0 0
web iso: 0 0
two iso: 0 0'

@test 'isolated in both directions and families, on a host that forwards everything' {
	scenario 'outside; open_all; n up web -q --dns none && n up iso -q --net isolated && n up two -q --net isolated || exit; open_all; routes
		for i in out web iso; do count $i; serve $i 80; done; until_true settled iso
		ip -n two route add default via $(host4 two); ip -n two -6 route add default via $(host6 two); each
		# The host itself is reached, and reaches.
		ask $(ip4 iso) 80; serve_host() { python3 "$PEER" serve 81 & until_true grep -q ":0051 " /proc/net/tcp6; }; serve_host
		[ "$(ask iso $(host4 iso) 81)" = $(ip4 iso) ] && [ "$(ask iso $(host6 iso) 81)" = $(ip6 iso) ] && echo host
		# Without the rules all of this would get through.
		nft delete table inet xnetns; n test iso | grep -c "FAIL.*rules"; each | grep -c " 0\|0 "; n doctor --fix >/dev/null; each'
	status_is 0
	here=$(grep -o '^10[.0-9]*$' <<<"$output")
	output_is "$all_kept
$here
host
1
0
$all_kept"
}

@test 'what was allowed before is not an answer to what is isolated' {
	# A flow that connection tracking knows is of no help.
	scenario 'outside; open_all; n up web -q --dns none && n up iso -q --net isolated || exit; open_all; routes; count iso; serve iso 80
		nft add table inet off; nft delete table inet xnetns; ask web $(ip4 iso) 80 >/dev/null; send web $(ip4 iso) $(ip6 iso); got iso
		n up iso -q --net isolated; send web $(ip4 iso) $(ip6 iso); ask $(ip4 iso) 80 >/dev/null; got iso'
	status_is 0
	output_is '1 1
0 0'
}

@test 'no way round: ports of others, and tunnels of the host' {
	scenario 'outside; open_all; n up web -q --dns none -p 8080:80 && n up iso -q --net isolated || exit; open_all; routes; serve web 80; until_true settled iso
		for to in $(host4 iso) $(host6 iso) 192.0.2.1 2001:db8::1; do ask iso $to 8080 >/run/answer.$to & done; wait $(jobs -p | tail -n 4); cat /run/answer.* | sort | uniq -c
		nft "add table inet seen; add chain inet seen in { type filter hook input priority 0; }; add rule inet seen in iifname \"xn-*\" meta l4proto { 4, 41, 47, 97, 115, 137 } counter"
		tunnels() { mac=$(ip -o link show xn-$1 | sed "s/.*ether \([^ ]*\).*/\1/"); for kind in 4 41 47 97 115 137; do at $1 python3 "${PEER%/*}/wild.py" send eth0 $mac $(ip4 $1) $(host4 $1) $kind; at $1 python3 "${PEER%/*}/wild.py" send eth0 $mac $(ip6 $1) $(host6 $1) $kind; done; nft list table inet seen | grep -o "packets [0-9]*"; }
		tunnels iso; tunnels web'
	status_is 0
	output_is '      4 nothing
packets 0
packets 12'
}

@test 'the table comes with what is isolated, and goes with the last of it' {
	scenario 'outside; before=$(host_net); n up iso -q --net isolated && n up web -q --dns none && n up two -q --net isolated || exit
		n down web -q; nft list tables; cat /proc/sys/net/ipv4/conf/wan0/forwarding; nft list table inet xnetns | grep -c "elements.*wan0"
		n gc; n doctor; n down iso -q; nft list tables; n down two -q; nft list tables; [ "$before" = "$(host_net)" ] && echo same'
	status_is 0
	output_is 'table inet xnetns
0
0
table inet xnetns
same'
}

@test 'one that is isolated is not opened by a second up, and one of before is closed' {
	scenario 'outside; n up iso -q --net isolated || exit; n up iso -q; echo $?; ip -n iso route show default
		ip link set xn-iso group 30830; n up iso --net isolated | grep xn-iso; ip -d link show xn-iso | grep -o "group [0-9]*"; n down iso -q; ip -br link | grep xn-'
	output=$(grep -v ^already <<<"$output" | sed 's/^done *//')
	output_is "xnetns: 'iso' is there and is isolated; take it down first: xnetns down iso
1
call 'xn-iso' the link of 'iso' and set it up
group 30831"
}
