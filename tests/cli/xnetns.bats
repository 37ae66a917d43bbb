#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What xnetns does beyond ip-netns(8), and how it fails. That it does the same is
# the business of tests/parity/xnetns.bats.

load common

setup()
{
	need_root
	export XNETNS
}

# scenario SCRIPT: SCRIPT with a /run of its own.
scenario()
{
	# shellcheck disable=SC2016
	run private_run bash -c 'n() { "$XNETNS" "$@"; }; x=$XNETNS
		until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
		watches() { grep -qs "^inotify" /proc/$1/fdinfo/*; }; '"$1"
}

@test 'a name that is not there: one line, 255, nothing left' {
	scenario 'n exec nosuch true; rc=$?; ls -A /run; exit $rc'
	status_is 255
	one_line
	output_has "xnetns: cannot open network namespace 'nosuch': No such file or directory"
}

@test 'help, --help and options behind a command; a name that begins with - goes after --' {
	# Nothing of it makes a name.
	scenario 'for w in --help -h --version; do n add $w | head -n 2; done; n help add | head -n 2
		n help | grep -c "^  add NAME"; n add --hlep; echo $?; n add -x 2>/dev/null; echo $?; ls -A /run
		n help nosuch 2>/dev/null; echo $?
		n add -- --help; n add -- -x; n list; n list -j; n exec -- -x echo inside; n delete -- -x; n delete --all; n list'
	status_is 0
	output_is "Usage:
 xnetns add NAME
Usage:
 xnetns add NAME
xnetns from libns $(sed -n "s/^ *version: '\(.*\)',/\1/p" "$BATS_TEST_DIRNAME/../../meson.build" | head -n 1)
Usage:
 xnetns add NAME
1
xnetns: unrecognized option '--hlep'
Try 'xnetns add --help' for more information.
hint: an operand that begins with '-' goes after '--'
255
255
255
-x
--help
[{\"name\":\"-x\"},{\"name\":\"--help\"}]
inside"
}

@test 'exec takes -- before the command' {
	scenario 'n add a; n exec a -- echo hello'
	output_is hello
}

@test 'exec keeps what is mounted below /sys' {
	[ -n "$(ls -A /sys/fs/cgroup)" ] || skip 'nothing is mounted on /sys/fs/cgroup'
	scenario 'n add a; n exec a ls /sys/fs/cgroup'
	status_is 0
	output_is "$(ls /sys/fs/cgroup)"
}

@test 'names added and deleted from within are whole outside' {
	scenario 'n add a; n exec a "$x" add b; n exec b "$x" identify; n exec a "$x" del b; n list
		n exec a "$x" del a; n list'
	status_is 0
	output_is $'b\na'
}

@test 'what a program in exec mounts stays inside' {
	scenario 'mount --make-shared /; n add a; n exec a mount -t tmpfs none /mnt; findmnt /mnt'
	status_is 1
	output_is ''
}

@test 'a file of /etc/netns without a target is a warning' {
	scenario 'mount -t tmpfs none /etc; mkdir -p /etc/netns/a; : >/etc/netns/a/lost; n add a; n exec a echo on'
	status_is 0
	output_has "xnetns: cannot bind '/etc/netns/a/lost' on '/etc/lost': No such file or directory"
	output_has on
}

@test 'a stale file is named as such, taken over by add' {
	scenario 'mkdir /run/netns; : >/run/netns/a; touch -d "1 minute ago" /run/netns/a
		n list; n exec a true; echo $?; n add a && n exec a true && echo whole'
	status_is 0
	output_is "a
xnetns: no network namespace is bound on 'a'
xnetns: cannot open network namespace 'a': stale name, nothing is bound on '/run/netns/a'
255
whole"
}

@test 'delete --all goes on after a failure and says so' {
	scenario 'n add a; mkdir /run/netns/shield; n add b; n --all delete; echo $?; ls /run/netns'
	output_is "xnetns: cannot remove namespace file '/run/netns/shield': Is a directory
1
shield"
}

@test 'a name that is a link is deleted, and what it leads to is left alone' {
	# As `ip netns del` does not: it follows the link and takes the mount away.
	# shellcheck disable=SC2016
	run -0 private_run sh -ec '"$1" add a; ln -s a /run/netns/b; ln -s /run/other /run/netns/c
		touch /run/other; mount --bind /proc/self/ns/uts /run/other
		"$1" delete b; "$1" delete c || :; "$1" exec a true
		grep -c " /run/netns/a \| /run/other " /proc/self/mountinfo; [ ! -L /run/netns/b ]' sh "$XNETNS"
	[ "${lines[-1]}" = 2 ]
}

@test 'two mounts on one name do not block its deletion' {
	scenario 'n add a; mount --bind /run/netns/a /run/netns/a; n del a; n list; grep -c /run/netns/a /proc/self/mountinfo'
	output_is 0
}

@test 'on a host with a shared /run every name is mounted once' {
	scenario 'mount --make-shared /run; for i in 1 2 3 4; do n add n$i; done; grep -c " /run/netns" /proc/self/mountinfo'
	output_is 4
}

@test 'whatever the umask, everybody may list' {
	scenario 'umask 077; n add a; stat -c %a /run/netns'
	output_is 755
}

@test 'JSON of names that are no text' {
	need jq
	scenario 'n add $'"'"'a\n"\xff'"'"'; n -j list | jq -r ".[0].name | length"; n -j exec nosuch true 2>/dev/null || n -j list | jq length'
	status_is 0
	[ "${lines[1]}" = 1 ]
}

@test 'control characters do not reach a terminal' {
	need script
	scenario 'n add $'"'"'\e[31mred'"'"'; script -qc "$x list" /dev/null'
	output_has '\x1b[31mred'
}

@test 'JSON of identify, pids and monitor' {
	need jq
	scenario 'n attach one $$; n attach two $$; n -j identify | jq -c "map(.name) | sort"
		n -j pids one 2>/dev/null | jq "map(.pid) | contains([$$])"
		"$x" -j monitor >/run/seen & until_true watches $!; n del two; until_true test -s /run/seen; kill $!; jq -c . /run/seen'
	status_is 0
	output_is '["one","two"]
true
{"event":"delete","name":"two"}'
}

@test 'JSON of monitor: a whole object a line, also the second' {
	need jq
	# shellcheck disable=SC2016
	scenario 'n add zero; "$x" -j monitor >/run/seen & pid=$!; until_true watches $pid
		n add red; n add blue; n del zero; until_true grep -q zero /run/seen
		kill $pid; wait $pid
		while read -r line; do jq -e "type == \"object\" and has(\"event\")" <<<"$line" >/dev/null || echo "bad: $line"; done </run/seen
		jq -r "[.event, .name] | join(\" \")" /run/seen'
	output_is $'add red\nadd blue\ndelete zero'
}

@test 'monitor reports an event once, though it came together with another' {
	# shellcheck disable=SC2016
	scenario 'n add one; n add two; "$x" monitor >/run/seen & pid=$!; until_true watches $pid
		kill -STOP $pid; n del one; n del two; kill -CONT $pid; until_true grep -q "delete two" /run/seen
		n add last; until_true grep -q "add last" /run/seen; n del last; until_true grep -q "delete last" /run/seen
		cat /run/seen; kill $pid'
	output_is $'delete one\ndelete two\nadd last\ndelete last'
}

@test 'monitor reports a name when it can be entered' {
	scenario '"$x" monitor >/run/seen & until_true watches $!
		for i in 1 2 3; do n add n$i; until_true grep -q n$i /run/seen; done
		while read -r what name; do [ $what = add ] && n exec $name true && echo ok; done </run/seen; kill $!'
	output_is $'ok\nok\nok'
}

@test '32 adds of one name at once: one winner' {
	scenario 'for i in $(seq 32); do ( "$x" add a 2>/dev/null && echo won ) & done; wait
		n exec a true; grep -c " /run/netns" /proc/self/mountinfo'
	output_is $'won\n2'
}

@test 'exec beside add: inside, or no such name' {
	scenario 'for i in $(seq 40); do "$x" add n$i & "$x" exec n$i true || echo $?; wait; done 2>&1 |
		grep -v -e "No such file" -e 255; true'
	output_is ''
}

@test 'mixed with ip netns: no stale file, no doubled mount' {
	need ip
	scenario 'turns() { for i in $(seq 30); do "$1" $2 add $3 && "$1" $2 del $3; done; }
		for i in 1 2; do turns "$x" "" x$i & turns ip netns i$i & done; wait; ls -A /run/netns
		# ip leaves its own file where its name was taken meanwhile.
		for i in 1 2; do turns "$x" "" one 2>/dev/null & turns ip netns one 2>/dev/null & done; wait
		cut -d " " -f 5 /proc/self/mountinfo | grep "^/run/netns" | sort | uniq -d; echo end'
	output_is 'end'
}

@test 'an ordinary user reads names and is told what he could not see' {
	scenario 'n add a; u="setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --"
		$u "$x" list; $u "$x" pids a; $u "$x" add b; echo $?; $u "$x" del a; echo $?; $u "$x" exec a true; echo $?'
	output_has 'not readable'
	output_has "xnetns: cannot create a network namespace: Operation not permitted
hint: without CAP_SYS_ADMIN a network namespace can be had in a user namespace only; be root; or be root of a user namespace of your own, in which all commands work (xunshare -Urnm), or give one program a network (xnetns run --net pasta -- CMD)
1"
	output_has "xnetns: cannot remove namespace file '/run/netns/a': Permission denied
hint: '/run/netns' belongs to user 0 and may not be written by user 65533; be root; or be root of a user namespace of your own, in which all commands work (xunshare -Urnm), or give one program a network (xnetns run --net pasta -- CMD)
1"
	output_has "xnetns: cannot enter network namespace 'a': Operation not permitted"
}

@test 'everything works in a user namespace with a /run of its own' {
	need_userns
	# shellcheck disable=SC2016
	run as_user unshare -Urnm sh -ec 'mount -t tmpfs none /run; x=$1
		"$x" add a; "$x" list; "$x" exec a cat /proc/net/dev | grep -c :; "$x" del a; "$x" list' sh "$XNETNS"
	status_is 0
	output_is $'a\n1'
}

@test 'help names every command' {
	run -0 "$XNETNS" --help
	for word in list list-id add set delete identify pids exec monitor attach; do
		output_has "  $word "
	done
}

@test 'unknown command and option: one line and 255' {
	run -255 "$XNETNS" bogus
	[ "${lines[0]}" = "xnetns: command 'bogus' is unknown" ]
	run -255 "$XNETNS" --bogus
}
