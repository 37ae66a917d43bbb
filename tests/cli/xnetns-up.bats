#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns up and down: what they make, find again and take away. How packets go is the business of
# xnetns-wired.bats.

load common
load router

setup()
{
	need_root
	export XNETNS
}

@test 'up makes a namespace with links, addresses and lo up; down takes all away' {
	router 'before=$(ip link; ip addr; ip route; ip -6 route)
		n up web --net isolated -q || exit
		ip -br -n web addr; ip -d link show xn-web | grep -o "group 30830\|alias web"
		n list; n down web -q || exit
		[ "$before" = "$(ip link; ip addr; ip route; ip -6 route)" ] && echo same; n list | grep -v web'
	status_is 0
	output_has 'eth0@if'
	output_has '10.171.'
	output_has 'group 30830'
	output_has 'alias web'
	output_has "same
outside"
}
