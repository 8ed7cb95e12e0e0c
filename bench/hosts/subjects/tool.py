"""What cancels, streams and accounts are measured with in Python."""

import threading

from capstan_worker import Capability, action


class Tool(Capability):
    name, version = "tool", "1.0.0"

    @action
    def nothing(self, n: int) -> int:
        return n

    @action
    def chunks(self, count: int, characters: int):
        chunk = "x" * characters
        for _ in range(count):
            yield chunk

    @action
    def accounts(self, count: int) -> int:
        for page in range(count):
            self.account("page_read", {"page": page, "of": count})
        return count

    @action
    def wait(self, n: int) -> int:
        asked = threading.Event()
        with self.on_cancel(asked.set):
            self.report_progress(0)
            asked.wait()
        return n
