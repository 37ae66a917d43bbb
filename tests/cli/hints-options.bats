#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is forgotten or mistaken often, and the option that was meant.

load common

# hint_has WORDS: in the hint of the last run.
hint_has()
{
	local line
	# shellcheck disable=SC2154
	for line in "${lines[@]}"; do
		[[ $line == hint:*"$1"* ]] && return 0
	done
	fail "not in a hint: $1" 'output:' "$output"
}

@test 'a forgotten --fork is named where a procfs is refused for it' {
	need_userns
	for options in -Urp '-Urpn --hostname x'; do
		# shellcheck disable=SC2086
		run as_user "$XUNSHARE" $options --mount-proc ps
		status_is 1
		output_has "cannot mount a procfs"
		hint_has 'only its children will be inside; run the program as a child: --fork (-f) or --init'
	done
	for options in -Urpf '-Urp --init'; do
		# shellcheck disable=SC2086
		run as_user "$XUNSHARE" $options --mount-proc true
		status_is 0
		output_is ''
	done
	# Without a pid namespace it is another mistake.
	run as_user "$XUNSHARE" -Ur --mount-proc true
	hint_has 'create a pid namespace too'
}

@test 'a forgotten --fork is said where nothing fails' {
	need_root
	run "$XUNSHARE" -p --mount-proc true
	status_is 0
	output_is "xunshare: note: 'true' itself is not in the new pid namespace, only its children will be; add --fork (-f) or --init"
	run "$XUNSHARE" -pf --mount-proc true
	output_is ''
	# A script knows what it does, a person is told.
	run "$XUNSHARE" -p true
	output_is ''
	on_tty '' "$XUNSHARE" -p true
	output_has 'add --fork (-f) or --init'
	on_tty '' "$XUNSHARE" -pf true
	output_lacks note
}

@test '--net=FILE without the file' {
	need_root
	missing=$BATS_TEST_TMPDIR/none
	run "$XUNSHARE" "--net=$missing" true
	status_is 1
	one_line
	hint_has "there is no file '$missing'; the namespace is kept on a file that is there already: touch it first"
	run "$XUNSHARE" "--uts=$missing/dir/file" true
	hint_has "there is no directory '$missing'"
	run "$XNSENTER" "--net=$missing" true
	status_is 1
	one_line
	hint_has "there is no file '$missing'; 'xlsns -o +NSFS' shows which files namespaces are on"
	: >"$missing"
	run private "$XUNSHARE" "--net=$missing" true
	status_is 0
}

@test 'a container without a shell, or with another one' {
	need_root
	dir=$BATS_TEST_TMPDIR
	busybox_root sleep
	start unshare -m --propagation private chroot "$root" /bin/sleep 1000
	wait_until comm_is "$started" sleep
	SHELL=/bin/bash run "$XNSENTER" -t "$started"
	status_is 127
	hint_has 'there is no shell inside; --tools shows the program the busybox of this host'
	run "$XNSENTER" -t "$started" bash
	status_is 127
	hint_has 'without a program the shell that is there is run, and --tools brings one along'
	run "$XNSENTER" -t "$started" no-such-program
	status_is 127
	hint_has 'it was looked for inside; --tools brings programs along'
	# What is said works.
	run "$XNSENTER" --tools -t "$started" sh -c 'echo there'
	status_is 0
	[ "${lines[-1]}" = there ]
	ln -s busybox "$root/bin/sh"
	SHELL=/bin/bash run "$XNSENTER" -t "$started" <<<'echo "here $0"'
	status_is 0
	output_is 'here -sh'
	# Where the host's programs are used, and for whom it must be as with nsenter, nothing is said.
	run "$XNSENTER" -t "$started" --net no-such-program
	output_lacks 'looked for inside'
	run "$XNSENTER" --compat -a -t "$started" no-such-program
	output_lacks hint
}

@test 'counts are sentences' {
	is_root || skip 'needs root to have other processes'
	run as_user "$XLSNS" -v -t uts
	[[ $output =~ [0-9]+' processes are not readable; root sees them' ]]
	[[ ! $output =~ [^0-9]1' processes' ]]
	run "$XLSNS" -v -t uts
	output_lacks 'root sees'
}

# On a host with systemd /run is shared.
@test 'the example of a kept mount namespace leaves nothing' {
	need_root
	need nsenter findmnt
	sed -n '/^# mkdir \/run\/kept/,/^```/s/^# //p' "$BATS_TEST_DIRNAME/../../docs/man/xunshare.1.scd" >"$BATS_TEST_TMPDIR/example"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/example")" = 6 ]
	for how in shared private; do
		# shellcheck disable=SC2016
		run private sh -ec '
			mount -t tmpfs none /run; mount --make-$1 /run
			cut -d " " -f 4- /proc/self/mountinfo >"$2.before"
			PATH=${3%/*}:$PATH; . "$2"
			cut -d " " -f 4- /proc/self/mountinfo >"$2.after"' \
			sh "$how" "$BATS_TEST_TMPDIR/example" "$XUNSHARE"
		status_is 0
		output_is private
		diff "$BATS_TEST_TMPDIR/example.before" "$BATS_TEST_TMPDIR/example.after"
	done
}

# says_clean CMD...: CMD fails, and what it says of its odd words is escaped.
says_clean()
{
	! output=$("$@" 2>&1) || fail "${*@Q} does not fail"
	[[ $output =~ '\x1b'|'\x9b'|'\xff' ]] || fail "${*@Q} does not say what it was given:" "$output"
	if grep -qaP '[^\x20-\x7e]' <<<"$output"; then
		fail "${*@Q} prints it raw:" "$(cat -v <<<"$output")"
	fi
}

@test 'what was typed reaches the terminal escaped: control characters, C1, bytes that are no UTF-8' {
	for odd in $'\e[31m' $'\x9b31m' $'\xff'; do
		for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
			says_clean "$tool" "--$odd"
			says_clean "$tool" "-$odd"
			[ "$tool" = "$XNSENTER" ] || says_clean "$tool" "$odd"
			says_clean "$tool" "--help=$odd"
		done
		says_clean "$XUNSHARE" --root="/$odd" true
		says_clean "$XUNSHARE" --setuid="$odd" true
		says_clean "$XUNSHARE" --caps="$odd" true
		says_clean "$XNSENTER" -t "$odd" true
		says_clean "$XNSENTER" -t "$odd:web" true
		says_clean "$XNSENTER" -t "container:$odd" true
		says_clean "$XNSENTER" --net="/$odd" true
		says_clean "$XLSNS" -t ":$odd"
		says_clean "$XLSNS" -o "$odd"
		says_clean "$XLSNS" -Q "$odd"
		says_clean "$XLSNS" --compare "$odd"
		says_clean "$XLSNS" --holders "/$odd"
		says_clean "$XNETNS" add "--$odd"
		says_clean "$XNETNS" del "$odd"
		says_clean "$XNETNS" exec "$odd" true
		says_clean "$XNETNS" attach a "$odd"
	done
	# Whoever writes UTF-8 reads what was written, and no line is split.
	run "$XLSNS" -o 'Größe'
	[ "${lines[0]}" = "xlsns: unknown column: 'Größe'" ]
	run "$XLSNS" -o $'a\nb'
	[ "${lines[0]}" = "xlsns: unknown column: 'a\\x0ab'" ]
}

@test 'an option that is none is refused in the words of getopt' {
	refused() { run "$XLSNS" "${@:2}"; status_is 1; output_is "xlsns: $1
Try 'xlsns --help' for more information."; }
	refused "unrecognized option '--nosuch'" --nosuch
	refused "unrecognized option '--nosuch=1'" --nosuch=1
	refused "option '--no' is ambiguous; possibilities: '--noheadings' '--notruncate' '--nowrap'" --no
	refused "option '--json' doesn't allow an argument" --js=3
	refused "option '--output' requires an argument" --output
	refused "option requires an argument -- 'o'" -no
	refused "invalid option -- 'z'" --output=NS -zn
	refused "invalid option -- 'z'" -nz
}

@test 'a bad value names the option that was typed, and what it takes' {
	says() { run "${@:2}"; status_is 1; [ "${lines[0]}" = "$1" ] || fail "not: $1" "$output"; }
	says "xunshare: --container: 'yy' is no option of a mount" "$XUNSHARE" --container=/x:yy true
	says "xunshare: --pivot-root: 'yy' is no option of a mount" "$XUNSHARE" --pivot-root=/x:yy true
	says "xunshare: --check: json or nothing, not 'x'" "$XUNSHARE" --check=x
	says "xunshare: --mount-sys: ro or nothing, not 'x'" "$XUNSHARE" --mount-sys=x true
	says "xunshare: --hide: the value has more than 1 part: a colon in a name is written '\\:'" "$XUNSHARE" --hide=/a:b true
	says "xnsenter: --like-target: there is no part 'x'" "$XNSENTER" -t $$ --like-target=x true
	hint_has 'the parts are ids, groups, caps, '
	says "xlsns: unknown tree type: 'x'" "$XLSNS" -Tx
	hint_has '--tree takes owner, parent or process'
}
