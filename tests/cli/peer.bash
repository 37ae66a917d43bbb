# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A small world for tests of pasta, made of network namespaces. `load common` first.

# A host whose only neighbour is a peer: the peer says "peer" on ports 8000 and 8001, and the host
# "host" on 8001 of its loopback interface. $1 is run there by bash, as root; ask PORT... connects to
# 192.0.2.1 and 127.0.0.1. The gateway of the host is the peer.
with_peer()
{
	need_root
	need ip pasta python3
	[ -c /dev/net/tun ] || skip 'no /dev/net/tun here'
	export BATS_TEST_TMPDIR
	cat >"$BATS_TEST_TMPDIR/say" <<-'END'
		import selectors, socket, sys
		poll = selectors.DefaultSelector()
		for port in sys.argv[3:]:
		    poll.register(socket.create_server((sys.argv[2], int(port))), selectors.EVENT_READ)
		print("up", flush=True)
		while True:
		    for key, _ in poll.select():
		        with key.fileobj.accept()[0] as s: s.sendall(sys.argv[1].encode())
	END
	cat >"$BATS_TEST_TMPDIR/ask" <<-'END'
		import socket, sys
		for where in sys.argv[1:]:
		    address, port = where.split(":")
		    try:
		        with socket.create_connection((address, int(port)), 30) as s: word = s.recv(9).decode()
		    except ConnectionRefusedError: word = "refused"
		    print(where, word or "nothing")
	END
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	chmod a+r "$BATS_TEST_TMPDIR"/*
	# shellcheck disable=SC2016
	private_run unshare -pf --kill-child --mount-proc bash -ec '
		mount -t tmpfs -o mode=755,dev tmpfs /dev/net
		mknod -m 666 /dev/net/tun c 10 200
		user="setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --"
		python=$(command -v python3)
		$user "$python" -c "" 2>/dev/null || python=/usr/bin/python3
		ask="$python $BATS_TEST_TMPDIR/ask"
		"$XNETNS" add peer
		ip link set lo up
		ip link add up0 type veth peer name up1 netns peer
		ip addr add 192.0.2.2/24 dev up0
		ip link set up0 up
		ip -n peer addr add 192.0.2.1/24 dev up1
		ip -n peer link set up1 up
		ip route add default via 192.0.2.1
		exec {peer}< <(exec nsenter --net=/run/netns/peer python3 "$BATS_TEST_TMPDIR/say" peer 192.0.2.1 8000 8001)
		exec {host}< <(exec python3 "$BATS_TEST_TMPDIR/say" host 127.0.0.1 8001)
		read -r up <&$peer
		read -r up <&$host
		exec {peer}<&- {host}<&-
		gone() { for i in {1..500}; do [ -e "/proc/$1" ] || return 0; sleep 0.02; done; echo "$1 is still there"; return 1; }
		'"$1" </dev/null 3>&-
}
