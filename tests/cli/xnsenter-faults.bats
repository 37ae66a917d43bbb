#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xnsenter and xunshare with one system call failing, each in turn; see faults.bash. All calls
# and error numbers are the business of tests/faults/campaign: here are the reads.

load common
load faults

setup()
{
	need strace
	need_plain_build
}

# Where nobody can tell that a pidfd lives, the files of the namespaces are joined in its
# place, and the plan says that.
own_business="$own_business|/fdinfo/"

# A target that differs from the caller in its uts namespace, limits and environment.
start_target()
{
	start env -i MARK=marked unshare -u sh -c 'ulimit -n 500; exec sleep 1000'
	target=$started
	wait_until comm_is "$target" sleep
}

reads()
{
	each read EIO "$@"
	each openat EACCES "$@"
}

@test "xnsenter: the target's words are read whole" {
	need_root
	start_target
	may_say=yes reads "$XNSENTER" -t "$target" --plan
	may_say=yes reads "$XNSENTER" -t "$target" -u --plan=json --like-target=-filter
	may_say=yes reads "$XNSENTER" -t "$target" -u --env env
	may_say=yes reads "$XNSENTER" -t "$target" -u --like-target=-filter grep -E '^(Cap|NoNew|Groups)' /proc/self/status
}

@test "xnsenter: --host-root fails as a whole" {
	need_root
	sleeper -mpf
	may_say=yes each openat EACCES "$XNSENTER" -t "$sleeper" --host-root=/mnt -- true
}

@test "xnsenter: an only child that cannot be looked for is no child that is not there" {
	need_root
	start unshare -pf --kill-child sleep 1000
	wait_until child_of "$started"
	wait_until comm_is "$(child_of "$started")" sleep
	may_say=yes each read EIO "$XNSENTER" -t "$started" readlink /proc/self/ns/pid
}

make_group()
{
	group=$(mktemp -d /sys/fs/cgroup/unified/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/pids/xnsenter-test.XXXXXX 2>/dev/null) ||
		skip 'no cgroup can be made here'
	mkdir "$group/inner"
}

remove_group()
{
	cleanup
	rmdir "$group/inner" "$group"
}

@test "xnsenter: a group that cannot be read is not empty" {
	need_root
	make_group
	start_target
	if ! echo "$target" >"$group/inner/cgroup.procs"; then
		remove_group
		skip 'no process can be moved to a cgroup here'
	fi
	code=0
	for call in 'read EIO' 'getdents64 EIO' 'openat EACCES'; do
		# shellcheck disable=SC2086
		(may_say=yes each $call "$XNSENTER" -t "cgroup:$group" -u readlink /proc/self/ns/uts) || code=1
		strace -qq -o "$BATS_TEST_TMPDIR/trace" -P "$group" -P "$group/cgroup.procs" -e trace="${call% *}" \
			-e inject="${call% *}:error=${call#* }" "$XNSENTER" -t "cgroup:$group" -u true \
			2>"$BATS_TEST_TMPDIR/words" && code=2
		! grep -q 'there is no' "$BATS_TEST_TMPDIR/words" || code=3
	done
	remove_group
	[ "$code" = 0 ]
}

@test "xnsenter: a group of which nobody can tell whether it is frozen is not joined" {
	need_root
	make_group
	start_target
	if ! echo "$target" >"$group/inner/cgroup.procs"; then
		remove_group
		skip 'no process can be moved to a cgroup here'
	fi
	code=0
	for file in cgroup.freeze freezer.state; do
		[ -e "$group/inner/$file" ] || continue
		! strace -qq -o "$BATS_TEST_TMPDIR/trace" -P "$group/inner/$file" -e trace=read \
			-e inject=read:error=EIO "$XNSENTER" -t "$target" -u --join-cgroup true \
			2>"$BATS_TEST_TMPDIR/words" || code=1
		grep -q 'whether cgroup .* is frozen' "$BATS_TEST_TMPDIR/words" || code=2
	done
	remove_group
	[ "$code" = 0 ]
}

# Somebody in many groups has a long status; the last lines of it count as well.
@test "xunshare: the guard of --kill-child reads the whole status" {
	need_root
	groups=$(seq -s, 100000 101200)
	# shellcheck disable=SC2016
	start setpriv --groups "$groups" "$XUNSHARE" -pf --kill-child=TERM sleep 1000
	wait_until child_of "$started"
	child=$(child_of "$started")
	wait_until comm_is "$child" sleep
	kill -KILL "$started"
	# The kernel's TERM does nothing to a first process that has no handler.
	wait_until test ! -e "/proc/$child/ns/pid"
}

@test "xunshare: --block-fd that cannot be read does not let the program go" {
	need_userns
	dir=$(user_dir)
	run -1 as_user "$XUNSHARE" -Ur --block-fd=7 echo started 7>"$dir/file"
	output_has '--block-fd: Bad file descriptor'
	output_lacks started
	run -1 as_user "$XUNSHARE" -Urpf --block-fd=7 echo started 7<"$dir"
	output_has '--block-fd: Is a directory'
	output_lacks started
	# One that does not wait is waited for.
	run python3 -c '
import os, subprocess, sys
wait, go = os.pipe()
os.set_blocking(wait, False)
p = subprocess.Popen(sys.argv[1:] + [f"--block-fd={wait}", "echo", "started"], pass_fds=[wait],
                     stdout=subprocess.PIPE)
state = ""
while state not in ("S", "Z"):
    with open(f"/proc/{p.pid}/stat") as stat:
        state = stat.read().rsplit(")")[1].split()[0]
print("waits" if state == "S" else "does not wait")
os.write(go, b"x")
print(p.communicate()[0])' "$XUNSHARE" -Ur
	output_has waits
	status_is 0
	output_has started
}

@test "xnsenter: mounts that cannot be kept from the target are not made" {
	need_root
	mkdir "$BATS_TEST_TMPDIR/tools"
	sleeper -mpf
	# No mount namespace is to be had; or one is, and its mounts cannot be cut off.
	for fault in unshare:error=ENOSPC mount:error=EINVAL; do
		run -1 strace -f -qq -o /dev/null -e inject="$fault" \
			"$XNSENTER" -t "$sleeper" --tools="$BATS_TEST_TMPDIR/tools" -- true
		output_has 'cannot copy the mounts for the program alone'
	done
}

@test "xnsenter: its copy is sealed also where the kernel knows no executable memfd" {
	need_root
	sleeper -mpf
	run -0 strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=memfd_create,fcntl,execve,execveat \
		-e inject=memfd_create:error=EINVAL:when=1 "$XNSENTER" -t "$sleeper" -- true
	run grep -c memfd_create "$BATS_TEST_TMPDIR/trace"
	output_is 2
	grep -E 'F_ADD_SEALS, .*F_SEAL_WRITE.*= 0' "$BATS_TEST_TMPDIR/trace"
}
