#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns --batch beside ip -batch, see xnetns.bash. The files are those of ip: each line
# begins with "netns".

load ../cli/common
load xnetns

setup()
{
	need ip
	need_root
}

# same_batch SCENARIO: b is the tool that carries out the file made by file LINE...
same_batch()
{
	# shellcheck disable=SC2016
	same 'b() { if [ "$tool" = ip ]; then ip "$@"; else "$XNETNS" "$@"; fi; }
		file() { printf "%b\n" "$@" >/run/file; }; cd /run
		'"$1"
}

@test 'comments, empty lines, blanks, quotes and continuation lines' {
	# shellcheck disable=SC2016
	same_batch 'file "# nothing" "" "netns add a # more" " \t netns  add\t\"b c\"  " "netns \\\\" " add d" \
			"netns add '"'e\\\"f'"'\"g\"h" "netns add t\"u v\"" "netns add q\\\\" "r" \
			"netns exec a echo \"hello  world\" x'"'y z'"' \"\" '"''"' end" "netns add \"s\"netns" "netns list"
		cat file; shown b -batch file; ls netns'
}

@test 'a comment ends a line also within quotes, and where it is continued' {
	same_batch 'file "netns add x#y" "netns list \\\\" "# that was all" "netns add one # two \\\\" "netns list"
		shown b -b file
		ls netns'
}

@test 'the first failure ends it, and is named with its line' {
	same_batch 'file "netns add a" "" "netns \\\\" "add \\\\" "a" "netns add b"; shown b -b file; ls netns
		file "netns exec a sh -c \"exit 3\"" "netns add c"; shown b -b file
		file "netns del nosuch"; shown b -b file; file "netns set a 1" "netns set a 2"; shown b -b file
		file "netns add"; shown b -b file; file "netns exec a"; shown b -b file; ls netns'
}

@test '-force goes on, and fails in the end' {
	same_batch 'file "netns add a" "netns add a" "netns exec a false" "netns del nosuch" "netns add b"
		shown b -force -batch file; shown b -fo -ba file; ls netns; file "netns list"; shown b -force -b file'
}

@test 'standard input, a file that is not there, and nothing in it' {
	same_batch 'shown b -b - <<-END
			netns add a
			netns list
		END
		echo "netns add a" | shown b -b -; shown b -b nosuch; shown b -b /dev/null; shown b -force -b - </dev/null
		printf "netns add last" >file; shown b -b file; ls netns'
}

@test 'each line is in the namespace of the first; -n, -json' {
	# shellcheck disable=SC2016
	same_batch 'n add a; n add b; n set a 5
		in() { b "$@" | sed "s/net:.*/net/"; }
		file "netns exec a readlink /proc/self/ns/net" "netns exec b readlink /proc/self/ns/net" "netns identify"
		b -b file >out; sort out | uniq -c | wc -l; sed -n 3p out
		file "netns identify" "netns list" "netns exec b true" "netns identify"; shown b -n a -b file; shown b -json -b file
		shown b -j -p -b file; shown b -n nosuch -b file'
}

@test 'what a program writes comes where it stands' {
	same_batch 'n add a; file "netns list" "netns exec a echo one" "netns list" "netns exec a echo two" "netns list"
		shown b -b file'
}
