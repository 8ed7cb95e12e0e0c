"""Every endpoint of the protocol, and what stands behind it."""

import os
import time

from .. import versions
from ..capability import Capability
from ..http.connection import Refused, refuse
from ..http.door import read_json
from ..values.classify import from_exception
from ..values.encode import encode
from ..values.strict_json import dump
from ..values.wire_types import decode
from .execution import Work, encoded_result


class Ask:
    """An endpoint with a short answer. `answer(payload)` returns it."""

    def __init__(self, method, answer):
        self.method = method
        self._answer = answer

    def serve(self, connection, request, body):
        payload = read_json(body)
        try:
            data = dump(encode(self._answer(payload)))
        except Refused:
            raise
        except Exception as exception:
            raise Refused(500, from_exception(exception)) from exception
        connection.answer(200, data)


def endpoints(worker):
    """{path: endpoint}."""
    tool = worker.tool
    return {
        "/health": Ask("GET", lambda _: health(worker)),
        "/stats": Ask("GET", lambda _: stats(worker)),
        "/structural_surface": Ask("GET", lambda _: surface(tool)),
        "/config_schema": Ask("GET", lambda _: tool.get_config_schema()),
        "/config": Ask("GET", lambda _: tool.get_current_config()),
        "/config_options": Ask("GET", lambda _: tool.get_config_options()),
        "/initialize": Work(worker, lambda payload, call: lambda: initialize(tool, payload)),
        "/reconfigure": Work(worker, lambda payload, call: lambda: reconfigure(tool, payload)),
        "/prefetch": Work(worker, lambda payload, call: lambda: hook(tool, "prefetch", "prefetched")),
        "/on_enable": Ask("POST", lambda _: hook(tool, "on_enable", "enabled")),
        "/on_disable": Ask("POST", lambda _: hook(tool, "on_disable", "disabled")),
        "/release": Work(worker, lambda payload, call: lambda: hook(tool, "free_memory", "released")),
        "/cleanup": Ask("POST", lambda _: cleanup(tool)),
        "/execute": Work(worker, lambda payload, call: execute(worker, payload, call)),
        "/task": Work(worker, lambda payload, call: run_task(worker, payload, call)),
        "/execute_stream": Work(
            worker, lambda payload, call: execute_stream(worker, payload, call), always_frames=True
        ),
        "/cancel": Ask("POST", lambda payload: cancel(worker, payload)),
        "/progress": Ask("GET", lambda _: progress(worker)),
        "/get_system_status": Ask("POST", lambda _: monitor(tool, "get_system_status")),
        "/list_processes": Ask("POST", lambda _: monitor(tool, "list_processes")),
    }


# -- about the worker


def health(worker):
    name, version, _ = worker.identity
    return {
        "status": "running",
        "pid": os.getpid(),
        "name": name,
        "version": version,
        "protocol": list(versions.PROTOCOL),
        "sdk": versions.describe_sdk(),
        "uptimeS": round(time.monotonic() - worker.started_at, 3),
        "inFlight": len(worker.calls),
        "tasks": worker.adapters.tasks,
    }


def stats(worker):
    return {**worker.measure(), "usage": worker.calls.last_usage}


def surface(tool):
    from ..contract.surface import structural_surface

    return structural_surface(type(tool))


def progress(worker):
    calls = worker.calls.snapshot()
    return {"calls": {call.id: {"progress": call.progress, "message": call.message} for call in calls}}


# -- the capability's life


def initialize(tool, config):
    kept, tool.config = tool.config, tool.read_config(config)
    try:
        tool.initialize(tool.config)
    except BaseException:
        tool.config = kept
        raise
    return {"status": "ok"}


def reconfigure(tool, payload):
    old, new = payload.get("old_config"), payload.get("new_config")
    if not isinstance(old, dict) or not isinstance(new, dict):
        raise TypeError("reconfigure needs the objects old_config and new_config")
    config, kept = tool.read_config(new), tool.config
    try:
        tool.reconfigure(old, new)
        # A tool that has a way of its own need not remember to say so.
        tool.config = config if tool.config is kept else tool.config
    except BaseException:
        tool.config = kept
        raise
    return {"status": "reconfigured"}


def cleanup(tool):
    tool.cleanup()
    return {"status": "cleaned"}


def hook(tool, name, done):
    # `free_memory` is not in the base class: its name would be in the surface of every tool that was ever installed.
    found = getattr(type(tool), name, None)
    if found is None or found is getattr(Capability, name, None):
        return {"status": "not_supported"}
    getattr(tool, name)()
    return {"status": done}


def monitor(tool, name):
    ask = getattr(tool, name, None)
    if ask is None:
        raise refuse(404, "this capability is no monitor")
    try:
        return ask()
    except NotImplementedError as error:
        message = str(error) or f"this capability declines {name}"
        raise refuse(501, message, "NOT_SUPPORTED") from None


# -- calls


def execute(worker, payload, call):
    args, kwargs = read_arguments(payload, call)
    return lambda: worker.tool.execute(*args, **decode_inputs(kwargs, call))


def execute_stream(worker, payload, call):
    if "task" in payload:
        return run_task(worker, payload, call, finish=lambda result: send_chunks(chunks_of(result), call))
    args, kwargs = read_arguments(payload, call)
    return lambda: send_chunks(worker.tool.execute_stream(*args, **decode_inputs(kwargs, call)), call)


def send_chunks(chunks, call):
    try:
        for number, chunk in enumerate(chunks, 1):
            if call.stop_error is not None:
                break
            call.say_chunk(encoded_result(chunk, call, f"chunk-{number}.json"))
    finally:
        # Lets a generator's own clean-up run now, and inside the call.
        getattr(chunks, "close", lambda: None)()


def chunks_of(result):
    from ..capability import is_stream

    return result if is_stream(result) else [result]


def as_a_whole(result):
    from ..capability import is_stream

    return list(result) if is_stream(result) else result


def run_task(worker, payload, call, finish=as_a_whole):
    adapter = worker.adapters.get(payload.get("task"))
    if adapter is None:
        known = ", ".join(worker.adapters.tasks) or "none"
        raise refuse(404, f"no adapter is bound for the task {payload.get('task')!r}; known: {known}", "TASK_NOT_FOUND")
    method = adapter.methods.get(payload.get("method"))
    if method is None:
        known = ", ".join(adapter.methods) or "none"
        message = f"the task {adapter.task_name} has no method {payload.get('method')!r}; known: {known}"
        raise refuse(404, message, "TASK_NOT_FOUND")
    _, kwargs = read_arguments(payload, call)

    def run():
        inputs = decode_inputs(kwargs, call)
        with TaskAccount(call, adapter.task_name, payload["method"]):
            return finish(method.run(adapter.instance, inputs))

    return run


class TaskAccount:
    """The account that every task leaves: which, whether it went well, how long it took, whose fault it was."""

    def __init__(self, call, task, method):
        self._call = call
        self._payload = {"task": task, "method": method}

    def __enter__(self):
        self._started = time.monotonic()

    def __exit__(self, kind, failure, _):
        failure = self._call.stop_error or failure
        self._payload["ok"] = failure is None
        self._payload["duration_s"] = round(time.monotonic() - self._started, 6)
        if failure is not None:
            self._payload["error_category"] = from_exception(failure)["category"]
        self._call.account("task_account", self._payload)


def read_arguments(payload, call):
    args, kwargs = payload.get("args", []), payload.get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise refuse(400, "args must be a list and kwargs an object")
    return args, kwargs


def decode_inputs(kwargs, call):
    if not call.may_hold_tags:
        return kwargs
    files = []
    inputs = decode(kwargs, files)
    if files:
        call.given_files = frozenset(os.path.realpath(file.path) for file in files)
    return inputs


def cancel(worker, payload):
    call_id, reason = payload.get("call"), payload.get("reason")
    if not isinstance(call_id, (str, type(None))) or not isinstance(reason, (str, type(None))):
        raise refuse(400, "call and reason must be text")
    calls = worker.calls.to_cancel(call_id, reason)
    for call in calls:
        call.cancel(reason)
    return {"status": "cancelled" if calls else "not_running"}
