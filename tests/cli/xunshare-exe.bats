#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare: in a new root nothing leads to its file, which belongs to the host (CVE-2019-5736).

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
	busybox_root sh ls cat readlink id ps sleep
	mkdir -p "$root/tmp" "$root/lib" "$root/mnt"
	# A copy that belongs to the user: an attack would change that.
	mkdir "$dir/cmd" "$dir/lib"
	cp "$XUNSHARE" "$dir/cmd/xunshare"
	! have ldd || ! ldd "$XUNSHARE" | grep -q libns || cp "${XUNSHARE%/*}/../lib/libns.so.0" "$dir/lib/"
	XUNSHARE=$dir/cmd/xunshare
	script evil '#!/proc/self/exe'
	script number '#!/proc/1/exe'
	script link '#!/mnt/exe'
	ln -s /proc/self/exe "$root/mnt/exe"
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir"
}

# script NAME LINE...: an executable file in the root.
script()
{
	local name=$1
	shift
	printf '%s\n' "$@" >"$root/$name"
	chmod +x "$root/$name"
}

need_stub()
{
	[ "${STUB:-yes}" = yes ] || skip 'no stub for this machine'
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

@test 'an interpreter that is /proc/self/exe is not xunshare' {
	need_stub
	for options in -rmpf '-rmp --init' -cmpf; do
		for name in evil number link; do
			# shellcheck disable=SC2086
			run inside $options --mount-proc -R "$root" "/$name" --version
			[ "$status" = 126 ] || [ "$status" = 127 ] || fail "$options $name: $status" "$output"
			output_lacks 'xunshare from'
		done
		# In a root that has all that xunshare needs to run.
		# shellcheck disable=SC2086
		run -126 inside $options --mount-proc --pivot-root=/:dev "$root/evil"
		output_is '/proc/self/exe cannot be the interpreter of a script here'
	done
}

@test 'as root without a user namespace' {
	need_root
	need_stub
	run -126 "$XUNSHARE" -mpf --mount-proc --pivot-root=/:dev "$root/evil"
	output_is '/proc/self/exe cannot be the interpreter of a script here'
	run -126 "$XUNSHARE" -mp --init --mount-proc --pivot-root=/:dev "$root/evil"
	output_is '/proc/self/exe cannot be the interpreter of a script here'
}

@test 'process 1 of --init names no file that can be opened' {
	# shellcheck disable=SC2016
	run inside -rmp --init --mount-proc -R "$root" /bin/sh -c \
		'readlink /proc/1/exe; busybox head -c 4 /proc/1/exe; : >>/proc/1/exe; ls /proc/1/fd; ls /proc/1/map_files'
	output_lacks xunshare
	output_lacks ELF
	output_has '/proc/1/exe: Permission denied'
	output_has "can't open /proc/1/exe" || output_has "can't create /proc/1/exe"
}

@test 'why a program cannot be executed is said as without a new root' {
	script needs '#!/no/such/shell -x'
	script spaces '#!  /no/such/shell'
	# shellcheck disable=SC2016
	script shell 'echo "by a shell: $0 $1"'
	script unknown '#!/bin/sh' 'exit 7'
	chmod -x "$root/unknown"
	need_plain_loader
	for options in -rmpf '-rmp --init'; do
		# shellcheck disable=SC2086
		set -- $options --mount-proc -R "$root"
		run -127 inside "$@" /no/such
		output_is "xunshare: cannot execute '/no/such': No such file or directory"
		run -127 inside "$@" no-such
		output_has "cannot execute 'no-such': No such file or directory"
		run -127 inside "$@" /needs
		output_is "xunshare: cannot execute '/needs': it needs '/no/such/shell', which is not there"
		run -127 inside "$@" /spaces
		output_is "xunshare: cannot execute '/spaces': it needs '/no/such/shell', which is not there"
		run -127 inside "$@" /dynamic
		output_has "xunshare: cannot execute '/dynamic': it needs '/lib"
		run -126 inside "$@" /unknown
		output_has "cannot execute '/unknown': Permission denied"
		run -126 inside "$@" /tmp
		output_has "cannot execute '/tmp': Permission denied"
		run -127 inside "$@" ''
		output_is "xunshare: cannot execute '': the name of the program is empty"
		run -0 inside "$@" /shell one
		output_is 'by a shell: /shell one'
		# shellcheck disable=SC2016
		run -0 inside "$@" --setenv PATH=/no:/bin sh -c 'echo $PATH'
		output_is /no:/bin
		run -7 inside "$@" /bin/sh -c 'exit 7'
	done
}

# A program that needs a loader that is not in the root.
need_plain_loader()
{
	cp "$(type -P true)" "$root/dynamic"
	if ! grep -q ld-linux "$root/dynamic"; then rm "$root/dynamic"; script dynamic '#!/lib/no'; fi
}

@test 'what the program is and has is as without it' {
	# shellcheck disable=SC2016
	show='cat /proc/self/comm; tr "\0" " " </proc/self/cmdline; grep -E "^(Cap|Sig|NoNew|Seccomp|Groups|Uid)" /proc/self/status
		ls /proc/self/fd | wc -l; readlink /proc/self/exe; echo "$A $#"; ulimit -n'
	for options in -rmpf '-cmpf --keep-caps' '-rmpf --close-fds' '-rmpf --no-new-privs' '-rmpf --rlimit=nofile=64:64'; do
		# shellcheck disable=SC2086
		run -0 as_user env A=b "$XUNSHARE" $options --mount-proc --pivot-root=/:dev sh -c "$show" sh 1 2
		with=$output
		# shellcheck disable=SC2086
		run -0 as_user env A=b "$XUNSHARE" $options --mount-proc sh -c "$show" sh 1 2
		[ "$with" = "$output" ] || fail "$options" "$with" "$output"
	done
}

@test 'where there can be no file in memory it runs only if the file is out of reach' {
	need_stub
	run -1 as_user "$REFUSE" 1 memfd_create -- "$XUNSHARE" -rmpf --mount-proc -R "$root" /bin/id -u
	output_has 'cannot keep this program out of reach of the one in the new root: Operation not permitted'
	if is_root; then
		chown 0:0 "$XUNSHARE"
		run -0 as_user "$REFUSE" 1 memfd_create -- "$XUNSHARE" -rmpf --mount-proc -R "$root" /bin/id -u
		output_is 0
	fi
}

# waits_inside COMMAND...: what of ours is the interpreter of a script, which waits; $exe is the file
# that it runs. The program takes the place of xunshare. @COMMAND: it tells its number in $dir/pid.
waits_inside()
{
	script wait '#!/proc/self/exe --block-fd=0'
	mkfifo "$dir/in"
	# shellcheck disable=SC2016
	"$@" -m --pivot-root=/:dev --bind=/proc:/proc "$root/wait" <"$dir/in" 2>"$dir/why" &
	exec 9>"$dir/in"
	at=none
	for _ in $(seq 500); do
		waiting=$(cat "$dir/pid" 2>/dev/null) || :
		# With --fork it is a child, and where there is a stub it does not come so far.
		read -r at <"/proc/${waiting:-none}/task/$waiting/children" || :
		at=${at:-$waiting}
		! tr '\0' ' ' <"/proc/$at/cmdline" | grep -q -- --block-fd || break
		sleep 0.02
	done 2>/dev/null
	exe=$(readlink "/proc/$at/exe")
	kill -KILL "$waiting"
	exec 9>&-
	wait
	rm "$dir/in" "$dir/pid"
	output=$exe
	output_has /memfd:xunshare
}

@test 'in the place of xunshare, too' {
	# shellcheck disable=SC2016
	tell='echo $$ >"$0"; exec "$@"'
	waits_inside as_user sh -c "$tell" "$dir/pid" "$XUNSHARE" -r
	[ "${STUB:-yes}" = yes ] || waits_inside as_user sh -c "$tell" "$dir/pid" "$XUNSHARE" -rpf --kill-child --mount-proc
	is_root || return 0
	waits_inside sh -c "$tell" "$dir/pid" "$XUNSHARE"
	[ "${STUB:-yes}" = yes ] || waits_inside sh -c "$tell" "$dir/pid" "$XUNSHARE" -pf --kill-child --mount-proc
}

@test 'the copy is asked, explains and gets its environment as without it' {
	# shellcheck disable=SC2016
	show='echo "$0 $1 ${LD_LIBRARY_PATH-none}"; env | grep -c LIBNS_SEAL || :'
	for path in none /a:/b; do
		set -- -u LD_LIBRARY_PATH
		[ "$path" = none ] || set -- "LD_LIBRARY_PATH=$path"
		run -0 as_user env "$@" "$XUNSHARE" -rm --pivot-root=/:dev --bind=/proc:/proc --explain \
			sh -c "$show" zero one
		output_has "$(printf 'zero one %s\n0' "$path")"
		[ "$(grep -c pivot_root <<<"$output")" = 1 ] || fail "explained twice" "$output"
	done
	# Who sets the variable himself has not made a copy.
	run -0 as_user env -u LD_LIBRARY_PATH LIBNS_SEAL_LIBRARY_PATH=/theirs "$XUNSHARE" -r sh -c \
		'env | grep LIBNS_SEAL || echo none; echo "${LD_LIBRARY_PATH-none}"'
	output_is "$(printf 'none\nnone')"
}

@test 'in its place where there can be no copy it runs only if the file is out of reach' {
	run -1 as_user "$REFUSE" 1 memfd_create -- "$XUNSHARE" -rm --pivot-root=/:dev id -u
	output_has 'cannot go on as a sealed copy of this program: Operation not permitted'
	if is_root; then
		chown 0:0 "$XUNSHARE"
		run -0 as_user "$REFUSE" 1 memfd_create -- "$XUNSHARE" -rm --pivot-root=/:dev id -u
		output_is 0
	fi
}

# The copy reads the options once more.
@test 'the copy gets the descriptors that options name' {
	echo hello >"$dir/hello"
	for fork in '' -f; do
		# shellcheck disable=SC2086
		run -0 inside -mr $fork --pivot-root="$root" --tmpfs=/mnt --file=3:/mnt/f /bin/cat /mnt/f 3<"$dir/hello"
		output_is hello
		# shellcheck disable=SC2086
		run -0 inside -mr $fork --pivot-root="$root" --tmpfs=/mnt --file=0:/mnt/f /bin/sh -c 'cat /mnt/f; cat' <"$dir/hello"
		output_is hello
	done
	start_user unshare -Urn sleep 1000
	wait_until comm_is "$started" sleep
	for fork in '' -f; do
		# shellcheck disable=SC2086
		run -0 inside -m $fork --pivot-root="$root" --join-net=fd:3 /bin/sh -c 'cat <&3; echo joined' 3<"/proc/$started/ns/net"
		output_has joined
		output_has 'Bad file descriptor'
	done
}

@test 'where there can be no copy the program gets the environment of the caller' {
	need_root
	chown 0:0 "$XUNSHARE"
	run -0 as_user env -u LD_LIBRARY_PATH "$REFUSE" 1 execveat -- "$XUNSHARE" -rm --pivot-root=/:dev \
		sh -c 'echo "${LD_LIBRARY_PATH-none}"; env | grep LIBNS_SEAL || :'
	output_is none
}

@test 'a filter that lets execve through, and not what keeps the file out of reach, is named' {
	need_stub
	for call in execveat fcntl; do
		"$FORBIDDEN" --filter 1 $call >"$dir/$call"
		chmod 644 "$dir/$call"
		run -0 as_user "$XUNSHARE" -rf --seccomp="$dir/$call" true
		for first in '' --init; do
			# shellcheck disable=SC2086
			run -1 as_user "$XUNSHARE" -rmpf $first -R "$root" --seccomp="$dir/$call" /bin/id -u
			one_line
			output_has 'in the new root, for which filters must let fcntl and execveat through: Oper'
		done
	done
}
