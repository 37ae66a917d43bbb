#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnsenter -S NAME and -G NAME: whose accounts count, and what a container that wrote
# its own can make of it.

load common

# container [OPTION...]: a process that has the directory $etc as /etc; in $started.
# OPTION is one of unshare(1), or of $with.
container()
{
	need_root
	etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$etc"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	printf '%s\n' 'root:x:0:0::/:/bin/sh' 'web:x:33:44::/:/bin/sh' 'evil:x:0:0::/:/bin/sh' >"$etc/passwd"
	printf '%s\n' 'root:x:0:' 'web:x:44:' 'logs:x:4:root,web' 'disk:x:6:webb,we' 'far:x:50: web' >"$etc/group"
	# shellcheck disable=SC2016
	start "${with:-unshare}" -m --propagation private "$@" sh -c 'mount --bind "$1" /etc && exec sleep 1000' sh "$etc"
	wait_until comm_is "$started" sleep
}

# who ARGUMENT...: enters with them; prints uid, gid, groups.
who()
{
	"$XNSENTER" -t "$started" "$@" -- sed -n 's/^\([UG]id\|Groups\):\t\([0-9 ]*\).*/\2/p' /proc/self/status |
		tr '\n' ';' | sed 's/ *;/;/g'
}

# refused NAME WORDS...: NAME cannot be looked up, in one sentence with these words.
refused()
{
	local words
	run -1 "$XNSENTER" -t "$started" -S "$1" -- echo reached
	one_line
	shift
	for words; do
		output_has "$words"
	done
}

@test "a user of the container's, with the groups that its files give" {
	container
	[ "$(who -S web)" = '33;44;4 44 50;' ]
	[ "$(who -S root)" = '0;0;0 4;' ]
	[ "$(who -S web -G 7)" = '33;7;;' ]
	[ "$(who -S web -G logs)" = '33;4;;' ]
	[ "$(who -S 5 -G web)" = '5;44;;' ]
	run -0 "$XNSENTER" -t "$started" -S web --plan
	output_has 'uid 33 gid 44 groups 4 44 50'
	output_has "in the root directory of process $started"
	run -0 "$XNSENTER" -t "$started" -S web --plan=json
	output_has '"groups": [4, 44, 50]'
	output_has "\"accounts\": \"in the root directory of process $started\""
}

@test "the host's accounts where the program is the host's" {
	container -n
	printf 'root:x:77:77::/:/bin/sh\nweb:x:33:44::/:/bin/sh\n' >"$etc/passwd"
	[ "$(who -n -S root -G root)" = '0;0;;' ]
	run -1 "$XNSENTER" -t "$started" -n -S web -- true
	one_line
	output_has "there is no user 'web'"
	output_has 'of this host'
	mkdir "$BATS_TEST_TMPDIR/tree"
	run -0 "$XNSENTER" -t "$started" --host-root="$BATS_TEST_TMPDIR/tree" -S root -- id -u
	output_is 0
	# The user's groups are those that login(1) would give.
	run -0 setpriv --reuid root --regid root --init-groups -- id -G
	groups=$(tr ' ' '\n' <<<"$output" | sort -n | tr '\n' ' ')
	run -0 "$XNSENTER" -t "$started" -n -S root -- id -G
	[ "$(tr ' ' '\n' <<<"$output" | sort -n | tr '\n' ' ')" = "$groups" ]
}

@test "another root directory has accounts of its own" {
	container -n
	mkdir -p "$BATS_TEST_TMPDIR/root/etc"
	echo 'web:x:91:92::/:/bin/sh' >"$BATS_TEST_TMPDIR/root/etc/passwd"
	run -0 "$XNSENTER" -t "$started" -n -r"$BATS_TEST_TMPDIR/root" -S web --plan
	output_has 'uid 91 gid 92 groups 92'
	# A root that no process shows is looked at by one that goes there.
	run -0 "$XNSENTER" -m"/proc/$started/ns/mnt" -S web --plan
	output_has 'uid 33 gid 44 groups 4 44 50'
	output_has 'in the root directory of the mount namespace'
	run -0 "$XNSENTER" -m"/proc/$started/ns/mnt" -S web -- id -G
	output_is '44 4 50'
}

@test "ids are numbers inside the user namespace" {
	need_userns
	with=$XUNSHARE container -U --map-users=0:100000:50 --map-groups=0:200000:51 -S 0 -G 0
	[ "$(who -S web)" = '33;44;4 44 50;' ]
	echo 'web:x:70:44::/:/bin/sh' >"$etc/passwd"
	run -1 "$XNSENTER" -t "$started" -S web -- true
	one_line
	output_has 'user id 70'
	printf 'web:x:33:44::/:/bin/sh\n' >"$etc/passwd"
	echo 'far:x:60:web' >>"$etc/group"
	run -1 "$XNSENTER" -t "$started" -S web -- true
	one_line
	output_has 'not all of the 4 groups'
	[ "$(who -S web -G 44)" = '33;44;;' ]
}

@test "groups that cannot be set because setgroups is denied are an error, not left out" {
	need_userns
	with=$XUNSHARE container -Ur --setgroups=deny
	refused root "setgroups is denied" '--setgid'
	[ "$(who -S root -G root)" = '0;0;;' ]
	echo 'root:x:0:' >"$etc/group"
	[ "$(who -S root)" = '0;0;;' ]
}

@test "--like-target and a name: the user is whole, the rest is the target's" {
	container
	run -0 "$XNSENTER" -t "$started" --like-target=-cgroup,-oom,-filter -S web -- id -G
	output_is '44 4 50'
}

@test "a name that is not there, or not one" {
	container
	refused nobody-here "there is no user 'nobody-here' in '/etc/passwd'" "process $started"
	run -1 "$XNSENTER" -t "$started" -S web -G nothing -- true
	one_line
	output_has "there is no group 'nothing' in '/etc/group'"
	refused 'web:x' "no user"
	refused 'w*b' "no user"
	# Who gives rights up by name does not get them all.
	refused evil "'evil' has user id 0"
	[ "$(who -S 0 -G 0)" = '0;0;;' ]
	rm "$etc/passwd"
	refused web 'No such file'
	rm "$etc/group"
	echo 'web:x:33:44::/:/bin/sh' >"$etc/passwd"
	[ "$(who -S web)" = '33;44;44;' ]
}

@test "links lead nowhere out of the container" {
	container
	echo 'secret:x:12:12::/:/bin/sh' >"$BATS_TEST_TMPDIR/outside"
	# Inside, the name leads to what the container has there.
	mv "$etc/passwd" "$etc/accounts"
	ln -s /etc/accounts "$etc/passwd"
	[ "$(who -S web)" = '33;44;4 44 50;' ]
	ln -sfn ../../../../../etc/accounts "$etc/passwd"
	[ "$(who -S web)" = '33;44;4 44 50;' ]
	ln -sfn "/proc/$$/root$BATS_TEST_TMPDIR/outside" "$etc/passwd"
	refused secret passwd
	ln -sfn passwd "$etc/passwd"
	refused web passwd
	# The host's /etc/shadow is not what /etc/shadow is inside.
	ln -sfn /etc/shadow "$etc/passwd"
	refused root 'No such file'
	# Without openat2(2) it is the same.
	for errno in 1 38; do
		run -1 "$REFUSE" "$errno" openat2 -- "$XNSENTER" -t "$started" -S root -- true
		output_has 'No such file'
		ln -sfn ../../../../../etc/accounts "$etc/passwd"
		run -0 "$REFUSE" "$errno" openat2 -- "$XNSENTER" -t "$started" -S web --plan
		output_has 'groups 4 44 50'
		ln -sfn /etc/shadow "$etc/passwd"
	done
}

@test "only a file is opened, and not all of it" {
	container
	for path in passwd group; do
		rm -f "$etc/$path"
		mkfifo "$etc/$path"
		refused web "'/etc/$path' is not a regular file"
		rm "$etc/$path"
		mkdir "$etc/$path"
		refused web "'/etc/$path' is not a regular file"
		rmdir "$etc/$path"
		ln -s /dev/zero "$etc/$path"
		refused web "'/etc/$path' is not a regular file"
		rm "$etc/$path"
		truncate -s 1G "$etc/$path"
		refused web "'/etc/$path' is larger than 16 MiB"
		truncate -s 15M "$etc/$path"
		[ "$path" = group ] || refused web "there is no user 'web'"
		rm "$etc/$path"
		printf 'web:x:33:44::/:/bin/sh\n' >"$etc/$path"
	done
}

@test "a file system that does not answer" {
	container
	[ -e /dev/fuse ] || skip 'no FUSE'
	# shellcheck disable=SC2016
	start unshare -m --propagation private sh -c 'python3 "$1" /etc & wait' sh "$BATS_TEST_DIRNAME/hang-mount.py"
	wait_until child_named "$started" python3
	started=$(child_named "$started" python3)
	wait_until grep -q ' /etc fuse' "/proc/$started/mounts"
	run -1 --separate-stderr timeout -k1 60 "$XNSENTER" -t "$started" --timeout=1 -S web -- true
	[[ $stderr == *"'/etc/passwd' cannot be read: its file system does not answer in time"* ]]
}

@test "odd lines: numbers that are none, names of any bytes, the first of two" {
	container
	{
		printf 'web:x:4294967296:1::/:/bin/sh\nweb:x:-1:1::/:/bin/sh\nweb:x:4294967295:1::/:/bin/sh\n'
		printf 'web:x: 5:1::/:/bin/sh\nweb:x:0x5:1::/:/bin/sh\nweb:x\n:x:6:6::\nwe\0b:x:7:7::\n'
		printf 'web\0:x:8:8::\n+web:x:9:9::\n#web:x:9:9::\n\377\376\033[31m:x:1:1::\n'
		head -c 100000 /dev/zero | tr '\0' a
		printf ':x:10:10::\nweb:x:33:44::/:/bin/sh\nweb:x:99:99::/:/bin/sh\nnogroup:x:5:z::/:'
	} >"$etc/passwd"
	printf 'a:x:99999999999999999999:web\nb:x:4:web\0\nc:x:5:web\nd:x:5:web\n:x:6:web\n-e:x:7:web\nf:x:8:,,web' >"$etc/group"
	[ "$(who -S web)" = '33;44;5 8 44;' ]
	refused nogroup "user 'nogroup' has no group"
	[ "$(who -S nogroup -G 3)" = '5;3;;' ]
	run -1 "$XNSENTER" -t "$started" -S $'\377\376\033[31m\n' -- true
	one_line
}

@test "as many groups as the kernel takes, and one more" {
	container
	# With his login group 65536.
	seq 1000000 1065534 | sed 's/.*/g&:x:&:web/' >"$etc/group"
	run -0 "$XNSENTER" -t "$started" -S web -- sh -c 'id -G | wc -w'
	output_is 65536
	seq 2000000 2000000 | sed 's/.*/g&:x:&:web/' >>"$etc/group"
	refused web 'more than 65536 groups'
}
