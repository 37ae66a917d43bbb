#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns exec: as whom a program runs, and that no word of a command line for ip netns gets another
# meaning.

load common

setup()
{
	need_root
	need ip
	export XNETNS
}

# scenario SCRIPT: SCRIPT with a /run of its own, where user "tester" (65533) is in the group
# "testers" (65000).
scenario()
{
	# shellcheck disable=SC2016
	run private_run bash -c '
		mkdir /run/etc
		{ cat /etc/group; echo tester:x:65533:; echo testers:x:65000:root,tester; } >/run/etc/group
		{ cat /etc/passwd; echo tester:x:65533:65533::/:/bin/sh; } >/run/etc/passwd
		for f in group passwd; do mount --bind /run/etc/$f /etc/$f; done
		n() { "$XNETNS" "$@"; }; x=$XNETNS; n add a
		'"$1"
}

@test 'another user: his ids, all of his groups, no capability' {
	# shellcheck disable=SC2016
	scenario 'n exec a -u tester sh -c "id -u; id -g; id -G; grep Cap /proc/self/status"'
	status_is 0
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = '65533 65533 65000 65533' ] ||
		[ "${lines[0]} ${lines[1]} ${lines[2]}" = '65533 65533 65533 65000' ] || fail "$output"
	for set in CapInh CapPrm CapEff CapAmb; do
		output_has "$set:"$'\t0000000000000000'
	done
}

@test 'another user: he is in the network namespace, and his name by number will do' {
	# shellcheck disable=SC2016
	scenario 'want=$(n exec a readlink /proc/self/ns/net)
		for user in tester 65533; do
			[ "$(n exec a -u $user readlink /proc/self/ns/net)" = "$want" ] || echo other
		done; [ "$want" != "$(readlink /proc/self/ns/net)" ]; n exec a --user=65533 id -u'
	status_is 0
	output_is 65533
}

@test 'another user: the environment that he knows' {
	# shellcheck disable=SC2016
	scenario 'HOME=/root USER=root LOGNAME=root SHELL=/bin/false OTHER=kept PATH=$PATH:/extra
		export HOME USER LOGNAME SHELL OTHER PATH
		n exec a -u tester sh -c "echo \$HOME \$USER \$LOGNAME \$SHELL \$OTHER; case \$PATH in *:/extra) echo same;; esac"'
	output_is '/ tester tester /bin/sh kept
same'
}

@test 'another user who keeps the capabilities' {
	scenario 'n exec a -u tester --keep-caps grep -E "Cap(Prm|Eff)" /proc/self/status >/run/has
		id -u; grep -E "Cap(Prm|Eff)" /proc/self/status | cmp - /run/has && echo same'
	output_is $'0\nsame'
}

@test 'nobody gains anything: who may not change ids is refused' {
	# shellcheck disable=SC2016
	scenario 'setpriv --bounding-set=-setuid,-setgid -- "$x" exec a -u tester echo did-run; echo $?'
	output_lacks did-run
	output_has 'xnetns: cannot set the supplementary groups: Operation not permitted'
	[ "${lines[-1]}" = 1 ]
}

@test 'another user who does not exist: nothing is entered' {
	scenario 'n exec a -u nosuch echo did-run; echo $?; n exec -u nosuch nosuch-name true; echo $?
		n exec a -u "" true; echo $?; n exec a --keep-caps true; echo $?'
	output_has "xnetns: --user: there is no user 'nosuch'"
	[ "$(grep -cx 1 <<<"$output")" = 4 ] || fail "$output"
	output_lacks did-run
	output_has 'xnetns: --keep-caps is about the user of --user'
}

@test 'exit codes are those of ip' {
	scenario 'n exec a -u tester sh -c "exit 7"; echo $?; n exec a -u tester /nosuch; echo $?
		n exec a -u tester; echo $?; n exec a -Z true; echo $?; n exec; echo $?; n exec nosuch -u tester true; echo $?'
	[ "$(grep -x '[0-9]*' <<<"$output" | tr '\n' ' ')" = '7 1 1 255 1 255 ' ] || fail "$output"
}

@test 'options before the name, behind it, and --' {
	# shellcheck disable=SC2016
	scenario 'for words in "-u tester a" "a -u tester" "-u tester a --" "a -u tester --" "-u tester -- a" "--user=tester --no-sysfs a"; do
			n exec $words id -u
		done | sort -u; n exec a -- id -u; n --all exec -u tester -- id -u'
	output_is '65533
0

netns: a
65533'
}

@test 'another user: the keys of the session are out of his reach' {
	need python3
	export KEYS='import ctypes, os, platform, sys
call = ctypes.CDLL(None, use_errno=True).syscall
keyctl, request, add = (250, 249, 248) if platform.machine() == "x86_64" else (219, 218, 217)
if len(sys.argv) > 1:
    if call(keyctl, 1, None) < 0 or call(add, b"user", b"libns-secret", b"x", 1, -3) < 0:
        print("no keys")
    else:
        sys.stdout.flush(); os.execvp(sys.argv[1], sys.argv[1:])
else:
    print("found" if call(request, b"user", b"libns-secret", None, 0) > 0 else "nothing")'
	# shellcheck disable=SC2016
	scenario 'k() { python3 -c "$KEYS" "$@"; }; k env python3 -c "$KEYS"; k "$x" exec a python3 -c "$KEYS"
		k "$x" exec a -u tester python3 -c "$KEYS"; k "$x" run --net none -u tester python3 -c "$KEYS"'
	[[ $output != *'no keys'* ]] || skip 'no keyrings here'
	output_is $'found\nfound\nnothing\nnothing'
}

@test 'another user: he types nothing for the shell of the caller' {
	export TYPE='import fcntl, sys
for request in 0x5412, 0x541c:
    try: fcntl.ioctl(0, request, b"\2")
    except OSError as e: print(e.strerror)
    else: print("done")
print("tried")'
	# shellcheck disable=SC2016
	for how in 'exec a -u tester' 'run --net none -u tester'; do
		export HOW=$how
		scenario 'python3 -c "import pty, os, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))" \
			"$x" $HOW python3 -c "$TYPE" </dev/null | tr -d "\r"'
		output_has $'Operation not permitted\nOperation not permitted\ntried'
	done
}

@test 'a name or a program that looks like an option is one, as with ip' {
	# shellcheck disable=SC2016
	scenario 'ip netns add -u; [ -e /run/netns/-u ] || exit 9
		n exec -u echo in the namespace -u
		mkdir /run/bin; printf "#!/bin/sh\necho program \$*\n" >/run/bin/-u; chmod 755 /run/bin/-u
		PATH=/run/bin:$PATH; n exec a -u tester; n exec -u -u tester; n --all exec -u tester | grep -c program'
	[ "$status" != 9 ] || skip 'no such name here'
	output_is 'in the namespace -u
program tester
program tester
2'
}

@test 'no sysfs: /sys stays as it is' {
	scenario 'ls /sys/class/net >/run/before; n exec a --no-sysfs ls /sys/class/net | cmp - /run/before && echo same
		n exec a ls /sys/class/net'
	output_has same
	[ "${lines[-1]}" = lo ]
}

@test 'help of exec' {
	scenario 'n exec --help; n exec a --help'
	status_is 0
	output_has 'xnetns exec'
	output_has '--etc'
}
