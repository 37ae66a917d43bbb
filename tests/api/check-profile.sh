#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The numbers of system calls that libseccomp is asked for when libns is built: for every machine it
# knows, and without a hole.
# Prints TAP. usage: check-profile.sh SOURCE-ROOT BUILD-ROOT PROFILE-NUMBERS NUMBERS CC
set -eu
source=$1 build=$2 program=$3 numbers=$4 cc=$5
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

# has PATTERN...: what is not in the answer is wrong.
has() {
	for line in "$@"; do
		grep -qxF "$line" "$tmp/answer" || echo "no line: $line"
	done
}

# compile [SED-SCRIPT]: the tables, with other answers of libseccomp.
compile() {
	sed "${1-}" "$numbers" >"$tmp/profile-numbers.h"
	"$cc" -std=gnu11 -D_GNU_SOURCE -fsyntax-only -include "$build/config.h" -I"$tmp" -I"$source/lib" \
		"$source/lib/confine/profile-lists.c" 2>"$tmp/said"
}

echo 1..4

# Not only the machine that builds.
"$program" aarch64 arm >"$tmp/answer"
has 'enum { NATIVE_mount = 40 };' 'enum { SISTER_mount = 21 };' 'enum { NATIVE_open = -2 };' \
	'#define PROFILE_NATIVE 0xc00000b7U' '#define PROFILE_SISTER 0x40000028U' >"$tmp/wrong"
"$program" ppc64le >"$tmp/answer"
has 'enum { NATIVE_mount = 21 };' 'enum { SISTER_mount = -2 };' '#define PROFILE_SISTER 0U' >>"$tmp/wrong"
result 1 'numbers of other machines'

"$program" pdp11 >"$tmp/answer" 2>"$tmp/said" && echo 'no failure' >"$tmp/wrong"
grep -qF "libseccomp knows no machine 'pdp11'" "$tmp/said" || cat "$tmp/said" >>"$tmp/wrong"
result 2 'a machine that libseccomp does not know'

compile || cp "$tmp/said" "$tmp/wrong"
compile 's/ NATIVE_cachestat = .*/ NATIVE_cachestat = -1 };/' || cat "$tmp/said" >>"$tmp/wrong"
result 3 'a name of the list of strict may be unknown'

for name in NATIVE_mount SISTER_unshare; do
	! compile "s/ $name = .*/ $name = -1 };/" || echo "compiled without $name" >>"$tmp/wrong"
	grep -qF "libseccomp is too old for the system call filters: it does not know ${name#*_}()" \
		"$tmp/said" || cat "$tmp/said" >>"$tmp/wrong"
done
result 4 'a name of the list of default may not'
exit $status
