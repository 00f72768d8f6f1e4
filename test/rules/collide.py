"""Two clients whose connections get one source port from NAT, before either is in the conntrack table; see traffic.py.

A rule of the host holds their first packets back behind NAT, in queue 7 (nfnetlink_queue); both are let go then.
"""
import os
import socket
import struct

from sockets import Maker

NETLINK_NETFILTER, REQUEST, ACK = 12, 1, 4
QUEUE = 7
PACKET, VERDICT, CONFIG = (3 << 8 | kind for kind in (0, 1, 2))
BIND, COPY_META, ACCEPT = 1, 1, 1


def attribute(kind, data):
    return struct.pack('HH', 4 + len(data), kind) + data + b'\0' * (-len(data) % 4)


def message(kind, *attributes):
    body = struct.pack('!BBH', socket.AF_INET, 0, QUEUE) + b''.join(attributes)
    return struct.pack('IHHII', 16 + len(body), kind, REQUEST, 0, 0) + body


def bound_queue():
    queue = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    queue.bind((0, 0))
    queue.send(message(CONFIG, attribute(1, struct.pack('!BBH', BIND, 0, 0))))
    queue.send(message(CONFIG, attribute(2, struct.pack('!IB', 0, COPY_META))))
    queue.settimeout(2)
    return queue


def held(queue):
    """The number of the next packet in the queue."""
    while True:
        data = queue.recv(65536)
        _, kind = struct.unpack_from('IH', data)
        if kind == PACKET:
            return data[24:28]


def collide(make, address, port, other):
    queue = bound_queue()
    source_port = 20000 + os.getpid() % 40000
    for maker in (make, Maker(other)):
        one = maker(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(('', source_port))
        one.sendto(b'x', (address, int(port)))
    for number in [held(queue), held(queue)]:
        queue.send(message(VERDICT, attribute(2, struct.pack('!I', ACCEPT) + number)))
