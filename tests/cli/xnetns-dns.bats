#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns: the name servers of a program are those of its network namespace, and no others, whatever
# the host does meanwhile. Each test has a /run, an /etc and a network of its own.

load common
load wired

setup()
{
	need_root
	need python3
	export XNETNS REFUSE BATS_TEST_TMPDIR
}

# Says "open" or "closed" for each socket.
connect='import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path); print("open", path)
    except OSError:
        print("closed", path)'

# A socket that somebody listens on, until the script ends.
# shellcheck disable=SC2016
listen='listen() {
	local up fd
	mkdir -p "${1%/*}"
	exec {fd}< <(exec python3 -c "import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print(\"up\", flush=True)
time.sleep(1000)" "$1")
	read -r up <&$fd
}
'

# host SCRIPT: SCRIPT on a host with an /etc that it may change.
host()
{
	# shellcheck disable=SC2016
	run private_run unshare -pf --kill-child --mount-proc bash -c '
		x=$XNETNS connect=$1
		n() { "$XNETNS" "$@"; }
		mkdir /run/etc && mount -t tmpfs none /run/etc && mkdir /run/etc/{up,work}
		mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/up,workdir=/run/etc/work overlay /etc || exit 99
		rm -f /etc/resolv.conf
		echo "nameserver 192.0.2.53 # host" >/etc/resolv.conf
		mkdir -p /etc/netns/a
		echo "nameserver 192.0.2.1 # own" >/etc/netns/a/resolv.conf
		n add a
		replace() { echo "nameserver 192.0.2.66 # replaced" >/etc/new; mv /etc/new /etc/resolv.conf; }
		'"$listen$1" bash "$connect" 3>&-
	[ "$status" != 99 ] || skip 'no overlay here'
}

# Reads resolv.conf before and after the host has replaced its own.
# shellcheck disable=SC2016
twice='
	program() { exec {fd}< <(exec "$x" exec a "$@" sh -c "cat /etc/resolv.conf; read -r _ </run/go; cat /etc/resolv.conf"); }
	mkfifo /run/go
	program "${how[@]}"
	read -r line <&$fd; echo "$line"
	replace; echo >/run/go
	cat <&$fd
'

@test 'an overlay: what the host does to its resolv.conf changes nothing' {
	# shellcheck disable=SC2016
	host 'how=(--etc=overlay); '"$twice"
	status_is 0
	output_is 'nameserver 192.0.2.1 # own
nameserver 192.0.2.1 # own'
}

@test 'a bind, as of ip netns, is lost when the host renames a file over its own' {
	# shellcheck disable=SC2016
	for how in '' '--etc=bind'; do
		host 'how=('"$how"'); '"$twice"
		status_is 0
		output_is 'nameserver 192.0.2.1 # own
nameserver 192.0.2.66 # replaced'
	done
}

@test 'an overlay: read-only, with the files of the host beside its own' {
	# shellcheck disable=SC2016
	host 'echo new >/etc/netns/a/only-here; mkdir /etc/netns/a/dir /etc/dir
		echo in >/etc/netns/a/dir/in; echo out >/etc/dir/out; echo host >/etc/of-host
		n exec a --etc=overlay sh -c "cat /etc/only-here /etc/of-host /etc/dir/*
			for f in /etc/x /etc/resolv.conf /etc/only-here /etc/dir/y; do echo >\$f; done; mv /etc/of-host /etc/z; rm /etc/resolv.conf"
		ls /etc/x /etc/only-here /etc/dir/y; cat /etc/netns/a/resolv.conf /etc/resolv.conf' 2>/dev/null
	output_has $'new\nhost\nin\n'
	output_lacks $'out\n'
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 6 ]
	output_has 'nameserver 192.0.2.1 # own
nameserver 192.0.2.53 # host'
}

@test 'an overlay: what is mounted below /etc is there' {
	# shellcheck disable=SC2016
	host 'mkdir /etc/d /run/m; echo a >/run/m/mounted; mount --bind /run/m /etc/d
		mkdir /run/m/deep; mount -t tmpfs none /etc/d/deep; echo b >/etc/d/deep/deeper
		echo hosts >/run/hosts; mount --bind /run/hosts /etc/hosts
		echo other >/run/other; mount --bind /run/other /etc/resolv.conf
		n exec a --etc=overlay cat /etc/d/mounted /etc/d/deep/deeper /etc/hosts /etc/resolv.conf'
	status_is 0
	output_is 'a
b
hosts
nameserver 192.0.2.1 # own'
}

@test 'a resolv.conf that leads nowhere: an overlay has one, and a bind that was asked for is a failure' {
	# shellcheck disable=SC2016
	host 'ln -sf /run/nosuch/resolv.conf /etc/resolv.conf
		n exec a --etc=overlay cat /etc/resolv.conf
		n exec a --etc=bind echo did-run; echo $?
		n exec a echo as ip'
	output_is "nameserver 192.0.2.1 # own
xnetns: cannot bind '/etc/netns/a/resolv.conf' on '/etc/resolv.conf': No such file or directory
255
xnetns: cannot bind '/etc/netns/a/resolv.conf' on '/etc/resolv.conf': No such file or directory
as ip"
}

@test 'an overlay: the sockets of the host that answer for names are out of reach' {
	# shellcheck disable=SC2016
	host 'sockets="/run/nscd/socket /run/systemd/resolve/io.systemd.Resolve /run/systemd/resolve/io.systemd.Resolve.Monitor
			/run/avahi-daemon/socket /run/dbus/system_bus_socket"
		for s in $sockets; do listen $s; done
		n exec a python3 -c "$connect" $sockets
		n exec a --etc=overlay python3 -c "$connect" $sockets'
	status_is 0
	[ "$(grep -c '^open' <<<"$output")" = 5 ] || fail "$output"
	[ "$(grep -c '^closed' <<<"$output")" = 5 ] || fail "$output"
}

@test 'an overlay: the bus stays where systemd-resolved is not on it' {
	# shellcheck disable=SC2016
	host 'listen /run/dbus/system_bus_socket; n exec a --etc=overlay python3 -c "$connect" /run/dbus/system_bus_socket'
	output_is 'open /run/dbus/system_bus_socket'
}

@test 'an overlay: a service that makes its socket anew is still out of reach' {
	# shellcheck disable=SC2016
	host 's=/run/systemd/resolve/io.systemd.Resolve; listen $s; mkfifo /run/go
		exec {fd}< <(exec "$x" exec a --etc=overlay sh -c "echo up; read -r _ </run/go; exec python3 -c \"\$1\" $s" sh "$connect")
		read -r up <&$fd
		rm $s; listen $s; echo >/run/go; cat <&$fd; python3 -c "$connect" $s'
	output_is 'closed /run/systemd/resolve/io.systemd.Resolve
open /run/systemd/resolve/io.systemd.Resolve'
}

@test 'a file system in memory that covers something of the host gives no right by a file in it' {
	# The kernel puts three file systems on top of each other, and no fourth: then links are in memory.
	# shellcheck disable=SC2016
	host 'mkdir -p /run/nscd /run/dbus; listen /run/systemd/resolve/io.systemd.Resolve
		memory() { "$@" sed -n "s|^[0-9 ]*:[^ ]* [^ ]* \([^ ]* [^ ]*\),relatime .*- tmpfs .*|\1|p" /proc/self/mountinfo; }
		memory n exec a --etc=overlay | grep -E "^/run/(nscd|dbus|systemd)" | sort
		memory n run --net none --etc=bind --dns 192.0.2.7 -- | grep ^/etc/
		mkdir /run/two && mount -t overlay -o lowerdir=/run/two:/etc overlay /etc
		memory n exec a --etc=overlay | grep ^/etc'
	status_is 0
	output_is '/run/dbus ro,nosuid,nodev,noexec
/run/nscd ro,nosuid,nodev,noexec
/run/systemd/resolve ro,nosuid,nodev,noexec
/etc/resolv.conf rw,nosuid,nodev
/etc ro,nosuid,nodev,noexec'
}

@test 'an overlay: nsswitch.conf does not send questions to the host' {
	# shellcheck disable=SC2016
	host 'printf "passwd: files systemd\nhosts: mymachines resolve [!UNAVAIL=return] files dns\n" >/etc/nsswitch.conf
		n exec a --etc=overlay cat /etc/nsswitch.conf
		echo "hosts: files" >/etc/netns/a/nsswitch.conf
		n exec a --etc=overlay cat /etc/nsswitch.conf
		rm /etc/nsswitch.conf /etc/netns/a/nsswitch.conf
		n exec a --etc=overlay ls /etc/nsswitch.conf'
	output_is "passwd: files systemd
hosts: files dns
hosts: files
ls: cannot access '/etc/nsswitch.conf': No such file or directory"
}

@test 'an overlay that cannot be had: links do the same, and the host cannot change it either' {
	# The kernel puts three file systems on top of each other, and no fourth.
	# shellcheck disable=SC2016
	host 'mkdir /run/two && mount -t overlay -o lowerdir=/run/two:/etc overlay /etc
		n exec a --etc=overlay sh -c "cat /etc/resolv.conf; cmp /etc/passwd /run/etc/up/passwd 2>/dev/null || head -n 1 /etc/passwd
			for f in /etc/x /etc/resolv.conf /etc/.host/resolv.conf; do echo >\$f; done; ls -A /etc | grep -vc \"[.]host\"" 2>&1
		ls -A /etc | wc -l'
	status_is 0
	[ "${lines[0]}" = 'nameserver 192.0.2.1 # own' ]
	[ "${lines[1]}" = "$(head -n 1 /etc/passwd)" ]
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 3 ] || fail "$output"
	[ "${lines[-1]}" = "${lines[-2]}" ]
}

@test 'neither an overlay nor links: nothing is executed' {
	# shellcheck disable=SC2016
	host 'mkdir /run/two && mount -t overlay -o lowerdir=/run/two:/etc overlay /etc
		for call in open_tree move_mount mount_setattr; do
			"$REFUSE" 1 $call -- "$x" exec a --etc=overlay echo did-run 2>&1 | grep -v "^xnetns: cannot keep what"; echo ${PIPESTATUS[0]}
		done'
	[ "$(grep -c 'xnetns: cannot give the program an /etc of its own: an overlay: Invalid argument' <<<"$output")" = 3 ] || fail "$output"
	[ "$(grep -cx 255 <<<"$output")" = 3 ]
	output_lacks did-run
}

@test 'an ordinary user, where something is mounted below /etc' {
	need_userns
	# shellcheck disable=SC2016
	host 'echo hosts >/run/hosts; mount --bind /run/hosts /etc/hosts
		setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$x" run --net none --dns 192.0.2.7 -- \
			sh -c "cat /etc/resolv.conf /etc/hosts; echo >/etc/x" 2>&1'
	[ "${lines[0]} ${lines[1]}" = 'nameserver 192.0.2.7 hosts' ] || fail "$output"
	output_has 'Read-only file system'
}

@test 'a file that cannot be installed: nothing is executed' {
	# shellcheck disable=SC2016
	host 'ln -s /nosuch /etc/netns/a/lost; n exec a --etc=overlay echo did-run; echo $?'
	output_is "xnetns: cannot give the program an /etc of its own: its file 'lost': No such file or directory
255"
}

@test 'a file that is a link into /etc: as it is there' {
	# shellcheck disable=SC2016
	host 'echo of-host >/etc/of-host; ln -s /etc/of-host /etc/netns/a/linked; n exec a --etc=overlay cat /etc/linked'
	output_is of-host
}

@test 'a file, or a link to nowhere, in place of the directory: nothing is executed' {
	# shellcheck disable=SC2016
	host 'for make in "touch /etc/netns/b" "ln -s /nosuch /etc/netns/b"; do
			n add b; $make
			for how in --etc=overlay --etc=bind ""; do n exec b $how echo did-run 2>&1; done
			rm /etc/netns/b; n del b
		done'
	output_is "xnetns: cannot list '/etc/netns/b': Not a directory
xnetns: cannot list '/etc/netns/b': Not a directory
xnetns: cannot list '/etc/netns/b': Not a directory
did-run
xnetns: cannot list '/etc/netns/b': No such file or directory
xnetns: cannot list '/etc/netns/b': No such file or directory
xnetns: cannot list '/etc/netns/b': No such file or directory
did-run"
}

@test 'a FIFO as nsswitch.conf: nobody waits for it' {
	# shellcheck disable=SC2016
	host 'rm -f /etc/nsswitch.conf; mkfifo /etc/nsswitch.conf; timeout 20 "$x" exec a --etc=overlay echo did-run; echo $?'
	output_is 'xnetns: cannot give the program an /etc of its own: /etc/nsswitch.conf: Invalid argument
255'
}

@test 'each call that a filter refuses: its own name servers, or no program' {
	# shellcheck disable=SC2016
	host 'for how in --etc=overlay "--etc=overlay --no-sysfs" --etc=bind; do
		for call in mount umount2 openat statx fstatfs getdents64 unshare setns open_tree move_mount newfstatat; do
			for answer in 1 38; do
				# The program itself is below the filter as well: it is the shell alone.
				out=$("$REFUSE" $answer $call -- "$x" exec a $how sh -c "read -r line </etc/resolv.conf; echo did-run \$line" 2>&1)
				[[ $out != *did-run* || $out == *"# own"* ]] || echo "$how $call $answer: $out"
				[[ $out != "" ]] || echo "$how $call $answer: silent"
			done
		done
	done'
	status_is 0
	output_is ''
}

# ------------------------------------------------------------------------------ up, run

# uplinked SCRIPT: SCRIPT on a host that can be changed, with a way out.
uplinked()
{
	in_router 'outside; rm -f /etc/resolv.conf; r=/etc/netns/web/resolv.conf
		'"$1"
}

@test 'up takes over the name servers of the host, and down removes them' {
	# shellcheck disable=SC2016
	uplinked 'printf "# comment\nsearch example.org\nnameserver 127.0.0.1\nnameserver 192.0.2.53\n" >/etc/resolv.conf
		n up web -q; cat $r; n down web -q; ls -d /etc/netns/web 2>&1'
	output_is "# Made by xnetns up, and removed by xnetns down.
search example.org
nameserver 192.0.2.53
ls: cannot access '/etc/netns/web': No such file or directory"
}

@test 'up takes the name servers that systemd-resolved asks' {
	# shellcheck disable=SC2016
	uplinked 'echo "nameserver 127.0.0.53" >/etc/resolv.conf
		mkdir -p /run/systemd/resolve; echo "nameserver 192.0.2.54" >/run/systemd/resolve/resolv.conf
		n up web -q; tail -n +2 $r; n run -- cat /etc/resolv.conf'
	output_is $'nameserver 192.0.2.54\nnameserver 192.0.2.54'
}

@test 'up says that the name servers of the host are out of reach' {
	# shellcheck disable=SC2016
	uplinked 'for servers in 127.0.0.53 ::1; do
			echo "nameserver $servers" >/etc/resolv.conf; n up web -q; n down web -q; ls -d $r 2>&1
		done'
	[ "$(grep -c 'xnetns: note: the name servers of /etc/resolv.conf are on the loopback interface' <<<"$output")" = 2 ] || fail "$output"
	[ "$(grep -c 'cannot access' <<<"$output")" = 2 ]
}

@test 'up writes those that are given, changes its own file, and leaves that of somebody else' {
	# shellcheck disable=SC2016
	uplinked 'n up web -q --dns 192.0.2.7,2001:db8::7; tail -n +2 $r; n up web -q --dns 192.0.2.8; tail -n +2 $r
		echo "nameserver 192.0.2.9 # mine" >$r; n up web --dns 192.0.2.8 | grep "somebody"; cat $r; n down web -q; cat $r
		n up other -q --dns none; ls /etc/netns'
	output_is "nameserver 192.0.2.7
nameserver 2001:db8::7
nameserver 192.0.2.8
already leave the name servers of 'web' as somebody has set them
nameserver 192.0.2.9 # mine
nameserver 192.0.2.9 # mine
web"
}

@test 'the commands of a dry run write the same file' {
	# shellcheck disable=SC2016
	uplinked 'echo "nameserver 192.0.2.53" >/etc/resolv.conf; n up web --dry-run | grep resolv.conf >/run/script
		sh /run/script; cat $r; rm -r /etc/netns/web'
	output_is 'nameserver 192.0.2.53'
}

@test 'down leaves the file of somebody else that stands where an unfinished one was left, and says so' {
	# shellcheck disable=SC2016
	uplinked 'n up web -q --dns 192.0.2.7; echo "nameserver 192.0.2.9 # mine" >$r; : >/etc/netns/.xnetns
		n down web --dry-run | grep "^rm"; n down web | grep "name servers"; cat $r; ls -A /etc/netns
		n up web -q --dns 192.0.2.7; n down web | grep -c "name servers"'
	output_is "rm -f /etc/netns/.xnetns
done    remove what is left of the name servers of 'web'
nameserver 192.0.2.9 # mine
web
0"
}

@test 'a FIFO as resolv.conf: nobody waits for it' {
	# shellcheck disable=SC2016
	uplinked 'n up web -q --dns none; mkdir -p /etc/netns/web /etc/netns/gone; mkfifo $r /etc/netns/gone/resolv.conf
		t() { timeout -s KILL 60 "$XNETNS" "$@"; echo "= $?"; }
		t up web --dns 192.0.2.7 | grep "name servers\|="; t test web | grep "name server is known"; t doctor; t gc; t down web -q
		ls /etc/netns/*; mkfifo /etc/resolv.conf; t up web -q; t run -- true; ls /run/netns'
	output_is "already leave the name servers of 'web' as somebody has set them
= 0
skip   dns        no name server is known: '/etc/netns/web/resolv.conf' cannot be read: it is not a regular file
= 0
= 0
= 0
/etc/netns/gone:
resolv.conf

/etc/netns/web:
resolv.conf
xnetns: cannot read the name servers in '/etc/resolv.conf': it is not a regular file
= 1
xnetns: cannot read the name servers in '/etc/resolv.conf': it is not a regular file
= 1
out"
}
