#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: what the program is not allowed to do.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

# ---------------------------------------------------------------- no-new-privs

@test 'A10: --no-new-privs holds in place, in a child, and below a first process' {
	need_userns
	run -0 inside --no-new-privs grep NoNewPrivs: /proc/self/status
	output_is $'NoNewPrivs:\t1'
	for options in -r -rf '-r --init --mount-proc' '-f --die-with-parent'; do
		# shellcheck disable=SC2086
		run -0 inside $options --no-new-privs grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t1'
	done
	run -0 inside -r --init --mount-proc --no-new-privs grep NoNewPrivs: /proc/1/status
	output_is $'NoNewPrivs:\t1'
}

@test 'A10: without it nothing changes' {
	need_userns
	for options in -r -rf '-r --init --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 inside $options grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t0'
	done
}

@test 'A10: a set-user-ID program gives nothing' {
	need_root
	dir=$(user_dir)
	chmod 755 "$dir"
	cp "$(command -v id)" "$dir/id"
	chmod 4755 "$dir/id"
	run -0 as_user "$dir/id" -u
	[ "$output" = 0 ] || skip 'set-user-ID programs have no effect here'
	for options in '' -f '-f --die-with-parent'; do
		# shellcheck disable=SC2086
		run -0 inside $options --no-new-privs "$dir/id" -u
		output_is "$TEST_UID"
	done
}

@test 'the steps name it, and it is the last one that takes rights' {
	run -0 inside -r --no-new-privs --dry-run true
	output_has 'prctl(PR_SET_NO_NEW_PRIVS, 1)'
	run -0 inside --no-new-privs --dry-run=json true
	output_has PR_SET_NO_NEW_PRIVS
}
