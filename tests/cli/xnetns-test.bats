#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns test: each reason why a namespace does not reach the world is made for real, and named.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common

setup()
{
	need_root
	need ip python3 jq
	export XNETNS
}

# A host (the namespace of the scenario), C outside of it, and "a" inside, as people wire it by hand.
# C is a name server and a web server; it has no route to the network of "a".
prelude='
t() { "$XNETNS" test "$@"; }
# wrong WORDS: the lines of what is not right
wrong() { t "$@" | grep -v "^ok "; echo "exit ${PIPESTATUS[0]}"; }
until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
on() { echo "$2" >"/proc/sys/net/$1"; }
trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT
mkdir -p /run/upper /run/work /run/netns
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc || exit 99
ip link set lo up
ip netns add C; ip netns add a
ip link add wan0 type veth peer name eth0 netns C
ip link add xn-a type veth peer name eth0 netns a
ip addr add 192.0.2.1/24 dev wan0; ip link set wan0 up; ip -n C addr add 192.0.2.2/24 dev eth0
ip -n C link set eth0 up; ip -n C link set lo up; ip route add default via 192.0.2.2
ip addr add 10.171.0.1/30 dev xn-a; ip link set xn-a up
ip -n a link set lo up; ip -n a addr add 10.171.0.2/30 dev eth0; ip -n a link set eth0 up
ip -n a route add default via 10.171.0.1
on ipv4/conf/xn-a/forwarding 1; on ipv4/conf/wan0/forwarding 1
ip -n C route add 10.171.0.0/30 via 192.0.2.1
mkdir -p /etc/netns/a; echo nameserver 192.0.2.2 >/etc/netns/a/resolv.conf
cat >/run/servers.py <<"END"
import socket, threading
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); dns.bind(("192.0.2.2", 53))
web = socket.socket(); web.bind(("192.0.2.2", 80)); web.listen()
open("/run/up", "w")
def accept():
    while True: web.accept()[0].close()
threading.Thread(target=accept, daemon=True).start()
rcode = 0
while True:
    data, peer = dns.recvfrom(999)
    rcode = int(open("/run/rcode").read())
    dns.sendto(data[:2] + bytes([data[2] | 0x80, 0x80 | rcode]) + data[4:], peer)
END
echo 0 >/run/rcode; ip netns exec C python3 /run/servers.py & servers=$!; until_true test -e /run/up
'

scenario()
{
	run private_run bash -c "$prelude$1" 3>&-
}

@test 'all is right: a line a check, and 0' {
	scenario 't a --to 192.0.2.2:80'
	status_is 0
	output_is "ok     lo         'lo' is up
ok     link       'eth0' is up, and so is its other end in this host, 'xn-a'
ok     address    'eth0' has 10.171.0.2/30
ok     route      IPv4 leaves by 10.171.0.1 on 'eth0'
ok     return     this host sends answers to 10.171.0.2 by 'xn-a'
ok     forwarding this host forwards IPv4 that comes in by 'xn-a'
ok     uplink     IPv4 leaves this host by 'wan0'
ok     forwarding this host forwards IPv4 that comes in by 'wan0'
ok     rules      no rules of this host drop IPv4 that it forwards
ok     gateway    the gateway 10.171.0.1 answers a ping
ok     dns        the name server 192.0.2.2 answers
ok     reach      192.0.2.2:80 accepts a connection"
}

@test 'links: lo down, link down, other end down, of another size' {
	scenario 'ip -n a link set lo down; wrong a; ip -n a link set lo up
		ip -n a link set eth0 down; wrong a --timeout 1 | head -n 1; ip -n a link set eth0 up; ip -n a route add default via 10.171.0.1
		ip link set xn-a down; wrong a --timeout 1 | head -n 1; ip link set xn-a up
		ip link set xn-a mtu 1400; wrong a; ip -n a link set eth0 mtu 1400; wrong a'
	output_is "FAIL   lo         'lo' is down: the namespace does not reach itself by 127.0.0.1; try: ip -n a link set lo up
exit 1
FAIL   link       'eth0' is down; try: ip -n a link set eth0 up
FAIL   link       'eth0' has no carrier: its other end in this host, 'xn-a', is down; try: ip link set xn-a up
FAIL   mtu        packets of 1500 bytes leave by 'eth0', and of 1400 bytes come in by 'xn-a': what is larger than the other end takes is dropped silently; try: ip -n a link set eth0 mtu 1400
exit 1
exit 0"
}

@test 'a link of the way out takes less' {
	scenario 'ip link set wan0 mtu 1400; wrong a'
	output_has "FAIL   mtu        packets of 1500 bytes leave by 'eth0', and 'wan0' of this host takes 1400"
	output_has "try: ip -n a link set eth0 mtu 1400"
}

@test 'addresses and routes: none, and the way back taken by another link' {
	scenario 'ip -n a route del default; wrong a; wrong a --to 192.0.2.2 | head -n 1; ip -n a route add default via 10.171.0.1
		ip route add 10.171.0.2/32 dev wan0; wrong a --timeout 1 | head -n 1
		on ipv4/conf/xn-a/rp_filter 1; wrong a --timeout 1 | head -n 1
		ip route del 10.171.0.2/32; ip -n a addr flush dev eth0; wrong a --timeout 1'
	output_is "FAIL   route      there is no default route of IPv4: nothing beyond the link can be reached; try: ip -n a route add default via 10.171.0.1
skip   dns        no name server is asked: nothing leads out
exit 1
FAIL   route      there is no route to 192.0.2.2: nothing beyond the link can be reached; try: ip -n a route add default via 10.171.0.1
FAIL   return     this host sends answers to 10.171.0.2 by 'wan0', and not by 'xn-a': another link or route has the same network
FAIL   return     this host sends answers to 10.171.0.2 by 'wan0', and not by 'xn-a': another link or route has the same network, and rp_filter is 1: what comes in is dropped as well
FAIL   address    no link has an address: nothing can be sent without one
skip   dns        no name server is asked: nothing leads out
exit 1"
}

@test 'forwarding: a sysctl at 0 on the way in, and on the way out' {
	scenario 'on ipv4/conf/wan0/forwarding 0; wrong a --timeout 1
		on ipv4/conf/wan0/forwarding 1; on ipv4/conf/xn-a/forwarding 0; wrong a --timeout 1 | head -n 1'
	output_is "FAIL   forwarding this host does not forward IPv4 that comes in by 'wan0': net/ipv4/conf/wan0/forwarding is 0; a write to that of all links may have reset it; try: sysctl -w net/ipv4/conf/wan0/forwarding=1
FAIL   dns        the name server 192.0.2.2 does not answer: nothing came back within 1000 ms of a question by UDP
exit 1
FAIL   forwarding this host does not forward IPv4 that comes in by 'xn-a': net/ipv4/conf/xn-a/forwarding is 0; a write to that of all links may have reset it; try: sysctl -w net/ipv4/conf/xn-a/forwarding=1"
}

@test 'the way out of this host: missing, and down' {
	scenario 'ip route del default; wrong a; ip route add default via 192.0.2.2
		ip -n C link set eth0 down; until_true sh -c "ip link show wan0 | grep NO-CARRIER"; wrong a --timeout 1 | head -n 1'
	output_is "FAIL   uplink     this host has no default route of IPv4: it cannot send on what it is given
exit 1
FAIL   uplink     the way out of this host, 'wan0', has no carrier"
}

@test 'rules of others that drop what is forwarded, or may, and ours that somebody has flushed' {
	need nft
	scenario 'forward() { nft "flush ruleset; add table ip other; add chain ip other FORWARD { type filter hook forward priority 0; policy $1; }"; }
		rules() { t a | grep " rules "; }
		forward drop; t a >/run/out; echo "exit $?"; grep " rules " /run/out
		nft "add rule ip other FORWARD oifname xn-a accept"; rules
		nft "insert rule ip other FORWARD tcp dport 80 accept"; rules
		nft "add rule ip other FORWARD iifname xn-a accept"; rules
		nft "flush ruleset"; ip link set xn-a group 30830; rules'
	output_is "exit 1
FAIL   rules      table ip 'other' of nftables drops packets of namespaces: chain 'FORWARD' at the hook forward has the policy drop
FAIL   rules      table ip 'other' of nftables drops packets of namespaces: chain 'FORWARD' at the hook forward has the policy drop
skip   rules      table ip 'other' of nftables drops packets of namespaces: chain 'FORWARD' at the hook forward has the policy drop, unless a rule before accepts them
ok     rules      no rules of this host drop IPv4 that it forwards
FAIL   rules      the table inet xnetns of nftables is not there, or not whole: somebody has flushed the rules of this host; try: xnetns up a
ok     rules      no rules of this host drop IPv4 that it forwards"
}

@test 'the gateway is not there, and where a firewall keeps it silent' {
	scenario 'ip addr del 10.171.0.1/30 dev xn-a; ip route add 10.171.0.0/30 dev xn-a; wrong a --timeout 1 | grep gateway
		ip route del 10.171.0.0/30 dev xn-a; ip addr add 10.171.0.1/30 dev xn-a; ip -n a neigh flush all
		nft "add table ip f; add chain ip f in { type filter hook input priority 0; policy drop; }"
		t a | grep gateway'
	output_is "skip   router     the gateway 10.171.0.1 is not this host
FAIL   gateway    the gateway 10.171.0.1 does not answer: nobody on the link has that address
ok     gateway    the gateway 10.171.0.1 is there: it answers on the link"
}

@test 'name servers: dead, refusing, of this host only, none' {
	scenario 'echo 5 >/run/rcode; wrong a; echo 2 >/run/rcode; wrong a | head -n 1
		kill $servers; wait $servers 2>/dev/null; wrong a | head -n 1
		echo domain example >/etc/netns/a/resolv.conf; wrong a | head -n 1
		rm -r /etc/netns/a; rm /etc/resolv.conf; echo nameserver 127.0.0.53 >/etc/resolv.conf; wrong a | head -n 1
		echo search example >/etc/resolv.conf; wrong a | head -n 1'
	output_is "FAIL   dns        the name server 192.0.2.2 answers, but does not resolve names: it refuses to be asked from this address
exit 1
FAIL   dns        the name server 192.0.2.2 answers, but does not resolve names: it fails itself (rcode 2)
FAIL   dns        the name server 192.0.2.2 does not answer: nobody listens there
FAIL   dns        no name server is named in '/etc/netns/a/resolv.conf': no name of a host can be looked up
FAIL   dns        the name server 127.0.0.53 does not answer: it is one of this host's own; inside, that is another address, where nobody listens
FAIL   dns        no name server is named in '/etc/resolv.conf': no name of a host can be looked up"
}

@test 'whoever is named: by TCP, by any sign of life, refused, not there' {
	scenario 'for to in 192.0.2.2:80 192.0.2.2 10.171.0.1; do t a --to $to | tail -n 1; done
		t a --to 192.0.2.2:81 | tail -n 1; t a --timeout 9 --to 192.0.2.9:80 | tail -n 1'
	output_is "ok     reach      192.0.2.2:80 accepts a connection
ok     reach      192.0.2.2 answers a ping
ok     reach      10.171.0.1 answers a ping
FAIL   reach      192.0.2.2:81 does not answer: nobody listens there
FAIL   reach      192.0.2.9:80 does not answer: a router says that there is no such host"
}

@test 'IPv6: an address that is still tentative is waited for, forwarding, and a duplicate' {
	scenario 'ip -6 addr add fd00::1/64 dev xn-a nodad; ip -6 addr add 2001:db8::1/64 dev wan0 nodad
		ip -n C -6 addr add 2001:db8::2/64 dev eth0 nodad; ip -n C -6 route add fd00::/64 via 2001:db8::1
		ip -6 route add default via 2001:db8::2
		ip -n a -6 addr add fd00::2/64 dev eth0; ip -n a -6 route add default via fd00::1
		wrong a --timeout 9 | cut -c -89
		on ipv6/conf/all/forwarding 1; wrong a --timeout 9; t a --to "[2001:db8::2]:80" | tail -n 1
		ip -n a -6 addr del fd00::2/64 dev eth0; ip -n a -6 addr add fd00::1/64 dev eth0
		wrong a --timeout 9 | grep address'
	[[ ${lines[0]} == "FAIL   forwarding this host does not forward IPv6 that comes in by 'xn-a'"* ]] || fail "$output"
	[[ ${lines[1]} == "FAIL   forwarding this host does not forward IPv6 that comes in by 'wan0'"* ]]
	[ "${lines[2]}" = 'exit 1' ]
	[ "${lines[3]}" = 'exit 0' ]
	output_has 'FAIL   reach      [2001:db8::2]:80 does not answer: nobody listens there'
	output_has "FAIL   address    'eth0' cannot use fd00::1/64: somebody else on the link has the same address"
}

@test 'who has no descriptors left to ask with calls nobody dead' {
	scenario 'for n in $(seq 5 24); do (ulimit -n "$n"; t a 2>&1) >/run/out; code=$?; [ $code = 0 ] || echo "= $code"; cat /run/out; done >/run/all
		grep "does not answer" /run/all; grep -c "^xnetns: cannot ask for signs of life: Too many open files" /run/all | grep -qx 0 && echo "never short of them"
		tail -n 1 /run/all'
	output_is 'ok     dns        the name server 192.0.2.2 answers'
}

@test 'a namespace without a link, with a gateway that is not this host, with none of its own' {
	scenario 'ip netns add b; wrong b
		ip -n b link set lo up; ip link add x1 netns b type veth peer name x2 netns C
		ip -n b addr add 198.51.100.1/24 dev x1; ip -n b link set x1 up; ip -n C link set x2 up
		ip -n C addr add 198.51.100.2/24 dev x2; ip -n b route add default via 198.51.100.2
		mkdir /etc/netns/b; echo nameserver 192.0.2.2 >/etc/netns/b/resolv.conf; wrong b'
	output_is "FAIL   lo         'lo' is down: the namespace does not reach itself by 127.0.0.1; try: ip -n b link set lo up
FAIL   link       there is no link but lo: nothing connects the namespace with anything; try: xnetns up b
skip   dns        no name server is asked: nothing leads out
exit 1
skip   router     'x1' does not lead into this host
exit 0"
}

@test 'through a bridge of this host' {
	scenario 'ip link add br0 type bridge; ip addr flush dev xn-a; ip link set xn-a master br0; ip link set br0 up
		ip addr add 10.171.0.1/30 dev br0; on ipv4/conf/br0/forwarding 1; wrong a; ip link set br0 down; wrong a --timeout 1 | head -n 1'
	output_is "exit 0
FAIL   link       'eth0' leads into a bridge: 'br0', which 'xn-a' is a port of, is down; try: ip link set br0 up"
}

@test 'JSON' {
	scenario 'on ipv4/conf/wan0/forwarding 0; t --json a --timeout 1 >/run/out; echo $?
		jq -c "map(select(.state != \"ok\") | del(.why))" /run/out; jq -c ".[0]" /run/out'
	output_is '1
[{"check":"forwarding","state":"FAIL","what":"this host does not forward IPv4 that comes in by '\''wan0'\''","command":"sysctl -w net/ipv4/conf/wan0/forwarding=1"},{"check":"dns","state":"FAIL","what":"the name server 192.0.2.2 does not answer"}]
{"check":"lo","state":"ok","what":"'\''lo'\'' is up"}'
}

@test 'an ordinary user, a stale name, no name, bad words' {
	run private_run bash -c 'x=$XNETNS; mkdir /run/netns; ip netns add a; : >/run/netns/s; touch -d "1 minute ago" /run/netns/s
		setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$x" test a; echo $?
		"$x" test s; echo $?; "$x" test nosuch; echo $?; for words in "" "a b" "a --to" "a --to host" "a --to 192.0.2.1:0" \
		"a --to 192.0.2.1:99999" "a --to [::1" "a --to 192.0.2.0/24" "a --timeout 0" "a --timeout x" "a --bogus"; do
		"$x" test $words 2>/dev/null; echo $?; done'
	output_has "xnetns: cannot enter network namespace"
	output_has "xnetns: cannot open network namespace 's': stale name"
	output_has "xnetns: cannot open network namespace 'nosuch': No such file or directory"
	[ "$(grep -cx 1 <<<"$output")" = 3 ]
	[ "$(grep -cx 255 <<<"$output")" = 11 ]
}
