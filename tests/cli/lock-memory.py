#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A process whose memory lock is held for ever: one thread faults in a page of a
# FUSE file that is never delivered, holding the lock for reading; another waits in
# mmap(2) for it, and everybody after that waits behind. Usage: lock-memory.py DIR.
# Prints "locked PID". Killing this process, which serves the file, ends both.
import ctypes, mmap, os, signal, struct, sys, threading, time

point = os.path.join(sys.argv[1], "fuse")
os.makedirs(point, exist_ok=True)
fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fd},rootmode=40755,user_id=0,group_id=0".encode()
if libc.mount(b"hang", point.encode(), b"fuse", 0, options):
    print("cannot mount FUSE here:", os.strerror(ctypes.get_errno()), flush=True)
    sys.exit(0)

def attr(node):
    mode = 0o40755 if node == 1 else 0o100444
    return struct.pack("<QQQQQQIIIIIIIIII", node, 1 << 20, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

def serve():
    while True:
        try:
            request = os.read(fd, 1 << 20)
        except OSError:
            return
        _, op, unique, node, _, _, _, _ = struct.unpack("<IIQQIIII", request[:40])
        body = None
        if op == 26:      # INIT
            body = struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 12, 9, 4096, 1, 0, 0, 0)
        elif op == 1:     # LOOKUP
            body = struct.pack("<QQQQII", 2, 0, 3600, 3600, 0, 0) + attr(2)
        elif op == 3:     # GETATTR
            body = struct.pack("<QII", 3600, 0, 0) + attr(node)
        elif op in (14, 27):
            body = struct.pack("<QII", 0, 0, 0)
        elif op == 15:    # READ: never
            continue
        elif op in (2, 42):
            continue
        else:
            body = b""
        os.write(fd, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)

pid = os.fork()
if pid == 0:
    # The victim dies with its file server.
    libc.prctl(1, signal.SIGKILL)
    os.close(fd)
    time.sleep(0.3)
    file = os.open(os.path.join(point, "file"), os.O_RDONLY)
    # write(2) from the mapping would fault under the lock; reading one's own memory
    # file takes the lock for reading and faults the page in.
    m = libc.mmap
    m.restype = ctypes.c_void_p
    m.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    address = m(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE, file, 0)
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    def fault():
        os.pread(memory, 1, address)
    def wait():
        time.sleep(0.3)
        m(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    for work in (fault, wait):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(10000)
else:
    threading.Thread(target=serve, daemon=True).start()
    time.sleep(1.2)
    print("locked", pid, flush=True)
    # Never longer than the test: what reads this process hangs.
    time.sleep(60)
    os.kill(pid, signal.SIGKILL)
