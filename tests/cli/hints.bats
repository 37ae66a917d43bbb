#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What stands in the way of a sandbox is named, with a way out: on the hint: line
# of the failure, and by --check beforehand.

load common

# hint_has WORDS: in the hint of the last run.
hint_has()
{
	local line
	# shellcheck disable=SC2154
	for line in "${lines[@]}"; do
		[[ $line == hint:*"$1"* ]] && return 0
	done
	fail "not in a hint: $1" 'output:' "$output"
}

no_hint()
{
	output_lacks 'hint:'
}

# in_userns SCRIPT: run it as root of a user namespace, whose limits are its own.
in_userns()
{
	as_user unshare -r sh -c "$1" sh "$XUNSHARE"
}

# privately SCRIPT: run it as root with mounts of its own; $1 is xunshare as an
# ordinary user.
privately()
{
	private sh -ec "$1" sh "$XUNSHARE"
}

drop='setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --'

@test 'a limit of zero is named, of the right type' {
	need_userns
	run in_userns 'echo 0 >/proc/sys/user/max_net_namespaces; "$1" -u -n true'
	status_is 1
	one_line
	hint_has 'user.max_net_namespaces is 0'
	hint_has 'sysctl user.max_net_namespaces='
	run in_userns 'echo 0 >/proc/sys/user/max_net_namespaces; "$1" -u true'
	status_is 0
}

@test 'findings that cannot be written are no findings without words' {
	need_userns
	run in_userns 'echo 0 >/proc/sys/user/max_net_namespaces; "$1" --check >/dev/full'
	status_is 1
	one_line
	output_has 'write error'
}

@test 'a limit that is used up is named' {
	need_userns
	run in_userns 'echo 1 >/proc/sys/user/max_uts_namespaces; unshare -u "$1" -i -u true'
	status_is 1
	hint_has 'user.max_uts_namespaces is used up'
}

@test 'no privilege and no user namespace' {
	run as_user "$XUNSHARE" -n true
	status_is 1
	one_line
	hint_has 'add the user namespace, or be root'
}

@test 'inside a chroot' {
	need_root
	run privately '
		mount -t tmpfs tmpfs /mnt
		mkdir /mnt/all /mnt/all/root
		mount --rbind / /mnt/all/root
		cd /mnt/all/root
		exec unshare --root /mnt/all/root/usr/.. "$1" -U true'
	status_is 1
	hint_has 'runs in a chroot'
	hint_has 'pivot_root'
}

@test 'a procfs without a pid namespace' {
	need_userns
	run as_user "$XUNSHARE" -Ur --mount-proc true
	status_is 1
	one_line
	hint_has 'create a pid namespace too'
}

@test 'a masked /proc names what covers it' {
	need_root
	need_userns
	run privately "$one_proc mount --bind /dev/null /proc/cpuinfo; exec $drop \"\$1\" -Urpf --mount-proc true"
	status_is 1
	one_line
	hint_has '/proc/cpuinfo'
	hint_has 'unmask=ALL'
	run privately "$one_proc mount --bind /dev/null /proc/cpuinfo; exec $drop \"\$1\" --check"
	output_has '/proc/cpuinfo'
}

@test 'a procfs that is whole elsewhere lifts it' {
	need_root
	need_userns
	run privately "
		mount --bind /dev/null /proc/cpuinfo
		mount -t tmpfs -o mode=755 tmpfs /mnt
		mkdir /mnt/proc
		mount -t proc proc /mnt/proc
		exec $drop \"\$1\" -Urpf --mount-proc true"
	status_is 0
	no_hint
}

@test 'newuidmap is missing' {
	need_root
	need_userns
	run with_subids sh -c "exec $drop env PATH=/nonexistent \"\$1\" --map-auto /bin/true" sh "$XUNSHARE"
	status_is 1
	output_has 'newuidmap is not in PATH'
	hint_has 'uidmap'
}

# newuidmap and newgidmap in /mnt, for a PATH of their own.
copy_helpers='mount -t tmpfs -o mode=755 tmpfs /mnt; cp /usr/bin/newuidmap /usr/bin/newgidmap /mnt;'

@test 'newuidmap has lost its privilege' {
	need_root
	need newuidmap
	need_userns
	run with_subids sh -c "$copy_helpers
		chmod 755 /mnt/new?idmap
		exec $drop env PATH=/mnt \"\$1\" --map-auto /bin/true" sh "$XUNSHARE"
	status_is 1
	hint_has 'neither setuid root nor has file capabilities'
}

@test 'newuidmap on a nosuid mount' {
	need_root
	need newuidmap
	need_userns
	run with_subids sh -c "$copy_helpers
		chmod 4755 /mnt/new?idmap
		mount -o remount,bind,nosuid /mnt
		exec $drop env PATH=/mnt \"\$1\" --map-auto /bin/true" sh "$XUNSHARE"
	status_is 1
	hint_has 'mounted nosuid'
}

@test 'no_new_privs' {
	need_root
	need newuidmap
	need_userns
	run with_subids sh -c "exec setpriv --no-new-privs $drop \"\$1\" --map-auto true" sh "$XUNSHARE"
	status_is 1
	hint_has 'no_new_privs is set'
}

@test 'no subordinate ids' {
	need_root
	: >"$BATS_TEST_TMPDIR/empty"
	run privately "
		mount --bind $BATS_TEST_TMPDIR/empty /etc/subuid
		exec $drop \"\$1\" --map-auto true"
	status_is 1
	one_line
	output_has 'has no range of ids in /etc/subuid'
	hint_has '100000'
}

@test 'a range of somebody else' {
	need_root
	need newuidmap
	need_userns
	run as_tester "$XUNSHARE" --map-users 0:1:10 true
	status_is 1
	one_line
	output_has 'not allowed'
	hint_has "user $TEST_USER may map the own user id and $SUBID_COUNT others from $SUBID_FIRST on"
}

@test 'ids that are not mapped, groups that are denied' {
	need_userns
	run as_user "$XUNSHARE" -Ur -S 5 true
	status_is 1
	hint_has 'this user namespace has no user ids but 0'
	run as_user "$XUNSHARE" -Ur -G 0 true
	status_is 1
	hint_has 'setgroups is denied'
}

@test 'a directory that may not be searched, a program that is none' {
	local dir
	dir=$(user_dir)
	mkdir "$dir/shut"
	chmod 0 "$dir/shut"
	run as_user "$XUNSHARE" -w "$dir/shut" true
	status_is 1
	one_line
	hint_has "'$dir/shut' may not be searched"
	: >"$dir/file"
	run as_user "$XUNSHARE" "$dir/file"
	status_is 126
	hint_has "'$dir/file' may not be executed"
}

@test 'a process of another user' {
	run as_user "$XNSENTER" -t 1 -n true
	status_is 1
	one_line
	hint_has 'CAP_SYS_PTRACE'
}

@test 'an ordinary mistake gets no hint' {
	run "$XUNSHARE" --map-users 0:0:4294967296 true
	status_is 1
	one_line
	no_hint
	run "$XNSENTER" -t 999999999 true
	status_is 1
	no_hint
	run -127 "$XUNSHARE" /nonexistent
	status_is 127
	no_hint
}
