#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns --batch where it is not as ip -batch. What is the same is the business of
# tests/parity/xnetns-batch.bats.

load common

setup()
{
	need_root
	export XNETNS
}

# scenario SCRIPT: SCRIPT with a /run of its own, in it; file LINE... makes the file.
scenario()
{
	# shellcheck disable=SC2016
	run private_run bash -c 'n() { "$XNETNS" "$@"; }; file() { printf "%b\n" "$@" >/run/file; }; cd /run
		'"$1"
}

@test 'lines begin with the command, or with netns' {
	scenario 'file "add a" "netns add b" "net a c" "  at d $$" "l" "netn list"; n -b file'
	status_is 0
	output_is $'d\nc\nb\na\nd\nc\nb\na'
}

@test '--force goes on after whatever failed, and each failure has its line' {
	# shellcheck disable=SC2016
	scenario 'file "add a" "nosuch" "add \"\"" "add \"x" "exec a sh -c \"kill -9 \$\$\"" "exec a /nonexistent" "--all delete" "add --nosuch" \
			"add b" "add c \\\\"
		n --force --batch file 2>err; echo $?; grep -o "failed file:.*\|unterm.*\|missing.*\|.--all. is unknown" err; ls netns'
	status_is 0
	output_is "1
failed file:2
failed file:3
unterminated quoted string
failed file:4
failed file:5
failed file:6
'--all' is unknown
failed file:7
failed file:8
missing continuation line file:10
a
b"
}

@test 'a line with a zero byte is refused: half of a word is not the word' {
	scenario 'printf "add a\nadd b\0c\nadd d\n" >file; n --force --batch file; echo $?; ls netns'
	output_is "xnetns: zero byte in line file:2
1
a"
}

@test 'an option of one line does not hold for the next' {
	need jq
	scenario 'file "add a" "add b" "list -j" "list" "delete --all" "add a" "delete"; n -b file 2>/dev/null; echo $?; ls netns'
	status_is 0
	output_is $'[{"name":"b"},{"name":"a"}]\nb\na\n1\na'
}

@test 'programs have the standard input of the caller' {
	scenario 'file "add a" "exec a cat" "list"; echo hello | n -b file'
	status_is 0
	output_is $'hello\na'
}

@test 'a program in a network of its own does not end the batch' {
	scenario 'file "add a" "run --net none -- echo inside" "run --net none -- sh -c \"exit 3\"" "list"; n --force -b file; echo $?'
	output_is $'inside\nxnetns: command failed file:3\na\n1'
	# Nor does it make lines come again: the file is larger than what is read at once.
	scenario '{ echo "run --net none -- true"; echo "run --net none -- echo once"; seq -f "# %g" 9000; echo "run --net none -- echo end"; } >file
		n -b file; n -b - <file'
	output_is $'once\nend\nonce\nend'
}

@test 'a line enters nothing for the next, though it is killed' {
	# shellcheck disable=SC2016
	scenario 'file "add a" "exec a sh -c \"kill -9 \$\$\"" "identify"; n --force -b file 2>/dev/null; echo $?'
	status_is 0
	output_is $'\n1'
}

@test 'no limit of words, lines and their length' {
	scenario '{ printf "add a\nexec a echo "; head -c 100000 /dev/zero | tr "\0" x; printf " %0.sy" $(seq 3000); echo; } >file
		n -b file | wc -wc; n del a; seq -f "add n%g" 300 >file; n -b file && ls netns | wc -l; seq -f "del n%g" 300 | n -b - && ls netns | wc -l'
	status_is 0
	output_is $'   3001  106001\n300\n0'
}

@test 'a file that cannot be read, and a command beside it' {
	scenario 'n -b /run; echo $?; n -b file list; echo $?'
	status_is 0
	output_is "xnetns: cannot read file '/run': Is a directory
1
xnetns: with --batch no command is taken from the command line: 'list'
Try 'xnetns --help' for more information.
255"
}

@test 'a place to remove many names in that cannot be had is asked for once' {
	need strace
	need_plain_build
	scenario 'seq -f "add n%g" 6 | n -b -; seq -f "del n%g" 6 >file
		strace -f -qq -o /run/trace -e trace=pivot_root -e inject=pivot_root:error=EPERM "$XNETNS" -b file; echo $?; grep -c pivot_root /run/trace; ls netns | wc -l'
	output_is $'0\n1\n0'
}
