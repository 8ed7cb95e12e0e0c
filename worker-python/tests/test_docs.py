"""The Python in docs/capabilities.md, docs/configuration.md and docs/values.md runs as it stands."""

import os
import re
import tempfile
import types
import unittest

import support

from capstan_worker import File, trial_call
from capstan_worker.serving.introspect import introspect
from capstan_worker.values import wire_types

NAMES = ("capabilities.md", "configuration.md", "values.md")
PAGES = [os.path.join(support.REPOSITORY, "docs", name) for name in NAMES]


def blocks():
    found = []
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            found += re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
    return found


def forget_kinds():
    """The blocks are run more than once here, each time with classes of their own."""
    wire_types._by_kind.pop("acme.segment", None)


def module_with(class_name):
    forget_kinds()
    source = next(block for block in blocks() if f"class {class_name}(" in block)
    module = types.ModuleType(f"docs_{class_name.lower()}")
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    return module


class Docs(unittest.TestCase):
    def run_action(self, class_name, action, folder=None, **inputs):
        tool = getattr(module_with(class_name), class_name)()
        with trial_call(folder):
            tool.initialize(tool.config)
            return tool.execute(action=action, **inputs)

    def test_every_block_can_be_introspected(self):
        self.assertGreater(len(blocks()), 7)
        with tempfile.TemporaryDirectory() as folder:
            for number, block in enumerate(blocks()):
                forget_kinds()
                path = os.path.join(folder, f"docs_block_{number}.py")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(block)
                self.assertTrue(introspect(path)["actions"], block)

    def test_each_does_what_its_text_says(self):
        self.assertEqual(self.run_action("Hello", "greet", name="Ada", times=2), "Hello, Ada!\nHello, Ada!")
        self.assertEqual(self.run_action("Counter", "count", to=3), [1, 2, 3])
        self.assertEqual(self.run_action("Slow", "steps", count=1), "done")
        self.assertEqual(self.run_action("Parallel", "lengths", words=["a", "bcd"]), [1, 3])
        self.assertEqual(self.run_action("Speech", "which"), "the tiny model on 4 threads")
        self.assertEqual(self.run_action("Listener", "which"), "the tiny model on 4 threads")
        self.assertEqual(self.run_action("Device", "which"), "cpu")
        shifted = self.run_action("Cutter", "shift", segment={"start": 1.0, "end": 2.0}, by=1)
        self.assertEqual((shifted.start, shifted.end), (2.0, 3.0))

    def test_the_file_example_copies_in_capitals(self):
        with tempfile.TemporaryDirectory() as folder:
            given = File(os.path.join(folder, "poem.txt"))
            with open(given, "w") as file:
                file.write("rope")
            result = self.run_action("Upper", "upper", folder, text=given)
            with open(result) as file:
                self.assertEqual((result.name, file.read()), ("poem-upper.txt", "ROPE"))

    def test_the_adapter_example_carries_out_its_task(self):
        module = module_with("Whisper")
        adapter = module.WhisperTranscription(module.Whisper())
        self.assertEqual(adapter.words("a b"), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
