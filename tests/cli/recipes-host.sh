#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The machine on which the recipes of docs/cookbook.md and docs/runbook.md are run: root's
# container `web` from a directory, with a state file as crun leaves it, and nobody who waits for it.
# For a private mount, pid and network namespace with a /run of its own.
# usage: recipes-host.sh CMD...
set -eu

mount -t tmpfs -o mode=755 tmpfs /srv
mkdir -p /srv/user /srv/box/bin /srv/box/proc /srv/box/dev /srv/box/sys /srv/box/tmp /srv/box/run /srv/box/etc
cp "$(command -v busybox)" /srv/box/bin/busybox
for name in sh cat grep hostname id ip ls ps sleep; do
	ln -s busybox "/srv/box/bin/$name"
done
chown "$TEST_UID:$TEST_GID" /srv/user
ip link set lo up
# The way out: a router with a web server, in a network namespace of its own.
unshare -n sh -c 'echo >/run/outside; exec sleep 1000' &
until [ -e /run/outside ]; do sleep 0.05; done
ip link add wan0 type veth peer name lan0 netns $!
ip addr add 192.0.2.2/24 dev wan0
ip link set wan0 up
ip route add default via 192.0.2.1
nsenter -t $! -n sh -ec 'ip link set lo up; ip addr add 192.0.2.1/24 dev lan0; ip link set lan0 up
	mkdir /srv/web; echo hello, world >/srv/web/hello; cd /srv/web; exec busybox httpd -p 192.0.2.1:80'
cd /srv/user
export HOME=/srv/user

xunshare --container=/srv/box --hostname=web --ready-fd=3 -- /bin/sleep 1000 3>/run/ready </dev/null >/dev/null 2>&1 &
tries=0
until [ -s /run/ready ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || { echo 'the container does not start' >&2; exit 1; }
	sleep 0.1
done
# The only child of ours that has a child: the first process of the container is below it.
PID=$(cat "/proc/$!/task/$!/children")
PID=${PID% }
export PID
mkdir -p /run/crun/web
printf '{"pid":%d,"process-start-time":%s}' "$PID" \
	"$(sed 's/.*) //' "/proc/$PID/stat" | cut -d' ' -f20)" >/run/crun/web/status
"$@"
