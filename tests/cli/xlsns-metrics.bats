#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns --metrics: what Prometheus reads, and docs/metrics.md.

load common
load xlsns

# checked: the samples of the last output, if it is sound.
checked()
{
	need python3
	# shellcheck disable=SC2154
	samples=$(printf '%s\n' "$output" | "$BATS_TEST_DIRNAME/check-metrics.py") || fail "$samples" "$output"
}

# sample_is 'NAME{LABELS}' VALUE
sample_is()
{
	grep -qxF "$1 $2" <<<"$samples" || fail "not $1 $2:" "$samples"
}

@test "the format is one that Prometheus reads, and promtool finds nothing to say" {
	run --separate-stderr "$XLSNS" --metrics
	status_is 0
	checked
	# All types with all holders, so that an alert never misses a series.
	[ "$(grep -c '^xlsns_namespaces{' <<<"$samples")" = $((8 * 13)) ]
	[ "$(grep -c '^xlsns_namespaces_leaked{' <<<"$samples")" = 8 ]
	[ "$(grep -c '^xlsns_unseen{' <<<"$samples")" = 7 ]
	need promtool
	run promtool check metrics <<<"$output"
	status_is 0
	output_is ''
}

@test "the check itself refuses what is wrong" {
	need python3
	good=$'# HELP a x\n# TYPE a gauge\na{b="c"} 1\n# EOF'
	try() {
		run "$BATS_TEST_DIRNAME/check-metrics.py" <<<"$1"
	}
	try "$good"
	status_is 0
	for bad in "${good/'# EOF'/}" "${good/'# HELP a x'/}" "${good/gauge/lots}" "${good/\"c\"/\"c}" \
		"${good/\{b=\"c\"\} 1/\{b=\"c\"\} 1$'\n'a\{b=\"c\"\} 2}" "${good/ 1/}" "${good/b=/b.=}"; do
		try "$bad"
		status_is 1
	done
}

@test "a saved procfs: what holds which" {
	run "$XLSNS" --proc="$host" --metrics
	status_is 0
	checked
	sample_is 'xlsns_namespaces{held_by="process",type="uts"}' 4
	[ "$(grep '^xlsns_namespaces{.*type="net"' <<<"$samples" | grep -v '"process"' | awk '{ n += $NF } END { print n }')" = \
		"$("$XLSNS" --proc="$host" -P -t net -n -l -r -o NS | wc -l)" ]
	sample_is 'xlsns_containers{runtime="docker",state="running"}' 1
	sample_is 'xlsns_processes_hidden{}' 0
	[ "$(grep '^xlsns_namespaces{' <<<"$samples" | awk '{ n += $NF } END { print n }')" = \
		"$("$XLSNS" --proc="$host" -n -l -r -o NS | wc -l)" ]
}

# In a pid namespace of its own, where nobody else comes and goes: a forgotten descriptor is a leak, one
# with a name, a child or an owner of something is none.
@test "a leak is what has neither a process nor a name" {
	need_root
	need python3
	# shellcheck disable=SC2016
	run private unshare -p -f --mount-proc sh -ec '
		mount -t tmpfs none /mnt; : >/mnt/a; : >/mnt/b
		unshare --uts=/mnt/a true; unshare --ipc=/mnt/b true
		exec 5</mnt/a; umount -l /mnt/a; exec 6</mnt/b
		"$1" --without=other_mounts --metrics' sh "$XLSNS"
	status_is 0
	checked
	sample_is 'xlsns_namespaces_leaked{type="uts"}' 1
	sample_is 'xlsns_namespaces_leaked{type="ipc"}' 0
	sample_is 'xlsns_namespaces_leaked{type="net"}' 0
	sample_is 'xlsns_namespaces{held_by="fd",type="uts"}' 1
	sample_is 'xlsns_namespaces{held_by="fd",type="ipc"}' 1
}

@test "who may not read everything is told how much" {
	is_root || skip 'needs root to have other processes'
	run as_user "$XLSNS" --metrics
	status_is 0
	checked
	[[ $samples =~ 'xlsns_unseen{kind="processes"} '[1-9] ]]
}

@test "a failure prints no counts" {
	run --separate-stderr "$XLSNS" --proc=/etc --metrics
	status_is 1
	output_is ''
	run sh -c '"$1" --metrics >/dev/full' sh "$XLSNS"
	status_is 1
}

@test "the recipe: service, timer and alerts" {
	need python3
	dir=$BATS_TEST_TMPDIR/textfile
	mkdir "$dir"
	command=$(sed -n "s/^ExecStart=.*-ec '\(.*\)'$/\1/p" "$docs/metrics/xlsns-metrics.service")
	[ -n "$command" ]
	DIR=$dir PATH=${XLSNS%/*}:$PATH run -0 sh -ec "$command"
	[ "$(ls "$dir")" = xlsns.prom ]
	output=$(cat "$dir/xlsns.prom")
	checked
	metrics=$output
	# A failure leaves the old file.
	sed -i 1s/^/old/ "$dir/xlsns.prom"
	DIR=$dir PATH=/usr/bin:/bin run sh -ec "${command/xlsns --metrics/false}"
	[ "$status" != 0 ]
	grep -q ^old "$dir/xlsns.prom"
	# What the alerts ask for is printed.
	for name in $(grep -o 'xlsns_[a-z_]*' "$docs/metrics/xlsns-alerts.yml" | sort -u); do
		grep -q "^$name{" <<<"$samples" || fail "no metric $name"
	done
	for name in $(grep -oE '^\| `xlsns_[a-z_]*' "$docs/metrics.md" | grep -o 'xlsns.*'); do
		grep -q "^# TYPE $name gauge$" <<<"$metrics" || fail "no metric $name"
	done
	[ "$(grep -c '^| `xlsns_' "$docs/metrics.md")" = "$(grep -c '^# TYPE' <<<"$metrics")" ]
	need promtool
	run promtool check rules "$docs/metrics/xlsns-alerts.yml"
	status_is 0
}

@test "the recipe without Prometheus" {
	need jq
	cd "$BATS_TEST_TMPDIR"
	mkdir bin
	printf '#!/bin/sh\nshift\nexec "$@"\n' >bin/ssh
	chmod +x bin/ssh
	echo box >hosts
	exec 7</proc/self/ns/uts
	sed -n '/^for host/,/^done/p' "$docs/metrics.md" >script
	PATH=$PWD/bin:${XLSNS%/*}:$PATH run -0 bash -eo pipefail script
	for line in "${lines[@]}"; do
		[[ $line =~ ^box$'\t'[a-z]+$'\t'[0-9]+$'\t'[0-9]+$ ]] || fail "$line"
	done
	exec 7<&-
}
