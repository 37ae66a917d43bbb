#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns is killed, or refused, at its system calls: nothing remains that blocks
# the next attempt, and nothing is called done that was not.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common

setup()
{
	need_root
	need strace
	export XNETNS
}

prelude='
n() { "$XNETNS" "$@"; }
foreign() { mkdir -p /run/netns; : >/run/netns/$1; unshare -n mount --bind /proc/self/ns/net /run/netns/$1; }
mounts() { grep -c " - nsfs " /proc/self/mountinfo; }
# points WORDS: "CALL N" for each system call of xnetns WORDS, without those that only start it;
# of three only one, but with FAULTS=all
points()
{
	strace -f -o /run/trace "$XNETNS" "$@" >/dev/null
	sed "s/^[0-9]* *//" /run/trace | grep -o "^[a-z][a-z0-9_]*(" | tr -d "(" | grep -v -e execve -e mmap -e mprotect |
		sort | uniq -c | while read -r count call; do for ((i = 1; i <= count; i++)); do echo "$call $i"; done; done |
		if [ "${FAULTS:-}" ]; then cat; else awk "NR % 3 == 1"; fi
}
# struck WORDS: kills it at system call $call for the $i-th time
struck() { { strace -f -o /dev/null --inject=$call:signal=KILL:when=$i "$XNETNS" "$@"; } >/dev/null 2>&1 </dev/null; }
'

# killed_everywhere SHAPE VERB: in a /run that SHAPE has made ready, with a name "keep" that
# stays. SIGKILL strikes once at every call; whatever remains, the next add and delete of "a"
# succeed, and leave as many mounts as there were.
killed_everywhere()
{
	run private_run bash -c "$prelude$1"'
		before() { n del a 2>/dev/null; [ '"$2"' = add ] || n add a; }
		n add keep; base=$(mounts); before; points '"$2"' a >/run/points; count=0
		while read -r call i; do
			before; struck '"$2"' a; count=$((count + 1))
			n add a 2>/dev/null; n exec a true || echo "$call $i: not whole"
			n del a || echo "$call $i: not deleted"
			[ $(mounts) = $base ] || echo "$call $i: mounts left"
		done </run/points 2>/dev/null
		n exec keep true && cat /proc/version >/dev/null && [ $count -gt 10 ] && echo done'
	output_is done
}

@test 'add killed at any system call blocks nothing' {
	killed_everywhere '' add
}

@test 'delete killed at any system call blocks nothing' {
	killed_everywhere '' del
}

@test 'delete killed at any system call, where all is shared and each name is mounted twice' {
	need_plain_build
	killed_everywhere 'mount -t proc proc /proc; mount --make-rshared /; mkdir /run/netns
		mount --bind /run/netns /run/netns;' del
}

# Between the attaching of the new mount and the unbinding below it lie several calls.
@test 'the first add killed at any system call keeps the names of others' {
	need_plain_build
	run private_run bash -c "$prelude"'
		before()
		{
			umount -l /run/netns/* /run/netns /run/netns/* 2>/dev/null; rm -rf /run/netns
			foreign cni1; foreign cni2
		}
		before; points add a >/run/points; count=0
		while read -r call i; do
			before; struck add a; count=$((count + 1))
			n exec cni1 true && n exec cni2 true || echo "$call $i: lost"
			n add a 2>/dev/null; n exec a true || echo "$call $i: not whole"
			n del a && n del cni1 && n del cni2 || echo "$call $i: not deleted"
			[ $(mounts) = 0 ] || echo "$call $i: mounts left"
		done </run/points
		[ $count -gt 10 ] && echo done'
	output_is done
}

# What cannot be read is no empty directory, no missing number and no end.
@test 'directories and sockets that fail are failures' {
	run private_run bash -c "$prelude"'
		fails() { timeout -s KILL 60 strace -f -o /dev/null --inject="$1" "$XNETNS" "${@:2}"; echo "= $?"; }
		n add a; n add b; n set a 5
		for i in 1 2; do
			what=getdents64:error=EIO:when=$i
			fails $what list; fails $what --all del; fails $what --all exec true; fails $what identify
			fails $what pids a
		done 2>&1 | sort | uniq -c | sed "s/^ *//"
		fails recvfrom:error=ENOBUFS list-id; fails recvfrom:retval=0 list-id; fails sendto:error=EPERM list-id
		fails recvfrom:error=ENOBUFS list; fails socket:error=EAFNOSUPPORT list
		ls /run/netns'
	output_is "10 = 1
8 xnetns: cannot list names: Input/output error
2 xnetns: cannot list processes: Input/output error
xnetns: cannot list numbers of network namespaces: No buffer space available
= 1
xnetns: cannot list numbers of network namespaces: Bad message
= 1
xnetns: cannot list numbers of network namespaces: Operation not permitted
= 1
b
a
xnetns: the numbers of 2 names could not be read
= 0
b
a
xnetns: the numbers of 2 names could not be read
= 0
a
b"
}
