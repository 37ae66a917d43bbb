#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare: assertions of docs/assertions.md that belong to no single option, for the presets and
# for plain options.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need_userns
	export TEST_UID TEST_GID
	dir=$(user_dir)
	busybox_root sh ls cat readlink id test touch find grep
	mkdir -p "$root"/{dev,sys,tmp,run,etc,mnt} "$dir/src/sub"
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir"
	cd "$dir" || return 1
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

# ------------------------------------------------------------------ descriptors

# fds CMD...: the descriptors of a program that CMD runs, where the caller has those up to 2, 5, 7
# and 8. Python lists them without one of its own: those that fcntl(2) knows.
fds()
{
	# shellcheck disable=SC2016
	run bash -c 'for fd in 3 4 6 {9..255}; do eval "exec $fd>&-"; done 2>/dev/null
		exec 5</dev/null 7>/dev/null 8</dev/null "$@"' bash "$@" /usr/bin/python3 -c 'import os
for fd in range(1024):
    try: os.fstat(fd)
    except OSError: continue
    print(fd, end=" ")' </dev/null
}

@test 'A1: the program has no descriptor of xunshare, whatever was asked for' {
	need python3
	[ -x /usr/bin/python3 ] || skip 'python3 is not below /usr'
	rm -r root/bin
	mkdir root/usr
	for name in bin lib lib32 lib64 libx32; do
		[ ! -e "/$name" ] || ln -s "usr/$name" "root/$name"
	done
	! is_root || chown -hR "$TEST_UID:$TEST_GID" root
	who=()
	! is_root || who=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all --)
	for options in '' -f -r -rf '-r --init' '-rmpf --mount-proc' '-rmpf -R root --ro-bind=/usr --mount-proc' \
		'-r --init -R root --ro-bind=/usr --bind=/proc' '-r --landlock=fs:execute:/ --landlock=fs:read-file:/ --landlock=fs:read-dir:/' \
		'-r --seccomp=default' '-rf --seccomp=strict' '-rf --keep-caps' '-rf --kill-child=TERM' '-rf --timeout 100' '-r --lo' \
		'-rT --monotonic 5 -f' '-rf --setup=true' '-r --tmpfs=/tmp --file=0:/tmp/f' '-r --protect=src --hide=in' \
		'-r --disable-userns' '-r --new-session' '-r --die-with-parent' '--rlimit nofile=64' \
		'-r --status-fd 7' '-rf --status-fd 7' '-rf --ready-fd 7 --block-fd 8' '--container=root --ro-bind=/usr' \
		'--container=root --ro-bind=/usr --pass-fd=5' '--sandbox --pass-fd=5' --sandbox; do
		# shellcheck disable=SC2086
		fds "${who[@]}" "$XUNSHARE" $options
		case $options in
		*pass-fd*) wanted='0 1 2 5 ' ;;
		*--sandbox* | *--container*) wanted='0 1 2 ' ;;
		*--block-fd*) wanted='0 1 2 5 ' ;;
		*--status-fd*) wanted='0 1 2 5 8 ' ;;
		*) wanted='0 1 2 5 7 8 ' ;;
		esac
		[ "$output" = "$wanted" ] || fail "$options: $output"
	done
}

@test 'A19: standard descriptors that are closed lead nowhere in a preset' {
	# shellcheck disable=SC2016
	for preset in --container=root '--container=root --without=init' --sandbox; do
		# shellcheck disable=SC2086
		as_user env preset="$preset" sh -c '"$XUNSHARE" $preset --pass-fd=9 /bin/sh -c \
			"for n in 0 1 2; do x=\$(readlink /proc/\$\$/fd/\$n); echo \$x >&9; done" 9>out <&- >&- 2>&-; echo "$?" >status'
		[ "$(cat out)" = $'/dev/null\n/dev/null\n/dev/null' ] || fail "$preset: $(cat status out)"
	done
}

# ------------------------------------------------------------------ ids and privileges

@test 'A12: a group that denies access cannot be dropped' {
	need_root
	need python3
	echo data >denied
	chown "0:65532" denied
	chmod 604 denied
	in_group=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --groups 65532 --inh-caps=-all --)
	# shellcheck disable=SC2089
	drop='import os
try: os.setgroups([]); print("dropped")
except OSError as error: print(error.strerror)
try: open("denied").close(); print("read")
except OSError as error: print(error.strerror)'
	# Root may drop it, and can read the file as somebody without it.
	run -0 setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- cat denied
	output_is data
	for options in -r -c -rf '-r --init' --keep-id '-r --caps=all' '-r --setup=true' --sandbox '--sandbox -r --without=caps,seccomp'; do
		# shellcheck disable=SC2086
		run "${in_group[@]}" "$XUNSHARE" $options python3 -c "$drop"
		[ "$output" = $'Operation not permitted\nPermission denied' ] || fail "$options: $output"
	done
}

@test 'A33: without the map that was asked for, nothing runs' {
	for options in '--map-users 0:5:10' '--map-users 0:5:10 -f' '--map-users 0:5:10 --init' '--map-groups 0:5:10 -f' \
		'--container=root --map-users 5:5:10' '--sandbox --map-users 5:5:10'; do
		# shellcheck disable=SC2086
		run ! inside $options /bin/sh -c 'echo ran'
		output_lacks ran
	done
}

@test 'A13: -S and -G with an id that is not mapped are refused, and so is a preset' {
	for options in '-r -S 5' '-r -G 5' '--container=root -S 5' '--sandbox -S 5'; do
		# shellcheck disable=SC2086
		run ! inside $options /bin/sh -c 'echo ran'
		output_lacks ran$'\n'
		[ "$output" != ran ]
	done
}

@test 'B5: no_new_privs does not keep newuidmap from its work' {
	need_root
	need newuidmap
	for options in -f --init '--seccomp=default -f'; do
		# shellcheck disable=SC2086
		run -0 as_tester "$XUNSHARE" --map-auto --no-new-privs $options sh -c 'grep NoNewPrivs /proc/self/status; cat /proc/self/uid_map'
		output_has $'NoNewPrivs:\t1'
		[[ ${lines[1]} =~ ^\ +0\ +$SUBID_FIRST\  ]]
	done
}

@test 'B2: programs that help are those of the host, never those of the new root' {
	need_root
	need newuidmap
	mkdir -p root/usr/bin
	for name in newuidmap newgidmap getsubids pasta sh; do
		printf '#!/bin/busybox sh\necho taken >/tmp/taken\nexit 1\n' | tee "root/bin/$name.new" >"root/usr/bin/$name"
		chmod 755 "root/usr/bin/$name" "root/bin/$name.new"
		mv "root/bin/$name.new" "root/bin/$name"
	done
	chown -hR "$TEST_UID:$TEST_GID" root
	run -0 as_tester "$XUNSHARE" --container=root --map-auto --setup='echo from the host' /bin/busybox ls /tmp
	output_is 'from the host'
}

# ------------------------------------------------------------------ file systems

@test 'A18: no mount of a preset is seen outside, where all is shared' {
	need_root
	for preset in --container=root '--container=root --without=user' --sandbox '--sandbox --rw=. --protect=src'; do
		# shellcheck disable=SC2016
		run -0 private sh -ec 'mount --make-rshared /; chown -R 0:0 .; before=$(cat /proc/self/mountinfo)
			"$1" $2 /bin/sh -c "echo ran"
			test "$(cat /proc/self/mountinfo)" = "$before"' sh "$XUNSHARE" "$preset"
		output_is ran
	done
}

@test 'A34: a new /proc is nosuid, nodev and noexec, however it is mounted' {
	for options in '-rmpf --mount-proc' '-rmpf -R root --mount-proc' '-rmp --init -R root --mount-proc' --container=root --sandbox; do
		for refused in @none fsopen move_mount; do
			# shellcheck disable=SC2086
			run -0 as_user "$REFUSE" 38 "$refused" -- "$XUNSHARE" $options /bin/sh -c 'grep "^[^ ]* /proc proc " /proc/self/mounts'
			[[ ${lines[-1]} == *' /proc proc '*nosuid,nodev,noexec* ]] || fail "$options, $refused: $output"
		done
	done
}

@test 'A27: read-only means all that is mounted below, too' {
	need_root
	# shellcheck disable=SC2016
	attempt='for f in x sub/x sub/a/x; do touch "$1/$f" && echo "made $f"; done; echo ran'
	# shellcheck disable=SC2016
	below='mount -t tmpfs tmpfs src/sub; mkdir src/sub/a; mount -t tmpfs -o mode=777 tmpfs src/sub/a; chown -R 0:0 .; cp -a root/. src; cd /; exec "$@"'
	# The control: the old way leaves what is below writable.
	# shellcheck disable=SC2016
	run -0 private sh -ec "$below" sh sh -ec 'mount --rbind "$1/src" /mnt; mount -o remount,bind,ro /mnt
		! touch /mnt/x; touch /mnt/sub/x /mnt/sub/a/x' sh "$dir"
	output_has 'Read-only'
	for options in "-m --ro-bind=$dir/src:/mnt" "-rm --ro-bind=$dir/src:/mnt" "-m --bind=$dir/src:/mnt:ro" \
		"-m --pivot-root=/:ro --bind=$dir/src:/mnt:ro" "-m --bind=$dir/src:/mnt --protect=/mnt"; do
		for refused in @none mount_setattr open_tree move_mount; do
			# shellcheck disable=SC2086
			run private sh -ec "$below" sh "$REFUSE" 38 "$refused" -- "$XUNSHARE" $options \
				sh -c "$attempt" sh /mnt
			# What cannot be had is refused.
			[ "$refused" = mount_setattr ] || output_has ran
			output_lacks made
		done
	done
	for options in "--container=$dir/src:ro" "--container=$dir/src:ro --without=user"; do
		# shellcheck disable=SC2086
		run private sh -ec "$below" sh "$XUNSHARE" $options \
			/bin/sh -c "$attempt" sh ''
		output_has ran
		output_lacks made
	done
	# shellcheck disable=SC2086
	run private sh -ec "mount -t tmpfs tmpfs /srv; $below" sh "$XUNSHARE" --sandbox \
		sh -c 'touch /srv/x && echo made; echo ran'
	output_has ran
	output_lacks made
}

@test 'a file system below a bind that was mounted without nosuid: its programs give nothing' {
	need_root
	# shellcheck disable=SC2016
	below='mount -t tmpfs -o mode=755 tmpfs src/sub; cp "$(command -v id)" src/sub/id; chmod 4755 src/sub/id; chmod 755 . src; exec "$@"'
	user=(setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --)
	run -0 private sh -ec "$below" sh "$XUNSHARE" -m --bind="$dir/src:/mnt" "${user[@]}" /mnt/sub/id -u
	output_is 0
	for options in "-m --bind=$dir/src:/mnt:nosuid" "-m --ro-bind=$dir/src:/mnt:nosuid" "-m --bind=$dir/src:/mnt --no-new-privs"; do
		for refused in @none move_mount open_tree; do
			# shellcheck disable=SC2086
			run -0 private sh -ec "$below" sh "$REFUSE" 38 "$refused" -- "$XUNSHARE" $options "${user[@]}" /mnt/sub/id -u
			output_is "$TEST_UID"
		done
	done
	run -0 private sh -ec "chown -hR 0:0 .; $below" sh "$XUNSHARE" --container=/ --without=user,tmp,run --bind="$dir/src:/mnt" \
		"${user[@]}" /mnt/sub/id -u
	output_is "$TEST_UID"
	# As an ordinary user: no program of root's gives anything inside.
	run -0 private sh -ec "$below" sh "${user[@]}" "$XUNSHARE" --sandbox "$dir/src/sub/id" -u
	output_is "$TEST_UID"
}

@test 'A35: a root and a source that are exchanged meanwhile are found out' {
	need_root
	need newuidmap
	mkdir -p tools other/bin
	cp -a root/. other
	# Runs between the check and the use: the map is written while the child waits for it.
	for victim in other src; do
		mkdir "tools/$victim"
		printf '#!/bin/sh\ncd %s && mv %s %s.old && ln -s / %s\nexec %s "$@"\n' "$dir" "$victim" "$victim" "$victim" \
			"$(command -v newuidmap)" >"tools/$victim/newuidmap"
		chmod 755 "tools/$victim/newuidmap"
	done
	chown -hR "$TEST_UID:$TEST_GID" "$dir"
	for options in '--pivot-root=other' '-R other' '--container=other' '-R root --bind=src:/mnt' '-R root --ro-bind=src:/mnt'; do
		case $options in *src*) victim=src ;; *) victim=other ;; esac
		# shellcheck disable=SC2086
		run as_tester env PATH="$dir/tools/$victim:$PATH" "$XUNSHARE" --map-auto -m -f $options /bin/sh -c 'echo ran'
		output_has "'$victim': another file has taken its place meanwhile"
		output_lacks ran
		rm "$victim"
		mv "$victim.old" "$victim"
	done
}

@test 'B3: no control group of the host can be written to through a new /sys' {
	for options in '-rn --mount-sys -R root' '-rn --mount-sys' '-rnC --mount-sys' --container=root '--container=root --without=cgroup' --sandbox; do
		# shellcheck disable=SC2086
		run -0 inside $options /bin/sh -c 'ls -A /sys/fs/cgroup; grep -c " cgroup" /proc/self/mounts; echo ran'
		output_has ran
		output_lacks cgroup.procs
		output_lacks memory
	done
}

@test 'B12: --dry-run of everything makes no system call that changes state' {
	need strace
	before=$(host_state)
	for options in --container=root --sandbox '--sandbox --rw=. --protect=.env --hide=src' '-rm --pivot-root=root --tmpfs=/tmp --dir=/tmp/a --symlink=a:/tmp/b' \
		'-r --landlock=fs:execute:/ --seccomp=default' '-r --setup=true --final-user=current' '-r --pty' '-r --init --disable-userns --lo --hostname=x'; do
		# shellcheck disable=SC2086
		run -0 as_user strace -f -qq -o calls "$XUNSHARE" $options --dry-run /bin/sh
		# What only asks changes nothing: that is done by getent(1), too, for the home directory.
		run grep -v -E '/getent"|/xunshare"|ENOENT' <(grep -E '^[0-9]+ +execve\(' calls)
		output_is ''
		sed -i -E '/(clone3?|v?fork)\(/{/CLONE_NEW/!d}' calls
		sed -i -E '/prctl\(PR_(CAPBSET_READ|GET_[A-Z_]*|CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET)/d' calls
		run grep -E '^[0-9]+ +(unshare|setns|clone3?|v?fork|mount|umount2|pivot_root|open_tree|fsopen|fsmount|move_mount|mount_setattr|mkdir(at)?|mknod(at)?|symlink(at)?|unlink(at)?|rename(at2?)?|sethostname|setdomainname|prctl|set[gu]id|setres[gu]id|setgroups|capset|seccomp|landlock_restrict_self|chroot|f?chdir|setrlimit|setsid|kill)\(|O_CREAT' calls
		output_is ''
		rm calls
	done
	[ "$(host_state)" = "$before" ]
}

@test 'B4: set-user-ID, or with capabilities of the file, nothing is done' {
	need_root
	need ldconfig setcap
	[ -e /etc/ld.so.cache ] || skip 'the loader has no cache'
	# Where rights are gained the loader looks for a library in its own places only.
	mkdir lib tools
	! ldd "$XUNSHARE" | grep -q libns || cp "${XUNSHARE%/*}/../lib/libns.so.0" lib/
	cp "$XUNSHARE" "$XNSENTER" "$XNETNS" tools/
	{
		echo "$dir/lib"
		cat /etc/ld.so.conf
	} >ld.so.conf
	ldconfig -X -C "$dir/ld.so.cache" -f "$dir/ld.so.conf"
	chmod 755 "$dir" tools lib
	chown -R 0:0 tools
	for gain in 'chmod 4755' 'chown 0:0' 'chown :65532' 'setcap cap_sys_admin+ep'; do
		for tool in tools/*; do
			chmod 755 "$tool"
			$gain "$tool"
			[ "$gain" != 'chown :65532' ] || chmod 2755 "$tool"
			# shellcheck disable=SC2016
			run private sh -c 'mount --bind "$1/ld.so.cache" /etc/ld.so.cache; shift
				exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- env -u LD_LIBRARY_PATH "$@"' \
				sh "$dir" "$tool" --version
			case $gain in
			'chown 0:0') [ "$status" = 0 ] || fail "$tool: $output" ;;
			*)
				[ "$status" != 0 ]
				output_has "${tool#*/} has rights from its file"
				;;
			esac
		done
	done
}
