#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter on sandboxes of unshare: who gets in, as whom, where.

load common

# ---------------------------------------------------------------- rootless

@test "an ordinary user enters his own sandbox by its pid, without options" {
	need_userns
	user_sleeper -Urpf --mount-proc
	run -0 as_user "$XNSENTER" -t "$sleeper" -- sh -c 'id -u; cat /proc/1/comm; pwd'
	output_is $'0\nsleep\n/'
}

@test "the pid of the parent that set the sandbox up does as well" {
	need_userns
	user_sleeper -Urpf --mount-proc
	run -0 --separate-stderr as_user "$XNSENTER" -t "$started" -- sh -c 'id -u; cat /proc/1/comm'
	output_is $'0\nsleep'
	# shellcheck disable=SC2154
	[[ $stderr == *"pid namespace of its children"* ]]
}

@test "an ordinary user enters with all kinds of flags and with --all" {
	need_userns
	user_sleeper -Urmuinpf --mount-proc
	run -0 as_user "$XNSENTER" -a -t "$sleeper" -- readlink /proc/self/ns/net
	[ "$output" = "net:[$(ns_ino "$sleeper" net)]" ]
}

@test "a sandbox without uid 0 is entered with the target's own ids" {
	need_userns
	user_sleeper -Uc
	run -0 as_user "$XNSENTER" -t "$sleeper" -- sh -c 'id -u; id -g'
	output_is "$TEST_UID"$'\n'"$TEST_GID"
}

@test "a sandbox whose ids were never mapped is entered with what there is" {
	need_userns
	user_sleeper -U
	run -0 as_user "$XNSENTER" -t "$sleeper" -- readlink /proc/self/ns/user
	output_is "user:[$(ns_ino "$sleeper" user)]"
}

@test "what another user owns is refused by name" {
	need_root
	need_userns
	sleeper -n
	run -1 as_user "$XNSENTER" -t "$sleeper" -n true
	one_line
	output_has "$sleeper"
}

@test "nested user namespaces" {
	need_userns
	# shellcheck disable=SC2016
	start_user unshare -Urm sh -c 'exec unshare -Urn sleep 1000'
	wait_until comm_is "$started" sleep
	run -0 as_user "$XNSENTER" -t "$started" -- readlink /proc/self/ns/user /proc/self/ns/mnt
	output_is "user:[$(ns_ino "$started" user)]"$'\n'"mnt:[$(ns_ino "$started" mnt)]"
}

# ---------------------------------------------------------------- what is entered

@test "only what was named is entered" {
	need_root
	sleeper -nu
	run -0 "$XNSENTER" -t "$sleeper" -u -- readlink /proc/self/ns/uts /proc/self/ns/net
	output_is "uts:[$(ns_ino "$sleeper" uts)]"$'\n'"$(readlink /proc/self/ns/net)"
}

@test "a namespace file, with and without the equals sign" {
	need_root
	sleeper -n
	for form in "-n/proc/$sleeper/ns/net" "-n=/proc/$sleeper/ns/net" "--net=/proc/$sleeper/ns/net"; do
		run -0 "$XNSENTER" "$form" -- readlink /proc/self/ns/net
		output_is "net:[$(ns_ino "$sleeper" net)]"
	done
}

@test "a namespace file wins over the target" {
	need_root
	sleeper -n
	run -0 "$XNSENTER" -t "$sleeper" -a -n/proc/self/ns/net -- readlink /proc/self/ns/net
	output_is "$(readlink /proc/self/ns/net)"
}

@test "entering what one is in already keeps root and directory" {
	cd /usr
	run -0 "$XNSENTER" -t $$ -a -- pwd
	output_is /usr
}

@test "nothing to enter is said, not done" {
	start sleep 1000
	run -1 "$XNSENTER" -t "$started" -- echo done
	one_line
	output_has 'nothing to enter'
	run -0 "$XNSENTER" -t "$started" -a -- echo done
	output_is 'done'
}

@test "a parent outside of everything: its child is entered, or named" {
	need_root
	start sh -c 'unshare -n sleep 1000; :'
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	run -0 "$XNSENTER" -t "$started" -- readlink /proc/self/ns/net
	output_has "net:[$(ns_ino "$child" net)]"
	output_has "entering its child $child"
	run -1 "$XNSENTER" -t "$started" -n -- true
	one_line
	output_has "--target $child"
}

# ---------------------------------------------------------------- root and directory

@test "the target's chroot is its root, also without -r" {
	need_root
	chrooted
	run -0 "$XNSENTER" -t "$target" -- /bin/sh -c 'pwd; ls /marker'
	output_is $'/\n/marker'
}

# A sandbox in a chroot that has what sleep and sh need; its pid is in $target.
chrooted()
{
	local dir=$BATS_TEST_TMPDIR/root d
	mkdir -p "$dir"/{proc,bin,lib,lib64,usr}
	: >"$dir/marker"
	cat >"$BATS_TEST_TMPDIR/setup" <<-END
		for d in usr bin lib lib64; do [ ! -e /\$d ] || mount --bind /\$d $dir/\$d; done
		exec chroot $dir /bin/sleep 1000
	END
	start unshare -m sh "$BATS_TEST_TMPDIR/setup"
	target=$started
	wait_until comm_is "$target" sleep
}

@test "-r without a directory changes into it as well" {
	need_root
	chrooted
	run -0 "$XNSENTER" -t "$target" -u -r -- /bin/pwd
	output_is /
}

@test "-w takes the target's directory, -w DIR one from outside, -W one inside" {
	need_root
	chrooted
	run -0 "$XNSENTER" -t "$target" -W/usr -- /bin/pwd
	output_is /usr
	start sh -c 'cd /usr/bin && exec unshare -u sleep 1000'
	wait_until comm_is "$started" sleep
	run -0 "$XNSENTER" -t "$started" -u -w -- pwd
	output_is /usr/bin
	run -0 "$XNSENTER" -t "$started" -u -w=/usr/lib -- pwd
	output_is /usr/lib
	run -1 "$XNSENTER" -t "$started" -u -w -W/ -- pwd
}

# ---------------------------------------------------------------- identity

@test "-S, -G and follow" {
	need_root
	sleeper -u
	run -0 "$XNSENTER" -t "$sleeper" -u -S 5 -G 6 -- sh -c 'id -u; id -G'
	output_is $'5\n6'
	start_user sleep 1000
	wait_until comm_is "$started" sleep
	run -0 "$XNSENTER" -t "$started" -a -S follow -G follow -- sh -c 'id -u; id -g'
	output_is "$TEST_UID"$'\n'"$TEST_GID"
}

@test "--preserve-credentials keeps what the map says" {
	need_root
	sleeper -Uc
	run -0 "$XNSENTER" -t "$sleeper" --preserve-credentials -- id -u
	output_is 0
	run -1 "$XNSENTER" -t "$sleeper" -S 5 -- id -u
	one_line
}

@test "-S and -G are strict" {
	for bad in '' -1 4294967295 4294967296 5x +5; do
		run -1 "$XNSENTER" -t $$ -a -S "$bad" -- true
		one_line
	done
}

@test "--keep-caps keeps them for another uid" {
	need_userns
	user_sleeper -Uc
	run -0 as_user "$XNSENTER" -t "$sleeper" --keep-caps -- grep CapEff /proc/self/status
	[ "$output" != $'CapEff:\t0000000000000000' ]
	run -0 as_user "$XNSENTER" -t "$sleeper" -- grep CapEff /proc/self/status
	output_is $'CapEff:\t0000000000000000'
}

# ---------------------------------------------------------------- processes

@test "without a pid namespace the tool becomes the program" {
	need_root
	sleeper -n
	start "$XNSENTER" -t "$sleeper" -n -- sleep 1000
	wait_until comm_is "$started" sleep
}

@test "-F joins the pid namespace for children only" {
	need_root
	sleeper -pf
	start "$XNSENTER" -F -t "$sleeper" -p -- sleep 1000
	wait_until comm_is "$started" sleep
	[ "$(ns_ino "$started" pid_for_children)" = "$(ns_ino "$sleeper" pid)" ]
}

@test "exit status: its own, 126, 127, and death by the same signal" {
	need_root
	sleeper -pf
	run -7 "$XNSENTER" -t "$sleeper" -p -- sh -c 'exit 7'
	run -127 "$XNSENTER" -t "$sleeper" -p -- /nonexistent
	run -127 "$XNSENTER" -t "$sleeper" -u -- /nonexistent
	run -126 "$XNSENTER" -t "$sleeper" -p -- /etc/passwd
	run -143 "$XNSENTER" -t "$sleeper" -p -- sh -c 'kill -TERM $$'
}

@test "a signal sent to the tool reaches the program" {
	need_root
	sleeper -pf
	for sig in TERM HUP USR1 USR2; do
		start "$XNSENTER" -t "$sleeper" -p -- sh -c "trap 'echo got $sig; exit 0' $sig; echo on; while :; do sleep 0.05; done"
		wait_until grep -q on "$started_out"
		kill -s "$sig" "$started"
		wait_until grep -q "got $sig" "$started_out"
	done
}

@test "the program ends when the tool is killed" {
	need_root
	sleeper -pf
	start "$XNSENTER" -t "$sleeper" -p -- sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	kill -KILL "$started"
	gone() { ! kill -0 "$child"; }
	wait_until gone
}

@test "the program stays killable after a change of ids, too" {
	need_root
	sleeper -pf
	start "$XNSENTER" -t "$sleeper" -p -S 5 -G 5 -- sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	kill -KILL "$started"
	gone() { ! kill -0 "$child"; }
	wait_until gone
}

@test "a stopped program stops the tool, and both go on" {
	need_root
	sleeper -pf
	start "$XNSENTER" -t "$sleeper" -p -- sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	state() { [ "$(sed 's/.*) //' "/proc/$1/stat" | cut -c1)" = "$2" ]; }
	kill -STOP "$child"
	wait_until state "$started" T
	kill -CONT "$started"
	wait_until state "$child" S
}

@test "standard input, output and error are the caller's" {
	need_root
	sleeper -pf
	run -0 --separate-stderr sh -c 'echo in | "$1" -t "$2" -p -- sh -c "cat; echo err >&2"' sh "$XNSENTER" "$sleeper"
	output_is in
	[ "$stderr" = err ]
}

@test "the shell: SHELL, or /bin/sh where there is no such file inside" {
	need_root
	sleeper -mpf
	SHELL=/nonexistent/sh run -0 sh -c 'echo "echo \$0 \$-" | "$1" -t "$2"' sh "$XNSENTER" "$sleeper"
	output_has sh
	SHELL=/bin/sh run -0 sh -c 'echo "echo works" | "$1" -t "$2" -u -a' sh "$XNSENTER" "$sleeper"
	output_is works
}

# ---------------------------------------------------------------- errors

@test "errors are one precise line with exit code 1" {
	run -1 "$XNSENTER" -t 999999
	one_line
	output_is 'xnsenter: there is no process 999999'
	run -1 "$XNSENTER" -t 0 true
	one_line
	run -1 "$XNSENTER" -t 12x true
	one_line
	output_has "12x"
	run -1 "$XNSENTER" -n/etc/passwd true
	one_line
	output_has /etc/passwd
	run -1 "$XNSENTER" -m/proc/self/ns/net true
	one_line
	output_has 'net namespace, not a mnt'
	run -1 "$XNSENTER" -a true
	output_has 'no target'
	run -1 "$XNSENTER"
	run -1 "$XNSENTER" --no-such-option
	run -1 "$XNSENTER" -t 1 -t 2 true
}

@test "a /proc that is none is said" {
	need_root
	# The sanitizers read their own options from /proc.
	need_plain_build
	start sleep 1000
	# Without /proc the loader does not find the library beside the tool.
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount -t tmpfs none /proc; LD_LIBRARY_PATH=${1%/*}/../lib "$1" -t "$2" -a true' \
		sh "$XNSENTER" "$started"
	one_line
	output_has 'no procfs is mounted on /proc'
}

@test "a zombie whose threads are gone has no namespaces" {
	need python3
	start python3 -c 'import os,time
pid = os.fork()
if pid == 0: os._exit(0)
print(pid, flush=True); time.sleep(1000)'
	wait_until test -s "$started_out"
	wait_until grep -q '^State:.*Z' "/proc/$(cat "$started_out")/status"
	run -1 "$XNSENTER" -t "$(cat "$started_out")" -a true
	one_line
}

@test "a dead pid namespace is explained" {
	need_root
	# Its first process has ended; the parent is still tied to it.
	start_dead_pidns 0x20000000
	run -1 "$XNSENTER" -t "$started" -p true
	output_has 'pid namespace is dead'
}

# In a build with sanitizers what is not freed is an exit status of 1, of a success and of 127.
@test "nothing stays allocated" {
	sleeper -U -u
	for how in --plan --plan=json '--plan --like-target=-filter' '--plan --env' '--plan --tools'; do
		# shellcheck disable=SC2086
		ASAN_OPTIONS=detect_leaks=1 run "$XNSENTER" -t "$sleeper" -U -u $how
		output_lacks LeakSanitizer
	done
	ASAN_OPTIONS=detect_leaks=1 run -127 "$XNSENTER" -t "$sleeper" -U -u /no/such
	ASAN_OPTIONS=detect_leaks=1 run -0 "$XNSENTER" -t "$sleeper" -U -u --plan
}

# resolves N TEXT OPTION...: of a target that is found, with that exit status; nothing stays.
resolves()
{
	local code=$1 text=$2
	shift 2
	ASAN_OPTIONS=detect_leaks=1 run "-$code" "$XNSENTER" "$@" -- true
	output_lacks LeakSanitizer
	output_has "$text"
}

@test "nothing stays allocated where a target cannot be entered, or its child is" {
	need_root
	resolves 1 'same namespaces as the caller' -t $$
	resolves 1 'mount namespace is the caller' -t $$ -a --host-root=/mnt
	resolves 1 'cannot take over descriptor 99' -t $$ --net-socket=99
	resolves 1 'is no socket' -t $$ --net-socket=0
	start sh -c 'unshare -n sleep 1000; :'
	wait_until child_named "$started" sleep
	resolves 1 'is in others: use --target' -t "$started" -n
	resolves 0 'setns(pidfd, net)' -t "$started" --plan
	user_sleeper -U
	resolves 1 'has no number in its user namespace' -t "$sleeper" -U -S follow
}
