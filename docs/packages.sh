# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a build, a run and the tests need, and how to install what is missing.
# Read by docs/quickstart and tests/run; POSIX sh.

# what is looked for       for    apt               dnf                 apk              pacman
# (cmd: a program, pc: a pkg-config module, h: a header, a: an archive of the compiler's; -: not wanted there;
#  part: without it a build lacks a part, and is one)
packages_table()
{
	cat <<-'END'
	cmd:cc                 build  gcc               gcc                 gcc              gcc
	h:stdio.h              build  libc6-dev         glibc-devel         musl-dev         glibc
	h:linux/netlink.h      build  linux-libc-dev    kernel-headers      linux-headers    linux-api-headers
	cmd:meson              build  meson             meson               meson            meson
	cmd:ninja              build  ninja-build       ninja-build         samurai          ninja
	cmd:pkg-config         build  pkgconf           pkgconf-pkg-config  pkgconf          pkgconf
	pc:smartcols           build  libsmartcols-dev  libsmartcols-devel  util-linux-dev   util-linux-libs
	cmd:scdoc              part   scdoc             scdoc               scdoc            scdoc
	cmd:bpftool            test   bpftool           bpftool             bpftool          bpf
	pc:libcap-ng           part   libcap-ng-dev     libcap-ng-devel     libcap-ng-dev    libcap-ng
	pc:libnftables         test   libnftables-dev   nftables-devel      nftables-dev     nftables
	pc:libseccomp          part   libseccomp-dev    libseccomp-devel    libseccomp-dev   libseccomp
	pc:mount               part   libmount-dev      libmount-devel      util-linux-dev   util-linux-libs
	pc:libbpf              test   libbpf-dev        libbpf-devel        libbpf-dev       libbpf
	cmd:setpriv            run    util-linux        util-linux          setpriv          util-linux
	cmd:newuidmap          part   uidmap            shadow-utils        shadow-uidmap    shadow
	cmd:nft                test   nftables          nftables            nftables         nftables
	cmd:ip                 test   iproute2          iproute             iproute2         iproute2
	cmd:ps                 test   procps            procps-ng           procps           procps-ng
	cmd:lsns               test   util-linux        util-linux          lsns             util-linux
	cmd:unshare            test   util-linux        util-linux          util-linux-misc  util-linux
	cmd:nsenter            test   util-linux        util-linux          util-linux-misc  util-linux
	cmd:python3            test   python3           python3             python3          python
	cmd:bats               test   bats              bats                bats             bats
	cmd:c++                test   g++               gcc-c++             g++              gcc
	cmd:clang              test   clang             clang               clang            clang
	cmd:clang-format       test   clang-format      clang-tools-extra   clang-extra-tools  clang
	a:libc.a               test   libc6-dev         glibc-static        musl-dev         glibc
	cmd:zsh                test   zsh               zsh                 zsh              zsh
	cmd:fish               test   fish              fish                fish             fish
	cmd:git                test   git               git                 git              git
	cmd:readelf            test   binutils          binutils            binutils         binutils
	cmd:mandoc             test   mandoc            mandoc              mandoc           mandoc
	cmd:pasta              test   passt             passt               passt            passt
	cmd:jq                 test   jq                jq                  jq               jq
	cmd:curl               test   curl              curl                curl             curl
	cmd:make               test   make              make                make             make
	cmd:strace             test   strace            strace              strace           strace
	cmd:shellcheck         test   shellcheck        ShellCheck          shellcheck       shellcheck
	cmd:bwrap              test   bubblewrap        bubblewrap          bubblewrap       bubblewrap
	cmd:busybox            test   busybox-static    busybox             busybox-static   busybox
	cmd:crun               test   crun              crun                crun             crun
	cmd:runc               test   runc              runc                runc             runc
	cmd:dh                 test   debhelper         -                   -                -
	cmd:lintian            test   lintian           -                   -                -
	cmd:debootstrap        hosts  debootstrap       debootstrap         debootstrap      debootstrap
	cmd:systemd-nspawn     hosts  systemd-container systemd-container   -                systemd
	cmd:qemu-system-x86_64 hosts  qemu-system-x86   qemu-system-x86     qemu-system-x86_64  qemu-system-x86
	END
}

# An applet of busybox has the name of the program and few of its options.
packages_have_program()
{
	place=$(command -v "$1" 2>/dev/null) || place=/usr/sbin/$1
	[ -x "$place" ] || return 1
	[ "$1" = busybox ] || case $(readlink -f "$place") in */busybox) return 1 ;; esac
}

packages_have()
{
	case $1 in
	cmd:*) packages_have_program "${1#cmd:}" ;;
	a:*) [ -e "$(cc "-print-file-name=${1#a:}" 2>/dev/null)" ] ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	h:*)
		# Not by path: Debian keeps some headers in a folder per architecture.
		echo "#include <${1#h:}>" | cc -E -x c - >/dev/null 2>&1 ;;
	esac
}

packages_manager()
{
	for manager in apt-get dnf apk pacman; do
		if command -v "$manager" >/dev/null 2>&1; then
			echo "$manager"
			return
		fi
	done
	return 1
}

# packages_missing MANAGER PURPOSE...: the packages that bring what is missing.
packages_missing()
{
	manager=$1
	shift
	packages_table | while read -r what purpose apt dnf apk pacman; do
		case " $* " in *" $purpose "*) ;; *) continue ;; esac
		packages_have "$what" && continue
		case $manager in
		apt-get) echo "$apt" ;;
		dnf) echo "$dnf" ;;
		apk) echo "$apk" ;;
		pacman) echo "$pacman" ;;
		*) echo "$what" ;;
		esac
	done | grep -vx -e - | sort -u | tr '\n' ' '
}

# packages_command MANAGER PACKAGE...: what is typed as root to install them.
packages_command()
{
	manager=$1
	shift
	case $manager in
	apt-get) echo "apt-get -q -y --no-install-recommends install $*" ;;
	dnf) echo "dnf -q -y --setopt=install_weak_deps=False install $*" ;;
	apk) echo "apk add --quiet $*" ;;
	pacman)
		# Lists that are newer than the system would lead to half of an upgrade.
		if ls /var/lib/pacman/sync/*.db >/dev/null 2>&1; then
			echo "pacman -S --noconfirm --needed $*"
		else
			echo "pacman -Sy --noconfirm --needed $*"
		fi ;;
	esac
}

# packages_install_now COMMAND...: as root. The lists of apt may be of yesterday, or not there.
packages_install_now()
{
	if [ "$1" = apt-get ]; then
		$as_root apt-get -q update &&
			$as_root env DEBIAN_FRONTEND=noninteractive "$@"
	else
		$as_root "$@"
	fi
}

# packages_install PURPOSE...: quiet if nothing is missing. Needs root or sudo if
# something is; says what otherwise, and which command brings it.
packages_install()
{
	manager=$(packages_manager) || manager=none
	missing=$(packages_missing "$manager" "$@")
	missing=${missing% }
	[ -n "$missing" ] || return 0
	if [ "$manager" = none ]; then
		echo "missing, and no package manager known here: $missing" >&2
		return 1
	fi
	# Unquoted, here and below: one word a package.
	# shellcheck disable=SC2086
	command=$(packages_command "$manager" $missing)
	if [ "$(id -u)" = 0 ]; then
		as_root=
	elif command -v sudo >/dev/null 2>&1; then
		as_root=sudo
		# Nobody is there to type a password.
		[ -t 0 ] || as_root='sudo -n'
	else
		echo "missing, and neither root nor sudo to install it; as root: $command" >&2
		return 1
	fi
	echo "installing: $missing"
	# shellcheck disable=SC2086
	log=$(packages_install_now $command </dev/null 2>&1) || {
		printf '%s\n' "$log" | tail -n 20 >&2
		echo "could not be installed; as root: $command" >&2
		return 1
	}
}
