"""python3 track.py COUNT [half-open]: makes entries of UDP connections in the conntrack table of its network namespace.

They stay for an hour. Without half-open they were seen both ways, so that the kernel throws none of them out for want of
room. (IPCTNL_MSG_CT_NEW of linux/netfilter/nfnetlink_conntrack.h.)
"""
import socket
import struct
import sys

NETLINK_NETFILTER = 12
CREATE = 0x601  # NLM_F_REQUEST, NLM_F_EXCL and NLM_F_CREATE
CONFIRMED, SEEN_BOTH_WAYS = 8, 2 | 4 | 8


def attribute(kind, value):
    return struct.pack('=HH', 4 + len(value), kind) + value + bytes(-len(value) % 4)


def nested(kind, *attributes):
    return attribute(0x8000 | kind, b''.join(attributes))


def way(kind, source, sport, target, dport):
    ends = nested(1, attribute(1, socket.inet_aton(source)), attribute(2, socket.inet_aton(target)))
    ports = attribute(2, struct.pack('!H', sport)), attribute(3, struct.pack('!H', dport))
    return nested(kind, ends, nested(2, attribute(1, bytes([socket.IPPROTO_UDP])), *ports))


def entry(i, status):
    one, other = ('203.0.113.1', 1 + i % 60000), ('203.0.113.2', 1 + i // 60000)
    state = attribute(3, struct.pack('!I', status)) + attribute(7, struct.pack('!I', 3600))
    body = struct.pack('!BBH', socket.AF_INET, 0, 0) + way(1, *one, *other) + way(2, *other, *one) + state
    return struct.pack('=IHHII', 16 + len(body), 0x100, CREATE, i, 0) + body


def track(count, status):
    netfilter = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    for first in range(0, count, 100):
        netfilter.send(b''.join(entry(i, status) for i in range(first, min(first + 100, count))))


track(int(sys.argv[1]), CONFIRMED if sys.argv[2:] == ['half-open'] else SEEN_BOTH_WAYS)
