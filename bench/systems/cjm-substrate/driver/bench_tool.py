"""What cjm-substrate is measured with: the actions of Capstan's own subjects, as one of its capabilities."""

import os
import threading
import time

from cjm_substrate.core.capability import ToolCapability


def end_with(host):
    """Its own watch over its host ends nobody: it tells of it on a pipe that nobody reads, and dies of that."""
    while os.getppid() == host:
        time.sleep(0.5)
    os._exit(1)


threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()


class BenchTool(ToolCapability):
    @property
    def name(self):
        return "bench-tool"

    @property
    def version(self):
        return "1.0.0"

    def initialize(self, config=None):
        pass

    def get_config_schema(self):
        return {}

    def get_current_config(self):
        return {}

    def execute(self, action="nothing", **inputs):
        return getattr(self, f"_{action}")(**inputs)

    def execute_stream(self, count=1, size=100, **_):
        chunk = "x" * size
        for _ in range(count):
            yield chunk

    def _nothing(self, n=0, **_):
        return n

    def _echo(self, text):
        return text

    def _records(self, records):
        return records

    def _wait(self, mark):
        """Honours a cancel at once, by returning: one that raises is recorded as a failed job."""
        asked = threading.Event()
        with self.cancel_signal_to(asked.set):
            self.report_progress(mark)
            asked.wait()

    def _ignore(self, mark):
        """Hears nothing, and never ends."""
        self.report_progress(mark)
        while True:
            pass
