"""Declared configuration, from its dataclass to a reconfigured tool."""

import dataclasses
import unittest
from typing import Literal, Optional

import support  # noqa: F401  (puts the SDK on the path)

from capstan_worker import Capability, ConfigError, setting


class Speech(Capability):
    @dataclasses.dataclass
    class Config:
        """How to listen."""

        model: str = setting("tiny", title="Model", enum=["tiny", "large"], reload="model")
        device: Literal["cpu", "gpu"] = setting("cpu", reload="model")
        rate: int = setting(16000, minimum=8000, maximum=48000, description="Samples a second.")
        language: Optional[str] = None
        words: list = setting([])

    def __init__(self):
        self.seen = []

    def initialize(self, config):
        self.seen.append(("initialize", config.model))

    def _release_model(self):
        self.seen.append("release model")


class Schema(unittest.TestCase):
    def test_the_schema_has_no_required_and_keeps_the_metadata(self):
        self.assertEqual(
            Speech().get_config_schema(),
            {
                "name": "Config",
                "title": "Config",
                "description": "How to listen.",
                "type": "object",
                "properties": {
                    "model": {
                        "type": "string",
                        "title": "Model",
                        "enum": ["tiny", "large"],
                        "reloadTrigger": "model",
                        "default": "tiny",
                    },
                    "device": {"enum": ["cpu", "gpu"], "reloadTrigger": "model", "default": "cpu"},
                    "rate": {
                        "type": "integer",
                        "description": "Samples a second.",
                        "minimum": 8000,
                        "maximum": 48000,
                        "default": 16000,
                    },
                    "language": {"type": ["string", "null"], "default": None},
                    "words": {"type": "array", "default": []},
                },
            },
        )

    def test_a_capability_without_config_has_no_schema(self):
        self.assertEqual(Capability().get_config_schema(), {})
        self.assertEqual(Capability().get_current_config(), {})

    def test_an_unknown_keyword_is_a_mistake_of_the_author(self):
        with self.assertRaisesRegex(TypeError, "knows no minium"):
            setting(1, minium=0)


class Values(unittest.TestCase):
    def test_defaults_are_there_before_initialize(self):
        self.assertEqual(Speech().config.model, "tiny")

    def test_unknown_keys_and_wrong_values_are_refused_at_once(self):
        with self.assertRaises(ConfigError) as refused:
            Speech().read_config({"modle": "tiny", "rate": 10, "device": "tpu", "language": 5})
        self.assertEqual(set(refused.exception.fields_invalid), {"modle", "rate", "device", "language"})
        self.assertIn('did you mean "model"?', str(refused.exception))
        self.assertIn('"rate" must be at least 8000, not 10', str(refused.exception))

    def test_a_field_without_default_must_be_given(self):
        class Key(Capability):
            @dataclasses.dataclass
            class Config:
                account: str

        self.assertIsNone(Key().config)
        with self.assertRaises(ConfigError) as refused:
            Key().read_config({})
        self.assertEqual(refused.exception.fields_invalid, ["account"])
        self.assertNotIn("required", Key().get_config_schema())

    def test_a_check_of_the_authors_own_is_a_config_error(self):
        class Even(Capability):
            @dataclasses.dataclass
            class Config:
                n: int = 0

                def __post_init__(self):
                    if self.n % 2:
                        raise ValueError("n must be even")

        with self.assertRaisesRegex(ConfigError, "n must be even"):
            Even().read_config({"n": 1})

    def test_plain_values_are_given_back(self):
        self.assertEqual(Speech().get_current_config()["rate"], 16000)


class Reconfigure(unittest.TestCase):
    def test_each_trigger_releases_once_then_initialize_runs(self):
        speech = Speech()
        speech.reconfigure({"model": "tiny", "device": "cpu"}, {"model": "large", "device": "gpu"})
        self.assertEqual(speech.seen, ["release model", ("initialize", "large")])
        self.assertEqual(speech.config.model, "large")

    def test_fields_without_trigger_release_nothing(self):
        speech = Speech()
        speech.reconfigure(speech.get_current_config(), {**speech.get_current_config(), "rate": 8000})
        self.assertEqual(speech.seen, [("initialize", "tiny")])

    def test_a_tool_may_apply_the_change_itself(self):
        class Applies(Speech):
            def _apply_config(self, config):
                self.seen.append("apply")

        applies = Applies()
        applies.reconfigure({"rate": 8000}, {"rate": 9000})
        self.assertEqual(applies.seen, ["apply"])

    def test_a_failed_release_does_not_keep_the_new_configuration_out(self):
        class Stuck(Speech):
            def _release_model(self):
                raise RuntimeError("stuck")

        stuck = Stuck()
        with self.assertLogs("capstan_worker", "ERROR"):
            stuck.reconfigure({"model": "tiny"}, {"model": "large"})
        self.assertEqual(stuck.config.model, "large")

    def test_a_failed_change_keeps_the_old_configuration(self):
        class Refuses(Speech):
            def initialize(self, config):
                raise RuntimeError("no")

        refuses = Refuses()
        with self.assertRaises(RuntimeError):
            refuses.reconfigure({"rate": 16000}, {"rate": 9000})
        self.assertEqual(refuses.config.rate, 16000)


if __name__ == "__main__":
    unittest.main()
