#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter has its child made by a stub: what of it can be seen inside, and how that fails.

load common

# What docker leaves to a container.
DOCKER=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service
DOCKER+=,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap

setup()
{
	need_root
	[ "${STUB:-yes}" = yes ] || skip 'no stub for this machine'
}

# hanging_target: one whose /mnt has files that never answer.
hanging_target()
{
	hanging_mount -mpf --mount-proc --kill-child
	target=$(child_named "$started" python3)
}

# alone_inside: only the target is left in its pid namespace.
alone_inside()
{
	[ "$(nsenter -t "$target" -m -p sh -c 'echo /proc/[0-9]* | wc -w')" -le 4 ]
}

@test "the plan says what is kept out of reach, and by what" {
	sleeper -mpf
	run -0 "$XNSENTER" --plan -t "$sleeper"
	output_has 'a stub in sealed memory makes the child'
	output_has 'steps     caller  vfork(), execveat(sealed memory)'
	output_lacks memset
	run -0 "$XNSENTER" --plan=json -t "$sleeper"
	output_has '"stub": true'
	output_has '"sealed": true'
	for words in -m '-a --env' '-a --tools=/usr/bin' '-a -S root' --like-target; do
		# shellcheck disable=SC2086
		run -0 "$XNSENTER" --plan=json -t "$sleeper" $words
		output_has '"stub": false'
		# shellcheck disable=SC2086
		run -0 "$XNSENTER" --plan -t "$sleeper" $words
		output_has 'it goes on as a sealed copy'
	done
	run -0 "$XNSENTER" --plan -t "$sleeper" -a --compat
	output_has 'binary    as it is'
}

# child_of PID: the child that is not the program yet.
child_of()
{
	child=$(cat "/proc/$1/task/$1/children") && child=${child%% *} && [ -n "$child" ] &&
		grep -q 'NSpid:.*[[:blank:]].*[[:blank:]]' "/proc/$child/status"
}

@test "what is seen inside before the program runs is the stub" {
	hanging_target
	out=$BATS_TEST_TMPDIR/out
	# What hangs in there dies only with the file system and holds its output open.
	SECRET=of-the-caller "$XNSENTER" --clean-env -t "$target" -- /mnt/program argument >"$out" 2>&1 3>&- &
	pid=$!
	STARTED+=("$pid")
	wait_until child_of "$pid"
	[[ $(readlink "/proc/$child/exe") == /memfd:xnsenter* ]]
	# A page of code, and what the program gets; not a copy of the tool.
	[ "$(stat -Lc %s "/proc/$child/exe")" -lt 40000 ]
	[ "$(cat "/proc/$child/comm")" = xnsenter ]
	# shellcheck disable=SC2144
	[ ! -s "/proc/$child/environ" ]
	# 0, 1, 2 and the line to the one outside.
	[ "$(find "/proc/$child/fd" -type l | wc -l)" = 4 ]
	run -1 grep -q rwx "/proc/$child/maps"
	run -1 grep -q 'SECRET' "/proc/$child/exe"
	grep -q 'argument' "/proc/$child/exe"
	kill -TERM "$pid"
	wait_until test ! -e "/proc/$pid/exe"
}

@test "--timeout names the step that hangs, in a pid namespace" {
	hanging_target
	out=$BATS_TEST_TMPDIR/out code=0
	timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$target" -W/mnt/x -- true >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'changing root and working directory takes longer than 1000 ms' "$out"
	code=0
	timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$target" -- /mnt/x >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'running the program takes longer' "$out"
	run -3 "$XNSENTER" --timeout=4 -t "$target" -- sh -c 'sleep 4.5; exit 3'
}

@test "a program of the container's that has the stub run it" {
	sleeper -mpf --mount-proc
	printf '#!/proc/self/exe\necho ran\n' >"$BATS_TEST_TMPDIR/script"
	chmod +x "$BATS_TEST_TMPDIR/script"
	run -126 "$XNSENTER" -t "$sleeper" -- "$BATS_TEST_TMPDIR/script"
	output_is '/proc/self/exe cannot be the interpreter of a script here'
}

@test "programs are looked for as everywhere" {
	sleeper -mpf
	dir=$BATS_TEST_TMPDIR
	mkdir "$dir/a" "$dir/b"
	echo 'echo "by a shell: $0 $1"' >"$dir/b/prog"
	chmod +x "$dir/b/prog"
	echo '#!/bin/sh' >"$dir/a/prog"
	run -0 env PATH="$dir/none:$dir/a:$dir/b:$PATH" "$XNSENTER" -t "$sleeper" -- prog x
	output_is "by a shell: $dir/b/prog x"
	# What is wrong is said by the copy, and once.
	run -126 env PATH="$dir/a" "$XNSENTER" -t "$sleeper" -- prog
	output_is "xnsenter: cannot execute '$dir/a/prog': Permission denied"
	run -127 "$XNSENTER" -t "$sleeper" -- /nowhere/x
	[ "${lines[0]}" = "xnsenter: cannot execute '/nowhere/x': No such file or directory" ]
	run -127 "$XNSENTER" -t "$sleeper" -- no-such-program
	one_line
	# The shell of the caller need not exist in there.
	run -0 env SHELL=/nowhere/shell "$XNSENTER" -t "$sleeper" <<<'echo a shell'
	output_is 'a shell'
}

@test "where the stub cannot be had, a copy of the whole takes its place" {
	need strace
	need_plain_build
	sleeper -mpf
	for fault in memfd_create:error=EPERM:when=1 clone:error=EPERM:when=1 \
			setns:error=EPERM:when=1 close_range:error=ENOSYS:when=1; do
		run -0 strace -f -qq -o /dev/null -e inject="$fault" "$XNSENTER" -t "$sleeper" -- echo inside
		output_is inside
	done
}

@test "whenever it is killed, nothing is left inside" {
	need strace
	need_plain_build
	start unshare -mpf --mount-proc --kill-child sleep 1000
	wait_until child_named "$started" sleep
	target=$(child_named "$started" sleep)
	for call in prctl madvise recvfrom setns statx close close_range fcntl clone rt_sigprocmask execve; do
		for n in 1 2 3; do
			timeout 20 strace -f -qq -o /dev/null -e trace="$call" \
				-e inject="$call:signal=KILL:when=$n" \
				"$XNSENTER" -t "$target" -- true >/dev/null 2>&1 || :
			wait_until alone_inside
		done
	done
}

# attack CAPS OPTION...: the overwriter of common.bash, whose root holds these capabilities.
attack()
{
	local caps=$1
	shift
	tool=$(copy_of "$XNSENTER")
	before=$(sha256sum "$tool")
	overwriter "$tool" setpriv --bounding-set "-all,$caps" --inh-caps=-all --
	ENTRIES=${ATTACK_ENTRIES:-50} enter_often "$tool" "$@" -t "$target" -a --no-pty -- true || :
}

@test "a container's root with fewer capabilities cannot overwrite the binary either" {
	need setpriv
	for caps in "$DOCKER" "$DOCKER,+sys_ptrace"; do
		# No more than his own, or he could not look at what we run.
		attack "$caps" --caps="${caps//+/}"
		[ "$before" = "$(sha256sum "$tool")" ]
		run grep overwritten "$started_out"
		output_is ''
		cleanup
		# The control.
		attack "$caps" --caps="${caps//+/}" --compat
		wait_until grep -q overwritten "$started_out"
		[ "$before" != "$(sha256sum "$tool")" ]
		cleanup
	done
}
