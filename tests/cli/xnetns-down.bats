#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns down where a part of what is to go cannot be taken away, or is gone; and of many at once.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft
}

prelude='
# Nobody can change rules any more: neither the library nor the program.
break_nft()
{
	mkdir -p /run/bin; printf "#!/bin/sh\necho Error: broken >&2\nexit 1\n" >/run/bin/nft; chmod 755 /run/bin/nft
	for library in $(ldconfig -p | sed -n "s/.*libnftables.so.1 .*=> //p"); do mount --bind /dev/null "$library"; done
	old_path=$PATH; PATH=/run/bin:$PATH
}
mend_nft()
{
	PATH=$old_path; rm -r /run/bin
	for library in $(ldconfig -p | sed -n "s/.*libnftables.so.1 .*=> //p"); do while umount "$library" 2>/dev/null; do :; done; done
}
'

@test 'without nft all else goes, each part that stays is told, and a second down finishes' {
	in_router "$prelude"'outside; before=$(host_net); n up web -q --dns 192.0.2.53 -p 8080:80 || exit
		break_nft; n down web >/run/out 2>/run/err; echo "= $?"; cat /run/err
		grep -o "done .*" /run/out; ls /run/netns /etc/netns 2>/dev/null; ip link | grep -c xn-web; cat /proc/sys/net/ipv4/conf/wan0/forwarding
		mend_nft; n down web -q; echo "= $?"; [ "$before" = "$(host_net)" ] && echo clean'
	output_is "= 1
xnetns: cannot remove the table inet xnetns of nftables: nft refuses: broken
xnetns: cannot take back port 8080 (tcp) of the host, port 8080 (tcp, IPv6) of the host: nft refuses: broken
done    delete the link 'xn-web'
done    remove the name 'web'
done    remove the name servers of 'web'
done    set the sysctl net/ipv4/conf/wan0/forwarding to 0
done    set the sysctl net/ipv6/conf/wan0/force_forwarding to 0
/run/netns:
out
0
0
= 0
clean"
}

@test 'what down has left without nft gc takes away' {
	in_router "$prelude"'outside; before=$(host_net); n up web -q --dns none -p 8080:80 || exit
		break_nft; n down web -q 2>/dev/null; echo "= $?"; mend_nft; n gc >/run/log; echo "= $?"; n gc
		[ "$before" = "$(host_net)" ] && echo clean || { cat /run/log; diff <(echo "$before") <(host_net); }'
	output_is '= 1
= 0
clean'
}

@test 'with the route or the link gone the rest goes' {
	in_router 'outside; before=$(host_net)
		for gone in "ip route del default" "ip route flush dev xn-web" "ip -6 route flush dev xn-web" "ip link del xn-web" "ip -n web link del eth0" "ip netns del web" "nft flush ruleset" "ip -n web addr flush dev eth0"; do
			n up web -q --dns none -p 8080:80 || echo "$gone: up"
			$gone || echo "$gone: fails"; n down web -q || echo "$gone: down"
			[ "$gone" != "ip route del default" ] || ip route add default via 192.0.2.9
			[ "$before" = "$(host_net)" ] || { echo "$gone: left"; diff <(echo "$before") <(host_net); }
			[ "$(ls -A /run/netns)" = out ] || echo "$gone: named"
		done; echo done'
	output_is 'done'
}

@test 'many go by one request, but for links of others' {
	need strace
	in_router 'outside; before=$(host_net); requests() { strace -f -o /run/trace -e trace=sendto "$XNETNS" down "$@" -q; echo "= $?"; grep -c RTM_DELLINK /run/trace; }
		for i in 1 2 3 4; do n up n$i -q --dns none; done; requests --all; ls -A /run/netns; [ "$before" = "$(host_net)" ] && echo clean
		for i in 1 2 3 4; do n up n$i -q --dns none; done; requests n2 n3; ls -A /run/netns | sort
		n up n2 -q --dns none; ip link add other group 30830 type veth peer name b; requests --all; ls -A /run/netns; ip link show other | grep -c other'
	output_is '= 0
1
out
clean
= 0
2
n1
n4
out
= 0
3
out
1'
}

@test 'flows are looked for once for all, and not where there are none' {
	need strace python3
	in_router 'outside; asked() { strace -f -y -o /run/trace -e trace=sendto "$XNETNS" down --all -q; grep -c "nlmsg_type=0x101\|IPCTNL_MSG_CT_GET\|NFNL_SUBSYS_CTNETLINK" /run/trace; }
		for i in 1 2 3; do n up n$i -q --dns none; done; asked
		# A flow that stays, of the host itself.
		for i in 1 2 3; do n up n$i -q --dns none; done; python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b\"?\", (\"192.0.2.9\", 9))"; cat /proc/sys/net/netfilter/nf_conntrack_count; asked'
	output_is '0
1
1'
}

@test 'down of all that is killed at any system call is finished by the next' {
	need_plain_build
	need strace
	in_router 'outside; before=$(host_net); count=0; all() { for i in 1 2 3; do n up n$i -q --dns none || echo "up fails"; done; }
		all; strace -f -o /run/trace "$XNETNS" down --all -q
		sed "s/^[0-9]* *//" /run/trace | grep -o "^[a-z][a-z0-9_]*(" | tr -d "(" | grep -v -e execve -e mmap -e mprotect -e munmap -e brk |
			sort | uniq -c | while read -r n call; do for ((i = 1; i <= n; i++)); do echo "$call $i"; done; done |
			if [ "${FAULTS:-}" ]; then cat; else awk "NR % 16 == 1"; fi >/run/points
		while read -r call i; do
			all; { strace -f -o /dev/null --inject=$call:signal=KILL:when=$i "$XNETNS" down --all -q; } >/dev/null 2>&1 </dev/null; count=$((count + 1))
			n down --all -q || echo "$call $i: fails"
			[ "$before" = "$(host_net)" ] || { echo "$call $i: left"; diff <(echo "$before") <(host_net); }
			[ "$(ls -A /run/netns)" = out ] || { echo "$call $i: named"; ls -A /run/netns; n --all del; ip netns add out; break; }
		done </run/points; [ $count -gt 15 ] && echo "done, $count"'
	[[ $output =~ ^done,\ [0-9]+$ ]] || fail "$output"
}

# The names are written down while many go, so that the next run finds those without links.
@test 'who was noted to go is no namespace that somebody made of that name since' {
	need_plain_build
	need strace
	in_router 'outside; for i in 1 2; do n up n$i -q --dns none; done
		{ strace -f -o /dev/null --inject=umount2:signal=KILL:when=1 "$XNETNS" down --all -q; } >/dev/null 2>&1 </dev/null
		ls /run/xnetns/going/* | sort; for i in 1 2; do ip netns del n$i 2>/dev/null; done; ip netns add n2
		n doctor | grep -o ".n[0-9]. is noted to go, and is gone" | sort; n down --all -q; echo "= $?"; ls -A /run/netns | sort
		ip netns del n2; n gc >/dev/null; ls -A /run/xnetns/going 2>/dev/null; echo end'
	output_is "n1
n2
'n1' is noted to go, and is gone
= 0
n2
out
end"
}

@test 'many go where there is no room for notes' {
	in_router 'n up -q --net none a || exit; n add b
		mkdir /run/small; mount -t tmpfs -o size=4k,mode=755 small /run/small; mount --bind /run/small /run/xnetns; echo x >/run/small/full
		n down -q a b; echo "= $?"; ls /run/netns'
	output_is '= 0'
}

@test 'a dry run of many tells what goes with the last, and its commands leave nothing' {
	in_router 'outside; before=$(host_net); n up a -q --dns none -p 8080:80; n up b -q --dns none; n up iso -q --net isolated
		dry() { n down "$@" --dry-run | grep -v "^conntrack " >/run/script; grep -c "wan0/forwarding=0" /run/script
			if grep -q "chain guard" /run/script; then echo new table; elif grep -q "delete table" /run/script; then echo no table; fi; }
		dry a; dry a b; dry b iso; dry --all; dry a b iso; wired hand 1; ip link set xn-hand group 0; n publish -q hand 81:80 2>/dev/null; dry a b iso
		n unpublish -q hand --all; ip netns del hand; until_true sh -c "! ip link show xn-hand"; dry a b iso; sh -e /run/script; rm -rf /run/xnetns
		[ "$before" = "$(host_net)" ] && echo clean || diff <(echo "$before") <(host_net)'
	output_is '0
1
new table
0
1
no table
1
no table
1
new table
1
no table
clean'
}
