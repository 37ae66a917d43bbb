#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# nsenter and xnsenter side by side: same arguments, same answer.

load ../cli/common

setup()
{
	need nsenter
	need_root
	sleeper -muinpC -f --mount-proc
}

# both ARG...: the same exit status and the same standard output.
both()
{
	local out code
	run --separate-stderr nsenter "$@"
	# shellcheck disable=SC2154
	out=$output code=$status
	run --separate-stderr "$XNSENTER" "$@"
	[ "$status" = "$code" ] || fail "exit $status, nsenter $code, for: $*" "$output"
	[ "$output" = "$out" ] || fail "output for: $*" 'nsenter:' "$out" 'ours:' "$output"
}

show='for n in mnt uts ipc net pid cgroup user time; do readlink /proc/self/ns/$n; done; pwd; id'

@test "each type alone" {
	for flag in -m -u -i -n -p -C --mount --uts --ipc --net --pid --cgroup; do
		# In another pid namespace only the mount namespace has a fitting /proc.
		both -t "$sleeper" "$flag" -m -- sh -c "$show"
	done
}

@test "several, and all" {
	both -t "$sleeper" -m -u -n -- sh -c "$show"
	both -t "$sleeper" -munp -- sh -c "$show"
	both --target "$sleeper" --all -- sh -c "$show"
	both "--target=$sleeper" -a sh -c "$show"
}

@test "files" {
	both "--net=/proc/$sleeper/ns/net" -- sh -c "$show"
	both "-n/proc/$sleeper/ns/net" "-u/proc/$sleeper/ns/uts" -- sh -c "$show"
	both -t "$sleeper" -m "-n/proc/self/ns/net" -- sh -c "$show"
}

@test "-F" {
	both -t "$sleeper" -F -p -- sh -c 'readlink /proc/self/ns/pid /proc/self/ns/pid_for_children'
}

@test "directories" {
	cd /usr
	both -t "$sleeper" -n -- pwd
	both -t "$sleeper" -n -w -- pwd
	both -t "$sleeper" -n -w/usr/lib -- pwd
	both -t "$sleeper" -n --wd=/usr/lib -- pwd
	both -t "$sleeper" -m -W/usr/lib -- pwd
	both -t "$sleeper" -m -r -- pwd
}

@test "ids" {
	both -t "$sleeper" -n -S 5 -- id -u
	both -t "$sleeper" -n -G 6 -- id -G
	both -t "$sleeper" -n -S 5 -G 6 -- id
	both -t "$sleeper" -n -S x -- id
	both -t "$sleeper" -n -S -- id
}

@test "user namespaces" {
	sleeper -Ur
	both -t "$sleeper" -U -- id
	both -t "$sleeper" -U --preserve-credentials -- id
	both -t "$sleeper" -U -S 0 -G 0 -- id
}

@test "exit codes" {
	both -t "$sleeper" -p -- sh -c 'exit 42'
	both -t "$sleeper" -n -- sh -c 'exit 42'
	both -t "$sleeper" -p -- /nonexistent
	both -t "$sleeper" -n -- /nonexistent
	both -t "$sleeper" -n -- /etc/passwd
	both -t "$sleeper" -p -- sh -c 'kill -KILL $$'
	both -t 999999 -n true
	both -t nonsense -n true
	both -n/nonexistent true
	both -n/etc/passwd true
	both --nonsense
	both -a true
}

@test "options end at the program, and at --" {
	both -t "$sleeper" -n echo -n x
	both -t "$sleeper" -n -- echo -u
}

@test "the shell is a login shell" {
	export SHELL=/bin/sh
	for tool in nsenter "$XNSENTER"; do
		run -0 sh -c 'echo "echo \$0" | "$1" -t "$2" -n' sh "$tool" "$sleeper"
		output_is -sh
	done
	export SHELL=/nonexistent
	for tool in nsenter "$XNSENTER"; do
		run -127 "$tool" -t "$sleeper" -n
	done
}

# ---------------------------------------------------------------- deliberate differences

@test "different: an ordinary user's own sandbox" {
	need_userns
	user_sleeper -Urpf --mount-proc
	run ! as_user nsenter -t "$sleeper" -a true
	run -0 as_user "$XNSENTER" -t "$sleeper" -a true
}

@test "different: entering one's own namespaces changes nothing; --compat does as nsenter" {
	cd /usr
	run -0 nsenter -t $$ -m pwd
	output_is /
	run -0 "$XNSENTER" -t $$ -m pwd
	output_is /usr
	run -0 "$XNSENTER" --compat -t $$ -m pwd
	output_is /
}

@test "different: -r leads inside the new root, not to a place outside of it" {
	run -1 nsenter -t "$sleeper" -n -r/usr -- /bin/pwd
	run -0 "$XNSENTER" -t "$sleeper" -n -r/usr -- /bin/pwd
	output_is /
}

@test "different: a target that is a parent; --compat does as nsenter" {
	run -0 nsenter -t "$started" -p -- readlink /proc/self/ns/pid
	output_is "$(readlink /proc/self/ns/pid)"
	run -0 --separate-stderr "$XNSENTER" -t "$started" -p -m -- readlink /proc/self/ns/pid
	output_is "pid:[$(ns_ino "$sleeper" pid)]"
	run -0 "$XNSENTER" --compat -t "$started" -p -- readlink /proc/self/ns/pid
	output_is "$(readlink /proc/self/ns/pid)"
}

@test "different: a user namespace without id 0" {
	sleeper -Uc
	start setpriv --reuid 7 --regid 7 --clear-groups unshare -Uc sleep 1000
	wait_until comm_is "$started" sleep
	run -1 nsenter -t "$started" -U -- id -u
	run -0 "$XNSENTER" -t "$started" -U -- id -u
	output_is 7
	run -1 "$XNSENTER" --compat -t "$started" -U -- id -u
}

@test "different: groups that cannot be dropped" {
	need_userns
	user_sleeper -Ur
	run ! as_user nsenter -t "$sleeper" -U -- true
	run -0 as_user "$XNSENTER" -t "$sleeper" -U -- true
}

@test "different: a target in a chroot" {
	start unshare -m chroot /usr /bin/sleep 1000
	wait_until comm_is "$started" sleep || skip 'no chroot to /usr here'
	run -0 nsenter -t "$started" -m -- test -e /usr/bin
	run -0 "$XNSENTER" -t "$started" -m -- /bin/test ! -e /usr/bin/env
}

@test "different: SIGTERM reaches the program" {
	for tool in nsenter "$XNSENTER"; do
		start "$tool" -t "$sleeper" -p -- sleep 1000
		wait_until child_named "$started" sleep
		child=$(child_named "$started" sleep)
		kill -TERM "$started"
		ended() { ! kill -0 "$started" 2>/dev/null; }
		wait_until ended
		lives=no
		! kill -0 "$child" 2>/dev/null || lives=yes
		if [ "$tool" = nsenter ]; then
			[ "$lives" = yes ]
			kill -KILL "$child"
		else
			[ "$lives" = no ]
		fi
	done
}

@test "different: a missing shell inside" {
	export SHELL=/nonexistent
	run -127 nsenter -t "$sleeper" -m
	run -0 sh -c 'echo "echo works" | "$1" -t "$2" -m' sh "$XNSENTER" "$sleeper"
	output_is works
	run -127 "$XNSENTER" --compat -t "$sleeper" -m
}

@test "different: descriptors and loader variables" {
	look='(: <&7) 2>/dev/null && echo open; echo "$LD_BIND_NOW"'
	for tool in nsenter "$XNSENTER"; do
		compat=
		[ "$tool" = nsenter ] || compat=--compat
		# shellcheck disable=SC2086
		run -0 env LD_BIND_NOW=1 "$tool" $compat -t "$sleeper" -m -- sh -c "$look" 7</usr
		output_is $'open\n1'
	done
	run -0 env LD_BIND_NOW=1 "$XNSENTER" -t "$sleeper" -m -- sh -c "$look" 7</usr
	output_is ''
}

# ---------------------------------------------------------------- defects of nsenter
#
# D1 to D25 are the numbers of the list that they were collected in:
#   D1 D2 D5       below, where nsenter has --join-cgroup and --env (2.39)
#   D3 D18 D19 D25 below
#   D4 D24         "descriptors and loader variables", "a missing shell inside"
#   D6             "an ordinary user's own sandbox"
#   D7             "groups that cannot be dropped", "a user namespace without id 0"
#   D8 D9          "a target in a chroot", "-r leads inside the new root"
#   D10            "a target that is a parent"
#   D11            "SIGTERM reaches the program"
#   D20            "a number that is given away ..." in xnsenter-target.bats
#   D23            "entering one's own namespaces changes nothing"

# nsenter_has OPTION: whether the installed nsenter knows it.
nsenter_has()
{
	nsenter --help | grep -q -e "$1"
}

@test "defect: --join-cgroup closes standard input and passes its descriptor on (D1, D2)" {
	[ -d /sys/fs/cgroup ] && grep -q ' /sys/fs/cgroup ' /proc/self/mountinfo || skip 'nothing is mounted on /sys/fs/cgroup'
	run -0 sh -c 'echo in | "$1" -t "$2" -u -c -- cat' sh "$XNSENTER" "$sleeper"
	output_is in
	run -0 "$XNSENTER" -t "$sleeper" -u -c -- ls -l /proc/self/fd
	output_lacks cgroup.procs
	nsenter_has --join-cgroup && [ -e /sys/fs/cgroup/cgroup.procs ] || return 0
	run sh -c 'echo in | nsenter -t "$1" -u -c -- cat' sh "$sleeper"
	[ "$output" != in ] || skip 'nsenter can do that here'
}

@test "defect: a container's root overwrites the binary of nsenter (D3)" {
	dir=$BATS_TEST_TMPDIR/bin
	mkdir "$dir"
	cp "$(command -v nsenter)" "$dir/nsenter"
	before=$(sha256sum "$dir/nsenter")
	overwriter "$dir/nsenter"
	# It fails as soon as it is overwritten.
	enter_often "$dir/nsenter" -t "$target" -a true || :
	wait_until grep -q overwritten "$started_out"
	[ "$before" != "$(sha256sum "$dir/nsenter")" ]
	# Ours: "a container's root cannot overwrite the binary" in xnsenter-safe.bats.
}

@test "defect: --env reads behind the end, and an invalid item (D5)" {
	start env -i "$(printf 'A%01000d' 1)=x" B=1 unshare -u sleep 1000
	wait_until comm_is "$started" sleep
	run -0 "$XNSENTER" --compat -t "$started" -u --env -- /usr/bin/env
	output_is "$(printf 'A%01000d' 1)=x"$'\n'B=1
}

@test "defect: reasons that mislead (D18)" {
	start_dead_pidns 0x20000000
	# /proc/PID/ns/pid_for_children as a file: that nsenter can be given.
	run ! nsenter -p"/proc/$started/ns/pid_for_children" true
	output_has 'Cannot allocate memory'
	run -1 "$XNSENTER" -p"/proc/$started/ns/pid_for_children" true
	output_lacks 'Cannot allocate memory'
	output_has 'first process has ended'

	run -1 "$XNSENTER" -a true
	output_has 'no target'

	# nsenter finds no namespaces and runs the program outside, or says that none was named.
	run private sh -c 'mount -t tmpfs t /proc && exec nsenter -t "$1" -a true' sh "$sleeper"
	output_lacks procfs
	# Ours: "a /proc that is none is said" in xnsenter.bats.
}

@test "defect: a process whose first thread has ended (D19)" {
	need python3
	start unshare -u python3 -c 'import ctypes, threading, time
threading.Thread(target=lambda: (time.sleep(0.2), print("up", flush=True), time.sleep(1000))).start()
ctypes.CDLL(None).syscall({"x86_64": 60}.get(__import__("os").uname().machine, 93), 0)'
	wait_until grep -q up "$started_out"
	run ! nsenter -t "$started" -u true
	run -0 "$XNSENTER" -t "$started" -u -- readlink /proc/self/ns/uts
	output_is "uts:[$(readlink /proc/"$started"/task/*/ns/uts 2>/dev/null | tail -n 1 | tr -dc 0-9)]"
}

@test "defect: the program types into the caller's shell (D25)" {
	need python3
	# With rights it can also where dev.tty.legacy_tiocsti is 0.
	cat >"$BATS_TEST_TMPDIR/shell.py" <<-'END'
		import os, pty, signal, sys
		pid, fd = pty.fork()
		if pid == 0:
		    signal.signal(signal.SIGINT, signal.SIG_DFL)
		    inject = 'import fcntl\nfor c in b"owned\\n": fcntl.ioctl(0, 0x5412, bytes([c]))'
		    os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:] + ["--", "python3", "-c", inject])
		    os.execvp("bash", ["bash", "-c", 'read -t 2 -r x; echo "read: $x"'])
		out = b""
		while True:
		    try:
		        got = os.read(fd, 4096)
		    except OSError:
		        break
		    if not got:
		        break
		    out += got
		sys.stdout.write(out.decode().replace("\r", ""))
	END
	run -0 python3 "$BATS_TEST_TMPDIR/shell.py" nsenter -t "$sleeper" -a 3>&-
	output_has 'read: owned'
	run -0 python3 "$BATS_TEST_TMPDIR/shell.py" "$XNSENTER" -t "$sleeper" -a 3>&-
	output_has 'read: '
	output_lacks 'read: owned'
}
