#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the headers declare, what the symbol map lists and what the library exports
# is one and the same list; the map is sorted.
# usage: check-symbols.sh SOURCE-ROOT LIBNS.SO
set -eu
root=$1 so=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C

# Declarations begin in the first column; comments and macros are not among them.
sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' -e '/^[[:space:]#*]/d' -e '/^static /d' "$root"/include/libns/*.h |
	grep -o '\<libns_[a-z0-9_]*(' | tr -d '(' | sort -u >"$tmp/headers"
sed -n 's/^\t\(libns_[a-z0-9_]*\);$/\1/p' "$root/lib/libns.sym" >"$tmp/map"
nm -D --defined-only "$so" | sed -n 's/.* [TDBRVW] \([^@]*\).*/\1/p' | sort >"$tmp/exported"

status=0
same() {
	if ! diff "$tmp/$1" "$tmp/$2" >"$tmp/diff"; then
		echo "$1 (<) and $2 (>) differ:"
		cat "$tmp/diff"
		status=1
	fi
}
[ -s "$tmp/headers" ] || { echo "found no declaration in the headers"; exit 1; }
same headers map
same map exported
sort -c "$tmp/map" || status=1
# What can be freed can be left to the end of a block.
for name in $(grep '_free$' "$tmp/map"); do
	grep -q "^static inline void ${name}p(" "$root"/include/libns/*.h ||
		{ echo "there is no ${name}p()"; status=1; }
done
exit $status
