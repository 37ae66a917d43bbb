#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare: a new root, and what is mounted in it.

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
	busybox_root sh ls cat pwd touch mkdir id ps readlink stat test
	mkdir -p "$root/tmp" "$root/mnt" "$dir/src/sub"
	echo data >"$dir/src/file"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

# The way out of a chroot: a directory that was opened before.
escape='import os
fd = os.open("/", os.O_RDONLY)
os.chroot("/share")
os.fchdir(fd)
for _ in range(64): os.chdir("..")
os.chroot(".")
print("out" if os.path.exists("/usr/share") else "in")'

@test 'the new root cannot be left, as that of unshare can' {
	need python3
	export PYTHONHOME=/
	run -0 as_user unshare -Urm -R /usr /bin/python3 -c "$escape"
	output_is out
	for options in -Urm -Urmf '-r --init -m' '-Ur --pivot-root /usr'; do
		if [ "$options" = '-Ur --pivot-root /usr' ]; then set --; else set -- -R /usr; fi
		# shellcheck disable=SC2086
		run -0 inside $options "$@" /bin/python3 -c "$escape"
		output_is in
	done
	# Joining the mount namespace one is in leads to its root, which is the new one.
	for tool in unshare "$XUNSHARE"; do
		run as_user "$tool" -Urmpf --mount-proc -R "$root" /bin/busybox nsenter -t 1 -m /bin/ls -d /usr
		if [ "$tool" = unshare ]; then output_is /usr; else output_has 'No such file'; fi
	done
	# Without mounts of its own it is what unshare does, and --help says so.
	run -0 inside -Ur -R /usr /bin/python3 -c "$escape"
	output_is out
	run -0 sh -c '"$1" --help | tr -s " \n" " "' sh "$XUNSHARE"
	output_has 'no boundary without --mount'
}

@test 'the new root is all there is, and -w is inside' {
	before=$(host_state)
	# shellcheck disable=SC2016
	run -0 inside -Urmpf --mount-proc -R "$root" -w tmp /bin/sh -c \
		'pwd; ls -d /*; cat /proc/mounts; echo $$'
	output_has $'/tmp\n/bin\n/mnt\n/proc\n/tmp'
	output_lacks "$dir"
	[ "$(grep -c ' / ' <<<"$output")" = 1 ]
	[ "${lines[-1]}" = 1 ]
	# With a process of ours that stays, which has let go of the old root as well.
	run -1 inside -rm --init --mount-proc -R "$root" /bin/sh -c 'ls /proc/1/root 2>&1; ls /proc/1/fd 2>&1'
	output_lacks usr
	[ "$(host_state)" = "$before" ]
}

@test 'as root without a user namespace: who waits outside keeps the root of the host' {
	need_root
	run -0 "$XUNSHARE" -muf -R "$root" /bin/sh -c 'ls -d /*'
	output_is $'/bin\n/mnt\n/proc\n/tmp'
	start "$XUNSHARE" -mpf -R "$root" /bin/busybox sleep 1000
	wait_until child_named "$started" busybox
	[ "$(readlink "/proc/$started/root")" = / ]
	[ -d "/proc/$started/root/usr" ]
	[ "$(stat -Lc %i "/proc/$(child_of "$started")/root/")" = "$(stat -c %i "$root")" ]
}

@test 'no descriptor leads out: neither by -w nor by the program' {
	mkdir "$dir/victim"
	cp "$(command -v busybox)" "$dir/victim/true"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	# Nine is of the caller. The others are of xunshare, whichever numbers it takes.
	# shellcheck disable=SC2016
	run -0 as_user env XUNSHARE="$XUNSHARE" root="$root" dir="$dir" sh -c '
		for n in 3 4 5 6 7 8 9 10 11 12; do
			ln -s "/proc/self/fd/$n/../victim" "$root/up$n"
			ln -s "/proc/self/fd/$n$dir/victim" "$root/down$n"
		done
		exec 9</
		for options in -rm -rmpf "-rmp --init"; do
			for app in "$root"/up* "$root"/down*; do
				app=/${app##*/}
				"$XUNSHARE" $options -R "$root" --bind=/proc --close-fds -w "$app" /bin/touch pwned && echo "-w $app"
				"$XUNSHARE" $options -R "$root" --bind=/proc --close-fds "$app/true" && echo "$app/true"
			done
		done 2>/dev/null; :'
	output_is ''
	[ ! -e "$dir/victim/pwned" ]
	# A link to a place inside is followed, as before.
	ln -s /tmp "$root/app"
	run -0 inside -rm -R "$root" -w /app/.. /bin/pwd
	output_is /
	run -0 inside -rm -R "$root" -w app /bin/pwd
	output_is /tmp
}

@test 'nothing is seen outside, whatever the propagation' {
	need_root
	for kind in private shared slave unchanged; do
		# shellcheck disable=SC2016
		run -0 private sh -ec 'mount --make-rshared /; before=$(cat /proc/self/mountinfo)
			"$1" -m --propagation "$3" --tmpfs=/mnt -R "$2" /bin/sh -c "ls -d /mnt"
			"$1" -m --propagation "$3" --tmpfs=/mnt true
			test "$(cat /proc/self/mountinfo)" = "$before"' sh "$XUNSHARE" "$root" "$kind"
		output_is /mnt
	done
	run -0 "$XUNSHARE" -m --propagation shared --mount-proc -R "$root" /bin/cat /proc/self/mountinfo
	[[ ${lines[0]} == *' / rw'*' shared:'* ]]
}

@test 'from a chroot' {
	need_root
	# A directory that is no mount point, with all that the root has.
	mkdir "$dir/old"
	# shellcheck disable=SC2016
	run -0 private sh -ec 'cd "$2/old"
		for f in /*; do
			if [ -L "$f" ]; then cp -P "$f" .; elif [ -d "$f" ]; then mkdir ".$f"; mount --rbind "$f" ".$f"; fi
		done
		exec chroot . "$1" -m -R "$2/root" /bin/sh -c "ls -d /*"' sh "$XUNSHARE" "$dir"
	output_is $'/bin\n/mnt\n/proc\n/tmp'
}

@test 'binds, file systems, directories and links, in the order of the command line' {
	before=$(host_state)
	# shellcheck disable=SC2016
	run -0 inside -Urmpf --tmpfs=/:ro --bind="$root/bin:/bin" --mount-proc --tmpfs=/tmp:size=64k,mode=700 \
		--ro-bind="$dir/src" --bind="$dir/src/file:/etc/file:noexec" --symlink=bin:/sbin \
		--dir=/a/b --tmpfs=/a/b/c /bin/sh -c 'ls -d /*; cat /etc/file; readlink /sbin
		stat -c %a /tmp /a/b; touch /a/b/c/new "$1/new" /new; ls /a/b/c; cat /proc/mounts' sh "$dir/src"
	output_has $'/a\n/bin\n/etc\n/proc\n/sbin\n/tmp'
	output_has $'data\nbin\n700\n755'
	output_has "touch: $dir/src/new: Read-only file system"
	output_has 'touch: /new: Read-only file system'
	output_has $'\nnew\n'
	grep -q '^tmpfs /tmp tmpfs rw,nosuid,nodev,.*size=64k' <<<"$output"
	grep -q ' /etc/file .*nodev,noexec' <<<"$output"
	[ "$(host_state)" = "$before" ]
	# On the present root, too, and what is covered by one is a source for another.
	# shellcheck disable=SC2016
	run -0 inside -Ur --tmpfs="$dir" --bind="$dir/src" sh -c 'ls "$1"; cat "$1/src/file"' sh "$dir"
	output_is $'src\ndata'
	[ "$(host_state)" = "$before" ]
}

@test 'the same where a system call is missing or refused' {
	set -- -Urmpf --tmpfs=/ --bind="$root/bin:/bin" --mount-proc --ro-bind="$dir/src:/src" \
		--symlink=bin:/sbin /bin/sh -c 'ls -d /*; cat /src/file; touch /src/new 2>&1; ls /proc/mounts'
	run -0 inside "$@"
	wanted=$output
	output_has 'Read-only file system'
	for call in openat2 open_tree fsopen mount_setattr move_mount clone3 statmount close_range statx; do
		for answer in 1 38; do
			run -0 as_user "$REFUSE" "$answer" "$call" -- "$XUNSHARE" "$@"
			[ "$output" = "$wanted" ] || fail "without $call ($answer): $output"
			run -0 as_user "$REFUSE" "$answer" "$call" -- "$XUNSHARE" -Urm -R "$root" /bin/pwd
			[ "$output" = / ] || fail "-R without $call ($answer): $output"
		done
	done
}

@test 'a root or target that ends with a dot, also where it is mounted by path' {
	for here in . ./. mnt/.. mnt/../.; do
		for call in @none move_mount; do
			# shellcheck disable=SC2016
			run -0 as_user sh -c 'cd "$1" && shift && exec "$@"' sh "$root" \
				"$REFUSE" 1 "$call" -- "$XUNSHARE" -Ur -R "$here" --tmpfs=/mnt/. --tmpfs=/tmp/../tmp --dir=/mnt/a /bin/ls /mnt
			output_is a
		done
	done
}

@test 'a root that somebody has filled with links' {
	mkdir "$dir/out"
	ln -s "$dir/out" "$root/etc"
	ln -s ../../../../../../../../../tmp "$root/dev"
	rmdir "$root/proc"
	ln -s mnt "$root/proc"
	before=$(host_state)
	for option in --tmpfs=/etc/new --dir=/etc/new --symlink=a:/etc/new --bind="$dir/src:/etc/new" --dir=/new; do
		run -1 inside -Ur "--pivot-root=$root" "$option" /bin/pwd
		one_line
		output_has 'does not exist, and nothing is made on a file system of the host'
	done
	run -1 inside -Urpf -R "$root" --mount-proc /bin/pwd
	output_has "cannot use '/proc': a symbolic link is on the way to it"
	# However it is written.
	for target in /./proc //proc /mnt/../proc /mnt/../../proc/. /proc/../mnt; do
		run -1 inside -Ur -R "$root" --bind="$dir/src:$target" /bin/pwd
		output_has "cannot use '$target': a symbolic link is on the way to it"
	done
	# /dev leads to the /tmp of the root, which is what is covered.
	run -0 inside -Ur "--pivot-root=$root" --tmpfs=/dev --dir=/tmp/made /bin/ls /tmp
	output_is made
	[ "$(host_state)" = "$before" ]
}

@test 'a minimal /dev, a new /sys and files' {
	mkdir "$root/dev" "$root/sys"
	before=$(host_state)
	# shellcheck disable=SC2016
	run -0 inside -Urmpn --init --mount-proc --mount-dev --mount-sys=ro --tmpfs=/tmp --file=0:/tmp/a/file \
		-R "$root" /bin/sh -c 'busybox stat -c "%n %t:%T" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
		ls /dev; readlink /dev/ptmx; readlink /dev/fd; cat /tmp/a/file; echo x >/dev/null; busybox stat -c %a /dev/shm /tmp/a/file
		busybox mkdir /sys/x; cat /proc/mounts' <<<'what is read'
	output_has $'/dev/null 1:3\n/dev/zero 1:5\n/dev/full 1:7\n/dev/random 1:8\n/dev/urandom 1:9\n/dev/tty 5:0'
	output_has $'fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\npts/ptmx\n/proc/self/fd'
	output_has $'what is read\n1777\n644\n'
	output_has "mkdir: can't create directory '/sys/x'"
	grep -q '^sysfs /sys sysfs ro,nosuid,nodev,noexec' <<<"$output"
	[ "$(host_state)" = "$before" ]
	# A terminal of its own.
	need script
	run -0 inside -Ur --mount-dev env --default-signal=CHLD script -qc tty /dev/null
	output_has /dev/pts/0
	# The descriptor is not the program's, and the file is no file of the host.
	run -0 inside -Ur --tmpfs=/tmp --file=7:/tmp/f sh -c 'cat /tmp/f; [ ! -e /proc/self/fd/7 ]' 7<<<'seven'
	output_is seven
	run -0 inside -Ur --tmpfs=/tmp --file=0:/tmp/f readlink /proc/self/fd/0 <<<'more'
	output_is /dev/null
	run -1 inside -Ur -R "$root" --file=0:/f /bin/pwd </dev/null
	output_has "'/f' does not exist, and nothing is made on a file system of the host"
	run -1 inside -Ur -R "$root" --file=0:/bin /bin/pwd </dev/null
	output_has "cannot make the file '/bin': File exists"
	run -1 inside -Ur -R "$root" --symlink=x:/bin /bin/pwd
	output_has "cannot make the symbolic link '/bin': File exists"
	run -1 inside -Ur --tmpfs=/tmp --file=0:/tmp/f --file=0:/tmp/f true </dev/null
	output_has "cannot make the file '/tmp/f': File exists"
	for option in --file=0 --file=x:/f --file=99:/f --mount-sys=rw; do
		run -1 inside -Ur "$option" true
		[ "${#lines[@]}" -le 2 ]
	done
}

@test 'message queues, of the own IPC namespace' {
	mkdir "$root/dev"
	run -0 inside -Uri -R "$root" --mount-dev --mount-mqueue /bin/sh -c \
		'busybox grep -c "^mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec" /proc/self/mounts; ls -d /dev/mqueue; touch /dev/mqueue/q; ls /dev/mqueue' 2>&1
	output_has $'/dev/mqueue\nq'
	for refused in fsopen move_mount; do
		run -0 as_user "$REFUSE" 1 "$refused" -- "$XUNSHARE" -Uri --mount-mqueue=/mnt grep mqueue /proc/mounts
		output_has 'mqueue /mnt mqueue rw,nosuid,nodev,noexec'
	done
	run -1 inside -Ur --mount-mqueue=/mnt true
	output_is "xunshare: cannot mount a mqueue on '/mnt': Operation not permitted
hint: the IPC namespace belongs to a user namespace outside of this one; make one together with the user namespace (xunshare -Uri)"
}

@test 'what stands in the place of a device is never taken for one' {
	need_root
	mkdir "$root/dev"
	# Planted in the root: it is covered. In the place of that of the host: refused.
	mknod "$root/dev/null" b 7 0
	run -0 "$XUNSHARE" -m -R "$root" --mount-dev /bin/busybox stat -c %t:%T /dev/null
	output_is 1:3
	mknod "$root/mnt/disk" b 7 0
	run -1 "$XUNSHARE" "--pivot-root=$root" /bin/cat /mnt/disk
	output_has 'Permission denied'
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount --bind "$2" /dev/full && exec "$1" --mount-dev true' sh "$XUNSHARE" "$dir/src/file"
	output_is "xunshare: '/dev/full' is not the device that it has to be"
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount --bind /dev /dev && mount -o remount,bind,nodev /dev && exec "$1" --mount-dev true' sh "$XUNSHARE"
	output_is "xunshare: '/dev/null' cannot be used as a device: it is mounted with nodev"
}

@test 'overlays: several directories as one, and changes that are thrown away' {
	mkdir "$dir/a:b" "$dir/c,d"
	echo upper >"$dir/a:b/file"
	echo other >"$dir/c,d/file"
	echo more >"$dir/c,d/more"
	chmod 1777 "$dir/c,d"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	before=$(host_state)
	for refused in @none fsopen move_mount open_tree; do
		# shellcheck disable=SC2016
		run -0 as_user "$REFUSE" 38 "$refused" -- "$XUNSHARE" -Ur \
			--overlay="$dir/a\\:b:$dir/c,d:$dir/src:$root/mnt" --tmp-overlay="$dir/c,d" sh -c '
				cd "$1/root/mnt"; cat file more; ls -d sub; touch new 2>&1
				cd "$1/c,d"; stat -c %a .; rm file; mkdir file; echo x >>more; cat more; ls; grep overlay /proc/mounts' sh "$dir"
		output_has $'upper\nmore\nsub\n'
		output_has "touch: cannot touch 'new': Read-only file system"
		output_has $'1777\nmore\nx\nfile\nmore\n'
		output_lacks "lowerdir=$dir"
	done
	# Of a root that is read-only, and that lacks what is mounted.
	run -0 inside -Urpf "--pivot-root=$root:ro" --tmp-overlay=/ --dir=/dev --mount-dev --ro-bind="$dir/src:/new/src" \
		--mount-proc /bin/sh -c 'cat /new/src/file; touch /made; ls -d /dev/null /made'
	output_is $'data\n/dev/null\n/made'
	[ "$(host_state)" = "$before" ]
	run -1 inside -Ur --overlay="$dir/src:/mnt" true
	output_has 'an overlay needs two layers, for one a bind will do'
	run -1 inside -Ur --overlay="$dir/src:$dir/src/file:/mnt" true
	output_has 'Not a directory'
	# Not without its restrictions.
	for option in --overlay="$dir/a\\:b:$dir/src:$root/mnt" --tmp-overlay="$dir/src"; do
		run -1 as_user "$REFUSE" 1 fstatfs -- "$XUNSHARE" -Ur "$option" true
		output_has 'cannot find out how the layers of'
	done
	# What is mounted below would be missing.
	run -1 inside -Ur --tmp-overlay=/ true
	output_has "cannot mount an overlay on '/'"
}

@test 'an overlay has the restrictions of what it shows' {
	need_root
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t tmpfs -o nosuid,noexec t "$2/mnt"; mkdir "$2/mnt/a" "$2/mnt/b"
		"$1" -m --overlay="$2/mnt/a:$2/mnt/b:$2/tmp" --tmp-overlay="$2/mnt" grep overlay /proc/mounts' sh "$XUNSHARE" "$root"
	[[ ${lines[0]} == *' ro,nosuid,noexec,'* && ${lines[1]} == *' rw,nosuid,noexec,'* ]]
}

@test 'values that are refused before anything is done' {
	unset=
	for option in "--bind=$unset" "--bind=:/mnt" "--bind=/usr:$unset" "--ro-bind=$unset:$unset" "--tmpfs=$unset" \
		"--pivot-root=$unset" "--dir=$unset" "--symlink=$unset:/a" "--symlink=a:$unset" "--overlay=$unset" "--overlay=a:$unset:/mnt" --overlay=a \
		"--tmp-overlay=$unset" --tmp-overlay=a:b --bind=a:b:ro:c \
		--tmpfs=/a:ro:b --dir=a:b --bind=usr --symlink=a "--hostname=$unset"; do
		run -1 inside -Ur "$option" true
		output_has "Try 'xunshare --help'"
	done
	run -1 inside -Ur --tmpfs=/mnt --file=3:/mnt/a --file=3:/mnt/b true 3</dev/null
	output_has 'two files to be made have the same descriptor'
	run -1 inside -Urm -R '' true
	output_has 'the source of a mount is empty'
	for option in --bind=/usr:/mnt:size=1 --bind=/usr:/mnt:remount --tmpfs=/mnt:loop --bind=/no/such; do
		run -1 inside -Ur "$option" true
		[ "${#lines[@]}" -le 2 ]
	done
	run -1 inside -Ur --bind="$dir/src/file:/mnt" true
	output_has "a file cannot be mounted on '/mnt', which is a directory"
	run -1 inside -Ur --tmpfs=/mnt:size=1m,nosuch=1 true
	output_has "cannot mount a tmpfs on '/mnt' with the option 'nosuch': Invalid argument"
	# A colon in a name.
	mkdir "$dir/a:b"
	touch "$dir/a:b/c\\d"
	run -0 inside -Ur --bind="$dir/a\\:b:/mnt" ls /mnt
	output_is 'c\d'
	run -0 inside -Ur --bind="$dir/a\\:b/c\\\\d:$dir/src/file" cat "$dir/src/file"
	output_is ''
}

@test 'explain shows each mount' {
	run -0 inside -Urmpf -R "$root" --mount-proc --tmpfs=/tmp:size=1m --ro-bind=/usr:/tmp/usr --dir=/tmp/a \
		--symlink=a:/tmp/b --dry-run true
	output_has "open_tree(\"$root\"), move_mount(\"/\")"
	output_has 'fsopen("proc"), fsmount(nosuid,nodev,noexec), move_mount("/proc")'
	output_has 'fsopen("tmpfs"), fsconfig("size=1m"), fsmount(nosuid,nodev), move_mount("/tmp")'
	output_has 'open_tree("/usr"), mount_setattr(ro,nodev), move_mount("/tmp/usr")'
	output_has 'mkdir("/tmp/a")'
	output_has 'symlink("a", "/tmp/b")'
	output_has 'pivot_root(".", "."), umount2(".", MNT_DETACH)'
}

# What is named by a number that the caller has not opened could be one of xunshare's own.
@test 'a descriptor that is not open is not passed, read nor joined' {
	for option in --pass-fd=3 --pass-fd=4 --file=4:/f --join-net=fd:4; do
		run -1 inside -mr -f --bind=/proc:/mnt "$option" sh -c 'ls /proc/self/fd/3/ /proc/self/fd/4/' 3<&- 4<&-
		output_has "descriptor ${option//[^0-9]/}: Bad file descriptor"
	done
}
