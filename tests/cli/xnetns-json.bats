#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the commands of xnetns that ip netns does not have print as JSON, against docs/json.md.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip nft python3
	export CHECK=$BATS_TEST_DIRNAME/json-schema.py DOC=$SOURCE_ROOT/docs/json.md
}

# fits SECTION KEY... -- COMMAND...: what the command prints, whatever its exit code is.
prelude='fits() { local words=("$1"); shift; while [ "$1" != -- ]; do words+=("$1"); shift; done; shift
	"$XNETNS" "$@" >/run/json 2>/run/err; python3 "$CHECK" "$DOC" "${words[@]}" </run/json || { echo "$*:"; cat /run/json /run/err; }; }
'

@test 'up, down, connect, disconnect, publish and unpublish: the steps' {
	in_router "$prelude"'outside; steps="xnetns up --json"
		fits "$steps" "[].command" -- up --dry-run --json web; fits "$steps" "[].command" -- up --json web
		fits "$steps" "[]" -- up -j web; n add b; fits "$steps" "[].command" -- connect -j web b
		fits "$steps" "[]" -- disconnect -j web b; fits "$steps" "[]" -- publish -j web 8080:80 53/udp
		fits "xnetns publish --json NAME" "[].inside-port" -- publish -j web; fits "xnetns publish --json NAME" "[]" -- publish -j
		fits "$steps" "[]" -- unpublish -j web 8080
		fits "$steps" "[].command" -- down --dry-run --json web; fits "$steps" "[].command" -- down --json web; echo "done"'
	output_is "done"
}

@test 'a command that fails, and a name with quotes' {
	in_router "$prelude"'outside; steps="xnetns up --json"; name="a\"b\\c"
		fits "$steps" "[]" -- up -j -- "$name"; fits "$steps" -- up -j --ip4 192.0.2.7/24 other; [ -s /run/err ] || echo no failure
		fits "$steps" "[]" -- down -j -- "$name"; echo "done"'
	output_is "done"
}

@test 'test, doctor, gc and who: what was found' {
	in_router "$prelude"'outside; found="xnetns test --json"; n up web -q -p 8080:80 --dns none
		fits "$found" "[].check" -- test -j web --timeout 1; ip link set xn-web down
		fits "$found" "[].why" "[].command" -- test --json web --timeout 1
		nft delete table inet xnetns; : >/run/netns/stale
		# A young one may be about to be bound.
		is_stale() { n gc --dry-run | grep stale; }; until_true is_stale
		fits "xnetns up --json" "[]" -- doctor --fix --dry-run -j
		fits "$found" "[].check" -- doctor -j; fits "$found" "[].check" -- gc -j; fits "$found" -- doctor --fix -j
		fits "xnetns who --json" "[].ns" "[].release" -- who -j web; echo "done"'
	output_is "done"
}
