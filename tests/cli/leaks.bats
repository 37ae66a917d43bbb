#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a tool has allocated is freed where it returns. Only a build with sanitizers can tell. A tool
# that becomes its program returns only where that fails, or where it says what it would do. xnsenter
# has such tests with its others.

load common

setup()
{
	export ASAN_OPTIONS=detect_leaks=1 XNETNS
}

# keeps_nothing TOOL WORDS...: of each, whatever becomes of it.
keeps_nothing()
{
	local tool=$1 words
	shift
	for words; do
		# shellcheck disable=SC2086
		output=$("$tool" $words 2>&1) || :
		[[ $output != *Sanitizer* ]] || fail "$words: $output"
	done
}

@test 'xlsns' {
	sleeper -U -u
	keeps_nothing "$XLSNS" '' -l -J -r --output-all '-o USER,UID,NS' --pid-tree --containers '--containers -J' --graph=dot \
		--graph=mermaid --graph=html "--pid-map $$" "--pid-map=$sleeper -J" "--propagation=$$" "--compare $$ $PPID" \
		"--compare=$sleeper -J" "-p $sleeper" -P --metrics -H '-H -J' -v "--filter PID==$sleeper" '--filter (PID' \
		"--holders /proc/$sleeper/ns/uts" "--holders /proc/$sleeper/ns/uts -J" 99999999 '-o NOSUCH' '-t net,nosuch' \
		--without=fds,sockets "-T -u -W /proc/$sleeper/ns/user" --help=all --version=full
}

@test 'xunshare' {
	mkdir "$BATS_TEST_TMPDIR/dir"
	keeps_nothing "$XUNSHARE" --check --check=json --help=all '-Urpf --dry-run' '-Urpf --explain=json true' \
		'--map-users 0:1000:1 --map-groups 0:1000:1 --dry-run' '--map-users 0:1 --map-groups 1:2:3:4' \
		'--whitelist-env A,B --setenv C=D --pass-fd 1 --rlimit nofile=64 --limit pids=9 --dry-run' \
		'--setenv =x --whitelist-env A' '--rlimit nosuch=1 --rlimit cpu=1' '--limit nosuch=1' \
		'--bind /usr --tmpfs /mnt --hide /root --overlay /usr:/bin:/mnt --dry-run' '--bind /nosuch true' \
		'--seccomp default --landlock fs --dry-run' '--seccomp /nosuch' '--landlock nosuch' \
		'--setup true --setup false --dry-run' '-Urf --setup false true' '--pasta=-t,80 --dry-run' \
		'--sandbox --dry-run=json' '--sandbox --without=net,nosuch' "--container $BATS_TEST_TMPDIR/dir --dry-run" \
		'--join-net nosuch true' '--caps nosuch' '--init -Ur true' '-Ur --status-fd 1 -f true' '-Ur --pty true'
}

@test 'xnetns, by words that change nothing' {
	keeps_nothing "$XNETNS" help list '-j list' '-jp list' identify '-j identify' list-id 'pids no-such-name' 'who nosuch' \
		'exec no-such-name true' 'exec -u nosuch a true' 'up' 'up --net nosuch a' \
		'up --dry-run -p 80:80 --dns 192.0.2.7 a' 'up --dry-run -p 80:80 -p nosuch a' 'up --dns 192.0.2.7,x a' \
		'run --net none --dns 192.0.2.7,x true' 'run --dry-run true' 'forward nosuch 80' 'test nosuch' \
		'bridge nosuch' 'connect a' 'gc nosuch' 'down --dry-run nosuch'
}

@test 'xnetns, by what makes and takes away' {
	need_root
	need ip
	# shellcheck disable=SC2016
	run private_run bash -c '"$@" 2>&1' sh bash -c 'n() { "$XNETNS" "$@" || echo "$*: $?"; }
		mount -t tmpfs none /etc; ip link set lo up
		n add a; n add b; n set a 7; n -j list; n list-id; n pids a; n who a; n -j who a
		n attach c $$; n pids c; n -j pids c; n who c; n exec a ip link; n -n a list; n --all exec true; n exec -u 65533 a true
		n connect a b; n disconnect a b; n bridge sw add a b; n bridge sw; n -j bridge sw; n bridge sw delete
		n up web --net isolated --dns 192.0.2.7 -q; n up web --net isolated --dns 192.0.2.7; n test web; n -j test web
		n up api --net peer=web --dns none; n doctor; n -j doctor; n gc --dry-run; n down api web -q
		n run --net none --dns 192.0.2.7 true; n run --net isolated --dns none true
		printf "add d\npids c\ndel d\nnosuch\n" >/run/batch; n --force -b /run/batch; n -a del; n list; echo all'
	[[ $output != *Sanitizer* ]] || fail "$output"
	[ "${lines[-1]}" = all ]
}
