#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter when one thing it relies on fails: it says so, and the program does not run.

load common

setup()
{
	need_root
	need strace
	need_plain_build
}

target()
{
	start unshare -mupf --mount-proc --kill-child "$@" sleep 1000
	wait_until child_named "$started" sleep
	target=$(child_named "$started" sleep)
}

# fails CALL:FAULT [-P PATH] -- OPTION...: with that fault xnsenter fails, in one line, and
# nothing runs. Without it the same command runs the program.
fails()
{
	local fault=$1 path=()
	shift
	while [ "$1" != -- ]; do
		path+=("$1")
		shift
	done
	shift
	run -0 "$XNSENTER" "$@" -- echo it-ran
	output_has it-ran
	run strace -f -qq -o /dev/null "${path[@]}" -e trace="${fault%%:*}" -e inject="$fault" \
		"$XNSENTER" "$@" -- echo it-ran
	# It says where a link like /proc/self leads.
	output=$(grep -v '^strace: Requested path' <<<"$output") || :
	mapfile -t lines <<<"$output"
	[ "$status" = 1 ] || fail "$fault: status $status" "$output"
	output_lacks it-ran
	one_line
}

@test "a namespace that was named and cannot be opened" {
	target
	# The second one is that of a thread, should the main thread have ended.
	for type in time uts; do
		fails openat:error=ENOENT -P "ns/$type" -P "$target/ns/$type" -- -t "$target" "--$type" -n
		output_is "xnsenter: cannot open the $type namespace of process $target: No such file or directory"
	done
}

@test "one of a file, the others of the target" {
	target
	run -0 "$XNSENTER" -t "$target" -u --mount=/proc/self/ns/mnt -- \
		sh -c 'readlink /proc/self/ns/uts /proc/self/ns/mnt'
	output_is "$(readlink "/proc/$target/ns/uts" /proc/self/ns/mnt)"
}

@test "a namespace by its id" {
	target
	for bad in x '' -1x 99999999999999999999; do
		run -1 "$XNSENTER" --uts=":$bad" -- echo it-ran
		output_lacks it-ran
		output_has 'namespace id'
	done
	run -1 "$XNSENTER" --uts=:9000000000000000000 -- echo it-ran
	output_is 'xnsenter: there is no uts namespace with id 9000000000000000000'
	run -1 strace -f -qq -o /dev/null -P /proc -e trace=getdents64 -e inject=getdents64:error=EIO \
		"$XNSENTER" --uts=:9000000000000000000 -- echo it-ran
	output_has 'Input/output error'
	one_line
}

@test "the sealed copy: made whole, or the program does not run" {
	target
	# In place: a child is made by a stub, and the copy is what is left where that fails.
	fails memfd_create:error=ENFILE -- -t "$target" -m
	fails sendfile:error=EIO -- -t "$target" -m
	fails fchmod:error=EIO -- -t "$target" -m
	# Not those of other calls of that name: F_ADD_SEALS is the first after sendfile().
	run -0 strace -o "$BATS_TEST_TMPDIR/calls" -e trace=fcntl "$XNSENTER" -t "$target" -m -- true
	n=$(grep -n F_ADD_SEALS "$BATS_TEST_TMPDIR/calls" | head -1 | cut -d: -f1)
	fails "fcntl:error=EPERM:when=$n+1" -- -t "$target" -m
	fails execveat:error=ENOEXEC:when=1 -- -t "$target" -m
	fails memfd_create:error=ENFILE -- -t "$target"
}

@test "what is set between joining and the program" {
	target
	for fault in setgroups:error=EPERM setgid:error=EPERM setuid:error=EPERM; do
		fails "$fault" -- -t "$target" -S 5 -G 5
	done
	fails setns:error=EPERM -- -t "$target"
	fails setns:error=EPERM -- -t "$target" -u
	fails fchdir:error=EACCES -- -t "$target" -m -w/
}

@test "--plan fails where a part of it cannot be found out" {
	target
	run -0 "$XNSENTER" -t "$target" --like-target --plan
	for file in status limits stat; do
		run -1 strace -f -qq -o /dev/null -P "/proc/$target/$file" -e trace=read \
			-e inject=read:error=EIO "$XNSENTER" -t "$target" --like-target --plan
		one_line
	done
	run -1 as_user "$XNSENTER" -t "$target" --plan
	run -1 as_user "$XNSENTER" -t "$target" --plan=json
}

@test "the cgroups of the target" {
	target
	fails openat:error=EACCES -P cgroup -- -t "$target" -c -u
	output_has "cannot read the cgroups of process $target"
	fails openat:error=EIO -P /proc/self/cgroup -- -t "$target" -c -u
	# Whoever is in the same ones needs no mount of them.
	run -0 strace -f -qq -o /dev/null -P /proc/thread-self/mountinfo -e trace=openat \
		-e inject=openat:error=EACCES "$XNSENTER" -t "$target" -c -u -- true
}

@test "--tools: without the list of a busybox there are no tools" {
	target
	need busybox
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip 'busybox is not a static one here'
	# The child that would list them.
	fails clone,clone3:error=EAGAIN:when=1 -- -t "$target" --tools
	fails fsopen:error=EPERM -- -t "$target" --tools
	fails mount_setattr:error=EIO -- -t "$target" --tools
	fails symlinkat:error=ENOSPC -- -t "$target" --tools
}

@test "--like-target: what cannot be set is said, with the word that leaves it out" {
	target nice -n 3
	fails setpriority:error=ESRCH -- -t "$target" --like-target
	output_has '(--like-target=-nice leaves that out)'
	fails prctl:error=EINVAL -- -t "$target" --like-target=no-new-privs,caps
	fails read:error=EIO -P "/proc/$target/status" -- -t "$target" --like-target
	output_has "cannot read the status of process $target"
}

# In place there is no process outside; the files that a hint would look at are the container's.
@test "nothing inside is looked at to explain a failure" {
	target
	for types in '-m' '-m -p'; do
		# shellcheck disable=SC2086
		run -126 "$XNSENTER" -t "$target" $types -- /etc/passwd
		output_is "xnsenter: cannot execute '/etc/passwd': Permission denied"
	done
	run -126 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" -e trace=%file,setns \
		"$XNSENTER" -t "$target" -m -- /etc/passwd
	# After the join the only file that is named is what was to be run.
	run sed '1,/setns(/d; /execve(/d' "$BATS_TEST_TMPDIR/calls"
	output_lacks '"/etc'
	output_lacks '"/proc'
}

# inside_calls OPTION...: what is opened, looked up or said on the way from the first namespace
# that is joined to the program; in $output.
inside_calls()
{
	strace -f -qq -s 64 -o "$BATS_TEST_TMPDIR/calls" "$XNSENTER" -t "$target" "$@" >/dev/null 2>&1 || :
	run -0 python3 "$BATS_TEST_DIRNAME/inside-calls.py" "$BATS_TEST_TMPDIR/calls"
}

@test "on the way inside nothing is opened, looked up or said" {
	need python3
	target
	mkdir "$BATS_TEST_TMPDIR/tools"
	for options in '' '-m -u' '--clean-env' '--env' "--tools=$BATS_TEST_TMPDIR/tools" '--host-root=/mnt' \
			'--like-target=-label' '-S 5 -G 5' '-r -W/usr' '-c' '--compat -a' '--best-effort --timeout=60'; do
		# shellcheck disable=SC2086
		inside_calls $options -- true
		[ -z "$output" ] || fail "with $options" "$output"
	done
	# The control: a failure is said, through the socket that is there for it.
	inside_calls -- /etc/passwd
	[[ $output == 'sendto('*'cannot execute'* ]]
	one_line
}

@test "without the mount namespace, which is left out, the program is one of the host's" {
	need_root
	sleeper -m
	run -0 env PYTHONPATH=/ours "$REFUSE" 1 setns -- "$XNSENTER" --best-effort -t "$sleeper" -m -- sh -c 'echo "$PYTHONPATH"'
	output_has 'left out mnt'
	output_has /ours
	# Where it is entered, a variable that names files of the host means nothing.
	run -0 env PYTHONPATH=/ours "$XNSENTER" --best-effort -t "$sleeper" -m -- sh -c 'echo "[$PYTHONPATH]"'
	output_is '[]'
}
