# SPDX-License-Identifier: LGPL-2.1-or-later
"""talk.py serve|ask KIND ADDRESS [PORT]: one side of a conversation.

KIND is tcp, udp or unix. "serve" answers every message with "<word> <message>", word being
the last argument, until it is killed; "ask" sends the last argument and prints the answer.
"""
import socket
import sys

how, kind, address = sys.argv[1:4]
word = sys.argv[-1]
family = socket.AF_UNIX if kind == "unix" else socket.AF_INET6 if ":" in address else socket.AF_INET
where = address if kind == "unix" else (address, int(sys.argv[4]))
s = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
s.settimeout(20)
if how == "ask":
    s.connect(where)
    s.send(word.encode())
    if kind != "udp":
        s.shutdown(socket.SHUT_WR)
    print(s.recv(4096).decode())
elif kind == "udp":
    s.settimeout(None)
    s.bind(where)
    print("up", flush=True)
    while True:
        text, sender = s.recvfrom(4096)
        s.sendto(word.encode() + b" " + text, sender)
else:
    s.settimeout(None)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(where)
    s.listen(64)
    print("up", flush=True)
    while True:
        c = s.accept()[0]
        c.send(word.encode() + b" " + c.recv(4096))
        c.close()
