#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point downwards only: cmd -> operations -> kernel -> pure -> base.
# What is not listed below is an operation, the highest layer of the library.
# usage: check-layers.sh SOURCE-ROOT
set -eu
cd "$1"

base='base err error sys version'
pure='cgroup-path idmap idmap-data idmap-text json-scan mountinfo netlink-msg plan procfile
propagation scan-model type'
kernel='caps channel clone helper idmap-write mount netlink nsfd proc proc-read slow-read
statmount subid'

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
	sed -n 's/^#include "\([^"]*\)".*/\1/p' "$1"
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
	[ "$own" != 1 ] || ! grep -nE '^#include <(unistd|fcntl|sched|dirent|sys/(ioctl|socket|stat|syscall|wait))\.h>' "$file" ||
		complain "$file is pure, but includes headers of system calls"
done

# The tools know <libns/...> and each other.
for file in cmd/*.c cmd/*.h; do
	for header in $(local_includes "$file"); do
		[ -e "cmd/$(basename "$header")" ] || complain "$file includes \"$header\", which is not in cmd/"
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
