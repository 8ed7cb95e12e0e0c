"""The running worker: one tool, its adapters, the calls in flight."""

import time

from ..call import let_threads_speak, run_in
from ..capability import Capability, identity
from .calls import Calls
from .hangups import HangUps


class Worker:
    def __init__(self, session, tool, adapters):
        self.session = session
        self.tool = tool
        self.adapters = adapters
        self.calls = Calls(self._tell_tool if type(tool).cancel is not Capability.cancel else None)
        let_threads_speak(self.calls.only)
        self.hang_ups = HangUps()
        self.started_at = time.monotonic()
        self._identity = None
        self._usage = None

    @property
    def identity(self):
        # Reading the version means searching the environment's metadata, so only when somebody asks.
        if self._identity is None:
            self._identity = identity(type(self.tool))
        return self._identity

    def measure(self):
        from ..process.process_tree import Usage

        if self._usage is None:
            self._usage = Usage()
        return self._usage.measure(time.monotonic())

    def _tell_tool(self, call):
        run_in(call, self.tool.cancel)
