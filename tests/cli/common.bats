#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The helpers of the other suites: a helper that is wrong makes them all worthless.

load common

@test 'as_user has no privileges' {
	run -0 as_user sh -c 'id -u; id -G; grep CapEff /proc/self/status'
	if is_root; then
		[ "${lines[0]}" = "$TEST_UID" ]
		[ "${lines[1]}" = "$TEST_GID" ]
	fi
	[ "${lines[2]}" = $'CapEff:\t0000000000000000' ]
}

@test 'user_dir is writable by the user' {
	dir=$(user_dir)
	as_user touch "$dir/file"
	[ -e "$dir/file" ]
}

@test 'what start started ends with cleanup' {
	start sh -c 'sleep 1000 & sleep 1000'
	pid=$started
	wait_until child_of "$pid"
	child=$(child_of "$pid")
	cleanup
	[ ! -e "/proc/$pid" ]
	[ ! -e "/proc/$child" ]
}

@test 'sleeper lives in the namespaces asked for' {
	need_userns
	user_sleeper -Urnpf --kill-child
	[ "$(cat "/proc/$sleeper/comm")" = sleep ]
	[ "$(ns_ino "$sleeper" net)" != "$(ns_ino self net)" ]
	[ "$(ns_ino "$sleeper" uts)" = "$(ns_ino self uts)" ]
}

@test 'private_run hides /run and leaves nothing outside' {
	need_root
	run -0 private_run sh -c 'ls -A /run; touch /run/libns-test'
	output_is ''
	[ ! -e /run/libns-test ]
	# shellcheck disable=SC2016
	run -0 private_run sh -c 'readlink /proc/self/ns/net'
	[ "$output" != "$(readlink /proc/self/ns/net)" ]
}

@test 'as_tester has an account and subordinate ids' {
	need_root
	run -0 as_tester sh -c 'id -un; cat /etc/subuid'
	[ "${lines[0]}" = "$TEST_USER" ]
	[ "${lines[1]}" = "$TEST_USER:$SUBID_FIRST:$SUBID_COUNT" ]
	run ! grep -q "^$TEST_USER:" /etc/passwd
}
