# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the bats suites share. `load common` (or `load ../cli/common`) first.
#
# XUNSHARE, XNSENTER, XLSNS and XNETNS are the tools under test; meson sets them.
# Whatever a test starts with start() ends with it, also when the test fails. A
# file with a teardown() of its own calls cleanup in it.

bats_require_minimum_version 1.5.0

# ip(8) and friends live here; an ordinary user often does not look there.
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
umask 022

# An id without an account, as in a container; never one of a real user.
TEST_UID=65533
TEST_GID=65533
# The user of with_subids, its subordinate ids: [SUBID_FIRST, SUBID_FIRST + 65536).
# shellcheck disable=SC2034
TEST_USER=tester SUBID_FIRST=1000000 SUBID_COUNT=65536

teardown()
{
	cleanup
}

# ---------------------------------------------------------------- conditions

have()
{
	command -v "$1" >/dev/null 2>&1
}

# need CMD...: skip unless all of them are there.
need()
{
	local name
	for name; do
		have "$name" || skip "$name is not installed"
	done
}

is_root()
{
	[ "$(id -u)" = 0 ]
}

need_root()
{
	is_root || skip 'needs root'
}

# need_plain_build: skip where sanitizers make system calls, keep memory or add
# to the environment on the tool's account.
need_plain_build()
{
	[ -z "${SANITIZED:-}" ] || skip 'needs a build without sanitizers'
}

# need_userns: skip where an ordinary user may not create user namespaces.
need_userns()
{
	as_user unshare -U true 2>/dev/null || skip 'ordinary users may not create user namespaces here'
}

# ---------------------------------------------------------------- who and where

# The ordinary user must reach the tools, wherever the checkout lies (/root is
# closed to others): if need be, work on a copy of them.
reachable_tools()
{
	local tool copy=$BATS_FILE_TMPDIR/tools
	is_root || return 0
	[ -x "${XUNSHARE:-}" ] || return 0
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	drop_to_user test -x "$XUNSHARE" && return 0
	mkdir -p "$copy/cmd" "$copy/lib"
	# The tools look for the library in $ORIGIN/../lib.
	cp "${XUNSHARE%/*}/../lib/libns.so.0" "$copy/lib/"
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
		[ ! -x "$tool" ] || cp "$tool" "$copy/cmd/"
	done
	XUNSHARE=$copy/cmd/xunshare XNSENTER=$copy/cmd/xnsenter
	XLSNS=$copy/cmd/xlsns XNETNS=$copy/cmd/xnetns
}

drop_to_user()
{
	setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- "$@"
}

# as_user CMD...: CMD as an ordinary user without privileges.
as_user()
{
	if is_root; then
		drop_to_user "$@"
	else
		"$@"
	fi
}

# user_dir: makes and prints a directory that the ordinary user may write to.
user_dir()
{
	local dir
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/user.XXXXXX")
	! is_root || chown "$TEST_UID:$TEST_GID" "$dir"
	printf '%s\n' "$dir"
}

# private CMD...: CMD in a mount namespace of its own, nothing propagates back.
# In the host "shared" (tests/hosts) all that is in it is shared, as with systemd.
private()
{
	if [ "${LIBNS_HOST:-}" = shared ]; then
		# shellcheck disable=SC2016
		set -- sh -c 'mount --make-rshared / && exec "$@"' sh "$@"
	fi
	unshare -m --propagation private -- "$@"
}

# For a script of `private`: takes away every procfs but /proc. Others may have one mounted,
# as chroots have, and one that is whole allows a new one in a pid namespace.
# shellcheck disable=SC2016,SC2034
one_proc='for m in $(sed -n "s|^[^ ]* [^ ]* [^ ]* / \([^ ]*\) .* - proc .*|\1|p" /proc/self/mountinfo); do
	case $m in /proc|/proc/*) ;; *) umount -l "$(printf "$m")" ;; esac
done
'

# private_run CMD...: the same with an empty /run and in a network namespace of its
# own, so that names and numbers of network namespaces are ours alone.
private_run()
{
	# shellcheck disable=SC2016
	private unshare -n sh -c 'umount -l /run/netns 2>/dev/null
		mount -t tmpfs -o mode=755 tmpfs /run && exec "$@"' sh "$@"
}

# with_subids CMD...: CMD as root in a private mount namespace where TEST_UID has
# an account ("tester") and subordinate ids. Become that user with as_user.
with_subids()
{
	local dir=$BATS_TEST_TMPDIR/etc
	mkdir -p "$dir"
	{ grep -v "^$TEST_USER:" /etc/passwd || :; echo "$TEST_USER:x:$TEST_UID:$TEST_GID::/:/bin/sh"; } >"$dir/passwd"
	{ grep -v "^$TEST_USER:" /etc/group || :; echo "$TEST_USER:x:$TEST_GID:"; } >"$dir/group"
	echo "$TEST_USER:$SUBID_FIRST:$SUBID_COUNT" >"$dir/subuid"
	echo "$TEST_USER:$SUBID_FIRST:$SUBID_COUNT" >"$dir/subgid"
	# shellcheck disable=SC2016
	private sh -ec '
		dir=$1; shift
		for name in passwd group subuid subgid; do
			[ -e "/etc/$name" ] || : >"/etc/$name"
			mount --bind "$dir/$name" "/etc/$name"
		done
		exec "$@"' sh "$dir" "$@"
}

# as_tester CMD...: CMD as the user with subordinate ids.
as_tester()
{
	with_subids setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- "$@"
}

# ---------------------------------------------------------------- processes

# start CMD...: CMD in the background, ended by cleanup together with all it
# starts. Its pid is in $started, its output in $started_out. CMD must be a
# program; for a helper above, start it with run_helper.
start()
{
	started_out=$BATS_TEST_TMPDIR/started.$((${#STARTED[@]} + 1))
	# What a script starts in the background ignores INT and QUIT, and what our caller
	# ignores is ignored here. fd 3 is bats' own output: bats waits until nobody holds it.
	setsid -- env --default-signal -- "$@" </dev/null >"$started_out" 2>&1 3>&- &
	started=$!
	STARTED+=("$started")
	disown "$started"
}

# start_user CMD...: the same as the ordinary user.
start_user()
{
	if is_root; then
		start setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- "$@"
	else
		start "$@"
	fi
}

started='' sleeper='' STARTED=()

# cleanup: end what start() started, wait until it is gone.
cleanup()
{
	local pid i
	for pid in "${STARTED[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || :
		for ((i = 0; i < 250; i++)); do
			kill -0 -- "-$pid" 2>/dev/null || break
			sleep 0.02
		done
	done
	STARTED=()
}

# wait_until CMD...: until CMD succeeds; fails after about ten seconds.
wait_until()
{
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.02
	done
	echo "still not true after 10 s: $*" >&2
	return 1
}

comm_is()
{
	[ "$(cat "/proc/$1/comm")" = "$2" ]
}

# child_of PID: its first child.
child_of()
{
	local children
	# The file has no newline: read fails at its end.
	read -r children _ <"/proc/$1/task/$1/children" || [ -n "$children" ] || return 1
	echo "$children"
}

# child_named PID COMM: its child of that name. Not the first best child, which may
# be a helper that is gone a moment later.
child_named()
{
	local children child
	read -r -a children <"/proc/$1/task/$1/children" || :
	for child in "${children[@]}"; do
		comm_is "$child" "$2" 2>/dev/null && echo "$child" && return
	done
	return 1
}

# hanging_mount UNSHARE-OPTION... [-- WORD...]: a process in namespaces of its own, made by unshare,
# whose /mnt is a file system that never answers. WORDs are for hang-mount.py.
hanging_mount()
{
	local options=()
	need python3
	[ -c /dev/fuse ] || skip 'no /dev/fuse here'
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	start unshare "${options[@]}" --propagation private \
		python3 "${BASH_SOURCE[0]%/*}/hang-mount.py" /mnt "${@:2}"
	wait_until grep -q -E 'up|cannot' "$started_out"
	! grep cannot "$started_out" || skip "$(cat "$started_out")"
}

# sleeper UNSHARE-OPTION...: a process in new namespaces, made by unshare, that
# sleeps. Its pid is in $sleeper (with -f: of the child inside).
sleeper()
{
	sleeper_as start "$@"
}

# user_sleeper UNSHARE-OPTION...: the same as the ordinary user.
user_sleeper()
{
	sleeper_as start_user "$@"
}

sleeper_as()
{
	local how=$1 arg fork=
	shift
	for arg; do
		case $arg in
		--fork | --kill-child*) fork=1 ;;
		--*) ;;
		-*f*) fork=1 ;;
		esac
	done
	"$how" unshare "$@" sleep 1000
	sleeper=$started
	if [ -n "$fork" ]; then
		wait_until child_named "$started" sleep
		sleeper=$(child_named "$started" sleep)
	fi
	wait_until comm_is "$sleeper" sleep
}

# start_dead_pidns FLAGS: a process whose children would be born in a pid namespace that
# has ended; FLAGS are those of unshare(2).
start_dead_pidns()
{
	need python3
	start python3 -c "import ctypes,os,time
ctypes.CDLL(None).unshare($1)
pid = os.fork()
if pid == 0: os._exit(0)
os.waitpid(pid, 0); print('up', flush=True); time.sleep(1000)"
	wait_until grep -q up "$started_out"
}

# cage: makes a mount namespace in which only the test's own directory can be written to.
# An attack test runs in it as a whole, attacker and victim, each behind "${caged[@]}":
# should it strike something else than its copies, that is read-only.
cage()
{
	need python3
	start python3 "${BASH_SOURCE[0]%/*}/cage.py" "$BATS_TEST_TMPDIR" sh -c 'echo up; exec sleep 1000'
	wait_until grep -q up "$started_out" || fail "$(cat "$started_out")"
	caged=(nsenter -t "$started" -m "--wd=$BATS_TEST_TMPDIR" --)
}

# overwriter FILE [CMD...]: in a container in the cage, its root overwrites FILE as soon as somebody
# executes it there. CMD runs him, to take rights from him. FILE is a copy below the test's own
# directory. The process to enter is in $target, what it has done in $started_out (see
# overwrite-exe.py).
overwriter()
{
	[[ $1 == "$BATS_TEST_TMPDIR"/* ]] || fail "$1 is not below the directory of the test"
	cage
	start "${caged[@]}" unshare -mpf --mount-proc "${@:2}" python3 \
		"${BASH_SOURCE[0]%/*}/overwrite-exe.py" "$1" "$(stat -c %d:%i "$1")"
	wait_until grep -q up "$started_out"
	# shellcheck disable=SC2034
	target=$(child_named "$started" python3)
}

# copy_of TOOL: a copy that may be lost, with its library beside it; printed.
copy_of()
{
	local dir=$BATS_TEST_TMPDIR/prefix
	mkdir -p "$dir/cmd" "$dir/lib"
	cp "$1" "$dir/cmd/"
	cp -a "${XNSENTER%/*}"/../lib/libns.so* "$dir/lib/"
	echo "$dir/cmd/${1##*/}"
}

# enter_often CMD...: CMD in the cage up to 200 times ($ENTRIES), until it fails or the attack
# succeeds.
enter_often()
{
	# shellcheck disable=SC2016
	"${caged[@]}" bash -c 'out=$1 n=$2; shift 2
		for ((i = 0; i < n; i++)); do
			# Who tries to write to a program counts as a writer of it until the kernel has
			# seen that its mount is read-only. Meanwhile nobody can execute it (ETXTBSY).
			"$@" || { [ $? = 127 ] && "$@"; } || exit
			! grep -q overwritten "$out" || exit 0
		done' bash "$started_out" "${ENTRIES:-200}" "$@"
}

# ns_ino PID KIND: inode of a namespace ("net", "pid_for_children", ...).
ns_ino()
{
	local link
	link=$(readlink "/proc/$1/ns/$2") && link=${link##*[} && echo "${link%]}"
}

# write_bundle RUNTIME DIR PROGRAM...: a container of busybox that sleeps on the host "boxy".
write_bundle()
{
	local runtime=$1 dir=$2 name
	shift 2
	mkdir -p "$dir"/rootfs/{bin,proc,sys,dev,etc,tmp,mnt}
	cp "$(command -v busybox)" "$dir/rootfs/bin/busybox"
	for name in sleep "$@"; do
		ln -sf busybox "$dir/rootfs/bin/$name"
	done
	(cd "$dir" && "$runtime" spec 2>/dev/null) || skip "$runtime cannot write a bundle"
	python3 - "$dir/config.json" <<-'END'
		import json, sys
		c = json.load(open(sys.argv[1]))
		c["process"]["args"] = ["sleep", "1000"]
		c["process"]["terminal"] = False
		c["hostname"] = "boxy"
		c["linux"].pop("resources", None)
		json.dump(c, open(sys.argv[1], "w"))
	END
}

# busybox_root APPLET...: busybox under these names in $root/bin, which is below $dir.
busybox_root()
{
	local name
	need busybox
	root=$dir/root
	mkdir -p "$root/bin" "$root/proc"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for name; do
		ln -s busybox "$root/bin/$name"
	done
}

# What the host has: its mounts, and the files below $dir.
host_state()
{
	cut -d ' ' -f 4- /proc/self/mountinfo
	find "$dir" -printf '%p %y %m %s %l\n' | sort
}

# on_tty PYTHON: run the tool as "$@" on a terminal made by python; its code sees
# say(text), hear(text) (waits until that was printed) and everything in `out`.
on_tty()
{
	need python3
	cat >"$BATS_TEST_TMPDIR/terminal.py" <<-'END'
		import os, pty, sys, select, time, fcntl, termios, struct, signal
		pid, fd = pty.fork()
		if pid == 0:
		    # A shell does not undo what it inherits as ignored.
		    for name in signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU:
		        signal.signal(name, signal.SIG_DFL)
		    os.execvp(sys.argv[2], sys.argv[2:])
		out = ""
		def pump(seconds):
		    global out
		    if select.select([fd], [], [], seconds)[0]:
		        try:
		            out += os.read(fd, 4096).decode(errors="replace")
		        except OSError:
		            return False
		    return True
		def hear(text):
		    end = time.time() + 10
		    while text not in out:
		        if time.time() > end or not pump(0.1):
		            sys.exit(f"did not hear {text!r} in {out!r}")
		def say(text):
		    os.write(fd, text.encode())
		exec(sys.argv[1])
		while pump(0.5):
		    pass
		print(out.replace("\r", ""), end="")
		status = os.waitpid(pid, 0)[1]
		sys.exit(os.waitstatus_to_exitcode(status) & 255)
	END
	run python3 "$BATS_TEST_TMPDIR/terminal.py" "$@" 3>&-
}

# ---------------------------------------------------------------- checks

fail()
{
	printf '%s\n' "$@" >&2
	return 1
}

# status_is N: of the last `run`, showing its output if it is another.
status_is()
{
	# shellcheck disable=SC2154
	[ "$status" = "$1" ] || fail "exit status $status, not $1; output:" "$output"
}

output_is()
{
	[ "$output" = "$1" ] || fail 'expected:' "$1" 'got:' "$output"
}

output_has()
{
	[[ $output == *"$1"* ]] || fail "not in the output: $1" 'output:' "$output"
}

output_lacks()
{
	[[ $output != *"$1"* ]] || fail "in the output: $1" 'output:' "$output"
}

# one_line: the last output is one line (an error sentence, perhaps with its hint).
one_line()
{
	local n=0 line
	# shellcheck disable=SC2154
	for line in "${lines[@]}"; do
		[[ $line == hint:* ]] || n=$((n + 1))
	done
	[ "$n" = 1 ] || fail "$n lines, not one:" "$output"
}

reachable_tools
