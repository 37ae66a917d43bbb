#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# container:NAME: whose word a name is. Everything runs behind an empty /run of its own.

load common

setup()
{
	need_root
	groups=()
}

teardown()
{
	local i
	cleanup
	for ((i = ${#groups[@]} - 1; i >= 0; i--)); do
		[ ! -d "${groups[i]}" ] || wait_until rmdir "${groups[i]}" || :
	done
}

# behind_run SCRIPT ARG...: a script in a mount namespace where /run is empty.
behind_run()
{
	local script=$1
	shift
	# shellcheck disable=SC2016
	private timeout -s KILL 60 sh -ec 'mount -t tmpfs -o mode=755 none /run
		eval "$0"' "$script" "$@" 3>&-
}

# bundle RUNTIME: an OCI bundle in $bundle.
bundle()
{
	need "$1" busybox python3
	! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip 'busybox is not a static one here'
	bundle=$BATS_TEST_TMPDIR/bundle
	write_bundle "$1" "$bundle" hostname
}

# real_runtime RUNTIME: created, asked for, started, asked for.
real_runtime()
{
	bundle "$1"
	# shellcheck disable=SC2016
	run --separate-stderr behind_run 'name=$1 bundle=$2 xnsenter=$3
		# crun does not know hybrid cgroups: show it a unified tree.
		if [ "$name" = crun ]; then
			umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
		fi
		runtime="$name --root /run/$name"
		cd "$bundle"
		$runtime create --pid-file /run/pid xt </dev/null >/run/out 2>&1 || { tail -n 1 /run/out >&2; exit 99; }
		trap "kill -KILL $(cat /run/pid); $runtime delete -f xt >/dev/null 2>&1 || :" EXIT
		"$xnsenter" -t container:xt --plan | grep ^container
		$runtime start xt
		echo MARK >&2
		"$xnsenter" -t container:xt -- hostname
		"$xnsenter" -t "container:$name/xt" -- hostname
		"$xnsenter" -t container:0/xt -- hostname
		"$xnsenter" -t container:xt --plan=json' \
		"$1" "$bundle" "$XNSENTER"
	[ "$status" != 99 ] || skip "$1 does not start a container here: $(tail -n 1 <<<"$stderr")"
	status_is 0
	[[ $output == "container xt, named by uid 0: /run/$1/xt/"*$'\nboxy\nboxy\nboxy\n{'* ]]
	[[ $output == *"\"named-in\": \"/run/$1/xt/"*'"named-by": 0'* ]]
	[[ ${stderr%%MARK*} == *"container 'xt' was created and not started"* ]]
	[[ ${stderr#*MARK} != *"not started"* ]]
}

@test "runc, by its name, created and started" {
	real_runtime runc
}

@test "crun, by its name, created and started" {
	real_runtime crun
}

# crun_files OWNER DIR PID: a state file as crun writes it.
crun_files='crun_files()
{
	mkdir -p "$2"
	printf "{\"pid\":%d,\"process-start-time\":%s}" "$3" "$(sed "s/.*) //" "/proc/$3/stat" | cut -d" " -f20)" >"$2/status"
	chown -R "$1" "$2"
}
'

@test "a name that a user has written leads root nowhere; he is told what to type" {
	need_userns
	start_user unshare -Urn sleep 1000
	wait_until comm_is "$started" sleep
	users=$started
	start unshare -n sleep 1000
	wait_until comm_is "$started" sleep
	# shellcheck disable=SC2016
	run --separate-stderr behind_run "$crun_files"'xnsenter=$1 users=$2 roots=$3 user=$4
		net() { "$xnsenter" -t "$1" -n -- readlink /proc/self/ns/net; }
		mkdir -p "/run/user/$user" && chown "$user:$user" "/run/user/$user"
		crun_files 0 /run/crun/both "$roots"
		for name in both his link file; do
			crun_files "$user" "/run/user/$user/crun/$name" "$users"
		done
		chown "$user" "/run/user/$user/crun"
		ln -s "/run/user/$user/crun/link" /run/crun/link
		mkdir /run/crun/file && ln -s "/run/user/$user/crun/file/status" /run/crun/file/status
		net container:both
		net "container:$user/both"
		for name in his link file; do
			net "container:$name" && echo "$name is believed"
			net "container:$user/$name"
		done
		"$xnsenter" -t "container:$user/his" -n --plan | grep ^container' \
		"$XNSENTER" "$users" "$started" "$TEST_UID"
	status_is 0
	u="net:[$(ns_ino "$users" net)]" r="net:[$(ns_ino "$started" net)]"
	output_is "$r"$'\n'"$u"$'\n'"$u"$'\n'"$u"$'\n'"$u"$'\n'"container $TEST_UID/his, named by uid $TEST_UID: /run/user/$TEST_UID/crun/his/status"
	for name in his link file; do
		[[ $stderr == *"root has no container '$name'; of other users there is container:$TEST_UID/$name"* ]]
	done
}

@test "a user's container whose processes have ids that were lent to him" {
	need_userns
	need python3
	# The ids of the process are not the user's, nor is it dumpable: as "podman run --user".
	start python3 -c '
import ctypes, os, sys, time
uid = int(sys.argv[1]); r, w = os.pipe(); r2, w2 = os.pipe(); pid = os.fork()
if pid == 0:
	os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
	ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
	if ctypes.CDLL(None).unshare(0x10000000 | 0x40000000): os._exit(1)
	os.write(w, b"x"); os.read(r2, 1)
	os.setresgid(5, 5, 5); os.setresuid(5, 5, 5)
	os.write(w, b"y"); time.sleep(1000)
os.read(r, 1)
for name in "uid_map", "gid_map":
	open("/proc/%d/%s" % (pid, name), "w").write("0 %d 1\n5 1000005 1\n" % uid)
os.write(w2, b"x"); os.read(r, 1); print("pid", pid, flush=True); time.sleep(1000)' "$TEST_UID"
	wait_until grep -q pid "$started_out"
	pid=$(sed -n 's/pid //p' "$started_out")
	# shellcheck disable=SC2016
	run --separate-stderr behind_run "$crun_files"'xnsenter=$1 pid=$2 user=$3 other=$4
		mkdir -p "/run/user/$user" && chown "$user:$user" "/run/user/$user"
		crun_files "$user" "/run/user/$user/crun/box" "$pid"
		crun_files "$user" "/run/user/$user/crun/stolen" "$other"
		"$xnsenter" -t "container:$user/box" -n -- readlink /proc/self/ns/net
		# A process that is not his: his word does not lead there.
		! "$xnsenter" -t "container:$user/stolen" -n -- true' "$XNSENTER" "$pid" "$TEST_UID" "$started"
	status_is 0
	output_is "net:[$(ns_ino "$pid" net)]"
	[[ $stderr == *"container '$TEST_UID/stolen' (crun) has no running process"* ]]
}

@test "a delegated control group that is named like somebody's container" {
	local base id
	need_userns
	base=$(mktemp -d /sys/fs/cgroup/unified/xnsenter-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/xnsenter-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	chmod 755 "$base"
	id=$(printf 'deadbeef%.0s' 1 2 3 4 5 6 7 8)
	groups=("$base" "$base/app.service" "$base/app.service/cri-containerd-$id.scope" "$base/cri-containerd-$id.scope")
	mkdir "$base/app.service"
	chown "$TEST_UID" "$base/app.service"
	as_user mkdir "${groups[2]}"
	start_user unshare -Urn sleep 1000
	wait_until comm_is "$started" sleep
	users=$started
	echo "$users" >"${groups[2]}/cgroup.procs" || skip 'no process can be moved to a cgroup here'
	run -1 "$XNSENTER" -t "container:$id" -n -- true
	output_has "root has no container '$id'; of other users there is container:$TEST_UID/$id"
	# The control: it would have been entered.
	run -0 "$XNSENTER" -t "container:$TEST_UID/$id" -n -- readlink /proc/self/ns/net
	output_is "net:[$(ns_ino "$users" net)]"
	run -0 "$XLSNS" --containers --raw -n
	output_has "$TEST_UID/deadbeefdead containerd"
	# Beside root's own.
	mkdir "${groups[3]}"
	start unshare -n sleep 1000
	wait_until comm_is "$started" sleep
	echo "$started" >"${groups[3]}/cgroup.procs"
	for name in "$id" deadbeefdead "containerd/$id"; do
		run -0 "$XNSENTER" -t "container:$name" -n -- readlink /proc/self/ns/net
		output_is "net:[$(ns_ino "$started" net)]"
	done
}

@test "a pod's name stands for its first container, and that is said" {
	start unshare -n sleep 1000
	wait_until comm_is "$started" sleep
	# shellcheck disable=SC2016
	run --separate-stderr behind_run 'xnsenter=$1 pid=$2 id=$(printf "deadbeef%.0s" 1 2 3 4 5 6 7 8)
		dir=/run/containerd/io.containerd.runtime.v2.task/k8s.io/$id
		mkdir -p "$dir" "/run/containerd/runc/k8s.io/$id"
		printf "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\",\"io.kubernetes.cri.sandbox-name\":\"front\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}" >"$dir/config.json"
		printf "{\"id\":\"%s\",\"init_process_pid\":%d,\"init_process_start\":%s}" "$id" "$pid" "$(sed "s/.*) //" "/proc/$pid/stat" | cut -d" " -f20)" >"/run/containerd/runc/k8s.io/$id/state.json"
		for name in front front/nginx shop/front; do
			"$xnsenter" -t "container:$name" -n -- readlink /proc/self/ns/net
			echo "after $name" >&2
		done' "$XNSENTER" "$started"
	status_is 0
	n="net:[$(ns_ino "$started" net)]"
	output_is "$n"$'\n'"$n"$'\n'"$n"
	[[ ${stderr%%after front*} == *"'front' is a pod; taking its first container, 'nginx'"* ]]
	[[ ${stderr#*after front} != *"is a pod"*"after front/nginx"* ]]
}

@test "xlsns: a network namespace that only CNI's cache knows the owner of" {
	# shellcheck disable=SC2016
	run --separate-stderr private_run sh -ec 'xlsns=$1 id=$(printf "deadbeef%.0s" 1 2 3 4 5 6 7 8)
		mount -t tmpfs -o mode=755 none /var/lib
		ip netns add cni-1234
		mkdir -p /var/lib/cni/results
		printf "{\"kind\":\"cniCacheV1\",\"containerId\":\"%s\",\"cniArgs\":[[\"K8S_POD_NAMESPACE\",\"shop\"],[\"K8S_POD_NAME\",\"front\"]],\"result\":{\"interfaces\":[{\"sandbox\":\"/var/run/netns/cni-1234\"}]}}" "$id" >"/var/lib/cni/results/net-$id-eth0"
		"$xlsns" -l -t net -o CONTAINER,NSFS -r -n | grep cni-1234
		"$xlsns" --containers -r -n | grep front' sh "$XLSNS" 3>&-
	status_is 0
	[[ ${lines[0]} == "front "*/netns/cni-1234 ]]
	[[ ${lines[1]} == "deadbeefdead kubernetes shop front 0 stopped "* ]]
}

@test "what is left out of the containers is said by its place and reason, not of a user where it is none's" {
	need_root
	# shellcheck disable=SC2016
	run behind_run 'mkdir -p /run/crun/huge && truncate -s 5M /run/crun/huge/status
		"$2" --containers; "$1" -t container:huge true || :
		rm -r /run/crun; mkdir -p /run/user/1000/crun && chown 1000:1000 /run/user/1000
		mount -t tmpfs none /run/user/1000/crun
		"$2" --containers' "$XNSENTER" "$XLSNS" 3>&-
	said=': /run/crun/huge/status is larger than 4194304 bytes'
	output_has "xlsns: note: containers or their names may be missing$said"
	output_has "xnsenter: there is no container 'huge'; it may be among what was left out$said"
	output_has '/run/user/1000/crun is on a file system that an ordinary user has mounted, or that lies on a directory of such a user'
}
