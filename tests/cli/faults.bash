# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One system call of a tool fails, each in turn: it may fail and say why, or not mind; but it
# never ends with success and less than there is. `load faults` after common.

# What the C library and its modules open for themselves: names of users become numbers.
own_business='/locale|/etc/|gconv|\.so|cmdline'

# The step from the nth call that is struck to the next is one and n / apart.
apart=${FAULTS:+1000} apart=${apart:-8}

# each CALL ERRNO TOOL ARG...: the command with the first call failing, the second, ..., of many
# calls the later ones in wider steps, or with FAULTS=all all of them. With
# `least` as many calls at least must have been there to fail; with `may_say` it may do with
# less if it says so.
each()
{
	local call=$1 errno=$2 n want got code trace=$BATS_TEST_TMPDIR/trace
	shift 2
	want=$("$@" 2>/dev/null) || :
	for ((n = 1; n < 400; n += 1 + n / apart)); do
		code=0
		got=$(strace -f -qq -y -o "$trace" -e trace="$call" -e inject="$call:error=$errno:when=$n" \
			"$@" 2>"$BATS_TEST_TMPDIR/words") || code=$?
		grep -q INJECTED "$trace" || break
		[ "$code" -lt 128 ] || fail "$*: ended by signal $((code - 128)): $(grep INJECTED "$trace")"
		if grep INJECTED "$trace" | grep -qE "$own_business"; then
			continue
		elif [ "$code" = 0 ]; then
			[ "$got" = "$want" ] || { [ -n "${may_say:-}" ] && [ -s "$BATS_TEST_TMPDIR/words" ]; } ||
				fail "$*: success with less: $(grep INJECTED "$trace")"
		else
			[ -s "$BATS_TEST_TMPDIR/words" ] || fail "$*: $code without a word: $(grep INJECTED "$trace")"
		fi
	done
	# At least one call failed, and in the end none was left to fail.
	[ "$n" -gt "${least:-1}" ] && [ "$n" -lt 400 ] || fail "$* $call: $n"
}
