#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is said where the place is what stands in the way: no /proc, a filter of a
# unit or of a container, a chroot, a changed group, an outer namespace. And --check
# there, which loses no line to a filter that kills.

load common

setup()
{
	# In no container and no unit, whatever runs the tests.
	export container=
	unset INVOCATION_ID
}

# explains WORDS CMD...: fails with one sentence, and a hint that has WORDS.
explains()
{
	local words=$1
	shift
	run "$@"
	status_is 1
	one_line
	[[ ${lines[1]} == hint:*"$words"* ]] || fail "no hint with: $words" "$output"
}

# reachable_refuse: the program that puts filters on others, where the ordinary user may run it.
reachable_refuse()
{
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	cp "$REFUSE" "$BATS_TEST_TMPDIR/refuse"
	refuse=$BATS_TEST_TMPDIR/refuse
}

# in_unit CMD...: CMD where the control group is that of web.service.
in_unit()
{
	echo '0::/system.slice/web.service' >"$BATS_TEST_TMPDIR/cgroup"
	# shellcheck disable=SC2016
	private sh -ec 'mount --bind "$1" /proc/$$/cgroup; shift; exec "$@"' \
		sh "$BATS_TEST_TMPDIR/cgroup" "$@"
}

# user_in_unit CMD...: the same as the ordinary user.
user_in_unit()
{
	in_unit setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$@"
}

@test 'id maps without /proc' {
	need_root
	need_userns
	need_plain_build
	# shellcheck disable=SC2016
	for fork in '' -f; do
		explains 'there is no procfs on /proc' private sh -c \
			'umount -l /proc; export LD_LIBRARY_PATH="${1%/*}/../lib"
			 exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$1" -Ur $2 true' \
			sh "$XUNSHARE" "$fork"
		output_lacks usermod
	done
	# What the hint names instead works.
	# shellcheck disable=SC2016
	run private sh -c 'umount -l /proc; export LD_LIBRARY_PATH="${1%/*}/../lib"
		exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$1" -U true' sh "$XUNSHARE"
	status_is 0
}

@test 'a container by name without /proc, with state files and without' {
	need_root
	for files in run/crun/web run/nothing; do
		for tool in "$XNSENTER -t container:web true" "$XLSNS --compare container:web" \
			"$XNETNS attach a container:web"; do
			# shellcheck disable=SC2016
			run private sh -c 'mount -t tmpfs -o mode=755 none /run; mkdir -p "/$1" /run/netns
				echo "{\"pid\":1,\"process-start-time\":3}" >"/$1/status"
				umount -l /proc; export LD_LIBRARY_PATH="${2%/*}/../lib"; exec $2' sh "$files" "$tool"
			[ "$status" -gt 0 ]
			output_has 'cannot look for containers: no procfs is mounted on /proc'
			output_has 'hint: there is no procfs on /proc'
			output_lacks 'no container runs here'
		done
	done
}

@test 'no mount: a filter of a unit, of a container, of nobody known' {
	need_root
	reachable_refuse
	for code in 1 13; do
		explains 'let web.service have mount: SystemCallFilter=mount' \
			in_unit "$refuse" $code @mount -- "$XUNSHARE" -m true
		output_lacks docker
		output_lacks procfs
	done
	explains 'SystemCallFilter=mount' in_unit "$refuse" 1 @mount -- "$XUNSHARE" -pf --mount-proc true
	explains 'a seccomp filter refuses mount; have whoever' private \
		"$refuse" 1 @mount -- env -u INVOCATION_ID "$XUNSHARE" -m true
	explains '--security-opt seccomp=unconfined' private \
		"$refuse" 1 @mount -- env container=podman "$XUNSHARE" -m true
}

@test 'no namespaces: RestrictNamespaces= of a unit' {
	need_root
	need_userns
	reachable_refuse
	for types in -U -Um -Un -Ui -Uu -UC -UT; do
		explains 'let web.service have it: RestrictNamespaces=no' \
			user_in_unit "$refuse" 1 @namespaces -- "$XUNSHARE" $types true
	done
	explains 'refuses clone for namespaces of type user,net,pid' \
		user_in_unit "$refuse" 1 @namespaces -- "$XUNSHARE" -Urnpf true
	sleeper -u
	explains 'RestrictNamespaces=no' in_unit "$refuse" 1 @namespaces -- "$XNSENTER" -t "$sleeper" -u true
	# All of unshare is another setting.
	explains 'SystemCallFilter=unshare' in_unit "$refuse" 1 unshare -- "$XUNSHARE" -u true
}

@test 'xlsns lists without the calls that a filter kills for' {
	reachable_refuse
	# What SystemCallFilter=@system-service leaves out, first each alone.
	local calls='pidfd_getfd statmount listmount listns kcmp bpf open_by_handle_at' call how
	for call in $calls "$calls"; do
		# shellcheck disable=SC2086
		for how in -n --containers --holders=/proc/self/ns/net --propagation --bpf=auto; do
			run "$refuse" kill $call -- "$XLSNS" $how
			[ "$status" = 0 ] || fail "exit status $status without $call: xlsns $how" "$output"
		done
	done
	# shellcheck disable=SC2086
	run -0 "$refuse" kill $calls -- "$XLSNS" -rno TYPE -p $$
	output_has mnt
	output_has net
}

@test 'a filter that kills is named before it does' {
	need_root
	reachable_refuse
	local call
	for call in unshare mount; do
		explains "SystemCallFilter=$call" in_unit "$refuse" kill $call -- "$XUNSHARE" -m true
		output_has "xunshare: a seccomp filter kills whoever calls $call"
		explains "SystemCallFilter=$call" in_unit "$refuse" kill $call -- "$XNETNS" add x
		output_has "xnetns: a seccomp filter kills whoever calls $call"
	done
	sleeper -u
	explains SystemCallFilter=setns in_unit "$refuse" kill setns -- "$XNSENTER" -t "$sleeper" -u true
	output_has 'xnsenter: a seccomp filter kills whoever calls setns'
	# Calls that are not made do not matter.
	run -0 "$refuse" kill mount -- "$XUNSHARE" -u true
}

@test 'no line of --check is lost to a filter that kills' {
	reachable_refuse
	run "$refuse" kill openat -- "$XUNSHARE" --version
	[ "$status" = 0 ] || skip 'a filter kills the loader of this program'
	local call lines
	lines=$("$XUNSHARE" --check | grep -c '^[a-z]')
	for call in openat newfstatat; do
		run "$refuse" kill $call -- "$XUNSHARE" --check
		[ "$(grep -c '^[a-z]' <<<"$output")" = "$lines" ] || fail "below $call:" "$output"
		output_has "kills whoever calls"
	done
}

@test 'a filter that has nothing to do with it is not blamed' {
	reachable_refuse
	run as_user "$refuse" 1 @none -- "$XUNSHARE" -n true
	status_is 1
	output_has 'CAP_SYS_ADMIN'
	output_lacks filter
	run as_user "$refuse" 1 @none -- "$XUNSHARE" -R /proc true
	status_is 1
	output_lacks filter
}

@test 'a chroot: --propagation unchanged is named, and works' {
	need_root
	local root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	# Its / is a directory below a mount, and no mount itself.
	# shellcheck disable=SC2016
	in_chroot()
	{
		private sh -ec 'mount -t tmpfs none "$1"; mkdir "$1/r"; cd "$1/r"
			for dir in /*; do
				[ ! -d "$dir" ] || { mkdir -p ".$dir"; mount --rbind "$dir" ".$dir" 2>/dev/null || :; }
				[ ! -L "$dir" ] || { rmdir ".$dir" 2>/dev/null || :; cp -P "$dir" . 2>/dev/null || :; }
			done
			shift; exec chroot . "$@"' sh "$root" "$@"
	}
	explains '--propagation unchanged' in_chroot "$XUNSHARE" -m true
	run in_chroot "$XUNSHARE" -m --propagation unchanged true
	status_is 0
}

@test 'a changed group: newuidmap does not serve it, and --check sees that' {
	need_root
	need newuidmap
	need_userns
	local as='setpriv --reuid 65533 --regid 65532 --groups 65532 --inh-caps=-all --'
	for fork in '' -f; do
		# shellcheck disable=SC2086
		explains 'the group was changed to 65532 (sg, newgrp)' \
			with_subids $as "$XUNSHARE" $fork --map-auto true
	done
	# shellcheck disable=SC2086
	run with_subids $as "$XUNSHARE" --check
	[[ $(grep '^no *newuidmap' <<<"$output") == *'changed to 65532'* ]] || fail "$output"
	[[ $(grep '^no *newgidmap' <<<"$output") == *'changed to 65532'* ]] || fail "$output"
	# The ways out are ways out.
	# shellcheck disable=SC2086
	run with_subids $as "$XUNSHARE" -r true
	status_is 0
	run as_tester "$XUNSHARE" --map-auto true
	status_is 0
}

@test 'the pid namespace of an ancestor' {
	need_root
	local words='it is not below the caller'"'"'s pid namespace'
	# shellcheck disable=SC2016
	run "$XUNSHARE" -pf sh -c 'exec "$1" -t "$2" -p true' sh "$XNSENTER" $$
	status_is 1
	output_has "$words"
	[[ ${lines[1]} == hint:*'name the other namespaces'* ]] || fail "$output"
	# One beside ours is not below either.
	sleeper -pf --mount-proc
	exec 4<"/proc/$sleeper/ns/pid"
	run "$XUNSHARE" -pf --mount-proc "$XNSENTER" -p/proc/self/fd/4 true
	exec 4<&-
	status_is 1
	output_has "$words"
}

# topics FILE: the first two words of each finding, but for the verdict.
topics()
{
	sed -n 's/^[a-z]\+ \+\([a-z0-9-]\+\) .*/\1/p' "$1"
}

@test '--check below a filter that kills: no line is lost' {
	need_plain_build
	reachable_refuse
	local all=$BATS_TEST_TMPDIR/all out=$BATS_TEST_TMPDIR/out
	"$XUNSHARE" --check >"$all" || :
	for call in mount unshare setns chroot pidfd_open clone3 close_range openat2 fsopen \
		mount_setattr landlock_create_ruleset statmount listns sethostname @mount; do
		"$refuse" kill $call -- "$XUNSHARE" --check >"$out" || [ $? = 1 ] || fail "$call: $?"
		diff <(topics "$all") <(topics "$out") || fail "below a filter that kills for $call"
		as_user "$refuse" kill $call -- "$XUNSHARE" --check >"$out" || [ $? = 1 ] || fail "$call: $?"
		diff <(topics "$all") <(topics "$out") || fail "below a filter that kills for $call"
		grep -q '^no .*kill' "$out" || grep -q '^limited *seccomp.*kills' "$out" ||
			fail "nothing is said of $call" "$(<"$out")"
	done
	"$refuse" kill mount_setattr -- "$XUNSHARE" --check >"$out" || :
	[ "$(grep -c 'killed by a filter' "$out")" = 1 ] || fail "$(<"$out")"
	grep -q '^no *mount-setattr *killed by a filter' "$out" || fail "$(<"$out")"
}

@test 'a host name that a filter refuses, as that of podman does, can be left as it is' {
	need_userns
	reachable_refuse
	run as_user "$refuse" 1 sethostname -- "$XUNSHARE" -Ur --hostname=box true
	status_is 1
	one_line
	[[ ${lines[1]} == 'hint: a seccomp filter refuses sethostname; leave the name as it is'*'--without=uts'*', or '* ]] ||
		fail "$output"
}

@test 'pivot_root, which docker refuses to all but the host: said' {
	need_userns
	reachable_refuse
	local options
	for options in '-Urm --pivot-root=/' --sandbox; do
		# shellcheck disable=SC2086
		run as_user "$refuse" 1 pivot_root -- "$XUNSHARE" $options true
		status_is 1
		one_line
		[[ ${lines[0]} == *' with pivot_root: '* && ${lines[1]} == 'hint: a seccomp filter refuses pivot_root; '* ]] ||
			fail "$output"
	done
	run as_user "$refuse" 1 pivot_root -- "$XUNSHARE" --check
	[[ $(grep '^limited *seccomp' <<<"$output") == *'refuses pivot_root'* ]] || fail "$output"
}

@test '--check names what a filter refuses, and whose it is' {
	need_root
	reachable_refuse
	run in_unit "$refuse" 1 @mount -- "$XUNSHARE" --check
	[[ $(grep '^limited *seccomp' <<<"$output") == *'refuses mount, umount2, chroot'* ]] || fail "$output"
	run in_unit "$refuse" 1 @namespaces -- "$XUNSHARE" --check=json
	# shellcheck disable=SC2016
	jq -e '[.findings[] | select(.topic == "net")][0]
		| .verdict == "no" and (.["way-out"] | contains("RestrictNamespaces"))' <<<"$output"
	run "$refuse" 1 @none -- "$XUNSHARE" --check
	[[ $(grep ' seccomp ' <<<"$output") == ok*'refuses no call that namespaces need'* ]] || fail "$output"
}
