"""Sockets of another network namespace, in a process that stays in its own; see traffic.py."""
import os
import socket

CLONE_NEWNET = 0x40000000


class Maker:
    """Makes sockets in a namespace: its own, where no other is named."""

    def __init__(self, namespace):
        self.namespaces = None if namespace is None else [os.open(path, os.O_RDONLY) for path in (namespace, OWN)]

    def __call__(self, *kind):
        if self.namespaces is None:
            return socket.socket(*kind)
        other, own = self.namespaces
        enter(other)
        try:
            return socket.socket(*kind)
        finally:
            enter(own)


OWN = '/proc/self/ns/net'


def enter(descriptor):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def background(port=None):
    """Whoever started it goes on, now that it is ready."""
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    if port is not None:
        with open(f'/run/traffic-{port}.pid', 'w') as file:
            file.write(str(os.getpid()))
    null = os.open('/dev/null', os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def listener(make, address, port, backlog):
    one = make(family(address), socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((address, int(port)))
    one.listen(int(backlog))
    return one


def connected(make, address, port, source=('', 0)):
    one = make(family(address), socket.SOCK_STREAM)
    one.settimeout(2.5)
    if source != ('', 0):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(source)
    one.connect((address, int(port)))
    return one
