#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns run: a program in a network of its own, as root and as an ordinary user, of which nothing is
# left. What it does to its own name servers is in xnetns-dns.bats.

load common
load wired

setup()
{
	export XNETNS XUNSHARE REFUSE
}

# alone CMD...: xnetns run without any network, as an ordinary user.
alone()
{
	need_userns
	as_user "$XNETNS" run --net none "$@"
}

@test 'an ordinary user: a network with lo alone, in which he is himself' {
	need ip
	need_userns
	# shellcheck disable=SC2016
	run -0 as_user "$XNETNS" run --net none -- sh -c 'id -u; id -g; cat /proc/net/dev | grep -c :; ip -br addr show lo | grep -o 127.0.0.1
		grep -E "Cap(Prm|Eff|Amb)" /proc/self/status | cut -f 2 | sort -u'
	output_is "$(as_user id -u)
$(as_user id -g)
1
127.0.0.1
0000000000000000"
}

@test 'the network and the mounts are new, and all else is the caller s' {
	need_userns
	for type in net mnt; do
		run alone readlink "/proc/self/ns/$type"
		[ "$output" != "$(readlink "/proc/self/ns/$type")" ]
	done
	for type in pid ipc uts; do
		run -0 alone readlink "/proc/self/ns/$type"
		output_is "$(readlink "/proc/self/ns/$type")"
	done
}

@test 'exit codes: of the program, 126, 127 and 128 and the signal' {
	run alone sh -c 'exit 7'
	status_is 7
	run -127 alone /nosuch
	output_is "xnetns: cannot execute '/nosuch': No such file or directory"
	run -126 alone /etc/passwd
	# shellcheck disable=SC2016
	run alone sh -c 'kill -TERM $$'
	status_is 143
}

@test 'bad words: one sentence, and no program' {
	for words in '' '--net nosuch true' '--net' '--etc nosuch true' '--bogus true' '-p x true' '--dns x true'; do
		# shellcheck disable=SC2086
		run "$XNETNS" run $words
		status_is 255
	done
	need_userns
	run alone -u nosuch echo did-run
	status_is 1
	output_is "xnetns: --user: there is no user 'nosuch'"
}

@test 'an ordinary user cannot become another one' {
	need_userns
	run alone -u root echo did-run
	status_is 1
	output_has "cannot become 'root': in a user namespace of his own a user is himself"
	output_lacks did-run
}

@test 'an ordinary user who wants a connection with the host is told of the ways' {
	need_userns
	run as_user "$XNETNS" run -- echo did-run
	status_is 1
	output_has 'xnetns: only root can connect a network namespace with the host in this way'
	output_has '--net pasta'
	output_has 'xunshare -Urnm'
	output_lacks did-run
}

@test 'root without the right to that is told which one' {
	need_root
	run -1 setpriv --bounding-set -sys_admin --inh-caps=-sys_admin -- "$XNETNS" run -- echo did-run
	output_has 'only root with CAP_SYS_ADMIN (here it is taken away) can connect'
	output_has '--net none'
	output_lacks did-run
}

@test 'signals are passed on, and the exit code is the program s' {
	need_userns
	# shellcheck disable=SC2016
	start_user "$XNETNS" run --net none -- sh -c 'trap "echo got it; exit 3" USR1; echo up; while :; do sleep 0.02; done'
	wait_until grep -q up "$started_out"
	kill -USR1 "$started"
	wait_until grep -q 'got it' "$started_out"
}

@test 'killed: the program ends too' {
	need_userns
	start_user "$XNETNS" run --net none -- sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	kill -KILL "$started"
	wait_until test ! -e "/proc/$child"
}

@test 'another user, for root: killed, the program ends too' {
	need_root
	start "$XNETNS" run --net none -u nobody -- sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	[ "$(stat -c %U "/proc/$child")" = nobody ]
	kill -KILL "$started"
	wait_until test ! -e "/proc/$child"
}

@test 'killed: a program that has taken the signal back ends too' {
	need_userns
	need setpriv
	start_user "$XNETNS" run --net none -- setpriv --pdeathsig clear sleep 1000
	wait_until child_named "$started" sleep
	child=$(child_named "$started" sleep)
	kill -KILL "$started"
	wait_until test ! -e "/proc/$child"
}

@test 'an overlay of an ordinary user: the host cannot change it' {
	need_userns
	run -0 alone --dns 192.0.2.7,2001:db8::7 -- cat /etc/resolv.conf
	output_is $'nameserver 192.0.2.7\nnameserver 2001:db8::7'
	run alone --dns none -- sh -c 'cat /etc/resolv.conf; echo >/etc/resolv.conf'
	[ "${lines[0]}" = '# none' ]
	output_has 'Read-only file system'
	run -0 alone --etc=bind --dns 192.0.2.7 -- cat /etc/resolv.conf
	output_is 'nameserver 192.0.2.7'
}

@test 'what cannot be had: nothing is executed' {
	need_userns
	for call in mount unshare clone3 umount2 openat2 newfstatat getdents64; do
		# shellcheck disable=SC2016
		run as_user "$REFUSE" 1 "$call" -- "$XNETNS" run --net none --dns 192.0.2.7 -- \
			sh -c 'read -r line </etc/resolv.conf; echo "did-run $line"'
		[[ $output != *did-run* || $output == *'did-run nameserver 192.0.2.7' ]] || fail "$call" "$output"
		[ -n "$output" ]
	done
}

@test 'no sysfs where none may be mounted: said, and the program runs' {
	need_userns
	run as_user "$XNETNS" run --net none --no-sysfs -- ls /sys/class/net
	output_is "$(ls /sys/class/net)"
}

# -------------------------------------------------------- connected with the host, for root

# What the host has of it.
# shellcheck disable=SC2016
left='left() { ip -br link; ip addr | grep -w inet; ip route; ip -6 route; ls -R /run/xnetns 2>/dev/null; nft list tables 2>/dev/null
		cat /proc/sys/net/ipv4/conf/wan0/forwarding; }
	before() { mkdir -p /run/xnetns; left >/run/before; }
	same() { left | cmp -s - /run/before; }
'

@test 'connected with the host: by a pair of links, of which nothing is left' {
	need_root
	# shellcheck disable=SC2016
	in_router "$left"'outside; before
		n run --net isolated -- sh -c "ip -br addr show eth0; exit 5"; echo $?
		until_true same; left | diff /run/before - && echo same'
	output_has 'eth0@if'
	output_has '10.171.'
	output_has $'5\nsame'
}

@test 'connected with the host: killed, nothing is left either' {
	need_root
	need nft
	# shellcheck disable=SC2016
	in_router "$left"'outside; before
		for signal in KILL TERM HUP; do
			env --default-signal "$XNETNS" run -p 8080:80 -- sh -c "echo >/run/up; exec sleep 1000" & x=$!
			until_true test -e /run/up; rm /run/up
			nft list table inet xnetns | grep -q 8080 || echo no port
			[ "$(cat /proc/sys/net/ipv4/conf/wan0/forwarding)" = 1 ] || echo no forwarding
			ip -br link | grep -q "^xn-" || echo no link
			kill -$signal $x; wait $x 2>/dev/null; echo $?
			until_true same; left | diff /run/before -
		done'
	output_is $'137\n143\n129'
}

@test 'connected with the host: killed, a set-user-ID program ends too' {
	need_root
	# shellcheck disable=SC2016
	in_router "$left"'outside; before; mkdir /run/s; mount -t tmpfs tmpfs /run/s; cp "$(command -v sleep)" /run/s/own; chmod 4755 /run/s/own
		"$XNETNS" run --net isolated -u nobody -- /run/s/own 1000 & x=$!
		until_true pgrep -P $x -x own; own=$(pgrep -P $x -x own); stat -c %u /proc/$own
		kill -KILL $x; wait $x 2>/dev/null; until_true test ! -e /proc/$own; until_true same'
	output_is 0
}

@test 'connected with the host: killed while it is made, nothing is left' {
	need_root
	need strace
	# shellcheck disable=SC2016
	in_router "$left"'outside; before
		for call in sendto:3 sendto:9 openat:30 unshare:1 setns:2 mount:2 clone3:1 flock:1; do
			strace -qq -o /dev/null -e trace=${call%:*} -e inject=${call%:*}:signal=KILL:when=${call#*:} "$XNETNS" run --net isolated -- true 2>/dev/null
			until_true same; left | diff /run/before - || echo "$call"
			n run --net isolated -- true || echo "$call again"
		done 2>&1 | grep -v Killed'
	output_is ''
}

@test 'connected with the host: the same process number in another pid namespace is another run' {
	need_root
	# shellcheck disable=SC2016
	in_router "$left"'outside; before; mkfifo /run/go
		own() { unshare -pf --kill-child --mount-proc sh -c "\"\$XNETNS\" run --net isolated -- sh -c \"echo >/run/up\$1; read x </run/go; ip -br link show eth0\"; :"; }
		export XNETNS; own 1 >/run/out & until_true test -e /run/up1
		unshare -pf --kill-child --mount-proc sh -c "\"\$XNETNS\" run --net isolated -- true; :"
		echo >/run/go; wait $!; cut -d" " -f1 /run/out; until_true same; left | diff /run/before -'
	output_has 'eth0@if'
}

@test 'a name like that of a run is not wired' {
	need_root
	# shellcheck disable=SC2016
	in_router 'outside; n up run:5; echo $?; n add run:5; n down -q run:5; ls /run/netns | grep run'
	output_is "xnetns: names that begin with 'run:' are of namespaces without one
255"
}

@test 'connected with the host: as another user, with his name servers' {
	need_root
	# shellcheck disable=SC2016
	in_router 'outside; n run --net isolated --dns 192.0.2.7 -u nobody -- sh -c "id -un; cat /etc/resolv.conf; grep CapEff /proc/self/status"'
	output_is $'nobody\nnameserver 192.0.2.7\nCapEff:\t0000000000000000'
}

@test 'a dry run prints the commands and runs nothing' {
	need_root
	# shellcheck disable=SC2016
	in_router "$left"'outside; before; n run --net isolated --dry-run -- echo did-run; same && echo same'
	output_has 'ip netns add'
	output_has 'ip link add'
	output_lacks did-run
	[ "${lines[-1]}" = same ]
}

# ------------------------------------------------- names in a user namespace of one's own

@test 'an ordinary user: names in a user namespace of his own, without a recipe' {
	need_userns
	# shellcheck disable=SC2016
	run -0 as_user "$XUNSHARE" -Urnm bash -c 'x=$1; "$x" add a; "$x" add b; "$x" list | sort
		[ "$("$x" exec a readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ] && echo other
		"$x" del a; "$x" list; stat -c %a /run/netns' bash "$XNETNS"
	output_is 'a
b
other
b
755'
}

@test 'an ordinary user: the host s /run is as it was, and is seen inside' {
	need_root
	# shellcheck disable=SC2016
	run -0 private_run bash -c '
		user="setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --"
		mkdir -p /run/netns /run/some/where; echo hello >/run/file; "$XNETNS" add of-host;
		before=$(find /run | sort)
		$user "$XUNSHARE" -Urnm bash -c "\"$XNETNS\" add a; \"$XNETNS\" list; cat /run/file; ls -d /run/some/where; echo new >/run/new
			grep -o \" /run rw,[^ ]*nodev,\" /proc/self/mountinfo" || exit
		[ "$(find /run | sort)" = "$before" ] && echo same'
	output_is 'a
hello
/run/some/where
 /run rw,nosuid,nodev,
same'
}

@test 'an ordinary user: several at once make one /run' {
	need_userns
	# shellcheck disable=SC2016
	run -0 as_user "$XUNSHARE" -Urnm bash -c 'x=$1; for i in 1 2 3 4 5 6 7 8; do "$x" add n$i & done; wait; "$x" list | wc -l' bash "$XNETNS"
	output_is 8
}

@test 'an ordinary user: up, with name servers, and down in a user namespace of his own' {
	need_userns
	need ip
	# shellcheck disable=SC2016
	run -0 as_user "$XUNSHARE" -Urnm bash -c 'x=$1; "$x" up web --net isolated --dns 192.0.2.7 -q || exit
		"$x" exec web ip -br addr show eth0 | grep -o "eth0@" ; "$x" exec web --etc=overlay tail -n 1 /etc/resolv.conf
		"$x" down web -q; "$x" list; ip -br link | grep -c xn-; find /run/xnetns/etc/web 2>/dev/null; exit 0' bash "$XNETNS"
	output_is $'eth0@\nnameserver 192.0.2.7\n0'
}

@test 'an ordinary user outside of it is told of the ways' {
	need_userns
	run as_user "$XNETNS" up nosuch
	status_is 1
	output_has 'xunshare -Urnm'
	output_has 'xnetns run --net pasta -- CMD'
}

@test 'a guard that is killed takes the program along, and nothing is left' {
	need_root
	need ip nft
	in_router 'outside; before=$(host_net)
		guards() { for child in $(cat /proc/$1/task/$1/children); do [ "$(cat /proc/$child/comm)" != xnetns-guard ] || echo $child; done; }
		program() { for child in $(cat /proc/$1/task/$1/children); do [ "$(cat /proc/$child/comm)" != sleep ] || echo $child; done; }
		for which in 1 2; do
			# It asks not to be ended with its parent.
			"$XNETNS" run --net nat --dns none -p 8080:80 -- sh -c "trap \"\" TERM; exec sleep 1000" >/run/log 2>&1 & tool=$!
			until_true eval "[ \$(guards $tool | wc -l) = 2 ] && [ \$(program $tool) ]"
			pid=$(program $tool); kill -KILL $(guards $tool | sed -n ${which}p); wait $tool; echo "= $?"; cat /run/log
			[ ! -e /proc/$pid ] || echo lives; [ "$before" = "$(host_net)" ] || { echo left; diff <(echo "$before") <(host_net); }
		done'
	output_is '= 1
xnetns: the guard of the program was killed, and so the program was ended
= 1
xnetns: the guard of the program was killed, and so the program was ended'
}
