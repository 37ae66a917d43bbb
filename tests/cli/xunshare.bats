#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: ids, mounts, kept namespaces, errors. The life of the program is in
# xunshare-life.bats, what scripts use in xunshare-scripts.bats.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

@test 'the sandbox of the first example' {
	need_userns
	run -0 inside -Urpf --mount-proc sh -c 'echo $$; id -u; echo /proc/[0-9]*'
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = 0 ]
	[[ ${lines[2]} == /proc/1* ]]
	[ "$(wc -w <<<"${lines[2]}")" -le 2 ]
}

# ------------------------------------------------------------------- id maps

maps()
{
	run -0 "$@" sh -c 'tr -s " " </proc/self/uid_map | sed s/^/u/; tr -s " " </proc/self/gid_map | sed s/^/g/; cat /proc/self/setgroups'
}

@test 'ranges as root, both spellings' {
	need_root
	maps "$XUNSHARE" --map-users 0:5:10 --map-groups 7,0,10
	output_is $'u 0 5 10\ng 0 7 10\nallow'
	maps "$XUNSHARE" -f --map-users 0:5:10 --map-groups=0:7:10
	output_is $'u 0 5 10\ng 0 7 10\nallow'
	maps "$XUNSHARE" --map-users 0:5:10 --map-users 20:30:2
	output_is $'u 0 5 10\nu 20 30 2\nallow'
	maps "$XUNSHARE" --map-users all --map-groups all
	output_is $'u 0 0 4294967295\ng 0 0 4294967295\nallow'
}

@test 'setgroups can be denied beside ranges' {
	need_root
	maps "$XUNSHARE" --map-users 0:5:10 --map-groups 0:5:10 --setgroups deny
	output_is $'u 0 5 10\ng 0 5 10\ndeny'
	maps "$XUNSHARE" -f --map-users 0:5:10 --map-groups 0:5:10 --setgroups deny
	output_is $'u 0 5 10\ng 0 5 10\ndeny'
	maps as_user "$XUNSHARE" -r --setgroups deny
	[[ $output == *deny ]]
}

@test 'subordinate ids with and around the own id' {
	need_root
	need newuidmap newgidmap
	for fork in '' -f; do
		maps as_tester "$XUNSHARE" $fork --map-auto -r
		output_is $'u 0 65533 1\nu 1 1000000 65536\ng 0 65533 1\ng 1 1000000 65536\nallow'
		maps as_tester "$XUNSHARE" $fork --map-subids
		output_is $'u 1000000 1000000 65536\ng 1000000 1000000 65536\nallow'
		maps as_tester "$XUNSHARE" $fork --map-users subids --map-groups auto
		output_is $'u 1000000 1000000 65536\ng 0 1000000 65536\nallow'
	done
}

@test 'keep-id, with and without subordinate ids' {
	need_root
	need newuidmap newgidmap
	maps as_tester "$XUNSHARE" --keep-id
	[ "${lines[0]}" = 'u 65533 65533 1' ]
	[ "${lines[1]}" = 'u 0 1000000 65533' ]
	run -0 as_tester "$XUNSHARE" --keep-id id -u
	output_is 65533
	maps as_user "$XUNSHARE" --keep-id
	output_is $'u 65533 65533 1\ng 65533 65533 1\ndeny'
}

@test 'a single id takes nothing from a range that only touches it' {
	need_root
	maps "$XUNSHARE" --map-users 1:100000:999 --map-user 1000
	output_has 'u 1 100000 999'
}

@test 'the owner of the user namespace' {
	need_root
	for fork in '' -f; do
		run -0 "$XUNSHARE" $fork --owner 65533:65533 -r sh -c \
			'id -u; cat /proc/self/uid_map | tr -s " "'
		output_is $'0\n 0 65533 1'
	done
	for bad in 5 5: :5 x:5 5:x 5:5:5 4294967296:0; do
		run -1 "$XUNSHARE" --owner "$bad" true
	done
}

@test 'a program that cannot be run: what was to be kept is not' {
	need_root
	touch "$BATS_TEST_TMPDIR/net" "$BATS_TEST_TMPDIR/mnt"
	# shellcheck disable=SC2016
	private sh -ec 'dir=$1 x=$2 r=0
		"$x" -f --net="$dir/net" --mount="$dir/mnt" /no/such/program 2>/dev/null || r=$?
		[ $r = 127 ] && ! grep -q "$dir" /proc/self/mountinfo' sh "$BATS_TEST_TMPDIR" "$XUNSHARE"
}

@test 'ids are strict' {
	for bad in 4294967296 4294967295 -1 '' ' 1' 1x 0x1 1e3; do
		run -1 "$XUNSHARE" -S "$bad" true
		run -1 "$XUNSHARE" -G "$bad" true
		run -1 "$XUNSHARE" --map-users "0:$bad:1" true
		run -1 "$XUNSHARE" --map-groups "$bad:0:1" true
	done
	for bad in 0 -1 4294967296 '' x; do
		run -1 "$XUNSHARE" --map-users "0:0:$bad" true
	done
	run -1 "$XUNSHARE" --map-users 0:0:10 --map-users 5:50:1 true
	run -1 "$XUNSHARE" --map-user no-such-user true
}

@test 'one line for one error' {
	run -1 "$XUNSHARE" --map-users 0:0:4294967296 true
	output_is "xunshare: id range '0:0:4294967296' has a number above 4294967295"
	for words in '-r --setgroups allow' '--propagation sideways' '--kill-child=NOSIG' \
		'--boottime 5' '-T --monotonic x' '--timeout soon' '--rlimit nofile' '--rlimit x=1' \
		'--setenv novalue' '--pass-fd x' '--pass-fd 99' '--status-fd 99' '--dry-run=xml' \
		'-R /no/such/dir' '-w /no/such/dir' '--mount-proc=/no/such/dir'; do
		# shellcheck disable=SC2086
		run -1 inside -U $words true
		lines=("${lines[@]/#Try */}")
		[[ ${lines[0]} == xunshare:* ]] || fail "$words" "$output"
	done
}

# ------------------------------------------------------------ mounts and host

@test 'host name, domain name and lo' {
	need_userns
	run -0 inside -r --hostname a.b --domainname c.d sh -c 'uname -n; cat /proc/sys/kernel/domainname'
	output_is $'a.b\nc.d'
	[ "$(uname -n)" != a.b ]
	run -0 inside -r --lo cat /sys/class/net/lo/flags
	run -0 inside -rf --lo sh -c 'read -r line </proc/net/if_inet6 && echo "${line##* }"'
	output_is lo
}

@test 'as root, the pid namespace is found by the number of xunshare, too' {
	need_root
	start "$XUNSHARE" -pf --mount-proc sleep 1000
	wait_until child_of "$started"
	wait_until comm_is "$(child_of "$started")" sleep
	[ "$(ns_ino "$started" pid_for_children)" = "$(ns_ino "$(child_of "$started")" pid)" ]
	run "$XNSENTER" -t "$started" -- ps -o comm= -p 1
	output_has sleep
}

@test 'mount-proc on another directory' {
	need_userns
	dir=$(user_dir)
	run -0 inside -rpf "--mount-proc=$dir" sh -c "echo \$\$; readlink $dir/self"
	[ "${lines[0]}" = 1 ]
	[ ! -e "$dir/self" ]
}

@test 'a new proc is not seen outside, whatever the propagation' {
	need_root
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount --make-rshared /
		before=$(wc -l </proc/self/mountinfo)
		"$1" -pf --propagation shared --mount-proc true
		"$1" -pf --propagation unchanged --mount-proc true
		test "$(wc -l </proc/self/mountinfo)" = "$before"' sh "$XUNSHARE"
}

binfmt_in_userns()
{
	# Asked of unshare: xunshare is what is tested. A procfs that is new wants a pid namespace.
	as_user unshare -Urmpf --mount-proc mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null ||
		skip 'binfmt_misc cannot be mounted in a user namespace (Linux 6.7)'
}

@test 'binfmt_misc and an interpreter' {
	need_userns
	binfmt_in_userns
	run -0 inside -rpf --mount-binfmt sh -c 'cat /proc/sys/fs/binfmt_misc/status; grep -o "binfmt_misc rw[^ ]*noexec" /proc/self/mounts'
	output_is $'enabled\nbinfmt_misc rw,nosuid,nodev,noexec'
	dir=$(user_dir)
	printf 'XUNS the rest' >"$dir/program"
	chmod +x "$dir/program"
	run -0 inside -rpf -l ':xuns:M::XUNS::/bin/cat:' "$dir/program"
	output_is 'XUNS the rest'
	run -1 inside -rpf -l 'not a definition' true
	[[ ${lines[0]} == *"cannot register 'not a definition'"* ]]
}

# ------------------------------------------------------------ kept namespaces

# In a private mount namespace whose mounts are shared, as on a desktop.
kept()
{
	# shellcheck disable=SC2016
	private sh -ec 'mount --make-rshared /; cd "$2"; for t in user mnt pid net ipc uts cgroup time; do : >$t; done
		tool=$1; script=$3; set --; eval "$script"' sh "$XUNSHARE" "$BATS_TEST_TMPDIR" "$1"
}

@test 'all eight types are kept, with and without a user namespace' {
	need_root
	# shellcheck disable=SC2016
	run -0 kept 'all="--mount=mnt --pid=pid --net=net --ipc=ipc --uts=uts --cgroup=cgroup --time=time"
		$tool -f $all true
		stat -fc %T mnt pid net ipc uts cgroup time
		$tool -f --user=user -r $all true
		stat -fc %T user mnt pid net ipc uts cgroup time'
	[ "$(sort -u <<<"$output")" = nsfs ]
	[ "${#lines[@]}" = 15 ]
}

@test 'all that need no fork are kept in place' {
	need_root
	# shellcheck disable=SC2016
	run -0 kept '$tool --user=user -r --mount=mnt --net=net --ipc=ipc --uts=uts --cgroup=cgroup --time=time \
			readlink /proc/self/ns/net
		stat -fc %T user mnt net ipc uts cgroup time; nsenter --net=net readlink /proc/self/ns/net'
	[ "${lines[0]}" = "${lines[8]}" ]
	[ "${lines[2]}" = nsfs ]
	output_lacks ext
}

@test 'what is kept can be entered' {
	need_root
	# shellcheck disable=SC2016
	run -0 kept '$tool --mount=mnt --uts=uts --hostname kept mount -t tmpfs inner /mnt
		nsenter --mount=mnt --uts=uts sh -c "uname -n; stat -fc %T /mnt"'
	output_is $'kept\ntmpfs'
}

@test 'nothing stays bound when a later step fails' {
	need_root
	# shellcheck disable=SC2016
	run -0 kept 'before=$(cat /proc/self/mountinfo)
		! $tool --net=net --mount=mnt -R /no/such/dir true 2>/dev/null
		! $tool -f --net=net --pid=pid --mount=mnt -R /no/such/dir true 2>/dev/null
		! $tool -f --net=net --mount=mnt no-such-program 2>/dev/null
		! $tool --net=net --uts=no-such-file true 2>/dev/null
		! $tool --net=net --uts=/tmp true 2>/dev/null
		test "$(cat /proc/self/mountinfo)" = "$before"'
}

@test 'a namespace is not kept on what a symbolic link leads to' {
	need_root
	dir=$(user_dir)
	touch "$dir/victim"
	ln -s victim "$dir/net"
	# shellcheck disable=SC2016
	run -1 private sh -c '"$1" --net="$2/net" true 2>&1
		r=$?; stat -fc %T "$2/victim" | grep -q nsfs && echo covered; exit $r' sh "$XUNSHARE" "$dir"
	[ "$output" = "xunshare: cannot keep the net namespace on '$dir/net': that is a symbolic link" ]
}

@test 'keeping without privilege is refused with one line' {
	need_userns
	dir=$(user_dir)
	touch "$dir/net"
	run -1 inside "--net=$dir/net" -r true
	one_line
	output_has "cannot keep the net namespace on '$dir/net'"
}

@test 'a map that is refused does not leave the keeper waiting' {
	need_userns
	dir=$(user_dir)
	# shellcheck disable=SC2016
	run -1 inside -rm timeout 10 sh -ec 'mount -t tmpfs none "$2"; : >"$2/net"
		exec "$1" -f --net="$2/net" --map-users 0:5:10 true' sh "$XUNSHARE" "$dir"
	[[ ${lines[0]} == *'cannot write uid_map'* ]]
}

@test 'a relative working directory is inside the new root' {
	need_userns
	cd /
	run -0 inside -Ur -R /usr -w . /bin/pwd -P
	[ "$output" = / ]
	run -0 inside -Ur -R /usr -w share/../share /bin/pwd -P
	[ "$output" = /share ]
	run -0 inside -Ur -f -R /usr -w .. /bin/sh -c 'pwd -P; [ -e share ] && [ ! -e etc/passwd ]'
	[ "$output" = / ]
}

@test 'the shell that is run in a new root for want of a program is named' {
	need_userns
	SHELL=/no/such/shell run -127 inside -Ur -R /usr
	output_has "no program was given: running the shell '/no/such/shell' in '/usr'"
	SHELL=/no/such/shell run -127 inside -Ur
	output_lacks 'no program was given'
	run -0 inside -Ur -R /usr /bin/true
	[ -z "$output" ]
}

@test 'options that are repeated have no number at which they end' {
	need_userns
	local options=() fds=() i
	for ((i = 0; i < 300; i++)); do
		options+=(--whitelist-env "KEEP$i" --setenv "V$i=$i" --rlimit "core=0")
		export "KEEP$i=kept"
	done
	for ((i = 300; i < 400; i++)); do
		eval "exec $i</dev/null"
		fds+=(--pass-fd "$i")
	done
	# shellcheck disable=SC2016
	run -0 inside -Ur "${options[@]}" "${fds[@]}" /bin/sh -c \
		'echo "$KEEP299 $V299"; [ -e /proc/$$/fd/399 ] || ls /proc/$$/fd'
	[ "$output" = 'kept 299' ] || fail "$output"
}

@test 'clock offsets want a time namespace, each of them' {
	for option in --monotonic --boottime; do
		run -1 "$XUNSHARE" "$option" 5 true
		output_has 'need a new time namespace (-T)'
	done
}

@test "maps are written to the child, not to whoever has its number in a /proc of another pid namespace" {
	need_root
	need_userns
	# shellcheck disable=SC2016
	run -0 unshare -p -f sh -c '"$1" -U --map-users=0:100000:10 cat /proc/self/uid_map; exit $?' sh "$XUNSHARE"
	read -r inner outer count <<<"$output"
	[ "$inner $outer $count" = "0 100000 10" ]
}
