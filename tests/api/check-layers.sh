#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point downwards only: cmd -> operations -> kernel -> pure -> base.
# What is not listed below is an operation, the highest layer of the library.
# Calls are looked at as well: a public header declares functions of every layer.
# usage: check-layers.sh SOURCE-ROOT LIBNS.A
set -eu
case $2 in
/*) archive=$2 ;;
*) archive=$PWD/$2 ;;
esac
cd "$1"

base='base err error sys version'
pure='account-text cgroup-path container-args container-parse idmap idmap-data idmap-text json-scan mountinfo netlink-msg plan procfile
propagation scan-model type'
kernel='account account-root bpf-iter bpf-record caps channel clone helper hidepid idmap-write listns mount mount-copy mount-peers netlink nsfd proc
proc-read report seccomp slow-read statmount subid'

status=0
complain() {
	echo "$@"
	status=1
}

level() {
	case " $(echo $base) " in *" $1 "*) echo 0; return ;; esac
	case " $(echo $pure) " in *" $1 "*) echo 1; return ;; esac
	case " $(echo $kernel) " in *" $1 "*) echo 2; return ;; esac
	echo 3
}

local_includes() {
	sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1"
}

for file in lib/*.c lib/*.h; do
	name=$(basename "$file")
	own=$(level "${name%.?}")
	for header in $(local_includes "$file"); do
		if [ ! -e "lib/$header" ]; then
			complain "$file includes \"$header\", which is not in lib/"
		elif [ "$(level "${header%.h}")" -gt "$own" ]; then
			complain "$file includes \"$header\" of a layer above it"
		fi
		# Pure modules make no system calls.
		[ "$own" != 1 ] || [ "$header" != sys.h ] ||
			complain "$file is pure, but includes sys.h"
	done
done

# "OBJECT LAYER" for each module, then "OBJECT SYMBOL TYPE" for each symbol.
{
	for file in lib/*.c; do
		name=$(basename "$file" .c)
		echo "$name $(level "$name")"
	done
	nm -A -P "$archive" | sed -n 's/.*\[\(.*\)\.c\.o\]: \([^ ]*\) \([A-Za-z]\).*/\1 \2 \3/p'
} | awk '
	NF == 2 { of[$1] = $2 }
	$3 ~ /[TDRB]/ { home[$2] = $1 }
	$3 == "U" { calls[++n] = $0 }
	END {
		if (!n) {
			print "found no call in the library"
			exit 1
		}
		for (i = 1; i <= n; i++) {
			split(calls[i], c)
			own = of[c[1]]
			if (c[2] in home) {
				if (of[home[c[2]]] > own || (own == 1 && home[c[2]] == "sys")) {
					printf "%s.c uses %s() of %s.c, a layer above it\n", c[1], c[2], home[c[2]]
					bad = 1
				}
			# Words in memory are all that a pure module may touch.
			} else if (own == 1 &&
				   c[2] !~ /^(mem|str)[a-z]+$|^(bcmp|malloc|calloc|realloc|free|qsort)$|^_/) {
				printf "%s.c is pure, but uses %s()\n", c[1], c[2]
				bad = 1
			}
		}
		exit bad
	}' || status=1

# The tools know <libns/...> and each other.
for file in cmd/*.c cmd/*.h; do
	for header in $(local_includes "$file"); do
		[ -e "cmd/$header" ] && [ "${header%/*}" = "$header" ] ||
			complain "$file includes \"$header\", which is not in cmd/"
	done
	for header in $(sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*<\(.*\)>.*/\1/p' "$file"); do
		case $header in
		lib/* | *../*) complain "$file includes <$header>" ;;
		esac
	done
done
for header in include/libns/*.h; do
	[ -z "$(local_includes "$header")" ] || complain "$header includes a private header"
done

# A library that is loaded at run time is one file's business.
for library in $(grep -hoE '"lib[a-z0-9_+-]+\.so\.[0-9]+"' lib/*.c cmd/*.c | sort -u); do
	# One word a file.
	# shellcheck disable=SC2046
	set -- $(grep -lF "$library" lib/*.c cmd/*.c)
	[ $# = 1 ] || complain "$library is named in more than one file: $*"
done
! grep -n 'dlopen *(' lib/*.h cmd/*.h || complain "dlopen() in a header"
exit $status
