#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The manual pages say what the tools and the headers say. MAN_DIR holds the
# pages as built.

load common

setup()
{
	top=$BATS_TEST_DIRNAME/../..
	source_dir=$top/docs/man
	cd "$BATS_TEST_TMPDIR" || return
}

need_pages()
{
	[ -e "$MAN_DIR/libns.3" ] || skip 'the pages are not built: scdoc is not installed'
}

# "-m --mount" or "--root", one option a line, as --help has them.
options_of_help()
{
	"$1" --help=all | sed -nE 's/^  (-(.), |    )(--[a-z0-9-]+).*/-\2 \3/p' | sed 's/^- //' | sort
}

# The same from the lines of the page that begin an option's description.
options_of_page()
{
	sed -n '/^# OPTIONS/,/^# [^O]/p' "$1" | grep -E '^\*-' | tr ';' '\n' |
		sed -E 's/(\*--[^,]*), \*--/\1\n*--/g' |
		sed -nE 's/^ *(\*(-[^-])\*, )?\*(--[a-z0-9-]+)\*.*/\2 \3/p' | sed 's/^ //' | sort
}

@test 'every option of --help is in the page, and the other way round' {
	local tool page
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
		page=$source_dir/${tool##*/}.1.scd
		[ -e "$page" ] || fail "${tool##*/} has no page"
		# --completion is for packagers: in the page, not in --help.
		diff -u <(options_of_help "$tool") <(options_of_page "$page" | grep -v -e '--completion') ||
			fail "above: ${tool##*/} --help (-) and its page (+) disagree"
	done
}

@test 'every command of xnetns is in its page' {
	local command
	for command in $("$XNETNS" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+).*/\1/p'); do
		grep -qE "^\*$command\*" "$source_dir/xnetns.1.scd" || fail "not in the page: $command"
	done
}

@test 'every option of a command of xnetns is in its page' {
	local command option options
	for command in $("$XNETNS" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+).*/\1/p'); do
		options=$("$XNETNS" "$command" --help | sed -nE 's/^  (-., |    )(--[a-z0-9-]+).*/\2/p')
		[ -n "$options" ] || fail "no options: $command"
		for option in $options; do
			grep -qE "\*$option\*" "$source_dir/xnetns.1.scd" || fail "not in the page: $command $option"
		done
	done
}

@test 'every page has a name, examples and references' {
	local page section
	for page in "$source_dir"/*.scd; do
		for section in NAME EXAMPLES 'SEE ALSO'; do
			grep -qx "# $section" "$page" || fail "${page##*/}: no $section"
		done
	done
}

@test 'pages have no line over 90 columns' {
	run ! grep -nE '^.{91,}' "$source_dir"/*.scd
}

@test 'mandoc finds no mistake in the pages' {
	local page
	need_pages
	need mandoc
	for page in "$MAN_DIR"/*.[1-8]; do
		# Empty paragraphs are how scdoc writes; references lead to pages of others.
		grep -q '^\.so ' "$page" && continue
		run mandoc -T lint -W warning "$page"
		run ! grep -v 'skipping paragraph macro' <<<"$output"
	done
}

@test 'every public function has one page that describes it' {
	local function
	need_pages
	sed -nE 's/^\t(libns_\w+);/\1/p' "$top/lib/libns.sym" >functions
	[ -s functions ]
	while read -r function; do
		[ -e "$MAN_DIR/$function.3" ] || [ "$function" = libns_version ] || fail "no page: $function"
	done <functions
}

@test 'a comment in a header that lacks a field stops the build' {
	sed '0,/ \* Return:/{/ \* Return:/d}' "$top/include/libns/type.h" >type.h
	run python3 "$top/docs/header2scd" type.h
	status_is 1
	output_has 'no "Return:"'
}

@test 'the example of libns(3) is the one in docs/examples, and works' {
	local program=$top/docs/examples/spawn.c
	diff <(sed -n '/^#include/,$p' "$program") \
		<(sed -n '/^# EXAMPLES/,$p' "$source_dir/libns.3.scd" | sed -n '/^#include/,/^}/p')
	run "$EXAMPLE_SPAWN"
	status_is 0
	[[ $output =~ ^outside:\ [0-9]+,\ inside:\ 1$ ]] || fail "$output"
}

@test 'the table of types in libns(7) has the values of the headers' {
	local file value
	# "file value" of each row, against the constants and what the kernel calls the files.
	sed -n '/^:\[ \*file since/,/^Every process/p' "$source_dir/libns.7.scd" |
		awk '$1 == "|" { file = $2; sub(",", "", file) } $2 ~ /^0x/ { print file, $2 }' |
		sort >table
	sed -nE 's/^#define LIBNS_TYPE_([A-Z]+) +UINT64_C\((.*)\)/\1 \2/p' "$top/include/libns/type.h" |
		tr '[:upper:]' '[:lower:]' | sort >constants
	[ "$(wc -l <table)" = 8 ]
	diff table constants
}

# What is too long for its column makes a table wider than the terminal, and troff complains.
@test 'tables fit on a terminal of 80 columns' {
	need_pages
	need man col
	for page in libns.7 libns.3 xunshare.1 xnsenter.1 xlsns.1 xnetns.1; do
		LC_ALL=C.UTF-8 MANWIDTH=80 run -0 --separate-stderr man -l "$MAN_DIR/$page"
		[ -z "$stderr" ] || fail "$page: $stderr"
		wide=$(col -bx <<<"$output" | LC_ALL=C.UTF-8 grep -E '^ *[│┌├└|+]' | LC_ALL=C.UTF-8 grep -E '.{81}' || :)
		[ -z "$wide" ] || fail "$page is wider:" "$wide"
	done
}
