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
	# Whoever has installed does not set it either.
	unset LD_LIBRARY_PATH LD_PRELOAD
}

# starts DIR: the tools there are found by name and run.
starts()
{
	local tool
	for tool in xunshare xnsenter xlsns xnetns; do
		# shellcheck disable=SC2030
		run -0 env PATH="$1:$PATH" "$tool" --version
		[[ $output == "$tool from libns "* ]] || fail "$tool: $output"
		# It is this one that has run.
		# shellcheck disable=SC2031
		[ "$(PATH=$1:$PATH command -v "$tool")" = "$1/$tool" ]
	done
}

@test 'every header and the library with its links' {
	diff <(cd "$SOURCE_ROOT/include/libns" && ls -- *.h) \
		<(cd "$prefix/include/libns" && ls -- *.h)
	[ "$(readlink "$libdir/libns.so")" = libns.so.0 ]
	[ -f "$libdir/$(readlink "$libdir/libns.so.0")" ]
	readelf -d "$libdir/libns.so.0" | grep -q 'SONAME.*\[libns\.so\.0\]'
}

@test 'the tools run, and remember no build directory' {
	starts "$prefix/bin"
	for tool in xunshare xnsenter xlsns xnetns; do
		run -1 grep -qF "$BUILD_ROOT" "$prefix/bin/$tool"
		# From the place where the tool is; a caller's own choice goes before.
		run readelf -d "$prefix/bin/$tool"
		output_lacks RPATH
		run -1 grep RUNPATH.*/usr <<<"$output"
	done
}

# needs FILE: the libraries that are linked, in their order; those of a sanitizer are no part of it.
needs()
{
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(lib[a-z]*san|libm|libgcc_s|ld-)' |
		sort | xargs
}

@test 'the tools are linked to the library and to nothing else, and xlsns to that of tables' {
	for tool in xunshare xnsenter xnetns; do
		[ "$(needs "$prefix/bin/$tool")" = 'libc.so.6 libns.so.0' ] || fail "$tool: $(needs "$prefix/bin/$tool")"
	done
	[ "$(needs "$prefix/bin/xlsns")" = 'libc.so.6 libns.so.0 libsmartcols.so.1' ] ||
		fail "$(needs "$prefix/bin/xlsns")"
	# The others are loaded when they are used.
	[ "$(needs "$libdir/libns.so.0")" = libc.so.6 ] || fail "$(needs "$libdir/libns.so.0")"
}

@test 'the tools run where they were moved to' {
	cp -a "$prefix" "$BATS_TEST_TMPDIR/moved to"
	starts "$BATS_TEST_TMPDIR/moved to/bin"
}

@test 'the tools run in their place, on a machine whose loader was not told' {
	need_root
	[ "$prefix" = "$root/usr/local" ] || skip 'needs the prefix /usr/local'
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t tmpfs tmpfs /usr/local && cp -a "$1/." /usr/local
		mount --bind /dev/null /etc/ld.so.cache
		for tool in xunshare xnsenter xlsns xnetns; do /usr/bin/env PATH=/usr/local/bin:/usr/bin $tool --version; done' sh "$prefix"
	output_lacks 'not found'
	[ "$(grep -c 'from libns' <<<"$output")" = 4 ]
}

@test 'the tools run below another prefix, with other folders, and can be taken away' {
	need_plain_build
	meson setup "$BATS_TEST_TMPDIR/build" "$SOURCE_ROOT" --prefix=/opt/ns --libdir=lib64 \
		--bindir=deep/er/bin -Dtests=false -Dman=disabled -Dcompletions=false \
		>/dev/null
	DESTDIR=$BATS_TEST_TMPDIR/image meson install -C "$BATS_TEST_TMPDIR/build" --quiet >/dev/null
	[ -e "$BATS_TEST_TMPDIR/image/opt/ns/lib64/libns.so.0" ]
	starts "$BATS_TEST_TMPDIR/image/opt/ns/deep/er/bin"
	# What is loaded into the kernel is the same bytes wherever it was built.
	[ ! -e "$BUILD_ROOT/lib/scan.bpf.o" ] ||
		cmp "$BUILD_ROOT/lib/scan.bpf.o" "$BATS_TEST_TMPDIR/build/lib/scan.bpf.o"
	# What was installed can be taken away again.
	ninja -C "$BATS_TEST_TMPDIR/build" uninstall >/dev/null
	[ -z "$(find "$BATS_TEST_TMPDIR" -path '*/image/*' ! -type d)" ]
}

@test 'every installed file is in one package of each recipe' {
	need scdoc
	local recipes=$SOURCE_ROOT/tests/install/recipes.py places=("$root" "${prefix#"$root"}" "${libdir#"$root"}")
	run -0 python3 -B "$recipes" "$SOURCE_ROOT/docs/packaging" "${places[@]}"
	output_is ''
	# A file that is forgotten, or is in two packages, is told.
	cp -R "$SOURCE_ROOT/docs/packaging" "$BATS_TEST_TMPDIR/recipes"
	cd "$BATS_TEST_TMPDIR/recipes"
	sed -i '/libexec/d' debian/libns-tools.install libns.spec
	sed -i 's, usr/libexec,,' APKBUILD
	echo usr/include/libns/libns.h >>debian/libns0.install
	run -1 python3 -B "$recipes" . "${places[@]}"
	for recipe in debian libns.spec APKBUILD; do
		output_has "$recipe: usr/libexec/libns/libns-ip is in no package"
	done
	output_has 'debian: usr/include/libns/libns.h is in libns-dev.install, libns0.install'
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

@test 'the stand-in for ip finds the installed xnetns' {
	local dir=$prefix/libexec/libns
	[ "$(readlink "$dir/ip")" = libns-ip ]
	[ ! -e "$prefix/bin/ip" ]
	run -0 env PATH="$dir:/usr/bin:/bin" ip netns help
	output_has 'xnetns [options] [command]'
	cp -a "$prefix" "$BATS_TEST_TMPDIR/moved to"
	run -0 env PATH="$BATS_TEST_TMPDIR/moved to/libexec/libns:/usr/bin:/bin" ip net help add
	output_has 'xnetns add NAME'
}

# example NAME: docs/examples/NAME.c, built as a reader would, into the test's folder.
example()
{
	# No other module is there: what the library was compiled with is not needed.
	export PKG_CONFIG_LIBDIR=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
	run -0 pkg-config --static --libs libns
	[ "$(wc -l <"$SOURCE_ROOT/docs/examples/$1.c")" -lt 60 ]
	# shellcheck disable=SC2046
	cc -Wall -Werror -o "$BATS_TEST_TMPDIR/$1" "$SOURCE_ROOT/docs/examples/$1.c" \
		$(pkg-config --cflags --libs libns) -Wl,-rpath,"$libdir"
}

@test 'a program of 20 lines builds by pkg-config and knows both its pids' {
	need_userns
	example spawn
	run -0 "$BATS_TEST_TMPDIR/spawn"
	[[ $output =~ ^outside:\ [0-9]+,\ inside:\ 1$ ]] || fail "$output"
}

@test 'the example sandbox: alone, without network, and not for longer than was said' {
	need_userns
	example sandbox
	# shellcheck disable=SC2016
	run -0 "$BATS_TEST_TMPDIR/sandbox" 60 sh -c 'echo $(id -u) $$ $(ls /sys/class/net) $(ls -d /proc/[0-9]* | wc -l)'
	[[ $output == '0 2 '* ]] || fail "$output"
	run -0 "$BATS_TEST_TMPDIR/sandbox" 60 cat /proc/net/dev
	[ "${#lines[@]}" = 3 ] || fail "$output"
	run -7 "$BATS_TEST_TMPDIR/sandbox" 60 sh -c 'exit 7'
	run -137 "$BATS_TEST_TMPDIR/sandbox" 1 sh -c 'sleep 1000 & exec sleep 1000'
	output_has 'the time is up'
	run -125 "$BATS_TEST_TMPDIR/sandbox" 60 no-such-program
	output_has no-such-program
	run -125 "$BATS_TEST_TMPDIR/sandbox"
}

@test 'the example leaked: a network namespace that only a descriptor holds' {
	need_root
	example leaked
	# Held by this very shell; the process that made it has ended.
	local ino
	start unshare -n sleep 1000
	wait_until comm_is "$started" sleep
	exec 9<"/proc/$started/ns/net"
	ino=$(ns_ino "$started" net)
	cleanup
	run -0 "$BATS_TEST_TMPDIR/leaked"
	output_has "net:[$ino]"
	output_has "fd pid=$$"
	exec 9<&-
	run -0 "$BATS_TEST_TMPDIR/leaked"
	output_lacks "net:[$ino]"
}

@test 'the example cable: a network with an address, and a way out by it' {
	need_root
	example cable
	# In a network and with names of their own: nothing of this machine is touched.
	# shellcheck disable=SC2016
	run -0 unshare -mn --propagation private sh -euc 'mount -t tmpfs none /run
		mkdir /run/netns
		touch /run/netns/web
		unshare -n mount --bind /proc/self/ns/net /run/netns/web
		"$0" web
		! bash -c ": </dev/tcp/192.0.2.2/9"
		nsenter --net=/run/netns/web ip route get 198.51.100.1
		! "$0" web' "$BATS_TEST_TMPDIR/cable"
	# Packets went there, and back.
	output_has 'Connection refused'
	output_has '198.51.100.1 via 192.0.2.1 dev eth0 src 192.0.2.2'
	output_has "cable: cannot make the link 'web': there is one of that name"
}

@test 'the example rescue: a shell in a container that is called by its name' {
	need_root
	example rescue
	run -1 "$BATS_TEST_TMPDIR/rescue" no-such-container
	output_has no-such-container
	# A state file as crun writes it, of a process that has a host name of its own.
	start unshare -u sh -c 'hostname rescued; exec sleep 1000'
	wait_until comm_is "$started" sleep
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t tmpfs -o mode=755 none /run
		mkdir -p /run/crun/web
		printf "{\"pid\":%d,\"process-start-time\":%s}" "$1" \
			"$(sed "s/.*) //" "/proc/$1/stat" | cut -d" " -f20)" >/run/crun/web/status
		"$2" web hostname
		"$2" web sh -c "exit 3" || [ $? = 3 ]' sh "$started" "$BATS_TEST_TMPDIR/rescue"
	output_is rescued
}

@test 'the example alike: a program as confined as a container that is called by its name' {
	need_root
	example alike
	run -1 "$BATS_TEST_TMPDIR/alike" container:no-such true
	output_has no-such
	run -2 "$BATS_TEST_TMPDIR/alike" 1
	output_has usage
	# Everything is another one there, and what a program of its own would not do by itself.
	# shellcheck disable=SC2016
	start unshare -mupf --mount-proc sh -c 'hostname alike; umask 0137; ulimit -n 61; exec setpriv \
		--no-new-privs --bounding-set=-all,+chown --inh-caps=-all nice -n 12 sleep 1000'
	wait_until child_named "$started" sleep
	inside=$(child_named "$started" sleep)
	nice=$(cut -d ' ' -f 19 "/proc/$inside/stat")
	# shellcheck disable=SC2016
	run -0 private sh -ec 'mount -t tmpfs -o mode=755 none /run
		mkdir -p /run/crun/web
		printf "{\"pid\":%d,\"process-start-time\":%s}" "$1" \
			"$(sed "s/.*) //" "/proc/$1/stat" | cut -d" " -f20)" >/run/crun/web/status
		shift
		"$@"' sh "$inside" "$BATS_TEST_TMPDIR/alike" container:web sh -c \
		'hostname; umask; ulimit -n; nice; grep -E "^(NoNewPrivs|CapBnd)" /proc/self/status; env'
	output_has $'alike\n0137\n61\n'"$nice"$'\nCapBnd'
	output_has $'CapBnd:\t0000000000000001\nNoNewPrivs:\t1'
	run -3 "$BATS_TEST_TMPDIR/alike" "$inside" sh -c 'exit 3'
	# It has gone on as a copy, and nothing of that is left.
	output_lacks LIBNS_SEAL
	start "$BATS_TEST_TMPDIR/alike" "$inside" sleep 1001
	wait_until child_named "$started" sleep
	[ "$(readlink "/proc/$started/exe")" = '/memfd:alike (deleted)' ]
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
