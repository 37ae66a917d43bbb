#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The caller's limits are meant for the program: xnsenter works below them, and without memory that
# can be executed, and the program sees its limits unchanged.

load common

setup()
{
	need_root
}

# limited WORDS CMD...: a program below "ulimit WORDS", with no descriptor above 2.
limited()
{
	# shellcheck disable=SC2016
	bash -c 'for fd in 3 4 5 6 7 8 9 10 11; do eval "exec $fd>&-"; done
		ulimit $0 && exec "$@"' "$@"
}

# Without the right to raise a hard limit.
weak='setpriv --bounding-set -sys_resource --inh-caps -sys_resource --'

show='ulimit -Sf; ulimit -Hf; ulimit -Sn; ulimit -Hn'

@test "a limit of file sizes does not end it" {
	need_plain_build
	sleeper -mpf
	for how in '' -m '-m -F'; do
		for limit in '-f 8' '-f 0' '-Sf 8'; do
			expected=$(limited "$limit" bash -c "$show")
			for rights in '' "$weak"; do
				# shellcheck disable=SC2086
				run -0 limited "$limit" $rights "$XNSENTER" -t "$sleeper" $how -- bash -c "$show"
				output_is "$expected"
			done
		done
	done
}

@test "few descriptors suffice" {
	need_plain_build
	sleeper -mpf
	for limit in '-Sn 5' '-n 12'; do
		expected=$(limited "$limit" bash -c "$show")
		for how in '' -m -p; do
			# shellcheck disable=SC2086
			run -0 limited "$limit" "$XNSENTER" -t "$sleeper" $how -- bash -c "$show"
			output_is "$expected"
		done
	done
}

@test "where even the copy has no descriptor left it fails once" {
	need_plain_build
	sleeper -mpf
	for n in 4 5 6 7 8; do
		run ! limited "-n $n" timeout 20 "$XNSENTER" -t "$sleeper" -- true
		[ "$status" != 124 ]
	done
}

@test "with three processes a pid namespace is entered, and that number is said" {
	sleeper -mpf
	group=$(mktemp -d /sys/fs/cgroup/pids/xnsenter-limits.XXXXXX 2>/dev/null) ||
		group=$(mktemp -d /sys/fs/cgroup/xnsenter-limits.XXXXXX 2>/dev/null) ||
		skip 'no cgroup can be made here'
	code=0
	for n in 3 2; do
		echo "$n" >"$group/pids.max" || code=$?
		# shellcheck disable=SC2016
		bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$XNSENTER" -t "$sleeper" -- \
			true 2>"$BATS_TEST_TMPDIR/words.$n" && echo entered >>"$BATS_TEST_TMPDIR/words.$n"
	done
	cleanup
	rmdir "$group"
	[ "$code" = 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR/words.3")" = entered ]
	grep 'takes three processes' "$BATS_TEST_TMPDIR/words.2"
}

@test "where there is no sealed memory, a mount that nobody can change takes its place" {
	need_root
	tool=$(copy_of "$XNSENTER")
	before=$(sha256sum "$tool")
	overwriter "$tool"
	enter_often "$REFUSE" 1 memfd_create -- "$tool" -t "$target" -- true
	wait_until grep -qx 'seen /' "$started_out"
	[ "$before" = "$(sha256sum "$tool")" ]
	run grep overwritten "$started_out"
	output_is ''
	# It is a copy like the other one: what was pinned and the caller's path arrive.
	sleeper -mpf
	run -0 env LD_LIBRARY_PATH="$LD_LIBRARY_PATH:/ours" "$REFUSE" 38 memfd_create -- \
		"$XNSENTER" -t "$sleeper" -p -- sh -c 'echo "$LD_LIBRARY_PATH"; env | grep -c LIBNS_SEAL || :'
	output_is "$LD_LIBRARY_PATH:/ours"$'\n0'
	# A setting of the pid namespace that refuses what can be executed (Linux 6.3).
	[ -e /proc/sys/vm/memfd_noexec ] || return 0
	# shellcheck disable=SC2016
	run -0 private unshare -pf --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec || exit
		unshare -m --propagation private sleep 1000 & while [ "$(cat /proc/$!/comm)" != sleep ]; do sleep 0.02; done
		exec "$1" -t $! -m -- echo inside' sh "$XNSENTER"
	output_is inside
}
