#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns with one system call failing, each in turn: it may fail and say why, or not mind;
# but it never ends with success and less than there is.

load common
load faults

host=$BATS_TEST_DIRNAME/../fixtures/proc/host

setup()
{
	need strace
	need_plain_build
}

# A saved procfs: nothing comes and goes in there.
modes()
{
	each "$@" "$XLSNS" --proc="$host" -l -o NS,COMMAND,CONTAINER,UIDMAP
	each "$@" "$XLSNS" --proc="$host" --pid-tree
	each "$@" "$XLSNS" --proc="$host" --containers
}

more_modes()
{
	modes "$@"
	each "$@" "$XLSNS" --proc="$host" --holders 4026531840
	each "$@" "$XLSNS" --proc="$host" --graph dot
	least=0 each "$@" "$XLSNS" --proc="$host" --propagation=1
	each "$@" "$XLSNS" --proc="$host" 4026531840
}

@test "getdents64 fails" { more_modes getdents64 EIO; }

@test "readlinkat fails" { each readlinkat EIO "$XLSNS" --proc="$host" -l -o NS,UIDMAP; }

@test "newfstatat fails" { each newfstatat EIO "$XLSNS" --proc="$host" -l -n -o NS,UID; }

@test "too many open files" { modes openat EMFILE; }

@test "read fails" { more_modes read EIO; }

# The parents of a pid namespace, which only the kernel can tell.
@test "ioctl and fstatfs fail" {
	need_root
	start unshare -pf --kill-child sleep 1000
	wait_until child_of "$started"
	child=$(child_of "$started")
	wait_until comm_is "$child" sleep
	each ioctl EIO "$XLSNS" --bpf=never --pid-map "$child"
	each fstatfs EIO "$XLSNS" --bpf=never --pid-map "$child"
}

@test "--compare: what cannot be read is not the same" {
	for call in 'openat EMFILE' 'read EIO' 'readlinkat EIO'; do
		code=0
		for ((n = 1; n < 200; n += 1 + n / apart)); do
			code=0
			strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace="${call% *}" \
				-e inject="${call% *}:error=${call#* }:when=$n" \
				"$XLSNS" --compare $$ $$ >/dev/null 2>"$BATS_TEST_TMPDIR/words" || code=$?
			grep -q INJECTED "$BATS_TEST_TMPDIR/trace" || break
			grep INJECTED "$BATS_TEST_TMPDIR/trace" | grep -qE "$own_business" && continue
			[ "$code" = 0 ] || [ -s "$BATS_TEST_TMPDIR/words" ] || fail "$code without a word"
			case $(grep INJECTED "$BATS_TEST_TMPDIR/trace") in
			*'"root"'* | *'"cgroup"'* | *'"uid_map"'* | *'"gid_map"'*) [ "$code" = 2 ] || fail "$code" ;;
			esac
		done
	done
}

# The smallest limits with which a program starts at all, up to the first that is enough.
@test "few descriptors: all is seen, or it fails and says so" {
	want=$("$XLSNS" --proc="$host" -l)
	worked=no
	for limit in 4 5 6 7 8 9 10 12 16 20; do
		code=0
		# shellcheck disable=SC2016
		got=$(bash -c 'ulimit -n "$1" && shift && exec "$@"' bash "$limit" \
			"$XLSNS" --proc="$host" -l 2>"$BATS_TEST_TMPDIR/words") || code=$?
		if [ "$code" = 0 ]; then
			[ "$got" = "$want" ] || fail "$limit descriptors: success with less"
			worked=yes
		else
			[ -s "$BATS_TEST_TMPDIR/words" ] || fail "$limit descriptors: $code without a word"
		fi
	done
	[ "$worked" = yes ]
	# On this system too; its own soft limit does not matter.
	# shellcheck disable=SC2016
	run -0 bash -c 'ulimit -Sn 7 && exec "$@"' bash "$XLSNS" -l -o NS
	few=${#lines[@]}
	run -0 "$XLSNS" -l -o NS
	[ "$few" -ge $((${#lines[@]} / 2)) ]
}
