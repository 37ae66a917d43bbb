#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library never prints, never ends the program and keeps no state of its own;
# every descriptor is close-on-exec from birth.
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
     $(NF-1) !~ /^0+$/ { print file, $NF, "can be written"; bad = 1 }
     END { exit bad }' "$tmp/objects" || status=1

# _exit() is for cloned children; assert() aborts inside the C library.
forbidden='printf|vprintf|dprintf|vdprintf|fprintf|vfprintf|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal|psiginfo|err|errx|verr|verrx|warn|warnx|vwarn|vwarnx|error|error_at_line|syslog|vsyslog|stdout|stderr|stdin|exit|quick_exit|abort|atexit|setlocale|setenv|putenv|unsetenv|clearenv|strerror|strtok|getpwuid|getpwnam|getgrnam|getgrgid|readdir_r|rand|random|localtime|gmtime'
forbidden="$forbidden|__printf_chk|__fprintf_chk|__vfprintf_chk|__dprintf_chk|_IO_putc"
nm -A -u "$archive" | grep -E " ($forbidden)\$" && status=1

# Descriptors without close-on-exec. A call may go over lines: join them first, and
# leave the comments out.
for file in "$root"/lib/*.c; do
	tr '\n' ' ' <"$file" | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' |
		grep -oE '\b(open|openat|openat2|socket|socketpair|pipe2|accept4|eventfd|epoll_create1|signalfd|timerfd_create|memfd_create|inotify_init1)\([^;]*;' |
		grep -vE 'CLOEXEC|result\(' | sed "s|^|$file: not close-on-exec: |" >>"$tmp/open" || :
	grep -nE '\b(dup|pipe|creat|accept|epoll_create|inotify_init|fopen)\(|F_DUPFD\b' "$file" |
		sed "s|^|$file: never close-on-exec: |" >>"$tmp/open" || :
done
if [ -s "$tmp/open" ]; then
	cat "$tmp/open"
	status=1
fi
exit $status
