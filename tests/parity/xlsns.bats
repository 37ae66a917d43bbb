#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns beside the installed lsns, in a pid namespace of its own with a private
# /proc, so that nothing else comes or goes between the two. Differences that are
# meant are listed in docs/compatibility.md and normalised here.

load ../cli/common

setup()
{
	need lsns jq
	need_root
	start unshare -p -f --mount-proc --kill-child sh -c \
		'unshare -n -u sleep 1000 & unshare -i -m --propagation private sleep 1000 &
		 unshare -U -r -p -f sleep 1000 & unshare -C sleep 1001 & sleep 1002 & wait'
	wait_until child_of "$started"
	inside=$(child_of "$started")
	wait_until has_sleepers 5
}

has_sleepers()
{
	[ "$(nsenter -t "$inside" -m -p sh -c 'cat /proc/[0-9]*/comm' | grep -c '^sleep$')" = "$1" ]
}

in_there()
{
	nsenter -t "$inside" -m -p -- "$@"
}

# The calling process is not the same for both: leave it and its parents out.
flatten()
{
	jq -S '[.. | objects | select(.ns)
		| del(.children)
		| .pns |= (if . == 0 then null else . end)
		| .ons |= (if . == 0 then null else . end)
		| .netnsid |= (if . == "unassigned" then null elif . then tonumber else . end)
		| .nsfs |= (if type == "array" then join("\n") else . end)]
		| sort_by(.ns)'
}

# Only what lsns sees too: it does not look for the rest.
both()
{
	local theirs ours
	theirs=$(in_there lsns -J "$@" | flatten)
	ours=$(in_there "$XLSNS" -J "$@" | flatten |
		jq -S --argjson seen "$(jq '[.[].ns]' <<<"$theirs")" '[.[] | select(.ns as $n | $seen | index($n))]')
	[ "$(jq length <<<"$theirs")" -ge 8 ]
	diff -u <(printf '%s\n' "$theirs") <(printf '%s\n' "$ours")
}

@test "JSON: every namespace both can see, default and all columns" {
	both
	both -o NS,TYPE,PATH,NPROCS,PID,PPID,COMMAND,UID,USER,NETNSID,NSFS,PNS,ONS
}

# Of what only we see: namespaces that others bind somewhere while this runs.
ours_alone=other_mounts,listns

# same ARG...: the same text from both; what only we see is left out.
same()
{
	local theirs ours
	theirs=$(in_there lsns "$@")
	# One after the other: they would count each other.
	ours=$(in_there "$XLSNS" --without="$ours_alone" "$@")
	diff -u <(printf '%s\n' "$theirs") <(printf '%s\n' "$ours")
}

@test "text: list, trees, raw, no headings, path and numbers" {
	same -l
	same
	same -r
	same -n
	same -o NS,TYPE,PATH,NPROCS,PID,PPID,UID,USER,COMMAND
	same -t mnt -o +PATH
	same -t user -t pid -l
	same -T -o NS,TYPE,NPROCS,PID,USER,COMMAND
	same -Towner -t user
	same -T=owner -n
	# Roots in order of inodes, which lsns 2.38 mixes up; with -t it shows parents of any type.
	local theirs
	theirs=$(in_there lsns -Tparent | sort)
	diff -u <(printf '%s\n' "$theirs") <(in_there "$XLSNS" --without="$ours_alone" -Tparent | sort)
}

@test "text: the processes of a namespace" {
	# The listing process itself is in there too, with another number.
	local ns theirs
	ns=$(in_there readlink /proc/1/ns/pid | tr -dc 0-9)
	theirs=$(in_there lsns "$ns" -o PID,PPID,USER | sed '$d')
	diff -u <(printf '%s\n' "$theirs") <(in_there "$XLSNS" "$ns" -o PID,PPID,USER | sed '$d')
}

# Later ones refuse -l -T and -p 0, as we do; 2.38 does not. In there, because lsns
# fails where processes come and go.
@test "exit codes" {
	for args in '-t nosuch' '-o nosuch' '-Tnosuch' '-J -r' '-p x' '12' 'x' '-p 1 12' '--nosuch' \
		'-p 4194304' '-h' '-V'; do
		# shellcheck disable=SC2086
		run in_there lsns $args
		local expected=$status
		# shellcheck disable=SC2086
		run in_there "$XLSNS" $args
		[ "$status" = "$expected" ] || fail "$args: $status, not $expected"
	done
}

@test "every option of lsns stands in docs/compatibility.md, and is known" {
	local section option
	section=$(sed -n '/^## xlsns and lsns/,/^## xnetns/p' "$BATS_TEST_DIRNAME/../../docs/compatibility.md")
	for option in $(lsns --help | grep -oE -- '--[a-z-]+' | sort -u); do
		grep -qF -- "$option" <<<"$section" || fail "$option is not in docs/compatibility.md"
	done
	for option in $(grep '^|' <<<"$section" | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
		"$XLSNS" --help | grep -qE -- "$option( |\[|$)" || fail "$option is not known"
	done
}
