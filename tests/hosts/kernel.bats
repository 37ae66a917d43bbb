#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What only some kernels have, asked of those that have it: no list is made up here.

load ../cli/common

setup()
{
	[[ ${LIBNS_HOST:-} == linux-* ]] || skip 'needs tests/hosts/in'
}

# At least what the oldest kernel of the suite has.
landlock_of()
{
	case $1 in
	bookworm) echo 2 ;;
	trixie) echo 6 ;;
	*) echo 8 ;;
	esac
}

@test "--check names the version of Landlock" {
	run "$XUNSHARE" --check
	[[ $output =~ Landlock\ [a-z\ ]*\(version\ ([0-9]+)\) ]] || fail "$output"
	[ "${BASH_REMATCH[1]}" -ge "$(landlock_of "${LIBNS_HOST#linux-}")" ] || fail "$output"
}

@test "listns lists what --check says it does" {
	run "$LIBNS_LAUNCH" probe=listns -- -
	there=$output
	run "$XUNSHARE" --check
	if [ "$there" != there ]; then
		[[ $output =~ (limited|no)\ +listns ]] || fail "$output"
		skip 'the kernel has no listns (Linux 6.19)'
	fi
	[[ $output =~ ok\ +listns ]] || fail "$output"
	# Held by no process, found by this source alone.
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -c 'file=$1; : >"$file"
		unshare -n mount --bind /proc/self/ns/net "$file"; stat -L -c %i "$file"; echo up
		exec sleep 1000' sh "$BATS_TEST_TMPDIR/name"
	wait_until grep -q up "$started_out"
	read -r ino <"$started_out"
	others=for_children,threads,fds,sockets,queued,io_uring,own_mounts,other_mounts
	run -0 "$XLSNS" --without="$others" -rno NS,TYPE
	output_has "$ino net"
	run -0 "$XLSNS" --without="$others,listns" -rno NS,TYPE
	output_lacks "$ino net"
}
