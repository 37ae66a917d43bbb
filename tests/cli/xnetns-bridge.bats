# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns bridge: namespaces and a switch of their own. Everything happens in a network namespace of
# the test's own and in those below it.

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
		address() { n exec "$1" ip -"$2" -o addr show dev to-sw scope global | sed "s|.*inet6* \([^/]*\)/.*|\1|"; }
		state() { for name in a b c sw; do n exec $name ip -o addr; n exec $name ip -d -o link; n exec $name ip route; n exec $name ip -6 route; done |
			sed "/fe80/d; s/ valid_lft.*//; s/^[0-9]*: //; s/[0-9a-f:]*:[0-9a-f:]* brd.*promiscuity/promiscuity/; s/@[^ ]*//; s/gc_timer.*//; s/ state [A-Z]*//; s/designated.*//; s/8000\.[^ ]*//g" | grep -v "^ff00\|_timer"; }
		: >/run/up
		reach() { for v in 4 6; do
			"$x" exec $2 python3 "$TALK" serve tcp "$(address $2 $v)" 80 $2 >/run/up & pid=$!
			for i in $(seq 250); do grep -q up /run/up && break; sleep 0.02; done
			n exec $1 python3 "$TALK" ask tcp "$(address $2 $v)" 80 $1$v; kill $pid; : >/run/up
		done; }
		n add a; n add b; n add c; '"$1"
}

@test 'three namespaces reach each other, and the host has nothing of it' {
	scenario 'ip -br link >/run/before; n bridge -q sw add a b c; echo $?; reach a b; reach b c; reach c a; ip -br link | diff /run/before - && ip -br addr show up; nft list ruleset'
	output_is $'0\nb a4\nb a6\nc b4\nc b6\na c4\na c6'
}

@test 'a second run changes nothing, and the list tells who is there' {
	scenario 'n bridge -q sw add a b; state >/run/before; n bridge sw add b a | grep -vc "^already"; state | diff /run/before -
		n bridge sw | sed "s/ 10.171.[0-9]*/ net4/; s/ fd[^ ]*:4/ net6:4/; s/net6:[^ ]*::/net6::/"; n -j bridge sw | jq -c "map([.name, .link, (.ip4 | endswith(\".1/24\"))])"'
	output_is $'0\na net4.1/24 net6::1/64\nb net4.2/24 net6::2/64\n[["a","xn-a",true],["b","xn-b",false]]'
}

@test 'what is missing is made again' {
	scenario 'n bridge -q sw add a b; state | sort >/run/before; n exec a ip -4 addr flush dev to-sw; n exec b ip link set to-sw down
		n exec sw ip link set xn-b nomaster; n exec sw ip link set xn-a down; n exec b ip -6 addr flush dev to-sw
		n bridge -q sw add a b; state | sort | diff /run/before -; reach a b'
	output_is $'b a4\nb a6'
}

@test 'a port ends with its namespace, and its address is free again' {
	scenario 'n bridge -q sw add a b c; n delete b; for i in $(seq 250); do n bridge sw | grep -q "^b" || break; sleep 0.02; done
		n add d; n bridge -q sw add d; n bridge sw | sed "s/10.171.[0-9]*//; s/ fd.*//"; reach d c'
	output_is $'a .1/24\nc .3/24\nd .2/24\nc d4\nc d6'
}

@test 'del takes ports out, delete takes all away, and once more is no failure' {
	scenario 'n bridge -q sw add a b c; n bridge sw del a; n bridge sw del a; n bridge sw | cut -d" " -f1
		"$x" exec sw sleep 60 & until n pids sw 2>/dev/null | grep -q .; do sleep 0.02; done; n bridge sw delete; n bridge sw delete; n list
		for name in a b c; do n exec $name ip -br link show type veth; done; kill $!; wait'
	output_is "done    delete the link 'xn-a' of 'sw'
already delete the link 'xn-a' of 'sw'
b
c
done    delete the link 'xn-b' of 'sw'
done    delete the link 'xn-c' of 'sw'
done    delete the switch 'sw'
already delete the switch 'sw'
c
b
a"
}

@test 'addresses and the MTU that are given' {
	scenario 'n bridge -q sw add --ip4 192.0.2.2/29 --ip6 off --mtu 1400 a b c; n bridge sw; for name in a b c; do n exec $name cat /sys/class/net/to-sw/mtu; done
		n exec sw cat /sys/class/net/xn-a/mtu /sys/class/net/br0/mtu; n bridge sw add --ip4 198.51.100.1/24 a; echo $?; n bridge sw add --ip4 192.0.2.9/29 a; n bridge -q sw add --ip4 192.0.2.3/29 --ip6 off b'
	output_is "a 192.0.2.2/29 -
b 192.0.2.1/29 -
c 192.0.2.3/29 -
1400
1400
1400
1400
1400
xnetns: the switch 'sw' has the network 192.0.2.0/29 already
1
xnetns: the switch 'sw' has the network 192.0.2.0/29 already
xnetns: 'b' has the address 192.0.2.1/29 already"
}

@test 'networks do not overlap: of switches, of the host, of ports' {
	scenario 'n bridge -q sw add a; net=$(n bridge sw | grep -o "10[.0-9]*[.]"); n bridge -q sw delete; ip link set lo up; ip route add ${net}64/30 dev lo
		n bridge -q sw add a; n bridge sw | grep -c "$net"
		n bridge other add --ip4 ${net}9/24 b; echo $?; n bridge other add --ip4 $(address a 4)/24 b >/run/out 2>&1; echo $?; grep -c "in use in .sw., or" /run/out
		n exec b ip link set lo up; n exec b ip route add $(address a 4)/32 dev lo; n bridge sw add b >/run/out 2>&1; echo $?; grep -c "in use in .b., or" /run/out
		n bridge sw | wc -l; n exec b ip -br link show type veth; n list; for i in $(seq 9); do n bridge -q s$i add c; done; for i in $(seq 9); do n bridge s$i; done | cut -d" " -f2 | sort | uniq -d'
	output_has "is in use by the host, or a part of it"
	[ "${lines[*]:0:1}" = 0 ]
	[ "${lines[*]:2}" = '1 1 1 1 1 1 sw c b a' ]
}

# What "up" would give NAME: slot NAME 4|6
slot='slot() { n up $1 --net isolated --dry-run | sed -n "s,^ip -n $1 \(-6 \)*addr add \([^/]*\)/.*,\2,p" | sed -n "$(($2 / 2 - 1))p"; }
	given() { ip -n $1 -o addr show dev eth0 scope global | grep -c "$2"; }
	'

@test 'up takes no network of a switch, nor one that is in use inside' {
	need ip nft
	scenario "$slot"'four=$(slot web 4); six=$(slot web 6); echo "${four%.*.*}" "${six%%:*}" | cut -c1-9
		n bridge -q s4 add --ip4 ${four%.*}.1/24 --ip6 off a; n bridge -q s6 add --ip4 off --ip6 $six/64 b; n up --dry-run web --net isolated | grep -c "$four/\|$six/"
		n up -q web --net isolated; ip -n web -br addr show scope global | wc -l; given web "${four%.*}[.]\|$six/"; n down -q web
		n bridge -q s4 delete; n bridge -q s6 delete; ls /run/xnetns; n up -q web --net isolated; given web "$four/\|$six/"; n down -q web
		# Of a switch that has lost its name nothing is left but what was written down.
		n bridge -q s4 add --ip4 ${four%.*}.1/24 --ip6 off a; n delete s4; n doctor | grep -c "switch .s4."; n gc >/dev/null; ls /run/xnetns
		n bridge -q s4 add --ip4 ${four%.*}.1/24 --ip6 off c; n delete s4; n up -q web --net isolated; given web "$four/"; find /run/xnetns -name s4 | wc -l; n gc >/dev/null; ls /run/xnetns
		four=$(slot a 4); n exec a ip link set lo up; n exec a ip addr add $four/32 dev lo; n up -q a --net isolated; given a "$four/"; given a 10.171'
	output_is '10.171 fd
0
1
0
2
1
1
1
0
1'
}

@test 'a dry run prints commands that do the same' {
	need ip
	scenario 'n bridge --dry-run sw add a b >/run/commands; n list | grep -c sw; bash -e /run/commands && state | sort >/run/by-hand; n bridge sw | wc -l
		n bridge --dry-run sw add c >>/run/more; bash -e /run/more && n bridge sw | wc -l; n bridge --dry-run sw del c | bash -e && n bridge sw | wc -l
		n bridge --dry-run sw delete | bash -e && n list | grep -c sw; n bridge -q sw add a b; state | sort | diff /run/by-hand - && echo same'
	output_is $'0\n2\n3\n2\n0\nsame'
}

@test 'long names, and names that are no links' {
	scenario "long='a name that is longer than a link'"' ; n add "$long"; n bridge -q "switch with a long name" add a "$long" && n bridge "switch with a long name" | cut -d. -f1
		n exec a ip -br link show type veth | grep -oE "^to-[0-9a-f]{12}@"; n bridge "switch with a long name" del "$long" | cut -d" " -f1; n bridge --dry-run x add "$long" | bash -e; n bridge x | wc -l'
	output_has 'a name that is longer than a link 10'
	[[ ${lines[2]} == to-*@ ]]
	[ "${lines[*]:3}" = 'done 1' ]
}

@test 'what cannot be is refused, and nothing is left behind' {
	scenario 'bad() { n bridge "$@"; echo $?; }; bad; bad sw; bad sw foo; bad sw add; bad sw delete a; bad sw add a nosuch; bad sw add a sw; bad a/b add a; bad sw add --mtu 9 a
		bad sw add --ip4 1.2.3.4 a; bad sw add --ip4 192.0.2.0/24 a; bad sw add --ip4 192.0.2.1/32 a; bad a; n exec a ip link add x type veth peer y; n exec a ip link set x up; bad a add b
		n exec b ip link add to-sw type veth peer z; bad -q sw add b; bad a delete; n list; n exec a ip -br link show type veth | grep -c to-'
	output_is "xnetns: bridge: the name of a switch is needed
Try 'xnetns bridge --help' for more information.
255
xnetns: there is no switch 'sw'
1
xnetns: bridge: 'foo' is not \"add\", \"del\" or \"delete\"
Try 'xnetns bridge --help' for more information.
255
xnetns: bridge: add needs the names of namespaces
Try 'xnetns bridge --help' for more information.
255
xnetns: bridge: delete takes all ports away: 'a' is one word too many
Try 'xnetns bridge --help' for more information.
255
xnetns: cannot open network namespace 'nosuch': No such file or directory
1
xnetns: 'sw' cannot be a port of itself
255
xnetns: invalid netns name 'a/b'
255
xnetns: --mtu: '9' is not from 68 to 65535
255
xnetns: --ip4: '1.2.3.4' is not an address with its prefix, \"auto\" or \"off\"
255
xnetns: 192.0.2.0/24 is no address in a network of two or more
255
xnetns: 192.0.2.1/32 is no address in a network of two or more
255
xnetns: the namespace 'a' is no switch: it has no bridge 'br0'
1
xnetns: the namespace 'a' is no switch: it has the link 'x', and no bridge 'br0'
1
xnetns: the link 'to-sw' of 'b' is there already, and does not lead to 'sw'
1
xnetns: the namespace 'a' is no switch: it has the link 'x', and no bridge 'br0'
1
c
b
a
0"
}

@test 'a name that was deleted is made again and added at once' {
	scenario 'for i in 1 2 3 4 5 6 7 8 9 10; do
			n bridge sw -q add a b || exit; n del a; n add a; n bridge sw -q add a || exit; n bridge sw -q delete; n bridge sw -q add a b || exit
			n del sw; n bridge sw -q add b a || exit; n del a; n del b; n bridge sw -q delete; n add a; n add b
		done; echo whole'
	output_is whole
}

@test 'a call that is refused removes nothing of others' {
	scenario ': >/run/victim; n bridge -q lab add a; bad() { "$x" bridge "$@"; echo $?; }; bad ../../../victim add b; bad lab add nosuch
		bad "" add b; bad ""; bad "" delete; bad .. add b; bad a/b; ls /run/victim; ls /run/xnetns/switches/*
		# A note that was there before is not of who fails.
		: >"$(echo /run/xnetns/switches/*)/other"; n exec b ip link add to-other type veth peer z; bad -q other add b; n exec b ip link del to-other
		bad -q third add b a --ip4 1.2.3.4/33; n list; ls /run/xnetns/switches/*'
	output_is "xnetns: invalid netns name '../../../victim'
255
xnetns: cannot open network namespace 'nosuch': No such file or directory
1
xnetns: the name of a switch cannot be empty
255
xnetns: the name of a switch cannot be empty
255
xnetns: the name of a switch cannot be empty
255
xnetns: invalid netns name '..'
255
xnetns: invalid netns name 'a/b'
255
/run/victim
lab
xnetns: the link 'to-other' of 'b' is there already, and does not lead to 'other'
1
xnetns: --ip4: '1.2.3.4/33' is not an address with its prefix, \"auto\" or \"off\"
255
lab
c
b
a
lab
other"
}

@test 'a port that fails is undone, and the switch with it if it was made for that' {
	scenario 'n exec b sh -c "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6" || echo no sysctl; n bridge -q sw add a b c; echo $?
		n bridge sw | cut -d" " -f1; n exec b ip -br link show type veth; n exec sw ip route | grep -c xn-b; n bridge -q other add b; echo $?; n list'
	output=$(sed "s/ the address .*/ an address/" <<<"$output")
	[[ $output != *'no sysctl'* ]] || skip 'sysctls cannot be written here'
	output_is "xnetns: cannot give the link 'to-sw' an address
1
a
0
xnetns: cannot give the link 'to-other' an address
1
sw
c
b
a"
}

@test 'killed at any system call, the next run finishes it' {
	need strace
	need_plain_build
	scenario 'n bridge -q sw add a b; state | sort >/run/whole; n bridge -q sw delete
		for i in $(seq 1 5 900); do
			(strace -qq -o /dev/null -e inject=all:signal=KILL:when=$i "$x" bridge -q sw add a b; exit $?) 2>/dev/null; code=$?
			n bridge -q sw add a b && state | sort | diff /run/whole - || echo "left at $i"
			n bridge -q sw delete; [ $code = 137 ] || break
		done; [ $code = 137 ] || echo whole'
	output_is whole
}

@test 'a port that cannot be taken out keeps no other' {
	scenario 'n bridge -q sw add a b; ip -n sw link add xn-x type bridge; n bridge -q sw del x a; echo "= $?"; n bridge sw | cut -d" " -f1; ip -n a link show to-sw 2>&1 | grep -c "does not exist"'
	output_is "xnetns: the link 'xn-x' of 'sw' is no port of ours
= 1
b
1"
}
