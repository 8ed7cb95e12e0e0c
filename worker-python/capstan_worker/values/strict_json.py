"""JSON as the protocol means it: UTF-8, no NaN, no duplicate keys, no numbers that lose digits, bounded nesting."""

import json
import math
import re

from ..errors import ValueNotJson
from ..limits import NESTING

LARGEST_INTEGER = 2**53


#: Only a body with an escape, an exponent or a long number can hold a value that the wire does not carry.
SUSPICIOUS = re.compile(rb"\\u|[0-9]{16}|[0-9][eE]")


class NotStrictJson(ValueError):
    """What is wrong with the text, as the end of a sentence that begins with "the body"."""


def parse(body):
    """The value of UTF-8 bytes. Raises NotStrictJson, or ValueNotJson naming the place of a value."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrictJson("is not UTF-8") from None
    try:
        value = _decoder.decode(text)
    except NotStrictJson:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise NotStrictJson(f"is not JSON: {error}") from None
    # Both walks are rare: nearly every body is shallow and harmless.
    if body.count(b"[") + body.count(b"{") > NESTING and _is_deeper(value, NESTING):
        raise _too_deep()
    if SUSPICIOUS.search(body):
        check_plain(value)
    return value


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


def dump(value):
    """The bytes of a value that went through `encode`, or that the SDK made itself."""
    return _compact.encode(value).encode("utf-8")


def check_plain(value):
    """Raises ValueNotJson for text and numbers the wire does not carry, at any depth."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, (int, float)):
        check_number(value)
    elif isinstance(value, (list, dict)):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            try:
                check_plain(part)
                check_plain(item)
            except ValueNotJson as error:
                raise error.inside(part) from None


def check_text(text):
    # isascii() is a flag of the string; most text ends here.
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueNotJson("holds half of a character (a lone surrogate)") from None
    return text


def check_number(number):
    if isinstance(number, int):
        if not -LARGEST_INTEGER <= number <= LARGEST_INTEGER:
            raise ValueNotJson("is an integer beyond 2^53, where digits get lost")
    elif not math.isfinite(number):
        raise ValueNotJson(f"is {_SPELLED[str(number)]}, which JSON cannot carry")
    return number


_SPELLED = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _is_deeper(value, levels):
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in value)


def _too_deep():
    return NotStrictJson(f"is nested deeper than {NESTING} levels")


def _object(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotStrictJson(f"has the key {json.dumps(twice)} twice in one object")
    return found


def _constant(name):
    raise NotStrictJson(f"holds {name}, which is not JSON")


def _integer(text):
    # Beyond 2^53 anyway, and int() of a very long text would be slow; newer Pythons refuse it.
    return int(text) if len(text) <= 20 else LARGEST_INTEGER * 2


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
