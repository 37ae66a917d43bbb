#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xlsns: the words of xnsenter --target, wherever a process or a namespace is named.

load common

@test "a process by any word is what it is by its number" {
	sleeper -U -p -f
	for mode in --compare= --pid-map= --pid-tree= --propagation= --task=; do
		# What others do meanwhile is nobody's business: namespaces only.
		columns=()
		[ "$mode" != --task= ] || columns=(-lo NS)
		run "$XLSNS" -r "${columns[@]}" "$mode$sleeper"
		expected=$output code=$status
		[ -n "$expected" ] || fail "$mode says nothing"
		run "$XLSNS" -r "${columns[@]}" "${mode}tid:$sleeper"
		[ "$mode" = --propagation= ] || output_is "$expected"
		status_is "$code"
	done
	run "$XLSNS" --compare "tid:$sleeper" "tid:$sleeper"
	status_is 0
}

@test "a namespace is no process" {
	exec 7</proc/self/ns/uts
	for mode in --compare= --pid-map= --pid-tree= --propagation= --task=; do
		run "$XLSNS" "${mode}fd:7"
		[ "$status" -gt 0 ]
		output_is "xlsns: ${mode%=}: 'fd:7' is one namespace, not a process"
	done
	exec 7<&-
}

@test "words that are none, and what is not there" {
	for mode in --compare= --pid-map= --pid-tree= --propagation= --task=; do
		for word in sandbox:7 tid:x 7:x; do
			run "$XLSNS" "$mode$word"
			[ "$status" -gt 0 ]
			one_line
			output_has "${mode%=}: "
		done
		run "$XLSNS" "${mode}container:no-such-container"
		[ "$status" -gt 0 ]
		[ "${lines[0]}" = "xlsns: there is no container 'no-such-container'" ]
	done
	run "$XLSNS" --compare= 1
	status_is 2
	run "$XLSNS" sandbox:7
	status_is 1
	one_line
	output_has "xlsns: namespace: 'sandbox:7' is not"
	run "$XLSNS" --holders sandbox:7
	output_has "xlsns: --holders: 'sandbox:7' is not"
	run "$XLSNS" --pid-map 1 --in sandbox:7
	output_has "xlsns: --in: 'sandbox:7' is not"
}

@test "a namespace by any word is what it is by its inode" {
	sleeper -U -p -f
	ino=$(ns_ino "$sleeper" pid)
	exec 7<"/proc/$sleeper/ns/pid"
	members() { "$XLSNS" --holders "$@" -r -n | grep '^process'; }
	run members "$ino"
	status_is 0
	expected=$output
	for words in fd:7 "ns:$ino" "tid:$sleeper -t pid"; do
		# shellcheck disable=SC2086
		run members $words
		output_is "$expected"
	done
	run "$XLSNS" "$ino" -r -n
	expected=$output
	for words in fd:7 "ns:$ino" "tid:$sleeper -t pid"; do
		# shellcheck disable=SC2086
		run "$XLSNS" -r -n $words
		output_is "$expected"
	done
	for word in fd:7 "tid:$sleeper"; do
		run "$XLSNS" --pid-map 1 --in "$word" -r -n
		status_is 0
		output_has "1 1 $ino"
	done
	exec 7<&-
	run "$XLSNS" --holders "tid:$sleeper"
	status_is 1
	[ "${lines[0]}" = "xlsns: 'tid:$sleeper' is a process: choose one of its namespaces with --type" ]
	run "$XLSNS" -t net --holders "ns:$ino"
	status_is 1
	output_is "xlsns: not found namespace: $ino"
}

@test "a thread that is not its process is refused" {
	need python3
	start python3 -c 'import threading,time
def other():
    print(threading.get_native_id(), flush=True); time.sleep(1000)
threading.Thread(target=other).start()'
	wait_until test -s "$started_out"
	tid=$(cat "$started_out")
	for mode in --pid-map= --pid-tree= --propagation= --task=; do
		run "$XLSNS" "${mode}tid:$tid"
		status_is 1
		output_has "$tid is a thread of process $started"
	done
	# By its bare number lsns has nothing to show, and ends with 0.
	run "$XLSNS" -p "$tid"
	status_is 0
	output_is "xlsns: $tid is a thread of process $started, and may be in other namespaces: name the process"
	run "$XLSNS" --compare "tid:$tid" "$started"
	status_is 0
}

@test "with the procfs of another pid namespace, xlsns itself is what that procfs says" {
	need_root
	# Its own number, a small one in there, is another process's in this /proc.
	# shellcheck disable=SC2016
	run unshare -u -p -f sh -c 'readlink /proc/self/ns/uts; "$1" --compare "$2" -r -n' sh "$XLSNS" $$
	own=${lines[0]//[!0-9]/}
	output_has "uts no $(ns_ino self uts) $own"
}
