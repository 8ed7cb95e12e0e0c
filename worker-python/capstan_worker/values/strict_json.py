"""JSON as the protocol means it: UTF-8, no NaN, no duplicate keys, no numbers that lose digits, bounded nesting."""

import json
import math

from ..limits import NESTING

LARGEST_INTEGER = 2**53


class NotStrictJson(ValueError):
    """What is wrong with the text, as the end of a sentence that begins with "the body"."""


def parse(body):
    """The value of UTF-8 bytes. Raises NotStrictJson."""
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
    _check(value, body)
    return value


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


def dump(value):
    """The bytes of a value that went through `wire.encode`, or that the SDK made itself."""
    return _compact.encode(value).encode("utf-8")


def _check(value, body):
    # Both walks are rare: nearly every body is shallow and without escapes.
    if body.count(b"[") + body.count(b"{") > NESTING and _is_deeper(value, NESTING):
        raise _too_deep()
    if b"\\u" in body:
        _refuse_surrogates(value)


def _is_deeper(value, levels):
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in value)


def _refuse_surrogates(value):
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise NotStrictJson("holds half of a character (a lone surrogate)") from None
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)


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


def _float(text):
    number = float(text)
    if math.isinf(number):
        raise NotStrictJson(f"holds the number {text[:40]}, which is too large")
    return number


def _integer(text):
    # 2^53 has 16 digits; int() of a long text would be slow, and newer Pythons refuse it.
    number = int(text) if len(text) <= 17 else LARGEST_INTEGER + 1
    if abs(number) > LARGEST_INTEGER:
        raise NotStrictJson(f"holds {text[:40]}, an integer beyond 2^53, where digits get lost")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer)
