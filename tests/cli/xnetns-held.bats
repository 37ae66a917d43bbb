#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A signal that would end xnetns comes at any of its calls: what it makes is there as a whole
# afterwards, or not at all, and it dies of the signal. Up is in xnetns-nets.bats.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need strace ip nft
}

# at_each CALLS LEAST CHECK WORDS...: SIGINT comes with each of the calls of "xnetns WORDS", until
# none is left; CHECK says what is wrong after it, and brings back what was there before.
at_each()
{
	local calls=$1 least=$2 check=$3
	shift 3
	# A shell that does not mind its jobs has the program ignore SIGINT; TERM is held in the same way.
	in_router 'outside; n add a; n add b; '"$check"'; count=0
		for ((i = 1; i < 400; i++)); do
			strace -f -o /run/trace -e inject='"$calls"':signal=TERM:when=$i "$XNETNS" '"$*"' >/run/log 2>&1 </dev/null & wait $! 2>/dev/null; rc=$?
			grep -q "^[0-9]* *--- SIGTERM" /run/trace || break
			count=$((count + 1)); [ $rc = 143 ] || { echo "$i: $rc"; cat /run/log; }
			check || echo "$i: half"
		done; [ $count -ge '"$least"' ] && [ $i -lt 400 ] && echo done || echo "$i: $count"'
	output_is 'done'
}

@test 'connect' {
	at_each sendto 8 'whole() { ip -n a addr show to-b 2>/dev/null | grep -c "inet6* .*global\|inet 10"; }
		n connect -q a b; want=$(whole); n disconnect -q a b
		check() { local now=$(whole) links=$(ip -n a -o link; ip -n b -o link); n disconnect -q a b
			[ "$now" = "$want" ] || [ "$(grep -c to- <<<"$links")" = 0 ]; }' connect -q a b
}

@test 'bridge add' {
	at_each sendto 10 'port() { ip -n $1 addr show to-sw 2>/dev/null | grep -c "inet6* .*global\|inet 10"; }
		n bridge -q sw add a b; want=$(port a); n bridge -q sw delete
		check() { local r=0; for name in a b; do ip -n $name link | grep -q to-sw && [ "$(port $name)" != "$want" ] && r=1; done
			[ ! -e /run/netns/sw ] || n bridge sw >/dev/null || r=1
			! ip -n a link | grep -q to-sw || [ -e /run/netns/sw ] || r=1
			n bridge -q sw delete; return $r; }' bridge -q sw add a b
}

@test 'publish' {
	at_each sendto,sendmsg,renameat 8 'n up web -q --dns none
		check() { local written=$(n publish web | wc -l) made=$(nft list table inet xnetns | grep -c "tcp . 8080"); n unpublish -q --all web
			[ "$written" = "$made" ] || [ "$written/$made" = 2/2 ]; }' publish -q web 8080:80
}

@test 'unpublish' {
	at_each sendto,sendmsg,unlinkat 6 'n up web -q --dns none -p 8080:80
		check() { local written=$(n publish web | wc -l) made=$(nft list table inet xnetns | grep -c "tcp . 8080"); n publish -q web 8080:80
			[ "$written" = "$made" ] || [ "$written/$made" = 2/2 ]; }' unpublish -q web 8080
}

@test 'down' {
	at_each sendto,umount2,unlink 8 'before=$(host_net; ls -A /run/netns); n up web -q --dns 192.0.2.53
		check() { local now=$(host_net; ls -A /run/netns) r=0; [ "$now" = "$before" ] || wired || r=1; n up web -q --dns 192.0.2.53; return $r; }
		wired() { ip -n web -br addr show eth0 | grep -q 10.171 && nft list table inet xnetns >/dev/null; }' down web -q
}

@test 'add and attach leave no name that nothing is bound on' {
	local words
	for words in 'add x' 'attach x $$'; do
		at_each openat,mount,flock 6 'check() { [ ! -e /run/netns/x ] && return; n exec x true 2>/dev/null; local r=$?; n del x; return $r; }' "$words"
	done
}

@test 'doctor --fix' {
	# A second mount that is left must still be found as such.
	at_each mount 1 'twice() { umount -l /run/netns/* /run/netns 2>/dev/null; rm -f /run/netns/*; mount --bind /run/netns /run/netns; n add c; }
		mount --make-rshared /; twice
		check() { local r=0; n exec c true || r=1; ! grep -q " /run/netns " /proc/self/mountinfo || n doctor | grep -q doubled || r=1; twice; return $r; }' doctor --fix
}
