#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each host is what it says: a ring that quietly runs on the machine itself shows nothing.

load ../cli/common

setup()
{
	[ -n "${LIBNS_HOST:-}" ] || skip 'needs tests/hosts/in'
	# refuse-CALL-ERRNO, only-CALL-ERRNO
	call=${LIBNS_HOST#*-} answer=${LIBNS_HOST##*-}
	call=${call%-*}
}

# as_tool CMD...: CMD as launch starts the tools.
as_tool()
{
	local first script=$BATS_TEST_TMPDIR/tool
	read -r first <"$XUNSHARE"
	printf '%s -- %s\n' "${first%% -- *}" "$1" >"$script"
	chmod +x "$script"
	shift
	"$script" "$@"
}

@test "shared: /, /run and /proc are shared here and in the areas of the tests" {
	for dir in / /proc; do
		run -0 findmnt -no PROPAGATION "$dir"
		output_is shared
		! is_root || run -0 private findmnt -no PROPAGATION "$dir"
		output_is shared
	done
}

@test "hidepid: an ordinary user sees no process of another user" {
	run -0 as_user sh -c 'ls -d /proc/[0-9]*; [ ! -e /proc/1 ] && cat /proc/self/comm'
	output_lacks /proc/1$'\n'
	output_has cat
}

@test "noproc: the tools find an empty /proc" {
	run -0 as_tool /bin/ls -A /proc
	output_is ''
}

@test "docker: a container with a filter that refuses namespaces" {
	in_container
	run -0 "$LIBNS_LAUNCH" probe=clone3 -- -
	output_is ENOSYS
	! unshare -U true || fail 'unshare is not refused'
}

@test "podman: a container with a filter that allows namespaces" {
	in_container
	run -0 "$LIBNS_LAUNCH" probe=clone3 -- -
	output_is there
	run -0 unshare -Ur id -u
	output_is 0
}

@test "linux: the kernel is that of the suite, and started for this" {
	local want
	case ${LIBNS_HOST#*-} in
	bookworm) want=6.1. ;;
	trixie) want=6.12. ;;
	# As new as its last namespace call.
	*) want= && run -0 "$LIBNS_LAUNCH" probe=listns -- - && output_is there ;;
	esac
	[[ $(uname -r) == "$want"*-amd64 ]] || fail "$(uname -r)"
	grep -q ' - 9p host ' /proc/self/mountinfo
}

@test "systemd: it is process 1, runs this as a unit, and shares all mounts" {
	comm_is 1 systemd
	grep -q '/libns\.service$' /proc/self/cgroup
	for dir in / /run /proc; do
		run -0 findmnt -no PROPAGATION -T "$dir"
		output_is shared
	done
	run -0 systemctl is-active dbus.service
	run -1 grep -E ' /proc/[^ ]' /proc/self/mountinfo
}

@test "debian: the root is that of the suite, with its own peers" {
	[ -e /etc/debian_version ]
	grep -q "^VERSION_CODENAME=$(sed s/^sid$// <<<"${LIBNS_HOST#*-}")" /etc/os-release ||
		grep -q /sid /etc/debian_version
	[ "$(dpkg-query -W -f '${Version}' util-linux)" != "${LIBNS_HOST_PEERS:-}" ]
	run -0 unshare -Ur id -u
	output_is 0
}

# in_container: a filter, few capabilities, parts of /proc covered, and crun as runtime.
in_container()
{
	grep -q '^Seccomp:.2$' /proc/self/status
	run -1 capable_of_everything
	grep -q ' /proc/sys ro,' /proc/self/mountinfo
	grep -q ' /proc/keys ' /proc/self/mountinfo
}

capable_of_everything()
{
	# CAP_SYS_ADMIN is bit 21 of the bounding set.
	local bounding
	bounding=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
	[ $((0x$bounding >> 21 & 1)) = 1 ]
}

@test "refuse: the call is refused here and below" {
	run -0 "$LIBNS_LAUNCH" "probe=$call" -- -
	output_is "$answer"
	run -0 as_user "$LIBNS_LAUNCH" "probe=$call" -- -
	output_is "$answer"
}

@test "only: the tools are refused the call, nobody else is" {
	run -0 "$LIBNS_LAUNCH" "probe=$call" -- -
	output_is there
	run -0 as_tool "$LIBNS_LAUNCH" "probe=$call" -- -
	output_is "$answer"
}

@test "nice: all is started with a nice value of 10, or that of a nicer caller" {
	run -0 nice
	[ "$output" -ge 10 ]
}

@test "background: INT and QUIT are ignored" {
	run -0 awk '/^SigIgn/ { print $2 }' /proc/self/status
	output_is 0000000000000006
}

@test "sigchld: the tools start with SIGCHLD ignored" {
	run -0 as_tool /bin/cat /proc/self/status
	# Bit 16 is the seventeenth signal.
	[[ $output == *SigIgn:$'\t'00000000000[13]????* ]] || fail "$output"
}

@test "umask: the tools start with 077" {
	run -0 as_tool /bin/cat /proc/self/status
	output_has Umask:$'\t'0077
}

@test "nofile: the tools start with 20 descriptors" {
	run -0 as_tool /bin/cat /proc/self/limits
	[[ $output =~ 'Max open files'\ +20\  ]] || fail "$output"
}
