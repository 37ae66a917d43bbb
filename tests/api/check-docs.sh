#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every public function has a block with a summary, every parameter, and the fields
# Affects, Return and Since; one that returns a descriptor or a string says who owns it.
# usage: check-docs.sh SOURCE-ROOT
set -eu
exec awk '
function complain(what) {
	printf "%s: %s: %s\n", FILENAME, name, what
	bad = 1
}
function check(decl,    params, n, i, list, word) {
	name = decl
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	if (name !~ /^libns_/)
		return
	count++
	if (block == "")
		return complain("no doc block")
	if (index(block, " * " name "() - ") == 0)
		complain("the block is not headed \"" name "() - summary\"")
	for (i = 1; i <= n_fields; i++)
		if (block !~ ("\n \\* " fields[i] ":"))
			complain("no field " fields[i])
	if (name ~ /_open(_|$)/ && block !~ /\n \* Ownership:/)
		complain("returns a descriptor, but has no field Ownership")
	if (decl ~ /^(const )?(char|struct [a-z_]+) \*/ && name !~ /_free$/ &&
	    block !~ /\n \* (Ownership:|Return: @)/)
		complain("returns a pointer, but has no field Ownership")
	params = decl
	# A function as parameter: its name instead of its own parameters.
	while (match(params, /\(\*[a-z_]+\)\([^()]*\)/)) {
		word = substr(params, RSTART, RLENGTH)
		sub(/^\(\*/, "", word)
		sub(/\).*/, "", word)
		params = substr(params, 1, RSTART - 1) word substr(params, RSTART + RLENGTH)
	}
	sub(/^[^(]*\(/, "", params)
	sub(/\)[^)]*$/, "", params)
	n = split(params, list, ",")
	for (i = 1; i <= n; i++) {
		word = list[i]
		sub(/\[.*/, "", word)
		sub(/.*[ *]/, "", word)
		if (word != "void" && block !~ ("\n \\* @" word ":"))
			complain("parameter " word " is not described")
	}
}
BEGIN { n_fields = split("Affects Return Since", fields) }
/^\/\*\*$/ { block = "\n"; inside = 1; next }
inside && /^ \*\/$/ { inside = 0; ready = 1; next }
inside { block = block $0 "\n"; next }
# A declaration, perhaps on several lines, is what follows the block.
/^[a-z].*libns_[a-z0-9_]*\(/ && !/^static/ { decl = $0; collecting = 1 }
collecting && decl != $0 { sub(/^[ \t]+/, " "); decl = decl $0 }
collecting && /;/ { check(decl); collecting = 0; block = ""; ready = 0; next }
ready && !collecting && !/^$/ { block = ""; ready = 0 }
END {
	if (!count) {
		print "found no declaration"
		bad = 1
	}
	exit bad
}' "$1"/include/libns/*.h
