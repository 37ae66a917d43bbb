#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every way in which a namespace can be held without an ordinary process in it:
# tests/farm/hidden makes one, xlsns has to find it. Beside it, for the record,
# whether the installed lsns does; the table is printed at the end.

load common

setup()
{
	need_root
	need lsns
	HIDDEN=${XLSNS%/cmd/xlsns}/tests/farm/hidden
	[ -x "$HIDDEN" ] || HIDDEN=${XNETNS%/cmd/xnetns}/tests/farm/hidden
	export HIDDEN XLSNS
}

teardown_file()
{
	[ -s "$BATS_FILE_TMPDIR/table" ] || return 0
	{ echo 'class made found lsns'; cat "$BATS_FILE_TMPDIR/table"; } |
		awk '{ printf "#   %-44s %5s %6s %5s\n", $1, $2, $3, $4 }' | tr _ ' ' >&3
}

# In a mount namespace of its own: makes the case, runs CMD while it lasts.
# Prints what CMD prints, what was made is in $made.
# shellcheck disable=SC2016
with_case='
	set -u
	made=$1/made fifo=$1/in
	mkdir -p "$1/mnt"; mkfifo "$fifo"
	timeout -k 1 60 "$HIDDEN" "$2" "$1/mnt" <"$fifo" >"$made" 2>"$1/why" 3>&- &
	pid=$!
	exec 9>"$fifo"
	for i in $(seq 500); do
		grep -q ready "$made" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.01
	done
	holder=$(sed -n "s/^ready //p" "$made")
	sed -i /ready/d "$made"
	rc=1
	[ -n "$holder" ] && { eval "$3"; rc=$?; } 9>&-
	exec 9>&-
	wait $pid
	ended=$?
	[ $ended = 0 ] || cat "$1/why" >&2
	[ $ended = 77 ] && exit 77
	[ $ended = 0 ] && exit $rc
	exit 99'

# made CASE CMD: CMD beside the case; it must end well. With $in_pidns in a pid
# namespace of its own, as in a container: there Linux 6.18 does not tell which mount
# namespaces there are.
made()
{
	run private ${in_pidns:+unshare -pf --mount-proc --kill-child} \
		bash -c "$with_case" made "$BATS_TEST_TMPDIR" "$1" "$2"
	[ "$status" != 77 ] || skip "cannot be made here: $output"
}

# shellcheck disable=SC2016
count='
	count() { # LISTING: how many of the namespaces made it has
		local n=0 type ino
		while read -r type ino; do
			! grep -q "^ *$ino $type\$" <<<"$1" || n=$((n + 1))
		done <"$made"
		echo $n
	}
	ours=$(timeout -k 1 10 "$XLSNS" -l -r -n -o NS,TYPE) || exit 3
	[ "${lsns:-yes}" = no ] && theirs= || theirs=$(timeout -k 1 10 lsns -l -r -n -o NS,TYPE 2>/dev/null)
	echo "$(wc -l <"$made") $(count "$ours") $([ "${lsns:-yes}" = no ] && echo - || count "$theirs")"'

# found CASE: makes it, all its namespaces are found.
found()
{
	look "$@"
	[ "${result[0]}" = "${result[1]}" ] || fail "made ${result[0]}, found ${result[1]}"
}

# look CASE: what is found goes into the table and into $result.
look()
{
	made "$1" "${2:-}$count"
	status_is 0
	read -ra result <<<"$output"
	[ "${result[0]}" -gt 0 ]
	echo "${BATS_TEST_DESCRIPTION// /_} ${result[*]}" >>"$BATS_FILE_TMPDIR/table"
}

@test '01 process' { found 1; }
@test '10 another thread' { found 10; }
@test '11 the main thread has exited' { found 11; }
@test '12 time_for_children of a thread' { found 12; }
@test '13 pid_for_children, first process dead' { found 13; }
@test '14 time_for_children' { found 14; }
@test '20 descriptor, all types' { found 20; }
@test '21 O_PATH descriptor, all types' { found 21; }
@test '22 descriptor in the table of a thread' { found 22; }
@test '23 inet socket' { found 23; }
@test '24 unix, netlink and packet socket' { found 24; }
@test '25 socket in the table of a thread' { found 25; }
@test '26 tun descriptor' { found 26; }
@test '27 descriptor in flight' { found 27; }
@test '28 file registered with io_uring' { found 28; }
@test '29 descriptor through a bind mount that is gone' { found 29; }
@test '30 bound in another mount ns, all types' { found 30; }
@test '31 the same, process there is chrooted' { found 31; }
@test '32 bound in a mount ns held by a descriptor' { found 32; }
@test '32 nobody is there who could unmount: no command' {
	need jq
	made 32 'net=$(sed -n "s/^net //p" "$made")
		"$XLSNS" --holders "$net" -J | jq -c "[.holders[] | select(.holder == \"mount\") | .release]"'
	status_is 0
	output_is '[null]'
}
@test '33 bound in a mount ns that is bound' { found 33; }
@test '33 the same in a pid ns' { in_pidns=yes found 33; }
@test '34 bound in our own mount ns' { found 34; }
@test '35 bound on an odd path' { found 35; }
@test '36 bound below a covering mount' { found 36; }
@test '37 two bound on one file' { found 37; }
@test '38 in a detached tree' { found 38; }
@test '38 what holds it is told, and ends it' {
	need jq
	# shellcheck disable=SC2016
	made 38 'holders() { "$XLSNS" --holders "$(sed -n "s/^$1 //p" "$made")" -J; }
		for type in net uts ipc user; do
			holders $type | jq -c ".holders[] | select(.holder == \"tree\") |
				[.pid == $holder, .fd > 2, .path // .where, .release == \"kill $holder\"]"
		done
		"$XNETNS" -j who "ns:$(sed -n "s/^net //p" "$made")" 2>/dev/null |
			jq -c "[.. | objects | select(.holder? == \"tree\") | (.pid | tostring) == \"$holder\"]"'
	status_is 0
	output_is '[true,true,"/ns",true]
[true,true,"/below/a b\tc\nd",true]
[true,true,"/below/stack",true]
[true,true,"/below/stack",true]
[true]'
}
@test '38 it can be opened: who owns it is known' {
	# shellcheck disable=SC2016
	made 38 'for type in net uts user; do
			ino=$(sed -n "s/^$type //p" "$made")
			"$XLSNS" -l -r -n -o NS,ONS | grep -q "^$ino [1-9]" || echo "$type: no owner"
		done
		"$XNSENTER" -t ns:"$(sed -n "s/^net //p" "$made")" readlink /proc/self/ns/net |
			grep -q "$(sed -n "s/^net //p" "$made")" || echo "cannot be entered"'
	status_is 0
	output_is ''
}
@test '38 nothing is left of the look, and the tree is as it was' {
	# shellcheck disable=SC2016
	made 38 'mounts() { cat /proc/self/mountinfo "/proc/$holder/mountinfo"; ls -l "/proc/$holder/fd"; }
		mounts >"$made.before"
		"$XLSNS" >/dev/null
		mounts >"$made.after"
		diff "$made.before" "$made.after"'
	status_is 0
	output_is ''
}
@test '39 descriptor in a detached tree' { found 39; }
@test '40 parent user ns without a process' { found 40; }
@test '41 owning user ns without a process' { found 41; }
@test '42 owner behind a socket' { found 42; }
@test '43 dead pid ns and its dead parent' { found 43; }
@test '44 in a detached tree that several processes hold' { found 44; }
@test '44 all that hold it are told' {
	need jq
	# shellcheck disable=SC2016
	made 44 '"$XLSNS" --holders "$(sed -n "s/^uts //p" "$made")" -J |
		jq -c "[.holders[] | select(.holder == \"tree\")] | [length, (map(.pid) | unique | length)]"'
	status_is 0
	output_is '[2,2]'
}

# lsns is not run beside these: it may wait for ever.
@test '60 descriptor on a FUSE mount without server' { found 60 'lsns=no;'; }
@test '61 command line that cannot be read' { found 61 'lsns=no;'; }

# Not found; that they are not is no failure, and neither would be the contrary.
@test '90 fsopen context' { look 90; }
@test '91 attached SysV segment' { look 91; }
@test '92 procfs of a dead pid ns' { look 92; }
@test '93 in a tree that has lost its descriptor' { look 93; }

# The two traps are real: a careless reader does get stuck in them.
@test '60 is a trap' {
	# shellcheck disable=SC2016
	made 60 'for fd in /proc/$holder/fd/*; do
			[ "$(readlink "$fd")" = "${made%/made}/mnt" ] || continue
			timeout -k 1 1 stat -L "$fd" >/dev/null; echo $?
		done'
	output_is 124
}

@test '61 is a trap' {
	# shellcheck disable=SC2016
	made 61 'timeout -k 1 1 cat "/proc/$holder/cmdline"; echo $?'
	output_is 124
}

# Every way of asking that there is, beside both.
no_way_hangs()
{
	# shellcheck disable=SC2016
	made "$1" 'mine=$(stat -L -c %i /proc/$holder/ns/pid)
		for how in "" -l "-T" "-Jl --output-all" "--output-all -J" "--output-all -n" "-p $holder" \
			"$mine" "--holders $mine" "--pid-map $holder" "--pid-tree" "--propagation=$holder" \
			"--containers -J" "--graph=dot" "--compare $holder $holder"; do
			timeout -k 1 2 "$XLSNS" $how >"$made.out" || echo "xlsns $how: $?"
			[ -s "$made.out" ] || echo "xlsns $how: nothing"
		done
		for how in "-p $holder -l -o PID,COMMAND" "$mine -o PID,COMMAND" "--holders $mine" "--pid-tree=$holder"; do
			timeout -k 1 2 "$XLSNS" -n -u $how | grep -q "\b$holder\b.*hidden" ||
				echo "$how: the process is not shown"
		done
		timeout -k 1 5 "$XLSNS" -n -u -p $holder -o PID,COMMAND | grep -q "^ *$holder .*hidden" ||
			echo "the process is not shown"'
	status_is 0
	output_is ''
}

@test 'no way of asking hangs beside 60' { no_way_hangs 60; }
@test 'no way of asking hangs beside 61' { no_way_hangs 61; }
