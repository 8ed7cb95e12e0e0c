"""The pipe on stdin: one start line, then silence. Its end means that the host is gone."""

import os
import sys
import threading

from .process_tree import end_everything

START_LINE_BYTES = 4 * 1024 * 1024


def read_start_line():
    """The first line of stdin, as bytes; empty when there is none."""
    if os.isatty(0):
        return b""
    line = b""
    while not line.endswith(b"\n") and len(line) < START_LINE_BYTES:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        line += chunk
    return line.partition(b"\n")[0].strip()


def take_stdin():
    """Moves the pipe to a descriptor of our own, so that a tool's children that read stdin find it empty."""
    link = os.dup(0)  # not inherited: descriptors made by Python are close-on-exec
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (stays open for the life of the process)
    return link


def die_with_host(link, session_id):
    """From now on the end of the pipe is the end of this worker and all it started, idle or busy."""
    threading.Thread(target=_wait_for_end, args=(link, session_id), name="capstan-host-link", daemon=True).start()


def _wait_for_end(link, session_id):
    try:
        while os.read(link, 4096):
            pass
    except OSError:
        pass
    end_everything(session_id)
