#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter into containers made by others, wherever those start here.

load common

as_root()
{
	"$@"
}

# nested_sleeper PID: PID itself or its child, once it sleeps; in $nested.
nested_sleeper()
{
	nested=$1
	comm_is "$nested" sleep || { nested=$(child_of "$1") && comm_is "$nested" sleep; }
}

setup()
{
	need_root
	made=() new_groups=()
}

teardown()
{
	local pid
	for pid in "${made[@]}"; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	cleanup
	for dir in "${new_groups[@]}"; do
		[ ! -d "$dir" ] || wait_until rmdir "$dir" || :
	done
	[ ! -d "$BATS_TEST_TMPDIR/runc" ] || runc --root "$BATS_TEST_TMPDIR/runc" delete -f xt >/dev/null 2>&1 || :
}

static_busybox()
{
	need busybox
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip 'busybox is not a static one here'
}

# bundle [PROGRAM...]: an OCI bundle in $bundle; PROGRAMs are applets, none: only sleep.
bundle()
{
	static_busybox
	need python3
	bundle=$BATS_TEST_TMPDIR/bundle
	write_bundle "$runtime" "$bundle" "$@"
}

# container RUNTIME [PROGRAM...]: its pid in $pid.
container()
{
	runtime=$1
	shift
	need "$runtime"
	bundle "$@"
	cat >"$BATS_TEST_TMPDIR/run" <<-END
		# crun does not know hybrid cgroups: show it a unified tree.
		if [ $runtime = crun ]; then
			umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
		fi
		cd $bundle && exec $runtime --root $BATS_TEST_TMPDIR/$runtime run -d --pid-file $BATS_TEST_TMPDIR/pid xt
	END
	private timeout -s KILL 60 sh "$BATS_TEST_TMPDIR/run" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
		skip "$runtime does not start a container here: $(tail -1 "$BATS_TEST_TMPDIR/out")"
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	made+=("$pid")
	# The runtime is done before its child has become the program.
	wait_until comm_is "$pid" sleep
}

probe='cat /proc/1/comm; hostname; id -u; pwd'

@test "runc" {
	container runc sh cat hostname id
	run -0 timeout 60 "$XNSENTER" -t "$pid" -- sh -c "$probe"
	output_is $'sleep\nboxy\n0\n/'
}

@test "crun" {
	container crun sh cat hostname id
	run -0 timeout 60 "$XNSENTER" -t "$pid" -- sh -c "$probe"
	output_is $'sleep\nboxy\n0\n/'
}

@test "like the target: no more rights than the container has" {
	container runc sh grep
	want=$(grep -E '^Cap(Eff|Bnd)|^NoNew' "/proc/$pid/status")
	run -0 timeout 60 "$XNSENTER" --like-target -t "$pid" -- sh -c 'grep -E "^Cap(Eff|Bnd)|^NoNew" /proc/self/status'
	output_is "$want"
	run -0 timeout 60 "$XNSENTER" -t "$pid" -- sh -c 'grep -E "^Cap(Eff|Bnd)|^NoNew" /proc/self/status'
	[ "$output" != "$want" ]
}

@test "a container with one program: --tools brings the others, unseen" {
	container runc
	run -127 timeout 60 "$XNSENTER" -t "$pid" -- sh -c 'echo no'
	run -0 timeout 60 "$XNSENTER" -t "$pid" --tools -- sh -c "$probe; touch \${PATH%%:*}/x 2>/dev/null || echo read-only"
	output_is $'sleep\nboxy\n0\n/\nread-only'
	# The login shell of the caller is not there, the one of the tools is.
	SHELL=/bin/bash run -0 timeout 60 sh -c 'echo "echo works" | "$1" --tools -t "$2"' sh "$XNSENTER" "$pid"
	output_is works
	# Nothing of it in the container's own mounts, or the host's.
	run grep -c /mnt "/proc/$pid/mountinfo"
	output_is 0
}

@test "a root with one program and nothing else: --tools all the same" {
	need_userns
	static_busybox
	dir=$BATS_TEST_TMPDIR/bare
	user_dir >/dev/null
	mkdir "$dir"
	cp "$(command -v busybox)" "$dir/sleep"
	tools=$BATS_TEST_TMPDIR/tools
	mkdir "$tools"
	cp "$(command -v busybox)" "$tools/ls"
	start unshare -mup --fork --root "$dir" /sleep 1000
	wait_until child_named "$started" sleep
	pid=$(child_named "$started" sleep)
	run -127 "$XNSENTER" -t "$pid" -- ls
	run -0 --separate-stderr "$XNSENTER" -t "$pid" --tools -- sh -c 'ls /; ls /container; echo "$PATH"'
	[[ $output == $'container\ntools\nsleep\n/tools:'* ]]
	run -0 "$XNSENTER" -t "$pid" --host-root=/mnt -- ls /mnt
	output_is sleep
	[[ $stderr == *"on /container"* ]]
	run -0 --separate-stderr "$XNSENTER" -t "$pid" --tools="$tools" -- ls /container
	output_is sleep
	run -0 --separate-stderr "$XNSENTER" -t "$pid" --tools -- ls -a /container
	output_lacks tools
	# An ordinary user, into his own.
	start_user unshare -Urmp --fork --root "$dir" /sleep 1000
	wait_until child_named "$started" sleep
	pid=$(child_named "$started" sleep)
	run -0 --separate-stderr as_user "$XNSENTER" -t "$pid" --tools -- ls /container
	output_is sleep
}

@test "--tools where the caller has no number: the tools belong to the program" {
	need_root
	static_busybox
	map=(--map-users=0:1000000:1000 --map-groups=0:1000000:1000)
	start "$XUNSHARE" -U "${map[@]}" -S 0 -G 0 -mp --init sh -c \
		'mount -t tmpfs volume /mnt && mount --bind /usr/share /media && : >/mnt/kept && exec sleep 1000'
	inside() {
		local child
		for child in $(cat "/proc/$started/task/$started/children"); do
			pid=$(child_named "$child" sleep) && return
		done
		return 1
	}
	wait_until inside
	inside
	for who in 0 7; do
		run -0 "$XNSENTER" -t "$pid" --tools -S "$who" -G "$who" -- \
			sh -c 'stat -c "%u %g %a" "$(which busybox)"; ls /mnt; test -d /media/doc || test -n "$(ls /media)"'
		output_is "$who $who 755"$'\nkept'
	done
	# A volume is not what is covered, nor a bind mount of the same device.
	run -0 "$XNSENTER" -t "$pid" --tools -- sh -c 'which busybox'
	output_lacks /mnt/
	output_lacks /media/
}

@test "--tools=DIR, and a directory that is not there" {
	container runc
	dir=$BATS_TEST_TMPDIR/mine
	mkdir "$dir"
	cp "$(command -v busybox)" "$dir/hostname"
	run -0 timeout 60 "$XNSENTER" -t "$pid" --tools="$dir" -- hostname
	output_is boxy
	run -1 timeout 60 "$XNSENTER" -t "$pid" --tools=/nonexistent -- hostname
	output_is "xnsenter: --tools: cannot open '/nonexistent': No such file or directory"
}

@test "--host-root: the host's programs on the container's tree" {
	container runc
	dir=$BATS_TEST_TMPDIR/there
	mkdir "$dir"
	echo inside >"$bundle/rootfs/marker"
	run -0 timeout 60 "$XNSENTER" -t "$pid" --host-root="$dir" -- bash -c "cat $dir/marker; cat /proc/1/comm; hostname"
	output_is $'inside\nsleep\nboxy'
	[ ! -e "$dir/marker" ]
	run -1 timeout 60 "$XNSENTER" -t "$pid" --host-root=/nonexistent -- true
	one_line
}

@test "--tools and --host-root by an ordinary user, into his own sandbox" {
	need_userns
	static_busybox
	user_sleeper -Urmpnf --mount-proc
	run -0 as_user "$XNSENTER" -t "$sleeper" --tools -- sh -c '[ -x "${PATH%%:*}/ls" ] && echo there; cat /proc/1/comm; id -u'
	output_is $'there\nsleep\n0'
	dir=$(user_dir)
	cp "$(command -v busybox)" "$dir/uname"
	run -0 as_user "$XNSENTER" -t "$sleeper" --tools="$dir" -- sh -c 'command -v uname; [ -e "${PATH%%:*}/uname" ] && echo there'
	output_has there
	run -0 as_user "$XNSENTER" -t "$sleeper" --host-root="$dir" -- sh -c "ls -d $dir/etc; cat /proc/1/comm; readlink /proc/self/ns/net"
	output_is "$dir/etc"$'\n'"sleep"$'\n'"net:[$(ns_ino "$sleeper" net)]"
	[ ! -e "$dir/etc" ]
}

@test "the caller's shell is not there: /bin/sh is" {
	container runc sh
	SHELL=/bin/bash run -0 timeout 60 sh -c 'echo "echo \$0" | "$1" -t "$2"' sh "$XNSENTER" "$pid"
	output_is -sh
}

@test "bubblewrap, by an ordinary user, by each of its processes" {
	need bwrap
	need_userns
	start_user bwrap --unshare-all --bind / / --proc /proc --dev /dev sleep 1000
	wait_until child_of "$started"
	outer=$(child_of "$started")
	wait_until child_of "$outer"
	inner=$(child_of "$outer")
	wait_until comm_is "$inner" sleep
	for pid in "$started" "$outer" "$inner"; do
		run -0 --separate-stderr as_user "$XNSENTER" -t "$pid" -- readlink /proc/self/ns/user /proc/self/ns/net
		output_is "user:[$(ns_ino "$inner" user)]"$'\n'"net:[$(ns_ino "$inner" net)]"
	done
}

# groups_of_nspawn: notes which control groups will be its own; it leaves them behind.
groups_of_nspawn()
{
	local dir
	for dir in /sys/fs/cgroup{,/unified,/systemd}/{payload,supervisor}; do
		[ -e "$dir" ] || new_groups+=("$dir")
	done
}

@test "systemd-nspawn" {
	need systemd-nspawn
	static_busybox
	dir=$BATS_TEST_TMPDIR/tree
	mkdir -p "$dir"/{usr/bin,etc,proc,sys,dev,tmp,run,var}
	ln -s usr/bin "$dir/bin"
	cp "$(command -v busybox)" "$dir/usr/bin/busybox"
	for name in sh cat hostname id sleep; do ln -s busybox "$dir/usr/bin/$name"; done
	echo 'ID=box' >"$dir/etc/os-release"
	groups_of_nspawn
	start systemd-nspawn -q --register=no --keep-unit --hostname=boxy -D "$dir" /bin/sleep 1000
	for ((i = 0; i < 150; i++)); do
		pid=$(child_of "$started") && [ -n "$pid" ] && comm_is "$pid" sleep && break
		kill -0 "$started" 2>/dev/null || skip "systemd-nspawn does not start here: $(tail -1 "$started_out")"
		sleep 0.02
	done
	# In a session of its own, it outlives the one that made it.
	made+=("$pid")
	comm_is "$pid" sleep || skip "systemd-nspawn does not start here: $(tail -1 "$started_out")"
	run -0 timeout 60 "$XNSENTER" -t "$pid" -- sh -c "$probe"
	output_is $'sleep\nboxy\n0\n/'
}

# podman_script: what makes a container "boxy" in a mount namespace with an empty /run
# and /var/lib, looks into it with "$XNSENTER" and removes it again. Its arguments:
# the tree, xnsenter, a command that becomes the user, options of podman, of run.
podman_script()
{
	cat >"$BATS_TEST_TMPDIR/podman" <<-'END'
		tree=$1 xnsenter=$2 user=$3 podman="podman --storage-driver vfs --cgroup-manager cgroupfs $4"
		run="run -d --name boxy -h boxy --network none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 $5"
		# As root it makes a control group, and leaves it.
		left=/sys/fs/cgroup/libpod_parent
		[ ! -d "$left" ] || left=
		remove() {
			for i in $(seq 100); do
				[ -n "$left" ] && [ -d "$left" ] || break
				rmdir "$left/conmon" "$left" 2>/dev/null || sleep 0.02
			done
		}
		# What an ordinary user's podman leaves running.
		pause() { kill -KILL "$(cat "$XDG_RUNTIME_DIR/libpod/tmp/pause.pid")" 2>/dev/null; }
		$user $podman $run --rootfs "$tree" sleep 1000 >&2 || { pause; remove; exit 99; }
		trap '$user $podman rm -f -t 0 boxy >/dev/null 2>&1; pause; remove' EXIT
		pid=$($user $podman inspect -f '{{.State.Pid}}' boxy)
		for target in "$pid" $6; do
			$user "$xnsenter" -t "$target" -- sh -c 'cat /proc/1/comm; hostname; id -u; pwd'
		done
		$user "$xnsenter" -t "$pid" --tools -- sh -c 'echo tools'
	END
}

# podman_tree DIR: a root file system there.
podman_tree()
{
	local name
	mkdir -p "$1"/{bin,proc,sys,dev,etc,tmp,mnt,run}
	cp "$(command -v busybox)" "$1/bin/"
	for name in sleep sh cat hostname id; do ln -sf busybox "$1/bin/$name"; done
}

@test "podman, by number and by name" {
	need podman runc
	static_busybox
	podman_tree "$BATS_TEST_TMPDIR/tree"
	podman_script
	# It does not know hybrid cgroups: show it a unified tree.
	# shellcheck disable=SC2016
	run --separate-stderr private timeout -s KILL 60 sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup &&
		mount -t tmpfs none /run && mount -t tmpfs none /var/lib || exit 99
		sh "$1/podman" "$1/tree" "$2" "" "--runtime runc" "--pids-limit 0" "container:boxy container:podman/boxy"' \
		sh "$BATS_TEST_TMPDIR" "$XNSENTER" 3>&-
	[ "$status" != 99 ] || skip "podman does not start here: $(tail -n 1 <<<"$stderr")"
	status_is 0
	inside=$'sleep\nboxy\n0\n/\n'
	output_is "$inside$inside${inside}tools"
}

@test "podman of an ordinary user" {
	need podman crun newuidmap
	static_busybox
	home=$(user_dir)
	podman_tree "$home/tree"
	podman_script
	chmod a+x "$BATS_TEST_TMPDIR"
	mkdir "$home/run"
	chown -R "$TEST_UID:$TEST_GID" "$home"
	# shellcheck disable=SC2016
	HOME=$home XDG_RUNTIME_DIR=$home/run run --separate-stderr with_subids timeout -s KILL 60 sh -c '
		umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup && mount -t tmpfs none /run || exit 99
		cd / && exec sh "$1/podman" "$2/tree" "$3" \
			"setpriv --reuid $4 --regid $4 --clear-groups --inh-caps=-all --" "--runtime crun" --cgroups=disabled ""' \
		sh "$BATS_TEST_TMPDIR" "$home" "$XNSENTER" "$TEST_UID" 3>&-
	[ "$status" != 99 ] || skip "podman does not start here: $(tail -n 1 <<<"$stderr")"
	status_is 0
	output_is $'sleep\nboxy\n0\n/\ntools'
}

@test "xunshare, by its own pid and by its child's, as an ordinary user" {
	need_userns
	start_user "$XUNSHARE" -Urpf --mount-proc sleep 1000
	wait_until child_named "$started" sleep
	inner=$(child_named "$started" sleep)
	for pid in "$started" "$inner"; do
		run -0 --separate-stderr as_user "$XNSENTER" -t "$pid" -- sh -c 'cat /proc/1/comm; id -u'
		output_is $'sleep\n0'
	done
}

@test "--host-root where the mounts belong to an outer user namespace, as bubblewrap has it" {
	need_userns
	dir=$(user_dir)
	# Mounts first, then another user namespace: twice, as different sandboxes do it.
	for inner in -Ur -Urpf -Urmn; do
		for who in user root; do
			[ "$who" = user ] || is_root || continue
			# shellcheck disable=SC2016
			start_user unshare -Urmu --propagation private sh -c \
				'mount -t tmpfs none /mnt && echo of the container >/mnt/marker && exec "$@"' \
				sh unshare "$inner" sleep 1000
			wait_until nested_sleeper "$started"
			run -0 "as_$who" "$XNSENTER" -t "$nested" --host-root="$dir" -- cat "$dir/mnt/marker"
			output_is 'of the container'
		done
	done
}
