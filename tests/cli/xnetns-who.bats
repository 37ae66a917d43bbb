#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns who: everything that keeps a network namespace alive.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common

setup()
{
	need_root
	need jq python3
	export XNETNS XLSNS
}

# scenario SCRIPT: SCRIPT with a /run of its own; what it starts in the background ends with it.
scenario()
{
	run private_run bash -c 'n() { "$XNETNS" "$@"; }
		until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
		trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT
		'"$1" 3>&-
}

@test 'processes, threads, descriptors, sockets, and mounts here and elsewhere' {
	scenario 'n add a; ip netns exec a sleep 1000 & sleeper=$!
		unshare -m --propagation private sleep 1000 & elsewhere=$!
		python3 -c "
import ctypes, os, socket, threading, time
held = os.open(\"/run/netns/a\", os.O_RDONLY)
home = os.open(\"/proc/thread-self/ns/net\", os.O_RDONLY)
libc = ctypes.CDLL(None)
libc.setns(held, 0); s = socket.socket(); libc.setns(home, 0)
ready = threading.Event()
def stray():
    libc.setns(held, 0); ready.set(); time.sleep(1000)
threading.Thread(target=stray, daemon=True).start()
ready.wait(); open(\"/run/up\", \"w\"); time.sleep(1000)" & holder=$!
		until_true test -e /run/up
		until_true grep -q sleep /proc/$sleeper/comm; until_true grep -q sleep /proc/$elsewhere/comm
		n -j who a 2>/dev/null >/run/who
		has() { jq -e "any(.[]; $1)" /run/who >/dev/null || { echo "not there: $1"; cat /run/who; }; }
		has ".holder == \"process\" and .pid == $sleeper and .command == \"sleep 1000\""
		has ".holder == \"fd\" and .pid == $holder and .fd >= 3"
		has ".holder == \"socket\" and .pid == $holder"
		has ".holder == \"thread\" and .pid == $holder and .tid != .pid"
		has ".holder == \"mount\" and .where == \"/run/netns/a\" and .release == \"xnetns del a\""
		has ".holder == \"mount\" and .release == \"xnsenter --mount=/proc/$elsewhere/ns/mnt umount /run/netns/a\""
		echo done'
	output_is "done"
}

@test 'the same as xlsns --holders, by any word' {
	scenario 'n add a; ip netns exec a sleep 1000 & pid=$!; until_true grep -q sleep /proc/$pid/comm
		ino=$(stat -Lc %i /run/netns/a)
		"$XLSNS" --holders $ino -J | jq -Sc ".holders | map(del(..|nulls))" >/run/xlsns
		for word in a netns:a $pid ns:$ino /run/netns/a /proc/$pid/ns/net; do
			n --json who $word 2>/dev/null | jq -Sc . | cmp - /run/xlsns && echo same
		done'
	output_is "$(yes same | head -n 6)"
}

@test 'a name that is mounted twice is told once' {
	scenario 'mount --make-shared /run; mkdir /run/netns
		# As ip before 7.0 did it.
		mount --bind /run/netns /run/netns; mount --make-shared /run/netns
		ip netns add a; grep -c "/run/netns/a .* nsfs " /proc/self/mountinfo; n who a 2>/dev/null | grep -c "/run/netns/a"'
	output_is $'2\n1'
}

@test 'a namespace whose name is deleted is found by its number' {
	scenario 'n add a; ip netns exec a sleep 1000 & pid=$!; until_true grep -q sleep /proc/$pid/comm
		ino=$(stat -Lc %i /run/netns/a); n del a; n who ns:$ino 2>/dev/null | sed "s/$pid/PID/g; s/  */ /g"; n who a; echo $?'
	output_is "HOLDER RELEASE PID TID FD NS WHERE COMMAND
process kill PID PID sleep 1000
xnetns: cannot open network namespace 'a': No such file or directory
1"
}

@test 'a name that is bound in another mount namespace only' {
	scenario 'mkdir -p /run/netns; : >/run/netns/a; touch -d "1 minute ago" /run/netns/a
		unshare -m --propagation private sh -c "unshare -n mount --bind /proc/self/ns/net /run/netns/a; exec sleep 1000" & pid=$!
		until_true grep -q sleep /proc/$pid/comm
		n -j who a 2>/dev/null | jq -r ".[] | [.holder, .where, .release] | join(\" \")" | sed "s/$pid/PID/"
		: >/run/netns/b; touch -d "1 minute ago" /run/netns/b; n who b 2>/dev/null; echo $?'
	output_is 'mount /run/netns/a xnsenter --mount=/proc/PID/ns/mnt umount /run/netns/a
1'
}

@test 'an ordinary user is told how many processes he could not read' {
	scenario 'n add a; setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$XNETNS" who a'
	status_is 0
	[[ $output =~ xnetns:\ [0-9]+\ processes\ are\ not\ readable ]]
	output_has /run/netns/a
}

@test 'what is no network namespace, and no word at all' {
	scenario 'n who /proc/self/ns/uts; echo $?; n who nosuch; echo $?; n who ns:12; echo $?; n who; echo $?; n who a b; echo $?'
	output_has "xnetns: '/proc/self/ns/uts' is a namespace of type uts, not a network namespace"
	output_has "xnetns: cannot open network namespace 'nosuch': No such file or directory"
	[ "$(grep -cx 1 <<<"$output")" = 3 ]
	[ "$(grep -cx 255 <<<"$output")" = 2 ]
}
