"""What the figures of the contract are measured with in Python."""

import json

from capstan_worker import Capability, File, action


class Tool(Capability):
    name, version = "tool", "1.0.0"

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
    def accounts(self, count: int) -> int:
        for number in range(count):
            self.account("page_read", {"page": number, "of": count})
        return count

    @action
    def chunks(self, count: int, size: int):
        chunk = "x" * size
        for _ in range(count):
            yield chunk

    @action
    def count_records(self, records: list) -> str:
        return json.dumps(len(records))
