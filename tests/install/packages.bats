#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/packaging: the Debian packages are built, complete, and what is in them runs.

load ../cli/common

setup_file()
{
	if command -v dh >/dev/null && git -C "$SOURCE_ROOT" rev-parse 2>/dev/null; then
		# The right to /tmp is not enough: packages are built by an ordinary user elsewhere.
		(umask 022; DEB_BUILD_OPTIONS='nocheck noautodbgsym' "$SOURCE_ROOT/docs/packaging/build-deb" \
			"$BATS_FILE_TMPDIR/deb" -b -d -Ppkg.libns.nobpf) >"$BATS_FILE_TMPDIR/log" 2>&1 ||
			tail -n 40 "$BATS_FILE_TMPDIR/log" >&2
	fi
}

setup()
{
	deb=$BATS_FILE_TMPDIR/deb
	case $BATS_TEST_DESCRIPTION in *'without git'*) return ;; esac
	need dh
	git -C "$SOURCE_ROOT" rev-parse 2>/dev/null || skip 'not a git checkout'
}

@test 'there are three packages, and no file is in two of them or in none' {
	[ "$(find "$deb" -name '*.deb' | wc -l)" = 3 ] || fail "$(tail -n 40 "$BATS_FILE_TMPDIR/log")"
	for package in "$deb"/*.deb; do
		dpkg-deb -c "$package" | awk '$1 !~ /^d/ { print $6 }'
	done | sort | uniq -d >"$BATS_TEST_TMPDIR/twice"
	run -0 cat "$BATS_TEST_TMPDIR/twice"
	output_is ''
	# dh_missing would have failed for a file in none.
	run -0 dpkg-deb -f "$deb"/libns0_*.deb Recommends
	for library in libcap-ng0 libmount1; do
		output_has "$library"
	done
	output_lacks libseccomp
}

@test 'lintian has nothing against them but what the recipe explains' {
	need lintian
	TMPDIR=$BATS_TEST_TMPDIR run lintian --allow-root --fail-on error --suppress-tags initial-upload-closes-no-bugs "$deb"/*.changes
	output_lacks 'E: '
	# scdoc says nowhere in a page that there is a table in it.
	[ -z "$(grep '^W: ' <<<"$output" | grep -v 'tbl preprocessor')" ] || fail "$output"
	status_is 0
}

@test 'what is in them runs together, and a program is built against it' {
	need_root
	root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	for package in "$deb"/*.deb; do
		dpkg-deb -x "$package" "$root"
	done
	unset LD_LIBRARY_PATH LD_PRELOAD
	# shellcheck disable=SC2016
	run -0 private sh -ec 'root=$1 work=$2
		mount -t tmpfs tmpfs "$work"
		mkdir "$work/up" "$work/work"
		mount -t overlay -o "lowerdir=/usr,upperdir=$work/up,workdir=$work/work" overlay /usr
		cp -a "$root/usr/." /usr
		mount --bind /dev/null /etc/ld.so.cache
		for tool in xunshare xnsenter xlsns xnetns; do "/usr/bin/$tool" --version; done
		/usr/bin/xunshare -r id -u
		cd "$work"
		cc -o spawn /usr/share/doc/libns-dev/examples/spawn.c $(pkg-config --cflags --libs libns)
		./spawn' sh "$root" "$(mktemp -d -p "$BATS_TEST_TMPDIR")"
	[ "$(grep -c 'from libns' <<<"$output")" = 4 ] || fail "$output"
	output_has $'\n0\noutside: '
	output_has ', inside: 1'
}

@test 'the sources are whole without git and without a build, and what is missing is named' {
	local copy=$BATS_TEST_TMPDIR/some\ where bin=$BATS_TEST_TMPDIR/bin
	mkdir -p "$copy/docs" "$copy/b" "$bin"
	cp -R "$SOURCE_ROOT/docs/packaging" "$copy/docs"
	ln -s packaging "$copy/docs/link"
	touch "$copy/b/build.ninja" "$copy/b/junk"
	printf '#!/bin/sh\nfind . ! -type d | sort; exit 3\n' >"$bin/dpkg-buildpackage"
	chmod 755 "$bin/dpkg-buildpackage"
	PATH=$bin:$PATH run -1 "$copy/docs/packaging/build-deb" "$BATS_TEST_TMPDIR/out"
	output_has ./debian/control
	output_has ./docs/packaging/build-static
	output_has ./docs/link
	output_lacks junk
	output_has "apt-get build-dep $copy/docs/packaging"
	PATH=$bin:$PATH run -1 "$copy/docs/packaging/build-deb" "$BATS_TEST_TMPDIR/out"
	output_has 'is there already: remove it, or name another directory'
	# Without it nothing is begun.
	rm "$bin/dpkg-buildpackage"
	for tool in sh dirname mkdir; do ln -s "$(command -v "$tool")" "$bin/$tool"; done
	PATH=$bin run -1 "$copy/docs/packaging/build-deb" "$BATS_TEST_TMPDIR/other"
	output_has 'apt-get install dpkg-dev && apt-get build-dep'
	[ ! -e "$BATS_TEST_TMPDIR/other" ]
}
