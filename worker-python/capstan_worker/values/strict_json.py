"""JSON as the protocol means it: UTF-8, no NaN, no duplicate keys, no numbers that lose digits, bounded nesting."""

import json
import math
from itertools import accumulate

from ..errors import ValueNotJson
from ..limits import NESTING
from .at_rest import LARGE_BYTES, CollectorAtRest
from .keys import has_each_key_once

LARGEST_INTEGER = 2**53

# What looks at a whole body below is a call into C each: a loop in Python over 10 MB takes a second.

#: All digits become one, and so does all that may stand before a number.
_SHAPES = bytes.maketrans(b"123456789E,[- \t\n\r", b"000000000e:::::::")
_LONG_INTEGER = b":" + b"0" * 16
_HUGE_NUMBERS = (b"0e000", b"0e+000")
_HUGE_INTEGER = b"0" * 300
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SHALLOW = 4
_STEPS = [1 if byte in b"[{" else -1 if byte in b"]}" else 0 for byte in range(256)]


class NotStrictJson(ValueError):
    """What is wrong with the text, as the end of a sentence that begins with "the body"."""


def parse(body):
    """The value of UTF-8 bytes. Raises NotStrictJson, or ValueNotJson naming the place of a value."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrictJson("is not UTF-8") from None
    shapes = body.translate(_SHAPES)
    has_long_number = _LONG_INTEGER in shapes or shapes.startswith(_LONG_INTEGER[1:])
    may_be_huge = any(huge in shapes for huge in _HUGE_NUMBERS) or (has_long_number and _HUGE_INTEGER in shapes)
    del shapes
    with CollectorAtRest(len(body)):
        value = _decode(text, body, has_long_number)
    del text
    if _may_be_deep(body) and _is_deeper(value, NESTING):
        raise _too_deep()
    if may_be_huge or has_escaped_character(body):
        try:
            dump(value)
        except ValueError:
            check_plain(value)
            raise
    return value


def _decode(text, body, has_long_number):
    try:
        if has_long_number:
            return _careful_decoder.decode(text)
        if len(body) >= LARGE_BYTES:
            # To look at the keys of each object by itself takes as long as to read them all.
            value = _unwary_decoder.decode(text)
            if has_each_key_once(value, body):
                return value
            del value
        return _decoder.decode(text)
    except _LongInteger:
        check_plain(_shortening_decoder.decode(text))
        raise
    except NotStrictJson:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise NotStrictJson(f"is not JSON: {error}") from None


def may_hold_tags(body):
    """Whether there may be a typed value in it; a key can be spelt with escapes."""
    return b"__wire__" in body or has_escaped_character(body)


def has_escaped_character(body):
    return b"\\" in body and b"\\u" in body


def _may_be_deep(body):
    brackets = body.translate(None, _NO_BRACKETS)
    opened = brackets.count(b"[") + brackets.count(b"{")
    if opened <= NESTING:
        return False
    # Those inside of texts count, too. Where they do not cancel out, the value itself is looked at.
    if 2 * opened != len(brackets):
        return True
    # Most values are shallow: without the innermost pairs, and those around them, there is nothing left.
    for _ in range(_SHALLOW):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets) and max(accumulate(map(_STEPS.__getitem__, brackets))) > NESTING - 2 * _SHALLOW


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


def dump(value):
    """The bytes of a value that went through `encode`, or that the SDK made itself."""
    return _compact.encode(value).encode("utf-8")


#: What JSON does not have to escape.
_UNESCAPED = bytes(byte for byte in range(32, 256) if byte not in b'"\\')


def text_parts(text):
    """The JSON of a large text, in parts. Most have nothing to escape, which is seen faster than it is looked for."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        check_text(text)
        raise
    return (dump(text),) if data.translate(None, _UNESCAPED) else (b'"', data, b'"')


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


class _LongInteger(Exception):
    """An integer beyond 2^53, whose place has to be found."""


def _careful_integer(text):
    # int() of a very long text would be slow; newer Pythons refuse it.
    number = int(text) if len(text) <= 20 else LARGEST_INTEGER * 2
    if not -LARGEST_INTEGER <= number <= LARGEST_INTEGER:
        raise _LongInteger
    return number


def _shortened_integer(text):
    return int(text) if len(text) <= 20 else LARGEST_INTEGER * 2


_unwary_decoder = json.JSONDecoder(parse_constant=_constant)
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
_careful_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_careful_integer)
_shortening_decoder = json.JSONDecoder(parse_int=_shortened_integer)
