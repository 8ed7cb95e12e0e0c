"""Starts real workers and speaks HTTP to them; helpers read as sentences."""

import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SDK = os.path.dirname(HERE)
REPOSITORY = os.path.dirname(SDK)
FIXTURES = os.path.join(REPOSITORY, "protocol", "fixtures")
CONFORMANCE = os.path.join(HERE, "conformance_capability.py")
TOKEN = "token-for-tests"
PATIENCE_S = 20

if SDK not in sys.path:
    sys.path.insert(0, SDK)


def fixture(name):
    with open(os.path.join(FIXTURES, name), encoding="utf-8") as file:
        return json.load(file)


def worker_command(*arguments):
    return [sys.executable, "-m", "capstan_worker", *arguments]


def worker_environment(**more):
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return {**kept, "PYTHONPATH": SDK, **more}


def start_line(folder, **changes):
    line = {
        "capstan": 1,
        "protocol": [1, 1],
        "session": os.path.basename(folder),
        "listen": f"unix:{folder}/w.sock",
        "token": TOKEN,
        "module": CONFORMANCE,
        "class": "",
        "adapters": [],
        "dirs": {name: os.path.join(folder, name) for name in ("data", "models", "calls")},
        "secrets": {},
        "logLevel": "info",
    }
    return {**line, **changes}


class WorkerProcess:
    """A worker in a process group of its own, as a host starts it."""

    def __init__(self, **changes):
        self.folder = tempfile.mkdtemp(prefix="capstan-py-")
        self.start_line = start_line(self.folder, **changes)
        self.session = self.start_line["session"]
        self.stderr_path = os.path.join(self.folder, "stderr")
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                worker_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=worker_environment(CAPSTAN_SESSION=self.session),
                start_new_session=True,
                bufsize=0,  # a buffer would hide lines from select()
            )
        self.process.stdin.write(json.dumps(self.start_line).encode() + b"\n")
        self.process.stdin.flush()

    def ready_line(self):
        return self.output_line_beginning("capstan 1 ")

    def output_line_beginning(self, prefix):
        while True:
            line = self._output_line()
            if line.startswith(prefix) or not line:
                return line.rstrip("\n")

    def _output_line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        if not ready:
            raise AssertionError("the worker says nothing")
        return self.process.stdout.readline().decode()

    def stderr(self):
        with open(self.stderr_path, encoding="utf-8") as file:
            return file.read()

    def connect(self):
        return connect(self.start_line["listen"][len("unix:") :])

    def ask(self, method, path, body=None, headers=None):
        """(status, parsed body) of one request on a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def execute(self, action, headers=None, envelope=None, **inputs):
        body = {"args": [], "kwargs": {"action": action, **inputs}}
        if envelope is not None:
            body["envelope"] = envelope
        return self.ask("POST", "/execute", body, headers)

    def frames(self, path, body, headers=None):
        """All frames of one answer."""
        headers = {"accept": "application/x-ndjson", **(headers or {})}
        status, text = self.raw(path, body, headers)
        assert status == 200, text
        return [json.loads(line) for line in text.splitlines()]

    def raw(self, path, body, headers):
        connection = self.connect()
        try:
            connection.request("POST", path, json.dumps(body), {**default_headers(), **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def close_stdin(self):
        self.process.stdin.close()

    def stop(self):
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(self._path)


def connect(path):
    return UnixConnection(path)


def default_headers():
    return {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


def ask(connection, method, path, body=None, headers=None):
    sent = {**default_headers(), **(headers or {})}
    data = None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
    connection.request(method, path, data, {key: value for key, value in sent.items() if value is not None})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def until(condition, what):
    """Waits until a condition holds; for what other processes do there is no event to wait on."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"never happened: {what}")


def is_gone(pid):
    """Whether a process has ended; one that only waits to be reaped has."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


class WorkerTest(unittest.TestCase):
    """Tests that share one worker of the conformance capability."""

    changes = {}

    @classmethod
    def setUpClass(cls):
        cls.worker = WorkerProcess(**cls.changes)
        cls.addClassCleanup(cls.worker.stop)
        line = cls.worker.ready_line()
        if not line.startswith("capstan 1 unix:"):
            raise AssertionError(line + cls.worker.stderr())
