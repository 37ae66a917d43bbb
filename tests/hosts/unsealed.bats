#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where memfd_create is refused, xnsenter cannot go on as a copy that nobody inside can
# overwrite: then nobody is entered who could. Run by tests/hosts/ring.py.

load ../cli/common

setup()
{
	[[ ${LIBNS_HOST:-} == refuse-memfd_create-* ]] || skip 'needs tests/hosts/in refuse-memfd_create-*'
	need_root
}

@test "a mount namespace of somebody else is not entered, and that is said" {
	sleeper -m -p -f
	run -1 "$XNSENTER" -t "$sleeper" -m -p echo it-ran
	output_lacks it-ran
	output_has 'sealed copy'
	output_has '--compat'
	one_line
}

@test "--compat enters as nsenter does" {
	sleeper -m -p -f
	run -0 "$XNSENTER" --compat -t "$sleeper" -m -p echo inside
	output_is inside
}

@test "a network namespace needs no copy" {
	sleeper -n
	run -0 "$XNSENTER" -t "$sleeper" -n echo inside
	output_is inside
}
