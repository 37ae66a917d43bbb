#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The forms of xnsenter --target, and --plan.

load common

show_net=(-- readlink /proc/self/ns/net)

enters_net()
{
	run -0 "$XNSENTER" -t "$1" "${show_net[@]}"
	output_is "net:[$2]"
}

@test "PID:INODE: the process, or nobody" {
	need_root
	need python3
	sleeper -n
	inode=$(python3 -c 'import os,sys; print(os.fstat(os.pidfd_open(int(sys.argv[1]))).st_ino)' "$sleeper")
	[ "$inode" -gt 1000 ] || skip 'pidfds have no inodes here'
	enters_net "$sleeper:$inode" "$(ns_ino "$sleeper" net)"
	run -1 "$XNSENTER" -t "$sleeper:$((inode + 1))" true
	one_line
	output_has 'another process'
	for bad in "$sleeper:" "$sleeper:x" ":$inode" "$sleeper:-1"; do
		run -1 "$XNSENTER" -t "$bad" true
		one_line
	done
}

@test "tid: a thread with namespaces of its own" {
	need_root
	need python3
	start python3 -c 'import ctypes,os,threading,time
def other():
    ctypes.CDLL(None).unshare(0x40000000); print(threading.get_native_id(), flush=True); time.sleep(1000)
threading.Thread(target=other).start()'
	wait_until test -s "$started_out"
	tid=$(cat "$started_out")
	ino=$(readlink "/proc/$started/task/$tid/ns/net")
	[ "$ino" != "$(readlink /proc/self/ns/net)" ]
	run -0 "$XNSENTER" -t "tid:$tid" -n "${show_net[@]}"
	output_is "$ino"
}

@test "a process whose main thread has ended" {
	need_root
	need python3
	start unshare -n python3 -c 'import ctypes,threading,time
threading.Thread(target=time.sleep, args=(1000,)).start()
print("up", flush=True)
ctypes.CDLL(None).syscall(60, 0)'
	wait_until grep -q up "$started_out"
	zombie() { grep -q 'State:.Z' "/proc/$started/status"; }
	wait_until zombie
	[ "$("$XNSENTER" -t "$started" "${show_net[@]}")" != "$(readlink /proc/self/ns/net)" ]
	run -0 "$XNSENTER" -t "$started" -n true
	[ -z "$(nsenter -t "$started" -n echo theirs 2>/dev/null)" ] || skip 'nsenter can do that here'
}

@test "fd: an inherited pidfd, or a namespace" {
	need_root
	need python3
	sleeper -n
	run -0 python3 -c 'import os,sys
os.set_inheritable(fd := os.pidfd_open(int(sys.argv[1])), True)
os.execv(sys.argv[2], [sys.argv[2], "-t", f"fd:{fd}", "readlink", "/proc/self/ns/net"])' "$sleeper" "$XNSENTER"
	output_is "net:[$(ns_ino "$sleeper" net)]"
	run -0 sh -c '"$1" -t fd:7 readlink /proc/self/ns/net 7<"$2"' sh "$XNSENTER" "/proc/$sleeper/ns/net"
	output_is "net:[$(ns_ino "$sleeper" net)]"
	run -1 "$XNSENTER" -t fd:77 true
	one_line
	run -1 sh -c '"$1" -t fd:7 true 7</dev/null' sh "$XNSENTER"
	one_line
}

@test "ns: a namespace by its inode, wherever it is held" {
	need_root
	sleeper -n
	ino=$(ns_ino "$sleeper" net)
	enters_net "ns:$ino" "$ino"
	# Nobody is in it: a descriptor holds it.
	start sh -c 'exec 9<"/proc/$1/ns/net"; echo held; exec sleep 1000' sh "$sleeper"
	wait_until grep -q held "$started_out"
	kill -KILL "$sleeper"
	gone() { ! kill -0 "$sleeper"; }
	wait_until gone
	enters_net "ns:$ino" "$ino"
	run -1 "$XNSENTER" -t ns:1 true
	one_line
	run -1 "$XNSENTER" -t "ns:$ino" -m true
	output_has 'one namespace'
}

@test "netns: a named network namespace" {
	need_root
	need ip
	run -0 private_run sh -c 'ip netns add blue && "$1" -t netns:blue -- ip -o link' sh "$XNSENTER"
	output_has 'lo'
	[ "${#lines[@]}" = 1 ]
	run -1 "$XNSENTER" -t netns:no-such-name true
	one_line
	output_has no-such-name
}

@test "one namespace is no process to take more from" {
	need_root
	sleeper -n
	exec 7<"/proc/$sleeper/ns/net"
	run -0 "$XNSENTER" -t fd:7 -- readlink /proc/self/ns/net
	output_is "net:[$(ns_ino "$sleeper" net)]"
	for more in --env --join-cgroup --follow-context --like-target --net-socket=3 --all -m -r -w -Sfollow; do
		run -1 "$XNSENTER" -t fd:7 "$more" true
		output_has "'fd:7' is one namespace"
		run -1 "$XNSENTER" -t fd:7 "$more" --plan
		output_has "'fd:7' is one namespace"
	done
	run -1 "$XNSENTER" -t fd:7 --host-root=/mnt true
	one_line
	exec 7<&-
}

@test "a number that is given away on the way to the sealed copy reaches nobody" {
	need_root
	need_plain_build
	need strace
	[ -w /proc/sys/kernel/ns_last_pid ] || skip 'process ids cannot be chosen here'
	# In a pid namespace of its own nobody else takes the number.
	# shellcheck disable=SC2016
	run timeout -s KILL 30 unshare -mpf --mount-proc bash -c '
		start() { for n in 1 2 3 4 5; do
			echo "$((target - 1))" >/proc/sys/kernel/ns_last_pid
			unshare -m "$@" & [ "$!" = "$target" ] && break; kill "$!"; wait "$!"; done; }
		target=300; start sleep 1000
		while [ "$(cat /proc/300/comm)" != sleep ]; do sleep 0.02; done
		strace -qq -f -o "$2" -e inject=execveat:delay_enter=3s "$1" -t 300 -- echo entered &
		waiter=$!
		while ! grep -q execveat "$2" 2>/dev/null && kill -0 "$waiter"; do sleep 0.02; done
		kill -KILL 300; wait 300 2>/dev/null; start sleep 1000
		while [ "$(cat /proc/300/comm)" != sleep ]; do sleep 0.02; done; echo taken
		wait "$waiter"; echo "status $?"; kill -KILL 300' bash "$XNSENTER" "$BATS_TEST_TMPDIR/trace" 3>&-
	output_has taken
	output_has 'status 1'
	output_has "target '300' has ended meanwhile"
	output_lacks entered
}

@test "cgroup: the first live process in it" {
	need_root
	local base
	base=$(mktemp -d /sys/fs/cgroup/unified/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/pids/xnsenter-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	mkdir "$base/inner"
	sleeper -n
	if ! echo "$sleeper" >"$base/inner/cgroup.procs"; then
		rmdir "$base/inner" "$base"
		skip 'no process can be moved to a cgroup here'
	fi
	run "$XNSENTER" -t "cgroup:$base" "${show_net[@]}"
	full=$output
	run "$XNSENTER" -t "cgroup:/${base##*/}" "${show_net[@]}"
	short=$output
	ino=$(ns_ino "$sleeper" net)
	cleanup
	rmdir "$base/inner"
	run "$XNSENTER" -t "cgroup:$base" true
	rmdir "$base"
	[ "$full" = "net:[$ino]" ]
	[ "$short" = "net:[$ino]" ]
	output_has 'no process in cgroup'
	run -1 "$XNSENTER" -t cgroup:/no/such true
	one_line
}

# slow_down CALL ARG...: xnsenter ARG..., each CALL a second late; sets $slow_pid, its words go to $slow_out.
slow_down()
{
	local call=$1
	shift
	slow_trace=$BATS_TEST_TMPDIR/trace slow_out=$BATS_TEST_TMPDIR/said
	strace -qq -f -e trace="$call" -o "$slow_trace" -e inject="$call:delay_enter=1500ms" \
		"$XNSENTER" "$@" >"$slow_out" 2>&1 3>&- &
	slow_pid=$!
}

@test "cgroup: a process that leaves while it is being pinned is not entered" {
	need_root
	need strace
	local base code=0
	base=$(mktemp -d /sys/fs/cgroup/unified/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/pids/xnsenter-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	sleeper -n
	if ! echo "$sleeper" >"$base/cgroup.procs"; then
		rmdir "$base"
		skip 'no process can be moved to a cgroup here'
	fi
	slow_down pidfd_open -t "cgroup:$base" -- echo entered
	wait_until grep -q "pidfd_open($sleeper" "$slow_trace"
	echo "$sleeper" >"${base%/*}/cgroup.procs"
	wait "$slow_pid" || code=$?
	rmdir "$base"
	run cat "$slow_out"
	output_has 'no process in cgroup'
	output_lacks entered
	[ "$code" = 1 ]
}

@test "the only child of a parent outside: a number that is given away meanwhile reaches nobody" {
	need_root
	need strace
	[ -w /proc/sys/kernel/ns_last_pid ] || skip 'process ids cannot be chosen here'
	# In a pid namespace of its own nobody else takes the number. $2 is the trace.
	# shellcheck disable=SC2016
	run timeout -s KILL 60 unshare -mpf --mount-proc bash -c '
		sh -c "unshare -u sleep 1000; sleep 1000" & parent=$!
		until read -r child <"/proc/$parent/task/$parent/children"; [ "$child" ]; do sleep 0.02; done
		until [ "$(cat "/proc/$child/comm")" = sleep ]; do sleep 0.02; done
		strace -qq -f -e trace=pidfd_open -o "$2" -e inject=pidfd_open:delay_enter=1500ms \
			"$1" -t "$parent" -- echo entered &
		waiter=$!
		until grep -q "pidfd_open($child" "$2" 2>/dev/null; do sleep 0.02; kill -0 "$waiter" || break; done
		kill -KILL "$child"
		while [ -d "/proc/$child" ]; do sleep 0.02; done
		for n in 1 2 3 4 5; do
			echo "$((child - 1))" >/proc/sys/kernel/ns_last_pid
			unshare -u sleep 1000 & [ "$!" = "$child" ] && echo taken && break; kill "$!"; wait "$!"; done
		wait "$waiter"; echo "status $?"' bash "$XNSENTER" "$BATS_TEST_TMPDIR/trace" 3>&-
	output_has taken
	output_has 'status 1'
	output_has 'there is nothing to enter'
	output_lacks entered
}

@test "the only child of a parent outside stays the one on the way to the sealed copy" {
	need_root
	need_plain_build
	need strace
	local code=0
	start sh -c 'unshare -mu sleep 1000; unshare -mu sleep 1000'
	has_sleeper()
	{
		child=$(tr -d ' ' <"/proc/$started/task/$started/children")
		grep -q sleep "/proc/${child:-none}/comm" 2>/dev/null
	}
	wait_until has_sleeper
	first=$child
	slow_down execveat -t "$started" -- echo entered
	wait_until grep -q execveat "$slow_trace"
	kill -KILL "$first"
	is_another() { has_sleeper && [ "$child" != "$first" ]; }
	wait_until is_another
	wait "$slow_pid" || code=$?
	kill -KILL "$child"
	run cat "$slow_out"
	output_has "entering its child $first"
	output_has 'has ended meanwhile'
	output_lacks entered
	[ "$code" = 1 ]
}

@test "=:ID: a namespace by the kernel's own id" {
	need_root
	need python3
	sleeper -n
	id=$(python3 -c 'import fcntl,struct,sys
print(struct.unpack("Q", fcntl.ioctl(open(sys.argv[1]), 0x8008b70d, bytes(8)))[0])' "/proc/$sleeper/ns/net") ||
		skip 'the kernel has no namespace ids (Linux 6.18)'
	for form in "-n:$id" "-n=:$id" "--net=:$id"; do
		run -0 "$XNSENTER" "$form" "${show_net[@]}"
		output_is "net:[$(ns_ino "$sleeper" net)]"
	done
	run -1 "$XNSENTER" -n:1 true
	one_line
	run -1 "$XNSENTER" -n:x true
	one_line
}

@test "container: none of that name" {
	run -1 "$XNSENTER" -t container:no-such-container true
	one_line
	output_has no-such-container
}

# ---------------------------------------------------------------- plan

@test "--plan says what would be done, and does nothing" {
	need_root
	sleeper -mnu
	run -0 "$XNSENTER" -t "$sleeper" --plan -- touch "$BATS_TEST_TMPDIR/done"
	[ ! -e "$BATS_TEST_TMPDIR/done" ]
	output_has "process $sleeper (sleep)"
	output_has 'enter     uts,net,mnt'
	output_has 'setns(pidfd, uts,net,mnt)'
	output_has 'ids       kept'
	# In place the caller takes the steps, and a child is made by a helper which takes them.
	output_has 'steps     caller  setns(pidfd, uts,net,mnt)'
	output_has 'caller  close_range(3, ...)'
	output_lacks helper
	sleeper -mpf --mount-proc
	run -0 "$XNSENTER" -t "$sleeper" --plan --env -S 5 -r -W/usr -- touch "$BATS_TEST_TMPDIR/done"
	[ ! -e "$BATS_TEST_TMPDIR/done" ]
	after=$output
	for step in 'steps     caller  clone3()' 'helper  setns(pidfd, pid,mnt)' 'chroot(".")' 'helper  chdir("/usr")' \
			'helper  memset(' 'helper  setuid(5)' 'helper  close_range(' 'helper  clone3(' 'child   execve("touch")'; do
		output=$after
		output_has "$step"
		after=${after#*"$step"}
	done
}

@test "--plan --tools: what would be attached, and where" {
	need_root
	sleeper -mpf
	mkdir "$BATS_TEST_TMPDIR/tools"
	mounts=$(cat "/proc/$sleeper/mountinfo")
	run -0 "$XNSENTER" -t "$sleeper" --plan --tools="$BATS_TEST_TMPDIR/tools"
	output_has 'helper  unshare(CLONE_NEWNS)'
	place=$(sed -n 's/.*move_mount([0-9]*, "\(.*\)").*/\1/p' <<<"$output")
	run -0 "$XNSENTER" -t "$sleeper" --tools="$BATS_TEST_TMPDIR/tools" -- printenv PATH
	[ "${output%%:*}" = "$place" ]
	[ "$(cat "/proc/$sleeper/mountinfo")" = "$mounts" ]
	run -1 "$XNSENTER" -t "$sleeper" --plan --tools=/nonexistent
	one_line
}

@test "--plan=json" {
	need_root
	need jq
	sleeper -Urn
	run -0 sh -c '"$1" --plan=json -t "$2" | jq -c "[.pid,.comm,.enter,.refused,.uid,.child]"' sh "$XNSENTER" "$sleeper"
	output_is "[$sleeper,\"sleep\",[\"user\",\"net\"],[],0,false]"
	run -1 "$XNSENTER" --plan=xml -t "$sleeper"
}

@test "--plan names what would be refused, with exit code 1" {
	need_root
	need_userns
	sleeper -n
	# Root of a user namespace has no right over what belongs to the host.
	exec 7<"/proc/$sleeper/ns/net"
	run -1 unshare -Ur "$XNSENTER" -t fd:7 --plan
	exec 7<&-
	output_has 'refused   net: Operation not permitted'
}

@test "ids that follow the target are those of the user namespace that is entered, whoever's it is" {
	need_root
	sleeper -u
	start unshare -U sleep 1000
	wait_until comm_is "$started" sleep
	echo '7 0 1' >"/proc/$started/uid_map"
	echo '8 0 1' >"/proc/$started/gid_map"
	run -0 "$XNSENTER" -t "$sleeper" -U"/proc/$started/ns/user" -S follow -G follow -- sh -c 'id -u; id -g'
	output_is $'7\n8'
}
