"""python3 who-has.py ADDRESS: asks for it by ARP on eth0, and prints from how many hardware addresses answers come."""
import socket
import struct
import sys
import time

ARP = 0x0806
asked = socket.inet_aton(sys.argv[1])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
wire.bind(('eth0', ARP))
own = wire.getsockname()[4]
request = struct.pack('!HHBBH', 1, 0x0800, 6, 4, 1) + own + bytes(4) + bytes(6) + asked
wire.send(b'\xff' * 6 + own + struct.pack('!H', ARP) + request)
answers = set()
end = time.monotonic() + 1
while (left := end - time.monotonic()) > 0:
    wire.settimeout(left)
    try:
        frame = wire.recv(64)
    except socket.timeout:
        break
    if frame[20:22] == b'\x00\x02' and frame[28:32] == asked:
        answers.add(frame[22:28])
print(len(answers))
