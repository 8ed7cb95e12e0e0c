"""Variables that an author declares."""

import json
import os
import unittest

import support  # noqa: F401 -- finds the package

from capstan_worker.contract.variables import describe_variables, exported_names
from capstan_worker.errors import ConfigError

FIXTURE = os.path.join(os.path.dirname(__file__), "..", "..", "protocol", "fixtures", "variables.json")


class DeclaredVariables(unittest.TestCase):
    def test_golden_declarations_are_described_or_refused(self):
        with open(FIXTURE, encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        for case in cases:
            with self.subTest(case["name"]):
                if case["described"] is not None:
                    self.assertEqual(describe_variables(case["declared"]), case["described"])
                    continue
                with self.assertRaises(ConfigError) as caught:
                    describe_variables(case["declared"])
                for word in case["mentions"]:
                    self.assertIn(word, str(caught.exception))

    def test_what_is_no_list_of_dicts_is_refused(self):
        for wrong in ({"name": "A"}, ["A"], "A"):
            with self.assertRaises(ConfigError):
                describe_variables(wrong)

    def test_only_exported_ones_are_set_in_the_process(self):
        declared = [{"name": "A", "secret": True}, {"name": "B", "secret": True, "exported": False}]
        self.assertEqual(exported_names(declared), ["A"])


if __name__ == "__main__":
    unittest.main()
