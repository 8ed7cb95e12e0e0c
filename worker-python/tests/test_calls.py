"""Calls on a real worker: results, frames, cancel, deadline, fence, attribution, lifecycle, adapters."""

import concurrent.futures
import json
import os
import threading
import unittest

import support
from support import CONFORMANCE


class Calls(support.WorkerTest):
    changes = {
        "adapters": [f"{CONFORMANCE}:{name}" for name in ("BrokenAdapter", "ConformanceAdapter", "DuplicateAdapter")],
        "secrets": {"CONFORMANCE_SECRET": "s3cret", "CONFORMANCE_HIDDEN": "hidden"},
    }

    def failure(self, action, **inputs):
        status, answer = self.worker.execute(action, **inputs)
        self.assertEqual(status, 500)
        return answer["_job_error"]

    def in_background(self, work, *arguments, **named):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        return pool.submit(work, *arguments, **named)

    def until_in_flight(self, *call_ids):
        def all_there():
            return set(call_ids) <= set(self.worker.ask("GET", "/progress")[1]["calls"])

        support.until(all_there, f"{call_ids} in flight")

    # -- results

    def test_a_result_comes_back(self):
        self.assertEqual(self.worker.execute("echo", value={"a": [1, "é", None]}), (200, {"a": [1, "é", None]}))

    def test_frames_come_as_things_happen_and_end_with_the_result(self):
        frames = self.worker.frames("/execute", {"kwargs": {"action": "count", "to": 2}})
        self.assertEqual(
            frames,
            [
                {"event": "progress", "progress": 0.5, "message": "1 of 2"},
                {"event": "progress", "progress": 1.0, "message": "2 of 2"},
                {"event": "result", "value": [1, 2]},
            ],
        )

    def test_usage_and_accounts_are_frames_and_usage_stays_in_the_stats(self):
        frames = self.worker.frames("/execute", {"kwargs": {"action": "usage", "unit": "tokens", "amount": 5}})
        self.assertEqual(frames[0], {"event": "usage", "usage": {"tokens": 5.0}})
        self.assertEqual(self.worker.ask("GET", "/stats")[1]["usage"], {"tokens": 5.0})
        frames = self.worker.frames("/execute", {"kwargs": {"action": "account", "type": "t", "payload": {"a": 1}}})
        self.assertEqual(frames[0], {"event": "account", "type": "t", "payload": {"a": 1}})

    def test_a_stream_sends_chunks_and_then_one_terminal_frame(self):
        frames = self.worker.frames("/execute_stream", {"kwargs": {"action": "count", "fail_at": 3}})
        self.assertEqual([f["value"] for f in frames if f["event"] == "chunk"], [1, 2])
        self.assertEqual(frames[-1]["error"]["message"], "conformance: stop at 3")

    def test_a_large_result_becomes_a_file(self):
        _, value = self.worker.execute("big", bytes=1_100_000, headers={"capstan-call": "large"})
        self.assertEqual(value["__wire__"], "capstan.file")
        self.assertEqual(
            value["data"]["path"],
            os.path.join(self.worker.start_line["dirs"]["calls"], "large", "result.json"),
        )
        with open(value["data"]["path"]) as file:
            self.assertEqual(json.load(file), "x" * 1_100_000)

    def test_files_go_in_and_out(self):
        _, value = self.worker.execute("write_file", name="a.txt", text="hello", headers={"capstan-call": "w1"})
        self.assertTrue(value["data"]["path"].endswith("/calls/w1/a.txt"))
        self.assertEqual(self.worker.execute("read_file", file=value), (200, "hello"))
        self.assertEqual(self.worker.execute("echo", value=value), (200, value))

    def test_files_elsewhere_and_broken_ones_are_refused(self):
        self.assertEqual(self.failure("write_outside")["code"], "FILE_OUTSIDE_CALL_DIR")
        self.assertEqual(self.failure("bad_file")["code"], "VALUE_INVALID")
        self.assertEqual(self.failure("read_file", file="/etc/hostname")["fieldsInvalid"], ["file"])

    def test_values_json_cannot_carry_name_their_place(self):
        for kind in ("nan", "infinity", "big_integer", "surrogate"):
            with self.subTest(kind):
                error = self.failure("bad_value", kind=kind)
                self.assertEqual(error["code"], "VALUE_INVALID")
                self.assertIn("$.segments[2].start", error["message"])

    # -- stopping

    def test_a_cancel_stops_its_call_and_no_other(self):
        for honour in ("raise", "return", "callback"):
            with self.subTest(honour):
                mine, other = f"mine-{honour}", f"other-{honour}"
                inputs = {"ms": 60_000, "honour": honour}
                cancelled = self.in_background(self.worker.execute, "sleep", {"capstan-call": mine}, **inputs)
                kept = self.in_background(self.worker.execute, "sleep", {"capstan-call": other}, ms=300)
                self.until_in_flight(mine, other)
                answer = self.worker.ask("POST", "/cancel", {"call": mine, "reason": "enough"})
                self.assertEqual(answer, (200, {"status": "cancelled"}))
                status, body = cancelled.result(support.PATIENCE_S)
                self.assertEqual((status, body["_job_error"]["category"]), (409, "cancelled"))
                self.assertEqual(body["_job_error"]["code"], "CANCELLED")
                self.assertIn("enough", body["_job_error"]["message"])
                self.assertEqual(kept.result(support.PATIENCE_S), (200, "slept"))

    def test_a_cancel_without_id_stops_all(self):
        running = [
            self.in_background(self.worker.execute, "sleep", {"capstan-call": f"all-{n}"}, ms=60_000) for n in (1, 2)
        ]
        self.until_in_flight("all-1", "all-2")
        self.assertEqual(self.worker.ask("POST", "/cancel", {}), (200, {"status": "cancelled"}))
        self.assertEqual([call.result(support.PATIENCE_S)[0] for call in running], [409, 409])

    def test_a_cancel_that_overtakes_its_call_is_not_lost(self):
        answer = self.worker.ask("POST", "/cancel", {"call": "overtaken"})
        self.assertEqual(answer, (200, {"status": "not_running"}))
        self.assertEqual(self.worker.execute("sleep", {"capstan-call": "overtaken"}, ms=60_000)[0], 409)

    def test_a_client_that_leaves_a_stream_stops_its_call(self):
        connection = self.worker.connect()
        body = json.dumps({"kwargs": {"action": "count", "to": 50_000_000}})
        headers = {**support.default_headers(), "capstan-call": "left"}
        connection.request("POST", "/execute_stream", body, headers)
        connection.getresponse().read(200)
        self.until_in_flight("left")
        connection.sock.shutdown(2)
        connection.close()
        support.until(lambda: "left" not in self.worker.ask("GET", "/progress")[1]["calls"], "the call stops")

    def test_a_deadline_ends_a_call_with_its_own_error(self):
        status, body = self.worker.execute("sleep", {"capstan-deadline-ms": "50"}, ms=60_000)
        self.assertEqual((status, body["_job_error"]["code"]), (500, "DEADLINE_EXCEEDED"))
        self.assertEqual(body["_job_error"]["category"], "transient")

    def test_an_id_in_flight_is_refused_a_second_time(self):
        first = self.in_background(self.worker.execute, "sleep", {"capstan-call": "twice"}, ms=60_000)
        self.until_in_flight("twice")
        self.assertEqual(self.worker.execute("echo", {"capstan-call": "twice"}, value=1)[0], 400)
        self.worker.ask("POST", "/cancel", {"call": "twice"})
        self.assertEqual(first.result(support.PATIENCE_S)[0], 409)

    # -- attribution

    def test_envelopes_of_concurrent_calls_never_mix(self):
        def who(n):
            return self.worker.execute("whoami", {"capstan-call": f"who-{n}"}, {"job_id": f"job-{n}"}, ms=50)[1]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = list(pool.map(who, range(16)))
        for n, answer in enumerate(found):
            expected = {"job_id": f"job-{n}"}
            self.assertEqual(answer, {"call": f"who-{n}", "before": expected, "after": expected})
        self.assertIsNone(self.worker.execute("whoami")[1]["before"])

    def test_log_records_are_marked_and_carry_the_call(self):
        self.worker.execute("log", {"capstan-call": "logging"}, message="to the host", level="warning")
        self.worker.execute("log", message="too quiet", level="debug")

        def records():
            lines = self.worker.stderr().split("\n")
            return [json.loads(line[1:]) for line in lines if line.startswith("\x1e")]

        record = next(r for r in support.until(records, "records") if r["message"] == "to the host")
        self.assertEqual((record["level"], record["logger"], record["callId"]), ("warning", "conformance", "logging"))
        self.assertNotIn("too quiet", [r["message"] for r in records()])

    def test_only_declared_secrets_become_variables(self):
        _, found = self.worker.execute("environ")
        self.assertEqual(found["secret"], "s3cret")
        self.assertNotIn("CONFORMANCE_HIDDEN", found["names"])

    # -- endpoints beside the calls

    def test_a_long_initialize_lets_progress_and_health_answer(self):
        body = {"initializeMs": 1000}
        running = self.in_background(self.worker.ask, "POST", "/initialize", body, {"capstan-call": "init"})
        self.until_in_flight("init")

        def warming_up():
            return self.worker.ask("GET", "/progress")[1]["calls"].get("init", {}).get("message") == "warming up"

        support.until(warming_up, "progress of initialize")
        self.assertEqual(self.worker.ask("GET", "/health")[0], 200)
        self.assertFalse(running.done())
        self.assertEqual(running.result(support.PATIENCE_S), (200, {"status": "ok"}))

    def test_a_busy_call_lets_health_answer(self):
        running = self.in_background(self.worker.execute, "busy", ms=500)
        self.assertEqual(self.worker.ask("GET", "/health")[0], 200)
        self.assertFalse(running.done())
        self.assertEqual(running.result(support.PATIENCE_S), (200, "done"))

    def test_tasks_reach_public_methods_of_the_first_adapter(self):
        def task(**body):
            return self.worker.ask("POST", "/task", {"task": "conformance-task", "kwargs": {}, **body})

        self.assertEqual(task(method="double", kwargs={"n": 4}), (200, 8.0))
        self.assertEqual(task(method="tool_version"), (200, "1.0.0"))
        for body in (
            {"method": "_hidden"},
            {"method": ""},
            {},
            {"method": "task_name"},
            {"task": "broken-task", "method": "double"},
        ):
            with self.subTest(body):
                status, answer = task(**body)
                self.assertEqual((status, answer["_job_error"]["code"]), (404, "TASK_NOT_FOUND"))
        self.assertEqual(task(method="double", kwargs={"m": 1})[1]["_job_error"]["fieldsInvalid"], ["n", "m"])

    def test_hooks_a_monitor_lacks_and_declines(self):
        self.assertEqual(self.worker.ask("POST", "/get_system_status")[0], 404)
        status, answer = self.worker.ask("POST", "/list_processes")
        self.assertEqual((status, answer["_job_error"]["code"]), (501, "NOT_SUPPORTED"))

    def test_stats_cover_the_whole_subtree(self):
        pid = self.worker.execute("spawn_child")[1]["pid"]
        stats = self.worker.ask("GET", "/stats")[1]
        self.assertIn(pid, stats["subtree_pids"])
        self.assertEqual(stats["pid"], self.worker.process.pid)
        self.assertGreater(stats["memory_rss_mb"], 1)

    def test_the_surface_names_the_actions(self):
        methods = self.worker.ask("GET", "/structural_surface")[1]["methods"]
        self.assertIn(
            {"name": "big", "signature": "(self, bytes: int) -> Any", "params": ["bytes"]},
            methods,
        )


class Fences(support.WorkerTest):
    def test_a_fence_lower_than_one_seen_is_stale(self):
        self.assertEqual(self.worker.execute("add", {"capstan-fence": "7"}, a=1)[0], 200)
        self.assertEqual(self.worker.execute("add", {"capstan-fence": "7"}, a=1)[0], 200)
        status, answer = self.worker.execute("add", {"capstan-fence": "6"}, a=1)
        self.assertEqual((status, answer["_job_error"]["code"]), (412, "FENCED"))
        self.assertEqual(self.worker.execute("add", a=1)[0], 200)


class ManyAtOnce(support.WorkerTest):
    def test_more_calls_than_processors_run_at_once(self):
        barrier = threading.Barrier(20)

        def sleep(n):
            barrier.wait()
            return self.worker.execute("sleep", ms=400)

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            running = [pool.submit(sleep, n) for n in range(20)]
            support.until(lambda: self.worker.ask("GET", "/health")[1]["inFlight"] == 20, "20 in flight")
            self.assertEqual({call.result(support.PATIENCE_S) for call in running}, {(200, "slept")})


if __name__ == "__main__":
    unittest.main()
