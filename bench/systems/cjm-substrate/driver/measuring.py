"""Wall and processor time of an act, and memory: of this process and of all that it has started."""

import os
import time

import psutil


def children():
    return psutil.Process().children(recursive=True)


def cpu_of(pid):
    """Processor time of all threads of a process, in microseconds: the clock that Linux keeps of it."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2) / 1000
    except OSError:
        return 0


class Stopwatch:
    """Adds up what this process and its workers use while it runs; a worker that ends meanwhile counts too."""

    def __init__(self):
        self.before = {pid: cpu_of(pid) for pid in processes()}
        self.reaped = reaped()
        self.start = time.perf_counter()

    def sample(self, wall=None, acts=1, **more):
        took = time.perf_counter() - self.start
        used = sum(cpu_of(pid) - self.before.get(pid, 0) for pid in processes())
        used += reaped() - self.reaped
        return {"wall": took if wall is None else wall(took), "cpuMicros": used / acts, **more}


def processes():
    return [os.getpid(), *(child.pid for child in children())]


def reaped():
    times = os.times()
    return (times.children_user + times.children_system) * 1e6


def rss(pid):
    return psutil.Process(pid).memory_info().rss / 2**20


def pss(pid):
    """What it adds to the memory of the machine: pages that it shares count by their share."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
