#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare --limit: a control group of its own. All of it happens below one that the test makes.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	local top
	need_userns
	group=
	for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$(stat -f -c %T "$top" 2>/dev/null)" = cgroup2fs ] || continue
		group=$(mktemp -d "$top/xunshare-test.XXXXXX" 2>/dev/null) || group=
		break
	done
	[ -z "$group" ] || chmod 755 "$group"
	[ -n "$group" ] || skip 'no control group of version 2 can be made here'
}

teardown()
{
	local i
	cleanup
	for ((i = 0; i < 250; i++)); do
		[ -n "$group" ] && [ -d "$group" ] || return 0
		rmdir "$group"/*/* "$group"/* "$group" 2>/dev/null || sleep 0.02
	done
	fail "$group cannot be removed"
}

# within CMD...: CMD in the group of the test.
within()
{
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

# Gives the group to the ordinary user.
delegate()
{
	chown "$TEST_UID:$TEST_GID" "$group" "$group/cgroup.procs"
}

made()
{
	find "$group" -mindepth 1 -type d | sort
}

nothing_is_left()
{
	[ -z "$(made)" ] || fail "left: $(made)"
}

# shellcheck disable=SC2016
own='sed -n "s|^0::||p" /proc/self/cgroup'

@test 'the program begins in a group of its own, which is limited and gone afterwards' {
	for options in '' -r '-rp --init' -n '-rm --mount-proc -p'; do
		# shellcheck disable=SC2086
		run -0 within "$XUNSHARE" $options --limit cgroup.max.depth=0 --limit cgroup.max.descendants=7 -- \
			sh -c "$own; cat $group/xunshare.*/cgroup.max.*; mkdir \"\$(echo $group/xunshare.*)/sub\" 2>&1 || :"
		output_has "${group##*/}/xunshare."
		output_has $'\n0\n7\n'
		output_has 'Resource temporarily unavailable'
		nothing_is_left
	done
	run -3 within "$XUNSHARE" --limit cgroup.max.depth=0 sh -c 'exit 3'
	run -1 within "$XUNSHARE" --limit cgroup.max.depth=-1 true
	output_has "cannot set 'cgroup.max.depth' of the control group to '-1'"
	run -127 within "$XUNSHARE" --limit cgroup.max.depth=0 /nowhere
	nothing_is_left
}

@test 'an ordinary user limits in a group that is delegated, and below no other' {
	run -1 within setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- \
		"$XUNSHARE" --limit cgroup.max.depth=0 true
	output_has 'which is not delegated to this user ("systemd-run --user --scope -p Delegate=yes'
	delegate
	run -0 within setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- \
		"$XUNSHARE" -r --limit cgroup.max.depth=5 sh -c "id -u; cat $group/*/cgroup.max.depth"
	output_is $'0\n5'
	# From a group beside it, as where controllers are handed on.
	mkdir "$group/own"
	# shellcheck disable=SC2016
	run -0 sh -c 'echo $$ >"$0/own/cgroup.procs" && exec "$@"' "$group" \
		setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- \
		"$XUNSHARE" --limit-below "$group" --limit cgroup.max.depth=5 sh -c "$own"
	output_has "${group##*/}/xunshare."
	rmdir "$group/own"
	# He may make one there, but not leave the group that he is in.
	run -1 as_user "$XUNSHARE" --limit-below "$group" --limit cgroup.max.depth=0 true
	output_has 'a process cannot begin in the control group: cgroup.procs of the group above both'
	nothing_is_left
}

@test 'the group can be made below another one' {
	run -0 "$XUNSHARE" --limit-below "$group" --limit cgroup.max.depth=3 sh -c "cat $group/*/cgroup.max.depth"
	output_is 3
	run -1 "$XUNSHARE" --limit-below /tmp --limit cgroup.max.depth=3 true
	output_is "xunshare: '/tmp' is no control group of version 2"
	run -1 "$XUNSHARE" --limit-below /nowhere --limit cgroup.max.depth=3 true
	output_has "cannot open the control group '/nowhere'"
	nothing_is_left
}

@test 'it is the root of a new cgroup namespace' {
	for options in -C -rC '-C -n' '-rpC --init'; do
		# shellcheck disable=SC2086
		run -0 within "$XUNSHARE" $options --limit cgroup.max.depth=0 sh -c "$own"
		output_is /
	done
	touch "$BATS_TEST_TMPDIR/file"
	run -1 private "$XUNSHARE" "--cgroup=$BATS_TEST_TMPDIR/file" --limit-below "$group" --limit cgroup.max.depth=0 true
	output_has 'a cgroup namespace of a child in a control group of its own cannot be kept'
	nothing_is_left
}

@test 'whatever has the kernel refuse clone3' {
	for errno in 1 22 38; do
		run -0 within "$REFUSE" "$errno" clone3 -- "$XUNSHARE" -rC --limit cgroup.max.depth=4 \
			sh -c "$own; cat $group/xunshare.*/cgroup.max.depth"
		output_is $'/\n4'
	done
	nothing_is_left
}

@test 'what the program has left: killed with its pid namespace, else named' {
	run -0 --separate-stderr within "$XUNSHARE" -p --limit cgroup.max.depth=0 sh -c 'sleep 1000 & :'
	output_is ''
	# shellcheck disable=SC2154
	[ -z "$stderr" ] || fail "$stderr"
	nothing_is_left
	run -0 --separate-stderr within "$XUNSHARE" --limit cgroup.max.depth=0 \
		sh -c 'setsid sleep 1000 >/dev/null 2>&1 3>&- & :'
	output=$stderr
	output_has 'note: the program has left processes behind in the control group'
	left=$(made)
	kill -KILL "$(cat "$left/cgroup.procs")"
	wait_until grep -q 'populated 0' "$left/cgroup.events"
	# The next one removes it.
	run -0 within "$XUNSHARE" --limit cgroup.max.depth=0 true
	nothing_is_left
}

@test 'groups that the program has made are removed, however deep and whatever their rights' {
	delegate
	as_delegate=(within setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
	# shellcheck disable=SC2016
	for made in 'mkdir -p a/b/c a/d e/f; chmod 0 a/b a' 'mkdir -p a/b c; chmod 0 .' 'mkdir -p a/b/c; chmod 555 a/b a .' \
		'for i in 1 2 3 4 5 6 7 8; do mkdir -p $i/x/y; done' 'for i in $(seq 200); do mkdir a && cd a || exit; done'; do
		run -0 --separate-stderr "${as_delegate[@]}" "$XUNSHARE" -rp --limit cgroup.max.depth=max \
			sh -ec "cd $group/xunshare.*; $made"
		output_is ''
		# shellcheck disable=SC2154
		[ -z "$stderr" ] || fail "$made: $stderr"
		nothing_is_left
	done
}

@test 'groups that the program has given to subordinate ids are removed as well' {
	need newuidmap
	need_root
	delegate
	for made in 'mkdir -p a/b c/d/e; chown 5:6 a c/d/e c/d' 'mkdir -p a/b; chown 5 a/b a .; chmod 0 a .'; do
		# shellcheck disable=SC2016
		run -0 --separate-stderr with_subids sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" \
			setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- "$XUNSHARE" -rp --map-auto \
			--limit cgroup.max.depth=max sh -ec "cd $group/xunshare.*; $made"
		output_is ''
		# shellcheck disable=SC2154
		[ -z "$stderr" ] || fail "$made: $stderr"
		nothing_is_left
	done
}

@test 'killed, it leaves nothing that the next one does not remove' {
	start sh -c "echo \$\$ >$group/cgroup.procs; exec $XUNSHARE --kill-child --limit cgroup.max.depth=0 sleep 1000"
	# shellcheck disable=SC2154
	wait_until child_named "$started" sleep
	left=$(made)
	# In use: the next one lets it be.
	run -0 within "$XUNSHARE" --limit cgroup.max.depth=0 true
	[ "$(made)" = "$left" ] || fail "$(made)"
	kill -KILL "$started"
	wait_until grep -q 'populated 0' "$left/cgroup.events"
	run -0 within "$XUNSHARE" --limit cgroup.max.depth=0 true
	nothing_is_left
}

@test 'a limit that cannot be had' {
	run -1 within "$XUNSHARE" -r --limit nothing.max=1 true
	output_has "the new control group has no 'nothing.max': the controllers of '$group' are: "
	nothing_is_left
	# A controller that stays where it is.
	read -ra words <"${group%/*}/cgroup.controllers" || :
	for word in "${words[@]}"; do
		! grep -qw "$word" "${group%/*}/cgroup.subtree_control" || continue
		run -1 "$XUNSHARE" --limit-below "${group%/*}" --limit "$word.x=1" true
		output_has "'${group%/*}' has that controller, but does not hand it on"
	done
	# Version 1 alone.
	# shellcheck disable=SC2016
	run -1 private sh -ec 'mount -t tmpfs none /sys/fs/cgroup; exec "$@"' sh \
		"$XUNSHARE" --limit pids.max=1 true
	output_has 'control groups of version 2 are not mounted on /sys/fs/cgroup'
	for bad in '' pids.max =1 pids.max= ../x=1 a/b=1 .=1 cgroup.procs=1 cgroup.freeze=1; do
		run -1 within "$XUNSHARE" --limit "$bad" true
		output_has 'xunshare: --limit: '
	done
	run -1 "$XUNSHARE" --limit-below '' --limit pids.max=1 true
	output_has 'the directory is an empty string'
	run -1 "$XUNSHARE" --limit-below "$group" true
	output_has '--limit-below needs --limit'
	nothing_is_left
}

@test 'the steps' {
	run -0 "$XUNSHARE" --dry-run --limit-below "$group" --limit pids.max=9 -C true
	output_has "caller  mkdir(\"$group/xunshare.PID\")"
	output_has 'caller  write("pids.max", "9")'
	output_has 'caller  clone3(CLONE_INTO_CGROUP)'
	output_has 'child   unshare(CLONE_NEWCGROUP)'
	nothing_is_left
	run -0 "$XUNSHARE" --explain --limit-below "$group" --limit cgroup.max.depth=9 -C true
	output_has 'caller  clone3(CLONE_INTO_CGROUP)'
	nothing_is_left
}
