"""From any exception to the error that crosses the wire."""

import errno
import os
import re
import time

from ..errors import CallCancelled, CapabilityError

CODES = {
    "input": "INPUT_INVALID",
    "transient": "TOOL_UNAVAILABLE",
    "resource": "RESOURCE_EXHAUSTED",
    "fatal": "TOOL_FAILED",
}

#: A foreign exception is what its nearest ancestor in this table is.
ANCESTORS = {
    FileNotFoundError: "input",
    NotADirectoryError: "input",
    IsADirectoryError: "input",
    PermissionError: "input",
    KeyError: "input",
    ValueError: "input",
    TypeError: "input",
    TimeoutError: "transient",
    ConnectionError: "transient",
    InterruptedError: "transient",
    BlockingIOError: "transient",
    OSError: "transient",
    MemoryError: "resource",
}

#: Classes that cannot be imported here without cost, or at all.
ANCESTORS_BY_NAME = {
    "subprocess.TimeoutExpired": "transient",
    "concurrent.futures._base.TimeoutError": "transient",
    "torch.OutOfMemoryError": "resource",
    "torch.cuda.OutOfMemoryError": "resource",
}

PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
TRACEBACK_CHARACTERS = 16_000
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
CUDA_OUT_OF_MEMORY = re.compile(r"CUDA (?:error: )?out of memory", re.IGNORECASE)
CUDA_AMOUNTS = {
    "needed": re.compile(r"Tried to allocate ([\d.]+) ([KMG]i?B)", re.IGNORECASE),
    "available": re.compile(r"([\d.]+) ([KMG]i?B) (?:is )?free", re.IGNORECASE),
}
MEBIBYTES = {"k": 1 / 1024, "m": 1, "g": 1024}


def wire_error(category, code, message, **more):
    """An error of the protocol. Members that are None are left out."""
    error = {
        "category": category,
        "code": code,
        "message": well_formed(message),
        "retriable": category in ("transient", "resource"),
        "occurredAt": utc_now(),
    }
    error.update((key, value) for key, value in more.items() if value is not None)
    return error


class Policy:
    """What of a tool's own exceptions may leave the worker: "full", "repr-only" or "none". The host says."""

    tracebacks = "full"


def from_exception(exception):
    """The error for what a tool raised, with its traceback as far as the policy lets it out."""
    if isinstance(exception, CapabilityError):
        return _from_own(exception)
    category, shortfall = _classify(exception)
    return wire_error(
        category,
        CODES[category],
        _message(exception) if Policy.tracebacks != "none" else f"the tool failed: {brief(exception)}",
        shortfall=shortfall,
        **trace_of(exception),
    )


def brief(exception):
    """An exception in a sentence: in its own words, or only its type where those may not leave the worker."""
    return type(exception).__qualname__ if Policy.tracebacks == "none" else exception_text(exception)


def trace_of(exception):
    """`exception` and `traceback` of an error, as far as the policy lets them out."""
    if exception is None or Policy.tracebacks == "none":
        return {}
    traceback = traceback_text(exception) if Policy.tracebacks == "full" else None
    return {"exception": exception_text(exception), "traceback": traceback}


def _from_own(error):
    # Its message is meant to be read as it is; an exception is only worth naming when another one led to it.
    traced = trace_of(error) if not isinstance(error, CallCancelled) else {}
    traced["exception"] = trace_of(error.__cause__).get("exception")
    fields = error.fields_invalid
    return wire_error(
        error.category,
        error.code,
        str(error) or type(error).__name__,
        hint=error.hint and well_formed(error.hint),
        retriable=bool(error.retriable),
        retryAfterS=error.retry_after_s,
        fieldsInvalid=list(fields) if fields is not None else None,
        shortfall=error.shortfall and _shortfall(**error.shortfall),
        **traced,
    )


def _classify(exception):
    """(category, shortfall) by the exception itself, else by the nearest known one that it was raised from."""
    seen = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        if isinstance(exception, CapabilityError):
            return exception.category if exception.category in CODES else "fatal", exception.shortfall
        found = _classify_one(exception)
        if found is not None:
            return found
        exception = exception.__cause__
    return "fatal", None


def _classify_one(exception):
    text = str(exception)
    if CUDA_OUT_OF_MEMORY.search(text):
        amounts = {name: _mebibytes(pattern, text) for name, pattern in CUDA_AMOUNTS.items()}
        return "resource", _shortfall("gpu_vram_mb", **amounts)
    if isinstance(exception, OSError) and exception.errno in FULL_DISK:
        return "resource", _shortfall("disk_mb")
    if isinstance(exception, OSError) and exception.errno == errno.ENOMEM:
        return "resource", _shortfall("system_ram_mb")
    for ancestor in type(exception).__mro__:
        name = f"{ancestor.__module__}.{ancestor.__qualname__}"
        category = ANCESTORS.get(ancestor) or ANCESTORS_BY_NAME.get(name)
        if category is not None:
            shortfall = _shortfall("system_ram_mb") if ancestor is MemoryError else None
            return category, shortfall
    return None


def _shortfall(resource, needed=None, available=None):
    return {"resource": resource, "needed": needed, "available": available}


def _mebibytes(pattern, text):
    found = pattern.search(text)
    return found and round(float(found.group(1)) * MEBIBYTES[found.group(2)[0].lower()], 2)


def _message(exception):
    # A KeyError prints as its key alone, which says nothing without its name.
    text = str(exception)
    return exception_text(exception) if isinstance(exception, KeyError) or not text else text


def exception_text(exception):
    import traceback

    return well_formed("".join(traceback.format_exception_only(type(exception), exception)).strip())


def traceback_text(exception):
    """The traceback from the tool's first frame on; None for what the SDK itself refused."""
    import traceback

    trace = exception.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    if trace is None and exception.__cause__ is None:
        return None
    text = "".join(traceback.format_exception(type(exception), exception, trace, limit=-40))
    return well_formed(text[-TRACEBACK_CHARACTERS:])


def _is_ours(file_name):
    return file_name.startswith(PACKAGE)


def well_formed(text):
    """Text that UTF-8 can carry: undecodable file names hold lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def utc_now():
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
