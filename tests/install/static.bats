#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The profile `static`: tools that are carried to a machine on which nothing else works.

load ../cli/common

setup()
{
	# What they are called on a machine where the path of the build means nothing.
	root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	cp "$XUNSHARE" "$XNSENTER" "$XNETNS" "$root"
}

# bare SCRIPT: what the script runs as `in_root` sees a root with the three tools in it, and
# a procfs. Mounts and names are its own.
bare()
{
	# shellcheck disable=SC2016
	private_run sh -ec '
		root=$1 target=$2
		in_root() { chroot "$root" "$@"; }
		mkdir -p "$root/proc" "$root/sys" "$root/run"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/run"
		'"$1" sh "$root" "${sleeper:-}"
}

@test "each is one file that asks for no loader and no library" {
	need readelf
	for tool in xunshare xnsenter xnetns; do
		run -0 readelf -ld "$root/$tool"
		output_lacks INTERP
		output_lacks NEEDED
	done
}

@test "they start in a root with nothing else, not even a procfs" {
	for tool in xunshare xnsenter xnetns; do
		if is_root; then
			run -0 chroot "$root" "/$tool" --version
		else
			need_userns
			run -0 unshare -r chroot "$root" "/$tool" --version
		fi
		output_has "$tool from libns "
		run -0 "$root/$tool" --help
		output_has 'Usage:'
	done
}

@test "xunshare makes namespaces there, and says what is missing" {
	need_root
	run -0 bare 'in_root /xunshare -n -u -i -p -f --mount-proc --propagation unchanged /xnetns --version'
	output_has 'xnetns from libns'
	run -127 bare 'in_root /xunshare -n ls'
	output_has "cannot execute 'ls'"
	run -1 bare 'in_root /xunshare -U --map-auto /xnetns --version'
	output_has '/etc/subuid'
}

@test "xnsenter enters from there, with the programs and the accounts of the inside" {
	need_root
	sleeper -mnpuf --mount-proc
	run -0 bare 'in_root /xnsenter -t "$target" -- sh -c "echo inside, \$\$ is not 1; ls -d /etc"'
	output_has 'is not 1'
	output_has /etc
	run -0 bare 'in_root /xnsenter -t "$target" -S daemon -- id -un'
	output_is daemon
	run -0 bare 'in_root /xnsenter -t "$target" --like-target -- readlink /proc/self/ns/uts'
	output_is "uts:[$(ns_ino "$sleeper" uts)]"
	run -0 bare 'in_root /xnsenter -t ns:$(stat -Lc %i /proc/$target/ns/net) -- /xnetns list'
	output_is ''
}

@test "xnetns keeps names there" {
	need_root
	run -0 bare 'in_root /xnetns add blue
		in_root /xnetns list
		in_root /xnetns exec blue /xnetns identify
		in_root /xnetns delete blue
		in_root /xnetns list'
	output_is $'blue\nblue'
}

@test "what would have to be loaded is refused with a sentence" {
	[ -e "$BUILD_ROOT/lib/scan.bpf.o" ] || skip 'BPF cannot be used here: this build has none'
	need_root
	run -1 "$XLSNS" --bpf=always
	output_has 'needs libbpf.so.1, and this program, which is linked as a whole, can load no library'
	one_line
}

@test 'the archive to carry: the same bytes each time, a checksum that is right, tools that start' {
	for dir in one two; do
		"$SOURCE_ROOT/docs/packaging/build-static" "$BATS_TEST_TMPDIR/$dir" "$BUILD_ROOT"
	done
	cmp "$BATS_TEST_TMPDIR"/one/*.gz "$BATS_TEST_TMPDIR"/two/*.gz
	cd "$BATS_TEST_TMPDIR/one"
	run -0 sha256sum --check ./*.sha256
	tar -xzf ./*.tar.gz
	for tool in xunshare xnsenter xnetns; do
		run -0 ./libns-*/"$tool" --version
		output_has 'from libns'
	done
	find . -name LICENSE | grep -q .
}
