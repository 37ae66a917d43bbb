#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# --like-target: the program is as confined as the target, or does not run.

load common

teardown()
{
	cleanup
	[ -z "${group:-}" ] || rmdir "$group"
}

# A target in a pid and mount namespace of its own, run as root, with these words before it.
target()
{
	start unshare -mpf --mount-proc --kill-child "$@" sleep 1000
	wait_until child_named "$started" sleep
	target=$(child_named "$started" sleep)
}

# A filter that refuses getpgid with EDOM (33), and one more that refuses getsid (34). With "ask" the
# first leaves getpgid to a supervisor that is not there.
filtered()
{
	need python3
	cat >"$BATS_TEST_TMPDIR/filtered" <<-'END'
	import ctypes, os, platform, struct, sys
	libc = ctypes.CDLL(None, use_errno=True)
	calls = {'x86_64': (121, 124), 'aarch64': (155, 156)}[platform.machine()]
	if sys.argv[1] == 'nnp':
	    assert libc.prctl(38, 1, 0, 0, 0) == 0
	for call, code in zip(calls, (33, 34)):
	    answer = 0x7fc00000 if sys.argv[1] == 'ask' and code == 33 else 0x50000 | code
	    program = b''.join(struct.pack('HBBI', *op) for op in (
	        (0x20, 0, 0, 0), (0x15, 0, 1, call), (6, 0, 0, answer), (6, 0, 0, 0x7fff0000)))
	    buf = ctypes.create_string_buffer(program)
	    prog = struct.pack('HxxxxxxP', 4, ctypes.addressof(buf))
	    if libc.prctl(22, 2, prog, 0, 0) != 0:
	        sys.exit('prctl: ' + os.strerror(ctypes.get_errno()))
	os.execvp(sys.argv[2], sys.argv[2:])
	END
}

probe='import os
def code(f):
    try: f(0)
    except OSError as e: return e.errno
    return 0
print(code(os.getpgid), code(os.getsid))'

@test "the filters of the target hold for the program" {
	need_root
	filtered
	for nnp in nnp no; do
		target python3 "$BATS_TEST_TMPDIR/filtered" "$nnp"
		run -0 "$XNSENTER" --like-target -t "$target" -- python3 -c "$probe"
		output_is '33 34'
		run -0 "$XNSENTER" -t "$target" -- python3 -c "$probe"
		output_is '0 0'
	done
}

@test "a filter that asks a supervisor has none for the program" {
	need_root
	filtered
	target python3 "$BATS_TEST_TMPDIR/filtered" ask
	run -0 "$XNSENTER" --like-target -t "$target" -- python3 -c "$probe"
	output_has 'note: a filter of the target leaves some system calls to a supervisor'
	output_has '38 34'
	run -0 "$XNSENTER" --like-target=-filter -t "$target" -- python3 -c "$probe"
	output_lacks supervisor
}

@test "the filters of a target that is no root, without no_new_privs" {
	need_root
	filtered
	target python3 "$BATS_TEST_TMPDIR/filtered" no setpriv --reuid 1234 --regid 2345 --clear-groups
	run -0 "$XNSENTER" --like-target -t "$target" -- python3 -c "$probe"
	output_is '33 34'
}

@test "a filter that cannot be had is an error, and can be left out" {
	need_root
	need strace
	filtered
	target python3 "$BATS_TEST_TMPDIR/filtered" nnp
	# Whoever is traced already cannot be asked.
	start strace -o /dev/null -p "$target"
	wait_until grep -q 'TracerPid:.[1-9]' "/proc/$target/status"
	run -1 "$XNSENTER" --like-target -t "$target" -- true
	one_line
	output_has '(--like-target=-filter leaves that out)'
	run -0 "$XNSENTER" --like-target=-filter -t "$target" -- python3 -c "$probe"
	output_has 'note: the target is under a system call filter, the program is not'
	output_has '0 0'
	run -0 "$XNSENTER" --like-target --best-effort -t "$target" -- python3 -c "$probe"
	output_has "note: left out the target's filter: cannot read"
}

@test "--like-target=LIST: parts by name" {
	need_root
	target nice -n 7 setpriv --bounding-set -all,+kill
	show='nice; grep CapBnd /proc/self/status | cut -f2'
	own=$(grep CapBnd /proc/self/status | cut -f2)
	run -0 nice -n 3 "$XNSENTER" --like-target=caps -t "$target" -- sh -c "$show"
	[ "${lines[1]}" = 0000000000000020 ]
	[ "${lines[0]}" = "$(nice -n 3 nice)" ]
	run -0 "$XNSENTER" --like-target=nice -t "$target" -- sh -c "$show"
	[ "${lines[1]}" = "$own" ]
	run -0 "$XNSENTER" --like-target=-caps -t "$target" -- sh -c "$show"
	[ "${lines[1]}" = "$own" ]
	run -0 "$XNSENTER" --like-target=caps,nice,-nice -t "$target" -- sh -c "$show"
	[ "${lines[1]}" = 0000000000000020 ]
	for bad in '' nothing caps, ,caps caps,-; do
		run -1 "$XNSENTER" --like-target="$bad" -t "$target" -- true
		output_has '--like-target: there is no part'
	done
}

# What procfs says of the target, with one file of it unreadable or cut short: a failing
# read in xnsenter before anything is joined.
@test "what cannot be read is never taken for nothing" {
	need_root
	need strace
	need_plain_build
	target
	for part in limits:limits nice:stat oom:oom_score_adj; do
		file=${part#*:} part=${part%:*}
		run -1 strace -f -qq -o /dev/null -P "/proc/$target/$file" -e trace=read \
			-e inject=read:error=EIO "$XNSENTER" --like-target -t "$target" -- true
		output_has "(--like-target=-$part leaves that out)"
		run -0 strace -f -qq -o /dev/null -P "/proc/$target/$file" -e trace=read \
			-e inject=read:error=EIO "$XNSENTER" --like-target --best-effort -t "$target" -- true
		output_has "note: left out the target's $part"
	done
}

# A filter on the whole of the way: prctl(2) with one of these operations fails.
@test "capabilities that cannot be taken away are a failure" {
	need_root
	need python3
	target setpriv --bounding-set -all,+kill
	cat >"$BATS_TEST_TMPDIR/refuse" <<-'END'
	import ctypes, os, platform, struct, sys
	libc = ctypes.CDLL(None, use_errno=True)
	call = {'x86_64': 157, 'aarch64': 167}[platform.machine()]
	ops = ((0x20, 0, 0, 0), (0x15, 0, 3, call), (0x20, 0, 0, 16), (0x15, 0, 1, int(sys.argv[1])),
	       (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000))
	buf = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *op) for op in ops))
	assert libc.prctl(22, 2, struct.pack('HxxxxxxP', len(ops), ctypes.addressof(buf)), 0, 0) == 0
	os.execvp(sys.argv[2], sys.argv[2:])
	END
	# PR_CAPBSET_DROP, PR_CAP_AMBIENT.
	for operation in 24 47; do
		run -1 python3 "$BATS_TEST_TMPDIR/refuse" "$operation" \
			"$XNSENTER" --like-target=caps -t "$target" -- true
		output_has 'cannot limit the capabilities: Operation not permitted'
	done
	run -1 python3 "$BATS_TEST_TMPDIR/refuse" 24 "$XNSENTER" --drop-caps=all -t "$target" -- true
	output_has 'cannot limit the capabilities: Operation not permitted'
	# PR_CAPBSET_READ: what cannot be looked at can be taken away.
	run -0 python3 "$BATS_TEST_TMPDIR/refuse" 23 "$XNSENTER" --drop-caps=all -t "$target" -- \
		grep CapBnd /proc/self/status
	output_is $'CapBnd:\t0000000000000000'
}

@test "a limit above the caller's stays the caller's; one below is the target's" {
	need_root
	need prlimit setpriv
	target prlimit --nofile=3000:4000
	show='ulimit -n; ulimit -Hn'
	run -0 prlimit --nofile=1000:2000 setpriv --bounding-set -sys_resource \
		"$XNSENTER" --like-target -t "$target" -- sh -c "$show"
	output_is $'2000\n2000'
	run -0 "$XNSENTER" --like-target -t "$target" -- sh -c "$show"
	output_is $'3000\n4000'
}

@test "an ordinary user and his own sandbox, also with an id that has no number inside" {
	need_userns
	for map in -r --map-user=0 -c; do
		start_user unshare -U "$map" -mpf --mount-proc --kill-child sleep 1000
		wait_until child_named "$started" sleep
		target=$(child_named "$started" sleep)
		run -0 as_user "$XNSENTER" --like-target -t "$target" -- \
			grep -E '^(Uid|Gid|Groups|CapBnd):' /proc/self/status
		# As the target sees itself: ask from inside.
		want=$(as_user nsenter -t "$target" -U --preserve-credentials \
			grep -E '^(Uid|Gid|Groups|CapBnd):' "/proc/$target/status")
		output_is "$want"
		run -0 as_user "$XNSENTER" -c -t "$target" -- true
		run -0 as_user "$XNSENTER" --like-target --plan -t "$target"
		output_has 'groups kept'
	done
}

@test "a cgroup that the user may not enter" {
	need_root
	need_userns
	skip_without_cgroup
	start_user unshare -Ur -mpf --mount-proc --kill-child sleep 1000
	wait_until child_named "$started" sleep
	target=$(child_named "$started" sleep)
	group=$made
	echo "$target" >"$group/cgroup.procs" || skip 'no process can be moved to a cgroup here'
	run -1 as_user "$XNSENTER" --like-target -t "$target" -- true
	one_line
	output_has 'Permission denied (--like-target=-cgroup leaves that out)'
	run -1 as_user "$XNSENTER" -c -t "$target" -- true
	output_has '(enter without --join-cgroup)'
	run -0 as_user "$XNSENTER" --like-target=-cgroup -t "$target" -- true
	# Root may.
	run -0 "$XNSENTER" --like-target -t "$target" -- cat "/proc/self/cgroup"
	output_has "${group##*/}"
	if command -v strace >/dev/null && [ -z "${SANITIZED:-}" ]; then
		run -1 strace -f -qq -o /dev/null -P /proc/thread-self/mountinfo -e trace=openat \
			-e inject=openat:error=EACCES "$XNSENTER" -t "$target" -c -u -- true
		output_has '(enter without --join-cgroup)'
	fi
	cleanup
}

# A directory of our own in a hierarchy of cgroups; in $made.
skip_without_cgroup()
{
	local top
	for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		made=$top/libns-like-$$
		[ ! -e "$top/cgroup.procs" ] || { mkdir "$made" 2>/dev/null && return; }
	done
	skip 'no cgroup can be made here'
}

@test "groups where setgroups(2) is denied are set before the join" {
	need_root
	need_userns
	# Whoever maps only his own group has to give setgroups(2) up.
	start setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups 5,6 --inh-caps=-all -- \
		unshare -Ur sleep 1000
	wait_until comm_is "$started" sleep
	run -0 --separate-stderr "$XNSENTER" --like-target -t "$started" -- grep Groups /proc/self/status
	output_is "$(nsenter -t "$started" -U --preserve-credentials grep Groups "/proc/$started/status")"
}

@test "--plan --like-target tells what would be taken over" {
	need_root
	filtered
	need prlimit
	target setpriv --groups 5,6 python3 "$BATS_TEST_TMPDIR/filtered" nnp
	run -0 "$XNSENTER" --plan --like-target=-nice -t "$target"
	output_has 'groups 5 6'
	output_has 'filters   2 of the target'
	output_has "prlimit(fsize, $(prlimit --fsize --noheadings --output=SOFT,HARD | sed 's/ *\([^ ]*\) *\([^ ]*\).*/\1, \2/'))"
	output_has 'like      ids groups caps no-new-privs limits oom umask label cgroup filter of the target'
	run -0 "$XNSENTER" --plan=json --like-target -t "$target"
	echo "$output" | python3 -c 'import json, sys
p = json.load(sys.stdin)
assert p["groups"] == [5, 6] and p["filters"] == 2 and "limits" in p["like"]'
}

@test "a label that cannot be read is left out only where that was asked for" {
	need_root
	target
	# A module that is there, and has no label for the target.
	# shellcheck disable=SC2016
	run private sh -c 'mount -t tmpfs none /sys && mkdir -p /sys/fs/selinux && : >/sys/fs/selinux/enforce &&
		mount -t tmpfs none "/proc/$2/attr" || exit 99
		"$1" --follow-context --best-effort -t "$2" -u -- echo ran || exit 98; "$1" --follow-context -t "$2" -u -- echo did-run' \
		sh "$XNSENTER" "$target"
	status_is 1
	[ "$(grep -cx ran <<<"$output")" = 1 ] || fail "$output"
	output_has "xnsenter: cannot read the label of process $target: No such file or directory (enter without --follow-context)"
}

@test "no descriptor that limits were set through reaches the program" {
	need_root
	target
	# As unshare and nsenter do, it passes on what is open: only what it opened itself is not.
	run -0 ls /proc/self/fd
	mine=$output
	run -0 "$XNSENTER" --compat --like-target=-filter -t "$target" -m -p -- ls /proc/self/fd
	output_is "$mine"
}
