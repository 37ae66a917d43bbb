#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns up: the kinds of nets, the words of its options, and how it ends when it is interrupted.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft python3
}

@test '--net none: lo is up, and nothing else is there' {
	in_router 'n up a --net none -q && ip -n a -br link | cut -d " " -f 1; ip -n a -br addr show lo | grep -c 127.0.0.1
		n up a --net none | grep -v ^already; n down a -q; ls /run/netns'
	status_is 0
	output_is 'lo
1'
}

@test '--net none: down --all takes it away, and nothing that was only added' {
	in_router 'n up a --net none -q; n add b; n up b --net none -q; n add own; ip -n own link set lo up alias other
		n down --all -q; n list; n run --net none -q -- true; bash -c "$("$XNETNS" up c --net none --dry-run)" && n up c --net none | grep -v ^already; n down --all -q; n list'
	output_is "own
own"
}

@test '--net peer: a cable that the host does not see' {
	in_router 'n up left --net none -q; n up right --net peer=left --ip4 10.9.0.2/24 --ip6 off -q || exit
		ip -br link | grep -v "^lo"; serve left 80; ask right 10.9.0.1 80
		n up right --net peer=left --ip4 10.9.0.2/24 --ip6 off | grep -v ^already
		n down right -q; ip -n left -br link | grep -v "^lo"; n up right --net peer=right; n up right --net peer=nobody; ls /run/netns'
	output_is "10.9.0.2
xnetns: 'right' cannot be connected with itself
xnetns: cannot open network namespace 'nobody': No such file or directory
left"
}

@test '--net bridge: a port of a bridge, with a way by its address' {
	in_router 'ip link add br0 type bridge; ip addr add 10.9.0.1/24 dev br0; ip link set br0 up
		n up a --net bridge=br0 --ip4 10.9.0.2/24 -q || exit; n up b --net bridge=br0 --ip4 10.9.0.3/24 -q || exit
		serve b 80; ask a 10.9.0.3 80; ip -n a route | grep -o "default via 10.9.0.1"
		ip -o link show master br0 | grep -o "xn-[ab]"
		n up a --net bridge=br0 --ip4 10.9.0.2/24 | grep -v ^already; n down --all -q; ip -o link show master br0; ip link show br0 >/dev/null && echo kept
		n up c --net bridge=br1; n up c --net bridge=lo; ls /run/netns'
	output_is "10.9.0.2
default via 10.9.0.1
xn-a
xn-b
kept
xnetns: cannot wire 'c': there is no bridge 'br1'
xnetns: cannot wire 'c': 'lo' is a link, but no bridge"
}

@test '--net bridge: the commands of a dry run make a port of it' {
	in_router 'ip link add br0 type bridge; ip addr add 10.9.0.1/24 dev br0; ip link set br0 up
		n up a --net bridge=br0 --ip4 10.9.0.2/24 --ip6 off --dry-run >/run/script; grep -c "master br0" /run/script; sh -e /run/script || exit
		ip -o link show master br0 | grep -o "xn-a"; n up a --net bridge=br0 --ip4 10.9.0.2/24 --ip6 off | grep -v ^already; ask a 10.9.0.1 80; n down a -q; ip -o link show master br0'
	output_is "1
xn-a
Connection refused"
}

@test 'the MTU that is given, at first and later' {
	in_router 'outside; for how in "--mtu 1400" "--mtu 1300" ""; do n up a --net isolated --dns none -q $how
		n exec a cat /sys/class/net/eth0/mtu; ip -o link show xn-a | grep -o "mtu [0-9]*"; done'
	output_is "1400
mtu 1400
1300
mtu 1300
1300
mtu 1300"
}

@test 'an ordinary user is told which namespace may not be entered' {
	need setpriv
	in_router 'n add a; user() { setpriv --reuid 65533 --regid 65533 --clear-groups "$XNETNS" "$@" 2>&1 | head -n 1; }; n bridge -q sw add a; n up -q x --net none; chmod 711 /run/xnetns
		user bridge sw; user bridge --dry-run sw add a; user connect --dry-run a sw; user up --dry-run y --net peer=x; user up --dry-run x; user test x; user down --dry-run x'
	output_is "xnetns: cannot enter network namespace '/run/netns/sw': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/sw': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/a': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/x': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/x': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/x': Operation not permitted
xnetns: cannot enter network namespace '/run/netns/x': Operation not permitted"
}

@test '--net host-dev: a link moves in, and comes back' {
	in_router 'outside; ip link add nic0 type veth peer name cable
		n up a --net host-dev=nic0 --ip4 10.9.0.2/24 -q || exit; ip -n a -br addr show nic0 | grep -o 10.9.0.2/24; ip -br link | grep -c nic0@
		n up a --net host-dev=nic0 --ip4 10.9.0.2/24 | grep -v ^already
		n down a -q; ip -d link show nic0 | grep -c "alias\|group 30830"; n up a --net host-dev=lo; n up a --net host-dev=nic1; ls /run/netns'
	output_is "10.9.0.2/24
0
0
xnetns: cannot wire 'a': the link 'lo' cannot be given away
xnetns: cannot wire 'a': there is no link 'nic1'
out"
}

@test 'names that are no names of links' {
	in_router 'for name in "a name" "it'"'"'s" "$(printf "x%.0s" $(seq 200))" -- -x; do n up --net isolated -q -- "$name" || echo "failed: $name"; done
		n down --all -q; n up --net isolated --dry-run -- "it'"'"'s" | tail -n 1; ip -br link | grep -c xn-; ls /run/netns'
	status_is 0
	output_is "ip -n 'it'\\''s' link set dev eth0 up
0"
}

@test 'wrong words are refused with 255, and nothing is made' {
	in_router 'for words in "" "a b" "a/b" "--net x a" "--net bridge= a" "--ip4 1.2.3.4 a" "--ip4 x/8 a" "--ip4 fd00::1/64 a" "--ip6 10.0.0.1/8 a" "--mtu 9 a" "--mtu x a" "--dns x a" "--dns 1.2.3.4,, a" "-p 80 a" "-p 0:80 a" "--net none -p 80:80 a" "--net none --ip4 10.0.0.2/8 a" "--nosuch a" "--net isolated --ip4 10.0.0.2/32 a" "--ip4 10.9.0.3/30 a" "--ip4 10.9.0.0/30 a" "--ip4 127.0.0.2/30 a" "--ip4 224.0.0.2/30 a" "--ip6 fd00::/64 a" "--dns fe80::1 a"; do
			n up $words >/run/out 2>&1; rc=$?; [ $rc = 255 ] || echo "$words: $rc"; [ $(grep -c ^xnetns: /run/out) = 1 ] || { echo "$words:"; cat /run/out; }
		done; for words in "" "--all a" "a/b"; do n down $words >/run/out 2>&1; rc=$?; [ $rc = 255 ] || echo "down $words: $rc"; done; ip -br link; ls -A /run'
	status_is 0
	[[ $output == lo*$'\nmount\nout\nupper\nwork\nxnetns' ]] || fail "$output"
}

@test 'what only reads, or says what it would do, makes nothing, and works for an ordinary user' {
	in_router 'n add a; n add b; run() { "$@" >/run/out 2>&1 || { echo "$*: $?"; cat /run/out; }; [ ! -e /run/xnetns ] || { echo "$*"; rm -r /run/xnetns; }; }
		for words in list list-id "pids a" "test -q a" "who a" doctor "doctor a" publish "publish a" "gc --dry-run" "up c --dry-run" "up c --net none --dry-run" "down a --dry-run" "down --all --dry-run" "connect a b --dry-run" "bridge s add a --dry-run" identify; do
			case $words in test*) n $words >/dev/null 2>&1; run true ;; *) run "$XNETNS" $words ;; esac
		done
		for words in list doctor publish "publish a" "up c --net none --dry-run"; do run setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$XNETNS" $words; done
		for name in "" a/b nosuch a; do n doctor "$name"; echo $?; done'
	output_is "xnetns: invalid netns name ''
255
xnetns: invalid netns name 'a/b'
255
xnetns: there is no network namespace 'nosuch', and nothing is left of one
1
0"
}

@test 'test: a rule that drops packets of both families is told once' {
	need nft
	in_router 'outside; n up -q a --dns none; nft "add table inet foo; add chain inet foo f { type filter hook forward priority 0; policy drop; }"
		n test --timeout 1 a | grep "FAIL *rules"'
	output_is "FAIL   rules      table inet 'foo' of nftables drops packets of namespaces: chain 'f' at the hook forward has the policy drop"
}

@test 'interrupted at any request, it undoes all and dies of the signal' {
	need strace
	in_router 'outside; before=$(host_net; ls /run/netns); count=0
		for ((i = 1; i < 100; i++)); do
			strace -f -o /run/trace -e inject=sendto:signal=TERM:when=$i "$XNETNS" up web --net isolated >/run/log 2>&1 </dev/null & wait $!; rc=$?
			[ $rc != 0 ] || break
			count=$((count + 1))
			[ $rc = 143 ] || { echo "$i: $rc"; cat /run/log; }
			[ "$before" = "$(host_net; ls /run/netns)" ] || { echo "$i: left"; diff <(echo "$before") <(host_net; ls /run/netns); n down web -q; }
		done; [ $count -gt 5 ] && echo done'
	status_is 0
	output_is 'done'
}

@test 'in a user namespace of an ordinary user' {
	need_userns
	run as_user unshare -Urnm sh -c 'mount -t tmpfs none /run && "$1" up web --net isolated -q && ip -n web -br addr show eth0 && "$1" down web -q && ip -br link' sh "$XNETNS"
	status_is 0
	output_has '10.171.'
	[[ $output != *xn-web* ]]
}

@test 'an ordinary user is told why, and nothing is left' {
	run as_user "$XNETNS" up web --net isolated
	status_is 1
	[ "$(grep -c ^xnetns: <<<"$output")" = 1 ]
}

@test 'down --kill ends those inside, and nobody else; --wait waits' {
	in_router 'n up a --net none -q; n up b --net none -q; for name in a a b; do ip netns exec $name setsid sleep 1000 & disown; done; until_true sh -c "[ \$(ip netns pids a | wc -l) = 2 ] && [ \$(ip netns pids b | wc -l) = 1 ]"
		ip netns pids a >/run/pids; n down a --kill --dry-run; n down a --kill --wait | head -n 1
		while read -r pid; do kill -0 $pid 2>/dev/null && [ "$(sed -n "s/^State:\t\(.\).*/\1/p" /proc/$pid/status)" != Z ] && echo lives; done </run/pids
		ip netns pids b | wc -l; n down b --kill=TERM --wait -q && echo ended; n down b --kill | head -n 1; n down b --wait; n down b --kill=NOSUCH; ls /run/netns' 
	output_is "ip netns pids a | xargs -r kill -9
ip netns del a
done    send signal 9 to the processes in 'a'
1
ended
already send signal 9 to the processes in 'b'
xnetns: down: --wait goes with --kill
Try 'xnetns down --help' for more information.
xnetns: --kill: unknown signal 'NOSUCH'"
}
