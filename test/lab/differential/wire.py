"""
One end of the wire, run inside a network namespace; a JSON object a line on standard input and output.

  wire.py DEVICE=MAC ...   outside of the router: sends frames to that address by DEVICE, and sees all that comes by it
  wire.py                  in the router: sends as its sockets do, and sees what is delivered to them

  {"send": [{id, in, protocol, source, sourcePort, destination, destinationPort}, ...]}
      -> {"unsent": [id, ...]}: those whose source no socket of the router could have
  {"seen": true}
      -> {"seen": [{id, at, source, sourcePort, destination, destinationPort}, ...]}: what came since the last time

A packet is the first of a connection: a datagram of UDP with its id, or a SYN with its id as sequence number. Nobody
answers, so that no packet has to do with another. Checksums are right, or conntrack would take no notice.
"""

import json
import socket
import struct
import sys
import time

TCP, UDP = 6, 17
MAGIC = b"twlint"
SYN = 0x02
ETHERTYPES = {4: 0x0800, 6: 0x86DD}
# linux/if_packet.h, linux/in6.h
ETH_P_ALL, PACKET_OUTGOING = 0x0003, 4
IPV6_RECVPKTINFO, IPV6_PKTINFO = 49, 50
BUFFER = 1 << 22


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    return socket.inet_pton(family_of(address), address)


def segment(packet):
    """The datagram or SYN, with a checksum for its addresses."""
    protocol, ports = packet["protocol"], (packet["sourcePort"], packet["destinationPort"])
    if protocol == UDP:
        body = MAGIC + struct.pack("!I", packet["id"])
        parts = struct.pack("!HHH", *ports, 8 + len(body)), body
    else:
        parts = struct.pack("!HHIIBBH", *ports, packet["id"], 0, 5 << 4, SYN, 64240), struct.pack("!H", 0)
    head, tail = parts
    length = len(head) + 2 + len(tail)
    addresses = packed(packet["source"]) + packed(packet["destination"])
    pseudo = addresses + struct.pack("!IHBB", length, 0, 0, protocol)
    return head + struct.pack("!H", checksum(pseudo + head + b"\0\0" + tail) or 0xFFFF) + tail


def frame(packet, mac):
    body = segment(packet)
    source, destination = packed(packet["source"]), packed(packet["destination"])
    if len(source) == 16:
        header = struct.pack("!IHBB", 6 << 28, len(body), packet["protocol"], 64) + source + destination
    else:
        def with_checksum(value):
            return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), packet["id"] & 0xFFFF, 0, 64,
                               packet["protocol"], value) + source + destination
        header = with_checksum(checksum(with_checksum(0)))
    ethertype = ETHERTYPES[6 if len(source) == 16 else 4]
    return mac + b"\2\0\0\0\0\xff" + struct.pack("!H", ethertype) + header + body


def read_segment(protocol, data):
    """Its id and ports; None where it is not one of ours."""
    if protocol == UDP and data[8:14] == MAGIC and len(data) >= 18:
        (number,) = struct.unpack("!I", data[14:18])
    elif protocol == TCP and len(data) >= 20 and data[13] == SYN:
        (number,) = struct.unpack("!I", data[4:8])
    else:
        return None
    source_port, destination_port = struct.unpack("!HH", data[:4])
    return {"id": number, "sourcePort": source_port, "destinationPort": destination_port}


def read_packet(data):
    """The same of an IP packet, with its addresses."""
    if data[0] >> 4 == 6:
        protocol, body, at, size = data[6], data[40:], 8, 16
    else:
        protocol, body, at, size = data[9], data[(data[0] & 15) * 4:], 12, 4
    told = read_segment(protocol, body)
    family = socket.AF_INET6 if size == 16 else socket.AF_INET
    return told and {
        **told,
        "source": socket.inet_ntop(family, data[at:at + size]),
        "destination": socket.inet_ntop(family, data[at + size:at + 2 * size]),
    }


def drained(receive):
    while True:
        try:
            yield receive()
        except BlockingIOError:
            return


class Outside:
    """The other ends of the router's cables: no kernel takes part in what is sent and seen here."""

    def __init__(self, cables):
        self.macs = {}
        self.sockets = {}
        for device, mac in cables:
            end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            end.bind((device, ETH_P_ALL))
            end.setblocking(False)
            self.sockets[device] = end
            self.macs[device] = bytes.fromhex(mac.replace(":", ""))

    def send(self, packet):
        device = packet["in"]
        self.sockets[device].send(frame(packet, self.macs[device]))
        return True

    def seen(self):
        for device, end in self.sockets.items():
            for data, address in drained(lambda: end.recvfrom(2048)):
                if address[2] == PACKET_OUTGOING or len(data) < 34 or address[1] not in ETHERTYPES.values():
                    continue
                told = read_packet(data[14:])
                if told:
                    yield {**told, "at": device}


class Inside:
    """The router's own sockets."""

    def __init__(self):
        self.sockets = []
        for family in (socket.AF_INET, socket.AF_INET6):
            for protocol in (TCP, UDP):
                end = socket.socket(family, socket.SOCK_RAW, protocol)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
                if family == socket.AF_INET6:
                    end.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                end.setblocking(False)
                self.sockets.append((end, family, protocol))

    def send(self, packet):
        udp = packet["protocol"] == UDP
        kind, protocol = (socket.SOCK_DGRAM, UDP) if udp else (socket.SOCK_RAW, TCP)
        with socket.socket(family_of(packet["source"]), kind, protocol) as end:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            try:
                end.bind((packet["source"], packet["sourcePort"] if udp else 0))
            except OSError:
                return False
            try:
                body = MAGIC + struct.pack("!I", packet["id"]) if udp else segment(packet)
                # routed once more with the source that it gets, as connections of TCP are
                end.connect((packet["destination"], packet["destinationPort"] if udp else 0))
                end.send(body)
            except OSError:
                # a rule dropped it, or there is no route: it is sent, and not seen
                pass
        return True

    def seen(self):
        for end, family, protocol in self.sockets:
            for data, ancillary, _flags, address in drained(lambda: end.recvmsg(2048, 256)):
                told = read_packet(data) if family == socket.AF_INET else read_segment(protocol, data)
                if told is None:
                    continue
                for level, kind, value in ancillary:
                    if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO):
                        destination = socket.inet_ntop(family, value[:16])
                        told = {**told, "source": address[0].split("%")[0], "destination": destination}
                yield {**told, "at": "local"}


def main():
    cables = [argument.split("=") for argument in sys.argv[1:]]
    end = Outside(cables) if cables else Inside()
    for line in sys.stdin:
        request = json.loads(line)
        if "send" in request:
            answer = {"unsent": [packet["id"] for packet in request["send"] if not end.send(packet)]}
        else:
            time.sleep(0.002)
            answer = {"seen": list(end.seen())}
        print(json.dumps(answer), flush=True)


main()
