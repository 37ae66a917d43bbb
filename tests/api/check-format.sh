#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sources look as .clang-format says, no file has more than 500 lines, and nothing else is in the
# repository, such as what somebody has installed below it. Prints TAP.
# usage: check-format.sh SOURCE-ROOT
set -eu
cd "$1"
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
status=0

# report N NAME: what is in $tmp is what is wrong.
report() {
	if [ -s "$tmp" ]; then
		sed 's/^/# /' "$tmp"
		echo "not ok $1 - $2"
		status=1
	else
		echo "ok $1 - $2"
	fi
}

echo 1..3
find cmd lib include tests -name '*.[ch]' -exec wc -l {} + |
	awk '$2 != "total" && $1 > 500' >"$tmp"
report 1 'no file has more than 500 lines'

# Each version of clang-format has its own idea of the same style.
case $(clang-format --version 2>/dev/null) in
*"version 14."*)
	find cmd lib include tests -name '*.[ch]' -exec clang-format --dry-run -Werror {} + \
		>"$tmp" 2>&1 || [ -s "$tmp" ] || echo 'clang-format failed' >"$tmp"
	report 2 'sources are formatted'
	;;
*) echo 'ok 2 - sources are formatted # SKIP no clang-format 14, whose idea of the style counts' ;;
esac

if names=$(git -c safe.directory='*' ls-files 2>/dev/null) && [ -n "$names" ]; then
	echo "$names" | cut -d/ -f1 | sort -u |
		grep -vxE 'cmd|lib|include|tests|docs|meson(_options\.txt|\.build)|README\.md|LICENSE|\..*' >"$tmp" || :
	report 3 'at the top is only what belongs there'
else
	echo 'ok 3 - at the top is only what belongs there # SKIP not a git checkout'
fi
exit $status
