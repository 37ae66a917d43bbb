#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/assertions.md names each assertion once, with tests that exist or with the reason why it
# does not apply.
# usage: check-assertions.sh SOURCE-ROOT
set -eu
cd "$1"
doc=docs/assertions.md
status=0
complain() {
	echo "$doc: $*"
	status=1
}

# has_test FILE TITLE
has_test() {
	case $1 in
	unit/*) grep -qxF "TEST($2)" "tests/$1.c" ;;
	*) grep -qxF -e "@test '$2' {" -e "@test \"$2\" {" "tests/$1.bats" ;;
	esac
}

# The tests of an assertion, one a line: FILE TITLE.
tests_of() {
	sed -n "/^- \*\*$1\*\* /,/^- \*\*\|^## /s/^  - \`\([a-z0-9/-]*\)\`: /\1 /p" $doc
}

number=1
for name in $(seq -f A%.0f 36) $(seq -f B%.0f 12); do
	[ "$(grep -c "^- \*\*$name\*\* " $doc)" = 1 ] || complain "$name is not there once"
	[ -n "$(tests_of "$name")" ] || grep -q "^- \*\*$name\*\* Does not apply " $doc ||
		complain "$name has no test"
	number=$((number + 1))
done
[ "$(grep -c '^- \*\*' $doc)" = $((number - 1)) ] || complain 'there is a number too many'

lines=$(sed -n 's/^  - //p' $doc)
while read -r line; do
	file=${line#?}
	file=${file%%\`*}
	title=${line#*\`: }
	has_test "$file" "$title" || complain "there is no test '$title' in $file"
done <<END
$lines
END
exit $status
