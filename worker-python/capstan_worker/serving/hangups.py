"""Cancels the calls of callers that have gone.

The thread of a call is busy with the call, so another one looks at the connections, a few times a second and
only while there are calls. Waking it for each call would cost more than most calls do.
"""

import threading
import time

LOOK_EVERY_SECONDS = 0.25


class HangUps:
    def __init__(self):
        self._watched = {}
        self._has_work = threading.Event()
        self._thread = None

    def watch(self, call, connection):
        self._watched[call] = connection
        if not self._has_work.is_set():
            self._wake()

    def forget(self, call):
        self._watched.pop(call, None)

    def _wake(self):
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="capstan-hang-ups", daemon=True)
            self._thread.start()
        self._has_work.set()

    def _run(self):
        while True:
            self._has_work.wait()
            time.sleep(LOOK_EVERY_SECONDS)
            for call, connection in list(self._watched.items()):
                if connection.has_hung_up():
                    self.forget(call)
                    call.cancel("the caller hung up")
            if not self._watched:
                self._has_work.clear()
                # A call that came in between saw the flag still set, and woke nobody.
                if self._watched:
                    self._has_work.set()
