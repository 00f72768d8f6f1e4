"""python3 old-key.py KEY VALUE: gives this mount namespace a key of net.ipv4 that its kernel does not have.

A tmpfs takes the folder's place, to which each real key is bound back, so that all others stay live. (procfs cannot be
below an overlayfs, and sysctl(8) refuses links that lead out of /proc/sys.) Another key is added to the same tmpfs.
"""
import ctypes
import os
import sys
import tempfile

KEYS = '/proc/sys/net/ipv4'
MS_BIND, MS_MOVE, MS_REMOUNT = 4096, 8192, 32
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, options=None):
    words = [word.encode() if word else None for word in (source, target, kind)]
    if libc.mount(*words, flags, options.encode() if options else None) != 0:
        raise OSError(ctypes.get_errno(), f'mount {source} on {target}')


def replace_folder():
    fake = tempfile.mkdtemp(dir='/run')
    mount('tmpfs', fake, 'tmpfs', 0, 'mode=755,size=1m')
    for name in os.listdir(KEYS):
        real, ours = f'{KEYS}/{name}', f'{fake}/{name}'
        if os.path.isdir(real):
            os.mkdir(ours)
        else:
            open(ours, 'w').close()
        mount(real, ours, None, MS_BIND)
    mount(fake, KEYS, None, MS_MOVE)


name, value = sys.argv[1].removeprefix('net.ipv4.'), sys.argv[2]
if not os.statvfs(KEYS).f_bavail:
    replace_folder()
with open(f'{KEYS}/{name}', 'w') as key:
    key.write(f'{value}\n')
