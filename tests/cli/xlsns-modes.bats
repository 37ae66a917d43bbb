#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns: the modes that show something else than the list, and what goes with which.

load common
load xlsns

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
	output_has "owned xlsns\\x20--holders\\x20$ino    $ino uts\\x20namespace"
	run "$XLSNS" --holders "uts:[$ino]"
	status_is 0
	run "$XLSNS" --holders 99999999
	status_is 1
	output_is 'xlsns: not found namespace: 99999999'
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

# What TERM alone does not end: it is stopped, or does not mind; and what nothing ends.
@test "--holders: a process that TERM does not end" {
	need dash jq python3
	# shellcheck disable=SC2016
	for how in 'kill -STOP $$; sleep 1000' 'trap "" TERM; exec sleep 1000' 'exec sleep 1000'; do
		start unshare -Ur -u sh -c "$how"
		case $how in
		*STOP*) wait_until grep -q '^State:.T' "/proc/$started/status" ;;
		*) wait_until comm_is "$started" sleep ;;
		esac
		run "$XLSNS" --holders "$(ns_ino "$started" uts)" -J
		command=$(jq -r ".holders[] | select(.pid == $started).release" <<<"$output")
		case $how in
		exec*) [ "$command" = "kill $started" ] ;;
		*) [ "$command" = "kill -KILL $started" ] ;;
		esac
		dash -c "$command"
		wait_until test ! -e "/proc/$started/ns/uts"
	done
	need_root
	# The first process of a pid namespace has ended, and nobody has waited for it.
	start python3 -c 'import ctypes, os, signal
ctypes.CDLL(None).unshare(0x20000000)
pid = os.fork()
if pid == 0:
    print(os.stat("/proc/self/ns/pid").st_ino, flush=True)
    os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(pid, flush=True)
signal.pause()'
	# shellcheck disable=SC2016
	wait_until sh -c '[ "$(wc -l <"$1")" = 2 ]' sh "$started_out"
	{ read -r ino; read -r zombie; } <"$started_out"
	run -0 "$XLSNS" --holders "$ino" -J
	jq -e --argjson pid "$zombie" 'all(.holders[]; .pid != $pid or .release == null)' <<<"$output"
	# The process whose children would be born there is another matter.
	jq -e --argjson pid "$started" 'any(.holders[]; .pid == $pid and .release == "kill \($pid)")' <<<"$output"
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
	# As above, whoever lists namespaces beside us holds it for a moment.
	while PATH=${XNSENTER%/*}:$PATH run dash -c "$command"; [[ $status != 0 && $output == *busy* ]]; do
		:
	done
	status_is 0
	run "$XLSNS" --holders "$ino"
	output_lacks jailed
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

# The widest line of the last output has at most N columns.
no_wider_than()
{
	local line
	for line in "${lines[@]}"; do
		[ "${#line}" -le "$1" ] || fail "${#line} columns: $line"
	done
}

@test "--compare: the answer first, in words, and nothing wider than a terminal" {
	copy=$BATS_TEST_TMPDIR/proc
	mkdir "$copy"
	cp -a "$host/1" "$copy/1"
	cp -a "$host/1" "$copy/300"
	sed -i 's/^1 /300 /' "$copy/300/stat"
	for pid in 1 300; do
		printf '0 0 4294967295\n' >"$copy/$pid/uid_map"
		printf '0 0 4294967295\n1 7 3\n' >"$copy/$pid/gid_map"
		ln -sfn / "$copy/$pid/root"
		printf '12:pids:/\n' >"$copy/$pid/cgroup"
	done
	long=/$(printf 'system.slice/%0.s' {1..70})end.scope
	printf '1:name=systemd:%s\n' "$long" >>"$copy/1/cgroup"
	printf '1:name=systemd:/init.scope\n' >>"$copy/300/cgroup"
	ln -sfn 'net:[4026532999]' "$copy/300/ns/net"
	ln -sfn 'mnt:[4026532998]' "$copy/300/ns/mnt"
	COLUMNS=80 run "$XLSNS" --proc="$copy" --compare 1 300
	status_is 1
	[ "${lines[0]}" = 'differs: mnt net cgroup-path' ]
	[[ ${lines[1]} == 'same:    pid uts ipc '*'root uid_map gid_map' ]]
	[[ $output =~ $'\n'net' '+[0-9]+' '+4026532999 ]]
	no_wider_than 80
	# All of the path is there, and nothing that is in both.
	[ "$(grep -o system.slice <<<"$output" | wc -l)" = 70 ]
	output_lacks pids
	COLUMNS=40 run "$XLSNS" --proc="$copy" --compare 1 300
	no_wider_than 40
	[ "$(tr -d ' \n' <<<"$output" | grep -o system.slice/ | wc -l)" -ge 40 ]
	run "$XLSNS" --proc="$copy" --compare 1 300 -u
	output_has "$long"
	run "$XLSNS" --proc="$copy" --compare 1 300 -r
	output_has 'pid yes '
	run "$XLSNS" --proc="$copy" --compare 1 1
	status_is 0
	[ "${lines[0]}" = 'differs: nothing' ]
	[ "${#lines[@]}" = 2 ]
	rm "$copy/300/uid_map"
	run "$XLSNS" --proc="$copy" --compare 1 300
	status_is 2
	[ "${lines[2]}" = 'unknown: uid_map' ]
}

@test "on a terminal the column that answers is whole, and nothing is too wide" {
	need_root
	need script
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -ec '
		d=/mnt/$(printf "deep/%0.s" 1 2 3 4 5 6 7 8 9)directory
		mount -t tmpfs none /mnt; mkdir -p "$d"
		mount -t tmpfs none "$d"; mount --make-shared "$d"
		for i in 1 2 3 4 5 6 7; do unshare -m --propagation unchanged sleep 1000 & done; wait'
	wait_until sh -c '[ "$(pgrep -c -P "$1" -x sleep)" = 7 ]' sh "$started"
	for width in 66 80 100; do
		run script -qec "stty cols $width; '$XLSNS' --propagation=$started" /dev/null
		output=${output//$'\r'/}
		mapfile -t lines <<<"$output"
		no_wider_than "$width"
		[ "$width" = 66 ] || output_has $'\n''leaks into 7 mount namespaces '
		# Seven inodes, whole.
		grep -oE '40265[0-9]{5}' <<<"$output" | sort -u | wc -l | grep -qx 7 || fail "$output"
	done
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

# Each option with each mode: it is refused in one line, or it is not.
@test "options that a mode does not look at are refused" {
	local -A args=([type]='-t net' [task]='-p 1' [persistent]=-P [filter]='-QNS==1' [without]=--without=fds
		[bpf]=--bpf=never [list]=-l [tree]=-T [json]=-J [raw]=-r [noheadings]=-n [output]='-o NS'
		[output-all]=--output-all [notruncate]=-u [color]=--color=always [nowrap]=-W [verbose]=-v
		[in]=--in=4026531836)
	local -A modes=([holders]=--holders=4026531837 [compare]='--compare 1 100' [pid-map]=--pid-map=1
		[pid-tree]=--pid-tree [propagation]=--propagation=1 [containers]=--containers [graph]=--graph=dot [metrics]=--metrics)
	local -A refused=(
		[holders]=' task persistent filter tree output output-all in '
		[compare]=' type task persistent filter tree output output-all in without bpf '
		[pid-map]=' type task persistent filter tree output output-all '
		[pid-tree]=' type task persistent filter tree output output-all in '
		[propagation]=' type task persistent filter tree output output-all in '
		[containers]=' type task persistent filter tree output output-all in '
		[metrics]=' type task persistent filter list tree json raw noheadings output output-all notruncate nowrap in '
		[graph]=' list tree json raw noheadings output output-all notruncate nowrap in ')
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
			expected="xlsns: --$mode takes no further argument"
			[ "$mode" != pid-tree ] ||
				expected+=$'\n'"hint: the argument of this option goes behind a '=': --pid-tree=12"
			output_is "$expected"
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
		.why == "leaks into 200 mount namespaces"' <<<"$output"
}

@test "--pid-map: outside and inside numbers, both ways" {
	sleeper -U -p -f
	run "$XLSNS" --pid-map "$sleeper" -r -n
	output_is "$sleeper 0 $(ns_ino self pid)
1 1 $(ns_ino "$sleeper" pid)"
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

@test "a saved procfs: containers" {
	saved --containers -J
	jq -e '.containers[] | .runtime == "docker" and .container == "4f2d4f2d4f2d" and (.id | length) == 64
		and .nprocs == 2 and .netns == 4026532106' <<<"$output"
	saved -l -r -n -o NS,CONTAINER -Q 'CONTAINER == "4f2d4f2d4f2d" && TYPE == "net"'
	output_is '4026532106 4f2d4f2d4f2d'
	need script
	# What is empty goes before the terminal is too narrow for what is not.
	for width in 80 200; do
		run script -qec "stty cols $width; '$XLSNS' --proc='$host' --containers" /dev/null
		mapfile -t lines <<<"${output//$'\r'/}"
		no_wider_than "$width"
		[[ ${lines[0]} == *MNTNS*ID* && ( $width = 200 || $output != *POD* ) ]] || fail "$output"
	done
	output_has POD
	# A person is not left with nothing at all, and a script is.
	mkdir "$BATS_TEST_TMPDIR/none" && cp -a "$host/1" "$BATS_TEST_TMPDIR/none"
	run script -qec "'$XLSNS' --proc='$BATS_TEST_TMPDIR/none' --containers" /dev/null
	# The files of stopped ones may be on this machine.
	[ -n "$("$XLSNS" --proc="$BATS_TEST_TMPDIR/none" --containers 2>&1)" ] || output_has 'xlsns: no container is seen here'
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

@test "--graph: a name with backslashes is shown as it is" {
	# shellcheck disable=SC2016
	start unshare -r -n bash -c 'exec -a "$1" sleep 1000' bash $'back\\nslash\\\e'
	wait_until comm_is "$started" sleep
	run "$XLSNS" --graph=dot -t net
	status_is 0
	[[ $output == *"process $started\\nback"'\\nslash\\\\x1b 1000"'* ]] || fail "$output"
	if have dot; then
		dot -Tsvg <<<"$output" | grep -F '>back\nslash\\x1b'
	fi
	run "$XLSNS" --graph=mermaid -t net
	output_has 'back#92;nslash#92;#92;x1b 1000"'
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
		| .propagation == "shared" and .mntns == [$ns] and .why == "leaks into 1 mount namespace"' <<<"$output"
	jq -e '.propagation[] | select(.target == "/mnt/b")
		| .mntns == null and (.why | startswith("would leak"))' <<<"$output"
	jq -e '.propagation[] | select(.target == "/mnt/c d") | .propagation == "private,unbindable"
		and .why == "leaks neither way"' <<<"$output"
	run "$XLSNS" --propagation=4194304
	status_is 1
	one_line
}
