# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A host for commands that change the network of a host: a network namespace with an empty /run, an
# /etc that keeps no change, and a link to a machine outside.
#
#   inside (made by the test) --- here --- wan0 --- eth0 of 'outside'

# router SCRIPT: SCRIPT, by bash, in the host. In it n is xnetns.
# 192.0.2.1 and 2001:db8::1 are its addresses, .2 and ::2 those of 'outside', which has no route
# back to anything else.
router()
{
	need ip
	# shellcheck disable=SC2016
	run private_run bash -c 'set -e
		mkdir /run/etc-upper /run/etc-work
		mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc-upper,workdir=/run/etc-work /etc
		ip link set lo up
		ip netns add outside
		ip link add wan0 mtu 1400 type veth peer name eth0 mtu 1400 netns outside
		ip addr add 192.0.2.1/24 dev wan0
		ip addr add 2001:db8::1/64 dev wan0 nodad
		ip link set wan0 up
		o() { ip netns exec outside "$@"; }
		ip -n outside link set lo up
		ip -n outside link set eth0 up
		ip -n outside addr add 192.0.2.2/24 dev eth0
		ip -n outside addr add 2001:db8::2/64 dev eth0 nodad
		ip route add default via 192.0.2.2
		ip route add default via 2001:db8::2
		set +e
		n() { "$XNETNS" "$@"; }
		until_true() { for i in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
		'"$1"
}
