#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where memfd_create is refused, xnsenter cannot go on as a copy in memory, and does so from
# a read-only mount; whoever cannot have that either enters nobody who could overwrite the
# file. Run by tests/hosts/ring.py.

load ../cli/common

setup()
{
	[[ ${LIBNS_HOST:-} == refuse-memfd_create-* ]] || skip 'needs tests/hosts/in refuse-memfd_create-*'
	need_root
}

@test "a mount namespace of somebody else is entered from a read-only mount" {
	sleeper -m -p -f
	run -0 "$XNSENTER" -t "$sleeper" -m -p echo inside
	output_is inside
}

@test "where that is refused too it is not entered, and that is said" {
	sleeper -m -p -f
	run -1 "$REFUSE" 1 mount_setattr -- "$XNSENTER" -t "$sleeper" -m -p echo it-ran
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
