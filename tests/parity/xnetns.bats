#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns beside the installed ip-netns(8), see xnetns.bash.

load ../cli/common
load xnetns

setup()
{
	need ip
	need_root
}

# need_ip_that_shares: skip where ip makes its directory private before it shares it. What it
# binds there is then seen by nobody who was there before, unlike what it did up to 6.15.
need_ip_that_shares()
{
	# shellcheck disable=SC2016
	run -0 private_run sh -ec 'mount --make-rshared /; ip netns add a
		for dir in /run /run/netns; do
			sed -n "s|^[^/]* [^ ]* $dir [^ ]* .*shared:\([0-9]*\) .*|\1|p" /proc/self/mountinfo
		done'
	# shellcheck disable=SC2154
	[ "${lines[0]}" = "${lines[1]}" ] || skip 'this ip cuts its names off from other mount namespaces'
}

# same_on_host SCENARIO: the same where all mounts are shared, as systemd makes them, with a
# /proc of its own. foreign NAME binds a name as others do, foreign_gone takes it away,
# in_service CMD... is somewhere that takes mounts from here and gives none back.
same_on_host()
{
	# shellcheck disable=SC2016
	same 'mount -t proc proc /proc; mount --make-rshared /
		foreign() { mkdir -p /run/netns; : >/run/netns/$1; unshare -n mount --bind /proc/self/ns/net /run/netns/$1; }
		foreign_gone() { umount -l /run/netns/$1 && rm /run/netns/$1; }
		unshare -m --propagation slave sh -c "mount --make-rshared /; : >/run/ready; exec sleep 1000" &
		service=$!; trap "kill $service" EXIT
		while [ ! -e /run/ready ]; do sleep 0.02; done
		in_service() { nsenter -t $service -m -- "$@"; }
		n_in_service() { if [ "$tool" = ip ]; then in_service ip $g netns "$@"; else in_service "$XNETNS" $g "$@"; fi; }
		'"$1"
}

@test 'shared host: add, list, exec, delete; seen from a service' {
	need_ip_that_shares
	# shellcheck disable=SC2016
	same_on_host 'shown n add a; shown n add b; shown n add a; shown n list; shown n exec a cat /proc/net/dev
		shown n_in_service list; n_in_service exec a true; echo $?; shown n del b; shown n list
		shown n del a; shown n_in_service list; grep -c nsfs /proc/self/mountinfo; head -c 5 /proc/version; ls /run/netns'
}

@test 'shared host: names of others come first' {
	need_ip_that_shares
	same_on_host 'foreign one; foreign two; shown n list; shown n add a; shown n list; foreign three
		shown foreign_gone one; shown n del two; shown foreign_gone three; shown n list; shown n del a
		grep -c nsfs /proc/self/mountinfo'
}

@test 'shared host: a name of a service is taken' {
	need_ip_that_shares
	# shellcheck disable=SC2016
	same_on_host 'n add first; n_in_service add own 2>/dev/null; echo $?; n_in_service exec own true; echo $?
		n add own 2>/dev/null; echo $?; n exec own true 2>/dev/null; echo $?; n list 2>/dev/null
		n del own 2>/dev/null; echo $?; n_in_service list'
}

@test 'shared host: what exec mounts stays inside' {
	same_on_host 'n add a; n exec a sh -c "mount -t tmpfs none /mnt; mount -t tmpfs none /tmp"; findmnt -n /mnt
		findmnt -n -o SOURCE /tmp; shown n del a'
}

@test 'list: no directory, none, some, numbered, with further words' {
	same 'shown n list; n add a; n add "b c"; shown n; shown n list more words
		n set a 5; shown n list; n del a; n del "b c"; shown n list'
}

@test 'list -j, also -p' {
	same 'n add a; g=-j; n add "b\"\\c"; n set a 0; shown n list
		g="-j -p"; shown n list; g="-json -pretty"; shown n list; n del a; n del "b\"\\c"
		shown n list; g=-json; shown n list'
}

@test 'add and delete' {
	same 'shown n add a; shown n add a; ls /run/netns; stat -c "%a %s" /run/netns/a
		stat -f -c %T /run/netns/a; shown n delete a; shown n delete a; ls /run/netns'
}

@test 'add leaves lo down and the caller where it is' {
	same 'here=$(readlink /proc/self/ns/net); shown n add a
		[ "$here" = "$(readlink /proc/self/ns/net)" ] && echo here
		shown n exec a cat /proc/net/dev'
}

@test 'the directory is a shared mount of its own' {
	# shellcheck disable=SC2016
	same 'n add a; n add b; findmnt -n -o TARGET,FSTYPE,PROPAGATION -R /run/netns | wc -l
		findmnt -n -o PROPAGATION /run/netns'
}

@test 'names that cannot be' {
	same 'n add x; for w in "" . .. a/b "$(printf %0256d 1)"; do
		shown n add "$w"; shown n del "$w"; shown n exec "$w" true; shown n attach "$w" $$
		shown n set "$w" 1; shown n pids "$w"; done'
}

@test 'odd names that can be' {
	same 'for w in "a b" 12 "$(printf "x\ny")" "*"; do shown n add "$w"
		shown n exec "$w" echo hello; done; shown n list; n del 12; shown n list'
}

@test 'missing words' {
	same 'for w in add del set exec pids attach; do shown n $w; done
		n add a; shown n set a; shown n exec a; shown n attach b'
}

@test 'abbreviations' {
	same 'shown n a x; shown n l; shown n lst; shown n s; shown n sh; shown n i; shown n e x true
		shown n ex x false; shown n p x; shown n at y $$; shown n list-i; shown n se x 4; shown n li
		shown n d x; shown n del y; shown n list'
}

@test 'exec: exit codes and failures' {
	same 'n add a; shown n exec a true; shown n exec a false; shown n exec a sh -c "exit 42"
		shown n exec a sh -c "kill -9 \$\$"; shown n exec nosuch true
		n exec a /nosuch 2>/dev/null; echo $?; n exec a /etc 2>/dev/null; echo $?'
}

@test 'exec: where the program finds itself' {
	same 'n add a; shown n exec a sh -c "ls /sys/class/net; pwd; cat"  </dev/null
		cd /etc; shown n exec a pwd
		n exec a sh -c "readlink /proc/self/ns/mnt" | grep -qv "^$(readlink /proc/self/ns/mnt)\$" && echo own mounts
		n exec a findmnt -n -o FSTYPE,SOURCE /sys
		n exec a mount -t tmpfs none /mnt; findmnt -n /mnt || echo not outside'
}

@test 'exec: files of /etc/netns' {
	same 'mount -t tmpfs none /etc; mkdir -p /etc/netns/a/dir /etc/dir; echo outside >/etc/hosts
		echo inside >/etc/netns/a/hosts; echo deep >/etc/netns/a/dir/file; : >/etc/netns/a/lost
		n add a; n exec a cat /etc/hosts /etc/dir/file 2>/dev/null; cat /etc/hosts; ls /etc/dir'
}

@test '-all: exec and delete' {
	same 'n add a; n add b; g=-all; shown n exec echo hello; shown n exec false
		shown n exec sh -c "exit 5"; shown n del; g=; shown n list; g=-a; shown n del; shown n exec true'
}

@test '-n: enter first' {
	same 'n add a; g="-n a"; shown n identify; shown n list; g="-netns a"; shown n identify
		g="-n nosuch"; shown n list'
}

@test 'set and list-id' {
	same 'n add a; n add b; n add c; shown n set a 7; shown n set a 7; shown n set a 8
		shown n set b 7; shown n set b auto; n set nosuch 1 2>/dev/null; echo $?; shown n list
		shown n list-id; g=-j; shown n list-id; shown n list-id nsid 7; g=; shown n list-id nsid 7
		n list-id nsid 99 2>/dev/null; echo $?; n list-id target-nsid 99 2>/dev/null; echo $?
		n list-id foo 2>/dev/null; echo $?; n list-id nsid x 2>/dev/null; echo $?
		n set c x 2>/dev/null; echo $?; n set c -5 2>/dev/null; echo $?
		n set c 99999999999 2>/dev/null; echo $?'
}

@test 'list-id as another namespace has it' {
	same 'n add a; n add b; n set a 3; n set b 4; g="-n b"; n set a 9; g=
		shown n list-id target-nsid 4; shown n list-id target-nsid 4 nsid 3
		g=-j; shown n list-id target-nsid 4; shown n list-id target-nsid 4 nsid 3'
}

@test 'identify' {
	same 'shown n identify; shown n identify $$; n add a; shown n identify; n attach me $$
		shown n identify; shown n identify $$; n identify x 2>/dev/null; echo $?; shown n identify 1 2
		in_place exec a sleep 20 & until_is $! sleep; shown n identify $!; kill $!; n identify 999999 2>/dev/null; echo $?'
}

@test 'identify: one name of several' {
	same 'n attach one $$; n attach two $$; n attach three $$; shown n identify'
}

@test 'pids' {
	same 'n add a; shown n pids a; in_place exec a sleep 20 & until_is $! sleep
		n pids a 2>/dev/null | sed "s/^$!\$/the one/"; kill $!; n pids nosuch 2>/dev/null; echo $?; shown n pids a b'
}

@test 'attach' {
	same 'shown n attach a $$; shown n list; shown n attach a $$; n exec a true; echo $?
		n attach b x 2>/dev/null; echo $?; n attach b 999999 2>/dev/null; echo $?; shown n list'
}

@test 'links to namespaces are names' {
	same 'mkdir /run/netns; ln -s /proc/$$/ns/net /run/netns/a; shown n list; shown n identify
		shown n exec a true; shown n del a; shown n list'
}

@test 'a stale file: listed, refused, deleted' {
	same 'n add a; : >/run/netns/b; touch -d "1 minute ago" /run/netns/b
		n list 2>/dev/null; n exec b true 2>/dev/null; echo $?; shown n del b; shown n list'
}

@test 'monitor' {
	# What ip says does not reach a file before it ends; and a name that has gone before xnetns
	# could look at it was none.
	# shellcheck disable=SC2016
	same 'in_place monitor >/run/seen & wait_for watches $!
		seen() { [ "$tool" = ip ] || wait_for grep -q "$1" /run/seen; }
		n add a; seen "add a"; n attach b $$; seen "add b"; n del a; n del b; seen "delete b"
		kill $!; [ "$tool" = ip ] && printf "add a\nadd b\ndelete a\ndelete b\n" || cat /run/seen'
}

@test 'an ordinary user: what works and what does not' {
	# shellcheck disable=SC2016
	same 'n add a; u() { setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$@"; }
		un() { if [ "$tool" = ip ]; then u ip netns "$@"; else u "$XNETNS" "$@"; fi; }
		shown un list; shown un identify; un pids a 2>/dev/null; for w in "add b" "del a" "exec a true" "set a 1"
		do un $w 2>/dev/null; echo "$w $?"; done; shown n list'
}

@test 'unknown words' {
	same 'n bogus 2>/dev/null; echo $?; g=-bogus; n list 2>/dev/null; echo $?'
}
