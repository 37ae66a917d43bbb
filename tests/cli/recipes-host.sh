#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The machine on which the examples of documents are run: root's container `web` from a directory,
# with a state file as crun leaves it, and nobody who waits for it; a way out; a user called alice.
# For a private mount, pid and network namespace with a /run of its own.
# usage: recipes-host.sh CMD...
set -eu

mount -t tmpfs -o mode=755 tmpfs /srv
mkdir -p /srv/user /srv/box
chown "$TEST_UID:$TEST_GID" /srv/user
# on_top_of DIRECTORY: what examples change there is gone with this machine.
on_top_of()
{
	mkdir -p "/srv/top$1" "/srv/work$1"
	mount -t overlay -o "lowerdir=$1,upperdir=/srv/top$1,workdir=/srv/work$1" overlay "$1"
}
on_top_of /etc
# A login shell looks for the tools here.
on_top_of /usr/local
mkdir -p /usr/local/bin
for tool in xunshare xnsenter xlsns xnetns; do
	ln -sf "$(command -v $tool)" /usr/local/bin/
done
for name in passwd group subuid subgid shadow hosts; do
	[ -e "/etc/$name" ] || : >"/etc/$name"
	others=$(grep -v -e "^alice:" -e "^[^:]*:[^:]*:$TEST_UID:" "/etc/$name") || :
	case $name in
	passwd) line="alice:x:$TEST_UID:$TEST_GID::/srv/user:/bin/sh" ;;
	group) line="alice:x:$TEST_GID:" ;;
	shadow) line='alice:*:20000:0:99999:7:::' ;;
	hosts) line='192.0.2.1 example.org' ;;
	*) line= ;;
	esac
	printf '%s\n' "$others" ${line:+"$line"} >"/etc/$name"
done

# root_of DIRECTORY: something to be run in.
root_of()
{
	for name in bin proc dev sys tmp run etc mnt srv; do
		mkdir -p "$1/$name"
	done
	cp "$(command -v busybox)" "$1/bin/busybox"
	for name in sh cat grep hostname id ip ls ps sleep; do
		ln -s busybox "$1/bin/$name"
	done
}

# container NAME DIRECTORY OPTION...: starts root's container; its first process in $first.
container()
{
	name=$1 directory=$2
	shift 2
	mkdir -p "/run/crun/$name"
	xunshare --container="$directory" "$@" --hostname="$name" --ready-fd=3 -- /bin/sleep 1000 \
		3>"/run/crun/$name/ready" </dev/null >/dev/null 2>&1 &
	tries=0
	until [ -s "/run/crun/$name/ready" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || { echo "the container '$name' does not start" >&2; exit 1; }
		sleep 0.1
	done
	rm "/run/crun/$name/ready"
	# The only child of ours that has a child: the first process of the container is below it.
	first=$(cat "/proc/$!/task/$!/children")
	first=${first% }
	state_of "$first" >"/run/crun/$name/status"
}

# state_of PID: what crun writes down of it
state_of()
{
	printf '{"pid":%d,"process-start-time":%s}' "$1" "$(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20)"
}

root_of /srv/box
# Of what the recipes use nothing else lies in a container.
rmdir /srv/box/mnt /srv/box/srv
ip link set lo up
# The way out: a router with a web server, in a network namespace of its own.
unshare -n sh -c 'echo >/run/outside; exec sleep 1000' &
until [ -e /run/outside ]; do sleep 0.05; done
ip link add wan0 type veth peer name lan0 netns $!
ip addr add 192.0.2.2/24 dev wan0
ip link set wan0 up
ip route add default via 192.0.2.1
nsenter -t $! -n sh -ec 'ip link set lo up; ip addr add 192.0.2.1/24 dev lan0; ip link set lan0 up
	mkdir /srv/web; echo hello, world >/srv/web/hello; cp /srv/web/hello /srv/web/index.html; cd /srv/web
	exec busybox httpd -p 192.0.2.1:80'
export HOME=/srv/user
container web /srv/box
PID=$first
export PID
# shellcheck disable=SC1090
[ -z "${MORE:-}" ] || . "$MORE"
cd "${START:-/srv/user}"
"$@"
