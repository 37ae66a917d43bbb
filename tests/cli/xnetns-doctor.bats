#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns doctor and gc: each finding is made for real, found, mended, and found no more.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common
load wired

setup()
{
	need_root
	need ip jq
	export XNETNS
}

prelude='
outside
# found [OPTION]: words of what is not right
found() { n -j doctor "$@" | jq -r ".[] | [.check, .state] | join(\" \")" | sort -u; }
# twice: found, mended, found no more
cured() { found; found --fix; n doctor; echo "exit $?"; }
# A name file of somebody who was killed; it is too young to be touched for a second.
left() { : >"/run/netns/$1"; until_true sh -c "[ \$(($(date +%s) + 2)) -le \$(date +%s) ]"; }
'

@test 'stale names go, but not young ones, and not those of others' {
	in_router "$prelude"'n add good; left old; : >/run/netns/young
		n gc | cut -d: -f1; n gc; ls /run/netns | grep -vx out; n exec good true && echo whole
		touch /run/netns/keep; mkdir /run/netns/dir; n add old && echo again'
	output_is "mended stale      nothing is bound on the name 'old'
good
young
whole
again"
}

@test 'a name that is bound elsewhere only is told and left alone' {
	in_router "$prelude"'left a
		unshare -m --propagation private sh -c "unshare -n mount --bind /proc/self/ns/net /run/netns/a; exec sleep 1000" & pid=$!
		until_true grep -q sleep /proc/$pid/comm
		found; n gc; n doctor --fix >/dev/null; echo $?; ls /run/netns/a; kill $pid; wait $pid 2>/dev/null; n gc | cut -d: -f1'
	output_is "elsewhere skip
0
/run/netns/a
mended stale      nothing is bound on the name 'a'"
}

@test 'a directory of names that ordinary users may not read' {
	in_router "$prelude"'chmod 700 /run/netns; n gc; cured; stat -c %a /run/netns'
	output_is $'mode FAIL\nmode mended\nexit 0\n755'
}

@test 'a directory in which every name is mounted twice' {
	run private_run bash -c 'n() { "$XNETNS" "$@"; }; mount --make-shared /run; mkdir /run/netns
		# As ip before 7.0 did it.
		mount --bind /run/netns /run/netns; mount --make-shared /run/netns
		for i in 1 2 3; do ip netns add n$i; done
		grep -c "/run/netns/n.* nsfs " /proc/self/mountinfo; n gc
		n doctor | cut -d: -f1; n doctor --fix >/dev/null; echo $?; n doctor; echo $?
		grep -c "/run/netns/n.* nsfs " /proc/self/mountinfo
		for i in 1 2 3; do n exec n$i true && echo whole; done; n add n4; grep -c "/run/netns/n4 .* nsfs " /proc/self/mountinfo'
	output_is "6
FAIL   doubled    '/run/netns' is a mount of the same peer group as the one below it
0
0
3
whole
whole
whole
1"
}

@test 'forwarding that was reset by a write to that of all links' {
	in_router "$prelude"'n up -q web; n doctor; echo $?
		for i in xn-web wan0; do echo 0 >/proc/sys/net/ipv4/conf/$i/forwarding; done
		n gc; n doctor --dry-run | grep ipv4; cured; cat /proc/sys/net/ipv4/conf/{xn-web,wan0}/forwarding'
	output_is '0
sysctl -q -w net/ipv4/conf/xn-web/forwarding=1
sysctl -q -w net/ipv4/conf/wan0/forwarding=1
forwarding FAIL
forwarding mended
exit 0
1
1'
}

@test 'rules that were flushed, and a port that is lost' {
	need nft
	in_router "$prelude"'n up -q web; n publish -q web 8080:80
		nft flush ruleset; n gc; cured; nft list map inet xnetns pub4 | grep -c 8080
		nft delete element inet xnetns pub4 "{ tcp . 8080 }"; cured; nft list map inet xnetns pub4 | grep -c 8080'
	output_is 'rules FAIL
rules mended
exit 0
1
rules FAIL
rules mended
exit 0
1'
}

@test 'what is left where only the name was deleted' {
	need nft
	in_router "$prelude"'n up -q web --dns 192.0.2.2; n publish -q web 8080:80; ip netns exec web sleep 1000 & pid=$!
		until_true grep -q sleep /proc/$pid/comm; ip netns del web; found; n gc >/dev/null; found
		found --fix; n doctor; echo $?; kill $pid; ip link show xn-web; find /run/xnetns -type f; nft list tables; ls /etc/netns 2>&1 | grep -c web'
	output_is "dns FAIL
link FAIL
port FAIL
link FAIL
left mended
link mended
0
Device \"xn-web\" does not exist.
0"
}

@test 'a journal of a link that is gone, a pair with both ends here, name servers' {
	in_router "$prelude"'n up -q web; ip link add u0 type dummy 2>/dev/null || ip link add u0 type veth peer name u1
		cp /run/xnetns/forwarding/*/wan0 "$(dirname /run/xnetns/forwarding/*/wan0)/gone0"
		ip link add xn-x group 30830 type veth peer name xn-y group 30830
		cp -r /etc/netns/web /etc/netns/lost 2>/dev/null; mkdir -p /etc/netns/theirs; echo nameserver 192.0.2.9 >/etc/netns/theirs/resolv.conf
		found; n gc >/dev/null; echo $?; n doctor; ls /etc/netns/theirs; ip link show xn-x 2>&1'
	[ "${lines[-1]}" = 'Device "xn-x" does not exist.' ]
	output_has 'journal FAIL'
	output_has 'leak FAIL'
	output_lacks theirs:
}

@test 'names: only what concerns one, bad words, nothing there, no root' {
	in_router "$prelude"'left a; left b; n -j doctor a | jq length; n doctor a b; echo $?; n gc x; echo $?; n doctor --bogus 2>/dev/null; echo $?
		n gc --dry-run
		setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- "$XNETNS" gc >/dev/null 2>&1; echo $?; ls /run/netns/a'
	output_has 'rm -f /run/netns/a'
	[ "${lines[0]}" = 1 ]
	[ "$(grep -cx 255 <<<"$output")" = 3 ]
	[ "${lines[-1]}" = /run/netns/a ]
}

@test 'gc at once after the name was deleted, or up was killed: nothing is left for a second one' {
	need strace
	need_plain_build
	in_router "$prelude"'for i in {1..10}; do
			n up -q a --net nat --dns none; ip netns del a; n gc >/dev/null || { echo "deleted: $i"; n gc; }; n gc; n doctor
			(strace -qq -o /dev/null -e trace=mount -e inject=mount:signal=KILL "$XNETNS" up -q a --net nat --dns none; exit $?) 2>/dev/null
			rm -f /run/netns/a; n gc >/dev/null || { echo "killed: $i"; n gc; }; n gc; n doctor
		done; ls /run/xnetns'
	output_is ""
}

@test 'gc beside ip netns add and del, up and down: nothing is lost' {
	in_router "$prelude"'(for i in $(seq 60); do n gc || echo "gc $i: $?"; done) & gc=$!
		for i in $(seq 40); do ip netns add a$i || echo "not added"; ip netns exec a$i true || echo "a$i: not whole"; ip netns del a$i; done
		for i in 1 2 3 4; do n up -q w || echo "not up"; n exec w true || echo "w: not whole"; n down -q w || echo "not down"; done
		wait $gc; n doctor; ls /run/netns'
	output_is out
}

# away SCRIPT: SCRIPT in a mount namespace with another directory of names, of the same network.
away='away() { unshare -m --propagation private sh -c "umount /run/netns/* /run/netns 2>/dev/null; mount -t tmpfs none /run/netns; $1"; }
'

@test 'from another mount namespace nothing is taken for gone that lives in this one' {
	need nft
	in_router "$prelude$away"'n up -q web --dns 192.0.2.2 -p 8080:80; n add hand; n bridge -q sw add hand
		facts() { find /run/xnetns /etc/netns | sort; nft list ruleset; ip -br link | cut -d" " -f1 | sort; }; facts >/run/before
		away "\$XNETNS gc; \$XNETNS doctor --fix | sed s/process.*/process/; \$XNETNS up -q web 2>&1 | sed s/process.*/process/"; facts | diff /run/before - && echo same
		# A switch that is not to be seen here is not taken for gone either by who looks for a network.
		away "\$XNETNS up -q other --net isolated && \$XNETNS down -q other"; facts | diff /run/before - && echo same
		ip netns del web; ip netns del sw; until_true sh -c "! ip link show xn-web"; n gc | cut -d: -f1 | sort; find /run/xnetns -name web -o -name sw'
	output_is "skip   elsewhere  the name 'web' is bound in another mount namespace only, that of process
skip   elsewhere  the name 'sw' is bound in another mount namespace only, that of process
xnetns: cannot wire 'web': it is there, but bound only in the mount namespace of process
same
same
mended dns        there are name servers of ours for 'web', which is not there
mended left       settings and rules of this host are still changed for namespaces
mended port       2 ports are published for 'web', which is not there
mended switch     the switch 'sw' is written down, which is gone"
}

@test 'the name of a process that cannot be asked counts only in this network' {
	need nft setpriv
	in_router "$prelude"'n up -q web --dns none -p 8080:80; ip netns del web; until_true sh -c "! ip link show xn-web"
		as_nobody() { "$@" sh -c "mount -t tmpfs none /run/netns; touch /run/netns/web; mount --bind /proc/self/ns/net /run/netns/web; exec setpriv --reuid 65534 --regid 65534 --clear-groups sleep 1000" & pid=$!
			until_true grep -q "^Uid:.65534" /proc/$pid/status; }
		blind() { setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$XNETNS" gc | sed "s/[:;].*//" | sort; }
		as_nobody unshare -m --propagation private; blind; kill $pid; wait $pid; find /run/xnetns -name web -printf "%f stays\\n"
		as_nobody unshare -n -m --propagation private; blind; kill $pid; wait $pid; find /run/xnetns -name web'
	output_is "mended left       settings of this host are still changed for namespaces
web stays
mended left       rules of this host are still changed for namespaces
mended port       2 ports are published for 'web', which is not there"
}

@test 'ports of a namespace that leads to a hand-made one elsewhere keep the rules' {
	need nft
	in_router "$prelude$away"'wired hand 1; ip link set xn-hand group 0; n publish -q hand 8080:80 2>/dev/null; nft list ruleset >/run/before
		away "\$XNETNS up -q other --dns none; \$XNETNS down -q other; \$XNETNS gc"; nft list ruleset | diff /run/before - && echo same'
	output_is same
}

@test 'ports of a run without a name stay as long as it lives' {
	need nft
	in_router "$prelude"'"$XNETNS" run -p 8080:80 --ip6 off --dns none -- sleep 1000 & pid=$!; until_true sh -c "\$XNETNS publish | grep -q 8080"
		n gc; n publish | cut -d" " -f2; kill $pid; wait $pid 2>/dev/null; n publish'
	output_is "*:8080/tcp"
}

@test 'up and down killed at system calls: gc leaves nothing that it cannot mend' {
	need strace
	need_plain_build
	in_router "$prelude"'for verb in up down; do
			[ $verb = up ] || n up -q k
			strace -f -o /run/trace "$XNETNS" $verb -q k >/dev/null; n down -q k
			calls=$(grep -cv -e "execve(" -e "mmap(" -e "mprotect(" -e "+++" -e "---" /run/trace)
			for ((i = 60; i <= calls; i += calls / 12)); do
				[ $verb = up ] || n up -q k
				{ strace -f -o /dev/null --inject=all:signal=KILL:when=$i "$XNETNS" $verb -q k; } >/dev/null 2>&1
				n gc >/dev/null || echo "$verb $i: gc"
				n -j gc | jq -c ".[]"
				n up -q k || echo "$verb $i: up"; n down -q k || echo "$verb $i: down"
				n doctor
			done
		done 2>/dev/null; echo "done"'
	output_is "done"
}

@test 'in a user namespace of an ordinary user, with a /run of his own' {
	need_userns
	# shellcheck disable=SC2016
	run as_user unshare -Urnm sh -c 'n() { "$XNETNS" "$@"; echo "= $?"; }
		n doctor; n gc; n up web --net isolated -q; n who web 2>&1 | grep -c "^mount .*/run/netns/web"; n doctor; n gc
		: >/run/netns/stale; until "$XNETNS" doctor | grep -q ^FAIL; do :; done; n gc | sed "s, *nothing.*,,"; n doctor; n down web -q; ls -A /run/netns; ip -br link | grep -c xn-'
	output_is '= 0
= 0
= 0
1
= 0
= 0
mended stale
= 0
= 0
= 0
0'
}
