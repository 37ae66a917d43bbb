#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples of documents print what the documents say.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

# Runs the examples of a file in a home directory of its own, with the tools in PATH.
examples_of()
{
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in XUNSHARE XNSENTER XLSNS XNETNS; do
		ln -s "${!tool}" "$BATS_TEST_TMPDIR/bin/${tool,,}"
	done
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	# shellcheck disable=SC2016
	private_run sh -ec '
		mount -t tmpfs -o mode=755 tmpfs /srv
		mkdir /srv/user
		chown "$TEST_UID:$TEST_GID" /srv/user
		export HOME=/srv/user PATH="$1:$PATH"
		cd /srv/user
		exec python3 -B "$2" "$3"' sh "$BATS_TEST_TMPDIR/bin" "$SOURCE_ROOT/tests/cli/run-examples.py" "$1"
}

@test 'docs/containers.md' {
	need_root
	need busybox
	need_userns
	export TEST_UID TEST_GID
	examples_of "$SOURCE_ROOT/docs/containers.md"
}

# recipes_of FILE: its examples on the machine of recipes-host.sh.
recipes_of()
{
	need_root
	need busybox
	need_userns
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip 'busybox is not a static one here'
	export TEST_UID TEST_GID SHELL=/bin/sh
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in XUNSHARE XNSENTER XLSNS XNETNS; do
		ln -s "${!tool}" "$BATS_TEST_TMPDIR/bin/${tool,,}"
	done
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH private_run unshare -pf --kill-child --mount-proc \
		sh "$SOURCE_ROOT/tests/cli/recipes-host.sh" python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" "$1"
}

@test 'docs/cookbook.md' {
	recipes_of "$SOURCE_ROOT/docs/cookbook.md"
}

@test 'docs/runbook.md' {
	recipes_of "$SOURCE_ROOT/docs/runbook.md"
}

@test 'README.md, and the picture of a terminal in it' {
	cmp "$SOURCE_ROOT/docs/terminal.svg" <(python3 -B "$SOURCE_ROOT/docs/terminal" "$SOURCE_ROOT/README.md")
	recipes_of "$SOURCE_ROOT/README.md"
}

@test 'an example that prints something else is found' {
	need_root
	printf '%s\n' '```console' '$ id -u' '0' '```' >"$BATS_TEST_TMPDIR/wrong.md"
	printf '%s\n' '```console' '$ echo right 1' 'right 2' '...' '```' >"$BATS_TEST_TMPDIR/right.md"
	run ! python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" /dev/null
	output_has 'there are no examples'
	run -0 python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" "$BATS_TEST_TMPDIR/right.md"
	printf '%s\n' '```console' '$ echo wrong' 'right' '```' >"$BATS_TEST_TMPDIR/wrong.md"
	run ! python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" "$BATS_TEST_TMPDIR/wrong.md"
	output_has 'got:'
}
