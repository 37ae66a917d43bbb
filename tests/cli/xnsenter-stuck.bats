#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter on targets that are stuck, confined or half gone.

load common

# ---------------------------------------------------------------- environment

@test "--env: the target's, last of duplicates, without loader variables" {
	need_root
	start env -i A=1 B=two LD_PRELOAD= PATH="$PATH" unshare -m sleep 1000
	wait_until comm_is "$started" sleep
	run -0 env OURS=1 "$XNSENTER" -t "$started" --env -- env
	output_has A=1
	output_has B=two
	output_lacks OURS
	output_lacks LD_PRELOAD
}

@test "--env: nothing of the target's chooses or steers a program of the host's" {
	need_root
	bin=$BATS_TEST_TMPDIR/bin
	mkdir -p "$bin"
	printf '%s\n' '#!/bin/sh' 'echo taken' | tee "$bin/hostname" "$bin/sh" "$bin/shell" >/dev/null
	chmod +x "$bin"/*
	start env -i PATH="$bin" SHELL="$bin/shell" HOME="$bin" LD_PRELOAD=x.so LD_LIBRARY_PATH="$bin" \
		JDK_JAVA_OPTIONS=x _JAVA_OPTIONS=x GIT_SSH_COMMAND=x LUA_INIT=x PYTHONSTARTUP=x PERL5OPT=x \
		BASH_ENV=x IFS=x TERMINFO=x LOCPATH=x NLSPATH=x WHATEVER=x EDITOR=x \
		TERM=vt220 LANG=de_DE.UTF-8 LC_TIME=../x LANGUAGE=de/x TZ=Europe/Berlin COLORTERM=/x \
		/usr/bin/unshare -un /bin/sleep 1000
	wait_until comm_is "$started" sleep
	name=$(hostname)
	for how in -u -n ''; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr "$XNSENTER" -t "$started" $how --env -- hostname
		output_is "$name"
		[[ $stderr == *"the program is the host's"* ]]
		# shellcheck disable=SC2086
		SHELL=/bin/echo run -0 --separate-stderr "$XNSENTER" -t "$started" $how --env
		output_is ''
		# shellcheck disable=SC2086
		OURS=1 run -0 --separate-stderr "$XNSENTER" -t "$started" $how --env -- env
		output_has "PATH=$PATH"
		output_has OURS=1
		output_has TERM=vt220
		output_has LANG=de_DE.UTF-8
		output_has TZ=Europe/Berlin
		! grep -E "^[A-Z_]+=([./]*x|x.so|de/x)\$|$bin" <<<"$output"
	done
	run -0 "$XNSENTER" -t "$started" -u --env --plan
	output_has "the caller's, with the target's terminal, language and time zone"
	# The control.
	run -0 --separate-stderr "$XNSENTER" --compat -t "$started" -u --env -- hostname
	output_is taken
	# Also where the host's programs are shown in a container.
	mkdir -p "$BATS_TEST_TMPDIR/tools"
	cp "$(command -v busybox)" "$BATS_TEST_TMPDIR/tools/hostname"
	start env -i PATH="$bin" /usr/bin/unshare -mu /bin/sleep 1000
	wait_until comm_is "$started" sleep
	run -0 --separate-stderr "$XNSENTER" -t "$started" --tools="$BATS_TEST_TMPDIR/tools" --env -- sh -c 'echo "$PATH"'
	output_lacks "$bin"
	[[ $stderr == *"the program is the host's"* ]]
	run -0 --separate-stderr "$XNSENTER" -t "$started" --env -- hostname
	output_is taken
}

@test "--env of an ordinary user's own sandbox" {
	need_userns
	user_sleeper -Urm
	run -0 as_user "$XNSENTER" -t "$sleeper" --env -- sh -c 'echo "$PATH"'
	output_is "$PATH"
}

@test "a target whose memory is locked for ever: all but --env works at once" {
	need_root
	need python3
	[ -c /dev/fuse ] || skip 'no /dev/fuse here'
	start unshare -m --propagation private python3 "$BATS_TEST_DIRNAME/lock-memory.py" "$BATS_TEST_TMPDIR"
	wait_until grep -q -E 'locked|cannot' "$started_out"
	! grep cannot "$started_out" || skip "$(cat "$started_out")"
	pid=$(sed -n 's/locked //p' "$started_out")
	run -0 timeout 60 "$XNSENTER" -t "$pid" -a true
	run -0 timeout 60 "$XNSENTER" -t "$pid" --plan
	run -1 timeout 60 "$XNSENTER" --timeout=1 -t "$pid" --env true
	output_has 'memory is locked'
	# Nobody is left who waits for it when the tool is killed.
	"$XNSENTER" --timeout=60 -t "$pid" --env true 3>&- &
	waiter=$!
	wait_until child_of "$waiter"
	reader=$(child_of "$waiter")
	kill -KILL "$waiter"
	wait_until sh -c '! kill -0 "$1"' sh "$reader"
}

@test "--env: the target's shell, and no more of it than a program can be given" {
	need_root
	need python3
	printf '%s\n' '#!/bin/sh' 'echo "my shell is $0"' >"$BATS_TEST_TMPDIR/shell"
	chmod +x "$BATS_TEST_TMPDIR/shell"
	start env SHELL="$BATS_TEST_TMPDIR/shell" unshare -mu sleep 1000
	wait_until comm_is "$started" sleep
	SHELL=/bin/false run -0 "$XNSENTER" -t "$started" --env
	output_is "my shell is $BATS_TEST_TMPDIR/shell"
	# A target may call any part of its memory its environment (PR_SET_MM).
	start unshare -u python3 -c 'import ctypes, mmap, time
big = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); big.write(b"A=1\0" * (16 << 20))
at = ctypes.addressof(ctypes.c_char.from_buffer(big)); c = ctypes.CDLL(None); c.prctl.argtypes = [ctypes.c_long] * 5
print("cannot" if c.prctl(35, 11, at + len(big), 0, 0) or c.prctl(35, 10, at, 0, 0) else "up", flush=True)
time.sleep(1000)'
	wait_until grep -q . "$started_out"
	! grep -q cannot "$started_out" || skip 'needs the right to say where the environment is'
	run -1 timeout 60 "$XNSENTER" -t "$started" --env true
	one_line
	output_has 'Argument list too long'
}

# ---------------------------------------------------------------- control groups

# a_cgroup: makes one below each hierarchy that lets us; printed one a line.
make_cgroups()
{
	local base
	groups=()
	for base in /sys/fs/cgroup /sys/fs/cgroup/*; do
		[ -w "$base/cgroup.procs" ] || continue
		mkdir "$base/xnsenter-test-$$" 2>/dev/null && groups+=("$base/xnsenter-test-$$")
	done
	[ "${#groups[@]}" -gt 0 ] || skip 'no cgroup can be made here'
}

drop_cgroups()
{
	local dir
	cleanup
	for dir in "${groups[@]}"; do
		rmdir "$dir" || :
	done
	groups=()
}

teardown()
{
	drop_cgroups
}

@test "--join-cgroup: on every hierarchy, standard input stays" {
	need_root
	make_cgroups
	sleeper -u
	for dir in "${groups[@]}"; do
		echo "$sleeper" >"$dir/cgroup.procs" 2>/dev/null || :
	done
	run -0 sh -c 'echo in | "$1" -t "$2" -u -c -- sh -c "cat; cat /proc/self/cgroup"' sh "$XNSENTER" "$sleeper"
	output_is "in"$'\n'"$(cat "/proc/$sleeper/cgroup")"
	run -0 sh -c '"$1" -t "$2" -a -c -- ls -l /proc/self/fd' sh "$XNSENTER" "$sleeper"
	output_lacks cgroup.procs
}

@test "a frozen cgroup: entered, but not joined" {
	need_root
	make_cgroups
	frozen=
	sleeper -u
	for dir in "${groups[@]}"; do
		if [ -e "$dir/freezer.state" ] || [ -e "$dir/cgroup.freeze" ]; then
			echo "$sleeper" >"$dir/cgroup.procs" || continue
			if [ -e "$dir/freezer.state" ]; then
				echo FROZEN >"$dir/freezer.state"
			else
				echo 1 >"$dir/cgroup.freeze"
			fi
			frozen=$dir
			break
		fi
	done
	[ -n "$frozen" ] || skip 'no freezer here'
	run -0 timeout 60 "$XNSENTER" -t "$sleeper" -u true
	entered=$status
	run timeout 60 "$XNSENTER" -t "$sleeper" -u -c true
	if [ -e "$frozen/freezer.state" ]; then echo THAWED >"$frozen/freezer.state"; else echo 0 >"$frozen/cgroup.freeze"; fi
	[ "$entered" = 0 ]
	status_is 1
	output_has 'is frozen'
}

@test "--join-cgroup: what is not in sight is said, and nothing else is joined" {
	need_root
	make_cgroups
	dir=${groups[0]}
	mkdir "$dir/a" "$dir/a/x" "$dir/ab"
	groups=("$dir/a/x" "$dir/a" "$dir/ab" "${groups[@]}")
	sleeper -u
	echo "$sleeper" >"$dir/ab/cgroup.procs" || skip 'no process can be moved to a cgroup here'
	# Only a part of the hierarchy is mounted, and its name begins the same. A mount can be
	# moved away only from a private one.
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount --make-rprivate / && mount --bind "$1" /mnt && umount -R /sys/fs/cgroup && mount -t tmpfs t /sys/fs/cgroup && mkdir /sys/fs/cgroup/b &&
		mount --move /mnt /sys/fs/cgroup/b && exec "$2" -t "$3" -u -c true' sh "$dir/a" "$XNSENTER" "$sleeper"
	one_line
	output_has '/ab'\'' is not in sight'
	# Above the root of the caller's own cgroup namespace.
	# shellcheck disable=SC2016
	run -1 sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare -C "$2" -t "$3" -u -c true' sh "$dir/a" "$XNSENTER" "$sleeper"
	one_line
	output_has 'is not in sight'
	# The same, and above what is mounted too: its ".." does not lead beside the mount, where
	# somebody else's file could be.
	# shellcheck disable=SC2016
	run -1 private sh -c 'echo $$ >"$1/x/cgroup.procs" && mount --make-rprivate / && mount -t tmpfs t /mnt &&
		mkdir /mnt/a /mnt/ab && : >/mnt/ab/cgroup.procs && mount --bind "$1" /mnt/a && umount -R /sys/fs/cgroup &&
		exec unshare -C "$2" -t "$3" -u -c true' sh "$dir/a" "$XNSENTER" "$sleeper"
	one_line
	output_has '/../../ab'\'' is not in sight'
	run -0 "$XNSENTER" -t "$sleeper" -u -c -- sh -c 'cat /proc/self/cgroup'
	output_is "$(cat "/proc/$sleeper/cgroup")"
}

# ---------------------------------------------------------------- half gone

@test "--best-effort leaves out what is refused, and says it" {
	need_root
	need_userns
	sleeper -n
	user_sleeper_ns=$sleeper
	start unshare -Uru sleep 1000
	wait_until comm_is "$started" sleep
	# In a user namespace of one's own: that network is not for us, this host name is.
	exec 7<"/proc/$user_sleeper_ns/ns/net"
	run -1 unshare -Ur "$XNSENTER" -n/proc/self/fd/7 -- true
	run -0 unshare -Ur "$XNSENTER" --best-effort -n/proc/self/fd/7 -- echo going on
	exec 7<&-
	output_has 'left out net: Operation not permitted'
	output_has 'going on'
}

@test "--best-effort goes on without a dead pid namespace" {
	need_root
	start_dead_pidns 0x24000000
	run -0 --separate-stderr "$XNSENTER" --best-effort -t "$started" -- readlink /proc/self/ns/uts
	output_is "uts:[$(ns_ino "$started" uts)]"
	[[ $stderr == *"its first process has ended"* ]]
	# The second attempt blocks no signal in the program.
	run -0 --separate-stderr "$XNSENTER" --best-effort -t "$started" -- grep SigBlk /proc/self/status
	output_is "$(grep SigBlk /proc/self/status)"
}

@test "--timeout names the step that hangs" {
	need_root
	hanging_mount -m
	# What hangs in there dies only with the file system and holds its output open:
	# hence a file, not a pipe.
	out=$BATS_TEST_TMPDIR/out code=0
	timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$started" -m -W/mnt/x -- true >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'changing root and working directory takes longer than 1000 ms' "$out"
	code=0
	timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$started" -m -- /mnt/x >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'running the program takes longer' "$out"
	run -0 timeout -s KILL 60 "$XNSENTER" --timeout=20 -t "$started" -m -- sh -c 'exit 0'
	# The place where the target's tree is to be shown, and the directory of the tools, are the
	# caller's own.
	code=0
	nsenter -t "$started" -m -- timeout -s KILL 60 \
		"$XNSENTER" --timeout=1 -t $$ --host-root=/mnt/x -- true >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'mounting what the program is to see takes longer than 1000 ms' "$out"
}

@test "a root file system that does not answer is entered" {
	need_root
	hanging_mount -mu -- chroot
	target=$(sed -n 's/up //p' "$started_out")
	out=$BATS_TEST_TMPDIR/out code=0
	# shellcheck disable=SC2094
	timeout -s KILL 60 "$XNSENTER" -t "$target" --plan >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 0 ]
	grep 'setns(pidfd, uts,mnt)' "$out"
	code=0
	timeout -s KILL 60 "$XNSENTER" -t "$target" -u -- hostname >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 0 ]
	code=0
	timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$target" -- true >"$out" 2>&1 3>&- || code=$?
	[ "$code" = 1 ]
	grep 'takes longer than 1000 ms' "$out"
}

@test "--timeout does not limit the program itself" {
	need_root
	sleeper -m
	run -5 "$XNSENTER" --timeout=4 -t "$sleeper" -- sh -c 'sleep 4.5; exit 5'
}

# ---------------------------------------------------------------- sockets

@test "--net-socket: the network of a socket the target has open" {
	need_root
	need python3
	start python3 -c 'import ctypes,socket,time,os
ctypes.CDLL(None).unshare(0x40000000)
s = socket.socket(); print(s.fileno(), os.readlink("/proc/self/ns/net"), flush=True)
host = os.open("/proc/1/ns/net", os.O_RDONLY) if os.access("/proc/1/ns/net", os.R_OK) else os.open(f"/proc/{os.getppid()}/ns/net", os.O_RDONLY)
ctypes.CDLL(None).setns(host, 0); print("back", flush=True); time.sleep(1000)'
	wait_until grep -q back "$started_out"
	read -r fd net <"$started_out"
	run -0 "$XNSENTER" -t "$started" -N "$fd" -- readlink /proc/self/ns/net
	output_is "$net"
	run -1 "$XNSENTER" -t "$started" -N 99 -- true
	one_line
}

# ---------------------------------------------------------------- confinement

@test "--caps and --drop-caps" {
	need_root
	sleeper -m
	sets=(-- grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status)
	run -0 "$XNSENTER" -t "$sleeper" --caps=net_admin,CAP_KILL "${sets[@]}"
	output_is $'CapPrm:\t0000000000001020\nCapEff:\t0000000000001020\nCapBnd:\t0000000000001020'
	run -0 "$XNSENTER" -t "$sleeper" --drop-caps=all "${sets[@]}"
	output_is $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000'
	run -0 "$XNSENTER" -t "$sleeper" --caps=kill,chown --drop-caps=chown -S 5 "${sets[@]}"
	output_has $'CapBnd:\t0000000000000020'
	run -1 "$XNSENTER" -t "$sleeper" --caps=nonsense true
	one_line
	output_has nonsense
}

@test "--like-target: ids, groups, capabilities, limits, umask, nice, no_new_privs" {
	need_root
	need prlimit
	start unshare -mpf --mount-proc sh -c 'umask 027; echo 300 >/proc/self/oom_score_adj
		exec nice -n 5 prlimit --nofile=77:88 setpriv --reuid 1234 --regid 2345 --groups 5,6 \
			--bounding-set -all,+kill --no-new-privs sleep 1000'
	wait_until child_named "$started" sleep
	target=$(child_named "$started" sleep)
	show='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Umask)" /proc/self/status
		grep -E "open files" /proc/self/limits; nice; cat /proc/self/oom_score_adj'
	want=$(grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Umask)' "/proc/$target/status"
		grep -E 'open files' "/proc/$target/limits"; ps -o ni= -p "$target" | tr -d ' '; cat "/proc/$target/oom_score_adj")
	# Not by chance: we have another nice value, but where there is none above ours.
	[ "$(nice)" = 19 ] || [ "$(ps -o ni= -p "$target")" -gt "$(nice)" ]
	run -0 "$XNSENTER" --like-target -t "$target" -- sh -c "$show"
	output_is "$want"
}

@test "--like-target: a name that reads like a line of the status deceives nobody" {
	need_root
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/CapBnd:ffffffff"
	start unshare -u setpriv --bounding-set -all,+kill "$BATS_TEST_TMPDIR/CapBnd:ffffffff" 1000
	wait_until comm_is "$started" CapBnd:ffffffff
	run -0 "$XNSENTER" --like-target -t "$started" -- grep CapBnd /proc/self/status
	output_is $'CapBnd:\t0000000000000020'
}

@test "--like-target: as many groups as a process can have" {
	need_root
	need python3
	start unshare -u python3 -c 'import os, time
os.setgroups(range(1000000000, 1000020000)); print("up", flush=True); time.sleep(1000)'
	wait_until grep -q up "$started_out"
	run -0 "$XNSENTER" --like-target -t "$started" -- python3 -c 'import os; print(len(os.getgroups()))'
	output_is 20000
}

# ---------------------------------------------------------------- a root that is gone

@test "a root directory that is a dead process's is left out, and that is said" {
	need_root
	need python3
	for types in -un -unm -m; do
		start unshare "$types" --propagation private python3 -c 'import os, time
pid = os.fork()
if pid == 0: time.sleep(1000)
os.chdir(f"/proc/{pid}/fdinfo"); os.chroot("."); os.chdir("/")
os.kill(pid, 9); os.waitpid(pid, 0)
print("up", flush=True); time.sleep(1000)'
		wait_until grep -q up "$started_out"
		for how in '' --best-effort '--pty --best-effort'; do
			# shellcheck disable=SC2086
			run -0 "$XNSENTER" $how -t "$started" -- ls -d /etc
			output_has 'left out the root directory'
			output_has /etc
		done
		run -0 "$XNSENTER" -t "$started" --plan
		output_lacks chroot
		run -1 "$XNSENTER" -t "$started" --like-target true
		output_has '--best-effort leaves it'
		run -1 "$XNSENTER" -t "$started" -m -r true
	done
}
