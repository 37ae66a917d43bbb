#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A tool parses, calls and prints. What takes a system call by number, the kernel's table of
# mounts, sets of capabilities, a shell, sealed memory or trees of mounts is a function of the
# library, where every program has it and a unit test covers it. Not even named: who looks for
# such code shall find the one place.
# And no function of a tool has the name of one of the library's own: a static tool has both.
# usage: check-tools.sh SOURCE-ROOT ARCHIVE TOOL...
set -eu
source=$1 archive=$2
shift 2
ls "$source"/cmd/*/*.c >/dev/null
code=0
grep -nE 'mountinfo|capset|popen|memfd_create|open_tree|mount_setattr|\bsyscall *\(' "$source"/cmd/*/*.[ch] || code=$?
case $code in
0)
	echo "the library does that for the tools"
	exit 1
	;;
1) ;;
*) exit "$code" ;;
esac
names() { nm -P --defined-only -g "$@" | awk '$2 ~ /^[TDRB]$/ { print $1 }' | sort -u; }
of_library=$(names "$archive")
echo "$of_library" | grep -qx libns_spawn
for tool; do
	of_tool=$(names "$tool".p/*.o)
	echo "$of_tool" | grep -qx main
	both=$({ echo "$of_library"; echo "$of_tool"; } | sort | uniq -d)
	[ -z "$both" ] || {
		echo "${tool##*/} and the library both have: $both"
		code=0
	}
done
[ "$code" = 1 ]
