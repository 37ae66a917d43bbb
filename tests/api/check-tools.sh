#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A tool parses, calls and prints. What takes a system call by number, the kernel's table of
# mounts, sets of capabilities, a shell, sealed memory or trees of mounts is a function of the
# library, where every program has it and a unit test covers it. Not even named: who looks for
# such code shall find the one place.
# usage: check-tools.sh SOURCE-ROOT
set -eu
cd "$1"
ls cmd/*/*.c >/dev/null
code=0
grep -nE 'mountinfo|capset|popen|memfd_create|open_tree|mount_setattr|\bsyscall *\(' cmd/*/*.[ch] || code=$?
case $code in
0)
	echo "the library does that for the tools"
	exit 1
	;;
1) ;;
*) exit "$code" ;;
esac
