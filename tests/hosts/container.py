#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""container.py docker|podman|real-podman [--user] PROGRAM [ARGUMENT...]: run one in a container.

crun makes the container, with the capabilities, hidden and read-only files and the filter
that docker or podman gives a container without any option; for real-podman, podman itself
does. The programs and the checkout are those of the machine, at the same places; /tmp and
/run belong to the container.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETFCAP',
                'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']
DOCKER_CAPABILITIES = ['AUDIT_WRITE', 'MKNOD', 'NET_RAW']

# Both refuse these calls to everybody, unless the capability that they need is given.
REFUSED = ['acct', 'bpf', 'clock_settime', 'delete_module', 'fanotify_init', 'finit_module',
           'init_module', 'ioperm', 'iopl', 'kcmp', 'kexec_file_load', 'kexec_load',
           'lookup_dcookie', 'open_by_handle_at', 'perf_event_open', 'quotactl', 'settimeofday',
           'swapoff', 'swapon', 'userfaultfd', 'vhangup']
# Only by docker: whatever makes, enters or mounts. A clone3 that does not exist makes the
# C library fall back to clone, whose flags a filter can read.
DOCKER_REFUSED = ['fsconfig', 'fsmount', 'fsopen', 'fspick', 'mount', 'mount_setattr',
                  'move_mount', 'open_tree', 'pivot_root', 'setdomainname', 'sethostname',
                  'setns', 'syslog', 'umount', 'umount2', 'unshare']
NAMESPACES = 0x7E020000
# Younger than the lists of either.
UNKNOWN = ['listmount', 'statmount', 'listns', 'open_tree_attr']

MASKED = ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats',
          '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi',
          '/sys/firmware']
READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']


def refuse(names, number, args=()):
    return {'names': names, 'action': 'SCMP_ACT_ERRNO', 'errnoRet': number, 'args': list(args)}


def filter_of(kind):
    rules = [refuse(REFUSED, 1), refuse(UNKNOWN, 38)]
    if kind == 'docker':
        rules += [refuse(DOCKER_REFUSED, 1), refuse(['clone3'], 38)]
        # One rule a flag: libseccomp can ask whether a masked value is one, not if it is none.
        for bit in range(32):
            if NAMESPACES >> bit & 1:
                rules.append(refuse(['clone'], 1, [{'index': 0, 'value': 1 << bit,
                                                    'valueTwo': 1 << bit,
                                                    'op': 'SCMP_CMP_MASKED_EQ'}]))
    return {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': rules}


def bind(path, mode='rw'):
    return {'destination': path, 'type': 'bind', 'source': path, 'options': ['rbind', mode]}


def mounts(own):
    """Programs, configuration and checkout of the machine; all else is the container's."""
    def mount(kind, path, *options):
        return {'destination': path, 'type': kind, 'source': kind, 'options': list(options)}
    found = [mount('proc', '/proc'),
             mount('tmpfs', '/dev', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
             mount('devpts', '/dev/pts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666'),
             mount('tmpfs', '/dev/shm', 'nosuid', 'nodev', 'mode=1777'),
             mount('mqueue', '/dev/mqueue', 'nosuid', 'noexec', 'nodev'),
             mount('sysfs', '/sys', 'nosuid', 'noexec', 'nodev', 'ro'),
             mount('tmpfs', '/tmp', 'mode=1777'), mount('tmpfs', '/run', 'mode=755'),
             mount('tmpfs', '/root', 'mode=700')]
    found += [bind(path, 'ro') for path in ('/usr', '/etc')]
    return found + [bind(path) for path in own]


def config(kind, user, argv, own):
    caps = ['CAP_' + c for c in CAPABILITIES + (DOCKER_CAPABILITIES if kind == 'docker' else [])]
    uid = 65533 if user else 0
    held = [] if user else caps
    namespaces = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup']
    return {
        'ociVersion': '1.0.2',
        'process': {
            'terminal': False, 'args': argv, 'cwd': '/', 'noNewPrivileges': False,
            'env': [f'{k}={v}' for k, v in os.environ.items()],
            'user': {'uid': uid, 'gid': uid},
            'capabilities': {'bounding': caps, 'effective': held, 'permitted': held},
        },
        'root': {'path': 'rootfs'},
        'hostname': kind,
        'mounts': mounts(own),
        'linux': {
            'namespaces': [{'type': name} for name in namespaces],
            'maskedPaths': MASKED, 'readonlyPaths': READ_ONLY,
            'seccomp': filter_of(kind),
        },
    }


def crun(kind, user, argv, own, work):
    with open(os.path.join(work, 'config.json'), 'w') as file:
        json.dump(config(kind, user, argv, own), file)
    return ['crun', '--root', os.path.join(work, 'state'), '--cgroup-manager', 'disabled', 'run',
            '--bundle', work, f'libns-{os.getpid()}']


def podman(user, argv, own, work):
    """Its defaults, but for what a machine may not have: networks, images, more limits."""
    volumes = [f'{path}:{path}:ro' for path in ('/usr', '/etc')]
    volumes += [f'{path}:{path}' for path in own]
    places = ['--root', os.path.join(work, 'storage'), '--runroot', os.path.join(work, 'run')]
    return ['podman', *places, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs',
            '--runtime', 'crun', '--events-backend', 'none', 'run', '--rm', '--network', 'none',
            '--cgroups', 'disabled', '--env-host', '--workdir', '/', '--no-hosts',
            # What podman itself would ask for, not every machine allows.
            '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000',
            *(word for volume in volumes for word in ('--volume', volume)),
            *(word for tree in ('/tmp:mode=1777', '/run:mode=755', '/root:mode=700')
              for word in ('--tmpfs', tree)),
            *(['--user', '65533:65533'] if user else []),
            '--rootfs', os.path.join(work, 'rootfs'), *argv]


def main():
    kind, argv = sys.argv[1], sys.argv[2:]
    user = argv[0] == '--user'
    if kind == 'real-podman' and not shutil.which('podman'):
        print('podman is not installed')
        return 77
    # crun is content with a cgroup tree that is not hybrid.
    unified = 'mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && '
    way = ['-m', '--propagation', 'private', 'sh', '-c', unified + 'exec "$@"', 'sh']
    if kind == 'real-podman':
        # It keeps notes in /run, and helpers that must not outlive it.
        way = ['-mpf', '--kill-child', '--mount-proc', '--propagation', 'private', 'sh', '-c',
               unified + 'mount -t tmpfs none /run && "$@"; exit "$?"', 'sh']
    work = tempfile.mkdtemp(prefix='container.')
    try:
        rootfs = os.path.join(work, 'rootfs')
        os.mkdir(rootfs)
        for name in ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'):
            if os.path.islink('/' + name):
                os.symlink(os.readlink('/' + name), os.path.join(rootfs, name))
        own = [os.environ[name] for name in ('SOURCE_ROOT', 'BUILD_ROOT', 'TMPDIR', 'HOME')]
        command = podman(user, argv[user:], own, work) if kind == 'real-podman' else \
            crun(kind, user, argv[user:], own, work)
        return subprocess.run(['unshare', *way, *command]).returncode
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
