#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library never prints, never ends the program and keeps no state of its own, but for
# one latch: whether it may still load other libraries is a fact of the process (base/dl.c);
# every descriptor is close-on-exec from birth, in the tools, too.
# usage: check-rules.sh SOURCE-ROOT LIBNS.A
set -eu
root=$1 archive=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# Constant tables with pointers are in .data.rel.ro; what can be written is not wanted.
objdump -t "$archive" 2>"$tmp/err" >"$tmp/objects"
grep -q '\.text' "$tmp/objects" || { echo "cannot read $archive"; cat "$tmp/err"; exit 1; }
awk '/file format/ { file = $1 }
     $0 ~ /[ \t]\.(data|bss|tdata|tbss)(\.[A-Za-z_]|[ \t])|\*COM\*/ && !/\.data\.rel\.ro/ &&
     $(NF-1) !~ /^0+$/ && !(file ~ /base_dl\.c/ && $NF == "dl_forbidden") { print file, $NF, "can be written"; bad = 1 }
     END { exit bad }' "$tmp/objects" || status=1

# _exit() is for cloned children; assert() aborts inside the C library.
forbidden='printf|vprintf|dprintf|vdprintf|fprintf|vfprintf|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal|psiginfo|err|errx|verr|verrx|warn|warnx|vwarn|vwarnx|error|error_at_line|syslog|vsyslog|stdout|stderr|stdin|exit|quick_exit|abort|atexit|setlocale|setenv|putenv|unsetenv|clearenv|strerror|strtok|getpwuid|getpwnam|getgrnam|getgrgid|readdir_r|rand|random|localtime|gmtime'
# Files and programs without close-on-exec; what belongs to the whole process.
forbidden="$forbidden|popen|system|tmpfile|mkstemp|mkstemps|shm_open|posix_openpt|umask|sigset|sigignore"
forbidden="$forbidden|__printf_chk|__fprintf_chk|__vfprintf_chk|__dprintf_chk|_IO_putc"
# The umask of a program is a part of what confines it. What a sealed copy is told goes through the
# environment, which the caller asks for.
nm -A -u "$archive" | grep -vE 'confine_apply\.c\.o: .* umask$|enter_hand-over\.c\.o: .* (un)?setenv$' |
	grep -E " ($forbidden)(64)?\$" && status=1

# calls PATTERN: where the code has it. A call may go over lines: they are joined.
calls()
{
	grep -oE "$1" "$tmp/code"
}

# Children made here may end by _exit(), nobody else.
children='confine/cgroup diagnose/kernel diagnose/mount diagnose/type enter/enter enter/entry-ids kernel/attempt kernel/clone kernel/helper-keep
kernel/slow-read relay/place spawn/keeper spawn/pid1 spawn/setup-programs spawn/spawn spawn/stub spawn/stub-spawn'
makers='open|openat|openat2|socket|socketpair|pipe2|accept4|eventfd|epoll_create1|signalfd|timerfd_create|memfd_create|inotify_init1|recvmsg|recvmmsg|dup3'
raw='SYS_(open|openat|open_tree|fsopen|fsmount|fspick|socket|accept4|pipe2|memfd_create|dup3)'
# read_code FILE: as one line; a call's name in a text is none.
read_code()
{
	tr '\n' ' ' <"$1" | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g; s|"socket(AF_NETLINK)"||g; s|open(\\"||g' >"$tmp/code"
}

# What makes a descriptor that a program would inherit.
inherited()
{
	calls "\b($makers)\\([^;]*;|\bsyscall\($raw\b[^;]*;" |
		grep -vE 'CLOEXEC|\bcloexec\b|result\(' | sed 's|^|not close-on-exec: |'
}

# A tool as well, but for 0, 1 and 2, which the caller has not given to it.
for file in "$root"/cmd/*/*.c; do
	read_code "$file"
	inherited | grep -v 'open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);' |
		sed "s|^|$file: |" >>"$tmp/found" || :
done
for file in "$root"/lib/*/*.c; do
	name=${file#"$root/lib/"}
	name=${name%.c}
	read_code "$file"
	{
		inherited
		calls '\b(dup|pipe|creat|accept|epoll_create|inotify_init|fopen)\([^;]*;|F_DUPFD\b' |
			sed 's|^|never close-on-exec: |'
		# What the stub or a sealed copy inherits, in a process that becomes it, and gives back
		# before its child is; and what closes all descriptors by this.
		case $name in
		enter/hand-over | kernel/exec | spawn/compile | spawn/screen | spawn/stub-spawn) ;;
		*) calls 'F_SETFD\b' | sed 's|^|never close-on-exec: |' ;;
		esac
		# For a program that is started: found in PATH, with 0, 1 and 2 of its own.
		case $name in
		kernel/helper-keep | spawn/setup-last | spawn/setup-programs) ;;
		*) calls '\bdup2\([^;]*;' | sed 's|^|only a helper may: |' ;;
		esac
		# PATH for a helper; what a manager says of itself for a hint; what the first run has
		# left for a sealed copy.
		[ "$name" = kernel/helper ] || [ "$name" = diagnose/place ] ||
			[ "$name" = enter/hand-over ] || calls '\bgetenv\([^;]*;' |
			sed 's|^|reads the environment: |'
		calls '\bwrite\((STDOUT_FILENO|STDERR_FILENO|1|2),[^;]*;' |
			sed 's|^|prints: |'
		calls '\bsignal\([^;]*;|\bsa_handler = [^;]*;' |
			grep -v SIG_DFL | sed 's|^|a signal handler: |'
		case " $(echo $children) " in
		*" $name "*) ;;
		*) calls '\b_exit\([^;]*;|\bSYS_exit\w*' | sed 's|^|ends the program: |' ;;
		esac
	} | sed "s|^|$file: |" >>"$tmp/found" || :
done
if [ -s "$tmp/found" ]; then
	cat "$tmp/found"
	status=1
fi
exit $status
