# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A host of the test's own, for tests of namespaces that are wired: `load wired` after `load
# common`. Nothing of the machine is touched.

# Read by bash in the host: what a scenario may use.
# shellcheck disable=SC2016,SC2034
router_prelude='
n() { "$XNETNS" "$@"; }
until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
# What the kernel has still to find out about addresses would be a race.
settled() { ! ip -6 addr show tentative | grep -q . && ! ip -n "${1:-out}" -6 addr show tentative | grep -q .; }
# The kernel notices later that a link has a carrier, and gives it an address of its own only then.
linked() { ip ${2:+-n "$2"} -o link show "$1" | grep -q "state UP" && ip ${2:+-n "$2"} -6 -o addr show dev "$1" scope link | grep -q .; }
at() { ip netns exec "$@"; }

# The machine that others reach this host by: "out", 192.0.2.9 and 2001:db8::9. It knows no way to
# what is behind the host.
outside()
{
	ip link set lo up
	ip netns add out
	ip link add wan0 mtu 1400 type veth peer name eth0 mtu 1400 netns out
	ip addr add 192.0.2.1/24 dev wan0; ip addr add 2001:db8::1/64 dev wan0 nodad; ip link set wan0 up
	ip -n out addr add 192.0.2.9/24 dev eth0; ip -n out addr add 2001:db8::9/64 dev eth0 nodad
	ip -n out link set eth0 up; ip -n out link set lo up
	ip route add default via 192.0.2.9; ip -6 route add default via 2001:db8::9
	until_true linked wan0; until_true linked eth0 out; until_true settled
}

# wired NAME N: a namespace as it is wired by hand, with the N-th addresses.
wired()
{
	local slot=$((4 * $2))
	ip netns add "$1"
	ip link add "xn-$1" mtu 1400 group 30830 type veth peer name eth0 mtu 1400 netns "$1"
	ip addr add 10.171.0.$((slot + 1))/30 dev "xn-$1"; ip addr add "fd12:3456:789a:$2::1/64" dev "xn-$1" nodad
	ip -n "$1" link set lo up
	ip -n "$1" addr add 10.171.0.$((slot + 2))/30 dev eth0; ip -n "$1" addr add "fd12:3456:789a:$2::2/64" dev eth0 nodad
	ip link set "xn-$1" up; ip -n "$1" link set eth0 up
	ip -n "$1" route add default via 10.171.0.$((slot + 1)); ip -n "$1" -6 route add default via "fd12:3456:789a:$2::1"
	forwarding "xn-$1" 1; forwarding wan0 1
	until_true linked "xn-$1"; until_true linked eth0 "$1"; until_true settled "$1"
}

# forwarding LINK VALUE: IPv6 where the kernel can.
forwarding()
{
	echo "$2" >"/proc/sys/net/ipv4/conf/$1/forwarding"
	[ ! -e "/proc/sys/net/ipv6/conf/$1/force_forwarding" ] || echo "$2" >"/proc/sys/net/ipv6/conf/$1/force_forwarding"
}

# serve NAME PORT: each connection, or datagram, is answered with the address it comes from.
serve() { ip netns exec "$1" python3 "$PEER" serve "$2" & until_true at "$1" grep -q "$(printf ":%04X " "$2")" /proc/net/tcp6; }
# ask [NAME] ADDRESS PORT [udp]: from out or, without NAME, from the host: what it is answered.
ask() { case $1 in *[.:]*) python3 "$PEER" ask "$@" ;; *) ip netns exec "$1" python3 "$PEER" ask "${@:2}" ;; esac; }
# What is not to be changed by anybody: foreign tables, links, switches.
host_net()
{
	nft list ruleset; ip -o link | sed "s/^[0-9]*: //"; ip -o addr | sed "s/^[0-9]*: //"
	cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
	grep -H . /proc/sys/net/ipv[46]/conf/*/*forwarding /proc/sys/net/ipv4/conf/*/route_localnet
	find /run/xnetns 2>/dev/null | grep -v "^/run/xnetns$"
}
trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT
'

# in_router SCRIPT: SCRIPT, a script of bash, in a host of its own.
in_router()
{
	PEER=${BASH_SOURCE[0]%/*}/peer.py
	export PEER XNETNS
	# Nothing of what is written to /etc stays.
	run private_run bash -c "mkdir /run/upper /run/work
		mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc || exit
		$router_prelude$1" 3>&-
}
