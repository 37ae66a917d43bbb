#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Libraries that are loaded when they are used: the shared object tells packagers of each, and
# none is linked, not even where the compiler drops no function that nobody calls (-O0).
# Prints TAP. usage: check-dl.sh LIBNS.SO ARCHIVE-OF-O0
set -eu
so=$1 plain=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

result() {
	if [ -s "$tmp/wrong" ]; then
		sed 's/^/# /' "$tmp/wrong"
		echo "not ok $1 - $2"
		status=1
	else
		echo "ok $1 - $2"
	fi
}

echo 1..3

# Those that this build has.
readelf -p .rodata "$so" | sed -n 's/^ *\[ *[0-9a-f]*\]  *\(lib[a-z0-9_+-]*\.so\.[0-9]*\)$/\1/p' |
	sort -u >"$tmp/names"
readelf -p .note.dlopen "$so" >"$tmp/notes" 2>&1
while read -r name; do
	grep -qF "\"soname\":[\"$name\"]" "$tmp/notes" || echo "no note about $name"
done <"$tmp/names" >"$tmp/wrong"
result 1 'each library has its note'

readelf -d "$so" | grep NEEDED | grep -F -f "$tmp/names" >"$tmp/wrong" || :
result 2 'none of them is linked'

# Their functions are called through tables, which hold no symbol.
nm -A -u "$plain" | grep -E ' (libbpf_|bpf_|mnt_|capng_|seccomp_(arch|syscall)_)' >"$tmp/wrong" || :
[ ! -s "$tmp/names" ] || nm "$plain" | grep -q ' U dl_load$' || echo "nothing is loaded in $plain" >>"$tmp/wrong"
result 3 'a build without optimization links'
exit $status
