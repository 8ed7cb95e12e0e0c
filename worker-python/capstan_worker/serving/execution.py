"""One request that makes a call: from its body to its terminal answer."""

import threading

from ..call import Call, run_in
from ..files import File, adopt_file, check_output, tagged
from ..http.connection import refuse
from ..http.door import read_call_headers, read_json
from ..limits import INLINE_RESULT_BYTES
from ..values.classify import from_exception, well_formed
from ..values.encode import encode, wire_parts
from ..values.strict_json import dump, may_hold_tags
from .calls import CallIdTaken, new_call_id

FRAMES = "application/x-ndjson"
ENVELOPE_TEXTS = ("job_id", "run_id", "composition_id", "node_id", "actor")


class Work:
    """An endpoint whose answer is a call's. `prepare(payload, call)` returns what to run, or refuses."""

    method = "POST"

    def __init__(self, worker, prepare, always_frames=False):
        self._worker = worker
        self._prepare = prepare
        self._always_frames = always_frames

    def serve(self, connection, request, body):
        payload, may_hold = read_json(body), may_hold_tags(body)
        del body
        call_id, deadline_ms = read_call_headers(request.headers, self._worker.calls)
        frames = None
        if self._always_frames or FRAMES in request.headers.get("accept", ""):
            frames = Frames(connection)
        call = Call(
            call_id or new_call_id(),
            envelope=read_envelope(payload.get("envelope")),
            calls_dir=self._worker.session.calls_dir,
            deadline_ms=deadline_ms,
            listener=frames,
        )
        call.may_hold_tags = may_hold
        if frames is not None:
            frames.call = call
        work = self._prepare(payload, call)
        self._run(connection, call, frames, work)

    def _run(self, connection, call, frames, work):
        try:
            self._worker.calls.add(call)
        except CallIdTaken:
            raise refuse(400, f"a call {call.id} is in flight already") from None
        try:
            if frames is not None:
                connection.start_frames()
            self._worker.hang_ups.watch(call, connection)
            value, failure = run_in(call, _perform, call, work)
        finally:
            self._worker.hang_ups.forget(call)
            self._worker.calls.remove(call)
        if frames is not None:
            frames.end(value, failure)
        elif failure is None:
            connection.answer(200, *value)
        else:
            connection.answer(409 if failure["category"] == "cancelled" else 500, dump({"_job_error": failure}))


def _perform(call, work):
    """(JSON of the result, in parts, None) or (None, WireError)."""
    try:
        value = encoded_result(work(), call)
    except BaseException as exception:  # also SystemExit: a tool's exit() ends its call, not the worker
        # Whatever a tool raises because it was stopped, the reason is that it was stopped.
        return None, from_exception(call.stop_error or exception)
    if call.stop_error is not None:
        return None, from_exception(call.stop_error)
    return value, None


def encoded_result(value, call, file_name="result.json"):
    """The JSON of a value, in parts; of a file that holds it, when it is large."""
    parts = wire_parts(value, CallFiles(call))
    size = sum(map(len, parts))
    if size <= INLINE_RESULT_BYTES:
        return parts
    return (dump(tagged(_spill(parts, size, call, file_name))),)


class CallFiles:
    """What becomes of the files of a result: each is judged, and those a value saved itself to are taken over."""

    def __init__(self, call):
        self._call = call

    def __call__(self, file):
        return check_output(file, self._call.dir_path, self._call.given_files)

    def adopt(self, path):
        return adopt_file(path, self._call.dir)


def _spill(parts, size, call, file_name):
    stem, dot, suffix = file_name.rpartition(".")
    count = 1
    while True:
        name = file_name if count == 1 else f"{stem}-{count}{dot}{suffix}"
        file = File(call.output(name), size=size, media_type="application/json")
        try:
            # Never over a file of that name which the tool itself has written.
            with open(file, "xb") as out:
                out.writelines(parts)
            return file
        except FileExistsError:
            count += 1


def read_envelope(value):
    """What the protocol knows of an envelope, with the types it should have."""
    if not isinstance(value, dict):
        return {}
    envelope = {key: value[key] for key in ENVELOPE_TEXTS if isinstance(value.get(key), str)}
    if isinstance(value.get("control"), dict):
        envelope["control"] = value["control"]
    return envelope


class Frames:
    """The lines of one answer, from any thread, until the terminal one."""

    def __init__(self, connection):
        self._connection = connection
        self._lock = threading.Lock()
        self._ended = False
        self.call = None

    def send(self, frame):
        if frame["event"] == "progress":
            frame["message"] = well_formed(frame["message"])
            line = dump(frame)
        else:
            line = dump(encode(frame))
        self._send_line(line + b"\n")

    def send_chunk(self, value):
        self._send_line(b'{"event":"chunk","value":', *value, b"}\n")

    def _send_line(self, *parts):
        with self._lock:
            if self._ended:
                return
            try:
                self._connection.send_frame(*parts)
                return
            except OSError:
                self._ended = True
        # Nobody listens any more, so there is no reason to go on.
        self.call.cancel("the caller hung up")

    def end(self, value, failure):
        if failure is None:
            line = (b'{"event":"result","value":', *value, b"}\n")
        else:
            line = (dump({"event": "error", "error": failure}), b"\n")
        with self._lock:
            gone, self._ended = self._ended, True
            if gone:
                raise ConnectionAbortedError("the caller hung up")
            self._connection.send_frame(*line, last=True)
