#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nothing that xnetns says, and no command that it shows, is cut, however long it is.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip
}

@test 'the command that writes name servers' {
	in_router 'outside; for i in $(seq 250); do echo "nameserver 192.0.2.$i"; done >/etc/resolv.conf
		n up web --dry-run | tail -n 1 >/run/command; grep -o "nameserver 192" /run/command | wc -l
		rm -rf /etc/netns; sh -e /run/command; cmp <(grep "^nameserver" /etc/netns/web/resolv.conf) /etc/resolv.conf && echo same'
	output_is '250
same'
}

@test 'the command with many ports' {
	in_router 'outside; n up web --net pasta $(for i in $(seq 1000 1399); do echo "-p $i:80"; done) --dry-run | grep "^pasta" >/run/command
		grep -o -e "-t [0-9]*:80" /run/command | wc -l; grep -c -e " --netns-only --netns /run/netns/web$" /run/command'
	output_is '400
1'
}

@test 'a note about a long path' {
	in_router 'dir=/run; for i in 1 2 3; do dir=$dir/$(printf "%0200d" $i); done; mkdir -p $dir
		printf "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nAddress = 10.9.0.1/24\nDNS = 10.9.0.2\n[Peer]\nPublicKey = 1ekGUFKTlUnQVazwPzSCAFeOPtK2XrapZWRHF2G6T1Q=\nAllowedIPs = 0.0.0.0/0\n" >$dir/wg.conf
		chmod 644 $dir/wg.conf; n up web --net wg=$dir/wg.conf --dry-run | grep -c "chmod 600 $dir/wg.conf$"'
	output_is 1
}
