"""Log records as marked lines on stderr, each with the call it belongs to. Authors just use `logging`."""

import json
import logging

from ..call import call_or_none
from ..limits import LOG_LINE_BYTES
from ..values.classify import Policy, trace_of, utc_now, well_formed
from .stdio import write_line

#: The ASCII record separator, as in JSON text sequences: no tool's ordinary line begins with it.
MARK = b"\x1e"

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class MarkedLineHandler(logging.Handler):
    def emit(self, record):
        try:
            write_line("stderr", format_record(record, call_or_none()))
        except Exception:
            self.handleError(record)


def format_record(record, call):
    line = {
        "ts": utc_now(),
        "level": level_word(record.levelno),
        "logger": record.name,
        "message": record.getMessage(),
    }
    if call is not None:
        line["callId"] = call.id
    exc_text = _exception_text(record)
    if exc_text:
        line["excText"] = exc_text
    data = _dump(line)
    if len(data) > LOG_LINE_BYTES:
        for key in ("message", "excText"):
            if key in line:
                line[key] = line[key][: LOG_LINE_BYTES // 16] + "… (cut off)"
        data = _dump(line)
    return data


def _dump(line):
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return MARK + well_formed(text).encode("utf-8") + b"\n"


def _exception_text(record):
    if Policy.tracebacks != "full":
        error = record.exc_info[1] if record.exc_info else None
        return trace_of(error).get("exception", "")
    if record.exc_text:
        return record.exc_text
    return logging.Formatter().formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


def level_word(number):
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"


def install(level):
    """Sends the records of every logger to the host."""
    root = logging.getLogger()
    root.addHandler(MarkedLineHandler())
    root.setLevel(LEVELS[level])


def sdk_logger():
    return logging.getLogger("capstan_worker")
