#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""root.py SUITE [--user] PROGRAM [ARGUMENT...]: run a program in the root of another Debian suite.

debootstrap makes the root once, below the build directory. It is not used by chroot, in
which nobody may make user namespaces, but as the root of a mount namespace. Checkout and
builds are at the same places; /tmp, /run and the tools belong to that root.
"""

import os
import re
import shlex
import signal
import subprocess
import sys

from debian import Missing, Suite

# What tests and the tools need beside what a build needs.
PACKAGES = ['bats', 'busybox-static', 'iproute2', 'jq', 'man-db', 'procps', 'python3', 'strace', 'uidmap',
            'util-linux', 'util-linux-extra', 'binutils', 'dbus', 'systemd-sysv']


def build_packages():
    """What docs/packages.sh installs for a build: with fewer, the build lacks optional parts."""
    table = subprocess.run(['sh', '-c', '. docs/packages.sh; packages_table'], text=True, check=True,
                           stdout=subprocess.PIPE, cwd=os.environ['SOURCE_ROOT']).stdout
    rows = (line.split() for line in table.splitlines())
    return [row[2] for row in rows if row[1] in ('build', 'part')]


SETUP = '''
root=$1; shift
mount --bind "$root" "$root"
mount --make-private "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
for dir in $PATHS; do
	mkdir -p "$root$dir"
	mount --bind "$dir" "$root$dir"
done
cd "$root"
mkdir -p run/old
pivot_root . run/old
umount -l /run/old
cd "$SOURCE_ROOT"
exec "$@"
'''


def main():
    suite, argv = sys.argv[1], sys.argv[2:]
    cache = Suite(suite, os.environ['LIBNS_HOST_CACHE'])
    try:
        root = cache.bootstrap(sorted({*PACKAGES, *build_packages()}))
    except Missing as reason:
        print(reason)
        return 77
    finally:
        cache.release()
    if argv[0] == '--user':
        argv = ['setpriv', '--reuid', '65533', '--regid', '65533', '--clear-groups',
                '--inh-caps=-all', '--', *argv[1:]]
    paths = [os.environ[name] for name in ('SOURCE_ROOT', 'LIBNS_HOST_BUILDS', 'TMPDIR', 'HOME')]
    setup = SETUP.replace('$PATHS', shlex.join(paths))
    sys.stdout.flush()
    # Python ignores them, and programs would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execvp('unshare', ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', setup, 'sh',
                          root, *argv])


if __name__ == '__main__':
    sys.exit(main())
