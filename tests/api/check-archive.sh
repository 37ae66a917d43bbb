#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# libns.a has no name of its own but libns_*: a program may have functions that are named
# as ours. usage: check-archive.sh SOURCE-ROOT LIBNS.A CC SANITIZE
set -eu
root=$1 archive=$2 cc=$3 sanitize=$4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# What a sanitizer adds is its own.
nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | grep -v '^_*[alt]san\|^__odr_asan' \
	>"$tmp/names"
grep -q '^libns_spawn$' "$tmp/names" || { echo "no libns_spawn in $archive"; exit 1; }
if grep -v '^libns_' "$tmp/names"; then
	echo "names without prefix in $archive"
	exit 1
fi

cat >"$tmp/program.c" <<'END'
#include <libns/libns.h>
#include <stdio.h>
#include <stdlib.h>

/* The names of functions of the library, called by nobody but this program. */
int json_parse(const char *text);
int listns_read(void);
int json_parse(const char *text)
{
	return text[0];
}

static int called;
int listns_read(void)
{
	return ++called;
}

int main(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan;

	if (libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err) < 0) {
		puts(err.text);
		return 1;
	}
	libns_scan_free(scan);
	if (called || json_parse("x") != 'x' || listns_read() != 1) {
		puts("the library has called a function of the program");
		return 1;
	}
	return 0;
}
END
[ "$sanitize" = none ] || sanitize=-fsanitize=$sanitize
[ "$sanitize" != none ] || sanitize=
# One word each.
# shellcheck disable=SC2086
$cc $sanitize -I"$root/include" -o "$tmp/program" "$tmp/program.c" "$archive" -ldl -pthread
"$tmp/program"
