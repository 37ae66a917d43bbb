#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""systemd.py PROGRAM [ARGUMENT...]: run a program as a unit of a complete systemd.

systemd-nspawn boots a root of this machine's own Debian suite, for which the builds are
made. What is written there is lost at the end. It has its own namespaces and control group,
and ends with this process. The parts of /proc and /sys that nspawn covers are uncovered, so
that both are as on a real machine: otherwise units could not mount a procfs.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from debian import Missing, Suite, run
from root import PACKAGES

UNIT = '''[Unit]
Description=what a test of libns runs
After=dbus.service multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
StandardInput=null
StandardOutput=file:WORK/out
StandardError=inherit
ExecStart=/bin/bash WORK/task
'''

TASK = '''exec 2>&1
tac /proc/self/mountinfo | while read -r _ _ _ _ where _; do
	# One above may have taken it along.
	case $where in /proc/*) umount -l "$where" 2>/dev/null ;; esac
done
cd SOURCE || exit
COMMAND
echo $? >WORK/status
'''

# A control group without those of the machine, and nspawn as if there was no systemd outside.
BOOT = '''
mount -t tmpfs none /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
export SYSTEMD_SECCOMP=0
exec nice -n 19 systemd-nspawn --quiet --boot --directory="$1" --volatile=overlay \\
	--register=no --keep-unit --private-network --capability=all --console=pipe \\
	--machine=libns --link-journal=no --resolv-conf=off --timezone=off "$@"
'''


def own_suite():
    """The suite for which the builds of this machine are made."""
    with open('/etc/os-release') as file:
        found = re.search(r'^VERSION_CODENAME=(\w+)$', file.read(), re.M)
    if not found or not os.path.exists('/etc/debian_version'):
        raise Missing('no Debian here to ask for packages')
    return found[1]


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def boot(root, argv, work):
    env = {name: value for name, value in os.environ.items() if re.match(r'[A-Za-z_]\w*$', name)}
    command = shlex.join(['env', '-i', *(f'{k}={v}' for k, v in env.items()), *argv])
    for name, text in (('libns.service', UNIT), ('task', TASK)):
        text = text.replace('SOURCE', shlex.quote(env['SOURCE_ROOT'])).replace('WORK', work)
        write(os.path.join(work, name), text.replace('COMMAND', command))
    write(os.path.join(work, 'out'), '')
    own = [env[name] for name in ('SOURCE_ROOT', 'LIBNS_HOST_BUILDS', 'TMPDIR', 'HOME')] + [work]
    done = subprocess.run(
        ['unshare', '-mpfC', '--propagation', 'private', '--mount-proc', '--kill-child',
         'sh', '-ec', BOOT.replace('"$@"', shlex.join([
             *(f'--bind={path}' for path in own),
             f'--bind-ro={work}/libns.service:/etc/systemd/system/libns.service',
             # What clears /tmp must not find what is bound there.
             '--bind-ro=/dev/null:/usr/lib/tmpfiles.d/tmp.conf',
             'systemd.wants=libns.service', 'systemd.mask=systemd-logind.service'])), 'sh', root],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors='replace').strip().splitlines() or ['no reason']
    with open(os.path.join(work, 'out'), errors='replace') as file:
        sys.stdout.write(file.read())
    try:
        with open(os.path.join(work, 'status')) as file:
            return int(file.read())
    except FileNotFoundError:
        print('\n'.join(said[-20:]))
        raise Missing(f'systemd-nspawn cannot boot here: {said[-1]}') from None


def cgroup():
    """Makes a control group and moves this process into it."""
    mount = run(['findmnt', '-nrfo', 'TARGET', '-t', 'cgroup2'], 'there is no cgroup2').strip()
    here = os.path.join(mount, f'libns-systemd-{os.getpid()}')
    try:
        os.mkdir(here)
        write(os.path.join(here, 'cgroup.procs'), '0')
    except OSError as reason:
        raise Missing(f'no cgroup can be made here: {reason.strerror}') from None
    return here


def remove(group):
    """Away from it, and with it what systemd has made below."""
    write(os.path.join(os.path.dirname(group), 'cgroup.procs'), '0')
    for folder, _, _ in os.walk(group, topdown=False):
        os.rmdir(folder)


def main():
    work, group = tempfile.mkdtemp(prefix='systemd.'), None
    try:
        if not shutil.which('systemd-nspawn'):
            raise Missing('systemd-nspawn is not installed')
        cache = Suite(own_suite(), os.environ['LIBNS_HOST_CACHE'])
        try:
            # What a wired namespace needs is loaded when it is.
            root = cache.bootstrap([*PACKAGES, 'libnftables1'])
        finally:
            cache.release()
        group = cgroup()
        return boot(root, sys.argv[1:], work)
    except Missing as reason:
        print(reason)
        return 77
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if group:
            remove(group)


if __name__ == '__main__':
    sys.exit(main())
