#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xlsns through BPF iterators: the same answers as through procfs, or none.

load common

setup()
{
	need_root
	FARM_DIR=${XLSNS%/cmd/xlsns}/tests/farm
	[ -x "$FARM_DIR/hidden" ] || FARM_DIR=${XNETNS%/cmd/xnetns}/tests/farm
	export FARM_DIR XLSNS
	run "$XLSNS" --bpf=always -l
	BPF=$status WHY=${output#xlsns: }
}

need_bpf()
{
	[ "$BPF" = 0 ] || skip "BPF cannot be used here: $WHY"
}

# beside CMD ARG... -- SCRIPT: SCRIPT while "FARM_DIR/CMD ARG..." is ready; in a mount
# namespace of its own. What was announced is in the file $made, without "ready".
beside()
{
	local maker=()
	while [ "$1" != -- ]; do
		maker+=("$1")
		shift
	done
	# shellcheck disable=SC2016
	run private bash -c '
		dir=$1 script=$2 maker=$FARM_DIR/$3
		shift 3
		made=$dir/made
		mkdir -p "$dir/mnt"; mkfifo "$dir/in"; : >"$made"
		timeout -k 1 100 "$maker" "$@" <"$dir/in" >"$made" 2>"$dir/why" 3>&- &
		pid=$!
		exec 9>"$dir/in"
		for i in $(seq 1500); do
			grep -q ready "$made" && break
			kill -0 $pid 2>/dev/null || break
			sleep 0.02
		done
		grep -q ready "$made" && sed -i /ready/d "$made" && eval "$script" 9>&-
		rc=$?
		exec 9>&-
		wait $pid
		ended=$?
		[ $ended = 0 ] || cat "$dir/why" >&2
		[ $ended = 77 ] && exit 77
		[ $ended = 0 ] && exit $rc
		exit 99' beside "$BATS_TEST_TMPDIR" "$2" "${maker[@]}"
	[ "$status" != 77 ] || skip "cannot be made here: $output"
	status_is 0
}

# The rows of what was made and all its holders, both ways.
# shellcheck disable=SC2016
both_ways='
	ask() {
		"$XLSNS" --bpf="$1" -l -r -n -o NS,TYPE,NPROCS,PID,PPID,USER,COMMAND,PNS,ONS,NSFS >"$made.list"
		while read -r type ino; do
			grep "^$ino $type " "$made.list" || echo "$type $ino is not found"
			# How many others cannot be read changes by the minute, and who else lists
			# namespaces right now has them open, too.
			"$XLSNS" --bpf="$1" --holders "$ino" -J | jq "del(.unseen) |
				(.holders // empty) |= map(select((.command // \"/farm/\") | contains(\"/farm/\")))"
		done <"$made" >"$made.$1"
	}
	[ -s "$made" ] || echo "nothing was made"
	ask never
	ask always
	diff "$made.never" "$made.always" && ! grep "is not found" "$made.always"'

# What it is matters as much as that it is found: also kinds and numbers of holders.
same()
{
	need_bpf
	beside hidden "$1" "$BATS_TEST_TMPDIR/mnt" -- "$both_ways"
	output_is ''
}

@test '10 another thread' { same 10; }
@test '11 the main thread has exited' { same 11; }
@test '12 time_for_children of a thread' { same 12; }
@test '13 pid_for_children, first process dead' { same 13; }
@test '14 time_for_children' { same 14; }
@test '20 descriptor, all types' { same 20; }
@test '21 O_PATH descriptor, all types' { same 21; }
@test '22 descriptor in the table of a thread' { same 22; }
@test '23 inet socket' { same 23; }
@test '24 unix, netlink and packet socket' { same 24; }
@test '25 socket in the table of a thread' { same 25; }
@test '26 tun descriptor' { same 26; }
@test '27 descriptor in flight' { same 27; }
@test '28 file registered with io_uring' { same 28; }
@test '29 descriptor through a bind mount that is gone' { same 29; }
@test '38 in a detached tree' { same 38; }
@test '39 descriptor in a detached tree' { same 39; }
@test '42 owner behind a socket' { same 42; }
@test '43 dead pid ns and its dead parent' { same 43; }
@test '44 in a detached tree that several processes hold' { same 44; }

@test 'traps stay traps: 60 a dead FUSE mount, 61 a locked command line' {
	need_bpf
	for trap in 60 61; do
		# shellcheck disable=SC2016
		beside hidden "$trap" "$BATS_TEST_TMPDIR/mnt" -- \
			'timeout -k 1 5 "$XLSNS" --bpf=always >/dev/null || echo "hangs: $?"'
		output_is ''
		rm -rf "${BATS_TEST_TMPDIR:?}/"*
	done
}

# What is running beside us is none of the farm, and comes and goes.
farm_only='^[^ ]*/farm -p'

@test 'a farm: threads, descriptors, sockets and mounts' {
	need_bpf
	export farm_only
	# shellcheck disable=SC2016
	beside farm -p 300 -s 20 -t 3 -f 5 -k 3 -m 2 -- '
		ask() { "$XLSNS" --bpf="$1" -lr --output-all -Q "COMMAND =~ \"$farm_only\" && NPROCS == 15"; }
		ask never >"$made.never"
		ask always >"$made.always"
		diff "$made.never" "$made.always" && wc -l <"$made.always"'
	output_is 101
}

# The answers are the same without BPF: whether it was used shows in what procfs is asked.
@test 'always: it comes from the records' {
	need_bpf
	need_plain_build
	need strace
	# shellcheck disable=SC2016
	beside farm -p 200 -t 2 -f 5 -- '
		links() { strace -f -o "$made.calls" -e trace=readlinkat "$XLSNS" --bpf="$1" -l >/dev/null; grep -c "\"ns/uts\"" "$made.calls" || :; }
		always=$(links always) never=$(links never)
		[ "$never" -ge 200 ] && [ $((always * 4)) -lt "$never" ] || echo "$always links read, $never without BPF"'
	output_is ''
}

@test 'members of a namespace and one task' {
	need_bpf
	export farm_only
	# shellcheck disable=SC2016
	beside farm -p 20 -s 1 -t 3 -- '
		member=$("$XLSNS" --bpf=never -lrn -t uts -o NS,PID -Q "COMMAND =~ \"$farm_only\" && NPROCS == 20")
		ns=${member% *} task=${member#* }
		ask() { "$XLSNS" --bpf="$1" "$ns" -o PID,PPID,USER,COMMAND; "$XLSNS" --bpf="$1" -lr -o NS,TYPE,PATH -p "$task"; }
		ask never >"$made.never"
		ask always >"$made.always"
		diff "$made.never" "$made.always" && wc -l <"$made.always"'
	output_is 30
}

@test 'auto: where it pays, and only there' {
	need_bpf
	need_plain_build
	need strace
	# shellcheck disable=SC2016
	beside farm -p 200 -t 10 -- '
		calls() { strace -f -o "$made.calls" -e trace=bpf "$XLSNS" "$@" -l >/dev/null; grep -c BPF_ITER_CREATE "$made.calls" || :; }
		calls; calls --bpf=never'
	output_is $'1\n0'
}

@test 'without libbpf: always says so, auto reads procfs' {
	need_bpf
	need_plain_build
	: >"$BATS_TEST_TMPDIR/libbpf.so.1"
	export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR
	run "$XLSNS" --bpf=always
	status_is 1
	[[ $output == 'xlsns: BPF needs libbpf.so.1 (package libbpf1), which cannot be loaded: '* ]] || fail "$output"
	# shellcheck disable=SC2016
	beside farm -p 200 -s 2 -t 10 -- '"$XLSNS" -lrn -t uts -o NS,NPROCS | grep -v "^$(stat -Lc %i /proc/self/ns/uts) " | grep -c " 100$"'
	output_is 2
}

@test 'not in other namespaces: always says so, auto reads procfs' {
	need_bpf
	for how in '-p -f --mount-proc' -U; do
		# shellcheck disable=SC2086
		run unshare $how "$XLSNS" --bpf=always
		status_is 1
		output_is 'xlsns: BPF shows the processes of the initial namespaces only'
		# shellcheck disable=SC2086
		run unshare $how "$XLSNS" -l -n
		status_is 0
	done
}

@test 'not without capabilities: always says so, auto reads procfs' {
	need_bpf
	for set in -sys_ptrace -bpf,-sys_admin -perfmon,-sys_admin; do
		run setpriv --bounding-set "$set" "$XLSNS" --bpf=always
		status_is 1
		output_is 'xlsns: BPF needs CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE'
		run setpriv --bounding-set "$set" "$XLSNS" -l -n
		status_is 0
	done
	run as_user "$XLSNS" --bpf=always
	status_is 1
	one_line
}

@test 'a saved procfs is never read through BPF' {
	run "$XLSNS" --proc="$BATS_TEST_DIRNAME/../fixtures/proc/host" --bpf=always
	status_is 1
	one_line
	run "$XLSNS" --proc="$BATS_TEST_DIRNAME/../fixtures/proc/host" --bpf=auto -l
	status_is 0
}

@test 'another word is an error' {
	run "$XLSNS" --bpf=perhaps
	status_is 1
	output_is "xlsns: --bpf: auto, never or always, not 'perhaps'"
}
