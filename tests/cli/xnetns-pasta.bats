#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns: the way out by pasta, for one program and for a namespace with a name. The names of tests
# say who ends it.

load common
load peer

setup()
{
	export XNETNS
}

# -------------------------------------------------------------------------------- run

@test 'pasta: a way out for whoever runs it, and nothing of the loopback interface of the host' {
	# shellcheck disable=SC2016
	with_peer '
		want="192.0.2.1:8000 peer
192.0.2.1:8001 peer
127.0.0.1:8001 refused"
		for who in "" "$user"; do
			for options in "" "--no-sysfs --etc=bind" "--ip6 off" "--mtu 1400"; do
				out=$($who "$XNETNS" run --net pasta --dns 192.0.2.1 $options -- $ask 192.0.2.1:8000 192.0.2.1:8001 127.0.0.1:8001)
				[ "$out" = "$want" ] || { echo "$who $options: $out"; exit 1; }
			done
			out=$($who "$XNETNS" run --net pasta --dns 192.0.2.1 ls /sys/class/net)
			[ "$out" = "lo
up0" ] || { echo "$out"; exit 1; }
		done
		out=$("$XNETNS" run --net pasta --dns 192.0.2.1 -u nobody -- sh -c "id -un; $ask 192.0.2.1:8000")
		[ "$out" = "nobody
192.0.2.1:8000 peer" ] || { echo "$out"; exit 1; }
		# All of it is gone.
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
}

@test 'pasta: a port leads inside' {
	# shellcheck disable=SC2016
	with_peer '
		for who in "" "$user"; do
			exec {out}< <(exec $who "$XNETNS" run --net pasta --dns none -p 127.0.0.1:8080:8000 -- python3 "$BATS_TEST_TMPDIR/say" inside 0.0.0.0 8000)
			pid=$!
			read -r up <&$out
			[ "$($ask 127.0.0.1:8080)" = "127.0.0.1:8080 inside" ] || exit 1
			kill $pid
			gone $pid
			exec {out}<&-
		done'
}

@test 'pasta ends with xnetns, however that ends' {
	# shellcheck disable=SC2016
	with_peer '
		for who in "" "$user"; do
			for signal in KILL TERM; do
				exec {out}< <(exec $who "$XNETNS" run --net pasta --dns none -- sh -c "echo up; exec sleep 1000")
				x=$!
				read -r up <&$out
				pasta=$(pgrep -x "pas(ta|st).*")
				[ -n "$pasta" ] || exit 1
				child=$(pgrep -x sleep -n)
				kill -$signal $x
				gone $pasta
				gone $child
				exec {out}<&-
			done
		done'
}

@test 'pasta that gives up or is missing: its words, and the program does not run' {
	# shellcheck disable=SC2016
	with_peer '
		rm /dev/net/tun
		if out=$($user "$XNETNS" run --net pasta --dns none -- echo did-run 2>&1); then exit 1; fi
		[[ $out == "xnetns: pasta has given up: Failed to open tun socket in namespace
hint: there is no "* && $out != *did-run* ]] || { echo "$out"; exit 1; }
		if out=$(PATH=/nonexistent $user "$XNETNS" run --net pasta --dns none -- /bin/echo did-run 2>&1); then exit 1; fi
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
	run env PATH=/nonexistent "$XNETNS" run --net pasta --dns none -- /bin/echo did-run
	status_is 1
	output_is "xnetns: cannot find 'pasta', which comes with the package passt"
}

# --------------------------------------------------------------------------------- up

@test 'up: a namespace with a name has a way out, until it has no name any more' {
	# shellcheck disable=SC2016
	with_peer '
		mount -t tmpfs none /etc/netns 2>/dev/null || true
		for how in "\"$XNETNS\" down web" "\"$XNETNS\" del web" "ip netns del web" "mv /run/netns/web /run/netns/other"; do
			"$XNETNS" up web --net pasta --dns none -q
			pasta=$(pgrep -x "pas(ta|st).*")
			[ -n "$pasta" ] || exit 1
			[ "$("$XNETNS" exec web $ask 192.0.2.1:8000)" = "192.0.2.1:8000 peer" ] || exit 1
			# Another name that goes is none of its business.
			"$XNETNS" add two; "$XNETNS" del two
			kill -0 $pasta
			case $how in mv*) "$XNETNS" del web ;; *) eval "$how" ;; esac
			end() { ! kill -0 $pasta 2>/dev/null || [ "$(cut -d " " -f 3 /proc/$pasta/stat)" = Z ]; }
			for i in {1..500}; do ! end || break; sleep 0.02; done
			end || { echo "$how: it runs"; exit 1; }
		done'
}

@test 'up: run again, it says that all is there; when pasta was killed, it is started again' {
	# shellcheck disable=SC2016
	with_peer '
		"$XNETNS" up web --net pasta --dns none -q
		pasta=$(pgrep -x "pas(ta|st).*")
		out=$("$XNETNS" up web --net pasta --dns none)
		[[ $out == *"already connect"* && $out != *done* ]] || { echo "$out"; exit 1; }
		[ "$(pgrep -x "pas(ta|st).*")" = "$pasta" ] || exit 1
		kill -KILL $pasta
		for i in {1..500}; do [ "$(ip netns exec web ip -br link | wc -l)" != 1 ] || break; sleep 0.02; done
		out=$("$XNETNS" up web --net pasta --dns none)
		[[ $out == *"done    connect"* ]] || { echo "$out"; exit 1; }
		[ "$("$XNETNS" exec web $ask 192.0.2.1:8000)" = "192.0.2.1:8000 peer" ] || exit 1
		"$XNETNS" down web -q'
}

# In a script of with_peer: what runs is asked of procfs, and waited for.
# shellcheck disable=SC2016
ends='
	running() { pgrep -r S,R,D "^(pas|libns-h)"; }
	ended() { for i in {1..500}; do running >/dev/null || return 0; sleep 0.02; done; echo "$1: it runs"; running; return 1; }
	switches() { sed -n "s/^voluntary_ctxt_switches://p" "/proc/$helper/status" 2>/dev/null || echo 0; }
	# Its helper has looked at the name three times more, and goes on.
	stays()
	{
		local helper begin i
		helper=$(pgrep -x libns-helper) && begin=$(switches) || { echo "$1: it does not run"; return 1; }
		for i in {1..1000}; do [ $(($(switches) - begin)) -lt 3 ] || return 0; kill -0 "$helper" || break; sleep 0.02; done
		echo "$1: it has ended"
		return 1
	}
'

@test 'up: pasta ends with the mount namespace that the name is in' {
	# shellcheck disable=SC2016
	with_peer "$ends"'
		up="\"$XNETNS\" up -q web --net pasta --dns none"
		$user "$XUNSHARE" -Urnm --pasta -- sh -c "$up"
		ended "a sandbox of a user"
		# The name is in memory that stays, and what is left there is a stale one.
		unshare -m sh -c "$up"
		ended "a private mount namespace"
		rm /run/netns/web
		exec {out}< <(exec unshare -m sh -c "$up; umount /run/netns/web; echo up; exec sleep 1000"); pid=$!
		read -r up_is <&$out
		ended "a name that was only unmounted"
		kill $pid
		exec {out}<&-
		rm /run/netns/web
		# Where it is shared, it is still there.
		unshare -m --propagation unchanged sh -c "$up"
		stays "a shared mount namespace"
		[ "$("$XNETNS" exec web $ask 192.0.2.1:8000)" = "192.0.2.1:8000 peer" ] || exit 1
		"$XNETNS" down -q web
		ended "down"'
}

@test 'up: pasta stays for whoever is inside, or has the name elsewhere, and ends with him' {
	# shellcheck disable=SC2016
	with_peer "$ends"'
		up="\"$XNETNS\" up -q web --net pasta --dns none"
		inside="echo in; read -r go; $ask 192.0.2.1:8000"
		for way in "exec \"$XNETNS\" exec web sh -c \"\$inside\"" "exec unshare -m sh -c \"echo in; read -r go; ip netns exec web $ask 192.0.2.1:8000\""; do
			exec {go}> >(inside=$inside exec unshare -m sh -c "$up; $way" >"$BATS_TEST_TMPDIR/out"); pid=$!
			# The mount namespace of the name has ended.
			until_in() { for i in {1..500}; do ! grep -qs "^in$" "$BATS_TEST_TMPDIR/out" || return 0; sleep 0.02; done; return 1; }
			until_in
			stays "$way"
			echo >&$go; exec {go}>&-
			for i in {1..500}; do [ -e /proc/$pid ] || break; sleep 0.02; done
			[ "$(cat "$BATS_TEST_TMPDIR/out")" = "in
192.0.2.1:8000 peer" ] || { cat "$BATS_TEST_TMPDIR/out"; exit 1; }
			ended "$way"
			rm /run/netns/web "$BATS_TEST_TMPDIR/out"
		done'
}

@test 'up: down --all takes it away' {
	# shellcheck disable=SC2016
	with_peer "$ends"'
		"$XNETNS" up web --net pasta --dns none -q
		kill -KILL $(pgrep -x libns-helper)
		ended helper
		"$XNETNS" up two --net pasta --dns none -q
		"$XNETNS" down --all -q
		[ "$(ls /run/netns)" = peer ] || { ls /run/netns; exit 1; }
		ended "down --all"'
}

@test 'up: pasta ends with its helper, and is started again' {
	# shellcheck disable=SC2016
	with_peer "$ends"'
		"$XNETNS" up web --net pasta --dns none -q
		kill -KILL $(pgrep -x libns-helper)
		ended helper
		out=$("$XNETNS" up web --net pasta --dns none)
		[[ $out == *"done    connect"* ]] || { echo "$out"; exit 1; }
		[ "$("$XNETNS" exec web $ask 192.0.2.1:8000)" = "192.0.2.1:8000 peer" ] || exit 1
		"$XNETNS" down web -q
		ended down'
}

@test 'up: without a tun device nothing is left' {
	# shellcheck disable=SC2016
	with_peer '
		rm /dev/net/tun
		if out=$("$XNETNS" up web --net pasta --dns none 2>&1); then exit 1; fi
		[[ $out == *"xnetns: pasta has given up: "* ]] || { echo "$out"; exit 1; }
		[ ! -e /run/netns/web ]
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
}

@test 'up: killed at any moment, pasta is gone or the namespace has its name' {
	need strace
	# shellcheck disable=SC2016
	with_peer '
		for call in inotify_init1:1 vfork:1 poll:1 inotify_add_watch:1 open_tree:1 move_mount:1 mount:1; do
			strace -qq -o /dev/null -e trace=${call%:*} -e inject=${call%:*}:signal=KILL:when=${call#*:} "$XNETNS" up web --net pasta --dns none -q 2>/dev/null || true
			for i in {1..500}; do
				running=$(pgrep -x -r S,R,D "pas(ta|st).*" | wc -l)
				[ "$running" != 0 ] || break
				[ ! -e /run/netns/web ] || [ "$i" -lt 25 ] || break
				sleep 0.02
			done
			[ "$running" = 0 ] || [ -e /run/netns/web ] || { echo "$call: it runs"; exit 1; }
			"$XNETNS" up web --net pasta --dns none -q || { echo "$call: again"; exit 1; }
			"$XNETNS" down web -q || exit 1
		done'
}
