#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An answer begins a flow of its own, on purpose, before a port is published or taken back.

In a host that has the namespaces "web", which is wired, and "out", from which it is reached. Prints
who gets what is sent to the port afterwards: the program of the host, or the one inside. XNETNS is the tool.
"""

import ctypes
import os
import select
import socket
import subprocess
import sys

HOST, OUT = '192.0.2.1', '192.0.2.9'
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    fd = os.open(path, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        sys.exit(f'flows: {path}: {os.strerror(ctypes.get_errno())}')
    os.close(fd)


def bound(name, address, port):
    """A socket in the network namespace of that name; without one, in this."""
    home = f'/proc/{os.getpid()}/fd/{os.open("/proc/self/ns/net", os.O_RDONLY)}'
    if name:
        enter(f'/run/netns/{name}')
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    sock.settimeout(20)
    if name:
        enter(home)
    return sock


def tool(*words):
    # Its notes tell of the programs that listen here.
    subprocess.run([os.environ['XNETNS'], *words, '-q'], check=True, stderr=subprocess.DEVNULL)


def answers(sock, client):
    """As if it were under way: the first packet of a flow."""
    sock.sendto(b'!', client.getsockname())
    return client.recvfrom(10)[1]


def gets(client, port, socks):
    client.sendto(b'?', (HOST, port))
    ready = select.select(list(socks.values()), [], [], 20)[0]
    for sock in ready:
        sock.recv(10)
    return ' '.join(name for name, sock in socks.items() if sock in ready) or 'nobody'


def publish():
    socks = {'host': bound(None, HOST, 5353), 'inside': bound('web', '0.0.0.0', 53)}
    client = bound('out', OUT, 4444)
    answers(socks['host'], client)
    tool('publish', 'web', '5353:53/udp')
    print('published:', gets(client, 5353, socks))
    # The same flow that begins later is followed: that is why it has to be forgotten.
    client = bound('out', OUT, 4445)
    answers(socks['host'], client)
    print('later:', gets(client, 5353, socks))


def unpublish():
    socks = {'host': bound(None, HOST, 7777), 'inside': bound('web', '0.0.0.0', 7777)}
    client = bound('out', OUT, 4446)
    tool('publish', 'web', '7777:7777/udp')
    print('answer from', *answers(socks['inside'], client))
    tool('unpublish', 'web', '7777/udp')
    print('taken back:', gets(client, 7777, socks))
    client = bound('out', OUT, 4447)
    print('answer from', *answers(socks['inside'], client))
    print('later:', gets(client, 7777, socks))


publish()
unpublish()
