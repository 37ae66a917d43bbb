#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what the process that becomes a program, and whoever made it, do between the first
namespace that they join and the program, as far as it opens, looks up or says anything. Places
that are mounted on do not count.

usage: inside-calls.py TRACE      of strace -f
"""

import re
import sys

TELLING = re.compile(r"(open|openat|openat2|creat|write|writev|pwrite64|pwritev2?|send|sendto|"
                     r"sendmsg|socket|connect|readlink|readlinkat|access|faccessat2?|"
                     r"stat|lstat|newfstatat|getcwd|mmap|brk)\(")

# A place, on which something is mounted; no file.
PLACE = re.compile(r"O_PATH|AT_EMPTY_PATH")


def read_calls(path):
    """Pairs of a process and a call, those that were interrupted put together again."""
    begun = {}
    with open(path, errors="replace") as trace:
        for line in trace:
            pid, call = line.rstrip("\n").split(None, 1)
            if call.endswith("<unfinished ...>"):
                begun[pid] = call[:-len("<unfinished ...>")]
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", call)
            yield pid, begun.pop(pid, "") + resumed[1] if resumed else call


def main():
    calls = list(read_calls(sys.argv[1]))
    maker = {}
    last = None
    for pid, call in calls:
        child = re.match(r"(?:clone3?|v?fork)\(.*\)\s+= (\d+)$", call)
        if child:
            maker[child[1]] = pid
        if re.match(r"execve\(", call):
            last = pid
    chain = {last}
    while last in maker:
        last = maker[last]
        chain.add(last)
    inside = set()
    joined = False
    for pid, call in calls:
        if pid not in chain:
            continue
        if re.match(r"setns\(.*\)\s+= 0$", call):
            inside.add(pid)
            joined = True
        if maker.get(pid) in inside:
            inside.add(pid)
        if pid in inside and re.match(r"execve\(.*\)\s+= 0$", call):
            break
        if pid in inside and TELLING.match(call) and not PLACE.search(call):
            print(call)
    if not joined:
        print("nobody has joined anything")


main()
