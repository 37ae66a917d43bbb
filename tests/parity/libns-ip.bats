#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# libns-ip in the place of ip(8): command lines and whole scripts of the kind people write
# for "ip netns" (tests/fixtures/scripts), run as they are, give the same with both.

load ../cli/common

setup()
{
	need ip
	need_root
	wrapped=$BATS_TEST_TMPDIR/bin
	mkdir "$wrapped"
	ln -s "$LIBNS_IP" "$wrapped/ip"
	ln -s "$XNETNS" "$wrapped/xnetns"
	scripts=$BATS_TEST_DIRNAME/../fixtures/scripts
}

# both CMD...: with ip and with libns-ip, each time on a host of its own: /run, /etc/netns, processes
# and a network of its own. Output, exit code and what is left behind must be the same; left out are
# pids that a shell names, and the numbers of mounts.
both()
{
	local with path
	for with in ip libns-ip; do
		path=$PATH
		[ "$with" = ip ] || path=$wrapped:$PATH
		# shellcheck disable=SC2016
		PATH=$path private_run timeout 100 unshare -pf --kill-child sh -c 'mkdir -p /run/etc/up /run/etc/work
			mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/up,workdir=/run/etc/work overlay /etc
			mount -t proc proc /proc
			"$@"; echo "= $?"
			echo "left:"; ls /run/netns /etc/netns 2>/dev/null; ls /run; sed "1,2d; s/:.*//" /proc/net/dev; sed -En "/nsfs/{s/^[0-9]+ [0-9]+ //; s/net:.[0-9]+.|(shared|master):[0-9]+/N/gp}" /proc/self/mountinfo
			for p in /proc/[0-9]*; do grep -qs "^State:.Z" $p/status || cat $p/comm 2>/dev/null; done' sh "$@" >"$BATS_TEST_TMPDIR/$with.out" 2>&1 3>&- </dev/null
		sed 's/: *[0-9]* Killed/: Killed/' "$BATS_TEST_TMPDIR/$with.out" >"$BATS_TEST_TMPDIR/$with"
	done
	diff -u "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/libns-ip"
	output=$(cat "$BATS_TEST_TMPDIR/libns-ip")
}

# nothing_is_left: of what the last of both ran.
nothing_is_left()
{
	[ "$(sed '1,/^left:/d' <<<"$output" | grep -v '^$\|^/etc/netns:\|^mount$' | sed 's/ //g' | sort | tr '\n' ' ')" = \
		'/run/netns: etc lo netns sh ' ] || fail "$output"
}

@test 'a test bed with a router' {
	need nft
	need python3
	both "$scripts/router-bed"
	output_has 'you are 10.1.2.1'
	output_has 'false says 1'
	output_has '= 0'
	nothing_is_left
}

@test 'a jail with a tunnel' {
	both "$scripts/vpn-jail"
	output_has 'I am in vpn'
	output_has 'sh returned 143'
	output_has '= 0'
	nothing_is_left
}

@test 'a cluster of two nodes' {
	need python3
	both "$scripts/cluster"
	output_has 'cl-node2 serves'
	output_has 'it ended with 137'
	output_has '= 0'
	nothing_is_left
}

# shows WORDS...: what libns-ip would execute: a PATH in which xnetns and ip print their words.
shows()
{
	run env PATH="$BATS_TEST_TMPDIR/only:$BATS_TEST_TMPDIR/show:/usr/bin:/bin" ip "$@"
	status_is 0
}

prepare_show()
{
	local dir=$BATS_TEST_TMPDIR/show name
	mkdir "$dir" "$BATS_TEST_TMPDIR/only"
	ln -s "$LIBNS_IP" "$BATS_TEST_TMPDIR/only/ip"
	for name in ip xnetns; do
		printf '#!/bin/sh\nprintf %%s "%s"; [ $# = 0 ] || printf " [%%s]" "$@"; echo\n' "$name" >"$dir/$name"
		chmod +x "$dir/$name"
	done
}

@test 'whose command line it is' {
	local word
	prepare_show
	for word in netns netn net; do
		shows "$word" list
		output_is 'xnetns [--] [list]'
	done
	for word in n ne netc netconf link '' netnss; do
		shows "$word" list
		output_is "ip [$word] [list]"
	done
	shows
	output_is 'ip'
	shows netns
	output_is 'xnetns [--]'
	shows -4 -o -d -br -s -c=never -h -rc 9 -fam inet -fo -ts netns exec a ls -l --all
	output_is 'xnetns [--] [exec] [a] [ls] [-l] [--all]'
	shows -json -p -n 'b c' -net d --all -a net pids a
	output_is 'xnetns [-json] [-p] [-n] [b c] [-net] [d] [--all] [-a] [--] [pids] [a]'
	shows -- netns add a
	output_is 'xnetns [--] [add] [a]'
	shows -b file netns list
	output_is 'ip [-b] [file] [netns] [list]'
	shows -force -batch -
	output_is 'ip [-force] [-batch] [-]'
	shows -V netns
	output_is 'ip [-V] [netns]'
	shows -nosuch netns
	output_is 'ip [-nosuch] [netns]'
	shows -n
	output_is 'ip [-n]'
	shows -n a link
	output_is 'ip [-n] [a] [link]'
}

@test 'what begins with a dash is a name for the commands that ip has' {
	prepare_show
	shows netns add -x
	output_is 'xnetns [--] [add] [--] [-x]'
	shows netns e --help ls
	output_is 'xnetns [--] [e] [--] [--help] [ls]'
	shows netns help --help
	output_is 'xnetns [--] [help] [--help]'
	shows netns up --help
	output_is 'xnetns [--] [up] [--help]'
	both sh -c 'ip netns add -x; ip netns add --help; ip netns exec -x echo inside; ip netns; ip netns del -x; ip netns'
	output_has inside
}

@test 'abbreviations and options before netns: as ip has them' {
	both sh -c 'ip netns add a; ip netns set a 7; for w in n ne net netn netns; do echo "$w"; ip $w show a 2>/dev/null; done
		for o in -4 -j "-j -p" "-n a" -o -br -d -c -h "-fam inet" "-rc 100000" -force -a -N --json; do echo "$o"; ip $o netns list; done
		ip -n a netns identify $$; ip netns exec a ip -n a link set lo up; ip -n a -br link | cut -c 1-30; ip -all netns delete; ip netns'
	output_has '"id":7'
}

@test 'exit codes and signals are those of the program' {
	both bash -c 'ip netns add a; for c in "exit 7" "kill -TERM \$\$" "kill -9 \$\$"; do bash -c "ip netns exec a sh -c \"$c\""; echo $?; done
		(ip netns exec a sh -c "trap \"echo got it; exit 3\" TERM; touch /run/ready; while :; do sleep 0.05; done" & pid=$!
		while [ ! -e /run/ready ]; do sleep 0.05; done; kill -TERM $pid; wait $pid; echo $?); ip link show nosuch; echo $?; ip netns del a; rm /run/ready'
	output_has 'got it'
}

@test 'it never executes itself: copies and links in PATH, and nothing else' {
	local dir=$BATS_TEST_TMPDIR/show
	prepare_show
	mkdir "$wrapped/link" "$wrapped/copy" "$wrapped/again"
	ln "$wrapped/ip" "$wrapped/link/ip" || cp -P "$wrapped/ip" "$wrapped/link/ip"
	cp "$LIBNS_IP" "$wrapped/copy/ip"
	cp "$LIBNS_IP" "$wrapped/again/ip"
	run -0 env PATH="$wrapped:$wrapped/copy:$wrapped/link:$wrapped/again::$wrapped/copy:$dir" ip link
	output_is 'ip [link]'
	# Another process begins anew.
	run -0 env LIBNS_IP_SEEN="$$:100" PATH="$wrapped:$wrapped/copy:$dir" ip link
	output_is 'ip [link]'
	run -127 env PATH="$wrapped:$wrapped/copy:$wrapped/again:/nonexistent" "$wrapped/ip" link
	output_is 'libns-ip: there is no other ip in PATH'
	# A directory called ip, and one that may not be executed, are not it.
	mkdir -p "$wrapped/odd/ip" "$wrapped/odder"
	echo >"$wrapped/odder/ip"
	run -0 env PATH="$wrapped:$wrapped/odd:$wrapped/odder:$dir" ip link
	output_is 'ip [link]'
}
