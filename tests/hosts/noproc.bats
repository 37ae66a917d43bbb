#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tools without a /proc, as in a fresh root or a broken container: what can be done is
# done, and what cannot is said, with /proc named. Run by tests/hosts/ring.py.

load ../cli/common

setup()
{
	[ "${LIBNS_HOST:-}" = noproc ] || skip 'needs tests/hosts/in noproc'
}

# says_proc: the last output blames the missing procfs.
says_proc()
{
	[[ $output == *proc* ]] || fail '/proc is not named:' "$output"
}

@test "namespaces without a user namespace are created" {
	local option
	for option in -m -n -i -u -C -f -pf '-pf --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 "$XUNSHARE" $option echo done
		output_is done
	done
}

@test "a new procfs is mounted for a new pid namespace" {
	run -0 "$XUNSHARE" -pf --mount-proc readlink /proc/self
	output_is 1
}

@test "a user namespace whose map cannot be written fails and names /proc" {
	run -1 "$XUNSHARE" -Ur true
	says_proc
	one_line
}

@test "names of network namespaces: added, listed, executed in and deleted, or /proc is named" {
	# What hides /proc from one tool would hide the name from the next: one place for all.
	run private_run sh -c 'mount -t tmpfs -o ro none /proc; cd "$BUILD_ROOT/cmd" &&
		./xnetns add a && ./xnetns list && ./xnetns exec a echo inside && ./xnetns del a &&
		./xnetns list && ls -A /run/netns'
	if [ "$status" = 0 ]; then
		output_is 'a'$'\n''inside'
		return
	fi
	says_proc
	run -0 private_run sh -c 'mount -t tmpfs -o ro none /proc
		! "$BUILD_ROOT/cmd/xnetns" add a 2>/dev/null; ls -A /run/netns 2>/dev/null || :'
	output_is ''
}

@test "entering and listing say what is missing" {
	run -1 "$XNSENTER" -t $$ -n true
	says_proc
	run -1 "$XLSNS"
	says_proc
}

@test "--check ends by itself and names /proc" {
	run timeout 20 "$XUNSHARE" --check
	[ "$status" -lt 2 ] || fail "exit status $status"
	says_proc
}
