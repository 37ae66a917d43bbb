#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Mounts a FUSE file system on DIR whose root answers and whose other names never
# do: like one on a server that is gone. Usage: hang-mount.py DIR [chroot]. Prints
# "up"; with chroot "up PID" of a child that has it as root, and from then on the
# root does not answer either.
import ctypes, os, select, signal, struct, sys, time

fd = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fd},rootmode=40755,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"hang", sys.argv[1].encode(), b"fuse", 0, options):
    print("cannot mount FUSE here:", os.strerror(ctypes.get_errno()), flush=True)
    sys.exit(0)
ATTR = struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
wake, inside = os.pipe()
child = os.fork() if sys.argv[2:] else 0
if not child and sys.argv[2:]:
    libc.prctl(1, signal.SIGKILL)
    os.close(fd)
    os.chroot(sys.argv[1])
    os.chdir("/")
    os.write(inside, b"!")
    time.sleep(10000)
if not child:
    print("up", flush=True)
dead = False
while True:
    ready, _, _ = select.select([fd] if not child or dead else [fd, wake], [], [])
    if wake in ready:
        dead = True
        print("up", child, flush=True)
        continue
    request = os.read(fd, 1 << 20)
    _, op, unique, _, _, _, _, _ = struct.unpack("<IIQQIIII", request[:40])
    body = None
    if dead:
        continue
    if op == 26:    # INIT
        body = struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 12, 9, 4096, 1, 0, 0, 0)
    elif op == 3:   # GETATTR; stale at once where the root is to hang
        body = struct.pack("<QII", 0 if child else 3600, 0, 0) + ATTR
    elif op == 34 and child:  # ACCESS
        body = b""
    if body is not None:
        os.write(fd, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
