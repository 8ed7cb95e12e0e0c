"""What we are measured with in Python."""

import threading

from capstan_worker import Capability, File, action


class Tool(Capability):
    name, version = "tool", "1.0.0"

    @action
    def nothing(self, n: int) -> int:
        return n

    @action
    def echo(self, text: str) -> str:
        return text

    @action
    def records(self, records: list) -> list:
        """What came in as JSON goes out as JSON."""
        return records

    @action
    def records_by_file(self, file: File) -> File:
        """Touches its input as little as a tool may: what is measured is the way of the file."""
        with open(file, "rb") as content:
            content.read(1)
        return file

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
