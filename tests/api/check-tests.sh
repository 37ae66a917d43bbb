#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every module of lib/ has a unit test or a fuzz target of its name, or a line in
# tests/unit/tested-elsewhere that says where it is tested and why there; and the list is true.
# And what tests/run counts.
# usage: check-tests.sh SOURCE-ROOT
set -eu
cd "$1"
list=tests/unit/tested-elsewhere
status=0
complain() {
	echo "$@"
	status=1
}

# has_own_test MODULE: named after the file, or after folder and file.
has_own_test() {
	for name in "${1#*/}" "${1%%/*}-${1#*/}"; do
		[ ! -e "tests/unit/test-$name.c" ] || return 0
		[ ! -e "tests/fuzz/fuzz-$name.c" ] || return 0
	done
	return 1
}

for file in lib/*/*.c; do
	module=${file#lib/}
	module=${module%.c}
	if has_own_test "$module"; then
		! grep -q "^${module}[[:blank:]]" $list ||
			complain "$list: $module has a test of its own"
	else
		grep -q "^${module}[[:blank:]]" $list ||
			complain "$file has neither a test of its name nor a line in $list"
	fi
done

# Two blanks end the list of tests.
sed -n 's/^\([a-z]*\/[a-z0-9.-]*\)  *\([^ ].*[^ ]\)  [ ]*[^ ].*/\1 \2/p' $list >"${TMPDIR:-/tmp}/tested.$$"
trap 'rm -f "${TMPDIR:-/tmp}/tested.$$"' EXIT
[ "$(grep -c '^[a-z]' $list)" = "$(wc -l <"${TMPDIR:-/tmp}/tested.$$")" ] ||
	complain "$list: a line without tests or without a reason"
while read -r module tests; do
	[ -e "lib/$module.c" ] || complain "$list: there is no lib/$module.c"
	for test in $tests; do
		case $test in
		*/*) [ -e "tests/$test.bats" ] ;;
		*) [ -e "tests/unit/test-$test.c" ] ;;
		esac || complain "$list: $module: there is no test $test"
	done
done <"${TMPDIR:-/tmp}/tested.$$"
# A program that ends early is a failure more, also where a case has failed before.
n=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests python3 -c '
from results import Part, count_program
entry = {"name": "x", "result": "ERROR", "returncode": 1, "stdout": "1..3\nnot ok 1 a\nok 2 b\n"}
print([case.result for case in count_program(Part("dev", "root", []), entry)].count("failed"))' | tail -n 1)
[ "$n" = 2 ] || complain "tests/results.py: of a program that ended early $n failures are counted, not 2"
exit $status
