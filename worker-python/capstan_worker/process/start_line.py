"""Reading the one line a host writes to stdin."""

import json

from ..values.classify import wire_error
from ..versions import skew

TRACEBACKS = ("full", "repr-only", "none")
LOG_LEVELS = ("debug", "info", "warning", "error")


class StartRefused(Exception):
    """Why this worker cannot start, as the error it announces."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.error = error


def parse_start_line(line):
    """The start line as a dict, complete and of the right types. Raises StartRefused."""
    try:
        start = json.loads(line)
    except ValueError:
        raise _refused("START_LINE_INVALID", "the first line on stdin is not JSON") from None
    if not isinstance(start, dict) or start.get("capstan") != 1:
        message = 'the first line on stdin is not a Capstan start line ("capstan": 1)'
        raise _refused("START_LINE_INVALID", message)
    if not _is_range(start.get("protocol")):
        raise _refused("START_LINE_INVALID", 'the start line lacks "protocol": [lowest, highest]')
    no_overlap = skew(start["protocol"])
    if no_overlap:
        raise _refused("VERSION_SKEW", no_overlap)
    problem = _problem(start)
    if problem:
        raise _refused("START_LINE_INVALID", f"the start line's {problem}")
    return start


def _problem(start):
    for key in ("session", "listen", "token", "module", "class"):
        if not isinstance(start.get(key), str):
            return f'"{key}" must be a string'
    for key in ("session", "token", "module"):
        if not start[key]:
            return f'"{key}" must not be empty'
    if parse_address(start["listen"]) is None:
        return '"listen" must be unix:/absolute/path or tcp:127.0.0.1:PORT'
    adapters, dirs, secrets = (start.get(key) for key in ("adapters", "dirs", "secrets"))
    if not isinstance(adapters, list) or not all(isinstance(item, str) for item in adapters):
        return '"adapters" must be a list of module:Class'
    if not isinstance(dirs, dict) or not all(isinstance(dirs.get(key), str) for key in ("data", "models", "calls")):
        return '"dirs" must name "data", "models" and "calls"'
    if not isinstance(secrets, dict) or not all(isinstance(item, str) for item in secrets.values()):
        return '"secrets" must map names to strings'
    exported = start.get("exported", [])
    if not isinstance(exported, list) or not all(isinstance(item, str) for item in exported):
        return '"exported" must be a list of names'
    if start.get("logLevel") not in LOG_LEVELS:
        return f'"logLevel" must be one of {", ".join(LOG_LEVELS)}'
    if start.get("tracebacks", "full") not in TRACEBACKS:
        return f'"tracebacks" must be one of {", ".join(TRACEBACKS)}'
    return None


def parse_address(text):
    """("unix", path) or ("tcp", port); None for anything else, other hosts included."""
    if text.startswith("unix:/"):
        return "unix", text[len("unix:") :]
    prefix, _, port = text.rpartition(":")
    if prefix == "tcp:127.0.0.1" and len(port) <= 5 and port.isascii() and port.isdigit() and int(port) <= 65535:
        return "tcp", int(port)
    return None


def _is_range(value):
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(bound, int) and not isinstance(bound, bool) and bound >= 1 for bound in value)
        and value[0] <= value[1]
    )


def _refused(code, message):
    return StartRefused(wire_error("fatal", code, message))
