"""stdout and stderr that a vanished reader cannot turn into an exception."""

import io
import os
import sys


class ForgivingFile(io.FileIO):
    """A descriptor whose writes count as done when nobody reads them any more."""

    #: Whether the next byte starts a line; log records must not continue a half-written one.
    at_line_start = True

    def write(self, data):
        try:
            written = super().write(data)
        except BrokenPipeError:
            return len(data)
        if written:
            self.at_line_start = bytes(data[written - 1 : written]) == b"\n"
        return written


def forgive_broken_pipes():
    """Replaces sys.stdout and sys.stderr, so that a tool's print() survives the host."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        try:
            raw = ForgivingFile(descriptor, "w", closefd=False)
        except OSError:
            continue  # closed from the start
        getattr(sys, name).flush()
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        setattr(sys, name, stream)


def write_stderr_line(line):
    """One whole line of bytes, after whatever text a tool left unfinished."""
    stream = sys.stderr
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    try:
        if stream is not None:
            stream.flush()
        if isinstance(raw, ForgivingFile):
            data = line if raw.at_line_start else b"\n" + line
            while data:
                data = data[raw.write(data) :]
        else:
            os.write(2, line)
    except (OSError, ValueError):
        pass  # nobody reads, or the tool closed stderr


def write_stdout_line(text):
    """A line of the handshake, past any buffering a tool may have installed."""
    try:
        os.write(1, text.encode("utf-8") + b"\n")
    except OSError:
        pass
