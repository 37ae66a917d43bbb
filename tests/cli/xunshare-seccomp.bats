#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xunshare --seccomp: which system calls the program cannot make.

load common

# The ways in which a program comes to run, as options.
ways=('' -r -f -rf '-r --init --mount-proc' '-r -f --kill-child --close-fds'
	'-rmpf --pivot-root=/ --mount-dev --mount-proc' '-rmpf --pivot-root=/ --init --mount-dev --mount-proc')

inside()
{
	as_user "$XUNSHARE" "$@"
}

# The program that tries must be one that the ordinary user can execute.
setup()
{
	dir=$(user_dir)
	calls=$dir/forbidden
	cp "$FORBIDDEN" "$calls"
	chmod 755 "$calls"
}

# need_profiles: skip where libns was built without libseccomp.
need_profiles()
{
	run inside --seccomp=default true
	case $output in
	*'has no libseccomp'*) skip 'this build has no libseccomp' ;;
	esac
}

# filter NAME CODE CALL...: a filter in a file of that name, which all may read.
filter()
{
	"$calls" --filter "$2" "${@:3}" >"$dir/$1"
	chmod 644 "$dir/$1"
}

# The number of EAFNOSUPPORT, as `forbidden` prints it.
no_family=97

# all_refused: the lines of `forbidden` in $output. Where the kernel has no entry for 32 bits,
# who uses it is ended.
all_refused()
{
	local name answer want n=0
	while read -r name answer; do
		want=EPERM
		case $name in
		real-clone3 | *-x32) want=ENOSYS ;;
		vsock | vsock-high) want=$no_family ;;
		entry32) want=$answer ;;
		vsock32) want=$no_family ;;
		socketcall32) want=ENOSYS ;;
		esac
		[[ $name != *32 || $answer != killed ]] || want=killed
		[ "$answer" = "$want" ] || fail "$name: $answer, not $want" "$output"
		n=$((n + 1))
	done <<<"$output"
	[ $n -gt 60 ] || fail "$n calls only" "$output"
}

# ---------------------------------------------------------------- the profiles

@test 'A31: without a filter the calls are made that it is about' {
	need_userns
	run -0 as_user "$calls" real-unshare real-clone real-clone-high real-process_vm_readv
	output_is 'real-unshare done
real-clone done
real-clone-high done
real-process_vm_readv done'
}

@test 'A31: --seccomp=default refuses all of its list, however the program is run' {
	need_userns
	need_profiles
	for options in "${ways[@]}"; do
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp=default "$calls"
		all_refused
	done
}

@test 'A31: --seccomp=strict refuses the same' {
	need_userns
	need_profiles
	for options in "${ways[@]}"; do
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp=strict "$calls"
		all_refused
	done
}

@test 'A31: root is refused the same' {
	need_root
	need_profiles
	for profile in default strict; do
		run -0 "$XUNSHARE" --seccomp=$profile "$calls"
		all_refused
		run -0 "$XUNSHARE" -m -f --seccomp=$profile "$calls"
		all_refused
	done
}

@test 'A31: what is mounted over something stays there, for root of the namespace too' {
	need_userns
	need_profiles
	run -0 inside -r --tmpfs=/tmp umount /tmp
	run inside -r --tmpfs=/tmp --seccomp=default umount /tmp
	[ "$status" != 0 ] || fail 'unmounted'
	run inside -r --tmpfs=/tmp --seccomp=default mount -t tmpfs none /tmp
	[ "$status" != 0 ] || fail 'mounted'
}

@test 'A31: a program under a filter can take more from itself, and give nothing back' {
	need_profiles
	run -0 inside --seccomp=default "$XUNSHARE" --seccomp=strict grep Seccomp: /proc/self/status
	output_is $'Seccomp:\t2'
	run inside --seccomp=default "$XUNSHARE" -r true
	status_is 1
	output_has 'Operation not permitted'
}

@test 'A10: --seccomp implies no_new_privs, for root as well' {
	need_userns
	need_profiles
	for options in "${ways[@]}"; do
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp=default grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t1'
	done
	if is_root; then
		run -0 "$XUNSHARE" --seccomp=default grep NoNewPrivs: /proc/self/status
		output_is $'NoNewPrivs:\t1'
	fi
}

@test 'ids and capabilities are set before' {
	need_root
	need_profiles
	run -0 "$XUNSHARE" -f --seccomp=strict -S 1234 -G 1235 sh -c 'id -u; id -g'
	output_is $'1234\n1235'
	run -0 "$XUNSHARE" --seccomp=strict -S 1234 -G 1235 sh -c 'id -u; id -g'
	output_is $'1234\n1235'
}

# ---------------------------------------------------------------- nosuid

# all_modes ANSWER MODE OPTION...: each call that gives files modes has that answer.
all_modes()
{
	local want=$1 mode=$2 name answer n=0
	shift 2
	rm -rf "$dir/files"
	as_user mkdir "$dir/files"
	run -0 inside "$@" "$calls" --modes "$mode" "$dir/files"
	while read -r name answer; do
		[ "$answer" = "$want" ] || fail "$name $mode: $answer, not $want" "$output"
		n=$((n + 1))
	done <<<"$output"
	[ $n = 8 ] || fail "$n calls" "$output"
}

@test 'A31: --seccomp=nosuid makes no set-user-ID and no set-group-ID files' {
	need_userns
	need_profiles
	all_modes 'done' 6755
	[ "$(find "$dir/files" -perm -6000 | wc -l)" = 8 ] || fail 'the calls do not do what they are for'
	for options in '' -f -rf '--seccomp=strict'; do
		for mode in 4755 2755 6755 4000; do
			# shellcheck disable=SC2086
			all_modes EPERM $mode $options --seccomp=nosuid
			[ -z "$(find "$dir/files" -perm /6000)" ] || fail 'there are such files'
		done
		# shellcheck disable=SC2086
		all_modes 'done' 755 $options --seccomp=nosuid
		[ "$(find "$dir/files" -type f -perm 755 | wc -l)" = 8 ] || fail 'files have other modes'
	done
}

@test 'default and strict alone leave modes alone, for packages in containers' {
	need_profiles
	for profile in default strict; do
		all_modes 'done' 4755 --seccomp=$profile
		[ "$(find "$dir/files" -perm 4755 | wc -l)" = 8 ] || fail 'files have other modes'
	done
}

# ---------------------------------------------------------------- programs below strict

# works WANT CMD...: below both profiles. Also with /tmp and a home that can be written.
works()
{
	local want=$1
	shift
	need "$1"
	need_profiles
	cd "$dir" || return
	for profile in default strict; do
		run -0 inside --setenv="HOME=$dir" --setenv="TMPDIR=$dir" --seccomp=$profile "$@"
		output_is "$want"
	done
}

@test 'strict: sh, ls, sleep, sort with threads' {
	works 'a b' sh -c 'echo b a | tr " " "\n" | sort --parallel=4 | xargs'
	works /etc/passwd ls /etc/passwd
	works '' sleep 0.01
	works 'total' sh -c 'ls -l / | sed -n "s/^\(total\) .*/\1/p"'
}

@test 'strict: bash with job control' {
	need script
	need_profiles
	cat >"$dir/jobs" <<-'END'
		set -m
		sleep 100 >/dev/null &
		kill -STOP %1
		until [[ $(ps -o stat= -p $!) == T* ]]; do :; done
		jobs
		(sleep 0.2; kill -KILL $!) &
		fg %1
		echo done
	END
	for profile in default strict; do
		run as_user timeout 60 script -qec "'$XUNSHARE' --seccomp=$profile bash '$dir/jobs'" /dev/null
		output_has Stopped
		output_has 'done'
		output_lacks 'no job control'
	done
}

@test 'strict: python3 with threads, processes, sockets and a pool' {
	works $'[1, 4, 9]\n3\nhi' python3 -c '
import asyncio, concurrent.futures, multiprocessing, socket, subprocess, tempfile, threading
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    print(list(pool.map(lambda x: x * x, [1, 2, 3])))
a, b = socket.socketpair()
threading.Thread(target=a.send, args=(b"abc",)).start()
print(len(b.recv(9)))
with tempfile.NamedTemporaryFile() as f:
    f.write(b"hi"); f.flush()
    print(subprocess.run(["cat", f.name], capture_output=True, text=True).stdout)
asyncio.run(asyncio.sleep(0.001))
p = multiprocessing.Process(target=int); p.start(); p.join()
assert p.exitcode == 0'
}

@test 'strict: a compiler, and the program that it makes' {
	need cc
	printf '#include <stdio.h>\nint main(void) { return puts("made") < 0; }\n' >"$dir/made.c"
	works made sh -c 'cc -O2 -pipe -o made made.c && ./made'
}

@test 'strict: meson and ninja' {
	need meson ninja cc
	printf 'project(%s, %s)\nexecutable(%s, %s)\n' "'p'" "'c'" "'p'" "'p.c'" >"$dir/meson.build"
	echo 'int main(void) { return 0; }' >"$dir/p.c"
	! is_root || chown -R "$TEST_UID" "$dir"
	works made sh -c 'meson setup --wipe b . >log 2>&1 || meson setup b . >log 2>&1 &&
		ninja -C b >>log 2>&1 && b/p && echo made || cat log'
}

@test 'strict: git' {
	works 'one' sh -c 'rm -rf r && git init -q r && cd r && echo x >f && git add f &&
		git -c user.name=a -c user.email=a@b commit -q -m one && git gc -q &&
		git log --format=%s'
}

@test 'strict: a server on lo and its client' {
	need python3
	need_userns
	need_profiles
	# shellcheck disable=SC2016
	run -0 inside -r --lo --seccomp=strict python3 -c '
import http.server, shutil, subprocess, threading, urllib.request
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"served")
    def log_message(self, *a): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
threading.Thread(target=s.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/" % s.server_port
print(urllib.request.urlopen(url).read().decode())
if shutil.which("curl"):
    print(subprocess.run(["curl", "-s", url], capture_output=True, text=True, check=True).stdout)'
	[[ $output == served || $output == $'served\nserved' ]] || fail "$output"
}

# ---------------------------------------------------------------- filters in files

@test 'a filter from a file, a descriptor and a FIFO' {
	filter one 18 mount_setattr
	for options in '' -f; do
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp="$dir/one" "$calls" mount_setattr
		output_is 'mount_setattr 18'
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp=9 "$calls" mount_setattr 9<"$dir/one"
		output_is 'mount_setattr 18'
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp=0 "$calls" mount_setattr <"$dir/one"
		output_is 'mount_setattr 18'
		mkfifo "$dir/fifo"
		chmod 644 "$dir/fifo"
		cat "$dir/one" >"$dir/fifo" &
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp="$dir/fifo" "$calls" mount_setattr
		output_is 'mount_setattr 18'
		wait $!
		rm "$dir/fifo"
	done
}

@test 'several filters hold, and are loaded in their order' {
	filter one 18 mount_setattr fsopen
	filter two 33 mount_setattr fspick
	for options in '' -f; do
		# shellcheck disable=SC2086
		run -0 inside $options --seccomp="$dir/one" --seccomp="$dir/two" \
			"$calls" fsopen fspick mount_setattr
		output_is $'fsopen 18\nfspick 33\nmount_setattr 33'
	done
	# shellcheck disable=SC2046
	run -0 inside $(printf -- "--seccomp=$dir/one %.0s" {1..70}) grep Seccomp_filters /proc/self/status
	[[ ${output#*:} -ge 70 ]] || fail "$output"
}

@test 'a name that is a word or a number is a file with its directory' {
	filter default 18 mount_setattr
	filter 3 33 mount_setattr
	cd "$dir"
	run -0 inside --seccomp=./default "$calls" mount_setattr
	output_is 'mount_setattr 18'
	run -0 inside --seccomp=./3 "$calls" mount_setattr
	output_is 'mount_setattr 33'
}

@test 'the program does not get the descriptor' {
	filter one 18 mount_setattr
	for options in '' -f; do
		# shellcheck disable=SC2086
		run inside $options --seccomp=9 ls -l /proc/self/fd/9 9<"$dir/one"
		[ "$status" != 0 ] || fail "$output"
	done
}

# refused SENTENCE OPTION...: the program does not run.
refused()
{
	local sentence=$1
	shift
	for options in '' -f --dry-run; do
		# shellcheck disable=SC2086
		run inside $options "$@" touch "$dir/ran"
		status_is 1
		output_has "$sentence"
		[ ! -e "$dir/ran" ] || fail 'the program ran'
	done
	run inside --exit-125 "$@" true
	status_is 125
}

@test 'what is no filter is refused' {
	printf '1234567890' >"$dir/odd"
	: >"$dir/empty"
	head -c 32768 /dev/zero >"$dir/long"
	printf 'x' >>"$dir/long"
	chmod 644 "$dir"/*
	chmod 755 "$calls"
	refused "'' is neither default, strict, nosuid, a file nor a descriptor" --seccomp=
	refused "cannot open the system call filter '$dir/none': No such file" --seccomp="$dir/none"
	refused "cannot open the system call filter 'Default': No such file" --seccomp=Default
	refused "cannot read the system call filter '/': Is a directory" --seccomp=/
	refused "'$dir/empty' is empty" --seccomp="$dir/empty"
	refused "'$dir/odd' has 10 bytes and is no system call filter" --seccomp="$dir/odd"
	refused "'$dir/long' is too long for a system call filter" --seccomp="$dir/long"
	refused "'/dev/zero' is too long" --seccomp=/dev/zero
	refused "cannot read the system call filter 'descriptor 77': Bad file descriptor" --seccomp=77
	refused "99999999999" --seccomp=99999999999
	filter one 18 mount_setattr
	run inside --seccomp=9 --seccomp=9 true 9<"$dir/one"
	status_is 1
	output_has "'descriptor 9' is empty"
}

@test 'a file that may not be read is refused' {
	filter secret 18 mount_setattr
	chmod 000 "$dir/secret"
	refused "cannot open the system call filter '$dir/secret': Permission denied" \
		--seccomp="$dir/secret"
}

@test 'what the kernel does not take is refused, and nothing runs' {
	printf '\377\377\377\377\377\377\377\377' >"$dir/junk"
	chmod 644 "$dir/junk"
	need_userns
	for options in "${ways[@]}"; do
		# shellcheck disable=SC2086
		run inside $options --seccomp="$dir/junk" touch "$dir/ran"
		status_is 1
		one_line
		output_has "the kernel does not take '$dir/junk' for a system call filter"
		[ ! -e "$dir/ran" ] || fail 'the program ran'
	done
}

@test 'a kernel that refuses filters runs nothing without them' {
	need_userns
	filter one 18 mount_setattr
	cp "$REFUSE" "$dir/refuse"
	chmod 755 "$dir/refuse"
	for answer in 1 38; do
		for options in "${ways[@]}"; do
			# shellcheck disable=SC2086
			run as_user "$dir/refuse" $answer seccomp -- "$XUNSHARE" $options \
				--seccomp="$dir/one" touch "$dir/ran"
			status_is 1
			output_has "cannot set the system call filter '$dir/one'"
			[ ! -e "$dir/ran" ] || fail 'the program ran'
		done
	done
}

# ---------------------------------------------------------------- the order

@test 'B9: the filter is loaded after all that xunshare does itself' {
	need_userns
	filter deadly 0 write prctl
	for options in '' -r -f -rf '-r --init --mount-proc' '-r --close-fds --die-with-parent'; do
		# Who writes below it is ended: the line about the start has been written before.
		# shellcheck disable=SC2086
		run -0 inside $options --hostname=x -U --status-fd=1 --seccomp="$dir/deadly" true
		output_has '"started"'
		# shellcheck disable=SC2086
		run inside $options -U --seccomp="$dir/deadly" sh -c 'echo x'
		[ "$status" != 0 ] || fail 'the filter does not hold'
	done
}

@test 'B9: --setup, --final-user and rules of Landlock come before' {
	need_userns
	need_profiles
	# What is mounted by the command could not be mounted below the filter.
	for options in -r -rf; do
		# shellcheck disable=SC2086
		run -0 inside $options -m --setup='mount -t tmpfs none /mnt' --seccomp=default \
			grep -c ' /mnt tmpfs ' /proc/self/mounts
		output_is 1
		# shellcheck disable=SC2086
		run -0 inside $options --final-user=current --seccomp=default id -u
		output_is "$(as_user id -u)"
	done
	run inside --landlock=fs:rx:/ true
	[ "$status" = 0 ] || skip 'no Landlock here'
	for options in '' -f; do
		# shellcheck disable=SC2086
		run -0 inside $options --landlock=fs:rx:/ --seccomp=strict "$calls" mount setns
		output_is $'mount EPERM\nsetns EPERM'
	done
}

@test 'B9: it is the last step but the program' {
	filter one 18 mount_setattr
	run -0 inside -r -f --seccomp="$dir/one" --dry-run true
	[[ ${lines[-4]} == *"child   seccomp(SECCOMP_SET_MODE_FILTER, \"$dir/one\", 4 instructions)" ]] ||
		fail "$output"
	run -0 inside -r --seccomp="$dir/one" --dry-run true
	[[ ${lines[-2]} == *"caller  seccomp(SECCOMP_SET_MODE_FILTER, \"$dir/one\", 4 instructions)" ]] ||
		fail "$output"
	run -0 inside --seccomp="$dir/one" --explain=json true
	output_has SECCOMP_SET_MODE_FILTER
}

@test 'a program that is not there is told of as always' {
	need_profiles
	for options in '' -f; do
		# shellcheck disable=SC2086
		run -127 inside $options --seccomp=strict /nowhere/program
		one_line
		# shellcheck disable=SC2086
		run inside $options --seccomp=strict sh -c 'exit 7'
		status_is 7
	done
}
