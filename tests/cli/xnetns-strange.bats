#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is strange, damaged or somebody else's, and xnetns up, down and publish: nothing of others is
# replaced or deleted, and nothing is done by halves without a word. "Host" is a network namespace of
# the test.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need python3 ip nft
}

@test 'what is isolated is published for this host only' {
	in_router 'outside; n up iso -q --net isolated -p 7070:80; echo $?; ls /run/netns; n up iso -q --net isolated || exit
		n publish -q iso 7070:80; echo $?; n publish; nft list tables
		n publish -q iso 127.0.0.1:7070:80; serve iso 80; ask 127.0.0.1 7070 | grep -c 10.171; ask out 192.0.2.1 7070'
	status_is 0
	refused="xnetns: cannot publish port 7070 for other machines: 'iso' is isolated, and nothing of it is sent on; programs of this host reach it at 127.0.0.1:7070, if that is published"
	output_is "$refused
1
out
$refused
1
table inet xnetns
1
Connection refused"
}

@test 'links too small for IPv6 have none, at every run' {
	in_router 'outside; n up b -q --dns none --mtu 1100; n up b -q --dns none; n up b --dns none 2>/dev/null | grep -v "^already"
		n up b -q --dns none --mtu 1300 && ip -n b -6 addr show dev eth0 scope global | grep -c inet6
		n up b -q --dns none --mtu 1200 && n up b -q --dns none'
	status_is 0
	note="xnetns: note: no IPv6 for 'b': its packets are larger than the links can carry"
	output_is "$note
$note
1
$note
$note"
}

@test 'a table of somebody else that has the name is left alone' {
	in_router 'outside; wired a 1; nft "add table inet xnetns; add chain inet xnetns mine; add rule inet xnetns mine accept"; before=$(host_net)
		n up web -q --dns none; echo $?; n up iso -q --net isolated; echo $?; n publish -q a 81:80; echo $?; ip link set xn-a group 0; n down iso -q; echo $?; n doctor --fix >/dev/null
		ip link set xn-a group 30830; [ "$before" = "$(host_net)" ] && echo same || diff <(echo "$before") <(host_net)'
	status_is 0
	refused='xnetns: there is a table inet xnetns of nftables that xnetns has not made: it is left alone, and has to get another name first'
	output_is "$refused
1
$refused
1
$refused
1
xnetns: note: the table inet xnetns of nftables is not of xnetns, and is left alone
0
same"
}

@test 'files that are damaged are named, and down goes on' {
	in_router 'outside; before=$(host_net); n up web -q --dns none -p 8080:80; n up b -q --dns none -p 81:81
		for f in ports/*/web forwarding/*/wan0; do echo junk >/run/xnetns/$f; done; f=$(echo /run/xnetns/ports/*/web)
		n publish web 2>&1 | sed "s,/[0-9]*/,/N/,"; n publish web 82:82 2>&1 | sed "s,/[0-9]*/,/N/,"
		n down web -q 2>&1 | sed "s,/[0-9]*/,/N/,"; nft list table inet xnetns | grep -o "81 : 10\|8080 : 10"
		n down b -q 2>&1 | sed "s,/[0-9]*/,/N/,"; echo 0 >/proc/sys/net/ipv4/conf/wan0/forwarding
		[ "$before" = "$(host_net | sed "s,wan0/force_forwarding:1,wan0/force_forwarding:0,")" ] && echo same || diff <(echo "$before") <(host_net)'
	status_is 0
	output_is "xnetns: the file '/run/xnetns/ports/N/web' is damaged
xnetns: the file '/run/xnetns/ports/N/web' is damaged
xnetns: note: the file '/run/xnetns/ports/N/web' is damaged: it is removed, with all that was published for 'web'
81 : 10
xnetns: note: the file '/run/xnetns/forwarding/N/wan0' is damaged: it is removed, and the forwarding of 'wan0' stays as it is
same"
}

@test 'a link of somebody else that is called like ours is left alone' {
	in_router 'outside; n up web -q --dns none || exit
		for kind in bridge veth; do ip link add his$kind group 30830 type $kind; ip link set his$kind alias web; done
		ip link set xn-web down; ip link set xn-web name renamed; n down web -q; ip -br link | grep -o "^his[a-z]*\|^renamed" | sort
		n up iso -q --net isolated; ip link del xn-iso; ip link add xn-iso group 30830 type bridge; ip link set xn-iso alias iso
		n down iso -q; ip -br link | grep -o "^xn-iso"'
	status_is 0
	output_is 'hisbridge
hisveth
xn-iso'
}

@test 'a directory of name servers that is elsewhere is named' {
	in_router 'outside; mkdir -p /etc/netns /run/elsewhere; ln -s /run/elsewhere /etc/netns/web
		n up web -q --dns 192.0.2.9; echo $?; ls /run/elsewhere /run/netns; readlink /etc/netns/web'
	status_is 0
	output_is "xnetns: cannot write '/etc/netns/web/resolv.conf': '/etc/netns/web' leads to another file system, by a symbolic link or a mount; it is to be a plain directory
1
/run/elsewhere:

/run/netns:
out
/run/elsewhere"
}
