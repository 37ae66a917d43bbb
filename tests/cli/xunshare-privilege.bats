#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare: what the program is not allowed to do.

load common

inside()
{
	as_user "$XUNSHARE" "$@"
}

# ---------------------------------------------------------------- no-new-privs

@test 'A10: --no-new-privs holds in place, in a child, and below a first process' {
	need_userns
	run -0 inside --no-new-privs grep NoNewPrivs: /proc/self/status
	output_is $'NoNewPrivs:\t1'
	for options in -r -rf '-r --init --mount-proc' '-f --die-with-parent'; do
		# shellcheck disable=SC2086
		run -0 inside $options --no-new-privs grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t1'
	done
	run -0 inside -r --init --mount-proc --no-new-privs grep NoNewPrivs: /proc/1/status
	output_is $'NoNewPrivs:\t1'
}

@test 'A10: without it nothing changes' {
	need_userns
	for options in -r -rf '-r --init --mount-proc'; do
		# shellcheck disable=SC2086
		run -0 inside $options grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t0'
	done
}

@test 'A10: a set-user-ID program gives nothing' {
	need_root
	dir=$(user_dir)
	chmod 755 "$dir"
	cp "$(command -v id)" "$dir/id"
	chmod 4755 "$dir/id"
	run -0 as_user "$dir/id" -u
	[ "$output" = 0 ] || skip 'set-user-ID programs have no effect here'
	for options in '' -f '-f --die-with-parent'; do
		# shellcheck disable=SC2086
		run -0 inside $options --no-new-privs "$dir/id" -u
		output_is "$TEST_UID"
	done
}

@test 'the steps name it, and it is the last one that takes rights' {
	run -0 inside -r --no-new-privs --dry-run true
	output_has 'prctl(PR_SET_NO_NEW_PRIVS, 1)'
	run -0 inside --no-new-privs --dry-run=json true
	output_has PR_SET_NO_NEW_PRIVS
}

# ----------------------------------------------------------------- capabilities

# sets OPTION...: the inheritable, permitted, effective, bounding and ambient set of the program,
# in this order, without leading zeros.
sets()
{
	run -0 "$@" sed -n 's/^Cap...:\t0*\(.\)/\1/p' /proc/self/status
	# shellcheck disable=SC2154
	echo "${lines[*]}"
}

sets_are()
{
	[ "$(sets "${@:2}")" = "$1" ] || fail "not '$1':" "$("${@:2}" grep Cap /proc/self/status 2>&1)"
}

# The bounding set where nothing limits it: all that the kernel has.
every_cap()
{
	printf '%x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1))
}

@test 'A11: --caps is all that root inside has, and nothing of it can be inherited' {
	need_userns
	for options in -r -rf '-r --init --mount-proc' '-r --drop-caps=chown --no-new-privs'; do
		# shellcheck disable=SC2086
		sets_are '0 1020 1020 1020 0' inside $options --caps=cap_net_admin,KILL
		# shellcheck disable=SC2086
		sets_are '0 0 0 0 0' inside $options --caps=none
	done
	run -0 inside -r --caps=none sh -c 'chroot / true 2>&1 || echo refused'
	output_has refused
}

@test 'A11: for another user --caps is ambient, or he would not have it' {
	need_userns
	for options in '-c' '-cf' '-c --init --mount-proc' -U; do
		# shellcheck disable=SC2086
		sets_are '1020 1020 1020 1020 1020' inside $options --caps=net_admin,kill
		# shellcheck disable=SC2086
		sets_are '0 0 0 0 0' inside $options --caps=none
	done
	all=$(every_cap)
	sets_are "$all $all $all $all $all" inside -c --caps=all
	# The last one counts, and --drop-caps takes from it.
	sets_are '20 20 20 20 20' inside -c --caps=all --caps=net_admin,kill --drop-caps=net_admin
}

@test 'A11: --drop-caps takes from all sets, also those of --keep-caps' {
	need_userns
	all=$(every_cap)
	less=$(printf '%x' $((0x$all & ~(1 << 21) & ~1)))
	sets_are "0 $less $less $less 0" inside -r --drop-caps=sys_admin --drop-caps=cap_chown
	sets_are "$less $less $less $less $less" inside -c --keep-caps --drop-caps=sys_admin,chown
	sets_are "0 0 0 $less 0" inside -c --drop-caps=sys_admin,chown
	sets_are '0 0 0 0 0' inside -r --drop-caps=all
	sets_are '0 0 0 0 0' inside -c --keep-caps --drop-caps=all
}

@test 'A11: --ambient-caps adds some, and only these are inheritable' {
	need_userns
	all=$(every_cap)
	sets_are "20 $all $all $all 20" inside -r --ambient-caps=kill
	sets_are "21 21 21 $all 21" inside -c --ambient-caps=kill --ambient-caps=chown
	sets_are '20 21 21 21 20' inside -r --caps=kill,chown --ambient-caps=kill
	sets_are '21 21 21 21 21' inside -c --caps=kill,chown --ambient-caps=all
}

@test 'A13: --caps and --ambient-caps survive a change of the user, nothing else does' {
	need_root
	for options in '' -f '--init --mount-proc' '-u --hostname=x'; do
		# shellcheck disable=SC2086
		sets_are '20 20 20 20 20' "$XUNSHARE" $options --caps=kill -S 12345 -G 12345
	done
	bounding=$(setpriv --dump | sed -n 's/^Capability bounding set: //p')
	[ -n "$bounding" ]
	# shellcheck disable=SC2016
	for options in '--ambient-caps=kill' '-f --ambient-caps=kill'; do
		# shellcheck disable=SC2086
		run -0 "$XUNSHARE" $options -S 12345 -G 12345 grep -E 'CapPrm|CapAmb' /proc/self/status
		output_is $'CapPrm:\t0000000000000020\nCapAmb:\t0000000000000020'
	done
	run -0 "$XUNSHARE" -f -S 12345 -G 12345 grep -E 'CapPrm|CapAmb' /proc/self/status
	output_is $'CapPrm:\t0000000000000000\nCapAmb:\t0000000000000000'
	run -0 "$XUNSHARE" --caps=kill -S 12345 -G 12345 id -G
	output_is 12345
}

@test 'A11: what the caller could be inherited from goes with any of the options' {
	need_root
	run -0 setpriv --inh-caps=+net_raw,+kill "$XUNSHARE" --drop-caps=chown grep CapInh /proc/self/status
	output_is $'CapInh:\t0000000000000000'
	run -0 setpriv --inh-caps=+net_raw,+kill "$XUNSHARE" --caps=net_raw grep CapInh /proc/self/status
	output_is $'CapInh:\t0000000000000000'
}

@test 'without them it stays, below a first process as well' {
	need_root
	for options in '' --init; do
		# shellcheck disable=SC2086
		run -0 setpriv --inh-caps=+net_raw "$XUNSHARE" -mpf $options --mount-proc --pivot-root=/:ro \
			-S 12345 -G 12345 grep CapInh /proc/self/status
		output_is $'CapInh:\t0000000000002000'
	done
}

@test 'a capability that cannot be had is an error, and nothing runs' {
	for options in --caps=chown --ambient-caps=chown '-f --caps=chown' '-f --ambient-caps=chown'; do
		# shellcheck disable=SC2086
		run -1 as_user "$XUNSHARE" $options echo ran
		output_has "cannot give the program the capability 'chown': who runs it does not have it"
		output_lacks ran
	done
	# Nor would be done what takes a capability.
	for options in --caps=none --drop-caps=all '-f --drop-caps=chown'; do
		# shellcheck disable=SC2086
		run -1 as_user "$XUNSHARE" $options echo ran
		output_has 'cannot limit the capabilities'
		output_has 'hint: without CAP_SETPCAP'
		output_lacks ran
	done
	! is_root || {
		run -1 setpriv --bounding-set=-net_raw "$XUNSHARE" --caps=net_raw echo ran
		output_has "'net_raw'"
		output_lacks ran
	}
}

@test 'where a filter refuses capset(2), nothing runs with other capabilities than asked for' {
	need_userns
	for errno in 1 38; do
		for options in --caps=kill --caps=none --drop-caps=chown --ambient-caps=kill --disable-userns; do
			run -1 as_user "$REFUSE" "$errno" capset -- "$XUNSHARE" -c "$options" echo ran
			output_has 'capabilities'
			output_lacks ran
		done
	done
}

@test 'lists that say nothing or too much are refused' {
	for list in '' 'kill,' ',kill' no_such 64 4294967301 'kill net_raw' "$(printf 'x%.0s' {1..200})"; do
		run -1 as_user "$XUNSHARE" -r "--caps=$list" echo ran
		output_has '--caps: '
		output_lacks ran
	done
	for option in drop-caps ambient-caps; do
		run -1 as_user "$XUNSHARE" -r "--$option=" echo ran
		output_has "--$option: there is no capability ''"
		output_lacks ran
	done
	run -1 as_user "$XUNSHARE" -r --caps=kill --ambient-caps=chown echo ran
	output_has 'chown: --caps leaves that out'
	run -1 as_user "$XUNSHARE" -r --drop-caps=chown --ambient-caps=chown,kill echo ran
	output_has 'chown: --drop-caps leaves that out'
	output_lacks ran
}

@test 'A11: the first process keeps no more than the program has' {
	need_userns
	for options in '-r --caps=kill' '-c --caps=kill' -c '-c --ambient-caps=kill' '-r --drop-caps=all'; do
		# shellcheck disable=SC2016,SC2086
		run -0 inside $options --init --mount-proc sh -c 'for pid in self 1; do
			sed -n "/^Cap\(Prm\|Eff\|Inh\)/p" /proc/$pid/status | tr "\n" " "; echo
		done'
		[ "${lines[0]}" = "${lines[1]}" ] || fail "$options: $output"
	done
}

@test 'TERM ends a first process whose program has become somebody else' {
	need_root
	need setpriv
	start "$XUNSHARE" --init --mount-proc --caps=setuid,setgid setpriv --reuid 12345 --regid 12345 \
		--clear-groups sh -c 'trap "" TERM; echo up; sleep 1000'
	wait_until grep -q up "$started_out"
	kill -TERM "$started"
	wait_until test ! -e "/proc/$started"
}

@test 'the steps name the capabilities' {
	run -0 as_user "$XUNSHARE" -c --caps=kill,net_raw --dry-run true
	output_has 'prctl(PR_CAPBSET_DROP)'
	output_has 'capset(kill,net_raw), prctl(PR_CAP_AMBIENT)'
	run -0 as_user "$XUNSHARE" --caps=kill -S 12345 --dry-run true
	output_has 'prctl(PR_SET_KEEPCAPS, 1)'
}

# ------------------------------------------------------------ user namespaces

@test 'A26: --disable-userns: no user namespace inside, not for root either' {
	need_userns
	need python3
	for options in -r -c -rf '-r --init --mount-proc' '-c --keep-caps' '-U --caps=sys_admin,setpcap'; do
		# shellcheck disable=SC2086
		run -0 inside $options --disable-userns python3 -c '
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(what, value):
    print(what, value, os.strerror(ctypes.get_errno()) if value < 0 else "")
USER = 0x10000000
call("unshare", libc.unshare(USER))
call("unshare", libc.unshare(USER | 0x20000))
# Raw clone(2); the child would be told by 0.
pid = libc.syscall(56, USER | 17, 0, 0, 0, 0) if os.uname().machine == "x86_64" else -1
if pid == 0: os._exit(0)
print("clone", pid)
libc.setns.argtypes = [ctypes.c_int, ctypes.c_int]
call("setns", libc.setns(os.open("/proc/self/ns/user", os.O_RDONLY), USER))
try:
    open("/proc/sys/user/max_user_namespaces", "w").write("100")
    print("raised 1")
except OSError as e:
    print("write -1", e)
print("limit", open("/proc/sys/user/max_user_namespaces").read().strip())'
		for word in unshare clone setns write; do
			output_has "$word -1"
		done
		output_has 'limit 0'
		output_lacks raised
	done
}

@test 'A26: without --disable-userns there are some' {
	need_userns
	run -0 inside -r unshare -U true
}

@test 'A26: no capability is left that could allow user namespaces again' {
	need_userns
	run -0 inside -r --disable-userns grep -E 'CapPrm|CapBnd' /proc/self/status
	for line in "${lines[@]}"; do
		[ $((0x${line##*$'\t'} >> 24 & 1)) = 0 ] || fail "$line"
	done
	run -0 inside -r --disable-userns --caps=all --drop-caps=sys_resource grep CapPrm /proc/self/status
	for options in --caps=all --caps=kill,sys_resource --ambient-caps=sys_resource; do
		run -1 inside -r --disable-userns "$options" echo ran
		output_has 'with the capability sys_resource the program could allow user namespaces again'
		output_lacks ran
	done
}

# read_only_sys COMMAND...: as a user where /proc/sys is read-only, as in a container.
read_only_sys()
{
	# shellcheck disable=SC2016
	private sh -ec '
		mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
		exec setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$@"' sh "$@"
}

@test 'A26: where /proc/sys is read-only it is done by a procfs of its own, or not at all' {
	need_root
	mkdir "$BATS_TEST_TMPDIR/proc"
	# A second procfs that nothing covers lets the kernel make a third one.
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t proc proc "$0" && exec "$@"' "$BATS_TEST_TMPDIR/proc" \
		bash -c "$(declare -f private read_only_sys); read_only_sys \"\$@\"" bash \
		"$XUNSHARE" -rpf --mount-proc --disable-userns sh -c 'unshare -U true || echo refused'
	output_has refused
	for option in -r -c; do
		run -1 read_only_sys "$XUNSHARE" "$option" --disable-userns echo ran
		output_has 'hint: /proc/sys is read-only here, as in a container'
		output_has --without=userns
		output_lacks ran
	done
}

@test 'A26: --disable-userns needs a user namespace' {
	for options in '' -m '-f -m' --dry-run; do
		# shellcheck disable=SC2086
		run -1 as_user "$XUNSHARE" $options --disable-userns echo ran
		output_has '--disable-userns needs a new user namespace (--user)'
		output_lacks ran
	done
}

@test 'A26: --disable-userns holds below a new root without a procfs' {
	need_userns
	need busybox
	dir=$(user_dir)
	mkdir "$dir/bin"
	cp "$(command -v busybox)" "$dir/bin/"
	run -1 inside -r "--pivot-root=$dir" --disable-userns /bin/busybox unshare -U /bin/busybox echo ran
	output_lacks ran
	run -0 inside -r "--pivot-root=$dir" /bin/busybox unshare -U /bin/busybox echo ran
	output_has ran
}

@test 'A26: where the limit cannot be written, nothing runs' {
	need_root
	# shellcheck disable=SC2016
	run -1 private sh -c 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys &&
		exec "$@"' sh "$XUNSHARE" -r --disable-userns echo ran
	output_has 'cannot forbid user namespaces by /proc/sys/user/max_user_namespaces: Read-only file system'
	output_lacks ran
}

# ----------------------------------------------------------------- death signal

@test 'A14: --die-with-parent and --kill-child hold after ids and capabilities have changed' {
	need_root
	for options in '--die-with-parent' '-f --die-with-parent' '-f --kill-child'; do
		for rights in '--caps=none' '--caps=kill -S 12345 -G 12345' '-r --caps=none --no-new-privs' \
			'-c --ambient-caps=kill --disable-userns' '-S 12345 --no-new-privs'; do
			# shellcheck disable=SC2086
			start sh -c '"$@" & echo "up $!"; exec sleep 1000' sh \
				"$XUNSHARE" $options $rights sh -c 'echo "runs $$"; exec sleep 1000'
			wait_until grep -q runs "$started_out"
			program=$(sed -n 's/^runs //p' "$started_out")
			case $options in
			*kill-child*) kill -KILL "$(sed -n 's/^up //p' "$started_out")" ;;
			*) kill -KILL "$started" ;;
			esac
			wait_until test ! -e "/proc/$program"
		done
	done
}

@test 'A14: --rlimit can raise a limit and take the right to do so with it' {
	need_userns
	soft=$(ulimit -Hn)
	run -0 inside -r --caps=none --disable-userns --no-new-privs "--rlimit=nofile=$soft" --rlimit=core=0 \
		sh -c 'ulimit -Sn; ulimit -Hc; ulimit -Hc unlimited 2>&1 || echo refused'
	[ "${lines[0]}" = "$soft" ]
	[ "${lines[1]}" = 0 ]
	output_has refused
}
