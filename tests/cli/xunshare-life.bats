#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: the life of the program. How it ends, and that nothing outlives it.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

start_inside()
{
	start_user "$XUNSHARE" "$@"
}

# innermost PID: the last descendant by first children, e.g. the program.
innermost()
{
	local pid=$1 child
	while child=$(child_of "$pid" 2>/dev/null); do
		pid=$child
	done
	echo "$pid"
}

program_runs()
{
	program=$(innermost "$started")
	comm_is "$program" sleep
}

gone()
{
	[ ! -e "/proc/$1" ]
}

# ---------------------------------------------------------------------- init

@test 'init: the program is not the first process, orphans are reaped' {
	need_userns
	# shellcheck disable=SC2016
	run -0 inside -r --mount-proc --init sh -c 'echo $$ $PPID; (sleep 0 & ); cat /proc/1/comm
		left() { for f in /proc/[0-9]*/stat; do read -r line <$f 2>/dev/null; case $line in *"(sleep)"*) return ;; esac; done; false; }
		for i in $(seq 500); do left || exit 0; sleep 0.02; done; echo zombie'
	[ "${lines[0]}" = '2 1' ]
	[ "${lines[1]}" = 'init (libns)' ]
	output_lacks zombie
}

@test 'init: status and death by signal are those of the program' {
	need_userns
	run -42 inside -r --init sh -c 'exit 42'
	# shellcheck disable=SC2016
	run -143 inside -r --init sh -c 'kill -TERM $$'
	run -127 inside -r --init /no/such/program
	run -126 inside -r --init /etc/passwd
	one_line
}

@test 'init: hides environment, arguments, memory and descriptors' {
	need_userns
	# shellcheck disable=SC2016
	SECRET=hidden run -0 inside -r --mount-proc --init --clear-env /bin/sh -c '
		tr "\0" " " </proc/1/cmdline; echo
		for file in environ mem maps fd/0 cwd exe; do
			head -c 1 /proc/1/$file >/dev/null 2>&1 && echo "$file is open"
		done; :'
	output_lacks 'is open'
	output_lacks hidden
	output_lacks clear-env
}

@test 'init: as root without a user namespace there is nothing to see either' {
	need_plain_build
	need_root
	# shellcheck disable=SC2016
	SECRET=hidden run -0 "$XUNSHARE" --mount-proc --init sh -c \
		'tr "\0" "\n" </proc/1/environ; tr "\0" "\n" </proc/1/cmdline; ls /proc/1/fd'
	output_lacks hidden
	output_lacks mount-proc
	[ "${#lines[@]}" -le 2 ]
}

@test 'nothing inside can trace xunshare, which stays outside' {
	need_userns
	# unshare's way, without a user namespace, shows that the look is a good one.
	for options in -f -Urf '-Urf --kill-child' '-rf --map-current-user'; do
		# shellcheck disable=SC2016,SC2086
		run -0 inside $options sh -c 'for file in environ mem maps; do
			head -c 0 /proc/$PPID/$file >/dev/null 2>&1 && echo "$file is open"
		done; :'
		[[ $options == -f || $output != *open* ]] || fail "$options: $output"
		[[ $options != -f || $output == *'environ is open'* ]] || fail "$output"
	done
}

@test 'init: TERM and INT end the sandbox' {
	need_userns
	for sig in TERM INT; do
		start_inside -r --init --mount-proc sleep 1000
		wait_until program_runs
		kill "-$sig" "$started"
		wait_until gone "$started"
		gone "$program"
	done
	run -124 as_user timeout 1 "$XUNSHARE" -Urpf --init --mount-proc sleep 100
}

@test 'init: a program that leaves others behind takes them along' {
	need_userns
	start_inside -r --init sh -c 'trap "exit 0" USR1; sleep 1000 & wait'
	wait_until program_runs
	kill -USR1 "$(awk '$1 == "PPid:" { print $2 }' "/proc/$program/status")"
	wait_until gone "$started"
	gone "$program"
}

# --------------------------------------------------------------- waiting for

@test 'forward-signals' {
	start_inside --forward-signals sleep 1000
	wait_until program_runs
	kill -TERM "$started"
	wait_until gone "$started"
	gone "$program"
}

@test 'the program starts with the signals of the caller' {
	need_userns
	# shellcheck disable=SC2016
	for options in -f '-r --init'; do
		# shellcheck disable=SC2086
		run -0 inside $options grep -E 'SigBlk|SigIgn' /proc/self/status
		mine=$output
		run -0 as_user grep -E 'SigBlk|SigIgn' /proc/self/status
		output_is "$mine"
	done
}

@test 'timeout' {
	need_userns
	run -124 inside --timeout 0.1 sleep 100
	output_is 'xunshare: the time is up (--timeout)'
	run -124 inside -rpf --timeout 0.1 sleep 100
	run -124 inside -r --init --timeout 0.1s:10 sleep 100
	# TERM first: the program may end in good order, if it has come that far by then.
	for time in 0.5 2 8; do
		# shellcheck disable=SC2016
		run -124 inside -r --init --timeout $time:100 sh -c 'trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done'
		[ "${lines[0]}" != bye ] || break
	done
	[ "${lines[0]}" = bye ]
	# KILL after that.
	run -124 inside -r --init --timeout 0.1:0.1 sh -c 'trap "" TERM; sleep 100'
	run -7 inside --timeout 1h sh -c 'exit 7'
	for bad in '' x 1x -1 1:x 1: . 1.2.3 99999999999d 1ms; do
		run -1 inside --timeout "$bad" true
	done
}

@test 'stop and continue' {
	start_inside -f sleep 1000
	wait_until program_runs
	state() { [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat")" = "$2" ]; }
	kill -STOP "$program"
	wait_until state "$started" T
	kill -CONT "$started"
	wait_until state "$program" S
	wait_until state "$started" S
}

on_terminal()
{
	# A pseudo terminal whose foreground group is a shell's.
	script -qec "$1" /dev/null </dev/null
}

@test 'the terminal is given back after an interactive shell' {
	need_userns
	need script
	export XUNSHARE
	# shellcheck disable=SC2016
	run -0 on_terminal "sh -c '\"\$XUNSHARE\" -Urpf bash -ic true 2>/dev/null; ps -o tpgid=,pgid= -p \$\$'"
	# shellcheck disable=SC2086
	set -- ${lines[-1]//$'\r'/}
	[ "$1" = "$2" ]
}

# typed OPTION...: Ctrl-Z, fg and Ctrl-C for a program in an interactive shell.
typed()
{
	# It ticks as soon as it runs in the foreground; before, Ctrl-C would be the shell's.
	run python3 "${BATS_TEST_FILENAME%/*}/type-keys.py" \
		"\"$mine\" $* sh -c 'while echo ti''ck; do \"$program\" 0.1; done'" WAIT:tick \
		^Z WAIT:Stopped 'WAIT:ready> ' jobs WAIT:Stopped 'WAIT:ready> ' \
		fg WAIT:tick ^C 'WAIT:ready> ' 'echo "code=$?."' WAIT:code=130.
	status_is 0
	wait_until no_process_left
}

@test 'Ctrl-Z, fg and Ctrl-C in an interactive shell' {
	need_userns
	need python3
	own_names
	typed -f
	# Which of the two the shell continues first is chance.
	for _ in 1 2 3 4 5; do
		typed -Urf
	done
	typed -Urpf --init --mount-proc
	typed -Urp --init --mount-proc --kill-child --timeout 60
}

# --------------------------------------------------------------- kill-child

@test 'kill-child survives a change of ids' {
	need_root
	start "$XUNSHARE" --kill-child -S 65533 -G 65533 sleep 1000
	wait_until program_runs
	kill -KILL "$started"
	wait_until gone "$program"
	start "$XUNSHARE" --kill-child --init -S 65533 -G 65533 sleep 1000
	wait_until program_runs
	kill -KILL "$started"
	wait_until gone "$program"
}

@test 'kill-child=TERM leaves nothing in a pid namespace' {
	need_userns
	for options in '' --init; do
		# shellcheck disable=SC2086
		start_inside -Urpf $options --kill-child=TERM --mount-proc sleep 1000
		wait_until program_runs
		kill -KILL "$started"
		wait_until gone "$program"
	done
	# Ends as the program does, and nothing of xunshare's stays.
	run -7 inside -Urpf --kill-child=TERM sh -c 'exit 7'
	run -143 inside -Urf --kill-child=INT sh -c 'kill -TERM $$'
}

@test 'kill-child=TERM where xunshare itself enters the other namespaces' {
	need_root
	local child
	# Its guard is nobody that those inside could see, kill, or take descriptors from.
	for options in '-pf --mount-proc' '-pmf'; do
		# shellcheck disable=SC2086
		run -0 "$XUNSHARE" $options --kill-child=TERM sh -c \
			'mount -t proc proc /proc 2>/dev/null; cat /proc/[0-9]*/comm'
		output_is sh
	done
	start "$XUNSHARE" -pf --mount-proc --kill-child=TERM sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	kill -KILL "$started"
	wait_until gone "$child"
}

@test 'kill-child=TERM: a first process that has a handler decides for itself' {
	need_userns
	# shellcheck disable=SC2016
	start_inside -Urpf --kill-child=TERM --mount-proc bash -c \
		'trap "echo asked; sleep 0.3; echo done; exit" TERM; echo ready; while :; do sleep 0.1; done'
	wait_until grep -q ready "$started_out"
	kill -KILL "$started"
	wait_until grep -q done "$started_out"
	grep -q asked "$started_out"
}

@test 'die-with-parent: the program ends with whoever has started xunshare' {
	need_userns
	for options in -Ur -Urpf '-Ur --init'; do
		# shellcheck disable=SC2016
		start_user bash -c '"$@" & wait' bash "$XUNSHARE" $options --die-with-parent sleep 1000
		wait_until program_runs
		kill -KILL "$started"
		wait_until gone "$program"
	done
	# Also where the ids change.
	if is_root; then
		# shellcheck disable=SC2016
		start bash -c '"$@" & wait' bash "$XUNSHARE" --die-with-parent -n -S 65533 sleep 1000
		wait_until program_runs
		kill -KILL "$started"
		wait_until gone "$program"
	fi
	run -0 inside -Ur --die-with-parent true
}

@test 'a status that nobody can tell is no silent failure' {
	need_userns
	need strace
	need_plain_build
	run -1 as_user strace -qq -o /dev/null -e inject=wait4:error=EIO "$XUNSHARE" -Urpf sleep 1000
	output_has 'cannot wait for process'
}

# killed_everywhere CHECK CMD...: kills CMD, which is xunshare, at every system call of
# its own work; CHECK must hold after each.
killed_everywhere()
{
	local check=$1 calls name n
	declare -A seen=()
	shift
	strace -qq -o "$BATS_TEST_TMPDIR/calls" "$@"
	mapfile -t calls < <(sed 's/(.*//' "$BATS_TEST_TMPDIR/calls")
	for name in "${calls[@]}"; do
		# strace counts each call by itself.
		n=$((${seen[$name]:-0} + 1))
		seen[$name]=$n
		# What the dynamic loader does has no effect to remove.
		[ -n "${seen[geteuid]:-}" ] || continue
		[[ $name != +++* && $name != exit_group ]] || continue
		# How often it polls is chance, so it may also come to its end.
		strace -qq -o /dev/null -e inject="$name:signal=KILL:when=$n" "$@" || :
		wait_until "$check" || fail "killed at $name number $n"
	done
	[ "${#seen[@]}" -gt 15 ] || fail "only ${#seen[@]} different calls"
}

# Tool and program with names of their own, to be found by: $mine, $program.
own_names()
{
	local dir=$BATS_TEST_TMPDIR
	name=xu$$.$BATS_TEST_NUMBER
	mkdir -p "$dir/cmd" "$dir/lib"
	cp "${XUNSHARE%/*}/../lib/libns.so.0" "$dir/lib/"
	cp "$XUNSHARE" "$dir/cmd/$name"
	cp "$(command -v sleep)" "$dir/$name"
	chmod -R a+rX "$dir"
	mine=$dir/cmd/$name program=$dir/$name
}

no_process_left()
{
	! grep -qsxF "$name" /proc/[0-9]*/comm
}

@test 'killed at any system call, no process stays' {
	need_root
	need strace
	need_plain_build
	own_names
	killed_everywhere no_process_left "$mine" -Urpf --kill-child --mount-proc "$program" 0
}

@test 'killed at any system call of another shape, no process stays' {
	need_root
	need strace
	need_plain_build
	own_names
	killed_everywhere no_process_left "$mine" -r --init --kill-child --mount-proc "$program" 0
	killed_everywhere no_process_left "$mine" -rfT --kill-child --boottime 5 --owner 65533:65533 \
		"$program" 0
}

@test 'killed at any system call while subordinate ids are mapped' {
	need_root
	need strace newuidmap
	need_plain_build
	own_names
	chmod a+rwx "$BATS_TEST_TMPDIR"
	# The functions in a shell of the user that has subordinate ids.
	{
		declare -f killed_everywhere no_process_left wait_until fail
		declare -p name mine program BATS_TEST_TMPDIR
		echo 'set -e'
		echo 'killed_everywhere no_process_left "$mine" -Urpf --kill-child --map-auto "$program" 0'
	} >"$BATS_TEST_TMPDIR/script"
	run -0 as_tester bash "$BATS_TEST_TMPDIR/script"
}

# Nothing stays bound - unless the program did run: then that is what was asked for.
# The full run that lists the calls binds both as well.
nothing_bound()
{
	local file
	no_process_left || return 1
	for file in "$BATS_TEST_TMPDIR"/{net,mnt,pid,user}; do
		[ -e "$BATS_TEST_TMPDIR/ran" ] || ! findmnt -rn "$file" || return 1
		while umount -l "$file" 2>/dev/null; do :; done
	done
	rm -f "$BATS_TEST_TMPDIR/ran"
}

@test 'killed at any system call, nothing stays bound before the program runs' {
	need_root
	need strace findmnt
	need_plain_build
	own_names
	touch "$BATS_TEST_TMPDIR"/{net,mnt,pid,user}
	# Without --kill-child: a program that was started gets to its end.
	{
		declare -f killed_everywhere no_process_left nothing_bound wait_until fail
		declare -p name mine BATS_TEST_TMPDIR
		echo 'set -e'
		echo 'killed_everywhere nothing_bound "$mine" -f --net="$BATS_TEST_TMPDIR/net" \
			--mount="$BATS_TEST_TMPDIR/mnt" touch "$BATS_TEST_TMPDIR/ran"'
		echo 'killed_everywhere nothing_bound "$mine" -rf --net="$BATS_TEST_TMPDIR/net" \
			--mount="$BATS_TEST_TMPDIR/mnt" --pid="$BATS_TEST_TMPDIR/pid" \
			--user="$BATS_TEST_TMPDIR/user" touch "$BATS_TEST_TMPDIR/ran"'
	} >"$BATS_TEST_TMPDIR/script"
	run private bash "$BATS_TEST_TMPDIR/script"
	status_is 0
}

@test "a signal ends who waits for the file of a program that does not come" {
	need_root
	hanging_mount -m
	start nsenter -t "$started" -m -- "$XUNSHARE" -f /mnt/program
	wait_until child_of "$started"
	# TERM and INT wait for the program, as with unshare.
	kill -HUP "$started"
	wait_until test ! -e "/proc/$started/exe"
}

@test 'with process 1 in reach or signals blocked the program does not run' {
	need_userns
	reachable_tools
	for options in '-rpf' '-rp --init'; do
		for call in rt_sigprocmask prctl; do
			# The first process of a program without --init is the program.
			[ "$call$options" != prctl-rpf ] || continue
			# shellcheck disable=SC2086
			run ! as_user "$REFUSE" 12 "$call" -- "$XUNSHARE" $options -- echo ran
			output_has 'Cannot allocate memory'
			output_lacks ran
		done
	done
}

@test 'a program that stops itself does not escape --timeout' {
	need_userns
	for options in -f '--init --pid' --pty; do
		# shellcheck disable=SC2016,SC2086
		run -124 timeout -s KILL 60 "$XUNSHARE" -r $options --timeout=1 -- sh -c 'kill -STOP $$; echo went on' </dev/null
		output_has 'the time is up'
		# Again and again, and deaf to the first signal.
		# shellcheck disable=SC2016,SC2086
		run -124 timeout -s KILL 60 "$XUNSHARE" -r $options --timeout=1:1 -- \
			sh -c 'trap "" TERM; while :; do kill -STOP $$; done' </dev/null
		output_has 'the time is up'
	done
}
