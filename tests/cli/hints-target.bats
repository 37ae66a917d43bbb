#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Words that are no target, or lead to nothing: what was meant is looked up and said.

load common

groups=()

teardown()
{
	local i
	cleanup
	for ((i = ${#groups[@]} - 1; i >= 0; i--)); do
		[ ! -d "${groups[i]}" ] || wait_until rmdir "${groups[i]}" || :
	done
}

# hint_is WORDS: the only hint of the last run.
hint_is()
{
	[ "$(grep '^hint: ' <<<"$output")" = "hint: $1" ] || fail "not the hint: $1" 'output:' "$output"
}

# in_group NAME: the sleeper in a control group that looks like a container of lxc.
in_group()
{
	local base
	base=$(mktemp -d /sys/fs/cgroup/unified/libns-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/libns-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/pids/libns-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	groups+=("$base")
	mkdir "$base/lxc.payload.$1"
	groups+=("$base/lxc.payload.$1")
	group=${base##*/}
	echo "$sleeper" >"$base/lxc.payload.$1/cgroup.procs" || skip 'no process can be moved to a cgroup here'
}

@test 'xnsenter PID: a target has -t before it' {
	for word in 4711 container:web netns:blue; do
		run "$XNSENTER" "$word"
		status_is 1
		hint_is "a target has -t before it: xnsenter -t $word"
	done
	run "$XNSENTER" bash
	output_lacks hint
}

@test 'xnsenter NAME: so has the name of a container, and of a network namespace' {
	need_root
	sleeper -u
	in_group "box-$$"
	run "$XNSENTER" "box-$$" true
	status_is 1
	hint_is "a target has -t before it: xnsenter -t container:box-$$"
	# shellcheck disable=SC2016
	run private sh -c 'mount -t tmpfs none /run && "$1" add blue && "$2" blue' sh "$XNETNS" "$XNSENTER"
	status_is 1
	hint_is 'a target has -t before it: xnsenter -t netns:blue'
}

@test 'docker:NAME is a container of docker in every tool, and other runtimes lead to a hint' {
	need_root
	sleeper -u
	in_group "box-$$"
	run "$XNSENTER" -t "lxc:box-$$" true
	status_is 1
	hint_is "there is a container of that name: --target container:lxc/box-$$"
	run "$XLSNS" --compare "nosuch:box-$$"
	status_is 2
	hint_is "there is a container of that name: --compare container:box-$$"
	run "$XNSENTER" -t "nosuch:no-such-$$" true
	status_is 1
	output_lacks hint
	# A container of docker, as its files say.
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t tmpfs none /run; mkdir -p /run/docker/runtime-runc/moby/8c5e1f
		start=$(sed "s/.*) //" "/proc/$3/stat" | cut -d" " -f20)
		printf "{\"id\":\"8c5e1f\",\"init_process_pid\":%s,\"init_process_start\":%s}" "$3" "$start" >/run/docker/runtime-runc/moby/8c5e1f/state.json
		"$1" -t docker:8c5e1f echo entered; "$2" -p docker:8c5e1f -t uts -n -o PID -r
		! "$1" -t podman:8c5e1f true' sh "$XNSENTER" "$XLSNS" "$sleeper"
	[ "${lines[0]}" = entered ]
	[ "${lines[1]}" = "$sleeper" ]
	output_has "there is no container 'podman/8c5e1f'"
}

@test 'a target of which no type is chosen, and a column there is not: what would do' {
	run "$XLSNS" --holders "tid:$$"
	status_is 1
	[ "${lines[0]}" = "xlsns: 'tid:$$' is a process: choose one of its namespaces with --type" ]
	hint_is "'xlsns -p tid:$$' shows which it is in; one of them is 'tid:$$ -t net'"
	for options in '-o NOSUCH' '-o NS,NOSUCH' '-Q NOSUCH==1'; do
		# shellcheck disable=SC2086
		run "$XLSNS" $options
		status_is 1
		hint_is "'xlsns --list-columns' shows the columns there are"
	done
}

@test 'the number of a namespace, for xnsenter and where only a process will do' {
	exec 7</proc/self/ns/uts
	ino=$(ns_ino self uts)
	run "$XNSENTER" -t "$ino" true
	status_is 1
	hint_is "this is a namespace: --target ns:$ino"
	for mode in --compare= --pid-map= --pid-tree= --propagation= --task=; do
		run "$XLSNS" "$mode$ino"
		[ "$status" -gt 0 ]
		hint_is "this is a namespace: 'xlsns $ino' shows its processes"
	done
	exec 7<&-
}

# In a procfs that has processes of the caller only nothing is hidden.
@test 'the number of a namespace that is not there, or that this user may not see' {
	need_root
	run unshare -p -f --mount-proc "$XNSENTER" -t 4294967290 true
	status_is 1
	hint_is 'so large a number is one of a namespace, and this one is not there'
	run unshare -p -f --mount-proc "$XLSNS" 4294967290
	status_is 1
	output_is 'xlsns: not found namespace: 4294967290'
	sleeper -n
	ino=$(ns_ino "$sleeper" net)
	hidden='may be hidden from this user: [1-9][0-9]* process(es)? (is|are) not readable; root sees (it|them)$'
	for words in "$XNSENTER -t $ino true" "$XLSNS -p $ino" "$XLSNS --pid-map $ino"; do
		# shellcheck disable=SC2086
		run as_user $words
		status_is 1
		[[ $output =~ 'hint: so large a number is one of a namespace, which '$hidden ]] || fail "$output"
	done
	hidden=${hidden/may be hidden/it may be there and hidden}
	for words in "$ino" "--holders $ino" "net:[$ino]" "--pid-map 1 --in $ino"; do
		# shellcheck disable=SC2086
		run as_user "$XLSNS" $words
		status_is 1
		[ "${lines[0]}" = "xlsns: not found namespace: $ino" ]
		[[ $output =~ 'hint: '$hidden ]] || fail "$output"
	done
}

@test 'the processes of a namespace that has none: what keeps it alive' {
	need_userns
	# A descriptor holds it: its processes have ended.
	start unshare -r -n sh -c 'exec 7</proc/self/ns/net; exec unshare -n sleep 1000'
	wait_until comm_is "$started" sleep
	ino=$(stat -Lc %i "/proc/$started/fd/7")
	run "$XLSNS" "$ino"
	status_is 1
	[ "${lines[0]}" = "xlsns: not found namespace: $ino" ]
	hint_is "it has no process: 'xlsns --holders $ino' shows what keeps it alive"
	# The list may also be empty, because only a thread is in it.
	need python3
	start unshare -r python3 -c 'import ctypes,threading,time
def other():
    ctypes.CDLL(None).unshare(0x40000000); print(threading.get_native_id(), flush=True); time.sleep(1000)
threading.Thread(target=other).start()'
	wait_until test -s "$started_out"
	ino=$(stat -Lc %i "/proc/$started/task/$(cat "$started_out")/ns/net")
	run "$XLSNS" "$ino"
	status_is 0
	output_is "hint: it has no process: 'xlsns --holders $ino' shows what keeps it alive"
	run "$XLSNS" --holders "$ino"
	status_is 0
	output_lacks 'hint: '
}

@test 'xlsns -p of a process that is not there or not readable says why, and ends as lsns does' {
	run --separate-stderr "$XLSNS" -p 4194304
	status_is 0
	output_is ''
	# shellcheck disable=SC2154
	[ "${stderr_lines[0]}" = 'xlsns: there is no process 4194304' ]
	need_root
	run --separate-stderr as_user "$XLSNS" -J -p $$
	status_is 0
	jq -e '.namespaces == []' <<<"$output"
	[[ $stderr == "xlsns: cannot open the mnt namespace of process $$: Permission denied"*'hint: '* ]]
	run --separate-stderr "$XLSNS" -p $$ -t net
	status_is 0
	[ -z "$stderr" ]
}

@test 'the number of a process, where a namespace is asked for' {
	run "$XLSNS" $$
	status_is 1
	[ "${lines[0]}" = "xlsns: not found namespace: $$" ]
	hint_is "$$ is a process: 'xlsns -p $$' shows its namespaces, and 'tid:$$ -t TYPE' is one of them"
	run "$XLSNS" --holders $$
	hint_is "$$ is a process: 'xlsns -p $$' shows its namespaces, and 'tid:$$ -t TYPE' is one of them"
	# What it says is so.
	run "$XLSNS" "tid:$$" -t uts -n -o PID -r
	output_has $$
	run "$XLSNS" 4194304
	output_lacks hint
}

@test 'a type there is not: which there are, and -t of xnsenter' {
	run "$XLSNS" -t foo
	status_is 1
	[ "${lines[0]}" = "xlsns: unknown namespace type: 'foo'" ]
	hint_is 'the types are mnt, net, ipc, user, pid, uts, cgroup and time'
	run "$XLSNS" -t 4711
	hint_is '--type takes a type; the namespaces of a process: -p 4711'
	run "$XLSNS" -t container:web
	hint_is '--type takes a type; the namespaces of a process: -p container:web'
}

@test 'the name of a process: its numbers' {
	name=libns-$$-x
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/$name"
	start "$BATS_TEST_TMPDIR/$name" 1000
	wait_until comm_is "$started" "$name"
	run "$XNSENTER" -t "$name" true
	status_is 1
	hint_is "a process is named by its number; '$name' runs as: --target $started"
	run "$XLSNS" -p "$name"
	status_is 1
	hint_is "a process is named by its number; '$name' runs as: --task $started"
	run "$XLSNS" --pid-tree="$name"
	hint_is "a process is named by its number; '$name' runs as: --pid-tree=$started"
	run "$XNSENTER" -t no-such-name true
	output_lacks hint
}

@test 'the name of a container or of its control group, and names that are none' {
	need_root
	sleeper -u
	in_group "box-$$"
	run "$XNSENTER" -t "box-$$" true
	status_is 1
	hint_is "there is a container of that name: --target container:box-$$"
	run -0 "$XNSENTER" -t "container:box-$$" true
	run "$XLSNS" --compare "box-$$"
	status_is 2
	hint_is "there is a container of that name: --compare container:box-$$"
	run "$XLSNS" --holders "box-$$"
	hint_is "there is a container of that name: container:box-$$"
	run "$XNSENTER" -t "/$group/lxc.payload.box-$$" true
	hint_is "there is a control group of that name: --target cgroup:/$group/lxc.payload.box-$$"
	run "$XNSENTER" -t container:nope true
	status_is 1
	[ "${lines[0]}" = "xnsenter: there is no container 'nope'" ]
	[[ $output =~ 'hint: these containers run: '.*"box-$$" ]]
}

@test 'the name of a network namespace, and names that are none' {
	need_root
	need ip
	# shellcheck disable=SC2016
	run private_run sh -ec 'ip netns add blue; ip netns add green
		"$1" -t blue true || "$1" -t netns:red true || "$2" -p blue || ip netns del blue; ip netns del green; "$1" -t netns:red true' \
		sh "$XNSENTER" "$XLSNS"
	output_has 'hint: there is a network namespace of that name: --target netns:blue'
	[[ $output =~ 'hint: network namespaces are called: '(blue, green|green, blue) ]]
	output_has 'hint: no network namespace has a name here'
	# One network namespace is no process.
	output_lacks '--task netns:'
}

# Docker's state files are root's own: others see an id.
@test 'a name that only root may read' {
	need_root
	id=$(printf '4f2d%0.s' {1..16})
	sleeper -u
	base=$(mktemp -d /sys/fs/cgroup/unified/libns-test.XXXXXX 2>/dev/null ||
		mktemp -d /sys/fs/cgroup/libns-test.XXXXXX 2>/dev/null) || skip 'no cgroup can be made here'
	groups+=("$base" "$base/docker-$id.scope")
	chmod 755 "$base"
	mkdir "$base/docker-$id.scope"
	echo "$sleeper" >"$base/docker-$id.scope/cgroup.procs" || skip 'no process can be moved to a cgroup here'
	run as_user "$XNSENTER" -t container:web true
	status_is 1
	[[ $output =~ 'hint: these containers run: '.*4f2d4f2d4f2d.*"; what root's are called, only root may read" ]] || fail "$output"
	run "$XNSENTER" -t container:web true
	output_lacks 'only root may read'
}

@test 'an argument that may be left out, without its =' {
	for option in pid-tree propagation; do
		for word in container:web $$; do
			run "$XLSNS" "--$option" "$word"
			status_is 1
			[ "${lines[0]}" = "xlsns: --$option takes no further argument" ]
			hint_is "the argument of this option goes behind a '=': --$option=$word"
		done
		run "$XLSNS" "--$option=$$" $$
		status_is 1
		output_is "xlsns: --$option takes no further argument"
	done
	for words in '-T parent' '--tree owner' '--color never'; do
		# shellcheck disable=SC2086
		run "$XLSNS" $words
		status_is 1
		[ "${lines[0]}" = "xlsns: invalid namespace argument: '${words#* }'" ]
	done
	hint_is "the argument of this option goes behind a '=': --color=never"
	run -0 "$XLSNS" --color "$(ns_ino self uts)"
}

@test 'an alias with --color breaks no mode' {
	for when in auto never; do
		for mode in -l -H --holders="$(ns_ino self uts)" "--compare=$$" "--pid-map=$$" --pid-tree \
			--containers --metrics --graph=dot --graph=html; do
			# What is shown may have anything in it: the command lines of others.
			run --separate-stderr "$XLSNS" "--color=$when" "$mode"
			[[ $stderr != *'does not go'* ]] || fail "$stderr"
			[ "$mode" = "--compare=$$" ] || status_is 0
		done
	done
}
