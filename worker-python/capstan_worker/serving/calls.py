"""The calls in flight: found by id, cancelled by id, stopped at their deadline, fenced."""

import heapq
import os
import threading
import time

from ..limits import EARLY_CANCEL_SECONDS


def new_call_id():
    return "call_" + os.urandom(9).hex()


class CallIdTaken(Exception):
    pass


class Calls:
    def __init__(self, on_stop=None):
        self._on_stop = on_stop
        self._lock = threading.Lock()
        self._in_flight = {}
        self._early_cancels = {}
        self._highest_fence = -1
        self._deadlines = None
        self.last_usage = None

    def __len__(self):
        return len(self._in_flight)

    def only(self):
        """The call in flight when there is just one."""
        with self._lock:
            return next(iter(self._in_flight.values())) if len(self._in_flight) == 1 else None

    def snapshot(self):
        with self._lock:
            return list(self._in_flight.values())

    def admit_fence(self, fence):
        """False for a fence lower than one seen: its sender lost its lease to somebody else."""
        with self._lock:
            if fence < self._highest_fence:
                return False
            self._highest_fence = fence
            return True

    @property
    def highest_fence(self):
        return self._highest_fence

    def add(self, call):
        with self._lock:
            if call.id in self._in_flight:
                raise CallIdTaken(call.id)
            self._in_flight[call.id] = call
            early = self._early_cancels.pop(call.id, None)
        if self._on_stop is not None:
            call.on_cancel(lambda: self._on_stop(call))
        if early is not None and time.monotonic() - early[0] < EARLY_CANCEL_SECONDS:
            call.cancel(early[1])
        if call.deadline is not None:
            self._watch_deadline(call)

    def remove(self, call):
        call.end()
        with self._lock:
            self._in_flight.pop(call.id, None)
            if call.usage is not None:
                self.last_usage = call.usage

    def to_cancel(self, call_id, reason):
        """The calls a cancel is meant for. One that overtook its call is kept for it."""
        with self._lock:
            if call_id is None:
                return list(self._in_flight.values())
            call = self._in_flight.get(call_id)
            if call is not None:
                return [call]
            self._forget_old_cancels()
            self._early_cancels[call_id] = (time.monotonic(), reason)
            return []

    def _forget_old_cancels(self):
        oldest = time.monotonic() - EARLY_CANCEL_SECONDS
        self._early_cancels = {key: kept for key, kept in self._early_cancels.items() if kept[0] > oldest}

    def _watch_deadline(self, call):
        with self._lock:
            if self._deadlines is None:
                self._deadlines = Deadlines()
        self._deadlines.watch(call)


class Deadlines:
    """One thread that waits for the nearest deadline. It starts with the first call that has one."""

    def __init__(self):
        self._changed = threading.Condition()
        self._heap = []
        self._count = 0
        self._prune_above = 1024
        threading.Thread(target=self._run, name="capstan-deadlines", daemon=True).start()

    def watch(self, call):
        with self._changed:
            self._count += 1  # settles ties, since calls have no order
            heapq.heappush(self._heap, (call.deadline, self._count, call))
            if len(self._heap) > self._prune_above:
                self._prune()
            if self._heap[0][2] is call:
                self._changed.notify()

    def _prune(self):
        # Many short calls with distant deadlines would otherwise pile up until those pass.
        self._heap = [entry for entry in self._heap if not entry[2].has_ended]
        heapq.heapify(self._heap)
        self._prune_above = max(1024, 2 * len(self._heap))

    def _run(self):
        while True:
            call = self._next_due()
            # A cancel callback may block; the next deadline must not wait for it.
            threading.Thread(target=call.expire, name="capstan-expire", daemon=True).start()

    def _next_due(self):
        with self._changed:
            while True:
                # Calls that ended before their deadline are dropped here, in passing.
                while self._heap and self._heap[0][2].has_ended:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._changed.wait()
                    continue
                left = self._heap[0][0] - time.monotonic()
                if left <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(left)
