"""Annotations, schemas, checks and conversions."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import os
import pathlib
import tempfile
import threading
import typing
import unittest
from typing import Dict, Iterator, List, Literal, Optional, Union

import support  # noqa: F401  (puts the SDK on the path)

from capstan_worker import Capability, File, InputError, action, trial_call
from capstan_worker.actions import actions_of
from capstan_worker.contract.surface import structural_surface
from capstan_worker.serving.endpoints import hook


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Span:
    start: float
    end: float = 1.0
    tags: List[str] = dataclasses.field(default_factory=list)


class Word(typing.TypedDict, total=False):
    text: str
    score: float


class Painter(Capability):
    """Paints.

    In detail.
    """

    canvas: str = "linen"

    @action
    def paint(
        self,
        text: str,
        count: int = 1,
        ratio: float = 0.5,
        loud: bool = False,
        tags: Optional[List[str]] = None,
        mode: Literal["fast", "slow"] = "fast",
        extra: Optional[Dict[str, int]] = None,
    ) -> str:
        """Paints a text."""
        return f"{text} {count} {ratio} {loud} {tags} {mode} {extra}"

    @action(effects="pure", description="Measures.", name="measure-span")
    def measure(self, span: Span, colour: Colour = Colour.RED) -> Dict[str, float]:
        return {"length": span.end - span.start, "blue": float(colour is Colour.BLUE)}

    @action
    def read(self, file: File) -> str:
        with open(file) as text:
            return text.read()

    @action
    def stem(self, file: pathlib.Path) -> str:
        return file.stem

    @action
    def words(self, words: List[Word]) -> int:
        return len(words)

    @action
    def either(self, value: Union[int, List[int]]):
        return value

    @action
    def modern(self, value: int | None = None, items: list[str] | None = None):
        return [value, items]

    @action
    def numbers(self, to: int) -> Iterator[int]:
        yield from range(to)

    @action
    def anything(self, value, **more):
        return [value, more]

    def not_an_action(self):
        """Callers cannot name it."""


def describe(name):
    return actions_of(Painter)[name].describe()


def refused(action, **inputs):
    try:
        Painter().execute(action=action, **inputs)
    except InputError as error:
        return error
    raise AssertionError("was accepted")


class Schemas(unittest.TestCase):
    def test_plain_types_and_defaults(self):
        schema = describe("paint")["input"]
        self.assertEqual(schema["required"], ["text"])
        self.assertEqual(schema["additionalProperties"], False)
        self.assertEqual(
            schema["properties"],
            {
                "text": {"type": "string"},
                "count": {"type": "integer", "default": 1},
                "ratio": {"type": "number", "default": 0.5},
                "loud": {"type": "boolean", "default": False},
                "tags": {"type": ["array", "null"], "items": {"type": "string"}, "default": None},
                "mode": {"enum": ["fast", "slow"], "default": "fast"},
                "extra": {
                    "type": ["object", "null"],
                    "additionalProperties": {"type": "integer"},
                    "default": None,
                },
            },
        )

    def test_the_first_line_of_the_docstring_describes(self):
        self.assertEqual(describe("paint")["description"], "Paints a text.")
        self.assertEqual(describe("measure-span")["description"], "Measures.")

    def test_effects_default_to_idempotent(self):
        self.assertEqual(describe("paint")["effects"], "idempotent")
        self.assertEqual(describe("measure-span")["effects"], "pure")

    def test_dataclasses_enums_and_typed_dicts(self):
        schema = describe("measure-span")["input"]
        self.assertEqual(
            schema["properties"]["span"],
            {
                "type": "object",
                "properties": {
                    "start": {"type": "number"},
                    "end": {"type": "number"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["start"],
                "additionalProperties": False,
            },
        )
        self.assertEqual(schema["properties"]["colour"], {"enum": ["red", "blue"], "default": "red"})
        words = describe("words")["input"]["properties"]["words"]
        self.assertEqual(set(words["items"]["properties"]), {"text", "score"})
        self.assertNotIn("required", words["items"])

    def test_files_results_and_streams(self):
        self.assertEqual(describe("read")["input"]["properties"]["file"], {"$ref": "capstan:file"})
        self.assertEqual(describe("stem")["input"]["properties"]["file"], {"$ref": "capstan:file"})
        self.assertEqual(describe("read")["output"], {"type": "string"})
        self.assertEqual(describe("numbers")["output"], {"type": "array", "items": {"type": "integer"}})
        self.assertIsNone(describe("either")["output"])

    def test_unions_also_as_a_bar_on_every_python(self):
        self.assertEqual(
            describe("either")["input"]["properties"]["value"],
            {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
        )
        properties = describe("modern")["input"]["properties"]
        self.assertEqual(properties["value"]["type"], ["integer", "null"])
        self.assertEqual(properties["items"]["type"], ["array", "null"])

    def test_extra_keywords_are_allowed_where_the_method_takes_them(self):
        self.assertEqual(describe("anything")["input"]["additionalProperties"], True)
        self.assertEqual(Painter().execute(action="anything", value=1, other=2), [1, {"other": 2}])


class Inputs(unittest.TestCase):
    def test_all_that_is_wrong_is_named_at_once(self):
        error = refused("paint", count="x", mode="fsat", texxt="hi")
        self.assertEqual(error.fields_invalid, ["text", "count", "mode", "texxt"])
        self.assertIn('did you mean "text"?', str(error))
        self.assertIn('did you mean "fast"?', str(error))
        self.assertIn('"count" must be a whole number, not "x"', str(error))

    def test_true_is_no_number_and_1_is_not_true(self):
        self.assertEqual(refused("paint", text="a", count=True).fields_invalid, ["count"])
        self.assertEqual(refused("paint", text="a", loud=1).fields_invalid, ["loud"])

    def test_places_deep_inside_an_input_are_named(self):
        error = refused("measure-span", span={"start": 0, "tags": [1]})
        self.assertEqual(error.fields_invalid, ["span"])
        self.assertIn("$.span.tags[0] must be a string", str(error))

    def test_an_unknown_action_names_the_nearest(self):
        error = refused("piant")
        self.assertEqual((error.code, error.fields_invalid), ("ACTION_NOT_FOUND", ["action"]))
        self.assertIn('did you mean "paint"?', str(error))
        self.assertEqual(refused(None).fields_invalid, ["action"])
        self.assertEqual(refused("not_an_action").fields_invalid, ["action"])

    def test_values_arrive_as_the_annotated_types(self):
        painter = Painter()
        found = painter.execute(action="measure-span", span={"start": 0, "end": 2}, colour="blue")
        self.assertEqual(found, {"length": 2.0, "blue": 1.0})
        self.assertEqual(painter.execute(action="paint", text="a", ratio=2), "a 1 2.0 False None fast None")
        self.assertEqual(painter.execute(action="either", value=[1, 2]), [1, 2])
        self.assertEqual(painter.execute(action="modern", value=3), [3, None])
        self.assertEqual(painter.execute(action="words", words=[{"text": "hi"}]), 1)

    def test_files_arrive_readable(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "note.txt")
            with open(path, "w") as file:
                file.write("hello")
            self.assertEqual(Painter().execute(action="read", file=File(path)), "hello")
            self.assertEqual(Painter().execute(action="stem", file=File(path)), "note")
        self.assertIn("does not exist", str(refused("read", file=File(path))))
        self.assertIn("not an absolute path", str(refused("read", file=File("note.txt"))))
        self.assertIn("must be a file", str(refused("read", file="note.txt")))

    def test_an_overriding_method_inherits_the_action(self):
        class LoudPainter(Painter):
            def read(self, file: File) -> str:
                return "LOUD"

        self.assertIn("read", actions_of(LoudPainter))
        self.assertEqual(LoudPainter().execute(action="numbers", to=2), [0, 1])

    def test_two_actions_of_one_name_are_refused(self):
        class Twice(Capability):
            @action(name="same")
            def one(self):
                pass

            @action(name="same")
            def two(self):
                pass

        with self.assertRaisesRegex(TypeError, "two actions named 'same'"):
            actions_of(Twice)

    def test_an_action_that_hides_a_method_of_every_capability_is_refused(self):
        class Bank(Capability):
            @action
            def account(self):
                pass

        with self.assertRaisesRegex(TypeError, r'@action\(name="account"\)'):
            actions_of(Bank)

    def test_an_action_may_be_asynchronous(self):
        class Later(Capability):
            @action
            async def add(self, a: int, b: int = 1) -> int:
                await asyncio.sleep(0)
                return a + b

        self.assertEqual(Later().execute(action="add", a=2), 3)

    def test_an_asynchronous_action_is_cancelled_where_it_waits(self):
        waiting, tidied = threading.Event(), threading.Event()

        class Later(Capability):
            @action
            async def wait(self):
                try:
                    waiting.set()
                    await asyncio.sleep(300)
                finally:
                    tidied.set()

        with trial_call() as call:

            def cancel():
                waiting.wait()
                call.cancel()

            threading.Thread(target=cancel).start()
            with self.assertRaises(asyncio.CancelledError):
                Later().execute(action="wait")
        self.assertTrue(tidied.is_set())

    def test_effects_are_checked_where_they_are_written(self):
        with self.assertRaisesRegex(ValueError, "pure, idempotent, unsafe"):
            action(effects="safe")

    def test_a_stream_yields_its_chunks(self):
        self.assertEqual(list(Painter().execute_stream(action="numbers", to=3)), [0, 1, 2])
        self.assertEqual(list(Painter().execute_stream(action="either", value=1)), [1])


class Hooks(unittest.TestCase):
    def test_a_hook_that_a_tool_lacks_is_not_supported_and_not_in_its_surface(self):
        class Bare(Capability):
            pass

        class Frees(Capability):
            freed = 0

            def free_memory(self):
                self.freed += 1

        for name in ("prefetch", "on_enable", "on_disable", "free_memory"):
            self.assertEqual(hook(Bare(), name, "done"), {"status": "not_supported"}, name)
        tool = Frees()
        self.assertEqual(hook(tool, "free_memory", "released"), {"status": "released"})
        self.assertEqual(tool.freed, 1)
        names = [method["name"] for method in structural_surface(Bare)["methods"]]
        self.assertNotIn("free_memory", names, "it would make every tool that is installed look drifted")


class Surface(unittest.TestCase):
    def test_public_members_sorted_and_inherited(self):
        surface = structural_surface(Painter)
        names = [method["name"] for method in surface["methods"]]
        self.assertEqual(names, sorted(names))
        self.assertIn("execute", names)
        self.assertFalse([name for name in names if name.startswith("_")])
        words = next(method for method in surface["methods"] if method["name"] == "words")
        self.assertEqual(words["params"], ["words"])
        self.assertIn("data_dir", surface["properties"])
        self.assertIn({"name": "canvas", "type": "str"}, surface["attributes"])


if __name__ == "__main__":
    unittest.main()
