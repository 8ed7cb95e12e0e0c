"""The life of a worker process: start line in, ready line out, then requests until the host is gone."""

import os
import sys

from .. import session as session_module
from ..contract.variables import exported_names
from ..http.door import Door
from ..http.server import Server, listen
from ..process.host_link import die_with_host, read_start_line, take_stdin
from ..process.start_line import StartRefused, parse_address, parse_start_line
from ..process.stdio import forgive_broken_pipes, write_line
from ..values.classify import Policy, brief, trace_of, wire_error
from ..values.strict_json import dump
from ..versions import PROTOCOL, SDK_VERSION
from .adapters import Adapters
from .endpoints import endpoints
from .loading import LoadError, find_capability, import_module
from .worker import Worker

BY_HAND = f"""\
This is a Capstan worker for Python (SDK {SDK_VERSION}, protocol {PROTOCOL[0]} to {PROTOCOL[1]}).
It runs one capability for a Capstan host, which starts it and writes a line of JSON to its stdin.
Started by hand, it has nothing to do. To look at a capability:

    python -m capstan_worker introspect --module M --out -
"""


def serve():
    """Runs until the host is gone; returns an exit code only when the start fails."""
    line = read_start_line()
    if not line:
        sys.stderr.write(BY_HAND)
        return 2
    forgive_broken_pipes()
    try:
        start = parse_start_line(line)
        Policy.tracebacks = start.get("tracebacks", "full")
        die_with_host(take_stdin(), start["session"])
        server, address = _prepare(start)
    except StartRefused as refused:
        write_line("stdout", b"capstan 1 error %s\n" % dump(refused.error))
        return 1
    write_line("stdout", f"capstan 1 {address}\n".encode())
    server.serve()
    return 0


def _prepare(start):
    """Everything up to, and not including, the ready line. Raises StartRefused."""
    from ..process import logs

    session = session_module.Session(start)
    session_module.begin(session)
    logs.install(session.log_level)
    _export(start.get("exported", ()), session.secrets)
    tool = _load_tool(start["module"], start["class"], session.secrets)
    adapters = Adapters()
    for spec in start["adapters"]:
        adapters.bind(spec, tool)
    worker = Worker(session, tool, adapters)
    try:
        sock, address = listen(*parse_address(start["listen"]))
    except OSError as error:
        raise _refused("WORKER_START_FAILED", f"cannot listen on {start['listen']}: {error}", error) from error
    return Server(sock, Door(start["token"], endpoints(worker))), address


def _load_tool(module_name, class_name, secrets):
    try:
        cls = find_capability(import_module(module_name), class_name)
    except LoadError as error:
        raise StartRefused(wire_error("input", "IMPORT_FAILED", str(error))) from error
    except BaseException as error:  # also SystemExit: a script that was not meant to be imported
        message = f"importing {module_name} failed: {brief(error)}"
        raise _refused("IMPORT_FAILED", message, error) from error
    try:
        _export(exported_names(cls.worker_env), secrets)
        return cls()
    except BaseException as error:
        message = f"constructing {cls.__name__} failed: {brief(error)}"
        raise _refused("IMPORT_FAILED", message, error) from error


def _export(names, secrets):
    # Some libraries look for a key when they are imported, so what the host says is exported comes before that.
    for name in names:
        if name in secrets:
            os.environ[name] = secrets[name]


def _refused(code, message, cause):
    return StartRefused(
        wire_error("fatal", code, message, **trace_of(cause))
    )
