#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# xnetns on hosts of several shapes: where everything is a shared mount, as systemd makes
# it; in a service with mounts of its own; beside names that others have bound; in a chroot.

# The shell that runs a scenario expands it.
# shellcheck disable=SC2016

load common

setup()
{
	need_root
	export XNETNS
}

# What every scenario may use. Mount namespaces that are made by it end with it.
prelude='
n() { "$XNETNS" "$@"; }
others=
trap "kill \$others 2>/dev/null" EXIT
# until CMD...: true within ten seconds
until_true() { for _ in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not true: $*"; }
watches() { grep -qs "^inotify" /proc/$1/fdinfo/*; }
# place HOW SCRIPT: SCRIPT in a mount namespace of its own that stays; its process is $place.
# HOW: peer, slave, or service (takes from outside, shares among its own)
place()
{
	how=$1; shift
	propagation=unchanged
	[ "$how" = peer ] || propagation=slave
	rm -f /run/ready
	unshare -m --propagation $propagation bash -c "n() { \"\$XNETNS\" \"\$@\"; }
		[ $how != service ] || mount --make-rshared /
		$1
		: >/run/ready; exec sleep 1000" &
	place=$!
	others="$others $!"
	until_true test -e /run/ready
}
in_place() { nsenter -t $place -m -- "$@"; }
# foreign NAME: a name as CNI plug-ins and podman bind it, below whatever is there
foreign()
{
	mkdir -p /run/netns; : >/run/netns/$1
	unshare -n mount --bind /proc/self/ns/net /run/netns/$1
}
# foreign_gone NAME: how they take it away. Lazily: who lists all mounts holds each for a moment.
foreign_gone() { umount -l /run/netns/$1 && rm /run/netns/$1; }
# bare_root DIR: a directory for chroot(8) that is no mount point, with the tool in it
bare_root()
{
	mkdir -p $1/own; for i in usr proc run sys etc; do
		mkdir $1/$i; mount --rbind /$i $1/$i; mount --make-rslave $1/$i
	done
	for i in bin lib lib64; do ln -s usr/$i $1/$i; done
	cp -L "$XNETNS" "${XNETNS%/*}/../lib/libns.so.0" $1/own
}
# in_bare_root DIR CMD...: CMD there; only what it uses of the host is seen through it
in_bare_root() { LD_LIBRARY_PATH=/own chroot "$@"; }
# Whole: mounts of namespaces that are left, and what must never be covered.
whole() { grep -c " - nsfs " /proc/self/mountinfo; cat /proc/version >/dev/null; }
'

# host SCRIPT: where / and all below it is shared, with a /run and a /proc of its own.
host()
{
	run private unshare -n bash -c 'umount -l /run/netns 2>/dev/null
		mount -t tmpfs -o mode=755 tmpfs /run && mount -t proc proc /proc &&
		mount --make-rshared / && exec bash -c "$1"' bash "$prelude$1"
}

# bare SCRIPT: where nothing is shared, as without systemd.
bare()
{
	run private_run bash -c "$prelude$1"
}

@test 'shared host: delete leaves nothing, here or in any other mount namespace' {
	host 'place peer; peer=$place; place slave; slave=$place; n add a; n add b; n del a; n del b
		whole; for place in $peer $slave; do in_place cat /proc/version >/dev/null
		in_place grep -c " - nsfs " /proc/self/mountinfo; done; ls /run/netns'
	output_is $'0\n0\n0'
}

@test 'shared host: the namespace ends with its name' {
	host 'n add a; n exec a true; ino=$(stat -L -c %i /run/netns/a); n del a
		unshare -n readlink /proc/self/ns/net >/dev/null
		grep -c "net:\[$ino\]" /proc/*/mountinfo 2>/dev/null | grep -v ":0$"'
	output_is ''
}

@test 'shared host: names reach peers and slaves, each is mounted once' {
	host 'place peer; peer=$place; place slave; slave=$place; n add a; n add b; whole
		for place in $peer $slave; do in_place "$XNETNS" exec a true && in_place "$XNETNS" list; done'
	output_is $'2\nb\na\nb\na'
}

@test 'shared host: deleted in a chroot, below a cover of /, from a peer' {
	host 'mkdir /run/root; mount --rbind / /run/root; mount --make-rslave /run/root; n add a; n add b; n add c; n add d
		chroot /run/root "$XNETNS" del a; umount -l /run/root
		place peer; in_place "$XNETNS" del b; cat /proc/version >/dev/null
		bare_root /run/bare; in_bare_root /run/bare /own/xnetns del c; umount -l /run/bare/usr /run/bare/proc /run/bare/run /run/bare/sys /run/bare/etc
		mount --bind / /; n del d; whole; ls /run/netns'
	output_is 0
}

@test 'shared host: exec keeps its mounts inside, names go out' {
	host 'n add a; n exec a sh -c "mount -t tmpfs none /mnt; \"$XNETNS\" add b; mount -t tmpfs none /tmp"
		findmnt -n /mnt; n exec b true && n list; n exec a "$XNETNS" del b; n exec a "$XNETNS" del a
		ls /sys/class /tmp >/dev/null; whole'
	output_is $'b\na\n0'
}

@test 'exec works in a chroot' {
	host 'n add a; bare_root /run/bare
		in_bare_root /run/bare /own/xnetns exec a sh -c "ls /sys/class/net; pwd; mount -t tmpfs none /etc; mount -t tmpfs none /usr"
		ls /usr/bin/env /etc/passwd; findmnt -n -t tmpfs /etc'
	output_is $'lo\n/\n/etc/passwd\n/usr/bin/env'
}

# names_of_others SHAPE: theirs can be removed by them and by us, whatever comes between.
names_of_others()
{
	"$1" 'foreign cni1; foreign cni2; foreign cni3; n add a; n list | sort; foreign_gone cni1; n del cni2
		foreign cni4; n add b; foreign_gone cni3; foreign_gone cni4; n del a; n del b; whole; n list'
	output_is $'a\ncni1\ncni2\ncni3\n0'
}

@test 'shared host: names bound before the first add are removed by whomever' {
	names_of_others host
}

@test 'nothing shared: names bound before the first add are removed by whomever' {
	names_of_others bare
}

@test 'names below a cover, and below two, are deleted' {
	host 'foreign a; mount --rbind /run/netns /run/netns; mount --make-rprivate /run/netns; foreign b
		mount --rbind /run/netns /run/netns; foreign c; foreign d; mount --bind /run/netns/d /run/netns/d
		for i in a b c d; do n del $i || echo "$i stays"; done; ls /run/netns; umount /run/netns /run/netns; whole'
	output_is 0
}

@test 'a second view of /run that shares nothing does not keep a name' {
	host 'n add a; mount --rbind /run /mnt; mount --make-rprivate /mnt; n del a; whole; ls /mnt/netns'
	output_is 0
}

@test 'service: add says that the name stays inside, and hides nothing of the host' {
	host 'place service; in_place "$XNETNS" add own; n add later; in_place "$XNETNS" exec later true && echo entered
		in_place "$XNETNS" exec own true && echo own; in_place "$XNETNS" del later; n list 2>&1; n del own; whole'
	output_has "xnetns: 'own' can be used in this mount namespace only: "
	output_has 'hint: add it from outside'
	output_has $'entered\nown\nown\nxnetns: cannot open network namespace \'own\': it is bound on \'/run/netns/own\' only in the mount namespace of process '
	output_has ' (sleep)'
	[ "${lines[-1]}" = 0 ]
}

@test 'container: its own names are all there are, so that nothing is said' {
	host 'unshare -mpf --propagation slave sh -ec "mount -t proc proc /proc; \"\$@\" add own; \"\$@\" exec own echo in; \"\$@\" del own" sh "$XNETNS"; whole'
	output_is $'in\n0'
}

@test 'slave without sharing of its own: the same' {
	host 'place slave; in_place "$XNETNS" add own 2>/dev/null; n add later; in_place "$XNETNS" exec later true && echo entered
		in_place "$XNETNS" del later; in_place "$XNETNS" list; n del own 2>/dev/null; whole
		in_place grep -c " - nsfs " /proc/self/mountinfo'
	output_is $'entered\nown\n0\n0'
}

@test 'a name that lives in a service is not taken over by the host' {
	need jq
	host 'place service "n add x 2>/dev/null"; ino=$(in_place stat -L -c %i /run/netns/x)
		n add x; echo $?; n attach x $$; echo $?; n exec x true; echo $?
		n -j list 2>/dev/null | jq -c --argjson pid $place ".[] | [.name, .elsewhere == \$pid, .stale]"
		[ $ino = $(in_place stat -L -c %i /run/netns/x) ] && echo same'
	output_is "xnetns: cannot create namespace file '/run/netns/x': File exists, and a network namespace is bound on it in the mount namespace of process $(sed -n 's/.*process \([0-9]*\) (sleep)$/\1/p;T;q' <<<"$output") (sleep)
1
${lines[0]}
1
xnetns: cannot open network namespace 'x': it is bound on '/run/netns/x' only${lines[0]##*on it}
255
[\"x\",true,null]
same"
}

@test 'a name that lives elsewhere is deleted, and whose it was is said' {
	host 'place service "n add x 2>/dev/null; n add y 2>/dev/null"; n add z; n del x; echo $?; n -all del; echo $?
		echo $place; ls /run/netns; whole; in_place grep -c " - nsfs " /proc/self/mountinfo
		foreign a; mount --bind /run/netns /run/netns; n del a; : >/run/netns/b; n del b; n del c'
	output_is "xnetns: note: 'x' was bound in the mount namespace of process ${lines[4]} only; it is gone there too
0
xnetns: note: 'y' was bound in the mount namespace of process ${lines[4]} only; it is gone there too
0
${lines[4]}
0
0
xnetns: note: 'a' was bound below another mount; it is gone there too
xnetns: cannot remove namespace file '/run/netns/c': No such file or directory"
}

@test 'a name that lives on the host is not taken over in a private copy' {
	host 'n add before; private() { unshare -m --propagation private "$@"; }
		private sh -c "umount /run/netns/before; \"$XNETNS\" add before; echo \$?"; n exec before true && echo whole'
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == *"File exists, and a network namespace is bound on it in the mount namespace of process "* ]]
	[ "${lines[1]} ${lines[2]}" = '1 whole' ]
}

@test 'a name below a cover is not taken over' {
	host 'foreign a; mount --bind /run/netns /run/netns; touch -d "1 minute ago" /run/netns/a; n add a; echo $?; n del a 2>/dev/null; whole'
	output_is "xnetns: cannot create namespace file '/run/netns/a': File exists, and a network namespace is bound on it in this mount namespace, below another mount
1
0"
}

@test 'what an ordinary user mounts on a name keeps it from nobody' {
	need_userns
	host 'mkdir /run/netns; : >/run/netns/x; : >/run/netns/y; mkdir -m 777 /run/own
		setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- unshare -Urmn sh -c "
			mount --bind /proc/self/ns/net /run/netns/x && mount --bind /proc/self/ns/net /run/netns/y
			: >/run/own/ready; exec sleep 1000" & others="$others $!"
		until_true test -e /run/own/ready; grep -c "/run/netns/[xy] .* nsfs" /proc/$!/mountinfo
		n list 2>&1 | LC_ALL=C sort; sleep 1.1; n add x && n exec x true && echo taken over; n del y; n del x'
	output_is $'2
x
xnetns: no network namespace is bound on \'x\'
xnetns: no network namespace is bound on \'y\'
y
taken over'
}

@test 'the same name in another /run is another name' {
	host 'place service "mount -t tmpfs none /mnt; mkdir /mnt/netns; mount --bind /mnt/netns /mnt/netns; : >/mnt/netns/x
			mount --bind /proc/self/ns/net /mnt/netns/x"
		mkdir -p /run/netns /run/other; : >/run/netns/x; : >/run/other/x; mount --bind /proc/self/ns/net /run/other/x
		sleep 1.1; n add x; n exec x true && echo taken over'
	output_is 'taken over'
}

@test 'a stale name of nobody is taken over on a shared host' {
	need jq
	host 'place service; mkdir /run/netns; : >/run/netns/"a b"; n -j list 2>/dev/null | jq -c .; sleep 1.1; n add "a b"
		n exec "a b" true; n -j list | jq -c .'
	output_is '[{"name":"a b","stale":true}]
[{"name":"a b"}]'
}

@test 'monitor reports what can be entered, when it can' {
	host '"$XNETNS" monitor >/run/seen & others="$others $!"; until_true watches $!
		place service; in_place "$XNETNS" add hidden 2>/dev/null; n add plain; until_true grep -q plain /run/seen
		: >/run/netns/late; sleep 1.2; unshare -n mount --bind /proc/self/ns/net /run/netns/late
		until_true grep -q late /run/seen; n del hidden 2>/dev/null; n del late; until_true grep -q "delete late" /run/seen; cat /run/seen'
	output_is $'add plain\nadd late\ndelete late'
}

@test 'without /proc: added, entered, listed and deleted' {
	need_plain_build
	host 'mkdir /run/own; cp -L "$XNETNS" "${XNETNS%/*}/../lib/libns.so.0" /run/own; export LD_LIBRARY_PATH=/run/own
		PATH=$PATH:/run/own; mount -t tmpfs none /proc
		xnetns add a && xnetns exec a ls /sys/class/net && xnetns list && xnetns del a
		ls /run/netns; : >/run/netns/b; sleep 1.1; xnetns add b; mount -t proc proc /proc; whole'
	output_is "lo
a
xnetns: cannot create namespace file '/run/netns/b': File exists, and whether it is used in another mount namespace cannot be told: No such file or directory
0"
}

@test 'in a user namespace that owns not what is needed: the cause and the way out' {
	need_userns
	bare 'u() { setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all -- unshare "$@"; }
		n add a; chmod 777 /run/netns; u -Ur "$XNETNS" add b; u -Ur "$XNETNS" set a 5; u -Urm "$XNETNS" exec a true
		chmod 755 /run/netns; u -Urmn "$XNETNS" add b && echo made'
	output_has "xnetns: cannot make '/run/netns' a shared mount: Operation not permitted
hint: the mount namespace belongs to a user namespace outside of this one, which may mount nothing in it; make one together with the user namespace (xunshare -Urmn)"
	output_has "xnetns: cannot number the network namespace: Operation not permitted
hint: the network namespace belongs to a user namespace outside of this one; make one together with the user namespace (xunshare -Urn), or do it outside"
	output_has "xnetns: cannot enter network namespace 'a': Operation not permitted
hint: that network namespace belongs to a user namespace outside of this one; enter it from outside"
	[ "${lines[-1]}" = made ]
}
