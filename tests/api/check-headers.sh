#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every public header compiles alone and twice, as strict C99 and, together with a
# header full of macros, as C++17.
# usage: check-headers.sh INCLUDE-DIR CC CXX
set -eu
dir=$1 cc=$2 cxx=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

for header in "$dir"/libns/*.h; do
	name=libns/$(basename "$header")
	printf '#include <%s>\n#include <%s>\nint unit;\n' "$name" "$name" >"$tmp/unit.c"
	{
		# It defines macros such as NOERROR and T_A.
		echo '#include <arpa/nameser.h>'
		cat "$tmp/unit.c"
	} >"$tmp/unit.cc"
	# What a caller writes to begin with.
	sed -n 's/^#define \(\(LIBNS_[A-Z_]*\)_INIT\) .*/\2 \1/p' "$header" | sort -u |
		while read -r type init; do
			type=$(echo "$type" | tr 'A-Z' 'a-z')
			printf 'int use_%s(void);\nint use_%s(void)\n{\n\tstruct %s x = %s;\n\t(void)x;\n\treturn 0;\n}\n' \
				"$type" "$type" "$type" "$init"
		done >"$tmp/inits"
	cat "$tmp/inits" >>"$tmp/unit.c"
	cat "$tmp/inits" >>"$tmp/unit.cc"
	$cc -std=c99 -pedantic -Wall -Wextra -Werror -I"$dir" -fsyntax-only "$tmp/unit.c" || status=1
	$cxx -std=c++17 -pedantic -Wall -Wextra -Werror -I"$dir" -fsyntax-only "$tmp/unit.cc" ||
		status=1
	[ $status = 0 ] || { echo "$name does not stand alone"; exit 1; }
done
# What is freed can be freed at the end of a scope, and what has an order has a count.
for name in $(sed -n 's/^[^*]*\*\(libns_[a-z_]*\)_free(.*/\1/p' "$dir"/libns/*.h | sort -u); do
	grep -q "${name}_freep(" "$dir"/libns/*.h || { echo "${name}_free() has no _freep()"; status=1; }
done
for name in $(sed -n 's/^[^*]*\*\(libns_[a-z_]*\)_at(.*/\1/p' "$dir"/libns/*.h | sort -u); do
	grep -qE "\<(${name}_count|${name%_*}_count_${name##*_}s)\(" "$dir"/libns/*.h ||
		{ echo "${name}_at() has no count"; status=1; }
done
exit $status
