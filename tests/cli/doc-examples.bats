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

# examples_of FILE: on the machine of recipes-host.sh. MORE and START: as there.
examples_of()
{
	need_root
	need busybox
	need_userns
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip 'busybox is not a static one here'
	# What stands in the documents is of user 1000.
	export TEST_UID=1000 TEST_GID=1000 LIBNS_IP MORE START SHELL=/bin/sh
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in XUNSHARE XNSENTER XLSNS XNETNS; do
		ln -s "${!tool}" "$BATS_TEST_TMPDIR/bin/${tool,,}"
	done
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH private_run unshare -pf --kill-child --mount-proc \
		sh "$SOURCE_ROOT/tests/cli/recipes-host.sh" python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" "$SOURCE_ROOT/$1"
}

# The same where there are more containers, and a project to be built.
more_examples_of()
{
	need curl
	need jq
	need make
	MORE=$SOURCE_ROOT/tests/cli/recipes-more.sh START=/srv/user/project examples_of "$1"
}

need_pasta()
{
	need pasta
	[ -c /dev/net/tun ] || skip 'no /dev/net/tun here'
}

@test 'every example is run here, or there is a reason why it cannot be' {
	python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" --check "$SOURCE_ROOT"
}

@test 'an example that is neither run nor listed is found, and a reason that is no longer needed' {
	mkdir -p "$BATS_TEST_TMPDIR/tree/tests/cli" "$BATS_TEST_TMPDIR/tree/docs/man"
	cd "$BATS_TEST_TMPDIR/tree"
	check() { run python3 -B "$SOURCE_ROOT/tests/cli/run-examples.py" --check .; }
	echo "@test 'docs/run.md' {" >tests/cli/doc-examples.bats
	printf '%s\n' '# List' 'docs/no.md: $ id' '	It is none.' >tests/cli/examples-not-run
	printf '%s\n' '```console' '$ id' '```' | tee docs/run.md >docs/no.md
	check
	status_is 0
	printf '%s\n' '```console' '$ xlsns' '```' >docs/other.md
	check
	output_is 'docs/other.md: its examples have no test in tests/cli/doc-examples.bats'
	printf '%s\n' '```text' 'xlsns -T' '```' '' '    a block' '' '```' 'id' '```' >docs/other.md
	check
	status_is 1
	output_has 'docs/other.md:2: is neither run nor in tests/cli/examples-not-run: xlsns -T'
	output_has 'docs/other.md:5: is neither'
	output_has 'docs/other.md:7: is neither'
	rm docs/other.md
	printf '%s\n' 'xlsns(1)' '' '*-T*' '	A tree.' '' '	xlsns -T' >docs/man/xlsns.1.scd
	check
	output_is 'docs/man/xlsns.1.scd:6: is neither run nor in tests/cli/examples-not-run: xlsns -T'
	printf '%s\n' '```' '$ xlsns -T' '```' '	# xlsns' >docs/man/xlsns.1.scd
	check
	output_is 'docs/man/xlsns.1.scd: its examples have no test in tests/cli/doc-examples.bats'
	printf '%s\n' 'docs/man/xlsns.1.scd: $ xlsns -T' 'docs/man/xlsns.1.scd: # xlsns' '	Why.' \
		'docs/run.md: $ gone' '	Why.' >>tests/cli/examples-not-run
	check
	status_is 1
	output_is 'docs/man/xlsns.1.scd:2: is listed without a reason: $ xlsns -T
tests/cli/examples-not-run: there is no such example: docs/run.md: $ gone'
}

@test 'the table of recipes has all of them, where they stand and what tests them' {
	local check=$SOURCE_ROOT/tests/cli/check-recipes.py copy=$BATS_TEST_TMPDIR/copy
	python3 -B "$check" "$SOURCE_ROOT"
	mkdir -p "$copy"
	cp -r "$SOURCE_ROOT/docs" "$SOURCE_ROOT/tests" "$copy"
	# A recipe without a line, one that the manual has no more, one without its test.
	sed -i 's/^\*\*No network\.\*\*/**No network at all.**/' "$copy/docs/cookbook.md"
	sed -i '/^# EXAMPLES/,$s/--pid-map 1 /--pid-map 2 /' "$copy/docs/man/xlsns.1.scd"
	sed -i '/^| Another host name/s/lo |$/low |/' "$copy/docs/cookbook.md"
	run python3 -B "$check" "$copy"
	status_is 1
	output_is 'docs/cookbook.md: And outside, of what is number 1 inside?: EXAMPLES of xlsns(1) have no "xlsns --pid-map 1 --in container:web"
docs/cookbook.md: No network.: the section is not there, or has no "xunshare -rn --lo ip -brief link"
'"docs/cookbook.md: Another host name.: there is no test 'host name, domain name and low' in cli/xunshare.bats
docs/cookbook.md: No network at all.: has no line in the table"
}

@test 'docs/containers.md' {
	examples_of docs/containers.md
}

@test 'docs/cookbook.md' {
	examples_of docs/cookbook.md
}

@test 'docs/runbook.md' {
	examples_of docs/runbook.md
}

@test 'docs/errors.md' {
	examples_of docs/errors.md
}

@test 'docs/CONTRIBUTING.md' {
	examples_of docs/CONTRIBUTING.md
}

@test 'docs/compatibility.md' {
	more_examples_of docs/compatibility.md
}

@test 'docs/metrics.md' {
	more_examples_of docs/metrics.md
}

@test 'docs/man/libns.7.scd' {
	more_examples_of docs/man/libns.7.scd
}

@test 'docs/man/xlsns.1.scd' {
	more_examples_of docs/man/xlsns.1.scd
}

@test 'docs/man/xnsenter.1.scd' {
	more_examples_of docs/man/xnsenter.1.scd
}

@test 'docs/man/xnetns.1.scd' {
	need_pasta
	more_examples_of docs/man/xnetns.1.scd
}

@test 'docs/man/xunshare.1.scd' {
	need_pasta
	more_examples_of docs/man/xunshare.1.scd
}

@test 'README.md, and the picture of a terminal in it' {
	cmp "$SOURCE_ROOT/docs/terminal.svg" <(python3 -B "$SOURCE_ROOT/docs/terminal" "$SOURCE_ROOT/README.md")
	examples_of README.md
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
