"""The garbage collector, held still while much is built that cannot be garbage."""

import gc
import threading

#: Below this it is not worth while.
LARGE_BYTES = 32 * 1024

#: Some interpreters start with objects of their own set aside; nobody asked for those.
_FROZEN_AT_START = gc.get_freeze_count()

_lock = threading.Lock()
_resting = 0


class CollectorAtRest:
    """A block in which nothing is collected, when so many bytes are large: `with CollectorAtRest(len(body)): …`.

    While a body is parsed the collector would walk all that exists so far again and again, for nothing: two
    thirds of the time a large one takes.
    """

    def __init__(self, size):
        self._is_large = size >= LARGE_BYTES

    def __enter__(self):
        global _resting
        if not self._is_large:
            return
        with _lock:
            # A tool that has switched it off keeps it off.
            if _resting == 0 and not gc.isenabled():
                self._is_large = False
                return
            _resting += 1
            gc.disable()

    def __exit__(self, *_):
        global _resting
        if not self._is_large:
            return
        with _lock:
            _resting -= 1
            if _resting == 0:
                _grow_old()
                gc.enable()


def _grow_old():
    """Counts all there is among the old, which costs nothing: else the next object made has all the new ones walked.

    They are still looked at when the old are.
    """
    if gc.get_freeze_count() <= _FROZEN_AT_START:  # what a tool has frozen stays frozen
        gc.freeze()
        gc.unfreeze()
