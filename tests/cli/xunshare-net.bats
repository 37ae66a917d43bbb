#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: the network of the program: a new one, and one that is there. All of it happens between
# network namespaces that a test has made.

load common
load peer

# A network namespace with a name, in a /run of its own; its commands are run by $1.
named()
{
	need_root
	need ip
	# shellcheck disable=SC2016
	private_run bash -ec '
		"$XNETNS" add blue
		ip -n blue link add mark0 type veth peer name mark1
		'"$1"
}

# The network of a sandbox of the ordinary user; its file is in $network.
own_network()
{
	need_userns
	user_sleeper -rn
	network=/proc/$sleeper/ns/net
}

# ------------------------------------------------------------------ a new one

@test 'a new network has nothing but lo, and no abstract socket of the host' {
	need_userns
	need python3
	start python3 -c 'import socket,time
s = socket.socket(socket.AF_UNIX); s.bind("\0libns-test-" + "'$$'"); s.listen()
print("up", flush=True); time.sleep(1000)'
	wait_until grep -q up "$started_out"
	for fork in '' '--init --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 as_user "$XUNSHARE" -rn $fork sh -c 'cat /proc/net/dev; echo; cat /proc/net/unix'
		# Process 1 may not have closed yet what told it that the program runs.
		[ "$(sed '/^$/,$d' <<<"$output" | grep -c :)" = 1 ]
		output_has 'lo:'
		output_lacks libns-test
		# shellcheck disable=SC2086
		run as_user "$XUNSHARE" -rn $fork python3 -c 'import socket
socket.socket(socket.AF_UNIX).connect("\0libns-test-" + "'$$'")'
		status_is 1
		output_has ConnectionRefusedError
	done
	# It is there, for who shares the network.
	as_user "$XUNSHARE" -r python3 -c 'import socket
socket.socket(socket.AF_UNIX).connect("\0libns-test-" + "'$$'")'
}

@test 'a new /sys shows the new network' {
	need_userns
	run as_user "$XUNSHARE" -rn --mount-sys ls /sys/class/net
	[ "$status" = 0 ] || skip "no sysfs here: $output"
	output_is lo
}

# ------------------------------------------------------------ one that is there

@test 'by name, by file and by descriptor' {
	# shellcheck disable=SC2016
	named '
		for options in "" -f "-f --init" -r -rmf "-r --init --mount-proc" -mf; do
			# shellcheck disable=SC2086
			"$XUNSHARE" --join-net=blue $options cat /proc/net/dev | grep -q mark0
			"$XUNSHARE" --join-net=/run/netns/blue $options cat /proc/net/dev | grep -q mark0
			"$XUNSHARE" $options --join-net=fd:7 cat /proc/net/dev 7</run/netns/blue | grep -q mark0
		done
		! grep mark0 /proc/net/dev
		# The last one counts.
		"$XUNSHARE" --join-net=nosuch --join-net=blue true'
}

@test 'the descriptor is not handed on, but to who asks for it' {
	need_root
	for options in '' '-f' '-rf'; do
		# shellcheck disable=SC2086
		run -0 "$XUNSHARE" --join-net=fd:7 $options ls -l /proc/self/fd 7</proc/self/ns/net
		output_lacks 'net:['
	done
	run -0 "$XUNSHARE" --join-net=fd:7 --pass-fd=7 ls -l /proc/self/fd 7</proc/self/ns/net
	output_has ' 7 -> net:['
}

@test 'a name that is a link to a namespace counts, a file that is none does not' {
	# shellcheck disable=SC2016
	named '
		ln -s /run/netns/blue /run/netns/green
		"$XUNSHARE" --join-net=green cat /proc/net/dev | grep -q mark0
		ln -s /etc/passwd /run/netns/red
		: >/run/netns/stale
		for bad in red stale; do
			if out=$("$XUNSHARE" --join-net=$bad echo did-run 2>&1); then exit 1; fi
			[[ $out == *"stale name"* && $out != *did-run* ]] || { echo "$out"; exit 1; }
		done'
}

@test 'a new /sys shows the network that is joined' {
	# shellcheck disable=SC2016
	named '[ "$("$XUNSHARE" --join-net=blue -m --mount-sys ls -C /sys/class/net)" = "lo  mark0  mark1" ]
		[ "$("$XUNSHARE" --join-net=blue -mf --mount-sys ls -C /sys/class/net)" = "lo  mark0  mark1" ]'
}

@test 'it takes the place of the new network of a preset' {
	need busybox
	export root="$BATS_TEST_TMPDIR/root"
	mkdir -p "$root"/{bin,proc,dev,sys}
	cp "$(command -v busybox)" "$root/bin/busybox"
	# shellcheck disable=SC2016
	named '"$XUNSHARE" --container="$root" --join-net=blue -- /bin/busybox cat /proc/net/dev | grep -q mark0
		"$XUNSHARE" --join-net=blue --container="$root" -- /bin/busybox cat /proc/net/dev | grep -q mark0'
}

@test 'an ordinary user joins the network of his own sandbox' {
	own_network
	want=$(as_user readlink "$network")
	for options in '' -f '-f --init' -r -c -rm -rmf '-r --init --mount-proc' '-c --keep-id' '-fpm --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 as_user "$XUNSHARE" --join-net="$network" $options readlink /proc/self/ns/net
		output_is "$want"
	done
	[ "$(as_user readlink /proc/self/ns/net)" != "$want" ]
	run -0 as_user "$XUNSHARE" --join-net="$network" -r id -u
	output_is 0
	run -0 as_user "$XUNSHARE" --join-net="$network" -c sh -c 'id -u; id -g'
	output_is "$(as_user id -u)"$'\n'"$(as_user id -g)"
	# The user namespace is a new one, below that of the network.
	run -0 as_user "$XUNSHARE" --join-net="$network" -r readlink /proc/self/ns/user
	[ "$output" != "$(as_user readlink "/proc/$sleeper/ns/user")" ]
	run as_user "$XUNSHARE" --join-net="$network" --map-users=0:0:1 --map-users=1:1:3 echo did-run
	status_is 1
	output_is 'xunshare: below a user namespace that is joined only the own id can be mapped'
}

@test 'root joins the network of a user, and stays outside of his user namespace' {
	need_root
	own_network
	run -0 "$XUNSHARE" --join-net="$network" sh -c 'readlink /proc/self/ns/net /proc/self/ns/user'
	output_is "$(readlink "$network")"$'\n'"$(readlink /proc/self/ns/user)"
}

@test 'who may not join it is told whose it is' {
	# shellcheck disable=SC2016
	named '
		user=(setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --)
		for options in "" -r -rf; do
			if out=$("${user[@]}" "$XUNSHARE" --join-net=blue $options echo did-run 2>&1); then exit 1; fi
			[[ $out == "xunshare: cannot enter network namespace '"'blue'"': Operation not permitted
hint: that network namespace belongs to the user namespace that this is, and user 65533 has no CAP_SYS_ADMIN here; "* ]] || { echo "$out"; exit 1; }
		done
		if out=$(unshare -Ur "$XUNSHARE" --join-net=blue echo did-run 2>&1); then exit 1; fi
		[[ $out == *"belongs to a user namespace outside of this one"* ]] || { echo "$out"; exit 1; }'
	own_network
	run setpriv --reuid 65532 --regid 65532 --clear-groups -- "$XUNSHARE" --join-net=fd:7 -r echo did-run 7<"$network"
	status_is 1
	output_has "xunshare: cannot enter network namespace 'fd:7': Operation not permitted"
	output_has 'hint: that network namespace belongs to a user namespace of user 65533, and this is user 65532'
}

refused()
{
	run "$XUNSHARE" "$@" echo did-run 4</proc/self/ns/uts 5</dev/null 8<&-
	status_is 1
	output_lacks did-run
}

@test 'what is no network namespace is refused' {
	refused --join-net=
	output_has 'xunshare: --join-net: the value is empty'
	refused --join-net=/etc/passwd
	output_is "xunshare: '/etc/passwd' is an ordinary file: no namespace is bound on it"
	refused --join-net=/proc/self/ns/mnt
	output_is "xunshare: cannot enter network namespace '/proc/self/ns/mnt': it is a namespace of type mnt"
	refused --join-net=fd:4
	output_is "xunshare: cannot enter network namespace 'fd:4': it is a namespace of type uts"
	refused --join-net=fd:5
	output_is 'xunshare: --join-net: descriptor 5 is not a namespace'
	refused --join-net=fd:8
	output_is 'xunshare: --join-net: descriptor 8: Bad file descriptor'
	refused --join-net=fd:x
	refused --join-net=fd:99999999999
	refused --join-net=fd:-1
	refused --join-net=..
	output_is "xunshare: invalid netns name '..'"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refused --join-net="$BATS_TEST_TMPDIR/fifo"
	output_has 'is not a namespace'
	run "$XUNSHARE" --exit-125 --join-net=/nosuch/file true
	status_is 125
}

@test 'it contradicts a new network' {
	for option in -n --net --lo --pasta; do
		refused "$option" --join-net=/proc/self/ns/net
		output_has '--join-net takes a network that is there'
	done
}

@test 'the plan joins before anything is created' {
	own_network
	run -0 as_user "$XUNSHARE" --join-net="$network" --dry-run -rmf true
	[[ $output == *'helper  setns(net)'*'clone3(CLONE_NEWUSER|CLONE_NEWNS)'* ]]
	run -0 as_user "$XUNSHARE" --join-net="$network" --dry-run -rm true
	[[ $output == *'caller  setns(net)'*'unshare(CLONE_NEWUSER|CLONE_NEWNS)'* ]]
}

# ------------------------------------------------------------- a way out: pasta

@test 'pasta: the peer is reached, and nothing of the loopback interface of the host' {
	# shellcheck disable=SC2016
	with_peer '
		want="192.0.2.1:8000 peer
192.0.2.1:8001 peer
127.0.0.1:8001 refused"
		for who in "" "$user"; do
			for options in -r "-r --init --mount-proc" "-rm --mount-sys" "-c --no-new-privs"; do
				out=$($who "$XUNSHARE" $options --pasta $ask 192.0.2.1:8000 192.0.2.1:8001 127.0.0.1:8001)
				[ "$out" = "$want" ] || { echo "$who $options: $out"; exit 1; }
			done
		done
		# Without a user namespace.
		out=$("$XUNSHARE" --pasta $ask 192.0.2.1:8000 192.0.2.1:8001 127.0.0.1:8001)
		[ "$out" = "$want" ] || { echo "$out"; exit 1; }
		out=$($user "$XUNSHARE" -r -m --mount-sys --pasta ls /sys/class/net)
		[ "$out" = "lo
up0" ] || { echo "$out"; exit 1; }
		# All of it is gone.
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
}

@test 'pasta: its arguments can ask for more' {
	# shellcheck disable=SC2016
	with_peer '
		out=$($user "$XUNSHARE" -r --pasta="-T 8001" $ask 127.0.0.1:8001)
		[ "$out" = "127.0.0.1:8001 host" ] || { echo "$out"; exit 1; }
		out=$($user "$XUNSHARE" -r --pasta="--ns-ifname out\\\\of" --pasta="-T 8001" cat /proc/net/dev)
		[[ $out == *"out\\of:"* ]] || { echo "$out"; exit 1; }'
}

@test 'pasta ends with xunshare, however that ends' {
	# shellcheck disable=SC2016
	with_peer '
		for options in -r "-r --init --mount-proc" -f; do
			[ "$options" = -f ] && who= || who=$user
			for signal in KILL TERM; do
				exec {out}< <(exec $who "$XUNSHARE" $options --pasta --kill-child --forward-signals sh -c "echo up; exec sleep 1000")
				read -r up <&$out
				x=$!
				read -r -a children <"/proc/$x/task/$x/children" || :
				for keeper in "${children[@]}"; do
					[ "$(cat /proc/$keeper/comm)" != libns-helper ] || break
				done
				[ "$(cat /proc/$keeper/comm)" = libns-helper ]
				read -r pasta _ <"/proc/$keeper/task/$keeper/children" || :
				[[ $(cat /proc/$pasta/comm) == pas* ]]
				# It has none of our descriptors, and nobody can trace it.
				[ "$(readlink /proc/$pasta/fd/0)" = "$(readlink /proc/${children[0]}/ns/net)" ]
				[ "$(stat -c %u /proc/$pasta/fd)" = 0 ]
				for fd in /proc/$keeper/fd/*; do
					case $(readlink $fd) in pipe:* | anon_inode:*) ;; *) echo "$fd"; exit 1 ;; esac
				done
				kill -$signal $x
				gone $pasta
				exec {out}<&-
			done
		done'
}

@test 'pasta ends with the program, and takes none of its status' {
	# shellcheck disable=SC2016
	with_peer '
		$user "$XUNSHARE" -r --pasta sh -c "exit 7" && exit 1
		[ "$($user "$XUNSHARE" -r --pasta sh -c "exit 7"; echo $?)" = 7 ]
		[ "$($user "$XUNSHARE" -r --pasta sh -c "kill -9 \$\$" 2>/dev/null; echo $?)" = 137 ]
		[ "$($user "$XUNSHARE" -r --pasta /nonexistent 2>/dev/null; echo $?)" = 127 ]
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
}

@test 'pasta that gives up: its words, and the program does not run' {
	# shellcheck disable=SC2016
	with_peer '
		fails() {
			local want=$1; shift
			if out=$($user "$XUNSHARE" -r "$@" echo did-run 2>&1); then exit 1; fi
			[[ $out == "$want"* && $out != *did-run* ]] || { echo "$out"; exit 1; }
		}
		fails "xunshare: pasta has given up: pasta: unrecognized option '"'--bogus'"'" --pasta=--bogus
		fails "xunshare: pasta has given up: Invalid port" --pasta="-t x"
		fails "xunshare: pasta has given up: Invalid interface name nosuch" --pasta="-i nosuch"
		fails "xunshare: pasta has given up" --pasta=--version
		fails "xunshare: pasta has given up" --pasta=true
		chmod 600 /dev/net/tun
		fails "xunshare: pasta has given up: Failed to open tun socket in namespace
hint: user 65533 may not open '"'/dev/net/tun'"'; as root: chmod 666 /dev/net/tun" --pasta
		rm /dev/net/tun
		fails "xunshare: pasta has given up: Failed to open tun socket in namespace
hint: there is no '"'/dev/net/tun'"'" --pasta
		if pgrep -x "pas(ta|st).*"; then exit 1; fi'
}

@test 'pasta: a resolver on the loopback interface is told of' {
	[ -f /etc/resolv.conf ] || skip 'no /etc/resolv.conf here'
	# shellcheck disable=SC2016
	with_peer '
		for servers in 127.0.0.53 "127.0.0.1 ::1"; do
			printf "nameserver %s\n" $servers >"$BATS_TEST_TMPDIR/resolv"
			mount --bind "$BATS_TEST_TMPDIR/resolv" /etc/resolv.conf
			out=$($user "$XUNSHARE" -r --pasta true 2>&1)
			[[ $out == "xunshare: note: the name servers of /etc/resolv.conf are on the loopback"* ]] || { echo "$out"; exit 1; }
			umount /etc/resolv.conf
		done
		printf "nameserver 127.0.0.53\nnameserver 192.0.2.1\n" >"$BATS_TEST_TMPDIR/resolv"
		mount --bind "$BATS_TEST_TMPDIR/resolv" /etc/resolv.conf
		[ -z "$($user "$XUNSHARE" -r --pasta true 2>&1)" ]'
}

@test 'pasta that is not installed, and what does not go with it' {
	run env PATH=/nonexistent "$XUNSHARE" -r --pasta /bin/echo did-run
	status_is 1
	output_is "xunshare: cannot find 'pasta', which comes with the package passt"
	refused -r --pasta=
	output_has 'xunshare: --pasta: the value is empty'
	refused -r '--pasta=  '
	printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/pasta"
	chmod 755 "$BATS_TEST_TMPDIR/pasta"
	PATH=$BATS_TEST_TMPDIR:$PATH refused --pasta --join-net=/proc/self/ns/net
	output_has '--join-net takes a network that is there'
	PATH=$BATS_TEST_TMPDIR:$PATH run -0 "$XUNSHARE" -r --dry-run '--pasta=-t 80' true
	[[ $output == *'child   recv(socket)'*"caller  execve(\"$BATS_TEST_TMPDIR/pasta --config-net "*' -u none -T none -U none --no-map-gw -t 80")'*'execve("true")'* ]]
}
