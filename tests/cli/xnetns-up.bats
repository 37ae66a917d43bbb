#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns up and down: what they make, find again and take away. Which way packets go is the business
# of xnetns-wired.bats.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft
}

# For scenarios: what one has of the other words.
lib='
of() { sed -n "s/^$1 *//p"; }
# All that is wired, without what is given by chance: numbers of links, their own addresses.
wiring()
{
	host_net | grep -v "inet6 fe80" | sed "s/@if[0-9]*//; s/link-netns.*//; s/link-netnsid [0-9]*//; s/ether [^ ]*//; s/peer .*//"
	ip -o -d link show | grep -o "xn-[^:@]*\|group [0-9]*\|alias .*"
	ip route; ip -6 route | grep -v ^fe80
	for name in "$@"; do
		ip -n $name -o link | sed "s/@if[0-9]*//; s/ether [^ ]*//; s/link-netns.*//"
		ip -n $name -o addr | grep -v fe80; ip -n $name route; ip -n $name -6 route | grep -v ^fe80
	done
}
'
scenario()
{
	in_router "$lib$1"
}

@test 'up makes links, addresses and routes; down takes all away' {
	scenario 'outside; before=$(wiring)
		n up web --net isolated -q || exit
		ip -n web -br addr; ip -d link show xn-web | grep -o "group 30831\|alias web"; n down web -q || exit
		[ "$before" = "$(wiring)" ] && echo same'
	status_is 0
	output_has 'eth0@if'
	output_has '10.171.'
	output_has 'group 30831'
	output_has 'alias web'
	output_has same
}

@test 'a second up finds all of it, and makes again what is missing' {
	scenario 'outside; n up web --net isolated -q || exit
		first=$(wiring web); n up web --net isolated | grep -v ^already; [ "$first" = "$(wiring web)" ] && echo same
		ip -n web link set lo down; ip -n web addr flush dev eth0; ip -n web link set eth0 down
		ip link set xn-web alias ""
		n up web --net isolated | of done; settled web; [ "$first" = "$(wiring web)" ] && echo same'
	status_is 0
	output_is "same
call 'xn-web' the link of 'web' and set it up
give 'eth0' of 'web' the address $(grep -o '10[.]171[.][0-9.]*/30' <<<"$output" | head -n1)
give 'eth0' of 'web' the address $(grep -o 'fd[0-9a-f:]*/64' <<<"$output" | head -n1)
set up 'lo' of 'web'
set up 'eth0' of 'web'
same"
}

@test 'what contradicts a namespace is refused, and nothing changed' {
	scenario 'outside; ip link add br0 type bridge; n up web --net isolated --ip4 10.9.0.2/30 -q || exit
		first=$(wiring web)
		for words in "--ip4 10.9.1.2/30" "--ip4 off" "--net bridge=br0" "--net none"; do n up web --net isolated $words && echo "done: $words"; done
		[ "$first" = "$(wiring web)" ] && echo same'
	status_is 0
	output_is "xnetns: 'web' is there and has the address '10.9.0.2/30'; take it down first: xnetns down web
xnetns: 'web' is there and has the address '10.9.0.2/30'; take it down first: xnetns down web
xnetns: 'web' is there and is not on the bridge 'br0'; take it down first: xnetns down web
xnetns: 'web' is there and has the link 'eth0'; take it down first: xnetns down web
same"
}

@test 'a name that ip netns has added is wired' {
	scenario 'ip netns add web; n up web --net isolated | of already; n down web | of done'
	status_is 0
	output_is "make the network namespace 'web'
delete the link 'xn-web'
remove the name 'web'
remove the table inet xnetns of nftables"
}

@test 'the commands of a dry run, run by a shell, make the same' {
	scenario 'outside; n up web --net isolated -q || exit; first=$(wiring web); n down web -q
		before=$(wiring); n up web --net isolated --dry-run >/run/script || exit; [ "$before" = "$(wiring)" ] || echo changed
		sh -e /run/script || exit; settled web; second=$(wiring web)
		[ "$first" = "$second" ] || diff <(echo "$first") <(echo "$second")
		n up web --net isolated | grep -v ^already
		n down web --dry-run >/run/script; [ "$second" = "$(wiring web)" ] || echo changed
		sh -e /run/script; [ "$before" = "$(wiring)" ] && echo same'
	status_is 0
	output_is same
}

@test '--json tells each step' {
	need python3
	scenario 'n up web --net isolated --json >/run/1; n up web --net isolated -j >/run/2; n down -j web >/run/3; n up --dry-run --json web --net none >/run/4
		python3 -c "
import json
for n in (1, 2, 3, 4):
    steps = json.load(open(f\"/run/{n}\"))
    print(len(steps) > 1, *sorted({s[\"state\"] for s in steps if s[\"state\"] != \"note\"}), steps[0][\"command\"])"'
	status_is 0
	output_is 'True done ip netns add web
True already ip netns add web
True done ip link del dev xn-web
True would ip netns add web'
}

@test 'of 32 at once one makes it, and all succeed' {
	scenario 'for i in $(seq 32); do { n up web --net isolated >/run/out.$i 2>&1; echo $? >/run/rc.$i; } & pids[i]=$!; done; wait "${pids[@]}"
		cat /run/rc.* | sort | uniq -c | tr -s " "; grep -l "^done.*name it" /run/out.* | wc -l; grep -h ^note /run/out.*
		ip -o link | grep -c xn-'
	status_is 0
	output_is ' 32 0
1
1'
}

@test 'an ordinary user can read what is published, and hold no lock' {
	scenario 'umask 077; user() { setpriv --reuid 65533 --regid 65533 --clear-groups "$@"; }; mkdir -m 755 /run/xnetns
		n up web --net isolated -q -p 127.0.0.1:8080:80 || exit
		user flock -n /run/xnetns true && echo locked; umask 022; user cat /run/xnetns/ports/*/web | head -n 1
		user "$XNETNS" publish web | head -n 1'
	[[ $output != *locked* ]]
	output_has '127.0.0.1:8080/tcp -> 10.171.'
}

@test 'different names at once get different addresses' {
	scenario 'for i in $(seq 16); do n up n$i --net isolated -q & pids[i]=$!; done; wait "${pids[@]}"
		ip -o addr | grep -o "10.171.[0-9.]*\|fd[0-9a-f:]*::1/64" | sort -u | wc -l; n down --all -q; ip -o link | grep -c xn-; ls /run/netns'
	output_is '32
0'
}

@test 'up, down and up again, 50 times at once' {
	scenario 'for i in $(seq 50); do n up web --net isolated -q && n down web -q || echo failed; done; n up web --net isolated -q && echo up'
	status_is 0
	output_is up
}

@test 'down takes away what is left, whatever that is' {
	scenario 'outside; before=$(wiring)
		n up a --net isolated -q; ip netns del a; n down a -q || echo failed
		n up b --net isolated -q; ip link del xn-b; n down b -q || echo failed
		n up c --net isolated -q; ip link set xn-c alias ""; n down c -q || echo failed
		mkdir -p /run/netns; : >/run/netns/d; n down d -q || echo failed
		n up e --net isolated -q; ip -n e link set eth0 name other; n down e -q || echo failed
		n down never -q || echo failed
		[ "$before" = "$(wiring)" ] && echo same; ls /run/netns'
	status_is 0
	output_is "same
out"
}

@test 'up goes on from what is left, whatever that is' {
	scenario 'outside
		n up a --net isolated -q; ip netns del a; n up a --net isolated -q && echo up
		mkdir -p /run/netns; : >/run/netns/d; touch -d "1 minute ago" /run/netns/d; n up d --net isolated -q && echo up
		n up b --net isolated -q; ip link del xn-b; n up b --net isolated -q && echo up
		ip link add xn-c group 30830 type veth peer name other; n up c --net isolated -q && echo up
		for i in a b c d; do ip -n $i -o addr show eth0 | grep -c 10.171; done'
	status_is 0
	output_is 'up
up
up
up
1
1
1
1'
}

@test 'a link of somebody else is never taken, nor deleted' {
	scenario 'ip link add xn-web type veth peer name other; ip link add xn-b group 30830 type veth peer name other2; ip link set xn-b alias c
		n up web --net isolated; n down web -q; n up b --net isolated; n down b -q; ip -o link | grep -c "^[0-9]*: xn-"'
	output_is "xnetns: cannot wire 'web': a link 'xn-web' is there that is not its own
xnetns: cannot wire 'b': a link 'xn-b' is there that is not its own
2"
}

@test 'addresses that anybody uses are passed over' {
	scenario 'n up web --net isolated -q; own=$(ip -o -4 addr show xn-web | grep -o "10.171[0-9.]*"); n down web -q
		ip link add other type dummy 2>/dev/null || ip link add other type veth peer name other2; ip link set other up
		ip addr add $own/32 dev other; ip route add 0.0.0.0/1 dev other
		n up web --net isolated -q && ip -o -4 addr show xn-web | grep -qv "$own" && echo other
		n up b --net isolated --ip4 $own/29; ip route add table 7 10.9.0.0/16 dev other
		n up b --net isolated --ip4 10.9.1.2/30; ls /run/netns'
	output_has other
	output_has "xnetns: cannot wire 'b': the network 10.171."
	output_has "xnetns: cannot wire 'b': the network 10.9.1.0/30 is in use, or a part of it"
	[[ $output != *$'\nb'* ]]
}

@test 'while it waits for links that end none is taken whose other end is moved right now' {
	# Pairs in the way make the moments longer in which one question is answered and the next is not.
	in_router 'outside; ip netns add other; ip link add kept type veth peer name end netns other; ip addr add 10.9.9.1/24 dev kept; ip link set kept up
		for i in $(seq 60); do echo "link add a$i type veth peer name b$i"; done | ip -b -
		ip link add mine type veth peer name moved; host=$BASHPID; : >/run/moves
		move() { while [ ! -e /run/over ] && ip link set moved netns other && ip -n other link set moved netns $host; do echo >>/run/moves; done; }
		moves() { wc -l </run/moves; }
		move & for i in $(seq 100); do n up web -q --dns none --ip4 10.9.9.5/24 2>/run/err; echo $? >/run/code; [ $i -ge 5 ] && [ "$(moves)" -gt 20 ] && break; ip link show mine >/run/log || break; done
		: >/run/over; wait; cat /run/err /run/code; ip -o link show mine | grep -o mine'
	output_is "xnetns: cannot wire 'web': the network 10.9.9.0/24 is in use, or a part of it
1
mine"
}
