"""What the published reference is measured with: the same actions, as one of its own capabilities."""

from cjm_substrate.core.capability import ToolCapability


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

    def execute(self, action="echo", **inputs):
        if action == "records":
            return inputs["records"]
        if action == "accounts":
            from cjm_substrate.core.wire import record_account

            for number in range(inputs["count"]):
                record_account("page_read", {"page": number})
            return inputs["count"]
        return inputs["text"]

    def execute_stream(self, count=1, size=100, **_):
        chunk = "x" * size
        for _ in range(count):
            yield chunk
