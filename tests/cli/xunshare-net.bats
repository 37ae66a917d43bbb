#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: the network of the program: a new one, and one that is there. All of it happens between
# network namespaces that a test has made.

load common

# A network namespace with a name, in a /run of its own; its commands are run by $1.
named()
{
	need_root
	need ip
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
		run -0 as_user "$XUNSHARE" -rn $fork sh -c 'cat /proc/net/dev; cat /proc/net/unix'
		[ "$(grep -c : <<<"$output")" = 1 ]
		output_has 'lo:'
		output_lacks libns-test
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
	for option in -n --net --lo; do
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
