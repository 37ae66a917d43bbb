#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program where only one directory can be written to.

usage: cage.py DIR PROGRAM [ARGUMENT]...
The program gets a mount namespace of its own in which every mount is read-only, also
those that lie below others, except DIR. Attack tests run here as a whole, attacker and
victim: an executable that is got hold of through /proc/PID/exe then lies on a read-only
mount whichever it is.
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
SYS_MOUNT_SETATTR = 442
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = -100, 0x8000, 1
libc = ctypes.CDLL(None, use_errno=True)


def must(what, result):
    if result < 0:
        sys.exit(f'cage.py: cannot {what}: {os.strerror(ctypes.get_errno())}')


def set_read_only(path, on, flags):
    attr = (ctypes.c_uint64 * 4)(on, MOUNT_ATTR_RDONLY, 0, 0)
    must(f'change whether {path} is read-only',
         libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags,
                      ctypes.byref(attr), ctypes.c_size_t(ctypes.sizeof(attr))))


def main():
    where = os.path.realpath(sys.argv[1])
    must('make a mount namespace', libc.unshare(CLONE_NEWNS))
    must('make it private', libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None))
    must(f'bind {where}', libc.mount(os.fsencode(where), os.fsencode(where), None, MS_BIND, None))
    set_read_only('/', MOUNT_ATTR_RDONLY, AT_RECURSIVE)
    set_read_only(where, 0, 0)
    # Not where it was before, which may be below a mount that can be written to.
    os.chdir(where)
    os.execvp(sys.argv[2], sys.argv[2:])


main()
