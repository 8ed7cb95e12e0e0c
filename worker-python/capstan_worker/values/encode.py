"""From what a tool returns to a value the wire can carry. Never guesses: what JSON has no word for is refused."""

import os

from ..errors import ValueNotJson
from ..files import FILE_KIND, File, file_from_data, tagged
from ..limits import NESTING
from .plain import CONTAINERS, is_plain, looks_small
from .strict_json import check_number, check_text, dump, text_parts
from .wire_types import fields_of, kind_of


#: From here on a look at all characters at once is worth while.
LARGE_TEXT = 4096


def wire_bytes(value, check_file=None):
    """The JSON of a value, as `encode` and `dump` make it. Raises ValueNotJson naming the place."""
    return b"".join(wire_parts(value, check_file))


def wire_parts(value, check_file=None):
    """The same in parts, to be written one after the other: joined, what is large would be there twice."""
    if type(value) is str and len(value) >= LARGE_TEXT:
        return text_parts(value)
    if type(value) in CONTAINERS and not looks_small(value):
        # Most values need no translation, and then a large one takes a third of the time.
        try:
            data = dump(value)
            if is_plain(value):
                return (data,)
        except (TypeError, ValueError, RecursionError):
            pass  # a type that JSON has no word for, not finite, half of a character: the walk below finds out
    return (dump(encode(value, check_file)),)


def encode(value, check_file=None, level=0):
    """The value as JSON. Raises ValueNotJson naming the place. `check_file` judges each file on the way."""
    kind = type(value)
    if kind is str:
        return check_text(value)
    if value is None or kind is bool:
        return value
    if kind is int or kind is float:
        return check_number(value)
    if level >= NESTING:
        raise ValueNotJson(f"is nested deeper than {NESTING} levels")
    if kind is dict:
        return _object(value, check_file, level)
    if kind is list or kind is tuple:
        return _array(value, check_file, level)
    return _other(value, check_file, level)


def _array(items, check_file, level):
    encoded = []
    for index, item in enumerate(items):
        try:
            encoded.append(encode(item, check_file, level + 1))
        except ValueNotJson as error:
            raise error.inside(index) from None
    return encoded


def _object(members, check_file, level):
    if members.get("__wire__") == FILE_KIND:
        return _file(file_from_data(members.get("data")), check_file)
    encoded = {}
    for key, member in members.items():
        if not isinstance(key, str):
            raise ValueNotJson(f"has the key {key!r}; JSON needs text").inside(str(key))
        try:
            encoded[check_text(key)] = encode(member, check_file, level + 1)
        except ValueNotJson as error:
            raise error.inside(key) from None
    return encoded


def _file(file, check_file):
    check_text(file.path)
    return tagged(file if check_file is None else check_file(file))


def _other(value, check_file, level):
    """Everything that is not one of JSON's own types, roughly in the order it is met."""
    if isinstance(value, File):
        return _file(value, check_file)
    if hasattr(type(value), "__dataclass_fields__") or kind_of(value):
        return _record(value, check_file, level)
    if isinstance(value, dict):
        return _object(value, check_file, level)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _array(value, check_file, level)
    for base in (str, bool, int, float):
        if isinstance(value, base):
            # An Enum member that is also a str or int keeps its plain value.
            return encode(base(getattr(value, "value", value)), check_file, level)
    if isinstance(value, os.PathLike):
        return check_text(os.fspath(value))
    return _foreign(value, check_file, level)


def _record(value, check_file, level):
    kind = kind_of(value)
    if kind is None:
        return _object(fields_of(value), check_file, level)
    try:
        data = _object(fields_of(value), check_file, level + 1)
    except ValueNotJson as error:
        raise error.inside("data") from None
    return {"__wire__": kind, "data": data}


def _foreign(value, check_file, level):
    if callable(getattr(type(value), "to_temp_file", None)):
        # Large things know how to save themselves, and travel by reference.
        path = value.to_temp_file()
        adopt = getattr(check_file, "adopt", None)
        return _file(File(path if adopt is None else adopt(path)), check_file)
    module = type(value).__module__.partition(".")[0]
    if module == "datetime" and hasattr(value, "isoformat"):
        return value.isoformat()
    if module == "enum" or hasattr(type(value), "__members__"):
        return encode(value.value, check_file, level)
    # numpy and those that follow it: an array knows tolist(), a scalar item().
    if getattr(value, "shape", None) and hasattr(value, "tolist"):
        return encode(value.tolist(), check_file, level)
    if hasattr(value, "item") and hasattr(value, "dtype"):
        return encode(value.item(), check_file, level)
    raise ValueNotJson(f"is a {type(value).__qualname__}, which JSON cannot carry")
