"""Cuts the power of mounted ext4 file systems: reads paths from stdin, answers `ok` or why not.

FS_IOC_SHUTDOWN with NOLOGFLUSH leaves on the disk what was synced, and nothing else of what was written.
"""
import fcntl
import os
import struct
import sys

FS_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2

for line in sys.stdin:
    try:
        folder = os.open(line.rstrip("\n"), os.O_RDONLY)
        try:
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(folder)
        print("ok", flush=True)
    except OSError as error:
        print(error, flush=True)
