"""Traffic of proofs. python3 traffic.py [--namespace FILE] COMMAND ARGUMENT...

--namespace: sockets are made in that network namespace, and the process stays in its own, so that a look at the host does
not see one namespace more.

  listen ADDRESS PORT [BACKLOG]          TCP, in the background, never accepts
  serve ADDRESS PORT [WORD]              TCP, in the background: answers each connection with its client's address, or this
                                         word, and closes once the client has
  hang_up ADDRESS PORT [WORD]            TCP, in the background: closes each connection before the client does, after this word
  visit ADDRESS PORT COUNT               connections to where something hangs up, one after the other in eight rows
  stop PORT                              ends what listens there in the background
  go_on ADDRESS PORT                     UDP, in the background: a datagram each fifth of a second, all from one port
  hold ADDRESS PORT [BYTES]              UDP, in the background, never reads; BYTES: SO_RCVBUF
  connect ADDRESS PORT [COUNT]           succeeds when all connections begin within 2.5 seconds each; keeps none
  fill ADDRESS PORT COUNT                begins connections and keeps them, in the background
  ask ADDRESS PORT [SOURCE [LOCAL]]      connects, from that address and port, prints what serve or hang_up answers; fails
                                         where nothing comes in three seconds
  send ADDRESS PORT [COUNT [BYTES [SOURCE]]]   UDP datagrams
  draws FIRST LAST [COUNT]               succeeds where one of so many outgoing connections has a port between these
  arrives ADDRESS PORT -- COMMAND...     succeeds where a datagram arrives there while COMMAND runs, or in a second after, and
                                         prints the address that it comes from
  ports ADDRESS PORT COUNT               succeeds where so many outgoing connections to one place get a port at a time
  gets ADDRESS PORT LOCAL                succeeds where the kernel gives that port to an outgoing connection (Linux 6.3)
  reuse ADDRESS PORT LOCAL SECONDS       connects from that port, closes, waits: succeeds where the port can be had again
  outlives ADDRESS PORT SECONDS COMMAND...   succeeds where a connection with data on its way still is there so long after COMMAND
  room LENGTH                            prints the accept queue that a program gets who asks for LENGTH (TCP_INFO)
  options                                prints what a new connection of this host has: ts, sack, wscale (TCP_INFO)
  collide ADDRESS PORT OTHER             two clients, one of them in the namespace OTHER, get one port from NAT: see collide.py
  shrinks ADDRESS PORT                   TCP, in the background: never reads, and lowers SO_RCVBUF while data is on its way
  pour ADDRESS PORT                      sends all that the connection takes in half a second
  stuck ADDRESS PORT SEGMENTS            a program here hangs in a system call on a connection, while so many segments arrive for it
  syns SOURCE ADDRESS PORT [COUNT]       SYNs, of COUNT ports of one source address, whosever it is (raw socket)
  strays SOURCE PORT ADDRESS PORT COUNT KIND   TCP segments, ack or rst, with sequence numbers from anywhere (raw socket)
"""
import contextlib
import errno
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

from sockets import Maker, background, connected, family, listener


def listen(make, address, port, backlog='128'):
    one = listener(make, address, port, backlog)
    background(port)
    time.sleep(86400)
    one.close()


def serve(make, address, port, word=None):
    def answer(connection, client):
        # a health check ends it by a RST
        with contextlib.suppress(ConnectionError):
            connection.sendall((word or client[0]).encode())
            connection.recv(1)
        connection.close()

    one = listener(make, address, port, 128)
    background(port)
    while True:
        threading.Thread(target=answer, args=one.accept(), daemon=True).start()


def hang_up(make, address, port, word=''):
    one = listener(make, address, port, 1024)
    background(port)
    while True:
        connection, _ = one.accept()
        if word:
            # in one segment with the FIN
            connection.send(word.encode(), socket.MSG_MORE)
        connection.close()


def visit(make, address, port, count):
    def row():
        for _ in range(int(count) // 8):
            one = connected(make, address, port)
            one.recv(1)
            one.close()

    rows = [threading.Thread(target=row) for _ in range(8)]
    for one in rows:
        one.start()
    for one in rows:
        one.join()


def go_on(make, address, port):
    one = make(family(address), socket.SOCK_DGRAM)
    one.connect((address, int(port)))
    background(port)
    while True:
        try:
            one.send(b'still here')
        except OSError:
            pass
        time.sleep(0.2)


def stop(make, port):
    with open(f'/run/traffic-{port}.pid') as file:
        os.kill(int(file.read()), signal.SIGKILL)


def hold(make, address, port, size=None):
    one = make(family(address), socket.SOCK_DGRAM)
    if size is not None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(size))
    one.bind((address, int(port)))
    background(port)
    time.sleep(86400)


def connect(make, address, port, count='1'):
    for _ in range(int(count)):
        connected(make, address, port).close()


def fill(make, address, port, count):
    kept = []
    for _ in range(int(count)):
        one = make(family(address), socket.SOCK_STREAM)
        one.setblocking(False)
        one.connect_ex((address, int(port)))
        kept.append(one)
    time.sleep(0.2)
    background()
    time.sleep(86400)


def ask(make, address, port, source='', local='0'):
    one = connected(make, address, port, (source, int(local)))
    one.settimeout(3)
    answer = one.recv(100).decode()
    print(answer)
    return 0 if answer else 1


def send(make, address, port, count='1', size='100', source=None):
    one = make(family(address), socket.SOCK_DGRAM)
    if source is not None:
        one.bind((source, 0))
    for _ in range(int(count)):
        one.sendto(b'x' * int(size), (address, int(port)))


def run(command):
    import subprocess

    subprocess.run(command, check=True)


def arrives(make, address, port, dashes, *command):
    one = make(family(address), socket.SOCK_DGRAM)
    one.bind((address, int(port)))
    run(command)
    one.settimeout(1)
    try:
        print(one.recvfrom(1)[1][0])
        return 0
    except socket.timeout:
        return 1


def draws(make, first, last, count='500'):
    drawn = []
    for _ in range(int(count)):
        one = make(socket.AF_INET, socket.SOCK_STREAM)
        one.setblocking(False)
        # nobody is there; the same place would get the port that comes after its last one
        one.connect_ex(('192.0.2.99', random.randrange(1, 65536)))
        drawn.append(one)
    return 0 if any(int(first) <= one.getsockname()[1] <= int(last) for one in drawn) else 1
def ports(make, address, port, count):
    kept = []
    for _ in range(int(count)):
        one = make(family(address), socket.SOCK_STREAM)
        one.setblocking(False)
        kept.append(one)
        if one.connect_ex((address, int(port))) == errno.EADDRNOTAVAIL:
            return 1


IP_LOCAL_PORT_RANGE = 51


def from_port(make, local):
    one = make(socket.AF_INET, socket.SOCK_STREAM)
    one.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack('I', int(local) << 16 | int(local)))
    one.settimeout(2.5)
    return one


def gets(make, address, port, local):
    one = from_port(make, local)
    one.setblocking(False)
    return 1 if one.connect_ex((address, int(port))) == errno.EADDRNOTAVAIL else 0


def reuse(make, address, port, local, seconds):
    """On a machine that is slow it is tried again, from another port, until the second connection was begun in time."""
    for port_of_ours in range(int(local), int(local) + 20):
        one = from_port(make, port_of_ours)
        one.connect((address, int(port)))
        one.recv(100)
        one.close()
        closed = time.monotonic()
        time.sleep(float(seconds))
        again = from_port(make, port_of_ours).connect_ex((address, int(port)))
        if time.monotonic() - closed < float(seconds) + 0.5:
            return 1 if again == errno.EADDRNOTAVAIL else 0
    return 2


def outlives(make, address, port, seconds, *command):
    one = connected(make, address, port)
    one.recv(100)
    run(command)
    one.sendall(b'x')
    one.settimeout(float(seconds))
    try:
        one.recv(1)
    except socket.timeout as error:
        # that of the socket has no number, that of the connection has
        return 1 if error.errno == errno.ETIMEDOUT else 0


def room(make, length):
    one = listener(make, '127.0.0.1', 0, length)
    print(struct.unpack_from('I', one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32), 28)[0])


def options(make):
    one = listener(make, '127.0.0.1', 0, 1)
    other = connected(make, *one.getsockname())
    has = other.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
    print(*[name for bit, name in ((1, 'ts'), (2, 'sack'), (4, 'wscale')) if has & bit])


COMMANDS = {
    one.__name__: one
    for one in (listen, serve, stop, hold, connect, fill, ask, send, arrives, ports, gets, reuse, outlives, room, options)
    + (draws, go_on, hang_up, visit)
}

# read only where they are needed: most of a short program's time is its start
OTHERS = {'collide': 'collide'} | dict.fromkeys(('pour', 'shrinks', 'strays', 'stuck', 'syns'), 'forged')


def main(arguments):
    namespace = None
    if arguments[0] == '--namespace':
        _, namespace, *arguments = arguments
    name, *rest = arguments
    if name in OTHERS:
        COMMANDS[name] = getattr(__import__(OTHERS[name]), name)
    if name not in COMMANDS:
        print(f'traffic: there is no {name}', file=sys.stderr)
        return 2
    return COMMANDS[name](Maker(namespace), *rest)


try:
    sys.exit(main(sys.argv[1:]))
except OSError as error:
    print(f'traffic: {error}', file=sys.stderr)
    sys.exit(1)
