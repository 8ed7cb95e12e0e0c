"""One request to the worker: its own identity, cancel, deadline, progress, usage and folder.

The call in hand is a context variable, so code at any depth reaches it, and two calls on one worker never
meet. A thread a tool starts does not inherit it (before Python 3.14). While it is the only call, such a thread
speaks for it all the same; where several run at once, wrap the thread's target in `carry(…)`.
"""

import contextvars
import os
import re
import threading
import time

from .errors import CallCancelled, DeadlineExceeded
from .files import File

#: A call's id names its folder on disk, so it holds nothing a path could be made of.
CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_current = contextvars.ContextVar("capstan_call", default=None)


class Call:
    """What one call knows and may say. `current_call()` is the one the code runs in."""

    def __init__(self, call_id, *, envelope=None, calls_dir=None, deadline_ms=None, listener=None):
        self.id = call_id
        #: `{job_id, run_id, composition_id, node_id, actor, control}`, as far as known; may be empty.
        self.envelope = envelope or {}
        #: When the caller stops waiting, in the seconds of `time.monotonic()`; None for never.
        self.deadline = None if deadline_ms is None else time.monotonic() + deadline_ms / 1000
        self.progress = 0.0
        self.message = ""
        self.usage = None
        self.cancel_reason = None
        #: Real and given paths of the files the call came with; a result may name them again.
        self.given_files = frozenset()
        #: Whether anything in the request has to be turned into a typed value or a file.
        self.may_hold_tags = True
        self._calls_dir = calls_dir
        self._listener = listener  # has send(frame) and send_chunk(parts of json)
        self._stop = None  # the error check_cancel() raises
        self._callbacks = []
        self._lock = threading.Lock()
        self._ended = False

    @property
    def dir(self):
        """The call's own folder, made when first asked for. Outputs live here and nowhere else."""
        path = self.dir_path
        os.makedirs(path, exist_ok=True)
        return path

    @property
    def dir_path(self):
        if self._calls_dir is None:
            raise RuntimeError("this call has no folder; trial_call(directory) gives it one")
        return os.path.join(self._calls_dir, self.id)

    @property
    def control(self):
        """Per-call control flags from the envelope."""
        return self.envelope.get("control", {})

    @property
    def seconds_left(self):
        """Seconds until the deadline, never below 0; None without one."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def output(self, name, media_type=None):
        """A file to write: `open(call.output("notes.txt"), "w")`. Folders in the name are made."""
        parts = os.path.normpath(name).split(os.sep)
        if os.path.isabs(name) or parts[0] in (os.pardir, os.curdir, ""):
            raise ValueError(f"an output is named relative to the call's folder, not {name!r}")
        path = os.path.join(self.dir, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return File(path, media_type=media_type)

    # -- saying how it goes; silently ignored once the call has ended

    def report_progress(self, progress, message=""):
        """`progress` from 0 to 1, or -1 for "at work, no idea how far". From any thread."""
        progress = float(progress)
        if not (progress == -1 or 0 <= progress <= 1):
            raise ValueError(f"progress is from 0 to 1, or -1, not {progress}")
        self.progress, self.message = progress, str(message)
        self._say({"event": "progress", "progress": progress, "message": self.message})

    def report_usage(self, usage):
        """Measured usage of this call, `{unit: number}`. A later report of a unit replaces the earlier one."""
        for unit, amount in usage.items():
            if isinstance(amount, bool) or not isinstance(amount, (int, float)):
                raise ValueError(f"usage of {unit!r} is a number, not {amount!r}")
        self.usage = {**(self.usage or {}), **usage}
        self._say({"event": "usage", "usage": self.usage})

    def account(self, type, payload):
        """A fact for the journal of the host: what kind of event, and its details."""
        self._say({"event": "account", "type": str(type), "payload": payload})

    def _say(self, frame):
        if self._listener is not None and not self._ended:
            self._listener.send(frame)

    def say_chunk(self, value):
        """A chunk of a stream, as the parts of its JSON."""
        if self._listener is not None and not self._ended:
            self._listener.send_chunk(value)

    def heartbeat(self, phase, interval=0.5):
        """A block during which the message keeps changing: `with call.heartbeat("loading"): …`."""
        from .heartbeat import Heartbeat

        return Heartbeat(self, phase, interval)

    # -- being asked to stop

    @property
    def cancelled(self):
        """Whether the call should stop, by request or because its time is up."""
        if self._stop is None and self.deadline is not None and time.monotonic() >= self.deadline:
            self.expire()
        return self._stop is not None

    def check_cancel(self):
        """Raises CallCancelled or DeadlineExceeded when the call should stop."""
        if self.cancelled:
            raise self._stop

    def on_cancel(self, callback):
        """Calls back, from another thread, when the call should stop; at once if it should already.

        Used as a block, the callback is forgotten at its end: `with call.on_cancel(process.kill): …`.
        """
        with self._lock:
            late = self._stop is not None
            if not late:
                self._callbacks.append(callback)
        if late:
            callback()
        return _Registration(self, callback)

    def forget(self, callback):
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def cancel(self, reason=None):
        """Asks the call to stop. False when it was asked before or has ended."""
        text = "the call was cancelled" + (f": {reason}" if reason else "")
        return self._ask_to_stop(CallCancelled(text), reason)

    def expire(self):
        """The deadline has passed."""
        return self._ask_to_stop(DeadlineExceeded("the call's deadline passed before it was done"), "deadline")

    def _ask_to_stop(self, error, reason):
        with self._lock:
            if self._stop is not None or self._ended:
                return False
            self._stop = error
            self.cancel_reason = reason
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception as failure:
                from .process.logs import sdk_logger

                sdk_logger().error("a cancel callback failed", exc_info=failure)
        return True

    @property
    def stop_error(self):
        """The error a stopped call ends with; None while nobody asked it to stop."""
        return self._stop

    @property
    def has_ended(self):
        return self._ended

    def end(self):
        """From here on, threads that outlive the call can no longer speak for it."""
        with self._lock:
            self._ended = True
            self._callbacks = []


class _Registration:
    def __init__(self, call, callback):
        self._call, self._callback = call, callback

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._call.forget(self._callback)


#: The only call in flight, or None. Set by the worker.
_find_only_call = None


def let_threads_speak(find_only_call):
    """From now on a thread that carries no call speaks for the one that is in flight, if there is just one."""
    global _find_only_call
    _find_only_call = find_only_call


def speaking_call():
    """The call this code runs in or, on a thread that carries none, the only one in flight; else None."""
    call = _current.get()
    if (call is None or call.has_ended) and _find_only_call is not None:
        return _find_only_call() or call
    return call


def current_call():
    """The call this code runs in. Raises LookupError outside of one."""
    call = speaking_call()
    if call is None:
        raise LookupError("no call is in progress here; wrap the target of a thread in carry(…)")
    return call


def call_or_none():
    return _current.get()


def run_in(call, function, *args):
    """Runs a function as part of a call, and leaves nothing of the call behind on this thread."""
    return contextvars.copy_context().run(_run_with, call, function, args)


def _run_with(call, function, args):
    _current.set(call)
    return function(*args)


def carry(function):
    """The function, tied to the call it was made in, for threads and pools: `Thread(target=carry(work))`."""
    context = contextvars.copy_context()

    def carried(*args, **kwargs):
        # A context cannot be entered twice at once, and a pool may run this in many threads.
        return context.copy().run(function, *args, **kwargs)

    return carried
