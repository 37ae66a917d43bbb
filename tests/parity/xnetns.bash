# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns beside the installed ip-netns(8). A scenario is run twice, each time with
# a /run of its own: n is "ip netns" the first time and xnetns the second, g its
# global options. Output and exit codes must be equal; of messages the words
# count, not how they are dressed (docs/compatibility.md).

# What every scenario may use.
# shellcheck disable=SC2016
prelude='
g=
n() { if [ "$tool" = ip ]; then ip $g netns "$@"; else "$XNETNS" $g "$@"; fi; }
# The same in place of the shell: for the background, so that $! is its own pid.
in_place() { if [ "$tool" = ip ]; then exec ip $g netns "$@"; else exec "$XNETNS" $g "$@"; fi; }
# wait_for CMD...: until it succeeds, or has not for ten seconds.
wait_for() { i=0; until "$@" || [ $i = 500 ]; do i=$((i + 1)); sleep 0.02; done; }
# watches PID: whether that process watches files.
watches() { grep -qs "^inotify" /proc/$1/fdinfo/*; }
# until_is PID NAME: waits until that process runs a program of this name.
until_is() { wait_for grep -qsx "$2" /proc/$1/comm; }
# shown CMD...: its output, messages after >, and exit code.
shown()
{
	"$@" >/run/out 2>/run/err
	rc=$?
	cat /run/out
	sed "s/^/> /" /run/err
	echo "= $rc"
}
'

# Left out: hints, and the count of processes that could not be looked at.
# "Cannot open "x": why" and "xnetns: cannot open '"'x'"': why" are one sentence.
plain()
{
	sed -E "/^> /{
		/^> Try /d
		/^> hint:/d
		/not readable\$/d
		s/^> (xnetns: |Error: )//; s/^> //
		s/^(set|exec|add|delete|del|pids|identify|attach): //
		s/^cannot number the network namespace: //
		y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/
		s/[\"']//g
		s/[.]\$//
		s/^/> /
	}"
}

# same SCENARIO: both ways give the same.
same()
{
	local tool
	export XNETNS
	for tool in ip xnetns; do
		tool=$tool private_run sh -c "$prelude$1" 2>&1 |
			plain >"$BATS_TEST_TMPDIR/$tool"
	done
	diff -u "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/xnetns"
	# A scenario that shows nothing compares nothing.
	[ -s "$BATS_TEST_TMPDIR/ip" ]
}
