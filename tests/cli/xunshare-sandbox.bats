#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare --sandbox: an untrusted program on this host.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need_userns
	export TEST_UID TEST_GID
	dir=$(user_dir)
	cd "$dir" || return 1
}

inside()
{
	as_user "$XUNSHARE" --sandbox "$@"
}

# Runs a script as the user, in a home directory that is not below /tmp.
at_home()
{
	need_root
	# shellcheck disable=SC2016
	private sh -ec '
		mount -t tmpfs -o mode=755 tmpfs /srv
		mkdir -p /srv/home/.ssh /srv/home/.config/gh /srv/home/.config/other /srv/home/project/.git
		for file in .ssh/id .config/gh/hosts.yml .config/other/file .netrc .bash_history project/.git/config; do
			echo "of $file" >"/srv/home/$file"
		done
		chown -R "$TEST_UID:$TEST_GID" /srv/home
		cd /srv/home/project
		export HOME=/srv/home
		script=$1
		shift
		exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- sh -c "$script" sh "$@"
	' sh "$@"
}

@test 'the host is there and cannot be changed' {
	echo data >file
	! is_root || chown "$TEST_UID:$TEST_GID" file
	run -0 inside -- cat file
	output_is data
	run ! inside -- sh -c 'echo more >>file'
	output_has 'Read-only file system'
	run -1 inside -- touch new
	output_has 'Read-only file system'
	# As who started it, where that is, without rights.
	run -0 inside -- sh -c 'id -u; pwd; grep -E "^(CapEff|CapBnd|CapPrm|CapInh|CapAmb|NoNewPrivs|Seccomp):" /proc/self/status'
	[ "${lines[0]}" = "$TEST_UID" ]
	[ "${lines[1]}" = "$dir" ]
	[ "$(grep -c $'^Cap.*:\t0000000000000000$' <<<"$output")" = 5 ]
	output_has $'NoNewPrivs:\t1'
	output_has $'Seccomp:\t2'
}

@test '/tmp, /var/tmp, /run, /dev and /proc are its own' {
	mark=$(mktemp /tmp/libns-mark.XXXXXX)
	run -0 inside -- sh -c 'echo >/tmp/x; echo >/var/tmp/x; ls /tmp /var/tmp /run'
	rm "$mark"
	output_lacks "${mark##*/}"
	run -0 inside -- sh -c 'ls /dev; ls -d /proc/[0-9]*'
	output_is $'fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n/proc/1\n/proc/2'
	[ ! -e /var/tmp/x ]
}

@test 'where the host has no such directory there is none' {
	need_root
	# The working directory is shown, and secrets at home are covered, also below /tmp.
	# shellcheck disable=SC2016
	run -0 private sh -ec '
		cd /
		export HOME=/var
		mount -t tmpfs -o mode=755 tmpfs /var
		exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- "$@"' \
		sh "$XUNSHARE" --sandbox -- sh -c 'ls -d /var/tmp 2>/dev/null; ls -A /tmp; echo done'
	output_is done
}

@test 'A36: no network but lo' {
	run -0 inside -- ls /sys/class/net
	output_is lo
	# shellcheck disable=SC2016
	run -0 inside -- sh -c 'sed 1,2d /proc/net/dev | wc -l'
	[ "${output// /}" = 1 ]
	outside=$(readlink /proc/self/ns/net)
	run -0 inside --without=net -- readlink /proc/self/ns/net
	output_is "$outside"
}

@test 'with the network of the host names can still be looked up' {
	need_root
	# shellcheck disable=SC2016
	run -0 private sh -ec '
		mount -t tmpfs -o mode=755 tmpfs /run
		mkdir /run/resolver
		echo "nameserver 192.0.2.1" >/run/resolver/resolv.conf
		touch /run/secret
		ln -s /run/resolver/resolv.conf /run/link
		mount --bind /etc /etc
		mkdir /run/etc
		mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work overlay /etc 2>/dev/null ||
			mount -t tmpfs -o mode=755 tmpfs /etc
		cp /dev/null /etc/passwd
		ln -sf /run/resolver/resolv.conf /etc/resolv.conf
		exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- \
			"$XUNSHARE" --sandbox --without=net -- sh -c "cat /etc/resolv.conf; find /run -type f"'
	output_is $'nameserver 192.0.2.1\n/run/resolver/resolv.conf'
}

@test 'secrets are out of reach' {
	# shellcheck disable=SC2016
	run -0 at_home '"$XUNSHARE" --sandbox -- sh -c "
		cat ~/.config/other/file .git/config
		cat ~/.ssh/id ~/.config/gh/hosts.yml ~/.netrc ~/.bash_history; ls -A ~/.ssh" 2>&1 || :'
	output_has 'of .config/other/file'
	output_has 'of project/.git/config'
	for file in .ssh/id .config/gh .netrc .bash_history; do
		output_lacks "of $file"
	done
	# Left out, they are there.
	# shellcheck disable=SC2016
	run -0 at_home '"$XUNSHARE" --sandbox --without=secrets -- cat /srv/home/.ssh/id'
	output_is 'of .ssh/id'
	# A home directory that can be written to changes nothing.
	# shellcheck disable=SC2016
	run -0 at_home '"$XUNSHARE" --sandbox --rw="$HOME" -- sh -c "
		echo new >~/file; cat ~/.ssh/id ~/.netrc; mv ~/.ssh ~/x; rm -rf ~/.ssh; rm ~/.netrc" 2>&1; cat ~/file ~/.ssh/id ~/.netrc'
	output_has 'new'
	[ "${lines[-2]}" = 'of .ssh/id' ]
	[ "${lines[-1]}" = 'of .netrc' ]
	[ "$(grep -c 'of .ssh/id' <<<"$output")" = 1 ]
}

# talks OPTION...: to which sockets of the host the program in a sandbox can talk.
talks()
{
	# shellcheck disable=SC2016
	at_home '
		cat >/srv/home/listen.py <<-"end"
			import os, socket, sys
			for name, kind in (("a b.sock", 1), ("log.sock", 2), ("project/own.sock", 1), ("closed.sock", 1)):
			    s = socket.socket(socket.AF_UNIX, kind)
			    s.bind("/srv/home/" + name)
			    os.chmod("/srv/home/" + name, 0 if "closed" in name else 0o666)
			    if kind == 1: s.listen(5)
			    os.set_inheritable(s.detach(), True)
			os.chdir(os.environ.pop("WHERE"))
			os.execvp(sys.argv[1], sys.argv[1:])
		end
		cat >/srv/home/talk.py <<-"end"
			import socket
			for name, kind in (("a b.sock", 1), ("log.sock", 2), ("project/own.sock", 1), ("closed.sock", 1)):
			    try: socket.socket(socket.AF_UNIX, kind).connect("/srv/home/" + name); print(name)
			    except OSError: pass
		end
		python3 /srv/home/listen.py "$XUNSHARE" --sandbox "$@" -- python3 /srv/home/talk.py' "$@"
}

@test 'no socket of the host can be talked to, but those of the work' {
	need python3
	WHERE=/srv/home/project run -0 talks
	output_is project/own.sock
	WHERE=/srv/home/project run -0 talks --without=sockets
	output_is "$(printf 'a b.sock\nlog.sock\nproject/own.sock')"
	# The home directory is no place of work.
	WHERE=/srv/home run -0 talks --rw=.
	output_is ''
	WHERE=/srv run -0 talks
	output_is ''
}

@test 'where no socket has a path there is none to hide' {
	run -0 as_user unshare -rn sh -c 'grep -c " /" /proc/net/unix; exec "$@"' sh "$XUNSHARE" --sandbox -- echo ran
	output_is $'0\nran'
}

@test 'the admin can add secrets in /etc/libns/hide' {
	# shellcheck disable=SC2016
	listed='
		mkdir -p /tmp/upper /tmp/work
		mount -t overlay -o lowerdir=/etc,upperdir=/tmp/upper,workdir=/tmp/work overlay /etc 2>/dev/null || exit 77
		mkdir -p /etc/libns
		printf "%s\n" "$1" >/etc/libns/hide
		cd /srv && mkdir -p home && echo mine >home/mine && chown -R "$TEST_UID:$TEST_GID" home
		HOME=/srv/home exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- \
			"$XUNSHARE" --sandbox -- cat /srv/home/mine'
	need_root
	hide_with()
	{
		private sh -ec "mount -t tmpfs tmpfs /tmp; mount -t tmpfs -o mode=755 tmpfs /srv; $listed" sh "$1"
	}
	XUNSHARE_COPY=$XUNSHARE
	run hide_with '# nothing'
	[ "$status" != 77 ] || skip 'no overlay can be mounted on /etc'
	case $XUNSHARE_COPY in
	/tmp/*) skip 'the tool is below /tmp' ;;
	esac
	[ "$output" = mine ]
	# The tool has to expand it.
	# shellcheck disable=SC2088
	run ! hide_with '~/mine'
	output_lacks mine$'\n'
	output_has 'Permission denied'
	run ! hide_with $'\n  \n# a comment\n/srv/home/mine  '
	output_has 'Permission denied'
	run -1 hide_with 'relative/path'
	output_has "/etc/libns/hide: 'relative/path' is neither an absolute path nor one below ~/"
}

@test 'the environment is a list of what is kept' {
	run -0 as_user env -i PATH="$PATH" HOME=/srv LANG=C AWS_SECRET_ACCESS_KEY=1 SSH_AUTH_SOCK=/run/x DBUS_SESSION_BUS_ADDRESS=x \
		LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" "$XUNSHARE" --sandbox --setenv=MINE=1 -- env
	output_has HOME=/srv
	output_has MINE=1
	for name in AWS SSH_AUTH DBUS; do
		output_lacks "$name"
	done
}

@test '--rw makes a directory writable, and only that' {
	mkdir build
	! is_root || chown "$TEST_UID:$TEST_GID" build
	run -0 inside --rw=build -- sh -c 'echo made >build/file; touch other 2>&1 || :'
	output_has 'Read-only file system'
	[ "$(cat build/file)" = made ]
	run -0 inside --rw=. -- sh -c 'echo made >other'
	[ "$(cat other)" = made ]
}

@test 'a directory that can be written to gets no set-user-ID files' {
	touch file
	mkdir made
	! is_root || chown "$TEST_UID:$TEST_GID" file made
	for mode in 6755 4755 2755 g+s u+s; do
		run -1 inside --rw=. -- chmod $mode file
		output_has 'Operation not permitted'
	done
	[ -z "$(find . -perm /6000)" ]
	run -0 inside --rw=. -- sh -c 'chmod 755 file && mkdir -m 1777 made/other && cp -p file copy'
	[ "$(stat -c %a file made/other copy)" = $'755\n1777\n755' ]
	run -0 inside --rw=. --without=seccomp -- chmod 6755 file
	[ "$(stat -c %a file)" = 6755 ]
}

@test 'protected files of a writable repository, which git finds clean' {
	need git
	as_user env HOME="$dir" git init -q .
	as_user env HOME="$dir" git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first
	run -0 inside --rw=. --protect=.git --protect=.env -- sh -c '
		git -c safe.directory="*" status --porcelain
		echo x >.git/hooks/post-checkout; rm -rf .git; mv .git x; echo secret >.env; mkdir .env; ln -s x .env; : ' 
	[ ! -e .git/hooks/post-checkout ]
	[ -e .git/HEAD ]
	[ ! -e .env ] && [ ! -L .env ]
	run -0 as_user env HOME="$dir" git status --porcelain
	output_is ''
}

@test 'no namespace can be made or joined, nothing traced' {
	run ! inside -- unshare -U true
	run ! inside -- unshare -r true
	run ! inside -- mount -t tmpfs tmpfs /tmp
	run ! inside -- nsenter -t 1 -m true
	run ! inside --without=seccomp -- unshare -U true
	# Without that as well it can, so that the above says something.
	run -0 inside --without=seccomp,userns,landlock -- unshare -U true
}

@test 'if it cannot be built as asked, the program does not run' {
	for call in pivot_root capset; do
		run ! as_user "$REFUSE" 1 "$call" -- "$XUNSHARE" --sandbox -- echo ran
		output_lacks ran
	done
	run ! as_user "$REFUSE" 1 seccomp -- "$XUNSHARE" --sandbox -- echo ran
	output_lacks ran
	# A kernel without Landlock says ENOSYS. All else says nothing of what it has.
	run ! as_user "$REFUSE" 12 landlock_create_ruleset -- "$XUNSHARE" --sandbox -- echo ran
	output_lacks ran
	run -0 as_user "$REFUSE" 38 landlock_create_ruleset -- "$XUNSHARE" --sandbox -- echo ran
	output_is ran
}

@test 'whose secrets are to be hidden is found out, or the program does not run' {
	need_root
	: >none
	chmod 0 none
	# shellcheck disable=SC2016
	run ! private sh -ec '
		mount --bind none /etc/passwd
		exec setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups --inh-caps=-all -- \
			"$XUNSHARE" --sandbox -- echo ran'
	output_has 'Permission denied'
	output_lacks ran
}

@test 'descriptors of the caller are closed, whatever the kernel has for that' {
	for answer in none 1 38; do
		filter=()
		[ "$answer" = none ] || filter=("$REFUSE" "$answer" close_range --)
		run -0 as_user "${filter[@]}" "$XUNSHARE" --sandbox -- ls /proc/self/fd 7</
		output_is $'0\n1\n2\n3'
	done
}

@test 'root of the host cannot write to what is the host: not by /proc, not by the files of devices' {
	need_root
	need busybox
	mkdir -p root/bin root/proc root/dev root/sys
	cp "$(command -v busybox)" root/bin/sh
	chown -R 0:0 root
	chmod 755 "$dir"
	# Nodes of its own, should it work.
	# shellcheck disable=SC2016
	run -0 private sh -ec '
		mount -t tmpfs -o mode=755 tmpfs /mnt
		for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
			mknod -m 666 "/mnt/${node%%:*}" c $(echo "${node#*:}" | tr : " ")
		done
		mkdir /mnt/pts /mnt/shm
		mount --move /mnt /dev
		for preset in "--sandbox" "--sandbox --without=net" "--container=root" "--container=root --without=user"; do
			"$1" $preset -- /bin/sh -c "
				for file in /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/sysrq-trigger; do
					( : >>\$file ) 2>/dev/null && echo \"can write to \$file\"
				done
				for file in kpagecount kpageflags kpagecgroup slabinfo vmallocinfo pagetypeinfo; do
					[ \"\$(head -c 8 /proc/\$file 2>/dev/null | wc -c)\" -eq 0 ] || echo \"can read \$file\"
				done
				ls /sys/firmware 2>/dev/null
				chmod 600 /dev/null 2>/dev/null && echo \"can change a device\"
				echo data >/dev/null && echo usable; cat /proc/keys 2>/dev/null; :"
		done
		stat -c %a /dev/null' sh "$XUNSHARE"
	output_is $'usable\nusable\nusable\nusable\n666'
}

@test 'a control character in a path takes nothing from --protect and --hide' {
	as_user mkdir -p $'e\x01\nv/.git/hooks'
	cd $'e\x01\nv' || return 1
	as_user sh -c 'echo SECRET >sec; echo good >.git/hooks/pre'
	run ! inside --rw=. --protect=.git --hide=sec -- sh -c 'echo evil >.git/hooks/pre; cat sec'
	output_lacks SECRET
	[ "$(cat .git/hooks/pre)" = good ]
	run ! inside --rw=. --protect=.git --protect=.env -- sh -c 'touch .env'
	[ ! -e .env ]
}

@test 'secrets in /tmp stay hidden where another option shows them' {
	as_user mkdir -p home/.ssh home/project
	as_user sh -c 'echo SECRET >home/.ssh/key; echo SECRET >ticket; echo SECRET >config'
	cd home || return 1
	for options in '' "--rw=$dir/home" '--without=tmp' "--ro-bind=$dir:/mnt"; do
		# shellcheck disable=SC2086
		run ! as_user env HOME="$dir/home" KRB5CCNAME="FILE:$dir/ticket" KUBECONFIG="/nowhere:$dir/config" \
			"$XUNSHARE" --sandbox $options -- sh -c 'cat .ssh/key ../ticket ../config /mnt/ticket; false'
		output_lacks SECRET
	done
	run -0 as_user env HOME="$dir/home" "$XUNSHARE" --sandbox --without=tmp -- cat ../ticket
	output_is SECRET
}

@test 'whoever keeps secrets nobody knows where gets no sandbox' {
	if getent passwd "$TEST_UID" >/dev/null; then skip "user $TEST_UID has an account"; fi
	run -1 as_user env -u HOME "$XUNSHARE" --sandbox -- echo ran
	output_has 'cannot find out where user'
	output_lacks ran
	run -0 as_user env -u HOME "$XUNSHARE" --sandbox --without=secrets -- echo ran
}

@test 'A2: a directory as standard input is refused' {
	run -1 inside -- echo ran </etc
	output_has 'descriptor 0 is a directory'
	output_lacks ran
	run -0 inside -- cat </etc/passwd
}

@test '--setup finds the new root, though it lies on the old one' {
	# shellcheck disable=SC2016
	run -0 inside --setup='echo made >"$XUNSHARE_ROOT/tmp/file"' -- cat /tmp/file
	output_has made
	[ ! -e /tmp/file ]
}
