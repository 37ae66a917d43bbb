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

@test 'in a cage only the directory of the test can be written to' {
	need_root
	cage
	run -0 "${caged[@]}" touch "$BATS_TEST_TMPDIR/file"
	# Every mount, those below others included.
	# shellcheck disable=SC2016
	run -0 "${caged[@]}" awk '$6 !~ /^ro(,|$)/ { print $5 }' /proc/self/mountinfo
	output_is "$BATS_TEST_TMPDIR"
	echo kept >"$BATS_FILE_TMPDIR/file"
	run ! "${caged[@]}" touch "$BATS_FILE_TMPDIR/file"
	output_has 'Read-only file system'
	# Nothing of it is seen outside.
	touch "$BATS_FILE_TMPDIR/file"
}

@test 'the attack on executables strikes the one copy it was given' {
	need_root
	mkdir "$BATS_TEST_TMPDIR"/{a,b}
	for dir in a b; do
		cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/$dir/sleeper"
	done
	before=$(sha256sum "$BATS_TEST_TMPDIR/b/sleeper")
	overwriter "$BATS_TEST_TMPDIR/a/sleeper"
	# The same name, in the same cage and writable: seen thousands of times, never taken.
	enter_often nsenter -t "$target" -p "$BATS_TEST_TMPDIR/b/sleeper" 0.01
	run cat "$started_out"
	output_is up
	[ "$before" = "$(sha256sum "$BATS_TEST_TMPDIR/b/sleeper")" ]
	enter_often nsenter -t "$target" -p "$BATS_TEST_TMPDIR/a/sleeper" 0.01 || :
	wait_until grep "overwritten $BATS_TEST_TMPDIR/a/sleeper" "$started_out"
}

@test 'the tools fill up standard descriptors that are closed' {
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
		# The help shall not go to a file that the tool opens by chance, nor be an error.
		run -0 sh -c '"$1" --help <&- >/dev/null' sh "$tool"
		run "$tool" --help >&-
		output_lacks 'Bad file descriptor'
	done
	# shellcheck disable=SC2016
	run -0 sh -c '"$1" sh -c "readlink /proc/self/fd/0 /proc/\$\$/fd/2" <&- 2>&-' sh "$XUNSHARE"
	output_is $'/dev/null\n/dev/null'
}

# Also where it is more than a buffer, or where something has been said meanwhile.
@test 'output that cannot be written is a failure with the reason it has' {
	full() { run sh -c '"$@" >/dev/full' sh "$@"; }
	for mode in -l -J -Jl --output-all -H '-H -J' --metrics --graph=dot --graph=mermaid --graph=html --pid-tree \
		'--pid-tree -J' "--pid-map=$$" --propagation '--propagation -J' '--containers -J' "--compare=$$" \
		"--compare=$$ -J" '--holders /proc/self/ns/uts' '/proc/self/ns/uts' --help --help=all --version=full \
		--completion=bash; do
		# shellcheck disable=SC2086
		full "$XLSNS" $mode
		if [[ $mode = --compare* ]]; then status_is 2; else status_is 1; fi
		output_is 'xlsns: write error: No space left on device'
	done
	full "$XLSNS" -v
	[ "${lines[-1]}" = 'xlsns: write error: No space left on device' ]
	run as_user sh -c '"$1" --compare 1 >/dev/full' sh "$XLSNS"
	[ "${lines[-1]}" = 'xlsns: write error: No space left on device' ]
	for options in --check --check=json '-Ur --dry-run' --help=all; do
		# shellcheck disable=SC2086
		full "$XUNSHARE" $options
		[ "${lines[-1]}" = 'xunshare: write error: No space left on device' ]
	done
	for words in help list '-j list' identify; do
		# shellcheck disable=SC2086
		full "$XNETNS" $words
		[ -z "$output" ] || output_is 'xnetns: write error: No space left on device'
	done
}
