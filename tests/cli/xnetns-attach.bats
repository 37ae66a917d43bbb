# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns attach, and forward, with the words of containers and files. The container is a process in
# a network namespace of its own, with the state that runtimes leave of it. Everything happens
# behind an empty /run, in a network namespace of the test's own.

load common

setup()
{
	need_root
	need python3
	export XNETNS TALK=${BATS_TEST_FILENAME%/*}/talk.py
}

teardown()
{
	# The processes in it have ended, and the kernel may not be done with them.
	[ -z "$base" ] || for _ in {1..250}; do
		rmdir "$base/docker-$id.scope" "$base" 2>/dev/null
		[ -e "$base" ] || break
		sleep 0.02
	done
}

# scenario SCRIPT: SCRIPT beside the container "web", which is process $pid.
scenario()
{
	# shellcheck disable=SC2016
	run private_run unshare -pf --kill-child --mount-proc timeout 60 bash -c 'n() { "$XNETNS" "$@"; }; x=$XNETNS
		inode() { stat -L -c %i "$1"; }
		same() { [ "$(inode /run/netns/$1)" = "$(inode /proc/$pid/ns/net)" ] && echo "$1 is it"; }
		until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
		# crun NAME PID START
		crun() { mkdir -p "/run/crun/$1"; printf "{\"pid\":%d,\"process-start-time\":%s}" "$2" "$3" >"/run/crun/$1/status"; }
		start() { sed "s/.*) //" /proc/$1/stat | cut -d" " -f20; }
		unshare -n sleep 1000 & pid=$!; until_true grep -qx sleep /proc/$pid/comm; crun web $pid $(start $pid)
		'"$1" </dev/null 3>&-
}

@test 'a container, by its name and as the runtime is called' {
	scenario 'n attach one container:web; same one; n attach two container:crun/web; same two; n attach three $pid; same three
		n exec one ip -br link | wc -l'
	output_is $'one is it\ntwo is it\nthree is it\n1'
}

@test 'a container of docker, by the control group that it is in' {
	id=$(printf '4f2d%0.s' {1..16})
	base=$(mktemp -d /sys/fs/cgroup/unified/libns-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/libns-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	mkdir "$base/docker-$id.scope"
	export id base
	scenario 'echo $pid >$base/docker-$id.scope/cgroup.procs || echo no move; rm -r /run/crun
		n attach one docker:4f2d4f2d4f2d; same one; n attach two docker:$id; same two; n attach x podman:$id; echo $?'
	[[ $output != *'no move'* ]] || skip 'no process can be moved to a cgroup here'
	output_is "one is it
two is it
xnetns: there is no container 'podman/$id'
hint: these containers run: 4f2d4f2d4f2d
1"
}

@test 'a file, a symbolic link to one, and another name' {
	scenario 'n attach one /proc/$pid/ns/net; same one; ln -s /proc/$pid/ns/net /run/link; n attach two /run/link; same two
		n attach three /run/netns/one; same three; ln -s /run/netns/one /run/netns/four; n attach five /run/netns/four; same five
		kill $pid; wait $pid; n exec five ip -br link | wc -l'
	output_is $'one is it\ntwo is it\nthree is it\nfive is it\n1'
}

@test 'containers that are not there, or no more, and files that are no network' {
	scenario 'bad() { n attach "$@"; echo $?; }; bad x container:nosuch; bad x docker:nosuch; crun old $pid 1; bad x container:old; : >/run/file; bad x /run/file; bad x /run/nosuch
		ln -s /run/file /run/link; bad x /run/link; bad x /proc/self/ns/uts; n add taken; bad taken container:web; n list'
	output_is "xnetns: there is no container 'nosuch'
hint: these containers run: web
1
xnetns: there is no container 'docker/nosuch'
hint: these containers run: web
1
xnetns: container 'old' (crun) has no running process
1
xnetns: '/run/file' is an ordinary file: no namespace is bound on it
1
xnetns: cannot open namespace '/run/nosuch': No such file or directory
hint: there is no file '/run/nosuch'; 'xlsns -o +NSFS' shows which files namespaces are on, and 'xnetns list' the names of network namespaces
1
xnetns: '/run/link' is an ordinary file: no namespace is bound on it
1
xnetns: '/proc/self/ns/uts' is a namespace of type uts, not a network namespace
1
xnetns: cannot create namespace file '/run/netns/taken': File exists
1
taken"
}

@test 'a port of a container, which publishes none' {
	scenario 'n attach one container:web; n exec one ip link set lo up; ip link set lo up
		"$x" exec one python3 "$TALK" serve tcp 127.0.0.1 80 inside >/run/up & until_true grep -q up /run/up
		"$x" forward container:web 8080:80 >/run/log 2>&1 & until_true grep -q listening /run/log; cat /run/log; python3 "$TALK" ask tcp 127.0.0.1 8080 hello
		n forward container:nosuch 8081:80; echo $?'
	output_is "listening on 127.0.0.1:8080, for 127.0.0.1:80 in 'container:web'
inside hello
xnetns: there is no container 'nosuch'
hint: these containers run: web
1"
}
