"""Known behaviour for the conformance suite; `protocol/conformance/README.md` says what and why."""

import logging
import os
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import Any, Literal

from capstan_worker import (
    Capability,
    FatalError,
    File,
    InputError,
    ResourceError,
    TransientError,
    action,
    current_call,
    setting,
    wire_type,
)

log = logging.getLogger("conformance")

BAD_VALUES = {
    "nan": float("nan"),
    "infinity": float("inf"),
    "big_integer": 2**53 + 2,
    "surrogate": "\ud800",
}


@wire_type("conformance.segment")
@dataclass
class Segment:
    start: float
    end: float = 0


class Samples:
    """Is large, and so saves itself to a file instead of travelling."""

    def __init__(self, text):
        self._text = text

    def to_temp_file(self):
        handle, path = tempfile.mkstemp(prefix="conformance-samples-")
        with os.fdopen(handle, "w") as file:
            file.write(self._text)
        return path


class Conformance(Capability):
    """Known behaviour for the conformance suite."""

    name = "conformance"
    version = "1.0.0"
    worker_env = [{"name": "CONFORMANCE_SECRET", "secret": True, "required": False}]

    @dataclass
    class Config:
        greeting: str = "hello"
        initializeMs: int = setting(0, minimum=0, maximum=60000)
        model: str = setting("small", enum=["small", "large"], reload="model")

    def __init__(self):
        self._events = []

    # -- lifecycle

    def initialize(self, config):
        self._events.append("initialize")
        self._warm_up(config)

    def _warm_up(self, config):
        end = time.monotonic() + config.initializeMs / 1000
        while (left := end - time.monotonic()) > 0:
            self.check_cancel()
            self.progress(1 - left * 1000 / config.initializeMs, "warming up")
            time.sleep(min(left, 0.02))

    def _release_model(self):
        self._events.append("release:model")

    def _apply_config(self, config):
        self._events.append("reconfigure")
        self._warm_up(config)

    def get_config_options(self):
        options = [{"value": "small", "label": "Small"}, {"value": "large", "label": "Large"}]
        return {"model": {"options": options}}

    def prefetch(self):
        self._events.append("prefetch")
        self._warm_up(self.config)

    def on_enable(self):
        self._events.append("on_enable")

    def on_disable(self):
        self._events.append("on_disable")

    def free_memory(self):
        self._events.append("free_memory")

    def cleanup(self):
        self._events.append("cleanup")

    def list_processes(self):
        raise NotImplementedError("conformance declines")

    # -- actions

    @action
    def echo(self, value):
        return value

    @action(effects="pure")
    def add(self, a: float, b: float = 1) -> float:
        return a + b

    @action(
        input={
            "type": "object",
            "properties": {
                "to": {"type": "integer", "minimum": 0, "default": 3},
                "fail_at": {"type": "integer", "default": 0},
            },
            "additionalProperties": False,
        }
    )
    def count(self, to: int = 3, fail_at: int = 0):
        for i in range(1, to + 1):
            if i == fail_at:
                raise RuntimeError(f"conformance: stop at {i}")
            self.progress(i / to, f"{i} of {to}")
            yield i

    @action
    def sleep(self, ms: int, honour: Literal["raise", "return", "callback"] = "raise") -> str:
        woken = threading.Event()
        if honour == "callback":
            with self.on_cancel(woken.set):
                return "called back" if woken.wait(ms / 1000) else "slept"
        end = time.monotonic() + ms / 1000
        while (left := end - time.monotonic()) > 0:
            if honour == "raise":
                self.check_cancel()
            elif current_call().cancelled:
                return "stopped early"
            time.sleep(min(left, 0.01))
        return "slept"

    @action
    def busy(self, ms: int) -> str:
        end = time.monotonic() + ms / 1000
        while time.monotonic() < end:
            pass
        return "done"

    @action(effects="unsafe")
    def spawn_child(self) -> dict:
        return {"pid": subprocess.Popen(["sleep", "300"]).pid}

    @action
    def fail(self, kind: str):
        if kind == "input":
            raise InputError("conformance: input", fields_invalid=["kind"])
        if kind == "transient":
            raise TransientError("conformance: transient", retry_after_s=2.5)
        if kind == "resource":
            shortfall = {"resource": "gpu_vram_mb", "needed": 4096, "available": 1024}
            raise ResourceError("conformance: resource", shortfall=shortfall)
        if kind == "fatal":
            raise FatalError("conformance: fatal")
        if kind == "missing_file":
            return open("/nonexistent/conformance")
        if kind == "refused":
            return socket.create_connection(("127.0.0.1", closed_port()))
        if kind == "memory":
            raise MemoryError("conformance: memory")
        raise RuntimeError("conformance: plain")

    @action
    def usage(self, unit: str, amount: float) -> None:
        self.report_usage({unit: amount})

    # The action is called "account", like the method that records one.
    @action(name="account")
    def record_account(self, type: str, payload: dict) -> None:
        self.account(type, payload)

    @action
    def whoami(self, ms: int = 0) -> dict:
        call = current_call()
        before = call.envelope or None
        self.sleep(ms)
        return {"call": call.id, "before": before, "after": current_call().envelope or None}

    @action
    def write_file(self, name: str, text: str) -> File:
        file = self.output(name, media_type="text/plain")
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        return file

    @action
    def write_outside(self) -> File:
        handle, path = tempfile.mkstemp(prefix="conformance-outside-")
        os.close(handle)
        return File(path)

    @action
    def read_file(self, file: File) -> str:
        with open(file, encoding="utf-8") as text:
            return text.read()

    @action
    def bad_value(self, kind: str) -> Any:
        return {"segments": [{"start": 0}, {"start": 1}, {"start": BAD_VALUES[kind]}]}

    @action
    def bad_file(self) -> Any:
        return {"__wire__": "capstan.file", "data": {"size": 1}}

    @action
    def big(self, bytes: int) -> Any:
        return "x" * bytes

    @action
    def log(self, message: str, level: Literal["debug", "info", "warning", "error"] = "info") -> None:
        log.log(getattr(logging, level.upper()), message)
        print(f"raw {message}")

    @action
    def shift(self, segment: Any, by: float) -> Any:
        if not isinstance(segment, Segment):
            raise FatalError("conformance: not typed")
        segment.start += by
        return segment

    @action
    def samples(self, text: str) -> Any:
        return Samples(text)

    @action(name="heartbeat")
    def long_phase(self, ms: int) -> str:
        self.progress(0.25, "begun")
        with self.heartbeat("loading", interval=0.02):
            time.sleep(ms / 1000)
        return "done"

    @action
    def background(self) -> None:
        def work():
            self.progress(0.5, "from elsewhere")
            self.account("noted", {"elsewhere": True})
            self.report_usage({"notes": 1})

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    @action
    def callbacks(self, ms: int) -> None:
        fired = []

        def first():
            fired.append("first")
            raise RuntimeError("conformance: this callback fails")

        self.on_cancel(first)
        self.on_cancel(lambda: fired.append("second"))
        with self.on_cancel(lambda: fired.append("forgotten")):
            pass
        self.progress(0, "listening")
        end = time.monotonic() + ms / 1000
        while len(fired) < 2 and time.monotonic() < end:
            time.sleep(0.005)
        self._events += fired

    @action
    def cached(self, file: File) -> Any:
        def read():
            with open(file, encoding="utf-8") as text:
                return {"text": text.read()}

        return self.cache_dir("cached", file).json(read)

    @action
    def environ(self) -> dict:
        return {"names": sorted(os.environ), "secret": os.environ.get("CONFORMANCE_SECRET")}

    @action
    def events(self) -> list:
        return self._events

    @action(effects="unsafe")
    def die(self) -> None:
        os._exit(3)


def closed_port():
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ConformanceAdapter:
    task_name = "conformance-task"

    def __init__(self, tool):
        self._tool = tool

    def double(self, n: float) -> float:
        return 2 * n

    def tool_version(self) -> str:
        return self._tool.version

    def refuse(self):
        raise InputError("conformance: refused")

    def _hidden(self):
        return "reached"


class DuplicateAdapter:
    task_name = "conformance-task"

    def __init__(self, tool):
        pass

    def double(self, n: float) -> float:
        return 1000 * n


class BrokenAdapter:
    task_name = "broken-task"

    def __init__(self, tool):
        raise RuntimeError("conformance: broken adapter")
