#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What only some kernels have, asked of those that have it: no list is made up here.

load ../cli/common

setup()
{
	[[ ${LIBNS_HOST:-} == linux-* ]] || skip 'needs tests/hosts/in'
}

# At least what the oldest kernel of the suite has.
landlock_of()
{
	case $1 in
	bookworm) echo 2 ;;
	trixie) echo 6 ;;
	*) echo 8 ;;
	esac
}

@test "--check names the version of Landlock" {
	run "$XUNSHARE" --check
	[[ $output =~ Landlock\ [a-z\ ]*\(version\ ([0-9]+)\) ]] || fail "$output"
	[ "${BASH_REMATCH[1]}" -ge "$(landlock_of "${LIBNS_HOST#linux-}")" ] || fail "$output"
}

@test "listns lists what --check says it does" {
	run "$LIBNS_LAUNCH" probe=listns -- -
	there=$output
	run "$XUNSHARE" --check
	if [ "$there" != there ]; then
		[[ $output =~ (limited|no)\ +listns ]] || fail "$output"
		skip 'the kernel has no listns (Linux 6.19)'
	fi
	[[ $output =~ ok\ +listns ]] || fail "$output"
	# Held by no process, found by this source alone.
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -c 'file=$1; : >"$file"
		unshare -n mount --bind /proc/self/ns/net "$file"; stat -L -c %i "$file"; echo up
		exec sleep 1000' sh "$BATS_TEST_TMPDIR/name"
	wait_until grep -q up "$started_out"
	read -r ino <"$started_out"
	others=for_children,threads,fds,sockets,queued,io_uring,own_mounts,other_mounts
	run -0 "$XLSNS" --without="$others" -rno NS,TYPE
	output_has "$ino net"
	run -0 "$XLSNS" --without="$others,listns" -rno NS,TYPE
	output_lacks "$ino net"
}

# wg_conf PRIVATE ADDRESS PUBLIC ALLOWED ENDPOINT: what wg-quick would read.
wg_conf()
{
	printf '[Interface]\nPrivateKey = %s\nListenPort = 51820\nAddress = %s\nDNS = 10.9.0.2\n\n[Peer]\nPublicKey = %s\nAllowedIPs = %s\nEndpoint = %s\n' "$@"
}

@test "WireGuard: two namespaces reach each other through their tunnels, and nothing else" {
	local a_private=yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk= b_private=ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7n8=
	local a_public=HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw= b_public=1ekGUFKTlUnQVazwPzSCAFeOPtK2XrapZWRHF2G6T1Q=
	need busybox
	cd "$BATS_TEST_TMPDIR"
	wg_conf "$a_private" '10.9.0.1/24, fd09::1/64' "$b_public" '0.0.0.0/0, ::/0' 192.0.2.2:51820 >a.conf
	wg_conf "$b_private" '10.9.0.2/24, fd09::2/64' "$a_public" '10.9.0.0/24, fd09::/64' '[2001:db8::1]:51820' >b.conf
	chmod 600 a.conf b.conf
	export XNETNS
	# Two hosts with a cable; the second one is a namespace of the first.
	# shellcheck disable=SC2016
	run private_run bash -ec '
		mkdir -p /run/etc/up /run/etc/work
		mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/up,workdir=/run/etc/work overlay /etc
		ip netns add other
		ip link add cable type veth peer name cable netns other
		ip addr add 192.0.2.1/24 dev cable; ip addr add 2001:db8::1/64 dev cable nodad; ip link set cable up
		ip -n other addr add 192.0.2.2/24 dev cable; ip -n other addr add 2001:db8::2/64 dev cable nodad; ip -n other link set cable up
		"$XNETNS" up -q a --net wg=a.conf
		nsenter --net=/run/netns/other "$XNETNS" up -q b --net wg=b.conf
		"$XNETNS" exec a busybox ping -c 1 -W 60 10.9.0.2 >/dev/null && echo "IPv4 through the tunnel"
		"$XNETNS" exec b busybox ping -c 1 -W 60 10.9.0.1 >/dev/null && echo "and back"
		"$XNETNS" exec a busybox ping -6 -c 1 -W 60 fd09::2 >/dev/null && echo "IPv6 through the tunnel"
		"$XNETNS" exec a cat /etc/resolv.conf | grep nameserver
		ip -n a -br link | cut -d" " -f1
		ip -n a route get 192.0.2.2 | grep -o "dev [a-z0-9]*"
		"$XNETNS" up a --net wg=a.conf 2>/dev/null | grep -vc "^already" || :
		ip link set cable down
		"$XNETNS" exec a busybox ping -c 1 -W 2 192.0.2.2 >/dev/null || echo "nothing past it"
		"$XNETNS" down -q a && "$XNETNS" down -q b || echo "down failed"
		ip -br link | cut -d" " -f1; ip netns; ls -A /etc/netns 2>/dev/null; dmesg | grep -i "BUG\|WARNING" || :'
	output_is "$(printf '%s\n' 'IPv4 through the tunnel' 'and back' 'IPv6 through the tunnel' 'nameserver 10.9.0.2' lo eth0 \
		'dev eth0' 0 'nothing past it' lo cable@if2 'other (id: 0)')"
}
