#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Processes that the mount option hidepid conceals: nobody can count them, and nobody
# says that there are none.

load common

# with_hidepid OPTIONS CMD...: CMD as the ordinary user where /proc is mounted so.
with_hidepid()
{
	# shellcheck disable=SC2016
	private sh -ec 'mount -t proc -o "$1" proc /proc; shift
		exec setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$@"' sh "$@"
}

@test 'processes that hidepid conceals are not counted as none' {
	need_root
	for value in 2 4 2,gid=65532 2,subset=pid; do
		run with_hidepid "hidepid=$value" "$XLSNS" -Jl
		status_is 0
		jq -e '.unseen | has("processes") and .processes == null and .fds != null' <<<"$output"
		run with_hidepid "hidepid=$value" "$XLSNS" --holders /proc/self/ns/uts -J
		jq -e '.unseen | has("processes") and .processes == null' <<<"$output"
		run with_hidepid "hidepid=$value" "$XLSNS" --pid-tree -J
		jq -e '.unseen | has("processes") and .processes == null' <<<"$output"
		run with_hidepid "hidepid=$value" "$XLSNS" -v
		status_is 0
		output_has 'hidden by the mount option hidepid; how many cannot be known'
		output_lacks 'processes are not readable'
		run with_hidepid "hidepid=$value" "$XLSNS"
		status_is 0
		output_lacks hidepid
		run with_hidepid "hidepid=$value" "$XNSENTER" -t ns:12345 true
		status_is 1
		output_has 'no namespace 12345 found (processes of others are hidden'
	done
}

@test 'processes that are listed are counted, whatever their mount says' {
	need_root
	# The contents are hidden, or nothing is; or not from this group.
	for options in hidepid=0 hidepid=1 hidepid=2,gid=65533 subset=pid; do
		run with_hidepid "$options" "$XLSNS" -Jl
		status_is 0
		jq -e '.unseen.processes > 0' <<<"$output"
	done
	# Nothing is hidden from root.
	# shellcheck disable=SC2016
	run private sh -ec 'mount -t proc -o hidepid=2 proc /proc; exec "$1" -Jl' sh "$XLSNS"
	jq -e '.unseen.processes | type == "number"' <<<"$output"
	# And another procfs than that of /proc counts as it is.
	# shellcheck disable=SC2016
	run private sh -ec 'mount -t tmpfs -o mode=755 none /mnt; mkdir /mnt/p
		mount -t proc -o hidepid=2 proc /mnt/p
		exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$1" --proc=/mnt/p -Jl' sh "$XLSNS"
	status_is 0
	jq -e '.unseen | has("processes") and .processes == null' <<<"$output"
}

@test 'xnetns pids says that processes are hidden' {
	need_root
	# shellcheck disable=SC2016
	run private_run sh -ec '"$1" add a; mount -t proc -o hidepid=2 proc /proc
		exec setpriv --reuid 65533 --regid 65533 --clear-groups -- "$1" pids a' sh "$XNETNS"
	status_is 0
	output_has 'processes of others are hidden by the mount option hidepid'
}

@test 'a process that hidepid conceals: every answer about it names that' {
	need_root
	for mode in --compare= --pid-map= --pid-tree= --propagation= --task= --compare=tid:; do
		run with_hidepid hidepid=2 "$XLSNS" "${mode}1"
		output_has 'hint: /proc is mounted with hidepid'
		if [ "$mode" = --task= ]; then status_is 0; else [ "$status" -gt 0 ]; fi
	done
}

# A state file that anybody may read, and a process that not everybody sees.
@test 'a container whose processes hidepid conceals is not called stopped' {
	need_root
	sleeper -u
	# shellcheck disable=SC2016
	as_seen_by() {
		private sh -ec 'mount -t tmpfs -o mode=755 none /run; mkdir -p /run/docker/runtime-runc/moby/8c5e1f
			start=$(sed "s/.*) //" "/proc/$2/stat" 2>/dev/null | cut -d" " -f20)
			printf "{\"id\":\"8c5e1f\",\"init_process_pid\":%s,\"init_process_start\":%s}" "$2" "${start:-5}" \
				>/run/docker/runtime-runc/moby/8c5e1f/state.json
			mount -t proc -o "hidepid=$1" proc /proc; shift 2; exec "$@"' sh "$@"
	}
	user='setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --'
	state_of='.containers[] | select(.id == "8c5e1f").state'
	# shellcheck disable=SC2086
	run as_seen_by 2 "$sleeper" $user "$XLSNS" --containers -J
	[ "$(jq -r "$state_of" <<<"$output")" = unknown ]
	# shellcheck disable=SC2086
	run as_seen_by 2 "$sleeper" $user "$XLSNS" --metrics
	output_has 'xlsns_containers{runtime="docker",state="unknown"} 1'
	# shellcheck disable=SC2086
	run as_seen_by 2 "$sleeper" $user "$XNSENTER" -t docker:8c5e1f true
	output_has "container 'docker/8c5e1f' (docker) has no process that is seen here (processes of others are hidden"
	# Where nothing is hidden, and for root, it is known.
	# shellcheck disable=SC2086
	run as_seen_by 0 "$sleeper" $user "$XLSNS" --containers -J
	[ "$(jq -r "$state_of" <<<"$output")" = running ]
	run as_seen_by 2 "$sleeper" "$XLSNS" --containers -J
	[ "$(jq -r "$state_of" <<<"$output")" = running ]
	# shellcheck disable=SC2086
	run as_seen_by 0 4194304 $user "$XLSNS" --containers -J
	[ "$(jq -r "$state_of" <<<"$output")" = stopped ]
}
