#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# docs/quickstart, as far as it needs no network and no compiler: a copy of the checkout in a
# directory with a space in its name, and programs in place of ninja, meson and apt-get.

load common

setup()
{
	need_userns
	need setpriv
	[ -e "$BUILD_ROOT/lib/libns.so.0" ] || skip 'the build has no shared library'
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	top=$BATS_TEST_TMPDIR/a\ home/libns bin=$BATS_TEST_TMPDIR/bin temp=$(user_dir)
	mkdir -p "$top/docs" "$top/build-release/cmd" "$top/build-release/lib" "$bin"
	cp "$SOURCE_ROOT"/docs/{quickstart,packages.sh} "$top/docs"
	cp "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS" "$top/build-release/cmd"
	cp -L "$BUILD_ROOT/lib/libns.so.0" "$top/build-release/lib"
	: >"$top/build-release/build.ninja"
	instead ninja ':'
	unset LD_LIBRARY_PATH
	export TMPDIR=$temp PATH=$bin:/usr/local/bin:/usr/bin:/bin
}

teardown()
{
	cleanup
}

# instead NAME SCRIPT: what runs in place of a program.
instead()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
	chmod 755 "$bin/$1"
}

nothing_is_left()
{
	[ -z "$(ls -A "$temp")" ] || fail "left behind: $(ls -A "$temp")"
}

@test 'from a home that is closed to others, in another language, and once more' {
	chmod 700 "$top/.."
	cd "$top"
	for _ in 1 2; do
		run -0 env LC_ALL=de_DE.UTF-8 LANGUAGE=de docs/quickstart --no-install
		output_has 'All of it worked, and nothing of it is left.'
		output_has "Building a release in $top/build-release"
		nothing_is_left
	done
}

@test 'an ordinary user, in a checkout in which somebody else has built' {
	need_root
	# shellcheck disable=SC2016
	instead meson '[ "$1" = setup ] && cp -R "$3/build-release" "$2"'
	run -0 as_user "$top/docs/quickstart" --no-install
	output_has "Building a release in $temp/quickstart."
	output_has 'All of it worked'
	output_lacks "'meson install"
	nothing_is_left
	# A directory that is named is the caller's, from where he is.
	cd "$top"
	run -0 docs/quickstart --no-install --build-dir=build-release
	output_has "Building a release in $top/build-release"
}

@test 'interrupted while it builds, and while a sandbox runs' {
	# shellcheck disable=SC2016
	instead ninja 'kill -TERM $PPID'
	run -143 "$top/docs/quickstart" --no-install
	nothing_is_left
	instead ninja ':'
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$top"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nkill -INT $(cat "%s")\n' "$temp/pid" >"$top/build-release/cmd/xlsns"
	# shellcheck disable=SC2016
	run -130 as_user sh -c 'echo $$ >"$1/pid"; exec "$2" --no-install' sh "$temp" "$top/docs/quickstart"
	rm "$temp/pid"
	nothing_is_left
	[[ $output =~ its\ sleep\ is\ process\ ([0-9]+) ]] || fail "$output"
	wait_until not comm_is "${BASH_REMATCH[1]}" sleep
}

not()
{
	! "$@"
}

@test 'what cannot be installed is named, and what is not needed is gone without' {
	need_root
	need pkg-config
	if ! command -v apt-get >/dev/null; then skip 'apt-get is not there'; fi
	instead apt-get 'echo "E: no network" >&2; exit 100'
	# shellcheck disable=SC2016
	instead pkg-config 'case "$*" in *libseccomp*) exit 1 ;; esac; exec /usr/bin/pkg-config "$@"'
	run -0 "$top/docs/quickstart"
	output_has 'E: no network'
	output_has 'could not be installed; as root: apt-get -q -y --no-install-recommends install libseccomp-dev'
	output_has 'Going on without'
	output_has 'All of it worked'
	# shellcheck disable=SC2016
	instead pkg-config 'case "$*" in *smartcols*) exit 1 ;; esac; exec /usr/bin/pkg-config "$@"'
	run -1 "$top/docs/quickstart"
	output_has 'quickstart: without these there is no build: libsmartcols-dev'
	nothing_is_left
}

@test 'an ordinary user without sudo is told what root would type' {
	for tool in sh cat grep sort tr tail id readlink; do
		ln -s "$(command -v "$tool")" "$bin/$tool"
	done
	# shellcheck disable=SC2016
	script='. "$1"; packages_have() { [ "$1" != cmd:scdoc ]; }; id() { echo 1000; }
		packages_manager() { echo '
	for row in 'apt-get:apt-get -q -y --no-install-recommends install scdoc' 'apk:apk add --quiet scdoc' \
		'dnf:dnf -q -y --setopt=install_weak_deps=False install scdoc'; do
		PATH=$bin run -1 sh -c "$script${row%%:*}; }; packages_install build part run" sh "$top/docs/packages.sh"
		output_is "missing, and neither root nor sudo to install it; as root: ${row#*:}"
	done
}

@test 'an applet of busybox is not the program of that name, and every row has its columns' {
	instead busybox ':'
	ln -s busybox "$bin/setpriv"
	# shellcheck disable=SC2016
	run -0 sh -c '. "$1"; ! packages_have cmd:setpriv && packages_have cmd:busybox && packages_have cmd:sh' sh "$top/docs/packages.sh"
	# shellcheck disable=SC2016
	run -0 sh -c '. "$1"; packages_table' sh "$top/docs/packages.sh"
	[ -z "$(awk 'NF != 6 || $1 !~ /^(cmd|h|pc|a):/ || $2 !~ /^(build|part|run|test|hosts)$/' <<<"$output")" ]
	[ "$(cut -f1 -d' ' <<<"$output" | sort | uniq -d)" = '' ]
}
