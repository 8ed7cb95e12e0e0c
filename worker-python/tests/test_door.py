"""What a real worker refuses before it touches its capability, and how its connections behave."""

import json
import os
import socket
import stat
import unittest
import unittest.mock

import support
from support import TOKEN, ask


class Door(support.WorkerTest):
    def refusal(self, method, path, body=None, headers=None):
        status, answer = self.worker.ask(method, path, body, headers)
        self.assertEqual(list(answer), ["_job_error"])
        return status, answer["_job_error"]["code"]

    def test_no_token_or_a_wrong_one(self):
        for token in (
            None,
            "",
            "Bearer",
            "Bearer wrong",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN}x",
            "Bearer \xe9",
        ):
            with self.subTest(token):
                headers = {"authorization": token}
                self.assertEqual(self.refusal("GET", "/health", None, headers), (401, "UNAUTHORIZED"))

    def test_a_foreign_host(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.2", "localhost:80x"):
            with self.subTest(host):
                self.assertEqual(self.refusal("GET", "/health", None, {"host": host})[0], 403)
        for host in ("localhost:1234", "127.0.0.1", "capstan", "[::1]:80", "LOCALHOST"):
            with self.subTest(host):
                self.assertEqual(self.worker.ask("GET", "/health", None, {"host": host})[0], 200)

    def test_endpoints_and_verbs(self):
        self.assertEqual(self.refusal("GET", "/nothing"), (404, "REQUEST_INVALID"))
        self.assertEqual(self.refusal("POST", "/health"), (405, "REQUEST_INVALID"))
        self.assertEqual(self.refusal("GET", "/execute"), (405, "REQUEST_INVALID"))

    def test_bodies_that_are_no_json_object(self):
        for body in ("{", "[1]", '"x"', '{"a":NaN}', '{"a":1,"a":1}', b"\xff", "[" * 3000):
            with self.subTest(body):
                self.assertEqual(self.refusal("POST", "/execute", body), (400, "REQUEST_INVALID"))
        for kind in ("text/plain", "application/x-www-form-urlencoded", None, "application/jsonx"):
            with self.subTest(kind):
                self.assertEqual(self.refusal("POST", "/execute", "{}", {"content-type": kind})[0], 415)

    def test_a_body_too_large_is_refused_and_the_answer_arrives(self):
        body = b'{"a":"' + b"x" * (17 * 1024 * 1024) + b'"}'
        self.assertEqual(self.refusal("POST", "/execute", body), (413, "REQUEST_TOO_LARGE"))

    def test_headers_of_a_call(self):
        body = {"args": [], "kwargs": {"action": "echo", "value": 1}}
        for headers in (
            {"capstan-call": "../x"},
            {"capstan-call": "x" * 65},
            {"capstan-deadline-ms": "soon"},
            {"capstan-deadline-ms": "-1"},
            {"capstan-fence": "1.5"},
        ):
            with self.subTest(headers):
                self.assertEqual(self.refusal("POST", "/execute", body, headers), (400, "REQUEST_INVALID"))

    def test_arguments_of_the_wrong_shape(self):
        for body in ({"args": {}}, {"kwargs": []}):
            with self.subTest(body):
                self.assertEqual(self.refusal("POST", "/execute", body), (400, "REQUEST_INVALID"))
        self.assertEqual(self.refusal("POST", "/cancel", {"call": 1}), (400, "REQUEST_INVALID"))

    def test_one_connection_serves_many_requests_also_after_a_refusal(self):
        connection = self.worker.connect()
        try:
            self.assertEqual(ask(connection, "GET", "/health")[0], 200)
            first = connection.sock
            self.assertEqual(ask(connection, "GET", "/nothing")[0], 404)
            self.assertEqual(ask(connection, "POST", "/execute", {"kwargs": {"action": "add", "a": 1}}), (200, 2))
            self.assertIs(connection.sock, first)
        finally:
            connection.close()

    def test_a_request_may_arrive_in_any_pieces_and_two_at_once(self):
        body = json.dumps({"kwargs": {"action": "echo", "value": "é"}}).encode()
        request = self.bytes_of("POST", "/execute", body)
        with self.raw_connection() as sock:
            for byte in request:
                sock.sendall(bytes([byte]))
            self.assertIn("é", self.answer(sock))
            sock.sendall(request + request)
            self.assertIn("é", self.answer(sock))
            self.assertIn("é", self.answer(sock))

    def test_what_is_no_http_is_answered_and_closed(self):
        for data in (
            b"hello\r\n\r\n",
            b"GET /health HTTP/1.0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
            b"POST /execute HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            b"POST /execute HTTP/1.1\r\ncontent-length: x\r\n\r\n",
            b"POST /execute HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
            b"GET /health HTTP/1.1\r\nx: " + b"y" * 40_000 + b"\r\n\r\n",
        ):
            with self.subTest(data[:60]), self.raw_connection() as sock:
                sock.sendall(data)
                answer = b"".join(iter(lambda: sock.recv(65536), b""))
                self.assertRegex(answer, rb"^HTTP/1.1 4\d\d ")
                self.assertIn(b'"_job_error"', answer)

    def test_a_client_that_asks_first_is_told_to_go_on(self):
        body = json.dumps({"kwargs": {"action": "echo", "value": 7}}).encode()
        head, _, rest = self.bytes_of("POST", "/execute", body, "expect: 100-continue\r\n").partition(b"\r\n\r\n")
        with self.raw_connection() as sock:
            sock.sendall(head + b"\r\n\r\n")
            self.assertEqual(sock.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            sock.sendall(rest)
            self.assertTrue(self.answer(sock).endswith("7"))

    def test_the_socket_belongs_to_its_user(self):
        mode = os.stat(self.worker.start_line["listen"][len("unix:") :]).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    # -- raw bytes

    def raw_connection(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(support.PATIENCE_S)
        sock.connect(self.worker.start_line["listen"][len("unix:") :])
        return sock

    def bytes_of(self, method, path, body, more=""):
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{more}\r\n"
        )
        return head.encode() + body

    def answer(self, sock):
        """The body of one answer whose length is known."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += sock.recv(1)
        length = int(data.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = b""
        while len(body) < length:
            body += sock.recv(length - len(body))
        return body.decode()


class Slow(unittest.TestCase):
    """A worker with little patience, so that the test needs none."""

    def test_a_request_that_dribbles_in_is_dropped_and_a_known_client_may_rest(self):
        import threading

        from capstan_worker import limits
        from capstan_worker.http import connection as module

        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        with unittest.mock.patch.object(module, "REQUEST_SECONDS", 0.2):
            self.assertGreater(limits.REQUEST_SECONDS, 0.2)
            served = module.Connection(far)
            stop = threading.Event()

            def dribble():
                while not stop.wait(0.02):
                    near.send(b"x")

            thread = threading.Thread(target=dribble)
            thread.start()
            try:
                with self.assertRaises((TimeoutError, socket.timeout)):
                    served.read_request(patient=True)
            finally:
                stop.set()
                thread.join()


if __name__ == "__main__":
    unittest.main()
