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


def entry(port, other_port, status):
    one, other = ('203.0.113.1', port), ('203.0.113.2', other_port)
    state = attribute(3, struct.pack('!I', status)) + attribute(7, struct.pack('!I', 3600))
    body = struct.pack('!BBH', socket.AF_INET, 0, 0) + way(1, *one, *other) + way(2, *other, *one) + state
    return struct.pack('=IHHII', 16 + len(body), 0x100, CREATE, 0, 0) + body


PORTS = range(1, 60001)
MARK = 0xfefd


def entries(other_port, status):
    """Those of all ports: one entry as often as needed, into which the ports are written, a byte of all at a time."""
    one = entry(MARK, other_port, status)
    mark = struct.pack('!H', MARK)
    places = one.index(mark), one.rindex(mark)
    made = bytearray(one * len(PORTS))
    for place in places:
        made[place::len(one)] = bytes(port >> 8 for port in PORTS)
        made[place + 1::len(one)] = bytes(port & 0xff for port in PORTS)
    return memoryview(made), len(one)


def track(count, status):
    netfilter = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    for first in range(0, count, len(PORTS)):
        made, length = entries(1 + first // len(PORTS), status)
        end = min(count - first, len(PORTS)) * length
        for start in range(0, end, 100 * length):
            netfilter.send(made[start:min(start + 100 * length, end)])


track(int(sys.argv[1]), CONFIRMED if sys.argv[2:] == ['half-open'] else SEEN_BOTH_WAYS)
