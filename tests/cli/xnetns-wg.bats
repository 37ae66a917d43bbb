#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns up --net wg=FILE: what it reads, says and would do. Packets go through a tunnel in
# tests/hosts/kernel.bats, since not every kernel has WireGuard.

load common
load wired

setup()
{
	need_root
	export XNETNS
	conf=$BATS_TEST_TMPDIR/wg.conf
	cat >"$conf" <<-'END'
		[Interface]
		PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
		Address = 10.9.0.1/24, fd09::1/64
		DNS = 10.9.0.2, example.org
		MTU = 1380

		[Peer]
		PublicKey = 1ekGUFKTlUnQVazwPzSCAFeOPtK2XrapZWRHF2G6T1Q=
		AllowedIPs = 0.0.0.0/0, ::/0
		Endpoint = 192.0.2.9:51820
	END
	chmod 600 "$conf"
	export conf
}

@test 'a dry run shows the whole way, in order, and never a key' {
	in_router 'n up web --net "wg=$conf" --dry-run; n list'
	status_is 0
	output_lacks yAnz5TF
	output_is "ip netns add web
ip link add name xn-web mtu 1380 group 30830 type wireguard
ip link set dev xn-web alias web
wg-quick strip $conf | wg setconf xn-web /dev/stdin
ip link set dev xn-web name eth0 netns web
ip -n web addr add 10.9.0.1/24 dev eth0
ip -n web -6 addr add fd09::1/64 dev eth0 nodad
ip -n web link set dev lo up
ip -n web link set dev eth0 up
ip -n web route add default dev eth0 scope link proto static
ip -n web -6 route add default dev eth0 proto static
mkdir -p /etc/netns/web && printf '%s\\n' 'nameserver 10.9.0.2' >/etc/netns/web/resolv.conf"
}

@test 'without name servers in the file there are none, and that is said' {
	sed -i /DNS/d "$conf"
	in_router 'n up web --net "wg=$conf" --dry-run; n up web --net "wg=$conf" --dry-run --dns none | tail -n 1
		n up web --net "wg=$conf" --dry-run --dns 10.0.0.53 | tail -n 1'
	output_has "names no name servers (DNS =): names are not resolved inside"
	[ "$(grep -c "'# none' >/etc/netns/web/resolv.conf" <<<"$output")" = 2 ] || fail "$output"
	output_has "'nameserver 10.0.0.53' >/etc/netns/web/resolv.conf"
}

@test 'what is wrong with the file is said before anything is made' {
	in_router 'try() { sed "$1" "$conf" >/run/bad; chmod 600 /run/bad; n up web --net wg=/run/bad; echo $?; }
		try "s/^MTU.*/PostUp = touch \/run\/evil/"; try "s/^Priv.*/PrivateKey = c2VjcmV0/"
		try "s/^Endp.*/Endpoint = nosuch.invalid:1/"; n up web --net wg=/run/nosuch; n up web --net wg=/run
		n up web --net "wg=$conf" --ip4 10.0.0.1/24; n up web --net "wg=$conf" -p 80:80
		chmod 640 "$conf"; n up web --net "wg=$conf" --dry-run | head -n 1; n list; ls /run/evil /etc/netns/web 2>/dev/null; ip link show xn-web'
	output_has "xnetns: '/run/bad', line 5: PostUp is for wg-quick only"
	output_has "xnetns: '/run/bad', line 2: a key is 44 characters of base64"
	output_lacks c2VjcmV0
	output_has "xnetns: cannot look up 'nosuch.invalid'"
	output_has "xnetns: cannot open '/run/nosuch': No such file or directory"
	output_has "xnetns: '/run' is no configuration of WireGuard: it is no file"
	output_has "xnetns: the addresses of a WireGuard interface are those of its file"
	output_has "ports of the host can lead only into what is connected with the host"
	output_has "which holds a key: chmod 600 $conf"
	output_has 'Device "xn-web" does not exist.'
	output_lacks evil
}

@test 'where the kernel has no WireGuard nothing is left' {
	# shellcheck disable=SC2016
	! unshare -n ip link add w type wireguard 2>/dev/null || skip 'this kernel has it'
	in_router 'before=$(ip link; ls -A /etc/netns 2>/dev/null); n up web --net "wg=$conf" -q; echo $?; n list
		[ "$before" = "$(ip link; ls -A /etc/netns 2>/dev/null)" ] && echo same'
	output_is "xnetns: cannot make the link 'xn-web': this kernel has no links of the kind 'wireguard'
1
same"
}

@test 'a namespace that leads elsewhere is not made a jail' {
	in_router 'n up web --net isolated -q; n up web --net "wg=$conf" --dry-run; echo $?
		n add two; ip link add x type veth peer name y netns two; ip -n two link set y up; n up two --net "wg=$conf" --dry-run; echo $?'
	output_has "cannot wire 'web': a link 'xn-web' is there that is not its own"
	output_has "'two' is there and has another link 'y'; take it down first"
}
