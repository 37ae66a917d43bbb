#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: what stands in the way is named, and a way out. One case for each situation
# that is known to puzzle people; seccomp filters and switches of distributions are in
# tests/unit/test-hint.c.

load common

# explains WORDS STATUS CMD...: fails with one sentence and a hint that has WORDS.
explains()
{
	local words=$1 code=$2
	shift 2
	run "$@"
	status_is "$code"
	one_line
	[[ ${lines[0]} == xunshare:* && ${lines[1]} == hint:*"$words"* ]] || fail "no hint with: $words" "$output"
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

@test 'no privilege and no user namespace' {
	explains 'without CAP_SYS_ADMIN' 1 as_user "$XUNSHARE" -n true
	explains 'without CAP_SYS_ADMIN' 1 as_user "$XUNSHARE" -pf true
}

@test 'a limit of 0, and which' {
	need_userns
	# shellcheck disable=SC2016
	for type in user net pid; do
		for fork in '' -f; do
			explains "user.max_${type}_namespaces is 0" 1 inside -r sh -c \
				'echo 0 >/proc/sys/user/max_$2_namespaces; exec "$1" $3 -Urnp true' \
				sh "$XUNSHARE" "$type" "$fork"
		done
	done
}

@test 'a caller in a chroot' {
	need_root
	# shellcheck disable=SC2016
	explains 'runs in a chroot' 1 private sh -ec 'mkdir "$1" && mount --rbind / "$1" && exec chroot "$1" "$2" -r true' \
		sh "$BATS_TEST_TMPDIR/root" "$XUNSHARE"
}

@test 'an ordinary user in a chroot, who cannot see that' {
	need_root
	# shellcheck disable=SC2016,SC2086
	for options in -r '-n -U' --sandbox; do
		explains 'in a chroot the kernel allows none' 1 private sh -ec '
			mkdir -p "$1" && mount --rbind / "$1" && exec chroot "$@"' sh \
			"$BATS_TEST_TMPDIR/root" setpriv --reuid 65533 --regid 65533 --clear-groups -- \
			"$XUNSHARE" $options true
	done
	# Where one is to be had, nothing of the kind is said.
	run inside -r sh -c 'exit 3'
	status_is 3
	output_is ''
}

@test 'a proc that is partly covered' {
	need_root
	need_userns
	# shellcheck disable=SC2016
	explains '/proc is partly covered or read-only (/proc/sys)' 1 private sh -ec \
		"$one_proc"'mount -t tmpfs none /proc/sys; exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$@"' \
		sh "$XUNSHARE" -Urpf --mount-proc true
}

# with_sys COMMAND COMMAND...: a read-only /sys as in containers, a command for root, one of a user.
with_sys()
{
	local one_sys=${one_proc//- proc /- sysfs }
	# shellcheck disable=SC2016
	private unshare -n sh -ec "${one_sys//\/proc|\/proc\/\*/\/sys|\/sys\/*}"'
		mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
		eval "$1"; shift; exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$@"' sh "$@"
}

@test 'a sys that is read-only, as in containers, or covered' {
	need_root
	need_userns
	# One that is read-only from the beginning is to be had.
	run -0 with_sys : "$XUNSHARE" -Urmn --mount-sys=ro sh -c 'grep " /sys " /proc/self/mounts | tail -n 1'
	[[ $output == 'sysfs /sys sysfs ro,nosuid,nodev,noexec'* ]] || fail "$output"
	explains '(--mount-sys=ro)' 1 with_sys : "$XUNSHARE" -Urmn --mount-sys true
	output_has '/sys is read-only here'
	explains '--without=sys' 1 with_sys 'mount -t tmpfs none /sys/fs/cgroup; mount -t tmpfs none /sys/class' \
		"$XUNSHARE" -Urmn --mount-sys=ro true
	output_has '(/sys, /sys/class)'
}

@test 'a new proc without a pid namespace' {
	need_userns
	explains 'create a pid namespace too' 1 inside -r --mount-proc true
}

@test 'ids that are not mapped, and setgroups denied' {
	need_userns
	explains 'has no user ids but 0' 1 inside -r -S 5 true
	explains 'setgroups is denied for ever' 1 inside -r -G 0 true
}

@test 'no subordinate ids' {
	need_root
	explains 'subuid' 1 as_user "$XUNSHARE" --map-auto true
}

@test 'newuidmap is missing' {
	need_root
	need_userns
	# shellcheck disable=SC2016
	explains 'install it' 1 with_subids setpriv --reuid 65533 --regid 65533 --clear-groups -- \
		env PATH=/nowhere "$XUNSHARE" --map-auto /bin/true
}

@test 'newuidmap gains no privilege' {
	need_root
	need newuidmap
	explains 'no_new_privs is set' 1 with_subids setpriv --reuid 65533 --regid 65533 --clear-groups \
		--no-new-privs -- "$XUNSHARE" --map-auto true
}

@test 'a resource limit that may not be raised' {
	need_userns
	for fork in '' -f; do
		# shellcheck disable=SC2086
		explains 'CAP_SYS_RESOURCE' 1 inside -r $fork --rlimit nofile=9999999999 true
		output_has 'resource limit nofile to 9999999999'
	done
}

@test 'a directory in PATH that may not be searched' {
	local dir
	dir=$(user_dir)
	mkdir -m 0 "$dir/shut"
	explains "'$dir/shut' may not be searched" 126 inside --setenv "PATH=/:$dir/shut:/usr" no-such-program
}

@test 'the interpreter is what is missing' {
	printf '#!/no/such/shell\n' >"$BATS_TEST_TMPDIR/script"
	chmod +x "$BATS_TEST_TMPDIR/script"
	run -127 "$XUNSHARE" "$BATS_TEST_TMPDIR/script"
	output_has "it needs '/no/such/shell', which is not there"
	run -127 "$XUNSHARE" -f "$BATS_TEST_TMPDIR/script"
	output_has "it needs '/no/such/shell', which is not there"
}
