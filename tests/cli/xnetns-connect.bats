# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns connect and disconnect: two namespaces with each other. Everything happens in a network
# namespace of the test's own and in those below it.

load common

setup()
{
	need_root
	need python3
	export XNETNS TALK=${BATS_TEST_FILENAME%/*}/talk.py
}

# scenario SCRIPT: SCRIPT with a /run and a network of its own.
scenario()
{
	# shellcheck disable=SC2016
	run private_run bash -c 'n() { "$XNETNS" "$@"; }; x=$XNETNS
		address() { n exec "$1" ip -"$3" -o addr show dev "$2" scope global | sed "s|.*inet6* \([^/]*\)/.*|\1|"; }
		state() { for name in a b; do n exec $name ip -o addr; n exec $name ip route; n exec $name ip -6 route; done | sed "/fe80/d; s/ valid_lft.*//; s/^[0-9]*: //"; }
		: >/run/up
		ping_all() { for v in 4 6; do
			"$x" exec b python3 "$TALK" serve tcp "$(address b to-a $v)" 80 reached >/run/up & pid=$!
			for i in $(seq 250); do grep -q up /run/up && break; sleep 0.02; done
			n exec a python3 "$TALK" ask tcp "$(address b to-a $v)" 80 $v; kill $pid; : >/run/up
		done; }
		n add a; n add b; '"$1"
}

@test 'two namespaces reach each other, and the host has nothing of it' {
	scenario 'ip -br link >/run/before; n connect -q a b; echo $?; ping_all; ip -br link | diff /run/before - && ip -br addr show up; nft list ruleset'
	output_is $'0\nreached 4\nreached 6'
}

@test 'a second run changes nothing, whoever is named first' {
	scenario 'n connect -q a b; state >/run/before; n connect a b | grep -vc "^already"; n connect b a | grep -vc "^already"; state | diff /run/before -'
	output_is $'0\n0'
}

@test 'what is missing is made again' {
	scenario 'n connect -q a b; state | sort >/run/before; n exec a ip -4 addr flush dev to-b; n exec b ip link set to-a down
		n exec b ip -6 addr flush dev to-a; n connect -q a b; state | sort | diff /run/before -; ping_all'
	output_is $'reached 4\nreached 6'
}

@test 'disconnect takes it away, and once more is no failure' {
	scenario 'state >/run/before; n connect -q a b; n disconnect b a; n disconnect b a; state | diff /run/before - && echo same'
	output_is "done    delete the link 'to-b' of 'a'
already delete the link 'to-b' of 'a'
same"
}

@test 'addresses and the MTU that are given' {
	scenario 'n connect -q --ip4 192.0.2.9/29 --ip6 off --mtu 1400 b a; address b to-a 4; address a to-b 4; address a to-b 6
		n exec a cat /sys/class/net/to-b/mtu; n exec b cat /sys/class/net/to-a/mtu'
	output_is $'192.0.2.9\n192.0.2.10\n1400\n1400'
}

@test 'networks that are in use in either are left alone' {
	scenario 'n add c; n connect -q a b; n connect -q a c; n connect -q b c
		for p in a:to-b a:to-c b:to-a b:to-c c:to-a c:to-b; do n exec ${p%:*} ip -4 route show dev ${p#*:}; done | grep -o "^10[^ ]*" | sort | uniq -c | grep -c "^ *2 "
		n disconnect -q a b; n exec a ip link add other type veth; n exec b ip route add blackhole 192.0.2.0/24; n connect --ip4 192.0.2.1/30 a b; echo $?; n exec a ip -br link show type veth | grep -c to-b'
	output_is "3
xnetns: the network of 192.0.2.1/30 is in use in 'b', or a part of it
1
0"
}

@test 'a dry run prints commands that do the same' {
	need ip
	scenario 'n connect --dry-run a b >/run/commands; n exec a ip -br link | wc -l; bash -e /run/commands && state | sort >/run/by-hand
		n disconnect -q a b; n connect -q a b; state | sort | diff /run/by-hand - && echo same'
	output_is $'1\nsame'
}

@test 'long names, and what cannot be connected' {
	scenario 'long=a-name-that-is-longer-than-a-link; n add $long; n connect -q a $long && n exec a ip -br link show type veth | grep -oE "^to-[0-9a-f]{12}@"
		n connect a a; echo $?; n connect a nosuch; echo $?; n connect a; echo $?; n connect --mtu 9 a b; echo $?; n connect --ip4 1.2.3.4 a b; echo $?
		n exec b ip link add to-a type veth peer x; n connect a b; echo $?; n exec a ip -br link show type veth | wc -l'
	output_has "xnetns: 'a' and 'a' are the same namespace"
	output_has "xnetns: cannot open network namespace 'nosuch': No such file or directory"
	output_has "xnetns: the link 'to-a' of 'b' is there already, and does not lead to 'a'"
	[ "${lines[-1]}" = 1 ]
	[[ ${lines[0]} == to-*@ ]]
}

@test 'a name that was deleted is made again and connected at once' {
	scenario 'n add c; for i in 1 2 3 4 5 6 7 8 9 10; do
			n connect -q a b; n del a; n add a; n connect -q a b || exit; ip netns del b; n add b
			n connect -q --ip4 192.0.2.1/30 a b || exit; n del a; n connect -q --ip4 192.0.2.1/30 c b || exit; n del b; n add a; n add b
			n up -q d --net peer=a --dns none || exit; n del a; n add a; n up -q d --net peer=a --dns none || exit; n del d
		done; n connect -q a b
		# One that somebody keeps does not go.
		"$x" exec a sh -c "echo in; exec sleep 1000" >/run/in & until grep -q in /run/in; do sleep 0.01; done
		n del a; n add a; n connect -q a b; echo $?; kill $!; wait $! 2>/dev/null; n connect -q a b; echo $?'
	output_is "xnetns: the link 'to-a' of 'b' is there already, and does not lead to 'a' but into another namespace, which somebody keeps
1
0"
}

@test 'killed at any system call, the next run finishes it' {
	need strace
	need_plain_build
	scenario 'for i in $(seq 1 3 400); do
			(strace -qq -o /dev/null -e inject=all:signal=KILL:when=$i "$x" connect -q a b; exit $?) 2>/dev/null; code=$?
			n connect -q a b && [ "$(n exec a ip -o addr show dev to-b scope global | wc -l)" = 2 ] &&
				[ "$(n exec b ip -o addr show dev to-a scope global | wc -l)" = 2 ] || echo "left at $i"
			n disconnect -q a b; [ $code = 137 ] || break
		done; [ $code = 137 ] || echo whole'
	output_is whole
}
