"""A worker as a process: how it starts, fails to start, and dies with its host."""

import json
import os
import signal
import subprocess
import tempfile
import textwrap
import time
import unittest

import support
from support import WorkerProcess, is_gone, until, worker_command, worker_environment


class ModuleFiles(unittest.TestCase):
    def module(self, source, name="subject.py"):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(source))
        return path

    def start(self, **changes):
        worker = WorkerProcess(**changes)
        self.addCleanup(worker.stop)
        return worker

    def refused_start(self, **changes):
        """The error a worker announces instead of becoming ready."""
        worker = self.start(**changes)
        line = worker.ready_line()
        self.assertTrue(line.startswith("capstan 1 error {"), line)
        self.assertEqual(worker.process.wait(support.PATIENCE_S), 1)
        return json.loads(line[len("capstan 1 error ") :])


class Starting(ModuleFiles):
    def test_ready_is_one_line_that_names_the_socket(self):
        worker = self.start()
        self.assertEqual(worker.ready_line(), f"capstan 1 {worker.start_line['listen']}")
        self.assertEqual(worker.ask("GET", "/health")[1]["name"], "conformance")

    def test_on_loopback_the_line_names_the_port(self):
        line = self.start(listen="tcp:127.0.0.1:0").ready_line()
        self.assertRegex(line, r"^capstan 1 tcp:127\.0\.0\.1:[1-9]\d+$")

    def test_started_by_hand_it_says_what_it_is(self):
        for arguments in ((), ("--help",)):
            done = subprocess.run(
                worker_command(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=worker_environment(),
                timeout=support.PATIENCE_S,
            )
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"This is a Capstan worker for Python", done.stderr)

    def test_versions_without_overlap_are_a_sentence(self):
        error = self.refused_start(protocol=[2, 3])
        self.assertEqual(error["code"], "VERSION_SKEW")
        self.assertIn("versions 2 to 3", error["message"])
        self.assertIn("version 1", error["message"])

    def test_a_line_that_is_no_start_line_is_refused(self):
        self.assertEqual(self.refused_start(token="")["code"], "START_LINE_INVALID")

    def test_an_import_that_fails_tells_the_real_exception(self):
        path = self.module("import os\nraise RuntimeError('out of ink')\n")
        error = self.refused_start(module=path)
        self.assertEqual(error["code"], "IMPORT_FAILED")
        self.assertEqual(error["exception"], "RuntimeError: out of ink")
        self.assertIn("subject.py", error["traceback"])

    def test_a_script_that_exits_on_import_is_an_error(self):
        error = self.refused_start(module=self.module("import sys\nsys.exit(3)\n"))
        self.assertEqual(error["code"], "IMPORT_FAILED")

    def test_a_syntax_error_a_missing_file_and_a_missing_module(self):
        self.assertIn("SyntaxError", self.refused_start(module=self.module("def"))["exception"])
        self.assertIn("there is no Python file", self.refused_start(module="/nonexistent/x.py")["message"])
        self.assertIn("no_such_module", self.refused_start(module="no_such_module")["message"])

    def test_a_capability_that_cannot_be_constructed(self):
        path = self.module(
            """
            from capstan_worker import Capability
            class Broken(Capability):
                def __init__(self):
                    raise OSError("no device")
            """
        )
        self.assertIn("constructing Broken failed: OSError: no device", self.refused_start(module=path)["message"])

    def test_several_capabilities_are_named(self):
        path = self.module(
            """
            from abc import abstractmethod, ABC
            from capstan_worker import Capability
            class Base(Capability, ABC):
                @abstractmethod
                def speak(self): ...
            class Cat(Base):
                def speak(self): return "miaow"
            class Dog(Base):
                def speak(self): return "woof"
            """
        )
        self.assertIn("several capabilities (Cat, Dog)", self.refused_start(module=path)["message"])
        self.assertIn("no class 'Bird'", self.refused_start(module=path, **{"class": "Bird"})["message"])
        self.assertIn("abstract; it lacks speak", self.refused_start(module=path, **{"class": "Base"})["message"])
        worker = self.start(module=path, **{"class": "Dog"})
        worker.ready_line()
        self.assertEqual(worker.ask("GET", "/health")[1]["name"], "dog")

    def test_a_module_of_a_taken_name_and_its_neighbours_are_found(self):
        path = self.module(
            """
            import neighbour
            from capstan_worker import Capability, action
            class Json(Capability):
                @action
                def ask(self): return neighbour.ANSWER
            """,
            name="json.py",
        )
        with open(os.path.join(os.path.dirname(path), "neighbour.py"), "w") as file:
            file.write("ANSWER = 42\n")
        worker = self.start(module=path)
        worker.ready_line()
        self.assertEqual(worker.execute("ask"), (200, 42))

    def test_output_during_import_does_not_disturb_the_handshake(self):
        path = self.module(
            """
            import sys
            print("loading", end="")
            sys.stdout.flush()
            from capstan_worker import Capability
            class Chatty(Capability): pass
            sys.stdout = None
            """
        )
        worker = self.start(module=path)
        self.assertTrue(worker.ready_line().startswith("capstan 1 unix:"))

    def test_a_socket_that_cannot_be_made_is_an_error(self):
        error = self.refused_start(listen="unix:/nonexistent/w.sock")
        self.assertEqual(error["code"], "WORKER_START_FAILED")
        self.assertIn("/nonexistent/w.sock", error["message"])


class Dying(ModuleFiles):
    def test_the_end_of_stdin_ends_an_idle_worker_at_once(self):
        worker = self.start()
        worker.ready_line()
        worker.close_stdin()
        self.assertEqual(worker.process.wait(support.PATIENCE_S), -signal.SIGKILL)

    def test_the_end_of_stdin_ends_a_busy_worker_within_a_second(self):
        worker = self.start()
        worker.ready_line()
        connection = worker.connect()
        body = json.dumps({"kwargs": {"action": "busy", "ms": 60_000}})
        headers = {**support.default_headers(), "capstan-call": "busy"}
        connection.request("POST", "/execute", body, headers)
        until(lambda: "busy" in worker.ask("GET", "/progress")[1]["calls"], "the call runs")
        began = time.monotonic()
        worker.close_stdin()
        worker.process.wait(support.PATIENCE_S)
        self.assertLess(time.monotonic() - began, 1)
        connection.close()

    def test_children_die_with_it_also_those_that_left_the_group(self):
        path = self.module(
            """
            import subprocess
            from capstan_worker import Capability, action
            class Parent(Capability):
                @action
                def spawn(self, away: bool):
                    return subprocess.Popen(["sleep", "300"], start_new_session=away).pid
            """
        )
        worker = self.start(module=path)
        worker.ready_line()
        pids = [worker.execute("spawn", away=away)[1] for away in (False, True)]
        self.assertFalse(any(is_gone(pid) for pid in pids))
        worker.close_stdin()
        worker.process.wait(support.PATIENCE_S)
        until(lambda: all(is_gone(pid) for pid in pids), "the children are gone")

    def test_the_end_of_stdin_during_a_slow_import_ends_it_too(self):
        worker = self.start(module=self.module("import time\nprint('begun', flush=True)\ntime.sleep(300)\n"))
        worker.output_line_beginning("begun")
        worker.close_stdin()
        self.assertEqual(worker.process.wait(support.PATIENCE_S), -signal.SIGKILL)

    def test_a_closed_stdout_and_stderr_kill_nothing(self):
        worker = self.start()
        worker.ready_line()
        worker.process.stdout.close()
        for _ in range(3):
            self.assertEqual(worker.execute("log", message="x" * 100_000), (200, None))
        self.assertEqual(worker.ask("GET", "/health")[0], 200)

    def test_a_child_that_reads_stdin_finds_it_empty(self):
        path = self.module(
            """
            import subprocess
            from capstan_worker import Capability, action
            class Reader(Capability):
                @action
                def read(self) -> str:
                    return subprocess.run(["cat"], stdout=subprocess.PIPE, timeout=10).stdout.decode()
            """
        )
        worker = self.start(module=path)
        worker.ready_line()
        self.assertEqual(worker.execute("read"), (200, ""))

    def test_a_tool_that_exits_ends_its_call_and_not_the_worker(self):
        path = self.module(
            """
            import sys
            from capstan_worker import Capability, action
            class Quitter(Capability):
                @action
                def quit(self): sys.exit("enough")
            """
        )
        worker = self.start(module=path)
        worker.ready_line()
        status, answer = worker.execute("quit")
        self.assertEqual((status, answer["_job_error"]["category"]), (500, "fatal"))
        self.assertEqual(worker.ask("GET", "/health")[0], 200)


class Introspecting(ModuleFiles):
    def introspect(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            command = worker_command("introspect", *arguments, "--out", out)
            done = subprocess.run(command, env=worker_environment(), timeout=support.PATIENCE_S, capture_output=True)
            with open(out, encoding="utf-8") as file:
                return done.returncode, json.load(file)

    def test_it_describes_the_capability_and_its_adapters(self):
        adapter = f"{support.CONFORMANCE}:ConformanceAdapter"
        code, found = self.introspect("--module", support.CONFORMANCE, "--adapter", adapter)
        self.assertEqual(code, 0)
        self.assertEqual((found["name"], found["version"], found["class"]), ("conformance", "1.0.0", "Conformance"))
        self.assertEqual(found["description"], "Known behaviour for the conformance suite.")
        self.assertEqual(found["module"], support.CONFORMANCE)
        self.assertIn("initializeMs", found["config_schema"]["properties"])
        self.assertEqual(found["actions"]["add"]["input"]["required"], ["a"])
        self.assertEqual(found["actions"]["add"]["effects"], "pure")
        self.assertEqual(found["worker_env"][0]["name"], "CONFORMANCE_SECRET")
        self.assertEqual(found["runtime"]["language"], "python")
        self.assertEqual(found["sdk"]["protocol"], [1, 1])
        [described] = found["adapters"]
        self.assertEqual(described["task_name"], "conformance-task")
        self.assertEqual(sorted(described["methods"]), ["double", "refuse", "tool_version"])

    def test_a_tool_that_must_not_be_constructed_yet_is_told_apart_from_a_broken_module(self):
        code, found = self.introspect("--module", os.path.join(support.HERE, "broken_on_purpose.py"))
        self.assertEqual(code, 1)
        self.assertEqual(found["error"]["code"], "IMPORT_FAILED")
        self.assertIn("conformance: broken on purpose", found["error"]["message"])
        self.assertIn("broken_on_purpose.py", found["error"]["traceback"])

    def test_an_adapter_with_its_protocol(self):
        path = self.module(
            """
            from capstan_worker import Capability
            class Tool(Capability):
                def transcribe(self, audio, language): ...
            class Transcriber:
                rate: int
                def transcribe(self, audio): ...
                @property
                def ready(self): ...
            class Adapter:
                task_name = "transcription"
                version = "2.1"
                tool_protocol = Transcriber
                def __init__(self, tool): ...
                def run(self, audio: str) -> str:
                    '''Writes down what was said.'''
            """
        )
        _, found = self.introspect("--module", path, "--adapter", f"{path}:Adapter")
        [adapter] = found["adapters"]
        self.assertEqual(adapter["required_tool_protocol"], "subject.Transcriber")
        self.assertEqual(adapter["version"], "2.1")
        self.assertEqual(
            adapter["protocol_members"],
            {
                "methods": [{"name": "transcribe", "signature": "(self, audio)", "params": ["audio"]}],
                "properties": ["rate", "ready"],
            },
        )
        self.assertEqual(adapter["methods"]["run"]["description"], "Writes down what was said.")

    def test_a_protocol_asks_for_what_it_inherits_too(self):
        path = self.module(
            """
            from typing import Protocol
            from capstan_worker import Capability
            class Tool(Capability):
                def reset(self): ...
            class Resettable(Protocol):
                ready: bool
                def reset(self): ...
            class Counter(Resettable, Protocol):
                def count(self, text): ...
            class Adapter:
                task_name = "counting"
                tool_protocol = Counter
            """
        )
        _, found = self.introspect("--module", path, "--adapter", f"{path}:Adapter")
        asked = found["adapters"][0]["protocol_members"]
        self.assertEqual([method["name"] for method in asked["methods"]], ["count", "reset"])
        self.assertEqual(asked["properties"], ["ready"])

    def test_an_adapter_that_is_not_there_is_told_with_the_nearest_one(self):
        path = self.module(
            """
            from capstan_worker import Capability
            class Tool(Capability): ...
            class Counting:
                task_name = "counting"
            class NoAdapter: ...
            """
        )
        code, found = self.introspect("--module", path, "--adapter", f"{path}:Countin")
        self.assertEqual((code, found["error"]["code"]), (1, "ADAPTER_NOT_FOUND"))
        self.assertRegex(found["error"]["message"], r"has no adapter 'Countin'.*did you mean .*Counting")
        _, found = self.introspect("--module", path, "--adapter", f"{path}:NoAdapter")
        self.assertIn("it has no task_name", found["error"]["message"])

    def test_every_adapter_that_a_module_defines_is_found_when_none_is_named(self):
        path = self.module(
            """
            from capstan_worker import Capability
            class Tool(Capability): ...
            class Second:
                task_name = "b"
            class First:
                task_name = "a"
            class NoAdapter:
                task_name = None
            class _Hidden:
                task_name = "c"
            """
        )
        _, found = self.introspect("--module", path, "--find-adapters", "--adapter", f"{path}:Second")
        self.assertEqual([adapter["class"] for adapter in found["adapters"]], ["Second", "First"])
        _, found = self.introspect("--module", path)
        self.assertEqual(found["adapters"], [])


if __name__ == "__main__":
    unittest.main()
