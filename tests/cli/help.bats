#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# --help of all tools: it fits into a terminal, and is short where there is much to say.

load common

# The widest line of the last output has at most N columns.
no_wider_than()
{
	local line
	# shellcheck disable=SC2154
	for line in "${lines[@]}"; do
		[ "${#line}" -le "$1" ] || fail "${#line} columns: $line"
	done
}

@test 'no line of --help is wider than 80 columns' {
	local tool how
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS" "$SAMPLE"; do
		for how in --help --help=all -h; do
			run -0 "$tool" "$how"
			[ "${#lines[@]}" -gt 10 ]
			no_wider_than 80
		done
	done
}

@test 'options are below a heading, and what they mean is folded between words' {
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS"; do
		run -0 "$tool" --help=all
		# Usage, some groups of options, examples.
		[ "$(grep -c '^[A-Z].*:$' <<<"$output")" -ge 5 ] || fail "$output"
	done
	run -0 "$XUNSHARE" --help=all
	output_has "      --forward-signals        pass TERM and INT on to it (implies --fork)"
	output_has "      --landlock <rule>        grant this, and refuse the rest of its kind (fs,
                               net, scope); repeatable"
}

@test 'xunshare --help is short and says how many more options there are' {
	run -0 "$XUNSHARE" --help
	[ "${#lines[@]}" -le 70 ] || fail "${#lines[@]} lines"
	short=$(grep -cE '^ {2,6}(-., )?--' <<<"$output")
	[[ $output =~ ([0-9]+)\ more\ options:\ xunshare\ --help=all ]]
	more=${BASH_REMATCH[1]}
	output_lacks --landlock-best-effort
	run -0 "$XUNSHARE" --help=all
	[ "$(grep -cE '^ {2,6}(-., )?--' <<<"$output")" = $((short + more)) ]
	output_has --landlock-best-effort
	output_lacks 'more options'
	# All that the table calls common is an option.
	[ "$short" = $((2 + $(sed -n '/\.brief/,/,$/p' "$BATS_TEST_DIRNAME/../../cmd/xunshare/table.c" |
		tr '\t "' '\n' | grep -c '^[a-z]'))) ]
	run -0 "$XLSNS" --help
	output_lacks 'more options'
}

@test '--help takes all or nothing' {
	run "$XLSNS" --help=most
	status_is 1
	[ "${lines[0]}" = "xlsns: --help: all, or nothing, not 'most'" ]
}
