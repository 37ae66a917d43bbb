#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packets as only somebody who is root inside a namespace makes them.

wild.py send LINK MAC SOURCE DESTINATION KIND...: sends one of each kind by LINK to whoever has MAC.
    KIND is udp, badsum, syn, ack, rst, fin, nosyn, echo, unreach, fragment, sctp, or a protocol number.
wild.py arp LINK ADDRESS: claims an IPv4 address by a gratuitous ARP. na LINK ADDRESS: the same of IPv6.
wild.py hear LINK NETWORK...: prints "ready", then the source and protocol of each packet that comes in
    from one of the networks, until somebody sends a datagram to port 7 ("end").
"""

import ipaddress
import socket
import struct
import sys

TCP = {'syn': 0x02, 'ack': 0x10, 'rst': 0x04, 'fin': 0x11, 'nosyn': 0x29}
PROTOCOLS = {'udp': 17, 'badsum': 17, 'echo': 1, 'unreach': 1, 'sctp': 132, 'fragment': 17}


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, protocol, n):
    if src.version == 4:
        return src.packed + dst.packed + struct.pack('!BBH', 0, protocol, n)
    return src.packed + dst.packed + struct.pack('!IHBB', n, 0, 0, protocol)


def with_sum(src, dst, protocol, data, at):
    total = checksum(pseudo(src, dst, protocol, len(data)) + data)
    return data[:at] + struct.pack('!H', total) + data[at + 2:]


def payload(src, dst, kind):
    """Protocol and what follows the header of IP."""
    if kind in TCP:
        flags = TCP[kind]
        data = struct.pack('!HHIIBBHHH', 4444, 80, 1, 1, 5 << 4, flags, 1024, 0, 0)
        return 6, with_sum(src, dst, 6, data, 16)
    if kind in ('udp', 'badsum', 'fragment'):
        data = with_sum(src, dst, 17, struct.pack('!HHHH', 4444, 99, 9, 0) + b'?', 6)
        return 17, data[:6] + b'\x12\x34' + data[8:] if kind == 'badsum' else data
    if kind in ('echo', 'unreach'):
        inner = packet(dst, src, 'udp') if kind == 'unreach' else b''
        if src.version == 4:
            data = struct.pack('!BBHHH', 8 if kind == 'echo' else 3, 1, 0, 0, 0) + inner
            return 1, data[:2] + struct.pack('!H', checksum(data)) + data[4:]
        data = struct.pack('!BBHHH', 128 if kind == 'echo' else 1, 1, 0, 0, 0) + inner
        return 58, with_sum(src, dst, 58, data, 2)
    return PROTOCOLS.get(kind) or int(kind), b'\0' * 20


def packet(src, dst, kind):
    protocol, data = payload(src, dst, kind)
    if src.version == 4:
        more = 0x2000 if kind == 'fragment' else 0
        data = data + b'\0' * 7 if more else data
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(data), 7, more, 64, protocol, 0)
        head += src.packed + dst.packed
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + data
    return struct.pack('!IHBB', 6 << 28, len(data), protocol, 64) + src.packed + dst.packed + data


def send(link, mac, src, dst, kinds):
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    to = (link, 0x0800 if src.version == 4 else 0x86dd, 0, 0, bytes.fromhex(mac.replace(':', '')))
    for kind in kinds:
        s.sendto(packet(src, dst, kind), to)


def claim(link, address, ip6):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    s.bind((link, 0))
    mac, ip = s.getsockname()[4], ipaddress.ip_address(address)
    if not ip6:
        for operation in 1, 2:
            data = struct.pack('!HHBBH', 1, 0x0800, 6, 4, operation)
            data += mac + ip.packed + b'\xff' * 6 + ip.packed
            s.sendto(data, (link, 0x0806, 0, 0, b'\xff' * 6))
        return
    dst = ipaddress.ip_address('ff02::1')
    data = struct.pack('!BBHI', 136, 0, 0, 0x20000000) + ip.packed + b'\2\1' + mac
    data = with_sum(ip, dst, 58, data, 2)
    data = struct.pack('!IHBB', 6 << 28, len(data), 58, 255) + ip.packed + dst.packed + data
    s.sendto(data, (link, 0x86dd, 0, 0, b'\x33\x33\0\0\0\1'))


def hear(link, networks):
    networks = [ipaddress.ip_network(n) for n in networks]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    s.bind((link, 3))
    s.settimeout(60)
    print('ready', flush=True)
    while True:
        data, (_, ethertype, way, _, _) = s.recvfrom(2000)
        if way == socket.PACKET_OUTGOING or ethertype not in (0x0800, 0x86dd):
            continue
        ip6 = ethertype == 0x86dd
        src = ipaddress.ip_address(data[8:24] if ip6 else data[12:16])
        protocol, rest = data[6 if ip6 else 9], data[40 if ip6 else 20:]
        if protocol == 17 and rest[2:4] == b'\0\7':
            return
        if any(src in n for n in networks):
            print(src, protocol, flush=True)


if sys.argv[1] == 'send':
    send(*sys.argv[2:6], sys.argv[6:])
elif sys.argv[1] == 'hear':
    hear(sys.argv[2], sys.argv[3:])
else:
    claim(sys.argv[2], sys.argv[3], sys.argv[1] == 'na')
