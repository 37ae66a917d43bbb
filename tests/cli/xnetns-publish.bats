#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns publish, unpublish: ports of the host that lead into namespaces. "Host" is a network
# namespace of the test.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need python3 ip nft
}

@test 'a port is reached from outside, from the host, as 127.0.0.1 and from namespaces' {
	in_router 'outside; wired a 1; wired b 2; serve a 80
		n publish -q a 8080:80 53:80/udp || exit
		ask out 192.0.2.1 8080; ask 192.0.2.1 8080; ask 127.0.0.1 8080; ask a 192.0.2.1 8080; ask b 192.0.2.1 8080
		ask out 192.0.2.1 53 udp; ask 127.0.0.1 53 udp'
	status_is 0
	output_is '192.0.2.9
192.0.2.1
10.171.0.5
10.171.0.5
10.171.0.5
192.0.2.9
10.171.0.5'
}

@test 'the same by IPv6, but for ::1, where it is refused at once' {
	in_router '[ -e /proc/sys/net/ipv6/conf/lo/force_forwarding ] || { echo "no force_forwarding"; exit 1; }
		outside; wired a 1; wired b 2; serve a 80
		n publish -q a 8080:80 53:80/udp || exit
		ask out 2001:db8::1 8080; ask 2001:db8::1 8080; ask ::1 8080; ask a 2001:db8::1 8080; ask b 2001:db8::1 8080
		ask out 2001:db8::1 53 udp'
	[ "$output" != 'no force_forwarding' ] || skip 'needs Linux 6.17'
	status_is 0
	output_is '2001:db8::9
2001:db8::1
Connection refused
fd12:3456:789a:1::1
fd12:3456:789a:1::1
2001:db8::9'
}

@test 'a port of one address is one of no other' {
	in_router 'outside; wired a 1; serve a 80; ip addr add 192.0.2.2/24 dev wan0
		n publish -q a 192.0.2.2:80:80 127.0.0.1:81:80 "[2001:db8::1]:82:80" || exit
		ask out 192.0.2.2 80; ask out 192.0.2.1 80; ask 127.0.0.1 80
		ask 127.0.0.1 81; ask out 192.0.2.1 81; ask out 192.0.2.1 82
		n publish a; n publish | wc -l'
	status_is 0
	output_is '192.0.2.9
Connection refused
Connection refused
10.171.0.5
Connection refused
Connection refused
192.0.2.2:80/tcp -> 10.171.0.6:80
127.0.0.1:81/tcp -> 10.171.0.6:80
[2001:db8::1]:82/tcp -> [fd12:3456:789a:1::2]:80
3'
}

@test 'a port of an address that the host does not have is refused, unless it is expected' {
	in_router 'outside; wired a 1
		for address in 203.0.113.7 192.0.2.255 192.0.2.9 "[2001:db8::77]"; do n publish -q a "$address:8080:80"; echo $?; done
		n up -q b --dns none -p 203.0.113.7:81:80; echo $?; n publish; ls /run/netns | grep -x b
		for address in 192.0.2.1 127.0.0.1 0.0.0.0 "[2001:db8::1]" "[::]"; do n publish -q a "$address:8080:80" && n unpublish -q --all a || echo "not $address"; done
		echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind; n publish -q a 203.0.113.7:8080:80; echo $?'
	output_is "xnetns: cannot publish port 8080 of 203.0.113.7: this host does not have that address
1
xnetns: cannot publish port 8080 of 192.0.2.255: this host does not have that address
1
xnetns: cannot publish port 8080 of 192.0.2.9: this host does not have that address
1
xnetns: cannot publish port 8080 of 2001:db8::77: this host does not have that address
1
xnetns: cannot publish port 81 of 203.0.113.7: this host does not have that address
1
0"
}

@test 'what listens on 127.0.0.1 stays out of reach of the namespace' {
	in_router 'outside; wired a 1; n publish -q a 8080:80 || exit
		python3 -c "
import socket
s = socket.socket(); s.bind((\"127.0.0.1\", 99)); s.listen(); print(\"up\", flush=True); s.accept(); print(\"reached\", flush=True)" >/run/out &
		until_true grep -q up /run/out
		ip -n a addr del 127.0.0.1/8 dev lo; ip -n a route add 127.0.0.1/32 via 10.171.0.5
		echo 1 >/run/one; at a sh -c "cat /run/one >/proc/sys/net/ipv4/conf/all/route_localnet"
		ask a 127.0.0.1 99; cat /run/out; cat /proc/sys/net/ipv4/conf/xn-a/route_localnet'
	status_is 0
	output_is 'nothing
up
1'
}

@test 'once more: nothing is done; a port that is to lead elsewhere does so' {
	in_router 'outside; wired a 1; serve a 80; serve a 81
		n publish a 8080:80; n publish a 8080:80 | grep -v ^already; n publish -q a 8080:81
		nft list map inet xnetns pub4 | grep 8080; n publish a'
	status_is 0
	output_is 'done    make the table inet xnetns of nftables
done    lead port 8080 (tcp) of the host to 10.171.0.6 port 80, port 8080 (tcp, IPv6) of the host to fd12:3456:789a:1::2 port 80
done    set the sysctl net/ipv4/conf/xn-a/route_localnet to 1
		elements = { tcp . 8080 : 10.171.0.6 . 81 }
*:8080/tcp -> 10.171.0.6:81
*:8080/tcp -> [fd12:3456:789a:1::2]:81'
}

@test 'a port of another namespace is not taken away' {
	in_router 'outside; ip addr add 192.0.2.2/24 dev wan0; wired a 1; wired b 2; n publish -q a 8080:80 192.0.2.1:81:80
		n publish b 8080:80; echo $?; n publish b 192.0.2.1:8080:80; n publish b 81:80
		n publish b 8080:80/udp 192.0.2.2:81:80 >/dev/null; echo $?'
	output_is "xnetns: port 8080 (tcp) of the host is published for 'a' already
1
xnetns: port 8080 (tcp) of the host is published for 'a' already
xnetns: port 81 (tcp) of 192.0.2.1 is published for 'a' already
0"
}

@test 'a program that listens there is told of' {
	in_router 'outside; wired a 1
		python3 -c "
import socket
s = socket.socket(); s.bind((\"\", 8080)); s.listen(); print(\"up\", flush=True); s.accept()" >/run/out &
		until_true grep -q up /run/out
		n publish -q a 8080:80; n publish -q a 8081:80; n publish -q a 8080:80/udp'
	output_is "xnetns: note: a program listens on port 8080 (tcp) of the host: while it is published, what is sent there goes to 'a'"
}

@test 'words that are no ports, and what cannot be: one line, nothing left' {
	in_router 'outside; wired a 1; ip netns add bare; before=$(host_net)
		for word in x 0 0:80 80:0 65536:80 80:80/sctp 1.2.3:80:80 "[::1:80:80" ""; do n publish a "$word"; echo $?; done 2>&1 | sort | uniq -c | sort -n | tail -1
		n publish a "[::1]:80:80"; n publish bare 80:80; n publish a 80:80 80:81
		n publish nosuch 80:80; n publish ../x 80:80; n unpublish a; echo $?
		[ "$before" = "$(host_net)" ] && echo same'
	output_is "      9 255
xnetns: cannot publish port 80 of ::1: Linux sends nothing from ::1 over another link; 127.0.0.1 can be published
xnetns: cannot publish port 80: 'bare' has no address that the host can reach
xnetns: port 80 is to lead to two places
xnetns: cannot open network namespace 'nosuch': No such file or directory
xnetns: invalid netns name '../x'
xnetns: unpublish: a name and ports are needed, or a name and --all
Try 'xnetns unpublish --help' for more information.
255
same"
}

@test 'unpublish ends what it has led, and leaves the host as it was' {
	in_router 'outside; wired a 1; wired b 2; serve a 80; nft add table ip other; nft add chain ip other c
		n publish -q b 99:99; before=$(host_net)
		n publish -q a 8080:80 53:53/udp; ask out 192.0.2.1 8080
		n unpublish a 53/udp 54 | grep -v flows; n unpublish -q a 8080:80; n unpublish a --all
		ask out 192.0.2.1 8080; [ "$before" = "$(host_net)" ] && echo same; ls /run/xnetns/ports/*'
	status_is 0
	output_is '192.0.2.9
already take back port 54 (tcp)
done    take back port 53 (udp) of the host, port 53 (udp, IPv6) of the host
Connection refused
same
b'
}

@test 'ports of what was wired by hand stay when the last of the others goes' {
	in_router 'outside; wired a 1; ip link set xn-a group 0; serve a 80; n publish -q a 8080:80 2>/dev/null
		n up web -q || exit; n down web -q || exit; n gc >/dev/null; ask out 192.0.2.1 8080
		n unpublish -q a --all; n up web -q; n down web -q; nft list tables'
	status_is 0
	output_is 192.0.2.9
}

@test 'who sends UDP all the time is led, and led no more' {
	in_router 'outside; wired a 1; serve a 53
		ip netns exec out python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.05); s.connect((\"192.0.2.1\", 53))
for i in range(2000):
    time.sleep(0.02)
    try: s.send(b\"?\"); print(s.recv(100), flush=True)
    except OSError as e: print(\"none\", flush=True)" >>/run/out &
		until_true grep -q none /run/out; n publish -q a 53:53/udp; until_true grep -q 192.0.2.9 /run/out
		n unpublish -q a --all; : >/run/out; until_true grep -q none /run/out; echo done'
	output_is 'done'
}

@test 'a table that somebody has flushed is made again, with all ports' {
	in_router 'outside; wired a 1; wired b 2; serve a 80; n publish -q a 8080:80; whole=$(nft list table inet xnetns)
		for harm in "flush ruleset" "flush table inet xnetns" "delete rule inet xnetns guard handle 5" "flush map inet xnetns pub4"; do
			[ "${harm%% *}" != delete ] || harm="delete rule inet xnetns guard handle $(nft -a list chain inet xnetns guard | sed -n "s/.*# handle //p" | tail -1)"
			nft "$harm"; n publish -q a 8080:80; ask out 192.0.2.1 8080
			[ "$whole" = "$(nft list table inet xnetns)" ] || echo "not whole after $harm"
		done'
	status_is 0
	output_is '192.0.2.9
192.0.2.9
192.0.2.9
192.0.2.9'
}

@test 'commands of a dry run of up with ports let the host use 127.0.0.1, too' {
	in_router 'outside; local_net() { cat /proc/sys/net/ipv4/conf/xn-web/route_localnet; }
		for ports in "-p 8080:80" "-p 127.0.0.1:81:80 --net isolated" "-p 192.0.2.1:80:80"; do
			n up web -q --dns none $ports || exit; wanted=$(local_net) rules=$(nft list ruleset); n down -q web
			n up web --dry-run --dns none $ports >/run/script; sh -e /run/script || exit
			[ "$wanted $rules" = "$(local_net) $(nft list ruleset)" ] && echo "same $wanted"
			n down -q web; { nft delete table inet xnetns 2>/dev/null || :; }
		done'
	status_is 0
	output_is 'same 1
same 1
same 0'
}

@test 'commands of a dry run do the same, and it does nothing itself' {
	in_router 'outside; wired a 1; serve a 80; before=$(host_net)
		n publish --dry-run a 8080:80 53:53/udp >/run/commands; [ "$before" = "$(host_net)" ] && echo same
		sed "s/^conntrack.*/:/" /run/commands >/run/script; sh -e /run/script && ask out 192.0.2.1 8080
		by_hand=$(nft list ruleset); nft flush ruleset; n publish -q a 8080:80 53:53/udp
		[ "$by_hand" = "$(nft list ruleset)" ] && echo same
		n unpublish --dry-run a --all | grep -c "delete element"; n publish a | wc -l'
	status_is 0
	output_is 'same
192.0.2.9
same
4
4'
}

@test 'JSON: the ports, and the steps' {
	need jq
	in_router 'outside; wired a 1; n --json publish a 8080:80 | jq -r ".[] | .state"; n publish --json | jq -c ".[]"
		n unpublish a 8080 --json | jq -r ".[0].command"; n publish -j a'
	status_is 0
	output_is "done
done
done
{\"name\":\"a\",\"protocol\":\"tcp\",\"port\":8080,\"inside\":\"10.171.0.6\",\"inside-port\":80}
{\"name\":\"a\",\"protocol\":\"tcp\",\"port\":8080,\"inside\":\"fd12:3456:789a:1::2\",\"inside-port\":80}
nft -f - <<'E'
delete element inet xnetns pub4 { tcp . 8080 }
delete element inet xnetns pub6 { tcp . 8080 }
E
[]"
}

@test 'flows of a namespace that goes are forgotten' {
	in_router 'outside; wired a 1; serve out 53; n publish -q a 80:80; ask a 192.0.2.9 53 udp
		n down --dry-run a | grep conntrack; n down a | grep forget; n down --dry-run a | grep -c conntrack'
	output_is '192.0.2.1
conntrack -D -f ipv4 -s 10.171.0.6; conntrack -D -f ipv4 -r 10.171.0.6
done    forget flows of 10.171.0.6
0'
}

@test 'a namespace that has another address now, and one that is gone' {
	in_router 'outside; wired a 1; n publish -q a 8080:80 81:81
		ip link del xn-a; ip netns del a; until_true [ ! -e /sys/class/net/xn-a ]; wired a 3; serve a 80
		n publish -q a 8080:80; n publish a; ask out 192.0.2.1 8080; nft list map inet xnetns pub4 | grep -c "\. 81"
		ip netns del a; n unpublish -q a --all; n publish'
	output_is '*:8080/tcp -> 10.171.0.14:80
*:8080/tcp -> [fd12:3456:789a:3::2]:80
192.0.2.9
0'
}

@test 'an ordinary user is told no, and may look' {
	in_router 'outside; wired a 1; n publish -q a 8080:80
		drop() { setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$XNETNS" "$@"; }
		drop publish a 81:81 2>&1 | head -1; drop publish a | wc -l; n publish a | wc -l'
	output_has 'xnetns: '
	[ "${lines[-1]}" = 2 ]
	[ "${lines[-2]}" = 2 ]
}

@test 'an answer that has begun a flow of its own does not decide where the next packet goes' {
	in_router 'outside; n up web -q --dns none; until_true settled web; python3 "${PEER%/*}/flows.py"'
	status_is 0
	output_is 'published: inside
later: host
answer from 192.0.2.1 7777
taken back: host
answer from 192.0.2.1 7777
later: inside'
}
