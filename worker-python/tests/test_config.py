"""Declared configuration, from its dataclass to a reconfigured tool."""

import dataclasses
import enum
import pathlib
import unittest
from typing import Any, Dict, List, Literal, Optional, Union

import support  # noqa: F401  (puts the SDK on the path)

from capstan_worker import Capability, ConfigError, setting
from capstan_worker.serving import endpoints


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

    def properties(self, **fields):
        """The properties of a Config with these fields, each `(type, default)` or a type."""
        made = [(name, *said) if isinstance(said, tuple) else (name, said) for name, said in fields.items()]
        declared = dataclasses.make_dataclass("Config", made)
        return type("Tool", (Capability,), {"Config": declared})().get_config_schema()["properties"]

    def test_each_type_becomes_its_own_and_an_unknown_one_text(self):
        class Device(enum.Enum):
            CPU = "cpu"
            GPU = "gpu"

        found = self.properties(
            a=str, b=int, c=float, d=bool, e=List[int], f=Dict[str, int], g=Device, h=pathlib.Path, i=Any, j="Nowhere"
        )
        self.assertEqual(
            found,
            {
                "a": {"type": "string"},
                "b": {"type": "integer"},
                "c": {"type": "number"},
                "d": {"type": "boolean"},
                "e": {"type": "array", "items": {"type": "integer"}},
                "f": {"type": "object", "additionalProperties": {"type": "integer"}},
                "g": {"enum": ["cpu", "gpu"]},
                "h": {"type": "string"},
                "i": {"type": "string"},
                "j": {"type": "string"},
            },
        )

    def test_optional_is_the_type_or_null(self):
        found = self.properties(a=Optional[int], b=Optional[List[str]], c=Optional[Literal["x"]], d=Union[int, str])
        self.assertEqual(
            found,
            {
                "a": {"type": ["integer", "null"]},
                "b": {"type": ["array", "null"], "items": {"type": "string"}},
                "c": {"enum": ["x", None]},
                "d": {"type": ["integer", "string"]},
            },
        )

    def test_a_default_says_what_its_type_does_not(self):
        found = self.properties(a=(Any, setting(5)), b=(str, setting(None)), c=(Any, setting([1])))
        self.assertEqual(
            found,
            {
                "a": {"type": "integer", "default": 5},
                "b": {"type": ["string", "null"], "default": None},
                "c": {"type": "array", "default": [1]},
            },
        )

    def test_all_of_a_fields_metadata_goes_into_its_schema(self):
        keywords = {
            "title": "T",
            "description": "D",
            "enum": ["ab"],
            "minLength": 1,
            "maxLength": 3,
            "pattern": "^a",
            "format": "uuid",
        }
        numbers = {"minimum": 1, "maximum": 2}
        found = self.properties(a=(str, setting("ab", **keywords)), b=(int, setting(1, reload="model", **numbers)))
        self.assertEqual(found["a"], {"type": "string", "default": "ab", **keywords})
        self.assertEqual(found["b"], {"type": "integer", "default": 1, "reloadTrigger": "model", **numbers})

    def test_a_field_of_dataclasses_own_has_metadata_too(self):
        for key in ("reload", "reloadTrigger", "reload_trigger"):
            field = dataclasses.field(default=1, metadata={"minimum": 1, key: "model", "mine": True})
            found = self.properties(a=(int, field))
            self.assertEqual(found["a"], {"type": "integer", "minimum": 1, "reloadTrigger": "model", "default": 1})

    def test_a_record_inside_has_metadata_and_defaults_of_its_own(self):
        @dataclasses.dataclass
        class Decoder:
            beams: int = setting(5, minimum=1)

        found = self.properties(b=Optional[Decoder], c=List[Decoder], a=(Decoder, setting(default_factory=Decoder)))
        record = {"type": "object", "properties": {"beams": {"type": "integer", "minimum": 1, "default": 5}}}
        self.assertEqual(found["a"], {**record, "default": {"beams": 5}})
        self.assertEqual(found["b"], {**record, "type": ["object", "null"]})
        self.assertEqual(found["c"], {"type": "array", "items": record})

    def test_a_record_that_only_the_class_around_it_knows_is_told_by_its_default(self):
        made = {}
        exec(
            "from __future__ import annotations\n"
            "from dataclasses import dataclass\n"
            "from capstan_worker import Capability, setting\n"
            "class Tool(Capability):\n"
            "    @dataclass\n"
            "    class Inner:\n"
            "        weight: float = 1.0\n"
            "    @dataclass\n"
            "    class Config:\n"
            "        inner: Inner = setting(default_factory=lambda: Tool.Inner())\n",
            made,
        )
        tool = made["Tool"]()
        self.assertEqual(tool.get_config_schema()["properties"]["inner"]["properties"]["weight"]["type"], "number")
        self.assertEqual(tool.read_config({"inner": {"weight": 2}}).inner, made["Tool"].Inner(2.0))

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

    def test_unknown_keys_are_dropped_with_a_warning_when_lenient(self):
        with self.assertLogs("capstan_worker", "WARNING") as told:
            config = Speech().read_config({"modle": "tiny", "rate": 9000}, lenient=True)
        self.assertEqual(config.rate, 9000)
        self.assertIn('modle is unknown and is ignored; did you mean "model"?', told.output[0])
        with self.assertRaises(ConfigError), self.assertLogs("capstan_worker", "WARNING"):
            Speech().read_config({"modle": "tiny", "rate": 1}, lenient=True)

    def test_values_arrive_as_the_types_that_were_annotated(self):
        class Device(enum.Enum):
            CPU = "cpu"

        @dataclasses.dataclass
        class Inner:
            weight: float = 1.0

        class Tool(Capability):
            @dataclasses.dataclass
            class Config:
                device: Device = Device.CPU
                folder: pathlib.Path = pathlib.Path("/tmp")
                many: List[Inner] = setting([])
                inner: Inner = setting(default_factory=Inner)

        given = {"device": "cpu", "folder": "/a/b", "many": [{"weight": 2}], "inner": {}}
        config = Tool().read_config(given)
        self.assertIs(config.device, Device.CPU)
        self.assertEqual(config.folder, pathlib.Path("/a/b"))
        self.assertEqual(config.many, [Inner(2.0)])
        tool = Tool()
        tool.config = config
        self.assertEqual(
            tool.get_current_config(),
            {"device": "cpu", "folder": "/a/b", "many": [{"weight": 2.0}], "inner": {"weight": 1.0}},
        )

    def test_a_default_that_does_not_fit_its_own_schema_works_all_the_same(self):
        class Tool(Capability):
            @dataclasses.dataclass
            class Config:
                account: str
                mode: str = setting("auto", enum=["a", "b"])

        self.assertEqual(Tool().read_config({"mode": "auto", "account": "x"}).mode, "auto")
        with self.assertRaises(ConfigError) as refused:
            Tool().read_config({"mode": "c", "account": None})
        self.assertEqual(set(refused.exception.fields_invalid), {"mode", "account"})

    def test_a_password_that_does_not_fit_is_not_repeated(self):
        class Tool(Capability):
            @dataclasses.dataclass
            class Config:
                key: str = setting("", format="password", pattern="^x")

        with self.assertRaises(ConfigError) as refused:
            Tool().read_config({"key": "hunter2"})
        self.assertIn('"key" does not fit what is declared', str(refused.exception))
        self.assertNotIn("hunter2", str(refused.exception))

    def test_a_pattern_is_one_of_json_schema(self):
        class Tool(Capability):
            @dataclasses.dataclass
            class Config:
                name: str = setting("a", pattern="^(?<first>[a-z$]+)\\/?\\d*$")

        Tool().read_config({"name": "ab/12"})
        for wrong in ("ab\n", "ab/\u0661", "A"):
            with self.assertRaises(ConfigError, msg=repr(wrong)):
                Tool().read_config({"name": wrong})

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

    def test_what_is_released_is_released_while_the_old_configuration_is_in_force(self):
        class Order(Speech):
            def _release_model(self):
                self.seen.append(("release", self.config.model))

            def _apply_config(self, config):
                self.seen.append(("apply", config.model, self.config.model))

        order = Order()
        order.reconfigure({"model": "tiny"}, {"model": "large"})
        self.assertEqual(order.seen, [("release", "tiny"), ("apply", "large", "large")])

    def test_a_schema_of_a_tools_own_names_triggers_too(self):
        class Own(Capability):
            released = 0

            def get_config_schema(self):
                return {"type": "object", "properties": {"a": {"reloadTrigger": "it"}, "b": {"reloadTrigger": "it"}}}

            def _release_it(self):
                self.released += 1

        own = Own()
        own.reconfigure({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2})
        self.assertEqual((own.released, own.config), (1, {"a": 2, "b": 2, "c": 2}))

    def test_an_enum_that_stays_the_same_releases_nothing(self):
        class Device(enum.Enum):
            CPU = "cpu"

        class Tool(Speech):
            @dataclasses.dataclass
            class Config:
                model: str = "tiny"
                device: Device = setting(Device.CPU, reload="model")

        tool = Tool()
        tool.reconfigure({"device": "cpu", "model": "tiny"}, {"device": "cpu", "model": "large"})
        self.assertEqual(tool.seen, [("initialize", "large")])

    def test_a_failed_change_keeps_the_old_configuration(self):
        class Refuses(Speech):
            def initialize(self, config):
                raise RuntimeError("no")

        refuses = Refuses()
        with self.assertRaises(RuntimeError):
            refuses.reconfigure({"rate": 16000}, {"rate": 9000})
        self.assertEqual(refuses.config.rate, 16000)


class OverTheWire(unittest.TestCase):
    """As the host asks for it."""

    def test_an_initialize_that_fails_leaves_the_defaults_in_force(self):
        class Refuses(Speech):
            def initialize(self, config):
                raise RuntimeError("no")

        refuses = Refuses()
        with self.assertRaises(RuntimeError):
            endpoints.initialize(refuses, {"model": "large"})
        self.assertEqual(refuses.config.model, "tiny")

    def test_a_reconfigure_of_a_tools_own_counts_when_it_has_returned(self):
        class Own(Speech):
            def reconfigure(self, old, new):
                self.seen.append(new["rate"])

        own = Own()
        endpoints.reconfigure(own, {"old_config": {}, "new_config": {"rate": 9000}})
        self.assertEqual((own.seen, own.config.rate), ([9000], 9000))

    def test_a_reconfigure_that_fails_leaves_the_old_configuration_in_force(self):
        class Own(Speech):
            def reconfigure(self, old, new):
                self.config = "half"
                raise RuntimeError("no")

        own = Own()
        with self.assertRaises(RuntimeError):
            endpoints.reconfigure(own, {"old_config": {}, "new_config": {"rate": 9000}})
        self.assertEqual(own.config.rate, 16000)
        with self.assertRaises(ConfigError):
            endpoints.reconfigure(own, {"old_config": {}, "new_config": {"rte": 9000}})


if __name__ == "__main__":
    unittest.main()
