"""Keeps a call's message changing while a tool is busy inside somebody else's code."""

import threading
import time


class Heartbeat:
    def __init__(self, call, phase, interval):
        self._call, self._phase, self._interval = call, phase, interval
        self._done = threading.Event()
        self._thread = None

    def __enter__(self):
        self._started = time.monotonic()
        self._stamp()
        self._thread = threading.Thread(target=self._beat, name="capstan-heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _beat(self):
        while not self._done.wait(self._interval):
            self._stamp()

    def _stamp(self):
        elapsed = time.monotonic() - self._started
        # The number stays as it is: only the tool knows how far it has come.
        self._call.report_progress(self._call.progress, f"{self._phase} ({elapsed:.1f} s)")
