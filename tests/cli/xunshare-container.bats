#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare --container: everything of a minimal container from one directory.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need_userns
	dir=$(user_dir)
	busybox_root sh ls cat id ps hostname env ip test sleep mount umount
	mkdir -p "$root/dev" "$root/sys" "$root/tmp" "$root/run" "$root/etc"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	cd "$dir" || return 1
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

# Checks what a program inside shows of its container. $output is of the options before.
looks_like_a_container()
{
	[ "${lines[0]}" = box ]
	[ "${lines[1]}" = 0 ]
	output_has $'\nnull\n'
	output_has $'\nptmx\n'
	output_lacks "$dir"
	# One root, and beside the heading init, the shell and the two of the pipe.
	[ "$(grep -c '^[^ ]* / ' <<<"$output")" = 1 ]
	[ "$(grep -c '^PS ' <<<"$output")" -le 5 ]
}

@test 'a container from one directory, as an ordinary user and as root' {
	# shellcheck disable=SC2016
	show='hostname; id -u; ps | sed "s/^/PS /"; ls /dev; cat /proc/mounts'
	ln -s busybox root/bin/sed
	before=$(host_state)
	run -0 inside --container=./root --hostname=box -- /bin/sh -c "$show"
	looks_like_a_container
	if is_root; then
		chown -R 0:0 root
		chmod 755 "$dir"
		before=$(host_state)
		run -0 "$XUNSHARE" --container=./root --hostname=box -- /bin/sh -c "$show"
		looks_like_a_container
	fi
	[ "$(host_state)" = "$before" ]
}

@test 'every namespace is new, lo is up, /sys is read-only' {
	for type in cgroup ipc mnt net pid user uts; do
		# The link is read by a program of the host, since busybox shows what is inside only.
		outside=$(readlink "/proc/self/ns/$type")
		run -0 inside --container=root -- /bin/busybox readlink "/proc/self/ns/$type"
		[ "$output" != "$outside" ]
	done
	run -0 inside --container=root -- /bin/ip link show lo
	output_has 'LOOPBACK,UP'
	run -0 inside --container=root -- /bin/cat /proc/mounts
	output_has 'sysfs /sys sysfs ro,'
	# The host's name is not what the container is called.
	run -0 inside --container=root -- /bin/hostname
	output_is localhost
}

@test 'no variable and no descriptor of the caller but those that are kept' {
	# shellcheck disable=SC2016
	run -0 as_user env -i PATH="$PATH" TERM=dumb SECRET=1 sh -c 'exec 7</etc/passwd; "$@"' sh \
		"$XUNSHARE" --container=root --setenv=MORE=2 -- /bin/sh -c '/bin/env; ls /proc/self/fd'
	output_has TERM=dumb
	output_has HOME=/root
	output_has MORE=2
	output_lacks SECRET
	output_lacks $'\n7'
}

@test 'a later option wins, and one before it as well' {
	mkdir other
	cp -a root/. other
	touch other/bin/mark
	run -0 inside -R other --container=root -- /bin/ls /bin/mark
	run -0 inside --container=root --pivot-root=other -- /bin/ls /bin/mark
	run -0 inside --hostname=one --container=root -- /bin/hostname
	output_is one
	run -0 inside --container=root -c -- /bin/id -u
	output_is "$TEST_UID"
	# What is mounted by other options comes later, and is not covered.
	mkdir shown
	touch shown/here
	! is_root || chown -R "$TEST_UID:$TEST_GID" shown
	run -0 inside --bind="$dir/shown:/tmp/x" --container=root -- /bin/ls /tmp/x
	output_is here
}

@test '--without leaves parts out' {
	run -0 inside --container=root --without=net -- /bin/busybox readlink /proc/self/ns/net
	output_is "$(readlink /proc/self/ns/net)"
	# A new /sys shows a network namespace: without one of its own there is none.
	run -0 inside --container=root --without=net,tmp --without=run -- /bin/cat /proc/mounts
	output_lacks sysfs
	output_lacks /tmp
	output_lacks /run
	run -0 inside --container=root --without=init -- /bin/sh -c 'echo $$'
	output_is 1
	run -0 inside --container=root -- /bin/sh -c 'echo $$'
	output_is 2
	run -1 inside --container=root --without=nets -- /bin/sh
	output_has "--without: 'nets' is no part of --container: it has user,pid,init"
	for word in '' 'net,' ',net'; do
		run -1 inside --container=root --without="$word" -- /bin/sh
		output_has "--without: '' is no part"
	done
	run -1 inside --without=net -- /bin/sh
	output_has '--without needs --container or --sandbox'
}

@test 'what a root has no place for is left out, or said' {
	before=$(host_state)
	rmdir root/sys root/tmp root/run
	run -0 inside --container=root -- /bin/ls /
	output_is $'bin\ndev\netc\nproc'
	run -0 inside --container=root:ro -- /bin/ls /
	output_is $'bin\ndev\netc\nproc'
	rmdir root/dev
	before=$(host_state)
	run -1 inside --container=root -- /bin/ls /
	output_has "'/dev' does not exist, and nothing is made on a file system of the host"
	run -0 inside --container=root --without=dev -- /bin/ls /
	[ "$(host_state)" = "$before" ]
}

@test 'bad values of --container' {
	run -1 inside --container= -- /bin/sh
	output_has '--container: the name of the directory is empty'
	run -1 inside --container=missing -- /bin/sh
	output_has "cannot open 'missing': No such file or directory"
	run -1 inside --container=root --container=root -- /bin/sh
	output_has 'there can be only one of --container and --sandbox'
	run -1 inside --container=root:junk -- /bin/sh
	output_has 'junk'
	run -1 inside --container=root:ro -- /bin/sh -c 'echo >/etc/file'
	output_has 'Read-only file system'
}

@test '--dry-run lists what --container does, and does nothing' {
	before=$(host_state)
	run -0 inside --container=root --dry-run -- /bin/sh
	for step in CLONE_NEWUSER pivot_root devpts sysfs sethostname; do
		output_has "$step"
	done
	[ "$(host_state)" = "$before" ]
}

@test 'what cannot be looked at is not left out' {
	for answer in 1 12; do
		run as_user "$REFUSE" "$answer" faccessat faccessat2 -- \
			"$XUNSHARE" --container=root -- /bin/cat /proc/mounts
		[ "$status" != 0 ] || output_has ' /tmp tmpfs '
	done
}
