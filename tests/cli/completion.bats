#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion scripts, in the real shells. SAMPLE is a tool with one option of
# every shape (sample.c); the tools themselves must offer what --help lists.

load common

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	mkdir sub
	touch subfile
	ln -s "$SAMPLE" commands
}

# Completes the line made of the words given, the cursor behind the last one.
# "=" and ":" are words of their own, as in an interactive bash.
complete_words()
{
	# shellcheck disable=SC2016
	run bash --norc -c '
		compopt() { :; }
		. "$1" || exit
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_sample
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' bash "$script" sample "$@"
	status_is 0
}

sample_script()
{
	script=$BATS_TEST_TMPDIR/sample.bash
	"$@" --completion=bash >"$script"
}

@test 'bash: options, with = where an argument may follow' {
	sample_script "$SAMPLE"
	complete_words --
	output_is "$(printf '%s\n' --flag --mount --mount= --target --root --kill-child --kill-child= \
		--net --net= --word --list --owner --help --help= --version --version=)"
	complete_words --ro
	output_is --root
}

@test 'bash: arguments by kind, in the next word, behind = and after a letter' {
	sample_script "$SAMPLE"
	complete_words --root s
	output_is sub
	complete_words --root = s
	output_is sub
	complete_words --word ''
	output_is "$(printf '%s\n' private shared slave)"
	complete_words --word =
	output_is "$(printf '%s\n' private shared slave)"
	complete_words -ft "$$"
	output_is "$$"
	complete_words -t $$ --list NS,T
	output_is NS,TYPE
	complete_words --owner ''
	output_is ''
}

@test 'bash: an optional argument stands behind = only' {
	sample_script "$SAMPLE"
	complete_words --mount = subf
	output_is subfile
	complete_words --kill-child = SIGTER
	output_is SIGTERM
	complete_words --net = subf
	output_is subfile
	complete_words -nf tru
	output_has true
	complete_words --mount subf
	output_lacks subfile
}

@test 'bash: a program and its arguments' {
	sample_script "$SAMPLE"
	complete_words -f --mount = subfile tru
	output_has true
	complete_words --owner 0 : 0 tru
	output_has true
	complete_words true --
	output_lacks --flag
	complete_words true subf
	output_is subfile
}

@test 'bash: where = is no word break' {
	sample_script "$SAMPLE"
	complete_words --word=pri
	output_is --word=private
}

@test 'bash: subcommands' {
	sample_script ./commands
	complete_words ''
	output_is "$(printf '%s\n' add attach exec tell up)"
	complete_words attach s
	output_is sub
	complete_words attach sub SIGTER
	output_is SIGTERM
	complete_words exec sub tru
	output_has true
	complete_words add ''
	output_is ''
	complete_words att s
	output_is sub
	complete_words tell a
	output_is "$(printf '%s\n' add attach)"
}

@test 'bash: options of a subcommand, also behind its operands' {
	sample_script ./commands
	complete_words up --
	output_is "$(printf '%s\n' --to --shape --quiet --help --help= --version --version=)"
	complete_words up sub --sh
	output_is --shape
	complete_words u sub --shape = r
	output_is round
	complete_words --flag up -qt s
	output_is sub
	complete_words up --root s
	output_is sub
	complete_words add --
	output_is "$(printf '%s\n' --help --help= --version --version=)"
	complete_words attach sub --
	output_lacks --help
}

# Types into an interactive zsh and shows what it inserts or lists.
zsh_types()
{
	cat >typist.zsh <<-'END'
	zmodload zsh/zpty
	zpty typist zsh -f -i
	zpty -w typist 'PS1=; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; stty cols 200; echo rea''dy'
	zpty -r -m typist all '*ready*' || exit 1
	zpty -w -n typist $1$'\t\t\C-a'"echo '[' "$'\C-e'" ']'"$'\n'
	while (( SECONDS < 50 )); do
		zpty -r -t typist text || { sleep 0.02; [[ $all == *$2* ]] && break; continue }
		all+=$text
	done
	print -r -- $all
	zpty -d typist
	END
	TERM=dumb HOME=$PWD run timeout 60 zsh -f typist.zsh "$1" "$2" 3>&-
	output_has "$2"
}

@test 'zsh: the script loads and completes' {
	need zsh
	"$SAMPLE" --completion=zsh >_sample
	zsh -n _sample
	zsh_types 'sample --ro' --root
	zsh_types 'sample --mount=subf' --mount=subfile
	zsh_types 'sample --word ' slave
	zsh_types 'sample -f tru' true
}

@test 'zsh: subcommands' {
	need zsh
	./commands --completion=zsh >_sample
	zsh -n _sample
	zsh_types 'sample att' attach
	zsh_types 'sample attach su' sub/
	zsh_types 'sample up su' sub/
	zsh_types 'sample u sub --sha' --shape
	zsh_types 'sample up --shape=ro' --shape=round
	zsh_types 'sample exec sub/ tru' true
	zsh_types 'sample tell att' attach
}

fish_offers()
{
	run fish --no-config -c "source sample.fish; complete -C '$1'" 3>&-
	output_has "$2"
}

@test 'fish: the script loads and completes' {
	need fish
	"$SAMPLE" --completion=fish >sample.fish
	fish --no-execute sample.fish
	fish_offers 'sample --ro' --root
	fish_offers 'sample --mount=subf' subfile
	fish_offers 'sample --word ' slave
	fish_offers 'sample --list NS,T' NS,TYPE
	fish_offers 'sample -f tru' true
}

@test 'fish: subcommands' {
	need fish
	./commands --completion=fish >sample.fish
	fish --no-execute sample.fish
	fish_offers 'sample ' attach
	output_lacks show
	fish_offers 'sample attach ' sub/
	fish_offers 'sample u --sha' --shape
	fish_offers 'sample up --shape ' round
	fish_offers 'sample tell ' attach
	fish_offers 'sample up --' --quiet
	output_lacks --root
}

@test 'a subcommand has its own --help and messages' {
	run -0 ./commands up --help
	output_has $'Usage:\n sample up [options] DIR\n\nAll\nabout up.\n\nOptions:\n  -t, --to <dir> '
	run -0 ./commands show -h
	output_has $'Usage:\n sample add NAME\n\nA new name.\n'
	run -0 ./commands up one --to=there -q two -- --quiet
	output_is $'option 116 there\noption 113 -\noperand one\noperand two\noperand --quiet'
	run -0 ./commands add one -q
	output_is $'operand one\noperand -q'
	run ./commands up --nosuch
	status_is 1
	output_is "sample: unrecognized option '--nosuch'
Try 'sample up --help' for more information.
hint: an operand that begins with '-' goes after '--'"
}

@test 'an unknown shell is refused' {
	run "$SAMPLE" --completion=tcsh
	status_is 1
	output_has "bash, zsh or fish, not 'tcsh'"
}

# Every long option of --help, one a line.
help_options()
{
	"$1" --help=all | grep -oE -e '^ *(-., )?--[a-z0-9-]+' | grep -oE -e '--[a-z0-9-]+'
}

@test 'every tool offers all options of its --help, in every shell' {
	local tool name option
	for tool in "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS"; do
		[ -x "$tool" ] || continue
		name=${tool##*/}
		"$tool" --completion=bash >bash.out
		"$tool" --completion=zsh >zsh.out
		"$tool" --completion=fish >fish.out
		bash -n bash.out
		! have zsh || zsh -n zsh.out
		! have fish || fish --no-execute fish.out
		for option in $(help_options "$tool"); do
			grep -q -e "^_${name}_options=.* ${option}[ ']" bash.out || fail "$name bash: $option"
			grep -q -e "${option}[=[-]" zsh.out || fail "$name zsh: $option"
			grep -q -e " -l ${option#--} " fish.out || fail "$name fish: $option"
		done
	done
}
