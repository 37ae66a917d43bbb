#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two ends of a connection.

peer.py serve PORT: answers every connection and every datagram with the address that it comes from.
peer.py ask ADDRESS PORT [udp]: prints that answer, or why there is none.
"""

import selectors
import socket
import sys

PATIENCE = 3


def text(address):
    return address[0].removeprefix('::ffff:').encode()


def serve(port):
    tcp = socket.socket(socket.AF_INET6)
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for s in tcp, udp:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(('::', port))
    tcp.bind(('::', port))
    tcp.listen()
    waiting = selectors.DefaultSelector()
    for s in tcp, udp:
        waiting.register(s, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is tcp:
                peer, address = tcp.accept()
                peer.sendall(text(address))
                peer.close()
            else:
                _, address = udp.recvfrom(100)
                udp.sendto(text(address), address)


def ask(address, port, protocol='tcp'):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM if protocol == 'udp' else socket.SOCK_STREAM)
    s.settimeout(float(PATIENCE))
    try:
        s.connect((address, int(port)))
        if protocol == 'udp':
            s.send(b'?')
        print(s.recv(100).decode())
    except TimeoutError:
        print('nothing')
    except OSError as e:
        print(e.strerror)


if sys.argv[1] == 'serve':
    serve(int(sys.argv[2]))
else:
    ask(*sys.argv[2:])
