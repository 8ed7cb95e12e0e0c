"""HTTP/1.1 over one socket: requests in, answers out. Small on purpose: http.server would load ssl and email."""

import socket
import time

from ..limits import HEADER_BYTES, REQUEST_BYTES, REQUEST_SECONDS
from ..values.classify import wire_error
from ..values.strict_json import dump

REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    411: b"Length Required",
    412: b"Precondition Failed",
    413: b"Content Too Large",
    415: b"Unsupported Media Type",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    503: b"Service Unavailable",
}

LINGER_SECONDS = 2
#: Parts of an answer that are smaller in all are joined: one short write is cheaper than a list of buffers.
JOINED_BYTES = 16 * 1024

CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"


class Refused(Exception):
    """An answer that is not 200. `close` ends the connection after it, for what is left unread cannot be trusted."""

    def __init__(self, status, error, close=False):
        super().__init__(error["message"])
        self.status = status
        self.error = error
        self.close = close


def refuse(status, message, code="REQUEST_INVALID", category="input", close=False, **more):
    return Refused(status, wire_error(category, code, message, **more), close)


class Request:
    """A request whose body is still on the wire."""

    __slots__ = ("method", "path", "headers", "body_length")

    def __init__(self, method, path, headers):
        self.method = method
        self.path = path
        self.headers = headers
        self.body_length = 0


class Connection:
    def __init__(self, sock):
        self._socket = sock
        self._buffer = b""
        self._deadline = None

    # -- reading

    def read_request(self, patient):
        """The next request, or None when the other side is done. `patient` waits for ever for its first byte."""
        self._start_clock(patient)
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                break
            if len(self._buffer) > HEADER_BYTES:
                end = HEADER_BYTES + 1
                break
            if not self._receive():
                return None
        if end > HEADER_BYTES:
            raise refuse(431, f"the headers are longer than {HEADER_BYTES} bytes", close=True)
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        request = parse_head(head)
        request.body_length = body_length(request.headers)
        return request

    def read_body(self, request):
        """All bytes of the body. The caller has looked at its length."""
        length = request.body_length
        if request.headers.get("expect", "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self._buffer) >= length:
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            return body
        self._start_clock(False)
        # Received into its place: pieces that are joined would be there twice.
        body = bytearray(length)
        view = memoryview(body)
        filled = len(self._buffer)
        view[:filled] = self._buffer
        self._buffer = b""
        while filled < length:
            count = self._receive_into(view[filled:])
            if not count:
                raise ConnectionAbortedError("the body ended early")
            filled += count
        return body

    def _start_clock(self, patient):
        # A clock that runs from the first byte, however they dribble in, is what stops a slow client.
        self._deadline = None if patient and not self._buffer else time.monotonic() + REQUEST_SECONDS

    def _receive(self):
        data = self._receive_some(65536)
        self._buffer += data
        return bool(data)

    def _receive_some(self, size):
        return self._in_time(lambda: self._socket.recv(size))

    def _receive_into(self, view):
        return self._in_time(lambda: self._socket.recv_into(view))

    def _in_time(self, receive):
        if self._deadline is None:
            data = receive()
            self._deadline = time.monotonic() + REQUEST_SECONDS
            return data
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long to arrive")
        self._socket.settimeout(left)
        try:
            return receive()
        finally:
            self._socket.settimeout(None)

    # -- answering

    def answer(self, status, *body, close=False):
        """One JSON answer, its body in parts, in one write."""
        head = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%s\r\n" % (
            status,
            REASONS[status],
            sum(map(len, body)),
            b"connection: close\r\n" if close else b"",
        )
        self._send((head, *body))

    def answer_refusal(self, refused):
        self.answer(refused.status, dump({"_job_error": refused.error}), close=refused.close)

    def start_frames(self):
        # At once and not with the first frame: a call may be silent for longer than a client waits for headers.
        self._socket.sendall(CHUNKED_HEAD)

    def send_frame(self, *parts, last=False):
        """One line of the stream, in parts, in one write."""
        size = sum(map(len, parts))
        end = b"\r\n0\r\n\r\n" if last else b"\r\n"
        self._send((b"%x\r\n" % size, *parts, end))

    def _send(self, parts):
        if sum(map(len, parts)) < JOINED_BYTES:
            self._socket.sendall(b"".join(parts))
            return
        # To join large ones would copy them once more.
        waiting = [memoryview(part) for part in parts]
        while waiting:
            sent = self._socket.sendmsg(waiting)
            while waiting and sent >= len(waiting[0]):
                sent -= len(waiting.pop(0))
            if sent:
                waiting[0] = waiting[0][sent:]

    def has_hung_up(self):
        """Whether the client has gone. For another thread to ask while this one runs a call."""
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def finish(self):
        """Closes after a refusal. What the client still sends is read first, or it would never see the answer."""
        self._socket.shutdown(socket.SHUT_WR)
        self._deadline = time.monotonic() + LINGER_SECONDS
        while self._receive_some(1 << 18):
            pass

    def close(self):
        self._socket.close()


def parse_head(head):
    try:
        lines = head.decode("latin-1").split("\r\n")
        method, target, version = lines[0].split(" ")
    except ValueError:
        raise refuse(400, "the request line is not HTTP", close=True) from None
    if version != "HTTP/1.1":
        raise refuse(400, f"this worker speaks HTTP/1.1, not {version[:20]}", close=True)
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.lower()
        if not colon or not name or name != name.strip() or key in headers:
            # A header given twice means different things to different readers.
            raise refuse(400, f"the header {name[:40]!r} is malformed or given twice", close=True)
        headers[key] = value.strip()
    return Request(method, target, headers)


def body_length(headers):
    if "transfer-encoding" in headers:
        raise refuse(411, "the body needs a content-length", close=True)
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise refuse(400, "content-length is not a number", close=True)
    return int(text)


def check_size(request):
    if request.body_length > REQUEST_BYTES:
        raise refuse(413, f"the body is larger than {REQUEST_BYTES} bytes", "REQUEST_TOO_LARGE", close=True)
