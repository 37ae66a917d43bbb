#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare beside the installed unshare: the same command, the same answer. What the
# installed one is too old for is in tests/cli/xunshare-options.bats.

load ../cli/common

# What a program sees of its new surroundings; nothing that differs by chance.
# shellcheck disable=SC2016
PROBE='cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; pwd
	grep -E "^(Uid|Gid|CapInh|CapPrm|CapEff|CapAmb|Groups)" /proc/self/status
	[ $$ != 1 ] || echo "the first process"
	for link in $(cd /proc/self/ns && readlink user mnt pid net ipc uts cgroup time); do
		case $OLD in *$link*) echo "same ${link%%:*}" ;; esac
	done'

setup()
{
	need unshare
	OLD=$(cd /proc/self/ns && readlink user mnt pid net ipc uts cgroup time)
	export OLD
}

# same_as WHO OPTION...: both tools, the same output and exit status.
same_as()
{
	local who=$1 theirs theirs_status
	shift
	run "$who" unshare "$@"
	theirs=$output theirs_status=$status
	run "$who" "$XUNSHARE" "$@"
	[ "$status" = "$theirs_status" ] ||
		fail "$*: exit status $status, unshare's $theirs_status" "$output" "$theirs"
	# Own failures have words of their own.
	[ "$theirs_status" != 0 ] || [ "$output" = "$theirs" ] ||
		fail "$*:" 'expected:' "$theirs" 'got:' "$output"
}

same()
{
	same_as as_user "$@"
}

same_root()
{
	same_as env "$@"
}

@test 'no option at all' {
	same sh -c "$PROBE"
}

@test 'each type with a user namespace, as an ordinary user' {
	need_userns
	for type in m u i n p C T; do
		same "-U$type" sh -c "$PROBE"
	done
	same -U sh -c "$PROBE"
	same -UmuinpCT sh -c "$PROBE"
}

@test 'each type, as root' {
	need_root
	for type in m u i n p C T; do
		same_root "-$type" sh -c "$PROBE"
		same_root "-f$type" sh -c "$PROBE"
	done
}

@test 'long options' {
	need_userns
	same --user --mount --uts --ipc --net --pid --cgroup --time --fork sh -c "$PROBE"
}

@test 'fork and pid namespace' {
	need_userns
	same -Upf sh -c "$PROBE"
	same -Urpf --mount-proc sh -c "$PROBE; ls -d /proc/[0-9]*"
	same -Urpf --mount-proc=/proc sh -c "ps -e | wc -l"
}

@test 'maps of one id' {
	need_userns
	same -r sh -c "$PROBE"
	same -c sh -c "$PROBE"
	same --map-root-user -f sh -c "$PROBE"
	same --map-user=7 sh -c "$PROBE"
	same --map-group=8 sh -c "$PROBE"
	same --map-user=7 --map-group=8 -f sh -c "$PROBE"
	same -r --map-user=9 sh -c "$PROBE"
	same --map-user=root --map-group=root sh -c "$PROBE"
}

@test 'maps of one id, as root' {
	need_root
	same_root -r sh -c "$PROBE"
	same_root -c -f sh -c "$PROBE"
	same_root --map-user=1000 --map-group=1000 sh -c "$PROBE"
}

@test 'subordinate ids' {
	need_root
	need newuidmap newgidmap
	same_as as_tester --map-auto sh -c "$PROBE"
	same_as as_tester --map-auto -f sh -c "$PROBE"
	same_as as_tester --map-users=auto sh -c "$PROBE"
	same_as as_tester --map-users=1000010,0,20 --map-groups=1000010,5,20 sh -c "$PROBE"
}

@test 'no subordinate ids' {
	need_root
	# unshare wants a name for the id; the account exists, its line does not.
	# shellcheck disable=SC2016
	no_line='mount --bind /dev/null /etc/subuid; exec setpriv --reuid 65533 --regid 65533 --clear-groups "$@"'
	same_as 'with_subids' sh -c "$no_line" sh unshare --map-auto true
	run with_subids sh -c "$no_line" sh "$XUNSHARE" --map-auto true
	status_is 1
	one_line
}

@test 'setgroups' {
	need_userns
	same -U --setgroups allow sh -c "$PROBE"
	same -U --setgroups deny sh -c "$PROBE"
	same -r --setgroups allow true
	same -U --setgroups maybe true
}

@test 'setuid and setgid' {
	need_userns
	same -r -S 0 sh -c "$PROBE"
	same -r -G 0 true
	same -r -S 5 true
	same -U -S x true
}

@test 'setuid and setgid, as root' {
	need_root
	same_root -S 1000 -G 1000 sh -c "$PROBE"
	same_root -G 1000 sh -c "$PROBE"
	same_root -f -S 1000 sh -c "$PROBE"
}

@test 'keep-caps' {
	need_userns
	same -c --keep-caps sh -c "$PROBE"
	same -c --keep-caps -f sh -c "$PROBE"
	same --keep-caps sh -c "$PROBE"
}

@test 'propagation' {
	need_userns
	for how in private slave shared unchanged; do
		same -rm --propagation "$how" sh -c \
			'sed -E "s/^.* - //; t" /proc/self/mountinfo | sort | uniq -c; grep -c shared: /proc/self/mountinfo; grep -c master: /proc/self/mountinfo'
	done
	same -r --propagation private sh -c "$PROBE"
	same -rm --propagation sideways true
}

@test 'root and working directory' {
	need_userns
	same -r -R / sh -c "$PROBE"
	same -r -R / -w /usr sh -c pwd
	same -w /usr sh -c pwd
	same -rf -R /usr -w /bin ./true
	same -r -R /no/such/dir true
	same -w /no/such/dir true
}

@test 'clocks' {
	need_userns
	same -rTf --boottime 1000000 --monotonic 2000000 sh -c 'cat /proc/self/timens_offsets'
	same -rT --monotonic -5 sh -c 'cat /proc/self/timens_offsets'
	same -rT --boottime x true
	same -r --boottime 5 true
	same -rT --boottime -999999999 true
}

@test 'kept namespaces' {
	need_root
	dir=$BATS_TEST_TMPDIR/keep
	mkdir "$dir"
	# shellcheck disable=SC2016
	script='tool=$1; cd "$2" || exit 1
		: >uts; : >net; : >ipc; : >cgroup; : >user; : >time; : >pid
		for type in uts net ipc cgroup time; do
			"$tool" --$type=$type true || echo "$type failed"
			[ "$(stat -fc %T $type)" = nsfs ] && echo "$type kept"
		done
		"$tool" --user=user -r true; [ "$(stat -fc %T user)" = nsfs ] && echo user kept
		"$tool" --pid=pid -f true; [ "$(stat -fc %T pid)" = nsfs ] && echo pid kept'
	# Without a pid namespace there is no second process; both must say so.
	run private sh -c "$script" sh unshare "$dir"
	theirs=$(grep -v unshare: <<<"$output" | sort)
	run private sh -c "$script" sh "$XUNSHARE" "$dir"
	mine=$(grep -v xunshare: <<<"$output" | sort)
	# The installed unshare may be one whose --user=FILE does not work (PR 3905).
	for type in uts net ipc cgroup time user pid; do
		[[ $mine == *"$type kept"* ]] || fail "$type was not kept" "$output"
	done
	[ "$(grep -vc user <<<"$theirs")" = "$(grep -vc user <<<"$mine")" ]
}

@test 'pid namespace without fork cannot be kept' {
	need_root
	: >"$BATS_TEST_TMPDIR/pid"
	run private unshare "--pid=$BATS_TEST_TMPDIR/pid" true
	theirs_status=$status
	run private "$XUNSHARE" "--pid=$BATS_TEST_TMPDIR/pid" true
	status_is "$theirs_status"
	output_has 'it has no first process yet'
}

@test 'exit status' {
	same sh -c 'exit 42'
	same -f sh -c 'exit 42'
	for tool in unshare "$XUNSHARE"; do
		run -127 as_user "$tool" /no/such/program
		run -127 as_user "$tool" -f /no/such/program
		run -127 as_user "$tool" ''
	done
	same /etc/passwd
	same -f /etc/passwd
	same --no-such-option
	same -R
	same -f sh -c 'kill -TERM $$'
}

@test 'options end at the program' {
	same echo -m -u
	same -- echo -x
	same -f echo -f
}

@test 'help and version' {
	for option in --help -h --version -V; do
		run -0 unshare "$option"
		run -0 "$XUNSHARE" "$option"
	done
}

@test 'the shell is a login shell' {
	# shellcheck disable=SC2016
	for tool in unshare "$XUNSHARE"; do
		run -0 as_user env SHELL=/bin/sh "$tool" <<<'echo $0'
		output_is -sh
		run -0 as_user env SHELL=/bin/sh "$tool" -r <<<'echo $0'
		output_is -sh
		run -3 as_user env -u SHELL "$tool" <<<'exit 3'
		run -127 as_user env SHELL=/no/shell "$tool"
	done
}

@test 'signals while waiting: TERM and INT do not end it' {
	for tool in unshare "$XUNSHARE"; do
		start "$tool" -f sleep 1000
		wait_until comm_is "$(wait_until child_of "$started"; child_of "$started")" sleep
		kill -TERM "$started"
		kill -INT "$started"
		sleep 0.1
		kill -0 "$started"
	done
}

@test 'kill-child' {
	need_userns
	for tool in unshare "$XUNSHARE"; do
		for option in --kill-child --kill-child=SIGTERM --kill-child=kill; do
			start_user "$tool" -r "$option" sleep 1000
			wait_until child_of "$started"
			child=$(child_of "$started")
			wait_until comm_is "$child" sleep
			kill -KILL "$started"
			wait_until test ! -e "/proc/$child"
		done
	done
	same --kill-child=9 true
	same --kill-child=NOSIG true
	same --kill-child sh -c 'exit 5'
}

@test 'without a user namespace the namespaces are those of the waiting process' {
	need_root
	for tool in unshare "$XUNSHARE"; do
		start "$tool" -f -n -u sleep 1000
		wait_until child_of "$started"
		[ "$(ns_ino "$started" net)" = "$(ns_ino "$(child_of "$started")" net)" ]
		[ "$(ns_ino "$started" net)" != "$(ns_ino $$ net)" ]
	done
}

@test 'closed standard descriptors' {
	same -f sh -c 'exit 4' <&-
	run sh -c '"$1" -f true <&- >&- 2>&-' sh "$XUNSHARE"
	status_is 0
}

# The words in the first column of the table for xunshare, one option a line.
options_of_table()
{
	sed -n '/^## xunshare/,/^## xnsenter/s/^| \(`[^|]*\) |.*/\1/p' "$BATS_TEST_DIRNAME/../../docs/compatibility.md" |
		grep -o -e '--\?[A-Za-z][a-z-]*' | sort -u
}

options_of_help()
{
	"$@" | sed -nE 's/^ {1,6}((-[A-Za-z]), )?(--[a-z-]+).*/\2\n\3/p' | sed '/^$/d' | sort -u
}

@test 'the table of compatibility lists every option of unshare' {
	run comm -23 <(options_of_help unshare --help) <(options_of_table)
	output_is ''
	run comm -23 <(options_of_table) <(options_of_help "$XUNSHARE" --help=all)
	output_is ''
}
