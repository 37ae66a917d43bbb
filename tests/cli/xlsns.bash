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

# words: lines as they are; or, where libsmartcols does not reserve room for longer numbers any more
# (util-linux 2.42), with one blank for several.
words()
{
	local version
	version=$(lsns --version 2>/dev/null)
	if [[ $version =~ util-linux\ 2\.([0-9]+) && ${BASH_REMATCH[1]} -ge 42 ]]; then
		sed -E 's/ +/ /g; s/^ //'
	else
		cat
	fi
}

# is_golden NAME: the last output is the stored one.
is_golden()
{
	# shellcheck disable=SC2154
	[ -z "${UPDATE:-}" ] || printf '%s\n' "$output" >"$golden/$1"
	diff -u <(words <"$golden/$1") <(printf '%s\n' "$output" | words)
}

saved()
{
	LC_ALL=C.UTF-8 run "$XLSNS" --proc="$host" "$@"
	status_is 0
}
