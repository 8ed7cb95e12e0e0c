"""What tools return, and errors, on their way to the wire."""

import collections
import dataclasses
import datetime
import enum
import gc
import json
import os
import pathlib
import tempfile
import types
import unittest
import weakref

import support  # noqa: F401  (puts the SDK on the path)

import capstan_worker
from capstan_worker import ConfigError, File, InputError, ResourceError, wire_type
from capstan_worker.errors import ValueNotJson
from capstan_worker.files import OutsideCallFolder, check_output
from capstan_worker.values import strict_json
from capstan_worker.values.classify import Policy, from_exception
from capstan_worker.values.encode import encode, wire_bytes
from capstan_worker.values.wire_types import decode


@wire_type("test.segment")
@dataclasses.dataclass
class Segment:
    start: float
    end: float = 0.0


@dataclasses.dataclass
class Unregistered:
    name: str
    segments: list


class Encoding(unittest.TestCase):
    def test_registered_kinds_are_tagged_and_come_back_typed(self):
        sent = encode({"found": [Segment(1.0, 2.0)]})
        self.assertEqual(sent, {"found": [{"__wire__": "test.segment", "data": {"start": 1.0, "end": 2.0}}]})
        self.assertEqual(decode(sent), {"found": [Segment(1.0, 2.0)]})

    def test_a_known_kind_drops_extra_fields_and_demands_required_ones(self):
        self.assertEqual(decode({"__wire__": "test.segment", "data": {"start": 1, "colour": "red"}}), Segment(1))
        with self.assertRaisesRegex(ValueNotJson, r"\$\.a\.data is no test.segment: .*start"):
            decode({"a": {"__wire__": "test.segment", "data": {}}})

    def test_an_unknown_kind_passes_through_unchanged(self):
        value = {"__wire__": "somebody.else", "data": {"x": [1]}}
        self.assertEqual(encode(decode(value)), value)

    def test_a_kind_belongs_to_one_class(self):
        with self.assertRaisesRegex(ValueError, "taken by Segment"):
            wire_type("test.segment")(Unregistered)
        with self.assertRaisesRegex(ValueError, "taken"):
            wire_type("capstan.file")(Unregistered)

    def test_a_class_may_bring_its_own_conversion(self):
        @wire_type("test.temperature")
        class Temperature:
            def __init__(self, kelvin):
                self.kelvin = kelvin

            def to_dict(self):
                return {"celsius": self.kelvin - 273}

            @classmethod
            def from_dict(cls, data):
                return cls(data["celsius"] + 273)

        sent = encode(Temperature(300))
        self.assertEqual(sent, {"__wire__": "test.temperature", "data": {"celsius": 27}})
        self.assertEqual(decode(sent).kelvin, 300)

    def test_ordinary_python_becomes_ordinary_json(self):
        class Level(enum.IntEnum):
            HIGH = 3

        value = {
            "record": Unregistered("a", [Segment(0)]),
            "tuple": (1, 2),
            "set": {1},
            "when": datetime.datetime(2025, 3, 1, tzinfo=datetime.timezone.utc),
            "path": pathlib.PurePosixPath("/a/b"),
            "level": Level.HIGH,
            "ordered": collections.OrderedDict(a=1),
        }
        self.assertEqual(
            encode(value),
            {
                "record": {
                    "name": "a",
                    "segments": [{"__wire__": "test.segment", "data": {"start": 0, "end": 0.0}}],
                },
                "tuple": [1, 2],
                "set": [1],
                "when": "2025-03-01T00:00:00+00:00",
                "path": "/a/b",
                "level": 3,
                "ordered": {"a": 1},
            },
        )

    def test_scalars_and_arrays_that_behave_like_those_of_numpy(self):
        class Scalar:
            dtype = "float32"
            shape = ()

            def item(self):
                return 1.5

        class Array(Scalar):
            shape = (2,)

            def tolist(self):
                return [1.5, float("nan")]

        self.assertEqual(encode([Scalar()]), [1.5])
        with self.assertRaisesRegex(ValueNotJson, r"\$\.probs\[1\] is NaN"):
            encode({"probs": Array()})

    def test_what_json_has_no_word_for_is_refused_by_place(self):
        for value, sentence in [
            ({"a": [0, b"x"]}, r"\$\.a\[1\] is a bytes"),
            ({"a": {1: 2}}, r'\$\.a\["1"\] has the key 1; JSON needs text'),
            ({"f": print}, r"\$\.f is a builtin_function_or_method"),
            ({"n": 2**60}, r"\$\.n is an integer beyond 2\^53"),
            (Segment(float("inf")), r"\$\.data\.start is Infinity"),
        ]:
            with self.subTest(sentence), self.assertRaisesRegex(ValueNotJson, sentence):
                encode(value)

    def test_only_the_exact_class_is_tagged_a_subclass_passes_as_a_plain_object(self):
        @dataclasses.dataclass
        class Louder(Segment):
            volume: int = 11

        self.assertEqual(encode(Louder(1.0)), {"start": 1.0, "end": 0.0, "volume": 11})

    def test_what_can_save_itself_to_a_file_becomes_that_file(self):
        handle, path = tempfile.mkstemp()
        os.close(handle)
        self.addCleanup(os.unlink, path)

        class Samples:
            def to_temp_file(self):
                return path

        self.assertEqual(encode([Samples()]), [{"__wire__": "capstan.file", "data": {"path": path}}])

    def test_plain_values_take_the_short_way_to_the_same_bytes(self):
        for value in [{"a": [1, 2.5, None, True, "é"], "b": {}}, [[], {}], "x", {"n": 2**53}, {"t": (1, (2,))}]:
            with self.subTest(value):
                self.assertEqual(wire_bytes(value), strict_json.dump(encode(value)))

    def test_a_large_text_is_the_same_json_whatever_is_in_it(self):
        for text in ["x" * 5000, "é𝄞" * 3000, "x" * 5000 + '"', "\\" * 5000, "\n" + "x" * 5000, "\x7f" * 5000]:
            with self.subTest(text[:5]):
                self.assertEqual(json.loads(wire_bytes(text)), text)
                self.assertEqual(wire_bytes(text), strict_json.dump(text))
        with self.assertRaises(ValueNotJson):
            wire_bytes("x" * 5000 + "\ud800")

    def test_the_short_way_refuses_what_the_long_one_refuses(self):
        cycle = []
        cycle.append(cycle)
        for value in [{"a": {1: 2}}, {"n": 2**60}, [float("nan")], {"s": ["\ud800"]}, cycle, {"\ud800": 1}, {"b": b""}]:
            with self.subTest(repr(value)), self.assertRaises(ValueNotJson):
                wire_bytes(value)

    def test_one_record_among_many_that_is_not_plain_is_found(self):
        class Label(str):
            def __str__(self):
                return "other"

        plain = [{"id": n, "at": n / 4, "tags": ["a", {"b": None}]} for n in range(600)]
        self.assertEqual(wire_bytes(plain), strict_json.dump(encode(plain)))
        for odd in [Label("one"), 2**60, {1: 2}, b"", float("inf"), "\ud800"]:
            for place in ("id", "tags"):
                values = [*plain[:400], {**plain[400], place: odd}, *plain[401:]]
                with self.subTest(repr(odd), place=place):
                    if isinstance(odd, Label):
                        self.assertEqual(json.loads(wire_bytes(values))[400][place], "other")
                        continue
                    with self.assertRaisesRegex(ValueNotJson, r"\$\[400\]\." + place):
                        wire_bytes(values)

    def test_a_cycle_is_refused_and_does_not_overflow(self):
        cycle = []
        cycle.append(cycle)
        with self.assertRaisesRegex(ValueNotJson, "nested deeper than 200"):
            encode(cycle)
        wide = []
        wide += [wide] * 20
        with self.assertRaisesRegex(ValueNotJson, "nested deeper than 200"):
            wire_bytes(wide)


class Canary:
    def __init__(self, holder):
        self.holder = holder


class StrictJson(unittest.TestCase):
    def test_what_is_refused(self):
        for body, sentence in [
            (b"{", "is not JSON"),
            (b'{"a":NaN}', "NaN"),
            (b'{"a":-Infinity}', "Infinity"),
            (b'{"a":1,"a":2}', 'the key "a" twice'),
            (b'"\xff"', "not UTF-8"),
            (b"[" * 201 + b"]" * 201, "deeper than 200"),
            (b"[" * 100_000, "deeper than 200|not JSON"),
        ]:
            with self.subTest(sentence), self.assertRaisesRegex(strict_json.NotStrictJson, sentence):
                strict_json.parse(body)

    def test_values_the_wire_does_not_carry_are_refused_by_place(self):
        for body, sentence in [
            (b'{"a":1e999}', r"\$\.a is Infinity"),
            (b'{"a":[9007199254740993]}', r"\$\.a\[0\] is an integer beyond 2\^53"),
            (b"9" * 5000, r"\$ is an integer beyond 2\^53"),
            (b'{"a":["\\ud800"]}', r"\$\.a\[0\] holds half of a character"),
            (b'{"\\ud800":1}', "holds half of a character"),
        ]:
            with self.subTest(sentence), self.assertRaisesRegex(ValueNotJson, sentence):
                strict_json.parse(body)

    def test_deep_nesting_is_found_however_many_brackets_stand_in_texts(self):
        deep = b"[" * 201 + b"]" * 201
        for body in (b'["]]]]", ' + deep + b"]", b'["[[[[", ' + deep + b"]", b'["' + b"[" * 500 + b'"]'):
            with self.subTest(body[:20]):
                if deep not in body:
                    strict_json.parse(body)
                    continue
                with self.assertRaisesRegex(strict_json.NotStrictJson, "deeper than 200"):
                    strict_json.parse(body)

    def test_a_key_that_stands_twice_is_found_in_a_large_body_too(self):
        record = b'{"id":1,"text":"%s","tags":[{"a":{}}]}'
        for text in (b"plain", b"at 12:30", b"{", b'\\"a\\":1', "é".encode()):
            for space in (b"", b" ", b"\n"):
                large = b"[" + b",".join([record % text] * 2_000) + b',{"id"%s:1}]' % space
                with self.subTest(text, space=space):
                    self.assertEqual(strict_json.parse(large), json.loads(large))
                    twice = large[:-2] + b',"id":2}]'
                    with self.assertRaisesRegex(strict_json.NotStrictJson, 'the key "id" twice'):
                        strict_json.parse(twice)

    def test_a_long_fraction_is_no_long_integer(self):
        body = b'{"a":0.30000000000000004,"b":1e300,"id":1763748000000000,"s":"12345678901234567890"}'
        self.assertEqual(strict_json.parse(body)["a"], 0.1 + 0.2)

    def test_the_collector_works_again_after_a_large_body_also_a_bad_one(self):
        large = b"[" + b"0," * 100_000
        strict_json.parse(large + b"0]")
        self.assertTrue(gc.isenabled())
        with self.assertRaises(strict_json.NotStrictJson):
            strict_json.parse(large)
        self.assertTrue(gc.isenabled())

    def test_what_a_large_body_became_is_collected_when_it_is_garbage(self):
        kept = strict_json.parse(b"[" + b"[0]," * 20_000 + b"[]]")
        self.assertEqual(gc.get_freeze_count(), 0)
        kept.append(kept)  # now only the collector can free it
        canary = Canary(kept)
        kept.append(canary)
        watched = weakref.ref(canary)
        del canary, kept
        self.assertIsNotNone(watched())
        gc.collect()
        self.assertIsNone(watched())

    def test_what_is_accepted(self):
        self.assertEqual(strict_json.parse(b'["\\ud834\\udd1e", 1e2, -9007199254740992]'), ["𝄞", 100.0, -(2**53)])
        strict_json.parse(b"[" * 200 + b"]" * 200)


class OutputFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.own = os.path.join(self.root, "calls", "c1")
        os.makedirs(self.own)

    def make(self, *parts):
        path = os.path.join(self.root, *parts)
        with open(path, "w"):
            pass
        return File(path)

    def test_a_file_in_the_own_folder_is_allowed(self):
        checked = check_output(self.make("calls", "c1", "a.txt"), self.own, frozenset())
        self.assertEqual((checked.path, checked.size), (os.path.realpath(os.path.join(self.own, "a.txt")), 0))

    def test_a_file_elsewhere_a_link_out_and_a_way_out_are_refused(self):
        outside = self.make("secret.txt")
        os.symlink(outside.path, os.path.join(self.own, "link"))
        for path in (
            outside.path,
            os.path.join(self.own, "link"),
            os.path.join(self.own, "..", "..", "secret.txt"),
        ):
            with self.subTest(path), self.assertRaises(OutsideCallFolder):
                check_output(File(path), self.own, frozenset())
        with self.assertRaises(OutsideCallFolder):
            check_output(File("a.txt"), self.own, frozenset())

    def test_a_neighbour_whose_name_begins_alike_is_elsewhere(self):
        os.makedirs(self.own + "0")
        with self.assertRaises(OutsideCallFolder):
            check_output(self.make("calls", "c10", "a.txt"), self.own, frozenset())

    def test_a_given_file_may_be_named_again(self):
        given = self.make("input.wav")
        self.assertIs(check_output(given, self.own, frozenset([os.path.realpath(given.path)])), given)

    def test_a_file_never_written_is_an_error(self):
        with self.assertRaisesRegex(ValueNotJson, r"\$\.data\.path names a file that was not written"):
            check_output(File(os.path.join(self.own, "nothing")), self.own, frozenset())


class Classification(unittest.TestCase):
    def category(self, exception):
        return from_exception(exception)["category"]

    def test_the_nearest_known_ancestor_decides(self):
        class Missing(FileNotFoundError):
            pass

        class Odd(Exception):
            pass

        for exception, category in [
            (Missing("x"), "input"),
            (PermissionError(), "input"),
            (KeyError("x"), "input"),
            (UnicodeDecodeError("utf-8", b"", 0, 1, "x"), "input"),
            (TypeError(), "input"),
            (ConnectionResetError(), "transient"),
            (TimeoutError(), "transient"),
            (OSError(5, "I/O error"), "transient"),
            (OSError(28, "No space left"), "resource"),
            (MemoryError(), "resource"),
            (Odd(), "fatal"),
            (ZeroDivisionError(), "fatal"),
            (SystemExit(1), "fatal"),
            (KeyboardInterrupt(), "fatal"),
        ]:
            with self.subTest(repr(exception)):
                self.assertEqual(self.category(exception), category)

    def test_a_missing_key_says_so(self):
        self.assertEqual(from_exception(KeyError("rate"))["message"], "KeyError: 'rate'")

    def test_cuda_out_of_memory_tells_the_shortfall(self):
        text = (
            "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 7.79 GiB "
            "of which 512.00 MiB is free. Process 1 has 6 GiB memory in use."
        )
        error = from_exception(RuntimeError(text))
        self.assertEqual(error["category"], "resource")
        self.assertEqual(error["shortfall"], {"resource": "gpu_vram_mb", "needed": 2560.0, "available": 512.0})

    def test_torch_is_recognised_by_name(self):
        torch = types.ModuleType("torch")
        exec("class OutOfMemoryError(RuntimeError): pass", torch.__dict__)
        torch.OutOfMemoryError.__module__ = "torch"
        self.assertEqual(self.category(torch.OutOfMemoryError("no")), "resource")

    def test_own_errors_carry_their_side_data(self):
        error = from_exception(InputError("bad", hint="try 1", fields_invalid=["rate"]))
        self.assertEqual((error["hint"], error["fieldsInvalid"]), ("try 1", ["rate"]))
        self.assertEqual(from_exception(ConfigError("x"))["code"], "CONFIG_INVALID")
        shortfall = {"resource": "disk_mb", "needed": 10}
        self.assertEqual(
            from_exception(ResourceError("x", shortfall=shortfall))["shortfall"],
            {"resource": "disk_mb", "needed": 10, "available": None},
        )

    def test_the_traceback_begins_in_the_tool(self):
        try:
            raise RuntimeError("here")
        except RuntimeError as error:
            wire = from_exception(error)
        self.assertIn("test_values.py", wire["traceback"])
        self.assertEqual(wire["exception"], "RuntimeError: here")
        self.assertRegex(wire["occurredAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_every_class_of_the_taxonomy_has_its_category_code_and_whether_trying_again_can_help(self):
        for cls, *expected in [
            (InputError, "input", "INPUT_INVALID", False),
            (ConfigError, "input", "CONFIG_INVALID", False),
            (capstan_worker.DisabledError, "input", "CAPABILITY_DISABLED", False),
            (capstan_worker.TransientError, "transient", "TOOL_UNAVAILABLE", True),
            (capstan_worker.TimeoutError, "transient", "TOOL_TIMEOUT", True),
            (ResourceError, "resource", "RESOURCE_EXHAUSTED", True),
            (capstan_worker.FatalError, "fatal", "TOOL_FAILED", False),
            (capstan_worker.CancelledError, "cancelled", "CANCELLED", False),
        ]:
            with self.subTest(cls.__name__):
                error = from_exception(cls("x", hint="y"))
                self.assertEqual([error["category"], error["code"], error["retriable"]], expected)
                self.assertEqual((error["message"], error["hint"]), ("x", "y"))
        error = from_exception(capstan_worker.TransientError("x", retry_after_s=3))
        self.assertEqual(error["retryAfterS"], 3)
        with self.assertRaises(TimeoutError):
            raise capstan_worker.TimeoutError("also Python's own")

    def test_an_exception_nobody_knows_is_what_it_was_raised_from(self):
        def raised_from(cause):
            error = RuntimeError("the model could not be loaded")
            error.__cause__ = cause
            return self.category(error)

        self.assertEqual(raised_from(FileNotFoundError("weights")), "input")
        self.assertEqual(raised_from(capstan_worker.TransientError("busy")), "transient")
        self.assertEqual(raised_from(None), "fatal")
        circle = RuntimeError("round")
        circle.__cause__ = circle
        self.assertEqual(self.category(circle), "fatal")

    def test_the_policy_says_what_of_an_exception_leaves_the_worker(self):
        self.addCleanup(setattr, Policy, "tracebacks", "full")
        try:
            raise RuntimeError("the key is 12345")
        except RuntimeError as caught:
            error = caught
        self.assertIn("traceback", from_exception(error))
        Policy.tracebacks = "repr-only"
        wire = from_exception(error)
        self.assertEqual((wire["exception"], wire.get("traceback")), ("RuntimeError: the key is 12345", None))
        Policy.tracebacks = "none"
        wire = from_exception(error)
        self.assertNotIn("12345", str(wire))
        self.assertIn("RuntimeError", wire["message"])
        self.assertEqual(from_exception(InputError("meant to be read"))["message"], "meant to be read")

    def test_undecodable_text_survives(self):
        error = from_exception(FileNotFoundError(2, "gone", os.fsdecode(b"\xff")))
        strict_json.dump(error)
        self.assertIn("\\udcff", error["message"])


if __name__ == "__main__":
    unittest.main()
