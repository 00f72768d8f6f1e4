"""Segments made by hand, and programs that treat their sockets badly; see traffic.py."""
import ctypes
import fcntl
import mmap
import os
import socket
import struct
import termios
import threading
import time

from sockets import Maker, background, connected, listener


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def segment(source, source_port, address, port, flags, seq, data=b''):
    """A TCP segment with its IP header."""
    ends = socket.inet_aton(source) + socket.inet_aton(address)
    tcp = struct.pack('!HHIIBBHHH', source_port, port, seq, 0, 0x50, flags, 64000, 0, 0) + data
    sum_of_it = checksum(ends + struct.pack('!BBH', 0, 6, len(tcp)) + tcp)
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), seq & 0xffff, 0, 64, 6, 0)
    return head + ends + tcp[:16] + struct.pack('!H', sum_of_it) + tcp[18:]


SYN, RST, ACK = 2, 4, 16


def syns(make, source, address, port, count='20'):
    one = make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for i in range(int(count)):
        one.sendto(segment(source, 20000 + i, address, int(port), SYN, 1000 + i), (address, 0))


def strays(make, source, source_port, address, port, count, kind):
    """Spread over all sequence numbers, so that few of them are where a connection is."""
    one = make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for i in range(int(count)):
        flags, seq = {'ack': ACK, 'rst': RST}[kind], (i << 32) // int(count) + 12345
        one.sendto(segment(source, int(source_port), address, int(port), flags, seq), (address, 0))


def shrinks(make, address, port):
    one = listener(make, address, port, 8)
    background(port)
    kept = []
    while True:
        connection, _ = one.accept()
        while struct.unpack('i', fcntl.ioctl(connection, termios.FIONREAD, b'0000'))[0] < 20000:
            time.sleep(0.001)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
        kept.append(connection)


def pour(make, address, port):
    one = connected(make, address, port)
    one.settimeout(0.5)
    try:
        one.sendall(b'x' * 10 ** 7)
    except socket.timeout:
        pass


USERFAULTFD = {'x86_64': 323, 'aarch64': 282}
UFFDIO_API, UFFDIO_REGISTER, UFFD_API, MISSING = 0xc018aa3f, 0xc020aa00, 0xaa, 1


def stuck(make, address, port, segments):
    """The kernel waits for a page of what is sent, which nobody ever supplies, and holds the socket meanwhile."""
    server = listener(Maker(None), address, port, 1)
    client = connected(make, address, port)
    connection, (source, source_port) = server.accept()
    libc = ctypes.CDLL(None, use_errno=True)
    faults = libc.syscall(USERFAULTFD[os.uname().machine], 0)
    fcntl.ioctl(faults, UFFDIO_API, struct.pack('QQQ', UFFD_API, 0, 0))
    page = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    fcntl.ioctl(faults, UFFDIO_REGISTER, struct.pack('QQQQ', start, mmap.PAGESIZE, MISSING, 0))
    send_it = (connection.fileno(), ctypes.c_void_p(start), ctypes.c_size_t(100), 0)
    threading.Thread(target=libc.send, args=send_it, daemon=True).start()
    time.sleep(0.2)
    raw = make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for i in range(int(segments)):
        raw.sendto(segment(source, source_port, address, int(port), ACK, i * 5000, b'x' * 100), (address, 0))
    client.close()
    os._exit(0)
