"""The worker's processes, read from /proc: what they use, and how to end them all."""

import os
import signal
import sys

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Process:
    """One line of /proc/<pid>/stat."""

    __slots__ = ("pid", "parent", "group", "cpu_s", "rss_bytes", "started")

    def __init__(self, pid, fields):
        self.pid = pid
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.cpu_s = (int(fields[11]) + int(fields[12])) / TICKS
        self.started = fields[19]
        self.rss_bytes = int(fields[21]) * PAGE


def all_processes():
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    return [found for name in names if name.isdigit() for found in [read_process(int(name))] if found]


def read_process(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The command stands in parentheses and may hold any character, also ")".
    return Process(pid, text[text.rindex(b")") + 2 :].split())


def subtree(root, processes):
    """A process and all below it, with those of its group that lost their parent."""
    children = {}
    for process in processes:
        children.setdefault(process.parent, []).append(process)
    waiting = [process for process in processes if process.pid == root or process.group == root]
    found = {}
    while waiting:
        process = waiting.pop()
        if process.pid not in found:
            found[process.pid] = process
            waiting.extend(children.get(process.pid, ()))
    return [found[pid] for pid in sorted(found)]


class Usage:
    """CPU and memory of the worker's subtree; CPU since the previous question, per process."""

    def __init__(self):
        self._last = {}
        self._asked_at = None

    def measure(self, now):
        processes = subtree(os.getpid(), all_processes()) or [_self_only()]
        elapsed = None if self._asked_at is None else max(now - self._asked_at, 1e-3)
        used = 0.0
        samples = {}
        for process in processes:
            key = (process.pid, process.started)
            samples[key] = process.cpu_s
            # A process seen for the first time counts from its next sample on.
            used += process.cpu_s - self._last.get(key, process.cpu_s)
        self._last, self._asked_at = samples, now
        return {
            "pid": os.getpid(),
            "cpu_percent": round(100 * used / elapsed, 1) if elapsed else 0.0,
            "memory_rss_mb": round(sum(process.rss_bytes for process in processes) / 2**20, 2),
            "subtree_pids": [process.pid for process in processes],
        }


def _self_only():
    """Where there is no /proc: this process alone, at its peak."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    process = object.__new__(Process)
    process.pid, process.started = os.getpid(), "0"
    process.cpu_s = used.ru_utime + used.ru_stime
    process.rss_bytes = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return process


def marked_pids(mark):
    """Processes whose environment carries the mark, this one excepted."""
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return found
    for name in names:
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/environ", "rb", buffering=0) as file:
                    if mark in file.readall().split(b"\0"):
                        found.append(int(name))
            except OSError:
                continue  # ended meanwhile, or somebody else's
    return found


def end_everything(session_id):
    """SIGKILL to all that this worker started, then to its group, then to itself. Does not return."""
    # A call that computes gives way every 5 ms by default, and each file read here waits for that.
    sys.setswitchinterval(1e-6)
    mark = b"CAPSTAN_SESSION=" + os.fsencode(session_id)
    for _ in range(3):  # what was forked while we looked is found in the next round
        # A child that is just becoming another program shows no environment for a moment, but its parent.
        below = {process.pid for process in subtree(os.getpid(), all_processes())} - {os.getpid()}
        pids = below.union(marked_pids(mark))
        for pid in pids:
            _kill(pid)
        if not pids:
            break
    if os.getpgrp() == os.getpid():
        try:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        except OSError:
            pass
    os.kill(os.getpid(), signal.SIGKILL)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
