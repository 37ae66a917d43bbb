#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which way packets of a wired namespace go: between namespaces, with nothing that forwards but the
# two links. "out" knows no way to what is behind the host.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft python3
}

@test 'up leads out by IPv4 and IPv6 with the address of the host' {
	in_router 'outside; serve out 80; n up web -q --dns none || exit
		ask web 192.0.2.9 80; ask web 2001:db8::9 80
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding; ip -n web -br link show eth0 | grep -c @; ip link show xn-web | grep -o "mtu [0-9]*"'
	[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || skip 'needs Linux 6.17'
	status_is 0
	output_is '192.0.2.1
2001:db8::1
0
0
1
mtu 1400'
}

@test 'foreign tables and all settings are after down as before up' {
	in_router 'outside; nft "add table inet other; add chain inet other forward { type filter hook forward priority 0; policy accept; }"
		before=$(host_net); n up web -q -p 8080:80 || exit; nft list table inet other | md5sum >/run/1; n up b -q || exit
		n down web -q; nft list table inet xnetns >/dev/null && echo kept; cat /proc/sys/net/ipv4/conf/wan0/forwarding; n down b -q
		[ "$before" = "$(host_net)" ] && echo same || diff <(echo "$before") <(host_net); nft list table inet other | md5sum | cmp - /run/1; ls -A /run/xnetns /etc/netns 2>/dev/null; true'
	status_is 0
	[[ $output == kept$'\n'1$'\n'same* ]] || fail "$output"
	[[ $output != *web* ]]
}

@test 'each of what is needed is needed, and up brings it back' {
	in_router 'outside; serve out 80; n up web -q --dns none || exit
		ask web 192.0.2.9 80
		for break in "forwarding xn-web 0" "forwarding wan0 0" "nft delete table inet xnetns" "ip -n web route del default" "ip -n web link set eth0 down" "ip addr flush dev xn-web"; do
			$break; ask web 192.0.2.9 80; n up web -q --dns none || exit; ask web 192.0.2.9 80
		done' 
	status_is 0
	[ "$(grep -c '^192.0.2.1$' <<<"$output")" = 7 ] || fail "$output"
	[ "${#lines[@]}" = 13 ]
}

@test '-p leads a port inside, from everywhere; hairpin and 127.0.0.1 too' {
	in_router 'outside; n up web -q --dns none -p 8080:80 -p 53:80/udp || exit; serve web 80; n up b -q --dns none
		for from in "out 192.0.2.1" 192.0.2.1 127.0.0.1 "web 192.0.2.1" "b 192.0.2.1"; do ask $from 8080 >/dev/null && echo reached; done
		ask out 192.0.2.1 8080; ask out 192.0.2.1 53 udp; ask out 2001:db8::1 8080
		n up web --dns none -p 8080:80 -p 53:80/udp | grep -v ^already; n down web -q; ask out 192.0.2.1 8080'
	status_is 0
	output_is 'reached
reached
reached
reached
reached
192.0.2.9
192.0.2.9
2001:db8::9
Connection refused'
}

@test 'a foreign policy that drops keeps packets in' {
	in_router 'outside; serve out 80; n up web -q --dns none || exit
		nft "add table ip f; add chain ip f forward { type filter hook forward priority 0; policy drop; }"
		ask web 192.0.2.9 80; nft delete table ip f; ask web 192.0.2.9 80'
	status_is 0
	output_is 'nothing
192.0.2.1'
}

@test 'isolated: the host is reached, and nothing beyond' {
	in_router 'outside; serve out 80; n up web -q --net isolated || exit; 
		host=$(ip -n web -o -4 addr show eth0 | grep -o "10.171[0-9.]*"); python3 "$PEER" serve 99 & until_true grep -q ":0063 " /proc/net/tcp6
		here=${host%.*}.$((${host##*.} - 1)); ask web $here 99; ip -n web route add default via $here; ask web 192.0.2.9 80
		nft list tables; cat /proc/sys/net/ipv4/conf/wan0/forwarding'
	status_is 0
	[[ ${lines[0]} == 10.171.* ]]
	[ "${lines[1]}" = nothing ]
	[ "${lines[2]}" = 'table inet xnetns' ]
	[ "${lines[3]}" = 0 ]
}

@test 'isolated where the host forwards: the link does not' {
	in_router 'outside; serve out 80; echo 1 >/proc/sys/net/ipv4/ip_forward; n up web --net isolated | grep sysctl.*ipv4; cat /proc/sys/net/ipv4/conf/xn-web/forwarding'
	status_is 0
	output_is 'done    set the sysctl net/ipv4/conf/xn-web/forwarding to 0
0'
}

@test 'the commands of a dry run, run by a shell, make a way out' {
	need sysctl
	in_router 'outside; serve out 80; before=$(host_net); n up web -q --dns none -p 8080:80 || exit; first=$(nft list ruleset); n down web -q
		n up web --dns none -p 8080:80 --dry-run >/run/script; [ "$before" = "$(host_net)" ] || echo changed
		sh -e /run/script || exit; serve web 80; ask web 192.0.2.9 80; ask out 192.0.2.1 8080
		nft list ruleset | diff - <(echo "$first"); n up web --dns none | grep -v "^already"; n down web --dry-run | grep -v "^conntrack " >/run/script; sh -e /run/script || exit 1
		ip -br link | grep xn-; ls /run/netns'
	status_is 0
	output_is "192.0.2.1
192.0.2.9
out"
}

@test 'several ways out forward, and the least packet counts' {
	in_router 'outside; ip link add wan1 mtu 1300 type veth peer name other; ip link set wan1 up; ip addr add 198.51.100.1/24 dev wan1
		ip route add default via 198.51.100.9 metric 50; n up web -q --dns none; cat /proc/sys/net/ipv4/conf/wan[01]/forwarding; ip link show xn-web | grep -o "mtu [0-9]*"
		n down web -q; cat /proc/sys/net/ipv4/conf/wan[01]/forwarding; ip route add default mtu 1200 via 198.51.100.9 metric 40; n up web -q --dns none 2>/dev/null; ip link show xn-web | grep -o "mtu [0-9]*"
		n up web -q --dns none --mtu 1100 2>/dev/null; ip link show xn-web | grep -o "mtu [0-9]*"; ip -n web link show eth0 | grep -o "mtu 1100"'
	status_is 0
	output_is '1
1
mtu 1300
0
0
mtu 1200
mtu 1100
mtu 1100'
}

@test 'all ways of one route forward' {
	in_router 'outside; ip link add wan1 mtu 1300 type veth peer name other; ip link set wan1 up; ip addr add 198.51.100.1/24 dev wan1
		ip route replace default nexthop via 192.0.2.9 dev wan0 nexthop via 198.51.100.9 dev wan1 || { echo none; exit; }
		n up web -q --dns none; cat /proc/sys/net/ipv4/conf/wan[01]/forwarding; ip link show xn-web | grep -o "mtu [0-9]*"'
	[ "$output" != none ] || skip 'this kernel has no routes with several ways'
	status_is 0
	output_is '1
1
mtu 1300'
}

@test 'without a way out a run is not told to be wired again' {
	in_router 'n run -q -- true; echo "= $?"'
	output_is 'xnetns: note: the host has no default route: the program reaches as far as the host
= 0'
}

@test 'without a way out it says so, and up finds one later' {
	in_router 'outside; ip route del default; ip -6 route del default; serve out 80; n up web --dns none >/dev/null; ask web 192.0.2.9 80
		ip route add default via 192.0.2.9; n up web -q --dns none; ask web 192.0.2.9 80'
	status_is 0
	output_is "xnetns: note: the host has no default route: 'web' reaches as far as the host until it has one and 'xnetns up web' is run again
nothing
192.0.2.1"
}

@test 'without IPv6 it says so' {
	in_router 'outside; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; n up web --dns none >/dev/null; n up b -q --ip6 fd00::2/64; n up c -q --dns none --ip6 off; ls /run/netns'
	output_is "xnetns: note: no IPv6 for 'web': it is switched off by the sysctl disable_ipv6
xnetns: cannot give 'b' an IPv6 address: it is switched off by the sysctl disable_ipv6
c
out
web"
}

@test 'where sysctls are read-only it says so, and nothing is left' {
	in_router 'outside; mount --bind -o ro /proc/sys /proc/sys 2>/dev/null || mount -o bind,ro /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys
		n up web -q --dns none; echo $?; ip -br link | grep xn-; nft list tables; ls /run/netns'
	status_is 0
	output_has 'Read-only file system'
	output_has "/proc/sys/net/ipv"
	[ "${lines[-1]}" = out ]
}
