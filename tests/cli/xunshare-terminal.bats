#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: a session without a terminal, and a terminal of its own.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

# What an attacker types into the terminal, by every descriptor that may be one, for the shell
# that reads there next; and what it is told.
inject='import fcntl, os, sys
def attempt(name, fd, request, text):
    try:
        for c in text: fcntl.ioctl(fd, request, bytes([c]) + bytes(15))
        print(name, "done")
    except OSError as e:
        print(name, e.strerror)
for path in "/dev/tty", os.ttyname(0) if os.isatty(0) else "/dev/tty":
    try:
        attempt("TIOCSTI " + path, os.open(path, os.O_RDWR | os.O_NOCTTY), 0x5412, b"owned\n")
    except OSError as e:
        print(path, e.strerror)
attempt("TIOCSTI 0", 0, 0x5412, b"owned\n")
attempt("TIOCSTI 0, high bits", 0, 0x100005412, b"owned\n") if len(sys.argv) > 1 else None
attempt("TIOCLINUX", 0, 0x541c, b"\x02")
print("tried")'

# attack WHO OPTION...: runs it on a terminal whose shell then reads a line.
# shellcheck disable=SC2016
attack='"$@" python3 -c "$INJECT"; IFS= read -t 1 -r x; echo "read: $x"; echo end'

# ------------------------------------------------------------------ new session

@test 'A9: --new-session: there is no controlling terminal, and a session of its own' {
	need_userns
	for options in '' -r '-r --init --mount-proc' '-r --kill-child'; do
		# shellcheck disable=SC2016,SC2086
		run -0 as_user setsid -w "$XUNSHARE" $options --new-session sh -c \
			'read -r _ _ _ _ _ sid tty _ </proc/self/stat; echo "$sid $tty"'
		[[ ${lines[0]} == *' 0' ]] || fail "$options: $output"
	done
	need python3
	# shellcheck disable=SC2016
	on_tty 'hear("end")' "$XUNSHARE" --new-session sh -c '(: </dev/tty) 2>/dev/null || echo none
		read -r pid _ _ _ pgrp sid tty _ </proc/self/stat; [ "$sid" = $$ ] && echo leads; echo "tty $tty"; echo end'
	output_has none
	output_has 'tty 0'
}

@test 'A9: TIOCSTI and TIOCLINUX do not reach the terminal: --new-session and --pty' {
	need python3
	need_userns
	export INJECT=$inject
	user=()
	! is_root || user=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all --)
	# The look is a good one: without the options it does, where the kernel lets it.
	on_tty 'hear("end")' bash -c "$attack" bash "$XUNSHARE" -f
	[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 0 ] || output_has 'read: owned'
	for options in --new-session --pty '--new-session --pty' '-r --new-session' \
		'-r --init --mount-proc --new-session' '-r --init --pty' '-r --new-session --no-new-privs'; do
		# shellcheck disable=SC2086
		on_tty 'hear("end")' bash -c "$attack" bash "$XUNSHARE" $options
		output_has tried
		output_lacks 'read: owned'
		# shellcheck disable=SC2086
		on_tty 'hear("end")' "${user[@]}" bash -c "$attack" bash "$XUNSHARE" $options
		output_has tried
		output_lacks 'read: owned'
	done
}

@test 'with --new-session: the interrupt key ends the program, and the size of the window reaches it' {
	need_userns
	need stty
	# shellcheck disable=SC2016
	on_tty 'hear("ready"); say("\x03")' "$XUNSHARE" --new-session sh -c \
		'trap "echo interrupted; exit 9" INT; echo ready; while :; do sleep 0.1; done'
	status_is 9
	output_has interrupted
	on_tty 'hear("ready"); fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0)); hear("33 77")' \
		"$XUNSHARE" -r --new-session sh -c 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done'
	status_is 0
}

@test 'A28: signals are for the program what they were for the caller, and its status is ours' {
	need_userns
	for options in --new-session --pty '-r --new-session' '-r --pty --init'; do
		# shellcheck disable=SC2086
		run -3 as_user env --ignore-signal=CHLD "$XUNSHARE" $options sh -c 'exit 3'
		# shellcheck disable=SC2086,SC2016
		run -143 as_user "$XUNSHARE" $options sh -c 'kill -TERM $$'
		# shellcheck disable=SC2086
		run -0 as_user env --default-signal --ignore-signal=USR2 "$XUNSHARE" $options \
			grep -E 'SigBlk|SigIgn' /proc/self/status
		output_is $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000800'
	done
}

@test 'with --new-session and --pty imply --fork, and are named by the steps' {
	run -0 inside --new-session --dry-run true
	output_has 'setsid()'
	output_has 'child'
	run -0 inside --pty --dry-run=json true
	output_has TIOCGPTPEER
	output_has 'setsid()'
}

@test 'where a filter refuses setsid(2), nothing runs' {
	need_userns
	for errno in 1 38; do
		for option in --new-session --pty; do
			run -1 as_user "$REFUSE" "$errno" setsid -- "$XUNSHARE" -r "$option" echo ran
			output_has 'cannot '
			output_lacks ran
		done
	done
}

@test 'A14: --new-session: TERM reaches the program, and --die-with-parent holds' {
	need_userns
	start_user "$XUNSHARE" -r --new-session sh -c 'trap "echo ended; exit" TERM; echo up; while :; do sleep 0.1; done'
	wait_until grep -q up "$started_out"
	kill -TERM "$started"
	wait_until grep -q ended "$started_out"
	for option in --new-session --pty; do
		# shellcheck disable=SC2016
		start_user sh -c '"$@" & exec sleep 1000' sh "$XUNSHARE" -r --die-with-parent "$option" \
			sh -c 'echo "runs $$"; exec sleep 1000'
		wait_until grep -q runs "$started_out"
		program=$(sed -n 's/^runs //p' "$started_out")
		kill -KILL "$started"
		wait_until test ! -e "/proc/$program"
	done
}

# --------------------------------------------------------------------- terminal

@test 'with --pty: the program has another terminal, as its controlling one' {
	need python3
	# shellcheck disable=SC2016
	on_tty 'hear("end")' sh -c 'tty; "$@"; echo end' sh "$XUNSHARE" --pty sh -c \
		'tty; [ -t 1 ] && [ -t 2 ] && echo "all of them"; echo "by name" >/dev/tty'
	[ "${lines[0]}" != "${lines[1]}" ] || fail "$output"
	output_has 'all of them'
	output_has 'by name'
}

@test 'with --pty: typing, the interrupt key and the exit status go through' {
	need python3
	need_userns
	for options in '' -r '-r --init --mount-proc'; do
		# shellcheck disable=SC2086,SC2016
		on_tty 'hear("ready"); say("hello\n"); hear("got hello"); say("\x03")' "$XUNSHARE" $options --pty \
			sh -c 'trap "echo interrupted; exit 9" INT; echo ready; read -r x; echo "got $x"; while :; do sleep 0.1; done'
		status_is 9
		output_has interrupted
	done
}

@test 'with --pty: the suspend key stops the program and the tool, and fg goes on' {
	need python3
	cat >"$BATS_TEST_TMPDIR/program" <<-'END'
		echo ready
		read -r x
		echo "got $x"
		exit 7
	END
	# shellcheck disable=SC2016
	on_tty 'hear("$ "); say("\"$X\" --pty sh $P\n"); hear("ready"); say("\x1a"); hear("Stopped"); hear("$ ")
out = ""; say("fg\n"); hear("--pty"); say("more\n"); hear("got more"); say("echo =$?; stty -a\n"); hear("=7"); hear(" icanon"); say("exit\n")' \
		env PS1='$ ' X="$XUNSHARE" P="$BATS_TEST_TMPDIR/program" bash --norc -i
	output_has 'got more'
}

@test 'with --pty: the window size is passed on, and the terminal is as before afterwards' {
	need python3
	need stty
	on_tty 'hear("ready"); fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0)); hear("33 77")' \
		"$XUNSHARE" --pty sh -c 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done'
	status_is 0
	# shellcheck disable=SC2016
	on_tty 'hear("end")' sh -c 'stty -a >"$1"/before; "$2" --pty stty raw; stty -a >"$1"/after; echo end' \
		sh "$BATS_TEST_TMPDIR" "$XUNSHARE"
	status_is 0
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test 'with --pty: the terminal is that of the user inside' {
	need python3
	need_userns
	# shellcheck disable=SC2016
	show='stat -L -c "owner %u mode %a" /dev/stdin; : >/dev/stderr && echo opened; echo end'
	on_tty 'hear("end")' "$XUNSHARE" -r --pty sh -c "$show"
	output_has 'owner 0 mode 600'
	output_has opened
	if is_root; then
		on_tty 'hear("end")' "$XUNSHARE" --pty -S 12345 -G 12345 sh -c "$show"
		output_has 'owner 12345 mode 620'
		output_has opened
		on_tty 'hear("end")' "$XUNSHARE" --map-users 0:100000:1000 --map-groups 0:100000:1000 \
			--pty -S 7 -G 7 --caps=none sh -c "$show"
		output_has 'owner 7 mode 620'
		output_has opened
	fi
}

@test 'with --pty: what is no terminal stays what it is' {
	need python3
	run -0 --separate-stderr bash -c 'echo hello | "$@"' bash "$XUNSHARE" --pty cat
	output_is hello
	# Its input is all there: nobody else reads from it.
	run -0 bash -c 'seq 20000 | "$@" | md5sum' bash "$XUNSHARE" --pty sh -c 'sleep 0.3; cat'
	expected=$(seq 20000 | md5sum)
	output_is "$expected"
	# shellcheck disable=SC2016
	on_tty 'hear("end")' bash -c 'echo piped | "$@"; echo end' bash "$XUNSHARE" --pty sh -c \
		'read -r x; echo "read $x"; [ ! -t 0 ] && [ -t 1 ] && echo "as it was"'
	output_has 'read piped'
	output_has 'as it was'
}

@test 'with --pty: descriptors 0, 1 and 2 may be closed' {
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		run -5 bash -c '"$@" '"$closed" bash "$XUNSHARE" --pty sh -c 'exit 5'
		run -5 bash -c '"$@" '"$closed" bash "$XUNSHARE" --new-session sh -c 'exit 5'
	done
}

@test 'with --pty: where no terminal can be made, nothing runs' {
	need_root
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount -t tmpfs none /dev && exec "$@"' sh "$XUNSHARE" --pty /bin/echo ran
	output_has 'cannot make a terminal: No such file or directory'
	output_lacks ran
}
