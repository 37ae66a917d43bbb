#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: what scripts use - environment, descriptors, limits, plans, status lines.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

@test 'clear-env, whitelist-env and setenv' {
	A=1 B=2 run -0 inside --clear-env /usr/bin/env
	output_is ''
	A=1 B=2 run -0 inside --whitelist-env A,C --whitelist-env B /usr/bin/env
	output_is $'A=1\nB=2'
	A=1 run -0 inside --clear-env --setenv A=3 --setenv D= /usr/bin/env
	output_is $'A=3\nD='
	A=1 run -0 inside --setenv A=x=y printenv A
	output_is x=y
	# PATH is gone for the search as well; the default one remains.
	run -0 inside --clear-env true
	PATH_BIN=$BATS_TEST_TMPDIR
	run -127 inside --setenv "PATH=$PATH_BIN" true
}

descriptors()
{
	# shellcheck disable=SC2016
	run -0 "$@" bash -c 'for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "${fd##*/}"; done | sort -n | tr "\n" " "' \
		3</dev/null 5</dev/null 7</dev/null
}

@test 'close-fds and pass-fd' {
	need_userns
	for fork in '' -f -rf '--init -r'; do
		# shellcheck disable=SC2086
		descriptors as_user "$XUNSHARE" $fork --close-fds
		output_is '0 1 2 '
		# shellcheck disable=SC2086
		descriptors as_user "$XUNSHARE" $fork --pass-fd 5 --pass-fd 7
		output_is '0 1 2 5 7 '
		# shellcheck disable=SC2086
		descriptors as_user "$XUNSHARE" $fork --close-fds --status-fd 5 --pass-fd 7
		output_is '0 1 2 7 '
	done
}

@test 'rlimit' {
	run -0 inside --rlimit nofile=64:128 --rlimit core=0 sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	output_is $'64\n128\n0'
	run -0 inside -f --rlimit NOFILE=64 sh -c 'ulimit -n; ulimit -Hn'
	output_is $'64\n64'
	# They are those of the program, and hinder nobody on the way to it.
	for options in -r -rf '-rp --init' '-rp --init --pty' '-rp --init --close-fds'; do
		for limits in '--rlimit nofile=6' '--rlimit nproc=0' '--rlimit nproc=1 --rlimit nofile=8'; do
			# shellcheck disable=SC2086
			run -0 inside $options $limits true
		done
	done
	run -0 inside -rmp --init --mount-proc --rlimit nproc=77 --rlimit nofile=33 \
		sh -c 'grep -E "processes|files" /proc/self/limits; grep -cE "77|33 " /proc/1/limits || :'
	[[ $output =~ processes\ +77\ +77\ .*files\ +33\ +33\ .*$'\n'0$ ]] || fail "$output"
	# Nor a mount, of which each has descriptors of its own until all are made.
	binds=()
	for i in {1..200}; do
		binds+=(--bind "/etc/passwd:/tmp/$i")
	done
	for options in -rm '-rm --fork' '-rm --pivot-root=/' '-rmp --init --pivot-root=/ --close-fds'; do
		# shellcheck disable=SC2016,SC2086
		run -0 as_user prlimit --nofile=50:5000 "$XUNSHARE" $options --tmpfs /tmp "${binds[@]}" \
			sh -c 'ls /tmp | wc -l; ulimit -n; ulimit -Hn'
		output_is $'200\n50\n5000'
		# shellcheck disable=SC2016,SC2086
		run -0 as_user "$XUNSHARE" $options --rlimit nofile=33:44 --tmpfs /tmp "${binds[@]}" \
			sh -c 'ls /tmp | wc -l; ulimit -n; ulimit -Hn'
		output_is $'200\n33\n44'
	done
	for bad in nofile=9999999999 nofile=5:3 nofile=unlimited:3 nofile= nofile=1: nofile=-1 nofile=x \
		nofile=1:2:3 nofile =5 files=5 ''; do
		run -1 inside --rlimit "$bad" true
	done
	output_has 'NAME=SOFT'
}

@test 'dry-run changes nothing and lists everything' {
	need jq
	run -0 inside -Urpf --mount-proc --dry-run=json no-such-program
	[[ $(jq -r '.steps[0].call' <<<"$output") == clone*'CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID)' ]]
	[ "$(jq -r '.steps[-1].call' <<<"$output")" = 'execve("no-such-program")' ]
	[ "$(jq '[.steps[].step] == [range(1; (.steps | length) + 1)]' <<<"$output")" = true ]
	# Names are what they are, and bytes that are no text are shown.
	run -0 inside -Uruf --hostname=$'h\xc3\xbctte' --dry-run=json $'no-\xff'
	[ "$(jq -r '.steps[] | .call | select(startswith("sethostname"))' <<<"$output")" = $'sethostname("h\xc3\xbctte")' ]
	[ "$(jq -r '.steps[-1].call' <<<"$output")" = 'execve("no-\xff")' ]
	run -0 inside -Urpf --mount-proc --dry-run no-such-program
	[[ ${lines[0]} == '  1  caller  clone'* ]]
	touch "$BATS_TEST_TMPDIR/net"
	run -0 "$XUNSHARE" --net="$BATS_TEST_TMPDIR/net" -R /no/such/dir --dry-run true
	[ "$(stat -fc %T "$BATS_TEST_TMPDIR/net")" != nsfs ]
}

@test 'dry-run makes no system call that changes state' {
	need strace
	for options in -Ur '-Urpf --mount-proc --hostname x --lo' '--init -r' '-T --boottime 5 -rf'; do
		# shellcheck disable=SC2086
		run -0 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "$XUNSHARE" $options --dry-run true
		! grep -E '^[0-9]+ +(unshare|clone3?|v?fork|mount|sethostname|prctl|setuid|setgid|chroot|chdir)\(' \
			"$BATS_TEST_TMPDIR/calls"
	done
}

# explained OPTION...: every step that is announced is taken, and in that order.
explained()
{
	local call
	run -0 strace -f -qq -s 200 -o "$BATS_TEST_TMPDIR/calls" "$XUNSHARE" --explain=json "$@" true
	grep -oE '(unshare|clone3?|mount|sethostname|setdomainname|chroot|chdir|setuid|setgid|prctl)\(' \
		"$BATS_TEST_TMPDIR/calls" >"$BATS_TEST_TMPDIR/done"
	while read -r call; do
		grep -qxF "$call" "$BATS_TEST_TMPDIR/done" || fail "announced but not done: $call"
	done < <(jq -r '.steps[].call' <<<"$output" |
		grep -oE '^(unshare|clone3?|mount|sethostname|setdomainname|chroot|chdir|setuid|setgid|prctl)\(')
}

@test 'explain tells the truth' {
	need_root
	need strace jq
	explained -Ur
	explained -Urpf --mount-proc --hostname x -R / -w /
	explained -pf --mount-proc
	explained -pf --mount-proc --kill-child -S 0 -G 0
	explained -rTf --boottime 5
}

@test 'status lines' {
	need_userns
	need jq
	for options in -r -rf '--init -r' -f; do
		# shellcheck disable=SC2086
		run -5 inside $options --status-fd 9 sh -c 'exit 5' 9>"$BATS_TEST_TMPDIR/status"
		[ "$(jq -r .event "$BATS_TEST_TMPDIR/status" | head -1)" = started ]
		jq -se '.[0].pid > 0 and (.[0].namespaces | length) >= 7' "$BATS_TEST_TMPDIR/status"
		[[ $options != *f* ]] ||
			jq -se '.[1] == {"event": "exit", "status": 5}' "$BATS_TEST_TMPDIR/status"
	done
	# shellcheck disable=SC2016
	run -137 inside -f --status-fd 9 sh -c 'kill -KILL $$' 9>"$BATS_TEST_TMPDIR/status"
	jq -se '.[1] == {"event": "exit", "signal": 9}' "$BATS_TEST_TMPDIR/status"
	run -0 inside -rpf --status-fd 9 true 9>"$BATS_TEST_TMPDIR/status"
	[ "$(jq -s '.[0]["inner-pid"]' "$BATS_TEST_TMPDIR/status")" = 1 ]
	run -127 inside -rf --status-fd 9 $'/no-such\n"\xff' 9>"$BATS_TEST_TMPDIR/status"
	jq -se '.[-1] | .event == "error" and .step == "exec" and .errno == 2' "$BATS_TEST_TMPDIR/status"
}

# Numbers in there are those of another pid namespace: 2 and 3 are anybody.
@test 'status lines and kept namespaces where /proc is not our own' {
	need_root
	need jq
	for options in '' -f; do
		# shellcheck disable=SC2016
		run -0 private unshare -pf --kill-child sh -ec 'mount -t tmpfs none /mnt; : >/mnt/uts
			"$1" $2 --uts=/mnt/uts --status-fd 9 readlink /proc/self/ns/uts 9>"$3"
			stat -c "uts:[%i]" /mnt/uts' sh "$XUNSHARE" "$options" "$BATS_TEST_TMPDIR/status"
		[ "${lines[0]}" = "${lines[1]}" ]
		[ "uts:[$(jq -s '.[0].namespaces.uts' "$BATS_TEST_TMPDIR/status")]" = "${lines[0]}" ]
		jq -se '.[0].pid == .[0]["inner-pid"]' "$BATS_TEST_TMPDIR/status"
	done
}

@test 'nobody reads what is told' {
	need_userns
	local fd
	for fd in --status-fd --ready-fd; do
		for options in -f '--init -r'; do
			# The second end of the pipe is closed before anything is written.
			# shellcheck disable=SC2016,SC2086
			run -5 inside python3 -c 'import os, sys
r, w = os.pipe()
os.close(r)
os.dup2(w, 9)
import signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$XUNSHARE" $options $fd 9 sh -c 'exit 5'
			output_is ''
		done
	done
	# The program gets the signal as it was.
	run -0 inside --status-fd 9 sh -c 'grep SigIgn /proc/self/status' 9>/dev/null
	[ $((0x${output##*[[:blank:]]} & 1 << 12)) -eq 0 ]
}

@test 'ready-fd and block-fd' {
	need_userns
	for options in -r -rf '--init -r'; do
		rm -f "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/ran"
		mkfifo "$BATS_TEST_TMPDIR/go"
		# shellcheck disable=SC2016,SC2086
		start sh -c 'exec 8<>"$1/go" 9>"$1/ready"; dir=$1; shift; exec "$@"' sh "$BATS_TEST_TMPDIR" \
			"$XUNSHARE" $options --block-fd 8 --ready-fd 9 touch "$BATS_TEST_TMPDIR/ran"
		sleep 0.2
		[ ! -e "$BATS_TEST_TMPDIR/ran" ]
		[ ! -s "$BATS_TEST_TMPDIR/ready" ]
		echo >"$BATS_TEST_TMPDIR/go"
		wait_until test -e "$BATS_TEST_TMPDIR/ran"
		wait_until test -s "$BATS_TEST_TMPDIR/ready"
	done
}

@test 'ready-fd and block-fd take no standard descriptor from the program' {
	need_userns
	for options in -r -rf '--init -r'; do
		# shellcheck disable=SC2086
		run -0 inside $options --ready-fd 1 sleep 0
		output_is ''
		# shellcheck disable=SC2086
		run -0 inside $options --block-fd 0 --ready-fd 2 sh -c 'cat && echo two >&2' <<<xone
		[[ $output == *one* && $output == *two* ]]
	done
}

@test 'status-fd tells of every failure, and the exit status of the program is not one' {
	need_userns
	need jq
	local status_file=$BATS_TEST_TMPDIR/status
	# Each is found at another stage, and none of them is one of the plan's steps.
	for options in '--no-such-option' '--propagation nosuch' '--sandbox --rw=/no/such/file' '--sandbox --root=/no/such/dir' \
		'-r --setenv novalue' '-r --limit nosuch' '-r --pass-fd 77' '-r --wd=/no/such/dir' '-m --net=/no/such/file'; do
		# shellcheck disable=SC2086
		run inside --status-fd 9 $options true 9>"$status_file"
		status_is 1
		[ "$(wc -l <"$status_file")" = 1 ] || fail "$options: $(cat "$status_file")"
		jq -e '.event == "error" and .text != ""' "$status_file" || fail "$options: $(cat "$status_file")"
		[[ $options == --no-such* || $output == *"$(jq -r .text "$status_file")"* ]] || fail "$options: $output"
	done
	for options in -r -rf '-r --init'; do
		# shellcheck disable=SC2086
		run -1 inside $options --status-fd 9 sh -c 'exit 1' 9>"$status_file"
		run -1 grep -c '"event":"error"' "$status_file"
		grep -q '"event":"started"' "$status_file"
	done
	run -124 inside -rf --init --timeout 0.1 --status-fd 9 sleep 100 9>"$status_file"
	jq -se 'map(.event) == ["started", "exit"]' "$status_file"
	# What is no descriptor of the caller's is not one of ours that has its number.
	for fd in --status-fd --ready-fd --block-fd; do
		run -1 inside -r --bind=/ $fd 77 true
		output_is "xunshare: $fd: descriptor 77: Bad file descriptor"
	done
}

@test 'exit-125' {
	run -125 inside --exit-125 -w /no/such/dir true
	run -125 inside --exit-125 --no-such-option
	run -127 inside --exit-125 /no/such/program
	run -1 inside --exit-125 sh -c 'exit 1'
	run -125 inside --exit-125 -f -R /no/such/dir true
}

@test 'two at once' {
	need_userns
	for i in 1 2 3 4; do
		inside -Urpf --mount-proc --hostname "box$i" sh -c 'sleep 0.2; uname -n' >"$BATS_TEST_TMPDIR/$i" &
	done
	wait
	[ "$(sort "$BATS_TEST_TMPDIR"/[1-4])" = $'box1\nbox2\nbox3\nbox4' ]
}

@test 'check' {
	need_userns
	need jq
	run -0 inside -Urpf --check
	[[ ${lines[0]} == 'ok '*'user namespaces can be created'* ]]
	run -0 inside --check=json
	jq -e '.findings | map(.topic) | index("user") == 0' <<<"$output"
	# The exit status is about the types asked for.
	# shellcheck disable=SC2016
	limited='echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"'
	run -1 inside -r sh -c "$limited" sh "$XUNSHARE" -n --check
	output_has 'user.max_net_namespaces'
	run -0 inside -r sh -c "$limited" sh "$XUNSHARE" -u --check
	run -1 inside -r sh -c "$limited" sh "$XUNSHARE" --check
}
