#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Libraries that are loaded when they are used, on a machine that lacks them.

load common

# libmount comes last: mount(8) needs it.
# shellcheck disable=SC2016
hide='for name in libcap-ng.so.0 libseccomp.so.2 libmount.so.1; do
		path=$(PATH=$PATH:/sbin ldconfig -p | sed -n "s|.*$name .*=> ||p")
		[ -z "$path" ] || mount --bind /dev/null "$(readlink -f "$path")"
	done
	'

# lacking CMD...: CMD where none of them can be loaded.
lacking()
{
	private sh -ec "$hide"'exec "$@"' sh "$@"
}

setup()
{
	need_root
	need ldconfig
}

@test 'what needs no library works without' {
	run -0 lacking "$XUNSHARE" -Ur true
	run -0 lacking "$XUNSHARE" -m -u -i -p -f --mount-proc true
	run -0 lacking "$XNSENTER" -t $$ -u -- true
	run -0 lacking "$XNETNS" list
	run -0 lacking "$XLSNS" -t uts
	run -0 lacking "$XLSNS" --holders "/proc/$$/ns/uts"
}

@test 'xlsns --propagation says which package is missing' {
	run lacking "$XLSNS" --propagation
	status_is 1
	one_line
	[[ $output == 'xlsns: reading mounts needs libmount.so.1 (package libmount1), which cannot be loaded: '* ]] ||
		[[ $output == 'xlsns: this build of libns has no libmount'* ]] || fail "$output"
}

@test 'xnetns monitor says which package is missing' {
	run lacking "$XNETNS" monitor
	status_is 1
	output_has libmount
}

@test 'capabilities: numbers do without names' {
	sleeper -m
	run lacking "$XNSENTER" -t "$sleeper" --caps=net_admin true
	status_is 1
	one_line
	[[ $output == *'libcap-ng.so.0 (package libcap-ng0), which cannot be loaded: '* ]] ||
		[[ $output == *'this build of libns has no libcap-ng'* ]] || fail "$output"
	run -0 lacking "$XNSENTER" -t "$sleeper" --caps=12,cap_5 -- grep CapBnd /proc/self/status
	output_is $'CapBnd:\t0000000000001020'
	run -0 lacking "$XNSENTER" -t "$sleeper" --drop-caps=all -- grep CapBnd /proc/self/status
	output_is $'CapBnd:\t0000000000000000'
}

@test 'filters of system calls need no library, neither by a word nor in a file' {
	for profile in default strict; do
		run lacking "$XUNSHARE" --seccomp=$profile "$FORBIDDEN" mount_setattr
		[[ $output == 'mount_setattr EPERM' ]] ||
			[[ $output == 'xunshare: this build of libns has no libseccomp'* ]] || fail "$output"
	done
	"$FORBIDDEN" --filter 18 mount_setattr >"$BATS_TEST_TMPDIR/filter"
	run -0 lacking "$XUNSHARE" --seccomp="$BATS_TEST_TMPDIR/filter" "$FORBIDDEN" mount_setattr
	output_is 'mount_setattr 18'
}

@test 'a hint says which library would know what covers /proc' {
	# The trial has found out that it cannot be done.
	# shellcheck disable=SC2016
	run private sh -ec "$one_proc"'mount -t tmpfs none /proc/sys
		'"$hide"'exec "$@"' sh "$XUNSHARE" -Urpf --mount-proc true
	status_is 1
	output_lacks 'partly covered'
	output_has 'no procfs can be mounted in a user and pid namespace'
	output_has libmount
}

@test '--version=full says what is there and what is not' {
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
		run -0 --separate-stderr lacking "$tool" --version=full
		[ "${lines[0]}" = "$("$tool" --version)" ]
		[ "${lines[1]}" = "kernel   $(uname -srm)" ]
		output_has 'library  libmount.so.1 (cannot be loaded): reading mounts'
		[ "$stderr" = '' ]
	done
	run -0 "$XLSNS" --version=full
	output_has 'library  libmount.so.1: reading mounts'
	run -1 "$XLSNS" --version=most
	output_has "not 'most'"
}
