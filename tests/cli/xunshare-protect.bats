#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xunshare: what stays writable, what is protected and what is hidden.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	need_userns
	dir=$(user_dir)
	mkdir -p "$dir/proj/tool/hooks" "$dir/proj/a/b" "$dir/proj/keys" "$dir/other"
	echo hook >"$dir/proj/tool/hooks/pre"
	echo conf >"$dir/proj/a/b/conf"
	echo secret >"$dir/proj/secret"
	echo key >"$dir/proj/keys/key"
	echo main >"$dir/proj/main"
	ln -s a/b/conf "$dir/proj/link"
	ln -s a "$dir/proj/dirlink"
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir"
	cd "$dir/proj" || return
}

# The program keeps its ids: it has no capabilities, and cannot undo a mount.
inside()
{
	as_user "$XUNSHARE" -c "$@"
}

# What a program tries, and what came of it: a word for each thing that it was able to do.
# shellcheck disable=SC2016
attack='cd "$1" || exit
	can() { word=$1; shift; "$@" >/dev/null 2>&1 && echo "$word"; }
	can write-hook sh -c "echo x >tool/hooks/pre"
	can new-hook touch tool/hooks/new
	can chmod-hook chmod 777 tool/hooks/pre
	can rm-hook rm -f tool/hooks/pre
	can mv-tool mv tool tool2
	can mv-hooks mv tool/hooks tool/hooks2
	can make-env touch .env
	can mkdir-env mkdir .env
	can link-env ln main .env
	can symlink-env ln -s main .env
	can mv-env mv main .env
	can write-conf sh -c "echo x >a/b/conf"
	can mv-a mv a a2
	can mv-b mv a/b a/b2
	can rm-link rm -f link
	can ln-link ln -sfn main link
	can read-secret grep -q . secret
	can write-secret sh -c "echo x >secret"
	can rm-secret rm -f secret
	can read-key cat keys/key
	can list-keys ls keys
	can mv-keys mv keys keys2
	can umount umount tool
	can nested unshare -Urm sh -c "umount tool || mount -o remount,bind,rw tool || rm -f link secret || touch .env"
	echo done'

protect=(--protect=tool --protect=.env --protect=link --hide=secret --hide=keys)

@test 'the program cannot get at what is protected and hidden, and no file is left' {
	before=$(host_state)
	for root in '' --pivot-root=/:ro; do
		for mounts in '' --rw=. --bind=.:/mnt "--bind=$dir:/mnt --rw=."; do
			# shellcheck disable=SC2086
			run -0 --separate-stderr inside $root $mounts "${protect[@]}" sh -c "$attack" sh "$PWD"
			output_is 'done'
			[ "$(host_state)" = "$before" ]
			case $mounts in
			*"$dir:"*) place=/mnt/proj ;;
			*/mnt) place=/mnt ;;
			*) continue ;;
			esac
			# shellcheck disable=SC2086
			run -0 --separate-stderr inside $root $mounts "${protect[@]}" sh -c "$attack" sh "$place"
			output_is 'done'
			[ "$(host_state)" = "$before" ]
		done
	done
	# Without any of it the program can do all that.
	run -0 inside sh -c "$attack" sh "$PWD"
	output_has $'write-hook\n'
	output_has $'\nread-key\n'
}

@test 'the same where a system call is missing or refused' {
	before=$(host_state)
	for call in openat2 open_tree fsopen mount_setattr move_mount statx statmount close_range; do
		for answer in 1 38; do
			for root in '' --pivot-root=/:ro; do
				# Without mount_setattr(2) a root with other mounts is not made read-only.
				[ "$call$root" != mount_setattr--pivot-root=/:ro ] || continue
				# shellcheck disable=SC2086
				run -0 --separate-stderr as_user "$REFUSE" "$answer" "$call" -- \
					"$XUNSHARE" -c $root --rw=. --bind=.:/mnt:dev "${protect[@]}" \
					sh -c "$attack; cd /mnt; $attack" sh "$PWD"
				[ "$output" = $'done\ndone' ] || fail "without $call ($answer) $root: $output $stderr"
				[ "$(host_state)" = "$before" ]
			done
		done
	done
}

@test 'as root without a user namespace' {
	need_root
	chown -hR 0:0 .
	before=$(host_state)
	# It keeps a capability that would undo it, and loses that.
	for root in '' --pivot-root=/:ro; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr "$XUNSHARE" -m $root --rw=. --bind=.:/mnt "${protect[@]}" \
			setpriv --bounding-set=-sys_admin --inh-caps=-all sh -c "${attack/ls keys/ls keys\/key}" sh "$PWD"
		output_is 'done'
		[ "$(host_state)" = "$before" ]
	done
}

@test 'what is not protected can be written to as before' {
	# shellcheck disable=SC2016
	run -0 inside --pivot-root=/:ro --rw=. "${protect[@]:0:1}" --protect=a/b/conf sh -ec '
		cd "$1"; touch new a/new a/b/new; mkdir new.d; mv a/new a/newer; rm main; echo x >>a/b/new
		cat tool/hooks/pre a/b/conf; ! touch "$1/../no" 2>&1' sh "$PWD"
	output_is $'hook\nconf\n'"touch: cannot touch '$PWD/../no': Read-only file system"
	[ -e new ] && [ -e a/newer ] && [ -d new.d ] && [ "$(cat a/b/new)" = x ] && [ ! -e main ]
	# Where a name is missing nothing is added or removed, but what is there can be written to.
	# shellcheck disable=SC2016
	run -0 inside --protect=.env sh -c 'echo y >>new; touch a/b/more tool/more; mkdir new.d/d; touch other 2>&1; rm new 2>&1; :'
	output_is "xunshare: '.env' is protected and does not exist: if the directory that it would be in is one of this host, nothing can be added to that
touch: cannot touch 'other': Read-only file system
rm: cannot remove 'new': Read-only file system"
	[ "$(cat new)" = y ] && [ -e a/b/more ] && [ -e tool/more ] && [ -d new.d/d ]
}

@test 'git does not see any of it, during and after' {
	need git
	export HOME=$dir GIT_CONFIG_NOSYSTEM=1
	as_user git init -q .
	as_user git add .
	as_user git -c user.name=n -c user.email=e@e commit -qm all
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside --pivot-root=/:ro --mount-dev --rw=. --protect=.git --protect=.env \
		sh -c 'cd "$1" && git status --porcelain && ! touch .env .git/hooks/x' sh "$PWD"
	output_is ''
	run -0 as_user git status --porcelain --ignored
	output_is ''
	start_user "$XUNSHARE" -cf --kill-child --rw=. --protect=.git --protect=.env sleep 1000
	wait_until child_named "$started" sleep
	run -0 as_user git status --porcelain --ignored
	output_is ''
	[ ! -e .env ]
	kill -KILL -- "-$started"
	run -0 as_user git status --porcelain --ignored
	output_is ''
}

@test 'two at once on the same directory, and killed' {
	before=$(host_state)
	start_user "$XUNSHARE" -cf --kill-child --rw=. "${protect[@]}" sleep 1000
	first=$started
	start_user "$XUNSHARE" -cf --kill-child --rw=. "${protect[@]}" sleep 1000
	wait_until child_named "$first" sleep
	wait_until child_named "$started" sleep
	[ "$(host_state)" = "$before" ]
	run -0 --separate-stderr inside --rw=. "${protect[@]}" sh -c "$attack" sh "$PWD"
	output_is 'done'
	kill -KILL -- "-$first" "-$started"
	[ "$(host_state)" = "$before" ]
}

@test 'the order of the command line does not matter, and the stricter one wins' {
	for order in '--hide=a --protect=a/b' '--protect=a/b --hide=a' '--hide=a --hide=a/b' \
		'--hide=a/b --hide=a' '--protect=a --hide=a' '--hide=a --rw=a/b' '--rw=a/b --hide=a' \
		'--hide=a/ --hide=a' '--hide=./tool/../a --rw=a'; do
		# shellcheck disable=SC2086
		run -2 inside $order ls a
		output_is "ls: cannot open directory 'a': Permission denied"
	done
	for order in '--protect=a --hide=a/b' '--hide=a/b --protect=a' '--hide=a/b --protect=. --rw=a'; do
		# shellcheck disable=SC2086,SC2016
		run -0 inside $order sh -c 'ls a; ls a/b 2>&1; touch a/new 2>&1; :'
		output_is $'b\n'"ls: cannot open directory 'a/b': Permission denied"$'\n'"touch: cannot touch 'a/new': Read-only file system"
	done
	for order in '--protect=. --rw=.' '--rw=. --protect=.'; do
		# shellcheck disable=SC2086,SC2016
		run -0 --separate-stderr inside --pivot-root=/:ro $order sh -c 'cd "$1"; touch new; echo x >main; :' sh "$PWD"
		[ ! -e new ]
	done
	# Something else at its place is covered as well, and what is mounted from below it.
	run -0 inside --protect=a/b/conf --bind="main:$PWD/a/b/conf" sh -c 'cat a/b/conf; echo x >a/b/conf; :'
	[ "${lines[0]}" = main ] && [ "$(cat main)" = main ]
	run -1 inside --hide=keys --bind="keys/key:$PWD/main" cat main
	output_is 'cat: main: Permission denied'
	# Where it is bound twice, it is hidden once.
	run -2 inside --tmpfs="$PWD/a" --dir="$PWD/a/m" --bind=".:$PWD/a/m" --bind=".:$PWD/a/m" --hide=keys ls a/m/keys
	output_is "ls: cannot open directory 'a/m/keys': Permission denied"
	run -1 inside --tmpfs="$PWD/a" --dir="$PWD/a/b" --hide=a/b/conf cat a/b/conf
	output_is "cat: a/b/conf: Permission denied"
}

@test 'symbolic links: neither they nor what they lead to can be changed' {
	before=$(host_state)
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside --rw=. --protect=dirlink/b --protect=link sh -c '
		ln -sfn /tmp dirlink; rm dirlink link; mv dirlink d; mv link l; mv a a2; echo x >link; touch dirlink/b/new; readlink dirlink link'
	output_is $'a\na/b/conf'
	[ "$(host_state)" = "$before" ]
	# One that leads nowhere, or round in a circle.
	ln -s gone dangling
	ln -s loop loop
	before=$(host_state)
	run -2 --separate-stderr inside --protect=dangling sh -c 'touch gone; rm dangling; echo x >dangling'
	[ "$(host_state)" = "$before" ]
	run -1 inside --protect=loop true
	output_has 'Too many levels of symbolic links'
}

@test 'in another root' {
	need busybox
	mkdir -p "$dir/root/bin" "$dir/root/etc" "$dir/root/work"
	cp "$(command -v busybox)" "$dir/root/bin/busybox"
	ln -s busybox "$dir/root/bin/sh"
	echo inner >"$dir/root/etc/inner"
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir/root"
	before=$(host_state)
	# What is below a bind, what is inside, and what is in the root by its path outside.
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside -m -R "$dir/root" --bind=.:/work --protect=tool --hide=secret --protect=/etc/inner \
		--protect="$dir/root/bin" /bin/sh -c '
		for f in /work/tool/new /etc/inner /bin/new /work/secret; do (echo x >$f) 2>/dev/null && echo $f; done
		busybox cat /work/secret; busybox mv /etc /etc2; busybox mv /work/tool /work/t; echo done'
	output_is 'done'
	[ "$(host_state)" = "$before" ]
	# The root itself, and names in it.
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside -m -R "$dir/root" --protect="$dir/root" /bin/sh -c 'echo x >/etc/inner; echo x >/new; echo done'
	output_is 'done'
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside -m -R "$dir/root" --protect="$dir/root/new" /bin/sh -c 'echo x >/new; echo more >/etc/inner; echo done'
	output_is 'done'
	[ "$(cat "$dir/root/etc/inner")" = more ]
	[ ! -e "$dir/root/new" ]
	run -1 inside -m -R "$dir/root" --hide="$dir/root" /bin/sh -c :
	output_has "'$dir/root' cannot be covered, because it is where the root comes from"
	# On a file system of the sandbox it is there, and empty.
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside --tmpfs=/ --bind="$dir/root/bin:/bin" --tmpfs=/home --protect=/home/u/.env \
		--hide=/home/u/.key /bin/sh -c 'echo x >/home/u/.env; echo x >/home/u/.key; busybox mv /home/u /home/v
		busybox cat /home/u/.env; busybox cat /home/u/.key; echo y >/home/u/other; busybox ls -A /home/u'
	output_is $'.env\n.key\nother'
	# An overlay shows it, too.
	run -1 --separate-stderr inside --overlay="$PWD:$dir/other:$dir/other" --hide=secret cat "$dir/other/secret"
	output_is ''
}

@test 'the working directory is where it was, and covered' {
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside --protect=.env --hide=keys sh -c 'pwd; touch .env; cd keys; :'
	[ "$output" = "$PWD" ]
	cd keys
	run -1 inside --hide=. cat key
	output_lacks key$
	[ ! -e .env ]
}

@test 'what is hidden is empty, and has no mode' {
	run -0 inside --hide=secret --hide=keys stat -c '%n %F %a %s' secret
	output_is 'secret regular empty file 0 0'
	run -0 inside --hide=secret --hide=keys stat -c '%F %a' keys
	output_is 'directory 0'
	# shellcheck disable=SC2016
	run -0 inside --hide=secret --hide=keys grep -c " $PWD/\(keys\|secret\) tmpfs ro,nosuid,nodev,noexec" /proc/mounts
	output_is 2
}

@test 'values that are refused before anything is done' {
	before=$(host_state)
	unset=
	for option in "--protect=$unset" "--hide=$unset" "--rw=$unset" --protect=a:b --rw=a:b; do
		run -1 inside "$option" true
		output_has "Try 'xunshare --help'"
	done
	for option in --hide=/ --protect=/ --hide=/../ --hide="$(printf '../%.0s' {1..40})"; do
		run -1 inside "$option" true
		output_has 'is the root, which can be neither protected nor hidden'
	done
	run -1 inside --protect=main/x true
	output_has "'$PWD/main': Not a directory"
	run -1 inside --protect=main/ true
	output_has 'Not a directory'
	run -1 inside --protect=gone/../x true
	output_has 'No such file or directory'
	run -1 inside --rw=gone true
	output_is "xunshare: --rw: 'gone': No such file or directory"
	run -1 inside --protect="$(printf 'a/%.0s' {1..3000})" true
	one_line
	# A name in the root, where there is no other one that could be closed.
	run -1 inside --protect=/no.such.name true
	output_has "a name in '/' cannot be protected or hidden unless there is a new root"
	[ "$(host_state)" = "$before" ]
	# Neither it nor its parent is there.
	# shellcheck disable=SC2016
	run -0 --separate-stderr inside --protect=gone/for/ever --hide=/no/such/dir --pivot-root=/:ro --rw=. sh -c '
		cd "$1"; mkdir gone; mkdir -p gone/for; touch gone; echo x >>main' sh "$PWD"
	[ ! -e gone ]
	[ "$(tail -n 1 main)" = x ]
}

# What covers one name may be mounted over the directory that both are in.
@test 'of two in one directory, also the one after a link to the directory itself' {
	need busybox
	mkdir -p "$dir/root/bin" "$dir/root/d"
	cp "$(command -v busybox)" "$dir/root/bin/busybox"
	echo secret >"$dir/root/d/secret"
	ln -s . "$dir/root/d/link"
	! is_root || chown -hR "$TEST_UID:$TEST_GID" "$dir/root"
	for first in link .; do
		# shellcheck disable=SC2016
		run -0 --separate-stderr inside -m -R "$dir/root" --protect="/d/$first" --hide=/d/secret /bin/busybox sh -c '
			busybox cat /d/secret /d/link/secret; echo x >/d/secret; busybox touch /d/new; echo done'
		output_is 'done'
		[ "$(cat "$dir/root/d/secret")" = secret ]
		[ ! -e "$dir/root/d/new" ]
	done
}

# It comes from a file system of the sandbox, if there is one that can be written to.
@test 'what hides files has no name' {
	# Not over what is hidden, wherever the files of this test are.
	as_user mkdir "$dir/made"
	for more in '' "--tmpfs=$dir/made" "--tmpfs=$dir/made:ro" "--tmpfs=$dir/made:nr_inodes=1"; do
		# shellcheck disable=SC2016
		run -0 --separate-stderr inside --protect=a --hide=secret --hide=keys ${more:+"$more"} sh -c '
			cat secret; ls keys; grep -c libns-empty /proc/self/mountinfo; ls -A "$1"; find "$1" /dev -name "libns-empty*" 2>/dev/null; :' sh "$dir/made"
		[ "$output" = 2 ] || fail "$output"
	done
}

@test 'explain shows each cover' {
	run -0 --separate-stderr inside --rw=. "${protect[@]}" --dry-run true
	output_has "open_tree, mount_setattr(ro), move_mount(\"$PWD/tool\")"
	output_has "open_tree, move_mount(\"$PWD/link\")"
	output_has "fsopen(\"tmpfs\"), move_mount(\"$PWD/secret\")"
}
