"""The golden messages of the protocol, read by every SDK."""

import dataclasses
import json
import logging
import unittest
import unittest.mock

import support

from capstan_worker import versions, wire_type
from capstan_worker.call import Call
from capstan_worker.contract.schema import expand_files
from capstan_worker.errors import ValueNotJson, place_text
from capstan_worker.process.logs import format_record
from capstan_worker.process.start_line import StartRefused, parse_start_line
from capstan_worker.serving.execution import read_envelope
from capstan_worker.values import strict_json
from capstan_worker.values.classify import from_exception, wire_error
from capstan_worker.values.encode import encode, wire_bytes
from capstan_worker.values.wire_types import decode


def deep():
    value = 1
    for _ in range(1000):
        value = [value]
    return value


SPECIALS = {
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus_infinity": float("-inf"),
    "big_integer": 2**53 + 2,
    "lone_surrogate": "\ud800",
    "deep": deep(),
}


def special(value):
    """A fixture's value with each `{"$special": name}` replaced by what JSON cannot write."""
    if isinstance(value, list):
        return [special(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$special" in value:
        return SPECIALS[value["$special"]]
    return {key: special(item) for key, item in value.items()}


@wire_type("fixture.segment")
@dataclasses.dataclass
class Segment:
    start: object
    end: object = 0


@wire_type("fixture.span")
class Span:
    def __init__(self, length):
        self.length = length

    def to_dict(self):
        return {"from": 0, "to": self.length}

    @classmethod
    def from_dict(cls, data):
        return cls(data["to"])


def shown(value):
    """A value as the fixtures write what code sees."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, (Segment, Span)):
        kind = "fixture.segment" if isinstance(value, Segment) else "fixture.span"
        return {"$kind": kind, **{name: shown(item) for name, item in vars(value).items()}}
    return value


class Fixtures(unittest.TestCase):
    def each(self, name, check):
        for case in support.fixture(f"{name}.json")["cases"]:
            with self.subTest(f"{name}: {case.get('name', case)}"):
                check(case)

    def test_values_leave_as_the_fixtures_say(self):
        def check(case):
            value = special(case["value"])
            if "place" not in case and not case.get("refused"):
                self.assertEqual(encode(value), case.get("becomes", case["value"]))
                self.assertEqual(json.loads(wire_bytes(value)), case.get("becomes", case["value"]))
                return
            with self.assertRaises(ValueNotJson):
                wire_bytes(value)
            with self.assertRaises(ValueNotJson) as refused:
                encode(value)
            if "place" in case:
                self.assertEqual(place_text(reversed(refused.exception.place)), case["place"])
            for word in case.get("mentions", ()):
                self.assertIn(word, str(refused.exception))

        self.each("values", check)

    def test_values_arrive_and_leave_again_unchanged(self):
        def check(case):
            if "place" not in case and not case.get("refused"):
                arrived = strict_json.parse(json.dumps(case["value"]).encode())
                self.assertEqual(encode(decode(arrived)), case.get("becomes", case["value"]))

        self.each("values", check)

    def test_typed_values_arrive_and_leave_as_the_fixtures_say(self):
        def check(case):
            arrived = strict_json.parse(json.dumps(case["wire"]).encode())
            if "refused" in case:
                with self.assertRaises(ValueNotJson) as refused:
                    decode(arrived)
                self.assertEqual(place_text(reversed(refused.exception.place)), case["refused"]["place"])
                for word in case["refused"]["mentions"]:
                    self.assertIn(word, str(refused.exception))
                return
            typed = decode(arrived)
            self.assertEqual(shown(typed), case["typed"])
            self.assertEqual(json.loads(wire_bytes(typed)), case.get("leaves", case["wire"]))

        self.each("wire-types", check)

    def test_start_lines_are_read_or_refused(self):
        def check(case):
            expected = case["expect"]
            if expected["kind"] == "start":
                self.assertEqual(parse_start_line(case["line"])["capstan"], 1)
                return
            with self.assertRaises(StartRefused) as refused:
                parse_start_line(case["line"])
            self.assertEqual(refused.exception.error["code"], expected["code"])
            for word in expected["mentions"]:
                self.assertIn(word, refused.exception.error["message"])

        self.each("start-lines", check)

    def test_version_ranges_overlap_or_the_sentence_names_both(self):
        def check(case):
            with unittest.mock.patch.object(versions, "PROTOCOL", tuple(case["worker"])):
                sentence = versions.skew(case["host"])
            self.assertEqual(sentence is None, case["agreed"] is not None)
            for words in case.get("mentions", ()):
                self.assertIn(words, sentence)

        self.each("negotiation", check)

    def test_envelopes_are_read(self):
        self.each("envelopes", lambda case: self.assertEqual(read_envelope(case["value"]) or None, case["reads"]))

    def test_schemas_expand(self):
        self.each("schemas", lambda case: self.assertEqual(expand_files(case["schema"]), case["expanded"]))

    def test_log_records_have_the_fields_of_the_fixtures(self):
        case = next(c for c in support.fixture("log-records.json")["cases"] if c["record"] and "callId" in c["record"])
        record = logging.LogRecord("speech", logging.INFO, "", 0, case["record"]["message"], (), None)
        record.exc_text = "Traceback"
        line = format_record(record, Call("call_1"))
        self.assertEqual(line[:1], case["line"][:1].encode())
        self.assertEqual(line[-1:], b"\n")
        written = json.loads(line[1:])
        self.assertEqual({**written, "ts": case["record"]["ts"]}, case["record"])

    def test_errors_have_the_required_fields_of_the_fixtures(self):
        least = next(c["value"] for c in support.fixture("errors.json")["cases"] if c["name"] == "the least")
        self.assertEqual(set(wire_error("input", "INPUT_INVALID", "x")), set(least))
        everything = next(c["value"] for c in support.fixture("errors.json")["cases"] if c["name"] == "everything")
        self.assertLessEqual(set(from_exception(RuntimeError("x"))), set(everything))


if __name__ == "__main__":
    unittest.main()
