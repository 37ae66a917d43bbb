#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Somebody in a container without a user namespace waits for whoever enters, and
# takes what he can get: descriptors, directories, memory, capabilities. With
# THIEF_ENTRIES=200 in the environment each case enters that often, not 2 times.

load common

# What docker leaves to a container, as words of setpriv and as a mask.
DOCKER=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service
DOCKER+=,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap
DOCKER_MASK=a80425fb PTRACE_MASK=a80c25fb ALL_MASK=ffffffffffffffff

setup()
{
	need_root
	need setpriv
	marker=$BATS_TEST_TMPDIR/marker
	: >"$marker"
}

# container CAPS CMD...: CMD in a container of the host's programs with a root, a
# /tmp and a /proc of its own. CAPS: words for setpriv, or "all".
container()
{
	local caps=$1 root=$BATS_TEST_TMPDIR/root
	shift
	mkdir -p "$root"
	# Not what another one before it has said.
	rm -f "$BATS_TEST_TMPDIR"/started.*
	# shellcheck disable=SC2016
	start unshare -mpuif --propagation private sh -ec '
		root=$1 thief=$2 caps=$3; shift 3
		mount -t tmpfs none "$root"
		cd "$root"
		mkdir proc dev tmp etc
		mount -t proc proc proc
		for dir in usr bin sbin lib lib64; do
			if [ -L "/$dir" ]; then
				cp -a "/$dir" "$dir"
			elif [ -d "/$dir" ]; then
				mkdir "$dir"
				mount --bind -o ro "/$dir" "$dir"
			fi
		done
		cp "$thief" thief
		echo "${secret:-none}" >secret
		pivot_root . tmp
		umount -l /tmp
		if [ "$caps" = all ]; then
			exec "$@"
		else
			exec setpriv --bounding-set "-all,$caps" --inh-caps -all -- "$@"
		fi' sh "$root" "$THIEF" "$caps" "$@"
	wait_until grep -q '^up$' "$started_out"
	target=$(child_named "$started" thief)
}

# long_path: a PATH of many places, the real ones last, so that the child is there for
# a while before it becomes the program.
long_path()
{
	local none
	printf -v none '/%d:' {1..9999}
	printf '%s' "$none$PATH"
}

# allow MASK: what a process may hold from now on.
allow()
{
	printf '%s' "$1" >"/proc/$target/root/allowed"
}

# enter XNSENTER-ARGUMENT...: some entries.
enter()
{
	local i path
	path=$(long_path)
	for ((i = 0; i < ${THIEF_ENTRIES:-2}; i++)); do
		PATH=$path "$XNSENTER" -t "$target" "$@" -- true 3>&- 4>&-
	done
}

got_nothing()
{
	wait_until grep -q '^seen' "$started_out"
	run grep '^loot' "$started_out"
	output_is ''
}

@test "the control: a thief gets the host from a careless process" {
	for caps in "$DOCKER,+sys_ptrace" all; do
		container "$caps" /thief "$marker" $$ "$DOCKER_MASK"
		start "$THIEF" -v "$target"
		out=$BATS_TEST_TMPDIR/started.$((${#STARTED[@]} - 1))
		wait_until grep '^loot procfs of the host' "$out"
		wait_until grep '^loot capabilities' "$out"
		cleanup
	done
}

@test "the control: a thief finds the secret of a careless process in its memory" {
	secret=the-word-of-the-host
	export secret
	container all /thief -s "$marker" $$ "$ALL_MASK"
	start env IT="${secret^^}" "$THIEF" -v "$target"
	wait_until grep '^loot memory' "$BATS_TEST_TMPDIR/started.1"
}

@test "a thief with a container's default capabilities gets nothing" {
	container "$DOCKER" /thief "$marker" $$ "$DOCKER_MASK"
	enter --like-target
	allow 0
	enter --drop-caps all
	allow "$ALL_MASK"
	enter
	enter -m -p --no-pty
	got_nothing
}

@test "a thief with CAP_SYS_PTRACE gets nothing" {
	container "$DOCKER,+sys_ptrace" /thief "$marker" $$ "$PTRACE_MASK"
	enter --like-target
	grep -q '^traced' "$started_out"
	allow 0
	enter --drop-caps all
	allow "$ALL_MASK"
	enter
	enter -S 1000 -G 1000
	got_nothing
}

@test "a thief with all capabilities gets nothing" {
	container all /thief "$marker" $$ "$ALL_MASK"
	enter
	enter --like-target
	grep -q '^traced' "$started_out"
	allow 0
	enter --drop-caps all
	got_nothing
}

@test "a thief gets no descriptor and no capability where the root is the host's" {
	container "$DOCKER,+sys_ptrace" /thief -r "$marker" $$ 0
	enter -n -u -p --drop-caps all
	enter -n -u -p --drop-caps all --compat
	got_nothing
	cleanup
	container all /thief -r "$marker" $$ "$ALL_MASK"
	enter -n -u -p
	got_nothing
}

@test "a thief does not find what is not for the program in its memory" {
	secret=the-word-of-the-host
	export secret
	need_plain_build
	container all /thief -s "$marker" $$ "$ALL_MASK"
	unset secret
	# Of the caller's environment, dropped, and an argument that is not the program's.
	export BASH_ENV=/THE-WORD-OF-THE-HOST
	enter
	grep -q '^traced' "$started_out"
	got_nothing
	unset BASH_ENV
	enter -W/../../THE-WORD-OF-THE-HOST/.. 2>/dev/null || :
	# A mount of the host's, in the table that the way into a control group is looked up in.
	mkdir "$BATS_TEST_TMPDIR/THE-WORD-OF-THE-HOST"
	path=$(long_path)
	for ((i = 0; i < 2; i++)); do
		# shellcheck disable=SC2016
		PATH=$path private sh -c 'mount -t tmpfs none "$1"; shift; exec "$@"' sh \
			"$BATS_TEST_TMPDIR/THE-WORD-OF-THE-HOST" \
			"$XNSENTER" -t "$target" --like-target -- true 3>&- 4>&-
	done
	got_nothing
}

# let_die: as cleanup, but does not wait. What was held remains, dead, until the first
# process of the machine has looked after its orphans, which takes seconds with some.
let_die()
{
	local pid
	for pid in "${STARTED[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || :
	done
	STARTED=()
}

@test "who holds the program does not keep xnsenter from ending" {
	container "$DOCKER,+sys_ptrace" /thief -H "$marker" $$ "$ALL_MASK"
	before=$started_out
	start "$XNSENTER" -t "$target" -- sleep 1000
	wait_until grep -q '^holding' "$before"
	kill -TERM "$started"
	wait_until test ! -e "/proc/$started/exe"
	grep -q 'held by a tracer' "$started_out"
	let_die
}

# is_held_or_ended: what became of the process that start() has started last.
is_held_or_ended()
{
	grep -q '^holding' "$said" || [ ! -e "/proc/$started/exe" ]
}

@test "who holds the child does not keep xnsenter from ending" {
	container "$DOCKER,+sys_ptrace" /thief -h "$marker" $$ "$ALL_MASK"
	said=$started_out
	path=$(long_path)
	for ((i = 0; i < 100; i++)); do
		start env PATH="$path" "$XNSENTER" -t "$target" -- true
		wait_until is_held_or_ended
		! grep -q '^holding' "$said" || break
	done
	kill -TERM "$started"
	wait_until test ! -e "/proc/$started/exe"
	let_die
	container "$DOCKER,+sys_ptrace" /thief -h "$marker" $$ "$ALL_MASK"
	for ((i = 0; i < 100; i++)); do
		code=0
		PATH=$path timeout -s KILL 60 "$XNSENTER" --timeout=1 -t "$target" -- true || code=$?
		! grep -q '^holding' "$started_out" || break
	done
	[ "$code" = 1 ]
	let_die
}

# forge STEP:CODE:TEXT ARGUMENT...: enters until the thief has had the child say that;
# $status and $output of that.
forge()
{
	local i path
	path=$(long_path)
	container "$DOCKER,+sys_ptrace" /thief -f "$1" "$marker" $$ "$ALL_MASK"
	shift
	for ((i = 0; i < 100; i++)); do
		PATH=$path run "$XNSENTER" -t "$target" "$@" -- readlink /proc/1/exe
		! grep -q '^forged' "$started_out" || return 0
	done
	return 1
}

# Numbers of enum libns_step: 7 a clone, 18 a wait, 19 an execve.
@test "a thief cannot have xnsenter end without a word" {
	forge 7:125:
	[ "$status" != 0 ]
	output_has 'xnsenter: cannot hear from'
	cleanup
	forge 19:2:
	output_has 'xnsenter: cannot hear from'
	cleanup
	# Without a stub, whose child is not asked for its reasons: what it is made to say only has
	# xnsenter do it over again.
	forge 18:125:lies --best-effort
	[ "$status" = 1 ]
	output_has lies
}

@test "a thief cannot choose that a program runs outside of its pid namespace" {
	forge 7:12:lies --best-effort --drop-caps all
	[ "$status" = 1 ]
	output_has lies
	output_lacks 'left out'
}

# Who shares the pid namespace sees every process that joins his user namespace, and has
# all rights over it unless it has forbidden to be looked into before.
@test "no process joins a user namespace that may be looked into there" {
	need strace
	sleeper -Um --map-root-user --propagation private
	for words in "-t $sleeper" "-t $sleeper --best-effort" "-t $sleeper --host-root=/mnt" \
			"-t $sleeper --plan" "-U/proc/$sleeper/ns/user" "-t $sleeper --best-effort -n -U"; do
		# shellcheck disable=SC2086
		strace -f -qq -e trace=setns,prctl,execve -o "$BATS_TEST_TMPDIR/trace" \
			"$XNSENTER" $words -- true || :
		# A child that says nothing is as its parent was when it was made.
		run awk '
			NR == 1 { first = $1 }
			/execve\(.*= 0$/ { safe[$1] = 0 }
			/PR_SET_DUMPABLE, SUID_DUMP_DISABLE/ { safe[$1] = 1 }
			/setns\(.*CLONE_NEWUSER/ { n++; if (!($1 in safe ? safe[$1] : safe[first])) print }
			END { if (!n) print "nobody has joined" }
		' "$BATS_TEST_TMPDIR/trace"
		output_is ''
	done
}
