#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns publish and unpublish are killed at their system calls: the same command once more does all
# of it. Failures of calls are the business of tests/faults.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need strace python3 ip nft
	need_plain_build
}

# killed_everywhere BEFORE VERB WORDS CHECK: of the calls of "xnetns VERB WORDS" every eleventh, or
# all with FAULTS=all, is the last of a run; after the next one CHECK says what is the case.
killed_everywhere()
{
	in_router 'outside; wired a 1
		before() { { '"$1"'; } >/dev/null 2>&1; }
		before; strace -f -o /run/trace "$XNETNS" '"$2"' >/dev/null
		sed "s/^[0-9]* *//" /run/trace | grep -o "^[a-z][a-z0-9_]*(" | tr -d "(" | grep -v -e execve -e mmap -e mprotect |
			sort | uniq -c | while read -r count call; do for ((i = 1; i <= count; i++)); do echo "$call $i"; done; done |
			if [ "${FAULTS:-}" ]; then cat; else awk "NR % 11 == 1"; fi >/run/points
		count=0
		while read -r call i; do
			before; count=$((count + 1))
			{ strace -f -o /dev/null --inject=$call:signal=KILL:when=$i "$XNETNS" '"$2"'; } >/dev/null 2>&1 </dev/null
			n '"$2"' >/dev/null || echo "$call $i: fails"
			'"$3"' || echo "$call $i: not whole"
		done </run/points 2>&1
		[ $count -gt 10 ] && echo done'
	output_is 'done'
}

@test 'publish killed at any system call is finished by the next' {
	killed_everywhere 'rm -rf /run/xnetns; nft delete table inet xnetns; echo 0 >/proc/sys/net/ipv4/conf/xn-a/route_localnet' \
		'publish -q a 8080:80 53:53/udp' \
		'[ $(n publish a | wc -l) = 4 ] && [ $(nft list table inet xnetns | grep -c "10.171.0.6\|::2 ") = 4 ] &&
			[ $(nft list table inet xnetns | grep -c "xnetns 5") = 26 ] &&
			[ $(cat /proc/sys/net/ipv4/conf/xn-a/route_localnet) = 1 ] && [ ! -e /run/xnetns/new ]'
}

@test 'unpublish killed at any system call is finished by the next' {
	killed_everywhere 'n publish -q a 8080:80 53:53/udp' 'unpublish -q a --all' \
		'[ -z "$(ls /run/xnetns)" ] && ! nft list table inet xnetns | grep "10.171.0.6\|::2 " &&
			[ $(cat /proc/sys/net/ipv4/conf/xn-a/route_localnet) = 0 ]'
}
