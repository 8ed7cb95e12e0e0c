"""The declared configuration on which every SDK and the host agree."""

import dataclasses
import unittest
from typing import List, Optional

import support

from capstan_worker import Capability, ConfigError, setting
from capstan_worker.config import plain_config
from capstan_worker.contract.formats import is_format

FIXTURE = support.fixture("configs.json")
TYPES = {"string": str, "integer": int, "number": float, "boolean": bool}


def record_of(name, declaration):
    """A dataclass with a field for each setting of the neutral declaration."""
    fields = [(key, type_of(key, said), field_of(said, type_of(key, said))) for key, said in declaration.items()]
    record = dataclasses.make_dataclass(name, fields)
    return record


def type_of(name, said):
    if said["type"] == "array":
        kind = List[TYPES[said["items"]["type"]]]
    elif said["type"] == "object":
        kind = record_of(name.title(), said["fields"])
    else:
        kind = TYPES[said["type"]]
    return Optional[kind] if said.get("nullable") else kind


def field_of(said, kind):
    words = {"type", "items", "fields", "nullable", "default", "reloadTrigger"}
    keywords = {key: value for key, value in said.items() if key not in words}
    reload = said.get("reloadTrigger")
    if said["type"] == "object":
        return setting(default_factory=lambda: kind(**said["default"]), reload=reload, **keywords)
    return setting(said["default"], reload=reload, **keywords)


class Speech(Capability):
    Config = record_of("Config", FIXTURE["declaration"])

    def __init__(self):
        self.released = []

    def _release_model(self):
        self.released.append("model")

    def _release_voice(self):
        self.released.append("voice")

    def _release_lexicon(self):
        self.released.append("lexicon")


class Agreed(unittest.TestCase):
    def test_a_dataclass_becomes_the_schema_that_every_sdk_makes_of_the_same_declaration(self):
        self.assertEqual(Speech().get_config_schema(), FIXTURE["schema"])

    def test_settings_are_checked_as_everywhere(self):
        for case in FIXTURE["checks"]:
            with self.subTest(case["name"]):
                if "fields" in case:
                    with self.assertRaises(ConfigError) as refused:
                        Speech().read_config(case["given"])
                    self.assertEqual(sorted(refused.exception.fields_invalid), sorted(case["fields"]))
                else:
                    values = plain_config(Speech().read_config(case["given"]))
                    self.assertEqual(values, {**FIXTURE["defaults"], **case["values"]})

    def test_formats_are_told_as_everywhere(self):
        for name, texts in FIXTURE["formats"].items():
            for text in texts["fit"]:
                self.assertTrue(is_format(name, text), f"{name}: {text}")
            for text in texts["unfit"]:
                self.assertFalse(is_format(name, text), f"no {name}: {text}")

    def test_a_change_releases_as_everywhere(self):
        for case in FIXTURE["changes"]:
            with self.subTest(case["name"]):
                speech = Speech()
                speech.config = speech.read_config(case["before"])
                speech.reconfigure(case["before"], case["after"])
                self.assertEqual(speech.released, case["triggers"])


if __name__ == "__main__":
    unittest.main()
