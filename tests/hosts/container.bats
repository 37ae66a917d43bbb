#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tools in a container with the defaults of docker or podman. Run by ring.py.

load ../cli/common

setup()
{
	case ${LIBNS_HOST:-} in
	docker | podman) ;;
	*) skip 'needs tests/hosts/in docker or podman' ;;
	esac
}

# same_result COMMAND... -- COMMAND...: both end alike, and print the same if they succeed.
same_result()
{
	local theirs=() their_status their_output
	while [ "$1" != -- ]; do
		theirs+=("$1")
		shift
	done
	shift
	run "${theirs[@]}"
	their_status=$status their_output=$output
	run "$@"
	status_is "$their_status"
	[ "$status" != 0 ] || output_is "$their_output"
}

@test "what can be created is what unshare can create" {
	local option
	for option in -U -Ur -m -n -UrTf -Urm -Urn '-Urpf --mount-proc'; do
		# shellcheck disable=SC2086
		same_result unshare $option echo done -- "$XUNSHARE" $option echo done
	done
}

@test "a refused namespace is explained with the filter" {
	[ "$LIBNS_HOST" = docker ] || skip 'this container may create user namespaces'
	run -1 "$XUNSHARE" -Ur true
	output_has 'hint: '
	output_has seccomp
}

@test "a covered /proc explains why none can be mounted" {
	[ "$LIBNS_HOST" = podman ] || skip 'this container may not create user namespaces'
	run "$XUNSHARE" -Urpf --mount-proc true
	[ "$status" = 0 ] || { output_has 'hint: ' && output_has /proc; }
}

@test "a sandbox is built, or the reason and a way out are told" {
	local root=$BATS_TEST_TMPDIR/root option
	mkdir -p "$root/proc" "$root/dev" "$root/bin"
	cp "$(type -P busybox)" "$root/bin/"
	for option in --sandbox '--sandbox --rw=.' '--sandbox --without=net' "--container=$root"; do
		# shellcheck disable=SC2086
		run "$XUNSHARE" $option -- busybox echo done
		[ "$status" = 0 ] || output_has 'hint: '
		[ "$LIBNS_HOST" != docker ] || output_has seccomp
	done
}

@test "a sandbox is built without the parts that the hints name" {
	[ "$LIBNS_HOST" = podman ] || skip 'this container may not create user namespaces'
	local root=$BATS_TEST_TMPDIR/root preset i
	mkdir -p "$root"/{proc,sys,dev,bin}
	cp "$(type -P busybox)" "$root/bin/"
	for preset in --sandbox "--container=$root"; do
		local without=()
		for i in {1..6}; do
			run "$XUNSHARE" "$preset" "${without[@]}" -- busybox echo done
			[ "$status" != 0 ] || break
			[[ ${lines[1]} =~ --without=([a-z-]+) ]] || fail "with ${without[*]}:" "$output"
			without+=("--without=${BASH_REMATCH[1]}")
		done
		[ "$output" = done ] || fail "with ${without[*]}:" "$output"
	done
}

@test "--check ends by itself" {
	run timeout 20 "$XUNSHARE" --check
	[ "$status" -lt 2 ] || fail "exit status $status:" "$output"
	output_has seccomp
}

@test "what we are in already is not joined, so that nobody can refuse it" {
	local option
	for option in -n -m -u -i; do
		run -0 "$XNSENTER" -t $$ $option echo done
		output_is done
	done
}

@test "a namespace of our own is entered as nsenter does" {
	[ "$LIBNS_HOST" = podman ] || skip 'this container may not create user namespaces'
	sleeper -Urn
	same_result nsenter -t "$sleeper" -U -n --preserve-credentials readlink /proc/self/ns/net -- \
		"$XNSENTER" -t "$sleeper" -U -n --preserve-credentials readlink /proc/self/ns/net
}

@test "the namespaces of the container are listed" {
	run -0 "$XLSNS" -n -o TYPE
	for type in cgroup ipc mnt net pid time user uts; do
		output_has "$type"
	done
}

@test "no name of a network namespace: said, and nothing is left" {
	run -0 "$XNETNS" list
	output_is ''
	run -1 "$XNETNS" add a
	output_has 'xnetns: '
	[ ! -e /run/netns/a ]
}
