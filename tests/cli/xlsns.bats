#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns: options, columns and modes. What does not depend on this system is
# shown on a saved procfs (tests/fixtures/proc/host) and compared with
# tests/fixtures/xlsns; UPDATE=1 writes these files anew.

load common

host=$BATS_TEST_DIRNAME/../fixtures/proc/host
golden=$BATS_TEST_DIRNAME/../fixtures/xlsns
docs=$BATS_TEST_DIRNAME/../../docs

# is_golden NAME: the last output is the stored one.
is_golden()
{
	[ -z "${UPDATE:-}" ] || printf '%s\n' "$output" >"$golden/$1"
	diff -u "$golden/$1" <(printf '%s\n' "$output")
}

saved()
{
	LC_ALL=C.UTF-8 run "$XLSNS" --proc="$host" "$@"
	status_is 0
}

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
	output_is ''
	saved -p 4000 -J -o NS
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
	check "'0' is out of range" -p 0
	check "'1x' is not a decimal number" -p 1x
	check 'mutually exclusive arguments: --json --raw' -J -r
	check 'mutually exclusive arguments: --persistent --task' -P -p 1
	check 'mutually exclusive arguments: --list --tree' -l -T
	check '--task is mutually exclusive with <namespace>' -p 1 4026531837
	check "invalid namespace argument: '12x'" 12x
	check 'not found namespace: 12' 12
	check '--in does not go with the list of namespaces' --in 12
	check "cannot open '/nosuch'" --proc=/nosuch
	check 'no process' --proc=/etc
}

@test "a full disk is an error" {
	run sh -c "'$XLSNS' >/dev/full"
	status_is 1
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
	output_has 'processes not readable'
	run as_user "$XLSNS"
	output_lacks 'not readable'
}

@test "processes that come and go: 100 of 100 runs" {
	start "$BUILD_ROOT/tests/farm/churn" 300
	for _ in {1..100}; do
		"$XLSNS" >/dev/null
	done
}

@test "--holders: who keeps a namespace alive, and how to end that" {
	sleeper -U -u
	ino=$(ns_ino "$sleeper" uts)
	exec {held}</proc/$sleeper/ns/uts
	run "$XLSNS" --holders "$ino" -Jl
	exec {held}<&-
	status_is 0
	jq -e --argjson pid "$sleeper" --argjson ino "$ino" '.schema == 2 and .ns == $ino and .type == "uts"
		and (.holders[] | select(.holder == "process") | .pid == $pid and .command == "sleep 1000"
			and .release == "kill \($pid)")' <<<"$output"
	jq -e --argjson pid $$ --argjson fd "$held" \
		'.holders[] | select(.holder == "fd" and .pid == $pid).fd == $fd' <<<"$output"
	run "$XLSNS" --holders "/proc/$sleeper/ns/user" -r -n
	output_has "owned    $ino uts\\x20namespace xlsns\\x20--holders\\x20$ino"
	run "$XLSNS" --holders "uts:[$ino]"
	status_is 0
	run "$XLSNS" --holders 12
	status_is 1
	output_is 'xlsns: not found namespace: 12'
}

@test "--holders: bind mounts, here and elsewhere" {
	need_root
	need ip
	local out=$BATS_TEST_TMPDIR/out
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -ec '
		mount -t tmpfs none /run
		ip netns add "it'"'"'s"; mkdir /run/x; touch /run/x/uts; unshare --uts=/run/x/uts true
		odd=$(printf "/run/x/\\033[0m\\n\\047\\\\\\377"); touch "$odd"; unshare --ipc="$odd" true
		stat -L -c %i "$odd" >"$2.ino2"
		"$1" --holders "/run/netns/it'"'"'s" -J >"$2.net"
		"$1" --holders /run/x/uts -J >"$2.uts"
		stat -L -c %i /run/x/uts >"$2.ino.new"; mv "$2.ino.new" "$2.ino"; sleep 1000' \
		sh "$XLSNS" "$out"
	wait_until test -s "$out.ino"
	# A name that no terminal should get whole can be pasted into a shell all the same.
	"$XLSNS" --holders "$(cat "$out.ino2")" -n -u -l >"$out.odd" || true
	grep -qF "umount \"\$(printf '/run/x/\\033[0m\\012\\047\\134\\377')\"" "$out.odd"
	[ "$(jq -r '.holders[0].release' "$out.net")" = "xnetns del 'it'\\''s'" ]
	jq -e '.holders[0] | .holder == "mount" and .where == "/run/x/uts" and .release == "umount /run/x/uts"' \
		"$out.uts"
	# From outside: through a process of that mount namespace.
	run "$XLSNS" --holders "$(cat "$out.ino")" -J
	jq -e '.holders[0].release | test("^xnsenter --mount=/proc/[0-9]+/ns/mnt umount /run/x/uts$")' <<<"$output"
}

# What is printed is run by a shell that knows POSIX only, and then that holder is gone.
@test "--holders: the commands work" {
	need_root
	need dash jq
	# shellcheck disable=SC2016
	run private dash -c '
		set -e
		cd "$2"
		PATH=${1%/*}:$PATH
		mkdir d
		unshare -n sh -c "
			: >\"a b\"; : >\"it'"'"'s\"; : >\"$(printf '"'"'n\nl\033'"'"')\"; : >s; : >d/c
			for f in a* i* n* s d/c; do mount --bind /proc/self/ns/net \"\$f\"; done
			readlink /proc/self/ns/net >ino"
		ino=$(tr -dc 0-9 <ino)
		unshare -n mount --bind /proc/self/ns/net s
		mount -t tmpfs none d
		xlsns --holders "$ino" -J >before
		jq -r ".holders[] | select(.holder == \"mount\") | .where + \"=\" + (.release // \"none\")" before
		jq -r ".holders[] | select(.holder == \"mount\").release // empty" before >commands
		[ "$(wc -l <commands)" = 3 ]
		# Whoever lists namespaces beside us holds a mount for a moment.
		while IFS= read -r line; do
			until dash -c "$line" 2>words; do
				grep -q busy words || { cat words; exit 1; }
			done
		done <commands
		xlsns --holders "$ino" -J | jq -r ".holders[] | select(.holder == \"mount\").where" >left
		[ "$(wc -l <left)" = 2 ] && grep -q /s$ left && grep -q /d/c$ left' \
		dash "$XLSNS" "$BATS_TEST_TMPDIR"
	status_is 0
	output_has '/s=none'
	output_has '/d/c=none'
	# The first process of a pid namespace; one that is chrooted in another mount namespace.
	need busybox
	start unshare -p -f sleep 1000
	wait_until child_of "$started"
	child=$(child_of "$started")
	wait_until comm_is "$child" sleep
	run "$XLSNS" --holders "$(ns_ino "$child" pid)" -J
	command=$(jq -r ".holders[] | select(.pid == $child).release" <<<"$output")
	[ "$command" = "kill -KILL $child" ]
	dash -c "$command"
	wait_until test ! -e "/proc/$child/ns/pid"
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -ec '
		cd "$1"; mkdir jail; cp "$(command -v busybox)" jail/busybox; : >jailed
		unshare -n sh -c "mount --bind /proc/self/ns/net jailed; readlink /proc/self/ns/net >jailed.ino"
		exec chroot jail /busybox sleep 1000' sh "$BATS_TEST_TMPDIR"
	wait_until comm_is "$started" busybox
	ino=$(tr -dc 0-9 <"$BATS_TEST_TMPDIR/jailed.ino")
	run "$XLSNS" --holders "$ino" -J
	command=$(jq -r '.holders[] | select(.holder == "mount").release' <<<"$output")
	PATH=${XNSENTER%/*}:$PATH run dash -c "$command"
	status_is 0
	run "$XLSNS" --holders "$ino"
	output_lacks jailed
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
	output_has "\n$child sleep 1000"
}

@test "--compare: 0 the same, 1 different, 2 cannot be told" {
	sleeper -U -n
	run "$XLSNS" --compare $$ $$
	status_is 0
	run "$XLSNS" --compare "$sleeper"
	status_is 1
	run "$XLSNS" --compare $$ "$sleeper" -J
	status_is 1
	jq -e '[.compare[] | select(.same == false).what] - ["uid_map", "gid_map"] == ["user", "net"]' <<<"$output"
	run "$XLSNS" --compare 4194304
	status_is 2
	one_line
	run "$XLSNS" --compare x
	status_is 2
	run "$XLSNS" --compare $$ --holders 1
	status_is 1
	one_line
}

@test "--compare: cgroup and root alone make a difference" {
	need_root
	copy=$BATS_TEST_TMPDIR/proc
	cp -a "$host" "$copy"
	for pid in 300 301; do
		rm -rf "${copy:?}/$pid"
		cp -a "$host/1" "$copy/$pid"
		printf '0 0 4294967295\n' >"$copy/$pid/uid_map"
		printf '0 0 4294967295\n' >"$copy/$pid/gid_map"
		ln -sfn / "$copy/$pid/root"
		echo 0::/init.scope >"$copy/$pid/cgroup"
	done
	sed -i 's/^1 /301 /' "$copy/301/stat"
	sed -i 's/^1 /300 /' "$copy/300/stat"
	run "$XLSNS" --proc="$copy" --compare 300 301
	status_is 0
	echo 0::/other.scope >"$copy/301/cgroup"
	run "$XLSNS" --proc="$copy" --compare 300 301
	status_is 1
	echo 0::/init.scope >"$copy/301/cgroup"
	ln -sfn /jail "$copy/301/root"
	run "$XLSNS" --proc="$copy" --compare 300 301
	status_is 1
	ln -sfn / "$copy/301/root"
	# More than a page, and different in the last line only.
	for ((i = 0; i < 300; i++)); do printf '%10u %10u %10u\n' $((i * 2)) $((100000 + i * 2)) 1; done |
		tee "$copy/300/uid_map" >"$copy/301/uid_map"
	run "$XLSNS" --proc="$copy" --compare 300 301 -J
	status_is 0
	jq -e '.compare[] | select(.what == "uid_map") | .same and (.first | length == 300 and .[299] == [598, 100598, 1])' <<<"$output"
	sed -i '$d' "$copy/301/uid_map"
	printf '598 7 1\n' >>"$copy/301/uid_map"
	run "$XLSNS" --proc="$copy" --compare 300 301
	status_is 1
	rm "$copy/301/gid_map"
	run "$XLSNS" --proc="$copy" --compare 300 301
	status_is 2
	output_has 'not everything of both processes can be read'
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

# Each option with each mode: it is refused in one line, or it is not.
@test "options that a mode does not look at are refused" {
	local -A args=([type]='-t net' [task]='-p 1' [persistent]=-P [filter]='-QNS==1' [without]=--without=fds
		[bpf]=--bpf=never [list]=-l [tree]=-T [json]=-J [raw]=-r [noheadings]=-n [output]='-o NS'
		[output-all]=--output-all [notruncate]=-u [color]=--color=always [nowrap]=-W [verbose]=-v
		[in]=--in=4026531836)
	local -A modes=([holders]=--holders=4026531837 [compare]='--compare 1 100' [pid-map]=--pid-map=1
		[pid-tree]=--pid-tree [propagation]=--propagation=1 [containers]=--containers [graph]=--graph=dot)
	local -A refused=(
		[holders]=' type task persistent filter tree output output-all color in '
		[compare]=' type task persistent filter tree output output-all color in without bpf '
		[pid-map]=' type task persistent filter tree output output-all color '
		[pid-tree]=' type task persistent filter tree output output-all color in '
		[propagation]=' type task persistent filter tree output output-all color in '
		[containers]=' type task persistent filter tree output output-all color in '
		[graph]=' list tree json raw noheadings output output-all notruncate color nowrap in ')
	# All options there are, but those that choose a mode, are tried.
	run bash -c '"$1" --help | grep -oE -- "--[a-z-]+" | sort -u' bash "$XLSNS"
	for option in "${lines[@]}"; do
		option=${option#--}
		case $option in
		proc | help | version | completion | list-columns) continue ;;
		esac
		[ -n "${args[$option]:-}${modes[$option]:-}" ] || fail "--$option is not tried"
	done
	for mode in "${!modes[@]}"; do
		for option in "${!args[@]}"; do
			# shellcheck disable=SC2086
			run "$XLSNS" --proc="$host" ${modes[$mode]} ${args[$option]}
			if [[ ${refused[$mode]} == *" $option "* ]]; then
				[ "$status" = $((mode == compare ? 2 : 1)) ] || [ "$status" = 1 ] || fail "$mode $option: $status"
				output_is "xlsns: --$mode does not go with --$option"
			else
				output_lacks 'does not go'
			fi
		done
		[ "$mode" = compare ] || [ "$mode" = graph ] || {
			# shellcheck disable=SC2086
			run "$XLSNS" --proc="$host" ${modes[$mode]} 12
			status_is 1
			output_is "xlsns: --$mode takes no further argument"
		}
	done
	run "$XLSNS" --proc="$host" --pid-tree --containers
	status_is 1
	output_is 'xlsns: --containers does not go with --pid-tree'
	saved --pid-tree -l
	output_lacks '\_'
	run "$XLSNS" --proc="$host" -t net 4026531837
	status_is 1
	output_is 'xlsns: not found namespace: 4026531837'
}

@test "JSON of every mode is as docs/json.md says" {
	need python3
	as_documented() {
		"${BATS_TEST_DIRNAME}/json-schema.py" "$docs/json.md" "$@" <<<"$output" || fail "$output"
	}
	sleeper -U -p -f
	run "$XLSNS" -Jl --output-all
	as_documented 'xlsns -J -l' 'namespaces[].uidmap'
	run "$XLSNS" -Jl -o NS
	as_documented 'xlsns -J -l' 'namespaces[].ns'
	run "$XLSNS" --holders "$(ns_ino "$sleeper" user)" -J
	as_documented 'xlsns --holders' 'holders[].release'
	run "$XLSNS" --compare $$ "$sleeper" -J
	as_documented 'xlsns --compare' 'compare[].same'
	run "$XLSNS" --pid-map "$sleeper" -J
	as_documented 'xlsns --pid-map' 'pid-map[].level'
	run "$XLSNS" --pid-tree -J
	as_documented 'xlsns --pid-tree' 'pid-tree[].inside'
	run "$XLSNS" --propagation -J
	as_documented 'xlsns --propagation' 'propagation[].mntns'
	saved --containers -J
	as_documented 'xlsns --containers' 'containers[].netns'
	output=$("$XNSENTER" -t "$sleeper" --plan=json 2>/dev/null) || :
	as_documented 'xnsenter --plan=json' enter
	run "$XUNSHARE" --check=json
	as_documented 'xunshare --check=json' 'findings[].verdict'
	run "$XUNSHARE" -Ur --dry-run=json true
	as_documented 'xunshare --dry-run=json' 'steps[].call'
}

@test "--propagation: all of 200 mount namespaces" {
	need_root
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -ec '
		mount -t tmpfs none /mnt; mount --make-shared /mnt
		i=0; while [ $i -lt 200 ]; do
			unshare -m --propagation unchanged sleep 1000 & i=$((i + 1))
		done; wait'
	all_there() {
		[ "$(readlink /proc/*/ns/mnt 2>/dev/null | wc -l)" -ge 200 ] &&
			[ "$(pgrep -c -P "$started" -x sleep)" = 200 ]
	}
	wait_until all_there
	run "$XLSNS" --propagation="$started" -J
	jq -e '.propagation[] | select(.target == "/mnt") | (.mntns | length == 200) and
		(.why | contains("in 200 other mount namespaces"))' <<<"$output"
}

@test "--pid-map: outside and inside numbers, both ways" {
	sleeper -U -p -f
	run "$XLSNS" --pid-map "$sleeper" -r -n
	output_is "0 $(ns_ino self pid) $sleeper
1 $(ns_ino "$sleeper" pid) 1"
	run "$XLSNS" --pid-map 1 --in "/proc/$sleeper/ns/pid" -J
	jq -e --argjson pid "$sleeper" '."pid-map"[0].pid == $pid' <<<"$output"
	run "$XLSNS" --pid-map 77 --in "$(ns_ino "$sleeper" pid)"
	status_is 1
	output_is "xlsns: no process has number 77 in pid namespace $(ns_ino "$sleeper" pid)"
	run "$XLSNS" --pid-map 1 --in "$(ns_ino self net)"
	status_is 1
	output_has 'not a pid namespace'
	run "$XLSNS" --pid-map 4194304
	status_is 1
	one_line
}

@test "--pid-tree: processes below their parents, with the numbers they have inside" {
	sleeper -U -p -f
	outer=$(awk '{ print $4 }' "/proc/$sleeper/stat")
	run "$XLSNS" --pid-tree="$outer" -n -u
	status_is 0
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} =~ ^' '*$outer' '.*' unshare ' ]]
	[[ ${lines[1]} =~ ^' '*$sleeper' '+$outer' '+$(ns_ino "$sleeper" pid)' 1 '+..?sleep' '1000$ ]]
	run "$XLSNS" --pid-tree -J
	jq -e --argjson pid "$sleeper" --argjson ns "$(ns_ino "$sleeper" pid)" \
		'."pid-tree"[] | select(.pid == $pid) | .pidns == $ns and .inside == [1]' <<<"$output"
	jq -e --argjson pid $$ '."pid-tree"[] | select(.pid == $pid).inside == null' <<<"$output"
	# Every process once, also those whose parent is out of sight.
	jq -e '."pid-tree" | map(.pid) | length > 3 and length == (unique | length)' <<<"$output"
	run "$XLSNS" --pid-tree=4194304
	status_is 1
	one_line
}

@test "a saved procfs: tree of processes" {
	saved --pid-tree
	is_golden pidtree.txt
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
	output_is "xlsns: --without: unknown source: 'nosuch'"
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

@test "a saved procfs: containers" {
	saved --containers -J
	jq -e '.containers[] | .runtime == "docker" and .container == "4f2d4f2d4f2d" and (.id | length) == 64
		and .nprocs == 2 and .netns == 4026532106' <<<"$output"
	saved -l -r -n -o NS,CONTAINER -Q 'CONTAINER == "4f2d4f2d4f2d" && TYPE == "net"'
	output_is '4026532106 4f2d4f2d4f2d'
}

@test "--graph: what graphviz and mermaid read" {
	saved --graph=dot -t uts
	is_golden graph.dot
	! have dot || dot -Tsvg <<<"$output" >/dev/null
	saved --graph=mermaid -t uts
	is_golden graph.mermaid
	sleeper -U -p -f
	run "$XLSNS" --graph=dot
	output_has "n$(ns_ino self pid) -> n$(ns_ino "$sleeper" pid);"
	output_has "n$(ns_ino "$sleeper" user) -> n$(ns_ino "$sleeper" pid) [style=dashed];"
	# The picture in docs is one of ours; docs/namespaces makes it.
	[ "$(grep -c ' -> ' "$docs/namespaces.dot")" = "$(grep -c 'class="edge"' "$docs/namespaces.svg")" ]
	! have dot || dot -Tsvg "$docs/namespaces.dot" >/dev/null
	run "$XLSNS" --graph=svg
	status_is 1
	one_line
}

@test "--propagation: to whom mounts leak" {
	need_root
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -ec '
		mount -t tmpfs none /mnt; mkdir /mnt/a /mnt/b "/mnt/c d"
		mount -t tmpfs none /mnt/a; mount --make-shared /mnt/a
		mount -t tmpfs none /mnt/b; mount --make-shared /mnt/b
		mount -t tmpfs none "/mnt/c d"; mount --make-unbindable "/mnt/c d"
		unshare -m --propagation unchanged sh -c "umount /mnt/b; echo \$\$ >$1; exec sleep 1000" & wait' \
		sh "$BATS_TEST_TMPDIR/peer"
	wait_until test -s "$BATS_TEST_TMPDIR/peer"
	peer=$(cat "$BATS_TEST_TMPDIR/peer")
	wait_until comm_is "$peer" sleep
	run "$XLSNS" --propagation="$started" -J
	status_is 0
	jq -e --argjson ns "$(ns_ino "$peer" mnt)" '.propagation[] | select(.target == "/mnt/a")
		| .propagation == "shared" and .mntns == [$ns] and (.why | startswith("leaks:"))' <<<"$output"
	jq -e '.propagation[] | select(.target == "/mnt/b")
		| .mntns == null and (.why | startswith("would leak"))' <<<"$output"
	jq -e '.propagation[] | select(.target == "/mnt/c d") | .propagation == "private,unbindable"
		and .why == "leaks neither way"' <<<"$output"
	run "$XLSNS" --propagation=4194304
	status_is 1
	one_line
}
