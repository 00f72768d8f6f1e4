"""python3 unread.py BYTES: data comes for a program that does not read, and that takes back its receive buffer to BYTES."""
import socket
import sys
import time

PIECE = b'x' * 20000

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4000000)
listener.bind(('127.0.0.1', 0))
listener.listen()
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.setblocking(False)


def send(pieces):
    for _ in range(pieces):
        try:
            client.send(PIECE)
        except BlockingIOError:
            return


send(20)
time.sleep(0.2)
# the window that was granted stays
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(sys.argv[1]))
send(200)
time.sleep(0.5)
