#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# --container and --sandbox where a system call is missing or refused: what a program sees of its
# confinement is the same, or it does not run. The probe is that of tests/faults.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need_userns
	need ldd
	dir=$(user_dir)
	cd "$dir" || return 1
	for type in cgroup ipc mnt net pid user uts; do
		outside+=" $(readlink "/proc/self/ns/$type")"
	done
}

inside()
{
	run --separate-stderr as_user "$@"
}

# same_without OPTION...: the output of the probe does not depend on a call.
same_without()
{
	local call answer wanted
	inside "$XUNSHARE" "$@"
	status_is 0
	output_has $'NoNewPrivs:\t1'
	output_lacks OPEN
	wanted=$(seen)
	for call in openat2 open_tree fsopen mount_setattr move_mount clone3 statmount listmount \
		close_range statx; do
		for answer in 1 38; do
			inside "$REFUSE" "$answer" "$call" -- "$XUNSHARE" "$@"
			# Without it a root with other mounts below is not made read-only, and that is said.
			if [ "$call$1" = mount_setattr--sandbox ] && [ "$status" != 0 ]; then
				[ "$output" = '' ]
				# shellcheck disable=SC2154
				[[ $stderr == *'mount_setattr(2) is missing or refused'* ]]
				continue
			fi
			[ "$status" = 0 ] || fail "without $call ($answer): $output $stderr"
			diff <(echo "$wanted") <(seen) || fail "without $call ($answer)"
		done
	done
}

# Each line of the output once, without the one that counts filters: this test adds one.
seen()
{
	grep -v ^Seccomp_filters <<<"$output" | sort -u
}

@test 'a container is the same without any one of the newer system calls' {
	mkdir -p root/proc root/dev root/sys root/tmp root/run
	cp "$PROBE" root/probe
	for library in $(ldd "$PROBE" | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p'); do
		mkdir -p "root${library%/*}"
		cp "$library" "root$library"
	done
	! is_root || chown -R "$TEST_UID:$TEST_GID" root
	same_without --container=root -- /probe container "$outside" w:/new w:/tmp/new w:/sys/new
}

@test 'a sandbox is the same without any one of the newer system calls' {
	mkdir -p .git .ssh
	echo text | tee .git/config .ssh/id >file
	cp "$PROBE" probe
	! is_root || chown -R "$TEST_UID:$TEST_GID" .
	same_without --sandbox --rw=. --protect=.git --protect=.env --hide=.ssh -- \
		./probe sandbox "$outside" w:file w:new w:.git/config w:.env w:/tmp/new r:.ssh/id
	output_has $'\nw:file: done'
	output_has $'\nw:.env: Read-only file system'
	output_has $'\nr:.ssh/id: Permission denied'
}
