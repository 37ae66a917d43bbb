#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare --landlock: each right is tried, granted and refused.

load common

setup_file()
{
	reachable_tools
	export XUNSHARE XNSENTER XLSNS XNETNS
}

setup()
{
	PROBE=$(<"$BATS_TEST_DIRNAME/landlock-probe.py")
	dir=$(user_dir)
	abi=$("$XUNSHARE" --check=json | sed -n 's/.*"topic":"landlock".*"abi":\([0-9]*\).*/\1/p')
	[ "${abi:-0}" -ge 3 ] || skip 'needs Landlock of Linux 6.2'
	# What a program needs in order to start.
	base=()
	for path in /usr /bin /lib /lib64 /etc; do
		[ ! -e "$path" ] || base+=("--landlock=fs:rx:$path")
	done
}

need_abi()
{
	[ "$abi" -ge "$1" ] || skip "needs version $1 of Landlock"
}

inside()
{
	as_user "$XUNSHARE" "$@"
}

# probe OPTION... -- WORD=VALUE...: what came of each of these, in one line.
probe()
{
	local options=()

	need python3
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run -0 inside "${base[@]}" "${options[@]}" /usr/bin/python3 -Ic "$PROBE" "$@"
	output=${output//$'\n'/ }
}

# Makes what the next try needs, for the ordinary user.
arrange()
{
	rm -rf "${dir:?}/in"
	mkdir -p "$dir/in/a" "$dir/in/b" "$dir/in/empty"
	echo data >"$dir/in/a/file"
	cp "$(type -P true)" "$dir/in/program"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir/in"
}

all=(execute write-file read-file read-dir remove-dir remove-file make-char make-dir make-reg
	make-sock make-fifo make-block make-sym refer truncate)

# but RIGHT: all rights without that one, with commas.
but()
{
	local right list=
	for right in "${all[@]}"; do
		[ "$right" = "$1" ] || list+=${list:+,}$right
	done
	echo "$list"
}

# ------------------------------------------------------------------ each right

@test 'each right on files is granted by its word, and by no other' {
	while read -r right path granted; do
		arrange
		probe "--landlock=fs:${granted:-$right}:$dir/in" -- "$right=$dir/in/$path"
		[ "$output" = ok ] || fail "$right: $output"
		arrange
		probe "--landlock=fs:$(but "$right"):$dir/in" -- "$right=$dir/in/$path"
		[ "$output" = EACCES ] || fail "all but $right: $output"
	done <<-END
		read-file a/file
		write-file a/file
		truncate a/file
		execute program execute,read-file
		read-dir a
		remove-dir empty
		remove-file a/file
		make-dir new
		make-reg new
		make-sock new
		make-fifo new
		make-sym new
	END
}

@test 'from one directory to another with refer only' {
	arrange
	probe "--landlock=fs:$(but refer):$dir/in" -- "refer=$dir/in/a/file,$dir/in/b/file" \
		"refer=$dir/in/a/file,$dir/in/a/other"
	output_is 'EXDEV ok'
	arrange
	probe "--landlock=fs:refer,make-reg,remove-file:$dir/in" -- \
		"refer=$dir/in/a/file,$dir/in/b/file"
	output_is ok
}

@test 'ioctl on devices' {
	need_abi 5
	# No terminal, says the device itself.
	probe --landlock=fs:read-file,ioctl-dev:/dev/null -- ioctl-dev=/dev/null
	output_is ENOTTY
	probe --landlock=fs:ro:/dev/null -- ioctl-dev=/dev/null
	output_is EACCES
}

@test 'words for several rights' {
	arrange
	probe "--landlock=fs:ro:$dir/in" -- "read-file=$dir/in/a/file" "read-dir=$dir/in" \
		"write-file=$dir/in/a/file" "execute=$dir/in/program" "make-reg=$dir/in/new"
	output_is 'ok ok EACCES EACCES EACCES'
	probe "--landlock=fs:rx:$dir/in" -- "read-file=$dir/in/a/file" "execute=$dir/in/program" \
		"truncate=$dir/in/a/file"
	output_is 'ok ok EACCES'
	probe "--landlock=fs:rw:$dir/in" -- "write-file=$dir/in/a/file" "make-reg=$dir/in/new" \
		"refer=$dir/in/a/file,$dir/in/b/file" "execute=$dir/in/program"
	output_is 'ok ok ok EACCES'
	probe "--landlock=fs:rwx:$dir/in" -- "remove-dir=$dir/in/empty" "execute=$dir/in/program"
	output_is 'ok ok'
	probe "--landlock=fs:all:$dir/in" -- "make-sock=$dir/in/socket" "execute=$dir/in/program"
	output_is 'ok ok'
}

@test 'two rules on the same path add up' {
	arrange
	probe "--landlock=fs:read-file:$dir/in" "--landlock=fs:write-file:$dir/in" -- \
		"read-file=$dir/in/a/file" "write-file=$dir/in/a/file" "read-dir=$dir/in"
	output_is 'ok ok EACCES'
}

# listening OPTION... -- WORD=VALUE...: as probe, in a network with that listener.
listening()
{
	local options=()

	need python3
	need_userns
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	rm -f "$dir/socket"
	run -0 inside -r --lo /usr/bin/python3 -Ic "$PROBE" "listen=$dir/socket" \
		"$XUNSHARE" "${options[@]}" /usr/bin/python3 -Ic "$PROBE" "$@"
	output=${output//$'\n'/ }
}

@test 'ports of TCP, and files stay as they are' {
	need_abi 4
	listening --landlock=net:connect-tcp:443 -- connect-tcp=443 connect-tcp=80 bind-tcp=8080 \
		write-file=/dev/null
	output_is 'ok EACCES EACCES ok'
	listening --landlock=net:bind-tcp:8080 -- bind-tcp=8080 bind-tcp=8081 connect-tcp=443
	output_is 'ok EACCES EACCES'
	listening --landlock=net:all:443 --landlock=net:connect-tcp:80 -- connect-tcp=443 \
		connect-tcp=80 bind-tcp=8080
	output_is 'ok ok EACCES'
	listening --landlock=net -- connect-tcp=443 bind-tcp=0
	output_is 'EACCES EACCES'
	listening --landlock=net:bind-tcp:0 -- bind-tcp=0 bind-tcp=8080
	output_is 'ok EACCES'
}

@test 'UDP, from version 10 on, and that it is told before' {
	if [ "$abi" -ge 10 ]; then
		listening --landlock=net:connect-tcp:443 -- udp=53
		output_is EACCES
		# Who sends from no port of its own gets one.
		listening --landlock=net:connect-send-udp:53 --landlock=net:bind-udp:0 -- udp=53 udp=54
		output_is 'ok EACCES'
	else
		listening --landlock=net:connect-tcp:443 -- udp=53
		output_is ok
		run -1 inside --landlock=net:connect-send-udp:53 true
		output_has "net:connect-send-udp needs Landlock ABI 10 (Linux 7.2), and this kernel has $abi"
		run -0 --separate-stderr inside --landlock-best-effort --landlock=net true
		# shellcheck disable=SC2154
		[[ $stderr == *"note: Landlock ABI $abi leaves open: UDP (ABI 10)" ]] || fail "$stderr"
	fi
}

@test 'sockets by path, from version 9 on' {
	if [ "$abi" -ge 9 ]; then
		listening --landlock=fs:rx:/ -- "unix=$dir/socket"
		output_is EACCES
		listening --landlock=fs:rx:/ "--landlock=fs:resolve-unix:$dir" -- "unix=$dir/socket"
		output_is ok
		listening --landlock=fs:rx:/ "--landlock=fs:all:$dir/socket" -- "unix=$dir/socket"
		output_is ok
	else
		listening --landlock=fs:rx:/ -- "unix=$dir/socket"
		output_is ok
		run -1 inside "--landlock=fs:resolve-unix:$dir" true
		output_has "fs:resolve-unix needs Landlock ABI 9 (Linux 7.1), and this kernel has $abi"
	fi
}

@test 'scopes: signals and abstract sockets, each by its word' {
	need_abi 6
	listening --landlock=scope:signal -- signal=0 abstract=libns-landlock
	output_is 'EPERM ok'
	listening --landlock=scope:abstract-unix-socket -- signal=0 abstract=libns-landlock
	output_is 'ok EPERM'
	listening --landlock=scope -- signal=0 abstract=libns-landlock
	output_is 'EPERM EPERM'
	# What is not named is not restricted.
	listening --landlock=scope -- connect-tcp=443 udp=53 write-file=/dev/null
	output_is 'ok ok ok'
}

# ------------------------------------------------------------- where it holds

@test 'it needs no namespace, and makes none' {
	run -0 as_user readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid
	there=$output
	run -0 inside --landlock=fs:rx:/ readlink /proc/self/ns/user /proc/self/ns/mnt \
		/proc/self/ns/pid
	output_is "$there"
	run -0 inside --landlock=fs:rx:/ grep NoNewPrivs: /proc/self/status
	output_is $'NoNewPrivs:\t1'
}

@test 'the rules hold in place, in a child and below a first process' {
	arrange
	for options in '' -f '-f --die-with-parent' -r -rf -rm '-r --init --mount-proc'; do
		case $options in
		*r*) as_user unshare -U true 2>/dev/null || continue ;;
		esac
		# shellcheck disable=SC2086
		probe $options "--landlock=fs:ro:$dir/in" -- "read-file=$dir/in/a/file" \
			"write-file=$dir/in/a/file" "read-file=/proc/1/status"
		output_is 'ok EACCES EACCES'
	done
}

@test 'a relative path begins at the working directory' {
	need_userns
	arrange
	for options in '' -f -r -rm -rmf; do
		# shellcheck disable=SC2086
		probe $options -w "$dir/in/a" --landlock=fs:rw:. --landlock=fs:ro:../b -- \
			"write-file=$dir/in/a/file" "read-dir=$dir/in/b" "make-reg=$dir/in/b/new"
		output_is 'ok ok EACCES'
	done
	# Also where the kernel does not help.
	options=("${base[@]}" -rm -w "$dir/in/a" --landlock=fs:rw:.)
	run -0 as_user "$REFUSE" 38 openat2 -- "$XUNSHARE" "${options[@]}" \
		sh -c ': >file; cd ..; (: >new) 2>&-; echo $?'
	output_is 2
}

@test 'a program below a first process can be signalled, and is told' {
	need_userns
	need_abi 6
	run -143 inside -r --init --mount-proc --landlock=scope sh -c 'kill -TERM $$'
	run -0 inside -r --init --mount-proc --landlock=scope sh -c '
		trap "echo told; exit" TERM
		kill -TERM 1
		while :; do sleep 0.1; done'
	output_is told
}

@test 'a filter that is as strict as it gets comes after the rules, and so do other limits' {
	need_userns
	arrange
	for options in --seccomp=strict '-f --new-session --seccomp=default' \
		'-r --init --mount-proc --caps=none --disable-userns --seccomp=strict'; do
		# shellcheck disable=SC2086
		probe $options "--landlock=fs:ro:$dir/in" -- "read-file=$dir/in/a/file" \
			"write-file=$dir/in/a/file"
		output_is 'ok EACCES'
	done
	run -0 inside --seccomp=strict --landlock=fs:rx:/ --dry-run true
	[[ $output == *landlock_restrict_self*SECCOMP_SET_MODE_FILTER* ]] || fail "$output"
}

@test 'nothing can be mounted under rules for files' {
	need_userns
	probe -rm --landlock=fs:all:/ -- mount=/tmp
	output_is EPERM
	probe -rm --landlock=net -- mount=/tmp
	# The base has rules for files.
	output_is EPERM
}

@test 'in a new root a path is one of that root' {
	need busybox
	need_userns
	root=$dir/root
	mkdir -p "$root/bin" "$root/data" "$root/other" "$dir/host"
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	ln -s /data "$root/link"
	ln -s ../../../../data "$root/far"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	# shellcheck disable=SC2016
	script='exec 2>&-; for d; do (: >"$d/new") && echo "$d: ok" || echo "$d: no"; done'
	for how in "-r -R $root" "-rm -R $root" "-rmf -R $root" "-r --pivot-root=$root" \
		"-r --init -m -R $root"; do
		for rule in fs:rw:/data fs:rw:/link fs:rw:/far fs:rw:data; do
			# shellcheck disable=SC2086
			run -0 inside $how --landlock=fs:rx:/bin "--landlock=$rule" \
				/bin/sh -c "$script" sh /data /other
			[ "$output" = $'/data: ok\n/other: no' ] || fail "$how $rule: $output"
		done
		# shellcheck disable=SC2086
		run -0 inside $how -w /data --landlock=fs:rx:/bin --landlock=fs:rw:. \
			/bin/sh -c "$script" sh /data /other
		[ "$output" = $'/data: ok\n/other: no' ] || fail "$how .: $output"
		# shellcheck disable=SC2086
		run -1 inside $how --landlock=fs:rx:/bin "--landlock=fs:rw:$dir/host" /bin/sh -c :
		output_has "cannot open '$dir/host' for a Landlock rule: No such file or directory"
	done
}

@test 'a link to a descriptor leads out of no new root' {
	need busybox
	need_userns
	root=$dir/root
	mkdir -p "$root/bin" "$root/proc" "$dir/host"
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s /proc/self/fd/7 "$root/door"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	run -1 inside -rpf "--pivot-root=$root" --mount-proc --landlock=fs:rx:/bin \
		--landlock=fs:rw:/door /bin/busybox true 7<"$dir/host"
	output_has "cannot open '/door' for a Landlock rule: Too many levels of symbolic links"
}

# --------------------------------------------------------------------- values

@test 'a colon and a backslash in a path' {
	mkdir -p "$dir/in:a,b\\c"
	! is_root || chown -R "$TEST_UID:$TEST_GID" "$dir"
	probe "--landlock=fs:rw:$dir/in\\:a,b\\\\c" -- "make-reg=$dir/in:a,b\\c/new" "make-reg=$dir/new"
	output_is 'ok EACCES'
}

@test 'what is no rule, and the program does not run' {
	while IFS='|' read -r rule words; do
		run -1 inside --landlock=fs:rx:/ "--landlock=$rule" sh -c 'echo ran'
		output_has "--landlock: '$rule': $words"
		output_lacks ran
	done <<-'END'
		|part 1 of the Landlock rule is empty
		fs:|part 2 of the Landlock rule is empty
		fs:ro:|part 3 of the Landlock rule is empty
		fs::/usr|part 2 of the Landlock rule is empty
		fs:ro|the Landlock rule is not fs:RIGHTS:PATH
		fs:/usr|the Landlock rule is not fs:RIGHTS:PATH
		fs:ro:/a:b|the Landlock rule is not fs:RIGHTS:PATH: a colon in a name is written '\:'
		fs:read:/usr|Landlock has no 'read' of 'fs'
		fs:ro,:/usr|Landlock has no '' of 'fs'
		files:ro:/|'files' is no kind of Landlock rule: fs, net, scope, abi
		net:443|the Landlock rule is not net:RIGHTS:PORT
		net:connect-tcp:http|'http' is no port: a number up to 65535
		net:connect-tcp:-1|'-1' is no port: a number up to 65535
		net:connect-tcp:65536|'65536' is no port: a number up to 65535
		net:connect-tcp:0|port 0 is none to connect to: it can be bound to only
		net:connect:443|Landlock has no 'connect' of 'net'
		scope:all|Landlock has no 'all' of 'scope'
		abi:0|the Landlock rule is not abi:NUMBER
	END
	run -1 inside --landlock-best-effort sh -c 'echo ran'
	output_has '--landlock-best-effort: there is no rule (--landlock)'
	run -1 inside --landlock=abi:1 sh -c 'echo ran'
	output_has 'the Landlock rules restrict nothing'
}

@test 'what cannot be granted, and the program does not run' {
	for options in '' -f; do
		# shellcheck disable=SC2086
		run -1 inside $options --landlock=fs:rx:/ --landlock=fs:ro:/no/such sh -c 'echo ran'
		output_is "xunshare: cannot open '/no/such' for a Landlock rule: No such file or directory"
		# shellcheck disable=SC2086
		run -1 inside $options --landlock=fs:rx:/ --landlock=fs:make-reg:/dev/null sh -c 'echo ran'
		output_is "xunshare: cannot grant make-reg on '/dev/null': that is no directory"
		# shellcheck disable=SC2086
		run -126 inside $options --landlock=fs:ro:/ /bin/sh -c 'echo ran'
		output_has 'Permission denied'
		output_has "hint: under rules of --landlock for files, a program"
	done
	run -1 inside --landlock=fs:rx:/ --landlock=abi:99 sh -c 'echo ran'
	output_has "Landlock ABI 99 is asked for"
	output_has "this kernel has $abi"
	output_lacks ran
}

@test 'hundreds of rules' {
	need_abi 4
	rules=()
	for ((port = 244; port <= 443; port++)); do
		rules+=("--landlock=net:connect-tcp:$port")
	done
	listening "${rules[@]}" -- connect-tcp=443 connect-tcp=80
	output_is 'ok EACCES'
}

@test 'the steps show what is granted' {
	run -0 inside --landlock=fs:ro:/usr --landlock=fs:write-file:/dev/null --dry-run true
	output_has 'landlock_create_ruleset(fs)'
	output_has 'landlock_add_rule("/usr", read-file,read-dir)'
	output_has 'landlock_add_rule("/dev/null", write-file)'
	output_has 'landlock_restrict_self()'
	[[ $output == *PR_SET_NO_NEW_PRIVS*landlock_create*landlock_add*landlock_restrict* ]] ||
		fail "$output"
	run -0 inside --landlock=fs:rx:/ --explain echo ran
	output_has 'landlock_add_rule("/", execute,read-file,read-dir)'
	output_has ran
	need_abi 6
	run -0 inside -f --landlock=fs --landlock=net:bind-tcp:80 --landlock=scope:signal \
		--dry-run=json true
	output_has 'landlock_create_ruleset(fs, net, scope:signal)'
	output_has 'landlock_add_rule(port 80, bind-tcp)'
}

# -------------------------------------------------------------- other kernels

refused()
{
	# The filter is inherited by what as_user starts.
	run "$1" as_user "$REFUSE" "${@:2}"
}

@test 'without Landlock: strict fails with the way out, best effort says what stays open' {
	for code in 38 95 1; do
		for options in '' -f; do
			# shellcheck disable=SC2086
			refused -1 "$code" landlock_create_ruleset -- "$XUNSHARE" $options \
				--landlock=fs:ro:/usr sh -c 'echo ran'
			case $code in
			38) output_has 'this kernel has no Landlock (Linux 5.13), or a filter hides it' ;;
			95) output_has 'Landlock was switched off when this kernel was booted'
				output_has 'boot with lsm=landlock' ;;
			*) output_has 'cannot ask for Landlock: Operation not permitted'
				output_has 'refused by a filter' ;;
			esac
			output_has 'hint: '
			output_lacks $'\nran'
			# shellcheck disable=SC2086
			refused -0 "$code" landlock_create_ruleset -- "$XUNSHARE" $options \
				--landlock-best-effort --landlock=fs:ro:/usr --landlock=net sh -c 'echo ran'
			output_is "xunshare: note: Landlock cannot be had here, and leaves open: files (ABI 1), TCP (ABI 4), UDP (ABI 10)
ran"
		done
	done
}

@test 'a filter that kills is named, and nothing runs' {
	for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
		refused -1 kill "$call" -- "$XUNSHARE" --landlock=fs:ro:/usr sh -c 'echo ran'
		output_has "a seccomp filter kills whoever calls $call"
		output_lacks $'\nran'
	done
}

@test 'rules that are refused half way are an error, also with best effort' {
	for call in landlock_add_rule landlock_restrict_self; do
		for options in '' -f; do
			# shellcheck disable=SC2086
			refused -1 1 "$call" -- "$XUNSHARE" $options --landlock-best-effort \
				--landlock=fs:rx:/ sh -c 'echo ran'
			output_has 'Operation not permitted'
			output_lacks $'\nran'
		done
	done
}

@test '--check tells version, errata and what stays open' {
	run "$XUNSHARE" --check
	[[ $output =~ landlock\ +Landlock\ restricts\ access\ without\ namespaces\ \(version\ $abi\) ]] ||
		fail "$output"
	output_has 'errata'
	[ "$abi" -ge 10 ] || output_has 'UDP (version 10)'
	[ "$abi" -ge 9 ] || output_has 'sockets by path (version 9)'
	need jq
	run "$XUNSHARE" --check=json
	run -0 jq -c '.findings[] | select(.topic == "landlock") | [.abi, (.open | type)]' <<<"$output"
	output_is "[$abi,\"array\"]"
	run as_user "$REFUSE" 95 landlock_create_ruleset -- "$XUNSHARE" --check
	[[ $output =~ limited\ +landlock\ +switched\ off\ at\ boot ]] || fail "$output"
	run as_user "$REFUSE" kill landlock_create_ruleset -- "$XUNSHARE" --check
	[[ $output =~ no\ +landlock\ +killed\ by\ a\ filter ]] || fail "$output"
	run as_user "$REFUSE" 38 landlock_create_ruleset -- "$XUNSHARE" --check=json
	run -0 jq -c '.findings[] | select(.topic == "landlock") | [.abi, .errata, .open[0]]' <<<"$output"
	output_is '[0,null,"files"]'
}
