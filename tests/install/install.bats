#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What others get: the installed tree, a program built against it, the tarball.

load ../cli/common

setup_file()
{
	root=$BATS_FILE_TMPDIR/root
	export root
	[ ! -w "$BUILD_ROOT/meson-logs" ] ||
		DESTDIR=$root meson install -C "$BUILD_ROOT" --no-rebuild --quiet >/dev/null
}

setup()
{
	[ -w "$BUILD_ROOT/meson-logs" ] || skip 'needs a build directory of its own'
	# The folder depends on the system: lib, lib64, lib/x86_64-linux-gnu.
	pc=$(find "$root" -name libns.pc)
	libdir=${pc%/pkgconfig/*}
	prefix=$root$(sed -n 's/^prefix=//p' "$pc")
}

@test 'every header and the library with its links' {
	diff <(cd "$SOURCE_ROOT/include/libns" && ls -- *.h) \
		<(cd "$prefix/include/libns" && ls -- *.h)
	[ "$(readlink "$libdir/libns.so")" = libns.so.0 ]
	[ -f "$libdir/$(readlink "$libdir/libns.so.0")" ]
	readelf -d "$libdir/libns.so.0" | grep -q 'SONAME.*\[libns\.so\.0\]'
}

@test 'the tools run, and remember no build directory' {
	for tool in xunshare xnsenter xlsns xnetns; do
		run -0 env LD_LIBRARY_PATH="$libdir" "$prefix/bin/$tool" --version
		run -1 grep -qF "$BUILD_ROOT" "$prefix/bin/$tool"
		run readelf -d "$prefix/bin/$tool"
		output_lacks RUNPATH
		output_lacks RPATH
	done
}

@test 'each tool has its page and its completions' {
	for tool in xunshare xnsenter xlsns xnetns; do
		[ -s "$prefix/share/bash-completion/completions/$tool" ]
		[ -s "$prefix/share/zsh/site-functions/_$tool" ]
		[ -s "$prefix/share/fish/vendor_completions.d/$tool.fish" ]
	done
	need scdoc
	for page in man{1/xunshare.1,1/xnsenter.1,1/xlsns.1,1/xnetns.1,3/libns.3,7/libns.7}; do
		[ -s "$prefix/share/man/$page" ] || fail "no $page"
	done
}

@test 'a program of 20 lines builds by pkg-config and knows both its pids' {
	need_userns
	export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
	# shellcheck disable=SC2046
	cc -Wall -Werror -o "$BATS_TEST_TMPDIR/spawn" "$SOURCE_ROOT/docs/examples/spawn.c" \
		$(pkg-config --cflags --libs libns)
	run -0 env LD_LIBRARY_PATH="$libdir" "$BATS_TEST_TMPDIR/spawn"
	[[ $output =~ ^outside:\ [0-9]+,\ inside:\ 1$ ]] || fail "$output"
}

@test 'the tarball of meson dist is complete' {
	need git
	git -C "$SOURCE_ROOT" rev-parse 2>/dev/null || skip 'not a git checkout'
	meson dist -C "$BUILD_ROOT" --no-tests --allow-dirty --formats gztar >/dev/null
	tar -C "$BATS_TEST_TMPDIR" -xzf "$BUILD_ROOT"/meson-dist/libns-*.tar.gz
	rm -r "$BUILD_ROOT/meson-dist"
	cd "$BATS_TEST_TMPDIR"/libns-*
	meson setup build >/dev/null
	# Every file that some target is made of is there.
	run -0 ninja -C build -n
	[ ! -e .git ]
}
