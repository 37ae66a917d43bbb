# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns forward: single ports into a network namespace and out of one. The relay itself is tested by
# unit/test-relay.c. Everything happens in a network namespace of the test's own and those in it.

load common

setup()
{
	need python3
	export XNETNS XUNSHARE
	export TALK=${BATS_TEST_FILENAME%/*}/talk.py
}

# What scripts share: n, and a server or a relay in the background that is up.
# shellcheck disable=SC2016
shared='n() { "$XNETNS" "$@"; }; x=$XNETNS; ip link set lo up
	ask() { python3 "$TALK" ask "$@"; }
	until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
	up() { local out=/run/out.$RANDOM$RANDOM; "$@" >$out 2>&1 & until_true grep -q . $out; pid=$!; log=$out; }
	gone() { ! readlink /proc/$1/exe; }
'

# scenario SCRIPT: SCRIPT as root with a /run and a network of its own. What it leaves running ends
# with it.
scenario()
{
	need_root
	run private_run unshare -pf --kill-child --mount-proc timeout 60 bash -c "$shared$1" </dev/null 3>&-
}

@test 'a port of the host leads to one inside a namespace without any network' {
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside
		up "$x" forward a 8080:80; cat $log; ask tcp 127.0.0.1 8080 hello; ask tcp 127.0.0.1 8080 again
		n exec a ip -br link | wc -l; kill -TERM $pid; wait $pid; echo "status $?"; ask tcp 127.0.0.1 8080 no 2>&1 | tail -n 1'
	output_is "listening on 127.0.0.1:8080, for 127.0.0.1:80 in 'a'
inside hello
inside again
1
status 0
ConnectionRefusedError: [Errno 111] Connection refused"
}

@test 'a port inside leads to one of the host' {
	scenario 'n add a; up python3 "$TALK" serve tcp 127.0.0.1 5432 outside
		up "$x" forward --in a 5432; cat $log; n exec a python3 "$TALK" ask tcp 127.0.0.1 5432 hello
		n exec a python3 "$TALK" ask tcp 127.0.0.1 5433 no 2>&1 | tail -n 1'
	output_is "xnetns: note: the interface lo of 'a' was down; it is up now
listening on 127.0.0.1:5432 in 'a', for 127.0.0.1:5432
outside hello
ConnectionRefusedError: [Errno 111] Connection refused"
}

@test 'several at once: UDP, IPv6, other ports' {
	scenario 'n add a; n exec a ip link set lo up
		up "$x" exec a python3 "$TALK" serve udp 127.0.0.1 53 datagram
		up "$x" exec a python3 "$TALK" serve tcp ::1 80 six
		up "$x" forward a 5353:53/udp "[::1]:8080:[::1]:80"
		ask udp 127.0.0.1 5353 hello; ask tcp ::1 8080 hello; sort $log'
	output_is "datagram hello
six hello
listening on 127.0.0.1:5353/udp, for 127.0.0.1:53 in 'a'
listening on [::1]:8080, for [::1]:80 in 'a'"
}

@test 'sockets in the file system, on either side' {
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside
		up python3 "$TALK" serve unix /run/server outside
		up "$x" forward a /run/client:80; ask unix /run/client hello; stat -c %a /run/client; kill $pid; wait $pid; ls /run/client 2>&1
		up "$x" forward --in a /run/server:5432; n exec a python3 "$TALK" ask tcp 127.0.0.1 5432 hello'
	output_is "inside hello
600
ls: cannot access '/run/client': No such file or directory
outside hello"
}

@test 'killed: nothing is left, and the next one takes over' {
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside
		up "$x" forward a 8080:80 /run/client:80; kill -KILL $pid; wait $pid 2>/dev/null
		up "$x" forward a 8080:80 /run/client:80; ask tcp 127.0.0.1 8080 hello; ask unix /run/client hello
		ip -br link; nft list ruleset 2>/dev/null; ls /run/xnetns 2>&1'
	[ "${lines[0]}${lines[1]}" = 'inside helloinside hello' ]
	[ "${#lines[@]}" = 4 ]
	output_has 'lo '
	output_has "cannot access '/run/xnetns'"
}

@test 'it ends when the name is deleted, and not when another is' {
	scenario 'n add a; n add b; up "$x" forward a 8080:80; n del b; n add b; n del b; gone $pid >/dev/null && echo early
		n del a; wait $pid; echo "status $?"; tail -n 1 $log'
	output_is "status 0
xnetns: the name 'a' was deleted"
}

@test 'it ends when the process has ended that it was given' {
	scenario 'unshare -n sleep 1000 & sleeper=$!; until_true grep -q sleep /proc/$sleeper/comm
		up "$x" forward --in $sleeper 8080; kill $sleeper; wait $pid; echo "status $?"; tail -n 1 $log | sed "s/$sleeper/PID/"'
	output_is "status 0
xnetns: the process of 'PID' has ended"
}

@test 'a process, a path and a descriptor stand for their namespaces' {
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside; server=$pid
		exec 7</run/netns/a
		for word in "$(pgrep -P $server || echo $server)" /run/netns/a fd:7 netns:a "ns:$(stat -Lc %i /run/netns/a)"; do
			up "$x" forward "$word" 8080:80; ask tcp 127.0.0.1 8080 hello; kill $pid; wait $pid
		done'
	output_is "$(yes 'inside hello' | head -n 5)"
}

@test 'ready: whoever cannot be told is not left waiting' {
	scenario 'n add a; n exec a ip link set lo up; free() { ! grep -q "0100007F:1F90" /proc/net/tcp; }
		for background in "" --background; do
			"$x" forward -q $background --ready-fd 9 a 8080:80 9</dev/null; echo "= $?"; until_true free
			"$x" forward -q $background --ready-fd 9 a 8080:80 9>/dev/full; echo "= $?"; until_true free
		done; echo end'
	output_is "$(for _ in 1 2; do
		echo 'xnetns: cannot write to descriptor 9, which waits for it: Bad file descriptor'; echo '= 1'
		echo 'xnetns: cannot write to descriptor 9, which waits for it: No space left on device'; echo '= 1'
	done)
end"
}

@test 'ready: by a descriptor, by JSON, in the background' {
	need jq
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside
		mkfifo /run/ready; "$x" forward -q --ready-fd 9 a 8080:80 9>/run/ready & pid=$!; read -r line </run/ready; ask tcp 127.0.0.1 8080 hello
		kill $pid; wait $pid
		n -j forward --background a 0:80 >/run/json; jq -r ".[0] | .direction, .protocol, .connect" /run/json
		pid=$(jq .[0].pid /run/json); port=$(jq -r .[0].listen /run/json); ask tcp 127.0.0.1 ${port#*:} hello
		readlink /proc/$pid/fd/[012]; n del a; until_true gone $pid'
	output_is "inside hello
out
tcp
127.0.0.1:80
inside hello
/dev/null
/dev/null
/dev/null"
}

@test 'in the background: the file of its socket stays, and goes with it' {
	scenario 'n add a; n exec a ip link set lo up; up "$x" exec a python3 "$TALK" serve tcp 127.0.0.1 80 inside
		n forward -q --background a /run/client:80; ask unix /run/client hello
		n del a; until_true test ! -e /run/client; ls /run/client 2>&1'
	output_is "inside hello
ls: cannot access '/run/client': No such file or directory"
}

@test 'in the background of a batch: it carries out none of the lines behind' {
	scenario 'n add a; n add b; printf "%s\n" "forward -q --background a 0:80" "exec b sh -c \"echo line >>/run/lines\"" >/run/file
		n --force --batch /run/file; pid=$(pgrep -x xnetns); n del a; until_true gone $pid; cat /run/lines'
	output_is "line"
}

@test 'in the background: nothing of the caller s is held open' {
	# shellcheck disable=SC2016
	scenario 'n add a; n exec a ip link set lo up; exec 8>/run/lock; flock 8
		"$x" forward -q --background --ready-fd 9 a 8080:80 9>&1 | { cat; echo end; }
		exec 8>&-; flock -n /run/lock echo free; n del a'
	output_is $'\nend\nfree'
}

@test 'a dry run listens nowhere, and shows how socat would do it' {
	scenario 'n add a; n forward --dry-run a 8080:80 "[::1]:53:127.0.0.1:53/udp" /run/x:80; n forward --in --dry-run a 5432
		n forward --dry-run $$ 80; ls /run'
	[ "${lines[0]}" = "socat TCP4-LISTEN:8080,bind=127.0.0.1,reuseaddr,fork TCP4:127.0.0.1:80,netns='a'" ]
	[ "${lines[1]}" = "socat UDP6-LISTEN:53,bind=[::1],reuseaddr,fork UDP4:127.0.0.1:53,netns='a'" ]
	[ "${lines[2]}" = "socat UNIX-LISTEN:'/run/x',fork TCP4:127.0.0.1:80,netns='a'" ]
	[ "${lines[3]}" = "socat TCP4-LISTEN:5432,bind=127.0.0.1,reuseaddr,fork,netns='a' TCP4:127.0.0.1:5432" ]
	[[ ${lines[4]} == "# listen on 127.0.0.1:80, for 127.0.0.1:80 in '"* ]]
	[ "${lines[5]}" = netns ]
}

@test 'a filter that refuses to accept anybody: said, and it ends' {
	export REFUSE
	scenario 'n add a; up "$REFUSE" 1 accept4 -- "$x" forward a 8080:80; ask tcp 127.0.0.1 8080 x >/dev/null 2>&1; wait $pid; echo $?; tail -n 1 $log'
	output_is '1
xnetns: cannot accept a connection: Operation not permitted'
}

@test 'what cannot be forwarded is said, and nothing is left' {
	scenario 'n add a; for word in "" 80:x 1.2.3.4:80:80 80:0; do n forward a "$word"; echo $?; done
		n forward a; echo $?; n forward; echo $?; n forward nosuch 80; echo $?
		up "$x" forward a 8080:80; n forward a 8080:80; echo $?; n forward --udp-timeout=0 a 80; echo $?'
	output_has "xnetns: cannot forward '': a port is a number up to 65535"
	output_has "xnetns: cannot listen on 1.2.3.4:80: Cannot assign requested address"
	output_has "xnetns: cannot listen on 127.0.0.1:8080: Address already in use"
	output_has "xnetns: cannot open network namespace 'nosuch': No such file or directory"
	output_has "xnetns: no port is given"
	[ "$(grep -cx 255 <<<"$output")" = 6 ]
	[ "$(grep -cx 1 <<<"$output")" = 3 ]
}

@test 'who connects where nobody listens is told so, and so is the caller, once' {
	scenario 'n add a; up "$x" forward a 8080:80; for i in 1 2 3; do ask tcp 127.0.0.1 8080 no 2>&1 | tail -n 1; done; sort $log'
	output_is "ConnectionResetError: [Errno 104] Connection reset by peer
ConnectionResetError: [Errno 104] Connection reset by peer
ConnectionResetError: [Errno 104] Connection reset by peer
listening on 127.0.0.1:8080, for 127.0.0.1:80 in 'a'
xnetns: cannot connect to 127.0.0.1:80 in network namespace 'a': Connection refused
xnetns: note: the interface lo of 'a' was down; it is up now"
}

@test 'an ordinary user forwards to his sandbox, in which he cannot trace the relay' {
	need_userns
	dir=$(user_dir)
	cp "$TALK" "$dir/talk.py"
	chmod a+r "$dir/talk.py"
	# The outer sandbox stands for the host: its network is the test's own.
	run as_user unshare -Urnpf --kill-child --mount-proc timeout 60 bash -c "TALK=$dir/talk.py; cd $dir; ${shared//\/run\//$dir/}"'
		unshare -Urn sh -c "ip link set lo up; python3 $TALK serve tcp 127.0.0.1 80 inside >up 2>&1" & box=$!
		until_true grep -q up up
		up "$x" forward $box 8080:80; cat $log | sed "s/$box/PID/"; ask tcp 127.0.0.1 8080 hello
		nsenter -t $(pgrep -P $box) -U -n --preserve-credentials readlink /proc/$pid/fd/0 || echo denied
		kill $(pgrep -P $box); wait $pid; echo "status $?"' 3>&-
	output_is "listening on 127.0.0.1:8080, for 127.0.0.1:80 in 'PID'
inside hello
denied
status 0"
}
