#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare --setup and --final-user: set up by root inside, run as whoever one is.

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
	id=$(as_user id -u)
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

make_root()
{
	busybox_root sh ls cat id umount mount unshare
	mkdir -p "$root/mnt"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
}

# shellcheck disable=SC2016
@test 'a command sets up what the program finds, in place and as a child' {
	for options in -rm -rmf '-rmp --init' '-rmp --kill-child' -cm '-cmp --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr inside $options --hostname=box --lo \
			--setup='hostname; ls /sys/class/net; echo "$XUNSHARE_ROOT"; cat; mount -t tmpfs x /mnt' \
			--setup='echo made >/mnt/file' cat /mnt/file <<<'not for the command'
		output_is made
		# shellcheck disable=SC2154
		output=$stderr
		output_has $'box\n'
		output_has $'\n/'
		output_lacks 'not for'
	done
}

@test 'it sees the host and the new root, which is not switched yet' {
	make_root
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside -rm --clear-env -R "$dir/./root" --setup='
		echo "$XUNSHARE_ROOT"
		[ -n "$PATH" ] && [ -e /usr/bin/env ] || echo not the host
		mount -t tmpfs x "$XUNSHARE_ROOT/mnt" && echo in >"$XUNSHARE_ROOT/mnt/file"' /bin/cat /mnt/file
	output_is in
	output=$stderr
	output_is "$root"
	[ ! -e "$root/mnt/file" ] || fail 'the host has it'
}

@test 'what fails is not passed over' {
	for options in -rm -rmf '-rmp --init'; do
		# shellcheck disable=SC2086
		run -1 inside $options --setup='exit 3' --setup='echo second' echo program
		output_is 'xunshare: a program of the set-up has ended with status 3: exit 3'
		# shellcheck disable=SC2016,SC2086
		run -1 inside $options --setup='kill -9 $$' echo program
		output_has 'a program of the set-up was killed by signal 9: kill'
	done
	run -1 inside -r --setup= true
	output_has 'the command is empty'
	run -1 inside --setup=true true
	output_has '--setup needs a new namespace'
}

@test 'nothing that it leaves running is there when the program is' {
	# shellcheck disable=SC2016
	run -0 inside -rmp --mount-proc --setup='sleep 1001 & setsid sleep 1002 & :' \
		sh -c 'cat /proc/[0-9]*/comm; :'
	output_lacks sleep
	touch "$dir/pid"
	! is_root || chown "$TEST_UID" "$dir/pid"
	run -0 inside -r --setup="sleep 1003 & echo \$! >$dir/pid" true
	[ -s "$dir/pid" ]
	is_gone "$(cat "$dir/pid")"
}

is_gone()
{
	# A zombie nobody has waited for is gone as well.
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

@test 'it ends with xunshare, killed or interrupted' {
	local leader sleeping
	touch "$dir/leader"
	! is_root || chown "$TEST_UID" "$dir/leader"
	for signal in KILL TERM INT; do
		for options in -r -rf '-rp --init'; do
			: >"$dir/leader"
			# shellcheck disable=SC2086
			start_user "$XUNSHARE" $options \
				--setup="sed -n 's/^PPid:.//p' /proc/self/status >$dir/leader; sleep 1000; :" true
			wait_until test -s "$dir/leader"
			leader=$(cat "$dir/leader")
			wait_until child_named "$leader" sleep
			sleeping=$(child_named "$leader" sleep)
			# shellcheck disable=SC2154
			kill "-$signal" "$started"
			wait_until is_gone "$started"
			wait_until is_gone "$leader"
			wait_until is_gone "$sleeping"
		done
	done
}

@test 'the final user holds no right over what was set up' {
	for options in -rm -rmf '-rmp --mount-proc --init'; do
		# shellcheck disable=SC2086
		run -0 inside $options --ro-bind=/etc --tmpfs=/mnt --setup='mount -t tmpfs x /srv' \
			--final-user=current sh -c 'id -u; id -g; grep Cap[EPA] /proc/self/status
				umount /etc; mount -o remount,bind,rw /etc; umount /srv
				unshare -r sh -c "umount /mnt; umount /etc; mount -o remount,bind,rw /etc"
				unshare -rm sh -c "umount /mnt; umount /etc; mount -o remount,bind,rw /etc"
				touch /etc/xunshare-test 2>&1; cut -d " " -f 5 /proc/self/mountinfo'
		[[ ${lines[0]} = "$id" && ${lines[1]} = "$(as_user id -g)" ]] || fail "$output"
		output_has $'CapEff:\t0000000000000000'
		output_has 'Read-only file system'
		for place in /etc /mnt /srv; do
			grep -qx "$place" <<<"$output" || fail "$place is not mounted:" "$output"
		done
		# As root inside, that goes.
		# shellcheck disable=SC2086
		run -0 inside $options --tmpfs=/mnt umount /mnt
	done
}

@test 'it has the numbers that were asked for, and the files of the caller' {
	make_root
	touch "$dir/own"
	! is_root || chown "$TEST_UID:$TEST_GID" "$dir/own"
	run -0 inside -r --final-user=4711:4712 sh -c "id -u; id -g; stat -c %u:%g $dir/own; cat /proc/self/setgroups"
	output_is $'4711\n4712\n4711:4712\ndeny'
	# Without /proc in the new root, and with root's capabilities in the second namespace.
	run -0 inside -rm -R "$root" --final-user=0:0 sh -c 'id -u; umount /; mount -t tmpfs x /mnt; :'
	[ "${lines[0]}" = 0 ] || fail "$output"
	[ "${#lines[@]}" = 3 ] || fail "$output"
	run -0 inside -c --final-user=current sh -c 'unshare -r id -u'
	output_is 0
	run -1 inside -r --final-user=current --disable-userns sh -c 'unshare -r id -u'
	output_has 'No space left on device'
	run -0 inside -r --caps=chown --final-user=current grep CapBnd /proc/self/status
	output_is $'CapBnd:\t0000000000000001'
}

@test 'a final user that cannot be had' {
	make_root
	for bad in '' 1 1: :1 1:x 4294967295:1 1:4294967295 -1:1; do
		run -1 inside -r "--final-user=$bad" true
		output_has 'xunshare: --final-user: '
	done
	run -1 inside -r -R "$root" --final-user=current /bin/id
	output_has 'cannot create the user namespace of the final user'
	output_has 'chroot'
	run -0 inside -r --dry-run --final-user=5:6 --setup='ip link' true
	output_has 'execve("/bin/sh", "-c", "ip link")'
	output_has 'unshare(CLONE_NEWUSER), map 5:6'
}
