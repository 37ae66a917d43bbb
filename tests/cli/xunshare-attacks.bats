#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare: what a program in a sandbox tries in order to reach what is outside (attacks.py), and
# roots that somebody has prepared. Each attack is seen to work where nothing is in its way.

# shellcheck disable=SC2030,SC2031 # Each test is a subshell, and nothing is to last.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need python3
	need_userns
	export TEST_UID TEST_GID
	dir=$(user_dir)
	root=$dir/root
	mkdir -p "$root"/{usr,proc,dev,sys,tmp,run,etc,mnt}
	for name in bin sbin lib lib32 lib64 libx32; do
		[ ! -e "/$name" ] || ln -s "usr/$name" "$root/$name"
	done
	attacks=$(cat "${BATS_TEST_FILENAME%/*}/attacks.py")
	target=$dir/pwned
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir"
	cd "$dir" || return 1
	# As as_user does it, for those that are executed by others.
	who=()
	! is_root || who=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all --)
	# What the presets are made of beside the new root takes the tools of an attack away. Without
	# it, only the new root is in the way.
	bare=seccomp,caps,no-new-privs
	boxes=(
		"--container=root --ro-bind=/usr"
		"--container=root --ro-bind=/usr --without=$bare"
		"--container=root --ro-bind=/usr --without=$bare,init"
		"--sandbox"
		"--sandbox -r --without=$bare,userns,landlock"
		"-rmpf -R root --ro-bind=/usr --mount-proc --close-fds"
		"-rmp --init --pivot-root=/:ro --mount-proc --close-fds"
	)
	root_boxes=(
		"--container=root --ro-bind=/usr --without=user"
		"--container=root --ro-bind=/usr --without=user,$bare"
		"-mpf --pivot-root=root --ro-bind=/usr --mount-proc --close-fds"
	)
}


# attack NAME... -- CMD...: CMD runs the attacks, with a descriptor of the host's root and one of
# the directory of the test.
attack()
{
	local names=()
	while [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016
	run sh -c 'exec 8<. 9</ && exec "$@"' sh "$@" python3 -c "$attacks" "$target" "${names[@]}"
	[ "$status" = 0 ] || fail "$*: $output"
	for name in "${names[@]}"; do
		output_has "tried $name"
	done
}

# in_boxes NAME...: the attacks fail in every box, as an ordinary user and as root.
in_boxes()
{
	local box
	for box in "${boxes[@]}"; do
		# shellcheck disable=SC2086
		attack "$@" -- "${who[@]}" "$XUNSHARE" $box
		stayed_in "$box"
	done
	is_root || return 0
	# Nobody but root is in the way of root.
	chown -R 0:0 "$dir"
	for box in "${boxes[@]}" "${root_boxes[@]}"; do
		# shellcheck disable=SC2086
		attack "$@" -- "$XUNSHARE" $box
		stayed_in "root: $box"
	done
}

stayed_in()
{
	[ ! -e "$target" ] || fail "$1: $output"
	[[ $output != *out:* ]] || fail "$1: $output"
}

# got_out [TEXT]: the control. The file is there, and is taken away again.
got_out()
{
	output_has "${1:-out:}"
	[ -n "${1:-}" ] || rm "$target"
}

# In a chroot below a mount namespace of its own, as many scripts have it.
chrooted()
{
	# shellcheck disable=SC2016
	attack "$1" -- "${who[@]}" unshare -Urmpf sh -ec '
		mount --rbind /usr root/usr
		mount -t proc proc root/proc
		exec 8<&- 9<&-
		exec unshare -R root "$@"' sh
}

# ------------------------------------------------------------------ ways out

@test 'A4: a second chroot leads out of no new root' {
	chrooted chroot
	got_out
	in_boxes chroot
}

@test 'A5: joining the own mount namespace leads out of no new root' {
	chrooted setns
	got_out
	in_boxes setns
}

@test 'A2: an inherited descriptor of a directory leads out of no sandbox' {
	attack descriptors -- "${who[@]}" "$XUNSHARE" -rm -R root --ro-bind=/usr
	got_out
	in_boxes descriptors
}

@test 'A22: /proc/1 and the other processes lead out of no new root' {
	attack processes -- "${who[@]}" env
	got_out
	in_boxes processes
}

@test 'A21: the supervisor cannot be traced, read or robbed from inside' {
	case $(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0) in
	0)
		attack supervisor -- "${who[@]}" "$XUNSHARE" -f
		got_out 'out: traced'
		got_out 'out: read the memory'
		;;
	esac
	local boxes=(
		"${boxes[@]}"
		"--container=root --ro-bind=/usr --without=pid,proc,$bare --bind=/proc"
		"--sandbox -r --without=pid,proc,$bare,userns,landlock --bind=/proc"
		"-rmf -R root --ro-bind=/usr --bind=/proc"
	)
	# Without a user namespace root that has all capabilities may trace whom it sees: the first
	# process, which has nothing that would lead out.
	local root_boxes=("${root_boxes[0]}")
	in_boxes supervisor
}

# ------------------------------------------------------------------ terminal

# typed OPTION...: attacks the terminal of a shell that then reads a line.
typed()
{
	# shellcheck disable=SC2016
	on_tty 'hear("end")' "${who[@]}" bash -c \
		'"$@" python3 -c "$ATTACKS" / terminal; IFS= read -t 1 -r x; echo "read: $x"; echo end' bash "$XUNSHARE" "$@"
	output_has 'tried terminal'
}

@test 'A9: neither the filter nor the terminal of a preset lets anybody type for the user' {
	export ATTACKS=$attacks
	typed --container=root --ro-bind=/usr --without=terminal,seccomp
	[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 0 ] || output_has 'read: owned'
	output_has 'TIOCLINUX: Inappropriate ioctl'
	for preset in '--container=root --ro-bind=/usr' --sandbox; do
		for without in '' --without=terminal --without=seccomp; do
			# shellcheck disable=SC2086
			typed $preset $without
			output_lacks 'read: owned'
			[ "$without" = --without=seccomp ] || output_has 'TIOCLINUX: Operation not permitted'
		done
	done
}

# ------------------------------------------------------------------ devices

@test 'A8: a device that is planted in a root, or made there, cannot be opened' {
	need_root
	mkdir mnt root/mnt/sub
	mknod planted c 1 5
	cp -a planted root/
	cp -a planted root/mnt/
	chmod 666 planted root/planted root/mnt/planted
	chown -R 0:0 "$dir"
	# shellcheck disable=SC2016
	set -- sh -ec 'mount -t tmpfs tmpfs root/mnt/sub
		mknod -m 666 root/mnt/sub/planted c 1 5
		exec "$@" python3 -c "$ATTACKS" / devices' sh
	export ATTACKS=$attacks
	run -0 private sh -ec 'mount --rbind /usr root/usr; exec "$@"' sh "$@" chroot root
	for name in /planted /mnt/planted /mnt/sub/planted; do
		output_has "out: opened $name"
	done
	output_has 'out: made /tmp/made'
	rm -f root/{tmp,run,dev,.}/made
	for box in "${boxes[@]}" "${root_boxes[@]}" "--container=root --ro-bind=/usr --caps=mknod,dac_override --without=user,seccomp"; do
		# Devices in the directory of -R can be used, as with unshare.
		box=${box/-R root/--pivot-root=root}
		# shellcheck disable=SC2086
		run private "$@" "$XUNSHARE" $box
		[[ $output == *'tried devices'* ]] || fail "$box: $output"
		# All capabilities let root make devices, which cannot be opened either.
		[[ $output != *out:* ]] || fail "$box: $output"
	done
}

@test 'A8: what stands in the root in the place of devices is neither used nor changed' {
	mkdir out
	for name in null zero full random urandom tty ptmx console; do
		ln -s "$dir/out/$name" "root/dev/$name"
	done
	ln -s "$dir/out" root/dev/pts
	ln -s ../../out root/dev/shm
	before=$(host_state)
	run -0 "${who[@]}" "$XUNSHARE" --container=root --ro-bind=/usr sh -c \
		'stat -c %t:%T /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; echo x >/dev/null; ls /dev/pts /dev/shm'
	output_has $'1:3\n1:5\n1:7\n1:8\n1:9\n5:0'
	[ "$(host_state)" = "$before" ]
}

# ------------------------------------------------------------------ prepared roots

# led_astray OPTION...: a root whose directories are links out of it. Each is refused, or leads to a
# place inside; nothing outside is changed or seen.
led_astray()
{
	local name link option
	for name in proc sys dev etc tmp run; do
		for link in "$dir/out" "../../../../../../../../../..$dir/out" /proc/self/cwd/out; do
			rm -rf "root/$name"
			ln -s "$link" "root/$name"
			for option in "--tmpfs=/$name/new" "--dir=/$name/new" "--bind=$dir/file:/$name/new" "--file=0:/$name/new"; do
				before=$(host_state)
				run "$@" "$option" sh -c "cat /$name/secret; echo >/$name/pwned; echo done" </dev/null
				output_lacks hidden
				[ "$(host_state)" = "$before" ] || fail "$name -> $link: $option: $output"
				[ "$status" = 1 ] || [[ $output == *done* ]] || fail "$name -> $link, $option: $status: $output"
			done
			# Nothing that has to be trusted is where a link leads to.
			run "$@" sh -c 'echo done' </dev/null
			case $name in
			proc | sys)
				status_is 1
				output_has "cannot use '/$name': a symbolic link is on the way to it"
				;;
			etc) output_is 'done' ;;
			*) status_is 1 ;;
			esac
		done
		rm "root/$name"
		mkdir "root/$name"
		! is_root || chown "$TEST_UID:$TEST_GID" "root/$name"
	done
}

astray_setup()
{
	mkdir out
	echo hidden >out/secret
	echo data >file
	! is_root || chown -R "$TEST_UID:$TEST_GID" out file
}

@test 'A6, A7: /proc, /sys, /dev, /etc, /tmp and /run that are links out of the root' {
	astray_setup
	led_astray "${who[@]}" "$XUNSHARE" --container=root --ro-bind=/usr
}

@test 'A6, A7: the same as root without a user namespace' {
	need_root
	astray_setup
	led_astray "$XUNSHARE" --container=root --ro-bind=/usr --without=user
}

@test 'A6, A7: the same without openat2(2)' {
	need_root
	astray_setup
	led_astray "$REFUSE" 38 openat2 -- "$XUNSHARE" --container=root --ro-bind=/usr --without=user
}
