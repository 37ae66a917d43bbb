# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the suites of xlsns share. What does not depend on this system is shown on a saved
# procfs (tests/fixtures/proc/host) and compared with tests/fixtures/xlsns; UPDATE=1 writes
# these files anew. `load xlsns` after common.

host=$BATS_TEST_DIRNAME/../fixtures/proc/host
golden=$BATS_TEST_DIRNAME/../fixtures/xlsns
# shellcheck disable=SC2034
docs=$BATS_TEST_DIRNAME/../../docs

# is_golden NAME: the last output is the stored one.
is_golden()
{
	# shellcheck disable=SC2154
	[ -z "${UPDATE:-}" ] || printf '%s\n' "$output" >"$golden/$1"
	diff -u "$golden/$1" <(printf '%s\n' "$output")
}

saved()
{
	LC_ALL=C.UTF-8 run "$XLSNS" --proc="$host" "$@"
	status_is 0
}
