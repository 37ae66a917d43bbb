# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the examples of the manual pages find on that machine besides. Read by recipes-host.sh.

# A container whose processes are no other users than those of the host, as docker's are, with
# accounts of its own; and one of alice's.
root_of /srv/mail-box
printf '%s\n' root:x:0:0::/:/bin/sh www-data:x:33:33::/:/bin/sh >/srv/mail-box/etc/passwd
printf '%s\n' root:x:0: adm:x:4:www-data www-data:x:33: >/srv/mail-box/etc/group
container mail /srv/mail-box --without=user
mkdir -p "/run/user/$TEST_UID/crun/shop"
chmod 700 "/run/user/$TEST_UID"
setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups unshare -Urpf sleep 1000 &
until shop=$(cat "/proc/$!/task/$!/children") && [ -n "$shop" ]; do sleep 0.05; done
state_of "${shop% }" >"/run/user/$TEST_UID/crun/shop/status"
chown -R "$TEST_UID:$TEST_GID" "/run/user/$TEST_UID"

# A project of alice's to be built, fetched for and tested, and a root that she has unpacked.
mkdir -p /srv/user/project/.git/hooks /srv/user/project/out /srv/user/project/patched
cd /srv/user/project || exit
root_of rootfs
printf '#!/bin/sh\n' >configure
printf '#!/bin/sh\nexec id -u\n' >server
printf '#!/bin/sh\nip netns add test\nip netns list\nip netns delete test\n' >testbed.sh
chmod +x configure server testbed.sh
printf 'all check:\n\t@:\nfetch:\n\t@curl -sf -o fetched http://example.org/\n' >Makefile
echo 'print("computed")' >script.py
echo nameserver 192.0.2.53 >resolv.conf
mkdir ../.ssh
echo password >../.netrc
echo secret >../.ssh/key
echo localhost >hosts
tar -cf untrusted.tar configure
chown -R "$TEST_UID:$TEST_GID" /srv/user

# The wrapper of ip where it is installed, and ssh to a host that is this one.
mkdir -p /usr/local/libexec/libns
ln -s "$LIBNS_IP" /usr/local/libexec/libns/ip
printf '#!/bin/sh\nshift\nexec sh -c "$*"\n' >/usr/local/bin/ssh
chmod +x /usr/local/bin/ssh
# A system call filter that leaves out socket(2): load the number of the call, compare, EPERM, or go on.
printf '\040\0\0\0\0\0\0\0\025\0\0\001\051\0\0\0\006\0\0\0\001\0\005\0\006\0\0\0\0\0\377\177' >no-network.bpf
# As most distributions have it.
if [ -e /dev/net/tun ]; then
	mknod -m 666 /srv/tun c 10 200
	mount --bind /srv/tun /dev/net/tun
fi
# Where graphviz is missing something reads the picture that draws none.
command -v dot >/dev/null || {
	printf '#!/bin/sh\nexec cat\n' >/usr/local/bin/dot
	chmod +x /usr/local/bin/dot
}
