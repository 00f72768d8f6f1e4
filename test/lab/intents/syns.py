"""Accepts connections on port 5432, and prints each SYN that comes in for it as a line of JSON, until its input ends."""
import json
import select
import socket
import struct
import sys
import time

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 5432))
listener.listen(64)
# cooked: without the link's header
sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
print("ready", flush=True)


def timestamp(options):
    """The TSval of a TCP header's options, or None (RFC 7323, 3.2)."""
    while options and options[0] != 0:
        if options[0] == 1:
            options = options[1:]
            continue
        if options[0] == 8:
            return struct.unpack("!I", options[2:6])[0]
        options = options[options[1] :]
    return None


def syn(packet, device):
    header = (packet[0] & 15) * 4
    tcp = packet[header:]
    if packet[9] != 6 or struct.unpack("!H", tcp[2:4])[0] != 5432 or tcp[13] & 0x12 != 0x02:
        return
    size = (tcp[12] >> 4) * 4
    seen = {
        "source": socket.inet_ntoa(packet[12:16]),
        "device": device,
        "tsval": timestamp(tcp[20:size]),
        "at": time.time() * 1000,
    }
    print(json.dumps(seen), flush=True)


while True:
    ready, _, _ = select.select([listener, sniffer, sys.stdin], [], [])
    if sys.stdin in ready:
        break
    if sniffer in ready:
        packet, address = sniffer.recvfrom(2048)
        if address[2] == socket.PACKET_HOST:
            syn(packet, address[0])
    if listener in ready:
        listener.accept()[0].close()
