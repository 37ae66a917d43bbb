#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns up and down are killed at their system calls, and their requests are refused: the same
# command again succeeds, nothing is left that is in the way, and nothing is called done that was
# not.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need strace ip nft
}

prelude='
# points WORDS: "CALL N" for each system call of xnetns WORDS, without those that only start it; of
# twelve only one, but with FAULTS=all
points()
{
	strace -f -o /run/trace "$XNETNS" "$@" >/dev/null 2>&1
	sed "s/^[0-9]* *//" /run/trace | grep -o "^[a-z][a-z0-9_]*(" | tr -d "(" | grep -v -e execve -e mmap -e mprotect -e munmap -e brk |
		sort | uniq -c | while read -r count call; do for ((i = 1; i <= count; i++)); do echo "$call $i"; done; done |
		if [ "${FAULTS:-}" ]; then cat; else awk "NR % 12 == 1"; fi
}
# As systemd makes it.
shared() { mount --make-rshared /; }
# struck HOW WORDS: HOW strikes the system call $call for the $i-th time.
struck() { { strace -f -o /dev/null --inject=$call:$1:when=$i "$XNETNS" "${@:2}"; } >/run/log 2>&1 </dev/null; }
whole() { wired_up && nft list map inet xnetns pub4 | grep -q 8080; }
wired_up()
{
	ip -n web route | grep -q "^default via" && ip -n web -6 route | grep -q "^default via" && ip -n web addr show lo up | grep -q 127.0.0.1 &&
		ip -d link show xn-web | grep -q "alias web" && [ "$(cat /proc/sys/net/ipv4/conf/{xn-web,wan0}/forwarding)" = "1
1" ] && nft list table inet xnetns >/dev/null
}
'

# killed_everywhere BEFORE WORDS: after SIGKILL at any system call of xnetns WORDS up succeeds, and
# makes all of it, and down takes it away.
killed_everywhere()
{
	in_router "$prelude"'shared; outside; before=$(host_net); count=0
		'"$1"'; points '"$2"' >/run/points; n down web -q
		while read -r call i; do
			'"$1"'; struck signal=KILL '"$2"'; count=$((count + 1))
			n up web -q --dns none -p 8080:80 || echo "$call $i: up fails"
			whole || echo "$call $i: not whole"
			n down web -q || echo "$call $i: down fails"
			[ "$before" = "$(host_net)" ] || { echo "$call $i: left"; diff <(echo "$before") <(host_net); }
			[ "$(ls -A /run/netns)" = out ] || { echo "$call $i: name left"; ip netns del web; }
		done </run/points; [ $count -gt 20 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

@test 'up killed at any system call blocks nothing' {
	killed_everywhere : 'up web -q --dns none -p 8080:80'
}

@test 'the second up killed at any system call spoils nothing' {
	killed_everywhere 'n up web -q --dns none -p 8080:80' 'up web -q --dns none -p 8080:80'
}

@test 'down killed at any system call blocks nothing' {
	killed_everywhere 'n up web -q --dns none -p 8080:80' 'down web -q'
}

@test 'each request of up refused in turn: it fails, says so and leaves nothing' {
	in_router "$prelude"'outside; before=$(host_net); count=0; call=sendto
		for error in EPERM ENOBUFS; do
			for ((i = 1; i < 200; i++)); do
				struck error=$error up web -q --dns none; rc=$?
				[ -s /run/log ] || [ $rc = 0 ] || echo "$i: silent"
				if [ $rc = 0 ]; then
					wired_up || { echo "$i: not whole"; cat /run/log; }
					n down web -q
					strace -f -o /run/trace "$XNETNS" up web -q --dns none; total=$(grep -c "sendto(" /run/trace); n down web -q
					[ $i -le $total ] || break
				else
					count=$((count + 1))
				fi
				[ "$before" = "$(host_net)" ] || { echo "$i: left"; diff <(echo "$before") <(host_net); n down web -q; }
				[ "$(ls -A /run/netns)" = out ] || { echo "$i: name left"; n down web -q; }
			done
		done; [ $count -gt 20 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

@test 'each request of down refused in turn: it fails and says so, and the next succeeds' {
	in_router "$prelude"'outside; before=$(host_net); count=0; call=sendto
		for ((i = 1; i < 200; i++)); do
			n up web -q --dns none -p 8080:80; struck error=EPERM down web -q; rc=$?
			[ $rc = 0 ] || [ -s /run/log ] || echo "$i: silent"
			[ $rc = 0 ] || n down web -q || echo "$i: fails again"
			[ "$before" = "$(host_net)" ] || { echo "$i: left"; diff <(echo "$before") <(host_net); }
			[ $rc = 0 ] || { count=$((count + 1)); continue; }
			n up web -q --dns none -p 8080:80; strace -f -o /run/trace "$XNETNS" down web -q; [ $i -le $(grep -c "sendto(" /run/trace) ] || break
		done; [ $count -gt 3 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

@test 'with ever fewer descriptors up and down fail and say so, or succeed' {
	in_router "$prelude"'outside; before=$(host_net); count=0
		try() { (ulimit -n $i; exec "$XNETNS" "$@") >/run/log 2>&1; rc=$?; [ $rc = 0 ] || grep -q "^xnetns:" /run/log || { [ $rc = 127 ] && grep -q "shared libraries" /run/log; } || echo "$i $*: silent, $rc"; [ $rc != 1 ] || count=$((count + 1)); }
		for ((i = 3; i < 16; i++)); do
			try up web -q --dns none -p 8080:80; n up web -q --dns none -p 8080:80; ip -n web route del default; try up web -q --dns none -p 8080:80; n up web -q --dns none -p 8080:80
			whole || echo "$i: not whole"; try down web -q; n down web -q; [ "$before" = "$(host_net)" ] || echo "$i: left"
		done; [ $count -gt 5 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

@test 'down that cannot open something loses no device' {
	in_router "$prelude"'count=0
		for ((i = 1; i < 200; i++)); do
			ip link show dev7 >/dev/null 2>&1 || ip link add dev7 type veth peer name dev8
			n up web -q --net host-dev=dev7 --ip4 10.9.0.2/24 --dns none
			strace -f -o /run/trace --inject=openat:error=EIO:when=$i "$XNETNS" down web -q >/run/log 2>&1 ||
				{ count=$((count + 1)); n down web -q || echo "$i: fails again"; }
			ip link show dev7 >/dev/null || echo "$i: lost"
			grep -q INJECTED /run/trace || break
		done; [ $count -gt 3 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

# Its ports would be led nowhere.
@test 'down that cannot open something takes no rules that another name needs' {
	in_router "$prelude"'outside; wired a 1; ip link set xn-a group 0; n publish -q a 8080:80 2>/dev/null; count=0
		for ((i = 1; i < 200; i++)); do
			n up web -q --dns none
			strace -f -o /run/trace --inject=openat:error=EMFILE:when=$i "$XNETNS" down web -q >/run/log 2>&1 || count=$((count + 1))
			nft list map inet xnetns pub4 2>&1 | grep -q 8080 || { echo "$i: lost"; break; }
			n down web -q || echo "$i: fails again"
			grep -q INJECTED /run/trace || break
		done; [ $count -gt 3 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

# Neither the directory of the name nor what is not finished.
@test 'up that cannot write name servers, or is killed, leaves none to down' {
	in_router "$prelude"'outside; count=0
		for call in "?mkdir,mkdirat" "?chmod,fchmodat" fchmod "?rename,?renameat,renameat2"; do
			for how in error=EIO signal=KILL; do
				for i in 1 2 3 4; do
					struck $how up web -q --dns 192.0.2.53 && break
					count=$((count + 1))
					[ $how = signal=KILL ] || [ ! -e /etc/netns ] || { echo "$call $how $i: left"; ls -AR /etc/netns; }
					n down web -q || echo "$call $how $i: down"
					[ ! -e /etc/netns ] || { echo "$call $how $i: left by down"; ls -AR /etc/netns; rm -r /etc/netns; }
				done
				n down web -q
			done
		done; [ $count -gt 7 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}
