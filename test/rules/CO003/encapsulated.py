"""encapsulated.py NAMESPACE SUM [COUNT]: datagrams from a pod of 192.0.2.1 to port 9000 of 10.244.1.0, in VXLAN as flannel
has it. SUM: the checksum around them is `right`, or `wrong` as from a network card that computes it badly."""
import socket
import struct
import sys

from forged import checksum
from sockets import Maker

NODE, OTHER = '192.0.2.10', '192.0.2.1'
OURS, THEIRS = bytes.fromhex('020000000010'), bytes.fromhex('020000000020')


def ip(source, address, payload):
    ends = socket.inet_aton(source) + socket.inet_aton(address)
    head = struct.pack('!BBHHHBB', 0x45, 0, 20 + len(payload), 0, 0, 64, socket.IPPROTO_UDP)
    return head + struct.pack('!H', checksum(head + b'\0\0' + ends)) + ends + payload


def udp(port, payload, ends=None):
    """Without `ends`, the sum is 0: there is none."""
    head = struct.pack('!HHH', 40000, port, 8 + len(payload))
    if ends is None:
        return head + b'\0\0' + payload
    pseudo = b''.join(map(socket.inet_aton, ends)) + struct.pack('!BBH', 0, socket.IPPROTO_UDP, 8 + len(payload))
    return head + struct.pack('!H', checksum(pseudo + head + b'\0\0' + payload)) + payload


def datagram(is_right):
    frame = OURS + THEIRS + b'\x08\0' + ip('10.244.2.0', '10.244.1.0', udp(9000, b'hi'))
    ends = (OTHER, NODE) if is_right else (OTHER, '192.0.2.99')
    return ip(OTHER, NODE, udp(8472, struct.pack('!II', 0x08000000, 1 << 8) + frame, ends))


namespace, which, count = (*sys.argv[1:], '1')[:3]
raw = Maker(namespace)(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for _ in range(int(count)):
    raw.sendto(datagram(which == 'right'), (NODE, 0))
