"""
python3 handshake.py ECHO [COUNT]: from the peer, 192.0.2.1, handshakes with 192.0.2.10 port 8080 by hand, whose last segment
echoes the timestamp that the host sent, plus ECHO. Run in the peer, where nothing may answer with a reset.
"""
import os
import socket
import struct
import sys

HOST, PEER = '192.0.2.10', '192.0.2.1'
SYN, ACK = 2, 16


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def segment(port, sequence, acknowledged, flags, value, echo):
    options = struct.pack('!BBBBII', 1, 1, 8, 10, value, echo)
    tcp = struct.pack('!HHIIBBHHH', port, 8080, sequence, acknowledged, 0x80, flags, 64000, 0, 0) + options
    ends = socket.inet_aton(PEER) + socket.inet_aton(HOST)
    sum_of_it = checksum(ends + struct.pack('!BBH', 0, 6, len(tcp)) + tcp)
    return tcp[:16] + struct.pack('!H', sum_of_it) + tcp[18:]


def answer_to(one, port):
    """The sequence number and the timestamp of the SYN-ACK."""
    while True:
        packet = one.recv(4096)
        tcp = packet[(packet[0] & 15) * 4:]
        if struct.unpack('!HH', tcp[:4]) != (8080, port) or tcp[13] != SYN | ACK:
            continue
        options = tcp[20:(tcp[12] >> 4) * 4]
        at = options.index(b'\x08\x0a')
        return struct.unpack('!I', tcp[4:8])[0], struct.unpack('!I', options[at + 2:at + 6])[0]


one = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
one.settimeout(2)
for i in range(int((sys.argv[2:] or ['20'])[0])):
    port = 20000 + (os.getpid() * 37 + i) % 30000
    one.sendto(segment(port, 1000, 0, SYN, 5000, 0), (HOST, 0))
    sequence, value = answer_to(one, port)
    echo = (value + int(sys.argv[1])) & 0xFFFFFFFF
    one.sendto(segment(port, 1001, sequence + 1 & 0xFFFFFFFF, ACK, 5001, echo), (HOST, 0))
