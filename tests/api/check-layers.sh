#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The folders of lib/ are its layers. Includes and calls point to a folder further down the
# list below, or stay in their own; no files call each other in a circle. Calls are looked at
# as well as includes: a public header declares functions of every layer.
# usage: check-layers.sh SOURCE-ROOT LIBNS.A
set -eu
case $2 in
/*) archive=$2 ;;
*) archive=$PWD/$2 ;;
esac
cd "$1"

# From the bottom up.
layers='base text kernel mount confine container enter netns relay scan target wire diagnose spawn supervise'
# No system call, fuzzed: all of text, and these.
pure='spawn/plan scan/model wire/slot'

status=0
complain() {
	echo "$@"
	status=1
}

# Sets $level to the place of a folder in the list, from 1; 0 for one that is not in it.
find_level() {
	level=0
	for layer in $layers; do
		level=$((level + 1))
		[ "$layer" != "$1" ] || return 0
	done
	level=0
}

local_includes() {
	sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1"
}

system_includes() {
	sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*<\(.*\)>.*/\1/p' "$1"
}

for file in lib/*.[ch] lib/*/*.[ch]; do
	[ -e "$file" ] || continue
	inside=${file#lib/}
	find_level "${inside%%/*}"
	own=$level
	[ "$own" != 0 ] || complain "$file is in no folder of the list"
	for header in $(local_includes "$file"); do
		find_level "${header%%/*}"
		if [ ! -e "lib/$header" ]; then
			complain "$file includes \"$header\", which is not in lib/"
		elif [ "$level" -gt "$own" ]; then
			complain "$file includes \"$header\" of a layer above it"
		fi
		case " $pure " in
		*" ${inside%.?} "*) [ "$header" != base/sys.h ] || complain "$file is pure, but includes sys.h" ;;
		esac
	done
done

# "LAYER FOLDER", "FILE pure", then "CALLER SYMBOL TYPE" for each symbol.
{
	n=0
	for layer in $layers; do
		n=$((n + 1))
		echo "$n $layer"
	done
	for file in $pure; do
		echo "pure $file"
	done
	nm -A -P "$archive" |
		sed -n 's/.*[][/:]\([a-z]*\)_\([a-z0-9-]*\)\.c\.o\]*: \([^ ]*\) \([A-Za-z]\).*/\1\/\2 \3 \4/p'
} | awk '
	$1 == "pure" { pure[$2] = 1; next }
	NF == 2 { of[$2] = $1; next }
	!rooms[$1]++ { n_rooms++ }
	$3 ~ /[TDRB]/ { home[$2] = $1 }
	$3 == "U" { calls[++n] = $0 }
	function folder(file) { return substr(file, 1, index(file, "/") - 1) }
	# Depth first: a file that is met again on the way down closes a circle.
	function visit(file, way,   i, list, count, at) {
		state[file] = 1
		count = split(below[file], list, " ")
		for (i = 1; i <= count; i++) {
			if (state[list[i]] == 1) {
				at = index(way " ", " " list[i] " ")
				print "a circle:" substr(way, at) " " list[i]
				bad = 1
			} else if (!state[list[i]])
				visit(list[i], way " " list[i])
		}
		state[file] = 2
	}
	END {
		if (!n) {
			print "found no call in the library"
			exit 1
		}
		for (i = 1; i <= n; i++) {
			split(calls[i], c)
			from = c[1]
			to = home[c[2]]
			is_pure = folder(from) == "text" || from in pure
			if (to) {
				if (of[folder(to)] > of[folder(from)] || (is_pure && to == "base/sys")) {
					printf "%s.c uses %s() of %s.c, a layer above it\n", from, c[2], to
					bad = 1
				}
				if (to != from && !seen[from, to]++) {
					below[from] = below[from] " " to
					n_ways++
					n_down += folder(to) != folder(from)
				}
			# Words in memory are all that a pure module may touch.
			} else if (is_pure &&
				   c[2] !~ /^(mem|str|inet_)[a-z]+$|^(bcmp|explicit_bzero|malloc|calloc|realloc|free|qsort)$|^_/) {
				printf "%s.c is pure, but uses %s()\n", from, c[2]
				bad = 1
			}
		}
		for (file in below)
			if (!state[file])
				visit(file, " " file)
		if (!bad)
			printf "%d files, %d pairs of which one calls the other, %d of these across layers: no circle, none upwards\n", n_rooms, n_ways, n_down
		exit bad
	}' || status=1

# A tool knows <libns/...>, what all tools share, and its own folder.
for file in cmd/*/*.[ch]; do
	own=${file#cmd/}
	for header in $(local_includes "$file"); do
		# What the build makes of a file of this folder.
		case $header in
		*.inc)
			[ -e "cmd/${own%%/*}/${header%.inc}.html" ] || complain "$file includes \"$header\", which nothing is made to"
			continue ;;
		esac
		if [ ! -e "cmd/$header" ]; then
			complain "$file includes \"$header\", which is not in cmd/"
		else
			case $header in
			common/* | "${own%%/*}"/*) ;;
			*) complain "$file includes \"$header\" of another tool" ;;
			esac
		fi
	done
	for header in $(system_includes "$file"); do
		case $header in
		lib/* | *../*) complain "$file includes <$header>" ;;
		*/*) [ ! -e "lib/$header" ] || complain "$file includes <$header>" ;;
		esac
	done
done
for header in include/libns/*.h; do
	[ -z "$(local_includes "$header")" ] || complain "$header includes a private header"
done

# A library that is loaded at run time is one file's business.
for library in $(grep -hoE '"lib[a-z0-9_+-]+\.so\.[0-9]+"' lib/*/*.c cmd/*/*.c | sort -u); do
	# One word a file.
	# shellcheck disable=SC2046
	set -- $(grep -lF "$library" lib/*/*.c cmd/*/*.c)
	[ $# = 1 ] || complain "$library is named in more than one file: $*"
done
! grep -rn --include='*.[ch]' 'dlopen *(' lib cmd | grep -v '^lib/base/dl\.c:' ||
	complain "libraries are loaded by lib/base/dl.c"
exit $status
