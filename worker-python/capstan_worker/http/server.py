"""The listening socket, and a thread for each connection. A call runs on the thread its request came in on."""

import os
import socket
import threading

from ..limits import CONNECTIONS, SEND_BUFFER_BYTES
from .connection import Connection, Refused, refuse


def listen(kind, place):
    """(listening socket, the address to announce) for ("unix", path) or ("tcp", port)."""
    if kind == "unix":
        return _listen_unix(place), f"unix:{place}"
    return _listen_tcp(place)


def _listen_unix(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(path)
    finally:
        os.umask(before)
    sock.listen(128)
    return sock


def _listen_tcp(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", port))
    sock.listen(128)
    return sock, f"tcp:127.0.0.1:{sock.getsockname()[1]}"


class Server:
    def __init__(self, sock, door):
        self._socket = sock
        self._door = door
        self._room = threading.BoundedSemaphore(CONNECTIONS)

    def serve(self):
        """Accepts connections for ever, on the calling thread."""
        while True:
            try:
                sock, _ = self._socket.accept()
            except InterruptedError:
                continue
            if not self._room.acquire(blocking=False):
                _turn_away(sock)
                continue
            threading.Thread(target=self._serve_connection, args=(sock,), daemon=True).start()

    def _serve_connection(self, sock):
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            # Room for one chunk while the next one is made, where the system's own is for a fifth of a large one.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        connection = Connection(sock)
        try:
            self._serve_requests(connection)
        except OSError:
            pass  # the client is gone or too slow; there is nobody to tell
        finally:
            connection.close()
            self._room.release()

    def _serve_requests(self, connection):
        # A stranger must speak soon. A client that has shown the token may rest for as long as it likes:
        # closing under it could race with its next call, which it must not send twice.
        is_known = False
        while True:
            try:
                request = connection.read_request(patient=is_known)
                if request is None:
                    return
                endpoint = self._door.admit(request)
                is_known = True
                # Not kept here: a large one is let go as soon as it is read.
                endpoint.serve(connection, request, connection.read_body(request))
            except Refused as refused:
                connection.answer_refusal(refused)
                if refused.close:
                    connection.finish()
                    return
            if request.headers.get("connection", "").lower() == "close":
                return


def _turn_away(sock):
    try:
        message = f"this worker holds {CONNECTIONS} connections already"
        Connection(sock).answer_refusal(refuse(503, message, category="transient", close=True))
    except OSError:
        pass
    sock.close()
