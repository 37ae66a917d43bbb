#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns: the list, its options and columns.

load common
load xlsns

@test "a saved procfs: flat list" {
	saved -l -o NS,TYPE,PATH,NPROCS,PID,PPID,COMMAND,NSFS
	is_golden list.txt
}

@test "a saved procfs: tree by process, the default" {
	saved -o NS,TYPE,NPROCS,PID,COMMAND
	is_golden process.txt
}

@test "a saved procfs: JSON, nested and flat" {
	saved -J -o NS,TYPE,NPROCS,PID,COMMAND,NSFS,PNS,ONS
	is_golden nested.json
	saved -Jl -o NS,TYPE,NPROCS,PID,COMMAND,NSFS,PNS,ONS
	is_golden flat.json
}

@test "a saved procfs: raw" {
	saved -r -o NS,COMMAND,NSFS
	is_golden raw.txt
}

@test "a saved procfs: members of one namespace" {
	saved 4026532105 -o PID,PPID,COMMAND
	is_golden members.txt
}

@test "a saved procfs: namespaces without processes" {
	saved -P -W -o NS,TYPE,NSFS
	is_golden persistent.txt
}

@test "the main thread has exited: the process is where its thread is" {
	saved 4026532211 -n -o PID
	output_is '  210'
}

@test "threads, children to come and descriptors are found" {
	saved -l -n -r -o NS
	output_has 4026532201 # a thread's net
	output_has 4026532221 # pid_for_children
	output_has 4026532222 # time_for_children
	output_has 4026532300 # a descriptor
}

@test "bind mounts: identity from the mount table, all paths" {
	saved -J -l -t net,uts -o NS,NSFS
	jq -e '.namespaces[] | select(.ns == 4026532401).nsfs == ["/run/netns/blue", "/run/netns/also blue"]' <<<"$output"
	jq -e '.namespaces[] | select(.ns == 4026532402).nsfs == ["/run/uts/odd\ttab\nnewline\\back"]' <<<"$output"
}

@test "hostile names reach neither the terminal nor JSON unescaped" {
	for how in '' -l -r -J; do
		# shellcheck disable=SC2086
		saved $how -o PID,COMMAND
		LC_ALL=C run -1 grep -aP '[\x01-\x09\x0b-\x1f\x7f]|\xe2\x80\xae' <<<"$output"
	done
	saved -J -o PID,COMMAND
	jq -e '[.. | objects | select(.pid == 300).command][0] | startswith("evil\u001b]0;title\u0007\nline \\xff")' <<<"$output"
}

@test "headings: -n drops them, an empty result has none" {
	saved -n -t time -o NS
	output_is '4026531834
4026532222'
	saved -p 4000 -l
	output_is 'xlsns: there is no process 4000'
	run -0 --separate-stderr "$XLSNS" --proc="$host" -p 4000 -l
	output_is ''
	run -0 --separate-stderr "$XLSNS" --proc="$host" -p 4000 -J -o NS
	jq -e '.namespaces == []' <<<"$output"
}

@test "-o: any case, repeats, + adds to the defaults" {
	saved -r -l -o ns,TYPE,Ns -t time
	output_has 'NS TYPE NS'
	saved -r -t time -o +PATH,PNS
	output_has 'NS TYPE NPROCS PID USER COMMAND PATH PNS'
	saved -r -t net
	output_has 'NS TYPE NPROCS PID USER NETNSID NSFS COMMAND'
	saved -r 4026532105
	output_has 'PID PPID USER COMMAND'
	saved -r --output-all
	output_has 'NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS CONTAINER OWNERUID OWNER UIDMAP GIDMAP FIRST FIRSTCMD'
}

@test "-t: repeatable, and a comma list" {
	saved -t time -t uts -n -o TYPE -r
	[ "$(sort -u <<<"$output" | tr -d '\n')" = timeuts ]
	saved -t time,uts -n -o TYPE -r
	[ "$(sort -u <<<"$output" | tr -d '\n')" = timeuts ]
}

@test "-Q: rows that fit" {
	saved -l -n -r -o NS -Q 'TYPE == "time" and NPROCS == 0'
	output_is 4026532222
	saved -l -n -r -o PID -Q 'COMMAND =~ "^sh" || PPID == 90'
	[ "$(sort -u <<<"$output")" = 100 ]
	saved -l -n -r -o NS -Q 'NSFS == "/run/netns/also blue"'
	output_is 4026532401
	saved -l -n -r -o NS -Q 'PNS != 0'
	output_is ''
	saved 4026532105 -n -r -o PID -Q 'PID > 100'
	output_is $'101\n102'
	run "$XLSNS" -Q 'TYPE ='
	status_is 1
	one_line
	output_has '--filter: syntax error'
}

@test "-H: columns, also as JSON" {
	run "$XLSNS" -H
	status_is 0
	output_has 'NSFS'
	run "$XLSNS" -H -J
	jq -e '."lsns-columns" | map(.holder) | index("NETNSID")' <<<"$output"
}

@test "errors: one line and exit code 1" {
	check() {
		local say=$1
		shift
		run "$XLSNS" "$@"
		status_is 1
		one_line
		output_has "$say"
	}
	check "xlsns: unknown namespace type: 'nosuch'" -t nosuch
	check "xlsns: unknown column: 'nosuch'" -o NS,nosuch
	check "xlsns: unknown tree type: 'nosuch'" -Tnosuch
	check "'0' is not a process id" -p 0
	check "'1x' is not a process id" -p 1x
	check 'mutually exclusive arguments: --json --raw' -J -r
	check 'mutually exclusive arguments: --persistent --task' -P -p 1
	check 'mutually exclusive arguments: --list --tree' -l -T
	check '--task is mutually exclusive with <namespace>' -p 1 4026531837
	check "invalid namespace argument: '12x'" 12x
	check 'not found namespace: 99999999' 99999999
	check '--in does not go with the list of namespaces' --in 12
	check "cannot open '/nosuch'" --proc=/nosuch
	check 'no process' --proc=/etc
}

@test "a full disk is an error" {
	run sh -c "'$XLSNS' >/dev/full"
	status_is 1
	one_line
	# Where 1 is an answer it is not taken for one.
	sleeper -U
	run sh -c "'$XLSNS' --compare $$ $sleeper >/dev/full"
	status_is 2
	one_line
}

@test "this system: our own namespaces" {
	for type in mnt net ipc user pid uts cgroup time; do
		ino=$(ns_ino self $type)
		run "$XLSNS" -t $type -n -r -o NS
		grep -qx "$ino" <<<"$output"
		run "$XLSNS" "$ino" -n -r -o PID
		grep -qx $$ <<<"$output"
	done
}

@test "this system: -p shows the namespaces of a process" {
	sleeper -U -n -u
	run "$XLSNS" -p "$sleeper" -l -n -r -o TYPE,NS
	status_is 0
	grep -qx "net $(ns_ino "$sleeper" net)" <<<"$output"
	grep -qx "user $(ns_ino "$sleeper" user)" <<<"$output"
	[ "${#lines[@]}" = 8 ]
}

@test "NETNSID: numbers given by our network namespace" {
	need_root
	need ip
	# shellcheck disable=SC2016
	private_run sh -ec '
		ip netns add a; ip netns add b; ip netns set b 7
		"$1" -t net -J -l -o NSFS,NETNSID >"$2"' sh "$XLSNS" "$BATS_TEST_TMPDIR/out"
	# Where /run is shared the name is bound twice, below the mount on /run/netns as well.
	jq -e '.namespaces[] | select(.nsfs | index("/run/netns/a")).netnsid == null' "$BATS_TEST_TMPDIR/out"
	jq -e '.namespaces[] | select(.nsfs | index("/run/netns/b")).netnsid == 7' "$BATS_TEST_TMPDIR/out"
}

@test "owner and parent" {
	sleeper -U -p -f
	pid=$sleeper
	run "$XLSNS" -J -l -o NS,PNS,ONS
	jq -e --argjson ns "$(ns_ino "$pid" pid)" --argjson user "$(ns_ino "$pid" user)" \
		--argjson above "$(ns_ino self pid)" \
		'.namespaces[] | select(.ns == $ns) | .ons == $user and .pns == $above' <<<"$output"
	run "$XLSNS" -J -Towner -o NS
	jq -e --argjson ns "$(ns_ino "$pid" pid)" --argjson user "$(ns_ino "$pid" user)" \
		'[.. | objects | select(.ns == $user) | .children[].ns] | index($ns)' <<<"$output"
	run "$XLSNS" -J -Tparent -o NS
	jq -e --argjson ns "$(ns_ino "$pid" pid)" --argjson above "$(ns_ino self pid)" \
		'[.. | objects | select(.ns == $above) | .children[].ns] | index($ns)' <<<"$output"
}

@test "flat JSON has a schema and says what is missing" {
	run "$XLSNS" -Jl
	jq -e '.schema == 2 and (.unseen.processes | type) == "number"' <<<"$output"
	run "$XLSNS" -J
	jq -e 'keys == ["namespaces"]' <<<"$output"
}

@test "an ordinary user sees the own processes and how many others are there" {
	is_root || skip 'needs root to have other processes'
	run as_user "$XLSNS" -Jl
	status_is 0
	jq -e '.unseen.processes > 0 and (.namespaces | length) >= 8' <<<"$output"
	run as_user "$XLSNS" --holders /proc/self/ns/uts -J
	jq -e '.unseen.processes > 0' <<<"$output"
	run as_user "$XLSNS" --pid-tree -J
	jq -e '.unseen.processes > 0' <<<"$output"
	run as_user "$XLSNS" -v
	status_is 0
	[[ $output =~ [0-9]+' processes are not readable; root sees them' ]]
	run as_user "$XLSNS"
	output_lacks 'not readable'
}

# A saved process, moved into a group: what UNIT and WHOSE say of it.
@test "UNIT and WHOSE: by which name a process is known" {
	copy=$BATS_TEST_TMPDIR/proc
	mkdir "$copy"
	cp -a "$host/1" "$host/100" "$copy/"
	echo 0::/system.slice/ssh.service/inner.service >"$copy/1/cgroup"
	run "$XLSNS" --proc="$copy" -J -l -o PID,UNIT,WHOSE,CONTAINER -t uts
	jq -e '.namespaces[] | select(.pid == 1) | .unit == "ssh.service" and .whose == "ssh.service" and .container == null' <<<"$output"
	jq -e '.namespaces[] | select(.pid == 100) | .whose == .container and .container != null and
		(.unit | startswith("docker-"))' <<<"$output"
	printf '0::/user.slice/user-7.slice/user@7.service/app.slice/\033web.service\n' >"$copy/1/cgroup"
	run "$XLSNS" --proc="$copy" -l -n -r -o PID,UNIT -t uts -p 1
	output_is '1 user@7.service'
	printf '0::/user.slice/user-7.slice/user@7.service/app.slice/web.service\n' >"$copy/1/cgroup"
	run "$XLSNS" --proc="$copy" -l -n -r -o PID,UNIT -t uts -p 1
	output_is '1 7/web.service'
	# By default a person sees it, and no script.
	run "$XLSNS" --proc="$copy" -t uts
	output_lacks WHOSE
	on_tty '' "$XLSNS" --proc="$copy" -t uts
	output_has WHOSE
	output_has 7/web.service
	on_tty '' "$XLSNS" --proc="$copy" -t uts -J
	output_lacks whose
}

@test "processes that come and go: 100 of 100 runs" {
	start "$BUILD_ROOT/tests/farm/churn" 300
	for _ in {1..100}; do
		"$XLSNS" >/dev/null
	done
}

@test "a visitor with a lower number does not take a namespace's place" {
	need_root
	# It is there before, with a lower number, and enters later.
	mkfifo "$BATS_TEST_TMPDIR/go2"
	# shellcheck disable=SC2016
	start sh -c 'read -r x <"$1"; exec nsenter -t "$x" -n sleep 1003' sh "$BATS_TEST_TMPDIR/go2"
	visitor=$started
	start unshare -p -n -f sleep 1000
	wait_until child_of "$started"
	child=$(child_of "$started")
	wait_until comm_is "$child" sleep
	echo "$child" >"$BATS_TEST_TMPDIR/go2"
	wait_until comm_is "$visitor" sleep
	ino=$(ns_ino "$child" net)
	run "$XLSNS" -t net -Jl -o NS,PID,FIRST,FIRSTCMD,CONTAINER
	jq -e --argjson ns "$ino" --argjson low "$started" --argjson first "$child" '.namespaces[]
		| select(.ns == $ns) | .first == $first and .firstcmd == "sleep 1000" and .pid < $first' <<<"$output"
	run "$XLSNS" --graph=dot -t net
	output_has "first: $child sleep 1000"
}

@test "UIDMAP: all of a map of 300 lines" {
	need_root
	start unshare -U sleep 1000
	wait_until comm_is "$started" sleep
	for ((i = 0; i < 300; i++)); do printf '%u %u 1\n' $((i * 2)) $((100000 + i * 2)); done >"$BATS_TEST_TMPDIR/map"
	dd if="$BATS_TEST_TMPDIR/map" of="/proc/$started/uid_map" bs=1M status=none
	run "$XLSNS" -t user -p "$started" -Jl -o UIDMAP
	jq -e '.namespaces[0].uidmap | length == 300 and .[299] == [598, 100598, 1]' <<<"$output"
	run "$XLSNS" --compare "$started" "$started" -J
	jq -e '.compare[] | select(.what == "uid_map").first | length == 300' <<<"$output"
}

@test "owner with name and id, and id maps" {
	sleeper -U -r -n
	run "$XLSNS" -p "$sleeper" -Jl -o TYPE,OWNER,OWNERUID,UIDMAP,GIDMAP
	jq -e --arg name "$(id -un)" --argjson uid "$(id -u)" '.namespaces[] | select(.type == "user")
		| .owner == $name and .owneruid == $uid and .uidmap == [[0, $uid, 1]] and .gidmap != null' <<<"$output"
	jq -e --argjson uid "$(id -u)" '.namespaces[] | select(.type == "net")
		| .owneruid == $uid and .uidmap == null' <<<"$output"
}

@test "--without: a source is not looked into" {
	sleeper -U -u
	exec {held}</proc/$sleeper/ns/uts
	ino=$(ns_ino "$sleeper" uts)
	kill "$sleeper"
	wait_until test ! -e "/proc/$sleeper/ns/uts"
	run "$XLSNS" -l -n -r -o NS
	grep -qx "$ino" <<<"$output"
	run "$XLSNS" -l -n -r -o NS --without=threads,fds
	run -1 grep -qx "$ino" <<<"$output"
	exec {held}<&-
	run "$XLSNS" -l -n -r -o ONS --without=relations
	[ "$(sort -u <<<"$output")" = 0 ]
	run "$XLSNS" --without=fds,nosuch
	status_is 1
	output_is "xlsns: --without: unknown source: 'nosuch'
hint: the sources are threads, for_children, fds, sockets, queued, io_uring, own_mounts, other_mounts, relations and listns"
}

# The namespace and its type, in a colour a type; nothing else, and nothing in the heading.
@test "--color: which columns" {
	run -0 "$XLSNS" --color=always -l -p $$ -o TYPE,NPROCS,NS,USER,COMMAND
	[[ ${lines[0]} != *$'\e'* ]]
	for line in "${lines[@]:1}"; do
		[ "$(grep -o $'\e\\[[0-9;]*m' <<<"$line" | wc -l)" = 4 ] || fail "not two columns: $line"
		# The first and the third one.
		[[ $line =~ ^$'\e'[^m]+m[a-z]+ ]] || fail "the type: $line"
		[[ $line =~ $'\e'[^m]+m' '*[0-9]+$'\e'[^m]*m' '+[a-zA-Z0-9] ]] || fail "the number: $line"
	done
	[ "$(grep -c . <<<"$output")" -gt 7 ]
	[ "$(sed -n $'s/^\e\\[\\([0-9;]*\\)m.*/\\1/p' <<<"$output" | sort -u | wc -l)" -gt 7 ]
}

@test "--color: on a terminal, if nobody minds" {
	need script
	escapes() {
		TERM=xterm NO_COLOR=$1 script -qec "'$XLSNS' -T $2" /dev/null </dev/null | grep -c $'\e\[3'
	}
	[ "$(escapes '' '')" -gt 0 ]
	[ "$(escapes 1 '')" = 0 ]
	[ "$(escapes '' --color=never)" = 0 ]
	run "$XLSNS" -T
	output_lacks $'\e'
	run "$XLSNS" --color -T
	output_has $'\e'
	run "$XLSNS" --color=nosuch
	status_is 1
	one_line
}

@test "of a saved copy: a mount namespace without a process is counted as one that was not looked into" {
	cp -a "$host" "$BATS_TEST_TMPDIR/proc"
	ln -s 'mnt:[4026599999]' "$BATS_TEST_TMPDIR/proc/1/fd/9"
	run "$XLSNS" --proc="$BATS_TEST_TMPDIR/proc" -l -v -o NS -t mnt
	output_has 4026599999
	output_has 'xlsns: 2 mount namespaces are not looked into'
	run "$XLSNS" --proc="$host" -l -v -o NS -t mnt
	output_has 'xlsns: 1 mount namespace is not looked into'
}
