"""Connects four times to ADDRESS port 5432, and prints whether each connection began."""
import socket
import sys

results = []
for _ in range(4):
    client = socket.socket()
    client.settimeout(0.7)
    try:
        client.connect((sys.argv[1], 5432))
        results.append("connected")
    except OSError as error:
        results.append(type(error).__name__)
    client.close()
print(" ".join(sorted(set(results))))
