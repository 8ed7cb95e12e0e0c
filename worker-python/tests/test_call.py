"""The current call: what it says, when it stops, who it belongs to."""

import concurrent.futures
import os
import tempfile
import threading
import unittest

import support  # noqa: F401  (puts the SDK on the path)

from capstan_worker import CallCancelled, Capability, DeadlineExceeded, carry, current_call, trial_call
from capstan_worker.call import Call, run_in
from capstan_worker.serving.calls import CallIdTaken, Calls


class Saying(unittest.TestCase):
    def test_progress_usage_and_accounts_are_said_in_order(self):
        tool = Capability()
        with trial_call() as call:
            tool.progress(0.5, "half")
            tool.report_usage({"tokens": 3})
            tool.account("page_read", {"page": 1})
        self.assertEqual(
            call.frames,
            [
                {"event": "progress", "progress": 0.5, "message": "half"},
                {"event": "usage", "usage": {"tokens": 3}},
                {"event": "account", "type": "page_read", "payload": {"page": 1}},
            ],
        )

    def test_nonsense_is_refused(self):
        with trial_call() as call:
            for progress in (1.1, -0.5, float("nan")):
                with self.assertRaises(ValueError):
                    call.report_progress(progress)
            with self.assertRaises(ValueError):
                call.report_usage({"tokens": "many"})
        self.assertEqual(call.frames, [])

    def test_outside_of_a_call_progress_is_silent_and_the_call_is_an_error(self):
        Capability().progress(0.5)
        with self.assertRaisesRegex(LookupError, "carry"):
            current_call()

    def test_a_heartbeat_changes_the_message_and_not_the_number(self):
        with trial_call() as call:
            call.report_progress(0.3)
            with call.heartbeat("loading", interval=0.01):
                support.until(lambda: len(call.frames) >= 4, "four frames")
        self.assertEqual({frame["progress"] for frame in call.frames}, {0.3})
        self.assertTrue(call.frames[-1]["message"].startswith("loading ("))

    def test_a_call_that_has_ended_says_nothing(self):
        with trial_call() as call:
            pass
        call.report_progress(0.5)
        self.assertEqual(call.frames, [])
        self.assertFalse(call.cancel())


class Stopping(unittest.TestCase):
    def test_a_cancel_is_seen_and_its_reason_kept(self):
        with trial_call() as call:
            call.check_cancel()
            self.assertTrue(call.cancel("the user asked"))
            self.assertFalse(call.cancel("again"))
            with self.assertRaisesRegex(CallCancelled, "the user asked"):
                Capability().check_cancel()
            self.assertEqual(call.cancel_reason, "the user asked")

    def test_callbacks_fire_in_order_and_one_that_fails_stops_no_other(self):
        seen = []

        def fails():
            raise RuntimeError("callback")

        with trial_call() as call, self.assertLogs("capstan_worker", "ERROR"):
            call.on_cancel(lambda: seen.append(1))
            call.on_cancel(fails)
            call.on_cancel(lambda: seen.append(2))
            call.cancel()
        self.assertEqual(seen, [1, 2])

    def test_a_scoped_callback_is_forgotten_and_a_late_one_fires_at_once(self):
        seen = []
        with trial_call() as call:
            with call.on_cancel(lambda: seen.append("scoped")):
                pass
            call.cancel()
            call.on_cancel(lambda: seen.append("late"))
        self.assertEqual(seen, ["late"])

    def test_a_deadline_stops_with_its_own_error(self):
        call = Call("c1", deadline_ms=0)
        self.assertEqual(call.seconds_left, 0)
        with self.assertRaises(DeadlineExceeded):
            call.check_cancel()

    def test_a_deadline_wakes_a_callback(self):
        woken = threading.Event()
        calls, call = Calls(), Call("c1", deadline_ms=20)
        call.on_cancel(woken.set)
        calls.add(call)
        self.assertTrue(woken.wait(support.PATIENCE_S))


class Belonging(unittest.TestCase):
    def test_a_thread_carries_the_call_only_when_told_to(self):
        seen = []
        with trial_call() as call:
            for target in (lambda: seen.append(None), carry(lambda: seen.append(current_call().id))):
                thread = threading.Thread(target=target)
                thread.start()
                thread.join()
        self.assertEqual(seen, [None, call.id])

    def test_a_pool_may_run_one_carried_function_many_times_at_once(self):
        barrier = threading.Barrier(4)

        def work(n):
            barrier.wait(support.PATIENCE_S)
            return current_call().id, n

        with trial_call() as call, concurrent.futures.ThreadPoolExecutor(4) as pool:
            found = list(pool.map(carry(work), range(4)))
        self.assertEqual(found, [(call.id, n) for n in range(4)])

    def test_nothing_of_a_call_stays_behind_on_its_thread(self):
        run_in(Call("c1"), lambda: current_call().id)
        with self.assertRaises(LookupError):
            current_call()

    def test_outputs_live_in_the_calls_own_folder(self):
        with tempfile.TemporaryDirectory() as folder, trial_call(folder) as call:
            file = Capability().output("a/notes.txt", media_type="text/plain")
            with open(file, "w") as out:
                out.write("hi")
            self.assertEqual(file.path, os.path.join(folder, call.id, "a", "notes.txt"))
            self.assertEqual((file.stem, file.suffix, file.media_type), ("notes", ".txt", "text/plain"))
            for name in ("../x", "/etc/passwd", "a/../../x", "", "."):
                with self.subTest(name), self.assertRaises(ValueError):
                    call.output(name)


class InFlight(unittest.TestCase):
    def test_an_id_is_taken_until_its_call_ends(self):
        calls, call = Calls(), Call("c1")
        calls.add(call)
        with self.assertRaises(CallIdTaken):
            calls.add(Call("c1"))
        calls.remove(call)
        calls.add(Call("c1"))

    def test_a_cancel_that_overtakes_its_call_waits_for_it(self):
        calls, call = Calls(), Call("c1")
        self.assertEqual(calls.to_cancel("c1", "early"), [])
        calls.add(call)
        with self.assertRaisesRegex(CallCancelled, "early"):
            call.check_cancel()
        other = Call("c2")
        calls.add(other)
        self.assertFalse(other.cancelled)

    def test_fences_only_rise(self):
        calls = Calls()
        self.assertTrue(calls.admit_fence(5))
        self.assertTrue(calls.admit_fence(5))
        self.assertFalse(calls.admit_fence(4))
        self.assertTrue(calls.admit_fence(6))

    def test_many_short_calls_with_distant_deadlines_do_not_pile_up(self):
        calls = Calls()
        for n in range(5000):
            call = Call(f"c{n}", deadline_ms=3_600_000)
            calls.add(call)
            calls.remove(call)
        self.assertLess(len(calls._deadlines._heap), 2000)


if __name__ == "__main__":
    unittest.main()
