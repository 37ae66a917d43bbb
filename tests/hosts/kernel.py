#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kernel.py SUITE PROGRAM [ARGUMENT...]: run a program on the kernel of another Debian suite.

qemu boots the kernel of the unpacked package, without KVM. The initramfs has busybox and
a few modules. The root is this machine's, read-only, so that programs, checkout and build
are at the same places. TMPDIR and HOME are empty there. The output of the program comes
back through the second serial line, followed by its exit status.
"""

import lzma
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from debian import Missing, Suite

# The modules that mount the root, and those that the tests need. One that is missing is
# built in, or this kernel does not have it.
MODULES = ('virtio_pci', '9pnet_virtio', '9p', 'overlay', 'fuse', 'tun', 'veth', 'dummy',
           'binfmt_misc', 'nf_tables', 'squashfs', 'wireguard')

INIT = '''#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /root
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /order); do /bin/busybox insmod "/$module"; done
/bin/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=131072,cache=loose host /root
cd /root
/bin/busybox mount -t devtmpfs dev dev
/bin/busybox mount -t proc proc proc
/bin/busybox mount -t sysfs sys sys
/bin/busybox mount -t cgroup2 cgroup sys/fs/cgroup
/bin/busybox mkdir -p dev/pts dev/shm
/bin/busybox mount -t devpts -o ptmxmode=666 pts dev/pts
/bin/busybox ln -s /proc/self/fd dev/fd
/bin/busybox ln -sf pts/ptmx dev/ptmx
for dir in run dev/shm TMPDIR HOME; do /bin/busybox mount -t tmpfs -o mode=1777 none "$dir"; done
/bin/busybox chmod 755 run
/bin/busybox ip link set lo up
/bin/busybox cp /task run/task
exec /bin/busybox switch_root /root /bin/bash /run/task
'''

TASK = '''exec </dev/null >/dev/ttyS1 2>&1
stty -onlcr 2>/dev/null
cd 'SOURCE' || exit
COMMAND
echo "status $?"
exec >/dev/null 2>&1
echo o >/proc/sysrq-trigger
sleep 100
'''


def cpio(files):
    """An archive in the format newc: (path, mode, content)."""
    out, number = b'', 0
    for path, mode, content in [*files, ('TRAILER!!!', 0, b'')]:
        number += 1
        name = path.encode() + b'\0'
        head = b'070701' + b''.join(b'%08X' % field for field in (
            number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)) + name
        out += head + b'\0' * (-len(head) % 4) + content + b'\0' * (-len(content) % 4)
    return out


class Modules:
    """Modules of an unpacked kernel, with what they depend on."""

    def __init__(self, root):
        self.paths, self.order, self.content = {}, [], {}
        for folder, _, names in os.walk(root):
            for name in names:
                match = re.match(r'(.+)\.ko(\.xz)?$', name)
                if match:
                    self.paths[match[1].replace('-', '_')] = os.path.join(folder, name)

    def add(self, name):
        name = name.replace('-', '_')
        if name in self.content or name not in self.paths:
            return
        with open(self.paths[name], 'rb') as file:
            data = file.read()
        if self.paths[name].endswith('.xz'):
            data = lzma.decompress(data)
        self.content[name] = data
        found = re.search(rb'\0depends=([^\0]*)\0', data)
        for other in found[1].decode().split(',') if found else ():
            self.add(other)
        self.order.append(name)


def unpacked(suite):
    cache = Suite(suite, os.environ['LIBNS_HOST_CACHE'])
    try:
        image = cache.depends('linux-image-amd64', r'linux-image-[0-9]\S*-amd64')
        # Since 7.0 the image is empty, and depends on what is in it.
        parts = cache.depends(image[0], r'linux-(binary|modules)-[0-9]\S*') if image else []
        return cache.unpack(*(parts or image))
    finally:
        cache.release()


def initramfs(root, argv):
    busybox = shutil.which('busybox')
    if not busybox:
        raise Missing('busybox is not installed')
    modules = Modules(root)
    for name in MODULES:
        modules.add(name)
    env = {name: value for name, value in os.environ.items() if re.match(r'[A-Za-z_]\w*$', name)}
    command = shlex.join(['env', '-i', *(f'{k}={v}' for k, v in env.items()), *argv])
    init = INIT.replace('TMPDIR', '.' + env['TMPDIR']).replace('HOME', '.' + env['HOME'])
    task = TASK.replace('SOURCE', env['SOURCE_ROOT']).replace('COMMAND', command)
    with open(busybox, 'rb') as file:
        binary = file.read()
    files = [('bin', 0o40755, b''), ('bin/busybox', 0o100755, binary),
             ('init', 0o100755, init.encode()), ('task', 0o100755, task.encode()),
             ('order', 0o100644, '\n'.join(modules.order).encode())]
    return cpio(files + [(name, 0o100644, modules.content[name]) for name in modules.order])


def boot(root, argv, work):
    kernel = next((os.path.join(folder, name) for folder, _, names in os.walk(root)
                   for name in names if name.startswith('vmlinuz')), None)
    if not kernel:
        raise Missing(f'there is no kernel in {os.path.basename(root)}')
    image, out = os.path.join(work, 'initramfs'), os.path.join(work, 'out')
    with open(image, 'wb') as file:
        file.write(initramfs(root, argv))
    subprocess.run(['qemu-system-x86_64', '-accel', 'tcg', '-cpu', 'max', '-smp', '2', '-m', '1024',
                    '-nographic', '-no-reboot', '-nic', 'none', '-monitor', 'none',
                    '-kernel', kernel, '-initrd', image,
                    # On a busy machine the timer is late when the kernel tries it.
                    '-append', 'console=ttyS0 quiet panic=-1 no_timer_check',
                    '-virtfs', 'local,path=/,mount_tag=host,security_model=passthrough,readonly=on,'
                    'multidevs=remap',
                    '-serial', 'file:' + os.path.join(work, 'console'), '-serial', 'file:' + out],
                   stdin=subprocess.DEVNULL, check=True)
    with open(out, errors='replace') as file:
        text, _, status = file.read().replace('\r', '').rpartition('status ')
    sys.stdout.write(text)
    if not status.strip().isdigit():
        with open(os.path.join(work, 'console'), errors='replace') as file:
            sys.stdout.write(status + '\n' + ''.join(file.readlines()[-30:]))
        return 1
    return int(status)


def main():
    work = tempfile.mkdtemp(prefix='kernel.')
    try:
        if not shutil.which('qemu-system-x86_64'):
            raise Missing('qemu-system-x86_64 is not installed')
        if os.uname().machine != 'x86_64':
            raise Missing('the kernels are those of x86_64')
        return boot(unpacked(sys.argv[1]), sys.argv[2:], work)
    except Missing as reason:
        print(reason)
        return 77
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
