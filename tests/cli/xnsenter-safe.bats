#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter trusts nothing inside: its binary, descriptors, environment, terminal.

load common

@test "a container's root cannot overwrite the binary, in 200 entries" {
	need_root
	tool=$(copy_of "$XNSENTER")
	before=$(sha256sum "$tool")
	overwriter "$tool"
	enter_often "$tool" -t "$target" -- true
	# It was really there: the copy in memory was got hold of.
	wait_until grep 'seen /memfd:xnsenter' "$started_out"
	[ "$before" = "$(sha256sum "$tool")" ]
	run grep overwritten "$started_out"
	output_is ''
}

@test "the attack works where nothing is sealed" {
	need_root
	tool=$(copy_of "$XNSENTER")
	before=$(sha256sum "$tool")
	overwriter "$tool"
	# It fails as soon as it is overwritten.
	enter_often "$tool" --compat -t "$target" -a -- true || :
	wait_until grep -q overwritten "$started_out"
	[ "$before" != "$(sha256sum "$tool")" ]
}

@test "sealed only where it matters" {
	need_root
	sleeper -nu
	run -0 "$XNSENTER" --plan=json -t "$sleeper"
	output_has '"sealed": false'
	sleeper -mpf
	run -0 "$XNSENTER" --plan=json -t "$sleeper"
	output_has '"sealed": true'
	run -0 "$XNSENTER" --plan=json -t "$sleeper" --compat -a
	output_has '"sealed": false'
	# Root of this sandbox is nobody outside, and owns all that is entered.
	if as_user unshare -U true; then
		user_sleeper -Urmpf
		run -0 "$XNSENTER" --plan=json -t "$sleeper"
		output_has '"sealed": false'
	fi
	# The ids are the host's own.
	sleeper -Urmpf
	run -0 "$XNSENTER" --plan=json -t "$sleeper"
	output_has '"sealed": true'
}

@test "descriptors above 2 do not reach the inside, unless kept" {
	need_root
	sleeper -mpf --mount-proc
	run -0 sh -c '"$1" -t "$2" -- ls /proc/self/fd 7</ 8</etc' sh "$XNSENTER" "$sleeper"
	output_is $'0\n1\n2\n3'
	run -0 sh -c '"$1" --keep-fd=8 -t "$2" -- ls /proc/self/fd 7</ 8</etc' sh "$XNSENTER" "$sleeper"
	output_is $'0\n1\n2\n3\n8'
	run -0 sh -c '"$1" --keep-fd=8 --keep-fd=3 --keep-fd=7 -t "$2" -- ls /proc/self/fd 3</ 7</ 8</etc' \
		sh "$XNSENTER" "$sleeper"
	output_is $'0\n1\n2\n3\n4\n7\n8'
	run -1 "$XNSENTER" --keep-fd=x -t "$sleeper" true
	one_line
}

@test "a pipe in the place of /etc/passwd stops nobody" {
	need_root
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	start unshare -m --propagation private sh -c 'mount --bind "$1" /etc/passwd && exec sleep 1000' \
		sh "$BATS_TEST_TMPDIR/pipe"
	wait_until comm_is "$started" sleep
	run -0 --separate-stderr timeout 10 "$XNSENTER" --clean-env -t "$started" -- env
	output_has 'HOME=/'
	output_lacks USER=
	[ "$stderr" = "xnsenter: note: HOME is /, and USER and SHELL are not set: '/etc/passwd' is not a regular file" ]
}

@test "--clean-env: whose account it is, by the number inside" {
	need_root
	start "$XUNSHARE" -mU --map-users=0:1000000:50 --map-groups=0:1000000:50 -S 0 -G 0 sleep 1000
	wait_until comm_is "$started" sleep
	sleeper=$started
	printf '%s\n' 'root:x:0:0::/of-root:/bin/sh' 'web:x:33:33::/of-web:/bin/sh' \
		'nobody:x:65534:65534::/of-nobody:/bin/sh' >"$BATS_TEST_TMPDIR/passwd"
	"$XNSENTER" -t "$sleeper" -m -- mount --bind "$BATS_TEST_TMPDIR/passwd" /etc/passwd
	run -0 "$XNSENTER" --clean-env -t "$sleeper" -- printenv HOME
	output_is /of-root
	run -0 "$XNSENTER" --clean-env -t "$sleeper" -S 33 -- printenv HOME
	output_is /of-web
	run -0 "$XNSENTER" --clean-env -t "$sleeper" --preserve-credentials -- printenv HOME
	output_is /of-nobody
	# Where only a file of the mount namespace is given.
	run -0 "$XNSENTER" --clean-env "-m/proc/$sleeper/ns/mnt" -S 33 -- printenv HOME
	output_is /of-web
	# A number of no account.
	run -0 --separate-stderr "$XNSENTER" --clean-env -t "$sleeper" -S 7 -- printenv HOME
	output_is /
	[ -z "$stderr" ]
}

@test "into a network only, descriptors are passed on as ever" {
	need_root
	sleeper -n
	run -0 sh -c '"$1" -t "$2" -n -- readlink /proc/self/fd/7 7</usr' sh "$XNSENTER" "$sleeper"
	output_is /usr
}

@test "LD_* and its like do not cross a mount namespace" {
	need_root
	sleeper -mn
	for var in LD_DEBUG_OUTPUT=/x LD_BIND_NOW=1 GLIBC_TUNABLES=x ENV=/x BASH_ENV=/x IFS=x; do
		run env "$var" "$XNSENTER" -t "$sleeper" -- env
		status_is 0
		output_lacks "$var"
		run -0 env "$var" "$XNSENTER" -t "$sleeper" -n -- env
		output_has "$var"
	done
	run -0 env KEPT=1 "$XNSENTER" -t "$sleeper" -- env
	output_has KEPT=1
}

@test "--clean-env" {
	need_root
	sleeper -mn
	run -0 env SECRET=1 LC_ALL=C TERM=vt100 HOME=/nonexistent "$XNSENTER" --clean-env -t "$sleeper" -- env
	output_lacks SECRET
	output_has TERM=vt100
	output_has LC_ALL=C
	output_has HOME=/root
	output_has USER=root
}

@test "functions that a shell would run do not cross a border" {
	need_root
	sleeper -mn
	show='declare -F; env | grep -c BASH_FUNC'
	# shellcheck disable=SC2016
	pass='ls() { echo owned; }; export -f ls; "$@"'
	run -0 bash -c "$pass" bash "$XNSENTER" -t "$sleeper" -n -- bash -c "$show"
	output_has 'declare -fx ls'
	run -1 bash -c "$pass" bash "$XNSENTER" -t "$sleeper" -- bash -c "$show"
	output_is 0
}

@test "--clean-env finds a user without a password, and his shell" {
	need_root
	sleeper -mn
	printf '%s\n' 'daemon:x:1:1::/:/bin/false' "root::0:0:root:/there:$BATS_TEST_TMPDIR/shell" >"$BATS_TEST_TMPDIR/passwd"
	printf '%s\n' '#!/bin/sh' 'echo "shell of $USER in $HOME"' >"$BATS_TEST_TMPDIR/shell"
	chmod +x "$BATS_TEST_TMPDIR/shell"
	"$XNSENTER" -t "$sleeper" -m -- mount --bind "$BATS_TEST_TMPDIR/passwd" /etc/passwd
	run -0 "$XNSENTER" --clean-env -t "$sleeper" -m
	output_is 'shell of root in /there'
}

@test "nobody may trace it on the way in" {
	need_root
	need strace
	sleeper -mpf
	run -0 strace -f -o "$BATS_TEST_TMPDIR/trace" "$XNSENTER" -t "$sleeper" -- true
	# Before the first join, after the last exec of itself.
	run -0 sh -c 'grep -n -E "PR_SET_DUMPABLE|setns\(" "$1" | sed "s/^[0-9]*://" | head -1' sh "$BATS_TEST_TMPDIR/trace"
	output_has 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE'
}

@test "nothing is loaded from the inside before the program" {
	need_root
	need strace
	sleeper -mpf
	run -0 strace -f -o "$BATS_TEST_TMPDIR/trace" "$XNSENTER" -t "$sleeper" -- true
	# From the last setns to the next execve of another program no file is opened.
	run sh -c 'sed -n "/setns(/,/execve(/p" "$1" | grep -E " open(at)?\("' sh "$BATS_TEST_TMPDIR/trace"
	output_is ''
}

# ---------------------------------------------------------------- the terminal

@test "on a terminal, the program gets another one, in a session of its own" {
	need_root
	sleeper -mpf --mount-proc
	on_tty 'hear("end")' "$XNSENTER" -t "$sleeper" -- sh -c 'ps -o sid= -p $$; ps -o tty= -p $$; [ -t 0 ] && echo is tty; echo x >/dev/tty; echo end'
	status_is 0
	output_has 'is tty'
	output_has x
	output_has 'pts/'
}

@test "typing, the interrupt key and the exit status go through" {
	need_root
	sleeper -mpf --mount-proc
	on_tty 'hear("ready"); say("hello\n"); hear("got hello"); say("\x03")' \
		"$XNSENTER" -t "$sleeper" -- sh -c 'trap "echo interrupted; exit 9" INT; echo ready; read -r x; echo "got $x"; while :; do sleep 0.1; done'
	status_is 9
	output_has interrupted
}

@test "the suspend key stops the program and the tool, and fg goes on" {
	need_root
	sleeper -mpf --mount-proc
	cat >"$BATS_TEST_TMPDIR/program" <<-'END'
		echo ready
		read -r x
		echo "got $x"
		exit 7
	END
	# shellcheck disable=SC2016
	on_tty 'hear("$ "); say("\"$X\" -t $T -- sh $P\n"); hear("ready"); say("\x1a"); hear("Stopped"); hear("$ ")
out = ""; say("fg\n"); hear("-t $T"); say("more\n"); hear("got more"); say("echo =$?; stty -a\n"); hear("=7"); hear(" icanon"); say("exit\n")' \
		env PS1='$ ' X="$XNSENTER" T="$sleeper" P="$BATS_TEST_TMPDIR/program" bash --norc -i
	output_has 'got more'
}

@test "the window size is passed on" {
	need_root
	need stty
	sleeper -mpf --mount-proc
	on_tty 'hear("ready"); fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0)); hear("33 77")' \
		"$XNSENTER" -t "$sleeper" -- sh -c 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done'
	status_is 0
}

@test "the terminal is as before afterwards" {
	need_root
	need stty
	sleeper -mpf --mount-proc
	on_tty 'hear("end")' sh -c 'stty -a >"$1"/before; "$2" -t "$3" -- stty raw; stty -a >"$1"/after; echo end' \
		sh "$BATS_TEST_TMPDIR" "$XNSENTER" "$sleeper"
	status_is 0
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "what is typed by the program itself does not reach the caller's shell" {
	need_root
	sleeper -mpf --mount-proc
	inject='import fcntl
tty = open("/dev/tty")
for c in b"owned\n": fcntl.ioctl(tty, 0x5412, bytes([c]))'
	hear='hear("read: "); hear("end")'
	# shellcheck disable=SC2016
	script='"$1" $4 -t "$2" -- python3 -c "$3"; read -t 2 -r x; echo "read: $x"; echo end'
	on_tty "$hear" bash -c "$script" bash "$XNSENTER" "$sleeper" "$inject" '--compat -a'
	output_has 'read: owned'
	for how in --pty --no-pty; do
		on_tty "$hear" bash -c "$script" bash "$XNSENTER" "$sleeper" "$inject" "$how"
		output_lacks 'read: owned'
	done
	# Nor where only /dev/tty is left of the terminal.
	# shellcheck disable=SC2016
	script='"$1" $4 -t "$2" -- python3 -c "$3" </dev/null 2>&1 | cat; read -t 2 -r x; echo "read: $x"; echo end'
	on_tty "$hear" bash -c "$script" bash "$XNSENTER" "$sleeper" "$inject" '--compat -a'
	output_has 'read: owned'
	on_tty "$hear" bash -c "$script" bash "$XNSENTER" "$sleeper" "$inject" ''
	output_has 'Operation not permitted'
	output_lacks 'read: owned'
}

@test "a shell inside can be left, and the script outside reads on" {
	need_root
	sleeper -mpf --mount-proc
	for how in --pty --no-pty; do
		on_tty 'hear("$ "); say("exit\n"); hear("next"); say("line\n"); hear("read line")' \
			bash -c 'PS1="$ " SHELL=/bin/bash "$1" "$3" -t "$2" -- bash --norc -i; echo next; read -r x && echo "read $x"' \
			bash "$XNSENTER" "$sleeper" "$how"
		status_is 0
	done
}

inside_runs()
{
	nsenter -t "$sleeper" -m -p ps -eo args | grep -q "^$1"
}

hung_up()
{
	! inside_runs 'sleep 1111'
}

@test "what was put into the background ends with the terminal, unless it has left that" {
	need_root
	need ps script
	sleeper -mpf --mount-proc
	# shellcheck disable=SC2016
	script -qec "'$XNSENTER' -t $sleeper --pty -- bash -c 'sleep 1111 &
		nohup sleep 2222 >/dev/null 2>&1 & setsid sleep 3333 </dev/null >/dev/null 2>&1 &
		until ps -eo args | grep -q ^.leep.3333 && ps -eo args | grep -q ^.leep.2222; do sleep 0.05; done'" \
		/dev/null </dev/null >/dev/null
	wait_until hung_up
	inside_runs 'sleep 2222'
	inside_runs 'sleep 3333'
}

@test "whoever was left behind on the terminal and goes on writing does not hold us" {
	need_root
	need script python3
	sleeper -u
	cat >"$BATS_TEST_TMPDIR/writers" <<-'END'
	import fcntl, os, signal, termios, time
	signal.signal(signal.SIGHUP, signal.SIG_IGN)
	# Given up by its session, it is not hung up when that ends.
	fcntl.ioctl(0, termios.TIOCNOTTY)
	for i in range(12):
	    if os.fork() == 0:
	        os.setsid()
	        signal.alarm(60)
	        while True:
	            os.write(1, b'x' * 4000)
	time.sleep(1)
	os.write(1, b'END')
	os._exit(3)
	END
	run -3 timeout -k 1 40 script -qec "'$XNSENTER' -t $sleeper -u --pty -- $(command -v python3) '$BATS_TEST_TMPDIR/writers'" \
		"$BATS_TEST_TMPDIR/shown"
	# Not more than was there when the program ended, and what came while that was noticed.
	python3 -c 'import sys; shown = open(sys.argv[1], "rb").read()
at = shown.rfind(b"END"); sys.exit(not 0 <= at or len(shown) - at > 1000000)' "$BATS_TEST_TMPDIR/shown"
}

@test "without a terminal there is none" {
	need_root
	sleeper -mpf --mount-proc
	run -0 "$XNSENTER" -t "$sleeper" --plan=json
	output_has '"pty": false'
	on_tty 'hear("}")' "$XNSENTER" -t "$sleeper" --plan=json
	output_has '"pty": true'
	on_tty 'hear("}")' "$XNSENTER" -t "$sleeper" --plan=json --no-pty
	output_has '"pty": false'
	sleeper -n
	on_tty 'hear("}")' "$XNSENTER" -t "$sleeper" --plan=json
	output_has '"pty": false'
}

@test "the terminal belongs to the program's user, as he is numbered inside" {
	need_root
	need stat
	show='echo opened >/dev/stderr; stat -Lc "%u %g %a" /dev/stdin; echo end'
	sleeper -mpf --mount-proc
	for ids in '-S 1234 -G 1234' '-S 0'; do
		# shellcheck disable=SC2086
		on_tty 'hear("end\r")' "$XNSENTER" -t "$sleeper" $ids -- sh -c "$show"
		output_has opened
		output_has "$(cut -d' ' -f2 <<<"$ids") 5 620"
	done
	# In a user namespace, root's host is nobody.
	start "$XUNSHARE" -Umpf --mount-proc --map-users=100000,0,65536 --map-groups=100000,0,65536 sleep 1000
	wait_until child_named "$started" sleep
	on_tty 'hear("end\r")' "$XNSENTER" -t "$(child_named "$started" sleep)" -S 7 -G 7 -- sh -c "$show"
	output_has opened
	output_has '7 5 620'
	# Root there may hand it on.
	on_tty 'hear("end\r")' "$XNSENTER" -t "$(child_named "$started" sleep)" -- sh -c \
		'chown 8:8 /dev/stdin && stat -Lc "%u %g" /dev/stdin; echo end'
	output_has '8 8'
	# Where the group has no number, only the owner may write.
	cleanup
	start "$XUNSHARE" -Umpf --mount-proc --map-users=100000,0,3 --map-groups=100000,0,3 sleep 1000
	wait_until child_named "$started" sleep
	on_tty 'hear("end\r")' "$XNSENTER" -t "$(child_named "$started" sleep)" -S 2 -G 2 -- sh -c "$show"
	output_has opened
	output_has '2 2 600'
}

@test "what the way to the sealed copy leaves in the environment is not taken from anybody else" {
	need_root
	sleeper -u
	other=$sleeper
	sleeper -mupf
	# With a copy (everything) and without one (-u), for a process and for a namespace.
	for types in '' -u; do
		for way in "ns/uts" "ns/net"; do
			# shellcheck disable=SC2016,SC2086
			run -0 env LIBNS_SEAL_TARGET=9 sh -c 'exec "$@" 9<"$0"' "/proc/$other/$way" \
				"$XNSENTER" -t "$sleeper" $types -- readlink /proc/self/ns/uts
			output_is "uts:[$(ns_ino "$sleeper" uts)]"
		done
		# shellcheck disable=SC2086
		run -0 env LIBNS_SEAL_LIBRARY_PATH=/theirs "$XNSENTER" -t "$sleeper" $types -- env
		! grep -E 'LIBNS_SEAL|/theirs' <<<"$output"
	done
	# No target at all: the copy must not find one either.
	# shellcheck disable=SC2016
	run -0 env LIBNS_SEAL_TARGET=9 sh -c 'exec "$@" 9<"$0"' "/proc/$other/ns/uts" \
		"$XNSENTER" -m"/proc/$sleeper/ns/mnt" -u"/proc/$sleeper/ns/uts" -- readlink /proc/self/ns/uts
	output_is "uts:[$(ns_ino "$sleeper" uts)]"
	# And the way itself works: the caller's LD_LIBRARY_PATH is the program's, where it may be.
	run -0 env LD_LIBRARY_PATH="$LD_LIBRARY_PATH:/ours" "$XNSENTER" -t "$sleeper" -p -- sh -c 'echo "$LD_LIBRARY_PATH"'
	output_is "$LD_LIBRARY_PATH:/ours"
}

@test "where neither is to be had, the way to enter without is named" {
	need_root
	sleeper -m
	run -1 "$REFUSE" 13 memfd_create mount_setattr -- "$XNSENTER" -t "$sleeper" -m -- echo inside
	output_has '--compat'
	one_line
	run -0 "$REFUSE" 13 memfd_create mount_setattr -- "$XNSENTER" --compat -t "$sleeper" -m -- echo inside
	output_is inside
}
