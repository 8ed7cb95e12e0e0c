"""stdout and stderr that a vanished reader cannot turn into an exception."""

import io
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


# Kept here as well, since a tool that puts something else into sys.stdout would otherwise close ours.
_streams = {}


def forgive_broken_pipes():
    """Replaces sys.stdout and sys.stderr, so that a tool's print() survives the host."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        try:
            file = ForgivingFile(descriptor, "w", closefd=False)
        except OSError:
            continue  # closed from the start
        stream = io.TextIOWrapper(
            io.BufferedWriter(file), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        _streams[name] = stream
        setattr(sys, name, stream)


def write_line(name, line):
    """One whole line of bytes to "stdout" or "stderr", after whatever text a tool left unfinished there."""
    stream = _streams.get(name)
    if stream is None:
        return
    stream.flush()
    file = stream.buffer.raw
    data = line if file.at_line_start else b"\n" + line
    while data:
        data = data[file.write(data) :]
