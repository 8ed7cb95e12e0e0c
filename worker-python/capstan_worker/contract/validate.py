"""Checks values against the part of JSON Schema that the SDK itself writes, and says all that is wrong.

A keyword it does not know is not checked: the host, with a full validator, has the last word.
"""

import json
import os

from ..errors import place_text
from ..files import FILE_REF, File
from ..values.wire_types import kind_of

WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def problems(value, schema, place=()):
    """A list of `(place, sentence)`; empty when the value fits."""
    found = _problems(value, schema, place)
    if found and (schema.get("format") == "password" or schema.get("writeOnly") is True):
        # What is said may be read by others, and a password is not for them.
        return [(place, "does not fit what is declared")]
    return found


def _problems(value, schema, place):
    if kind_of(value) is not None:
        return []  # arrived typed: whoever made it checked its fields
    if "$ref" in schema:
        return _file_problems(value, schema, place)
    if "anyOf" in schema:
        if any(not problems(value, option, place) for option in schema["anyOf"]):
            return []
        return [(place, f"fits none of the {len(schema['anyOf'])} allowed forms")]
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value) for kind in kinds):
        expected = " or ".join(WORDS.get(kind, kind) for kind in kinds)
        return [(place, f"must be {expected}, not {_shown(value)}")]
    if "enum" in schema and not _is_one_of(value, schema["enum"]):
        return [(place, _enum_problem(value, schema["enum"]))]
    if isinstance(value, dict):
        return _object_problems(value, schema, place)
    if isinstance(value, list):
        items = schema.get("items")
        if not items:
            return []  # anything may be in it, and there may be a great deal
        return [found for index, item in enumerate(value) for found in problems(item, items, (*place, index))]
    if isinstance(value, str):
        return _text_problems(value, schema, place)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number_problems(value, schema, place)
    return []


def _is(kind, value):
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "string":
        return isinstance(value, str)
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if kind == "number":
        return isinstance(value, (int, float))
    if kind == "array":
        return isinstance(value, list)
    if kind == "object":
        return isinstance(value, dict)
    return kind == "null" and value is None


def _is_one_of(value, options):
    # In Python True == 1; in JSON it is not.
    return any(value == option and isinstance(value, bool) == isinstance(option, bool) for option in options)


def _enum_problem(value, options):
    shown = ", ".join(_shown(option) for option in options)
    return f"must be one of {shown}, not {_shown(value)}{did_you_mean(value, options)}"


def _file_problems(value, schema, place):
    if schema["$ref"] != FILE_REF:
        return []
    if not isinstance(value, File):
        return [(place, f"must be a file, not {_shown(value)}")]
    if not os.path.isabs(value.path):
        return [(place, f"names the file {value.path}, which is not an absolute path")]
    if not os.path.exists(value.path):
        return [(place, f"names the file {value.path}, which does not exist")]
    if not os.access(value.path, os.R_OK):
        return [(place, f"names the file {value.path}, which cannot be read")]
    return []


def _object_problems(value, schema, place):
    known = schema.get("properties", {})
    found = [((*place, name), "is missing") for name in schema.get("required", ()) if name not in value]
    others = schema.get("additionalProperties", True)
    if not known and others is not False and not isinstance(others, dict):
        return found
    for name, member in value.items():
        if name in known:
            found += problems(member, known[name], (*place, name))
        elif others is False:
            found.append(((*place, name), f"is unknown{did_you_mean(name, known)}{_known_names(known)}"))
        elif isinstance(others, dict):
            found += problems(member, others, (*place, name))
    return found


def _known_names(known):
    return f"; known are {', '.join(sorted(known))}" if known else "; nothing is expected here"


def _text_problems(value, schema, place):
    if len(value) < schema.get("minLength", 0):
        return [(place, f"must have at least {schema['minLength']} characters")]
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        return [(place, f"must have at most {schema['maxLength']} characters")]
    if "pattern" in schema:
        from .patterns import compiled

        pattern = compiled(schema["pattern"])
        if pattern is not None and not pattern.search(value):
            return [(place, f"must match {schema['pattern']}, not {_shown(value)}")]
    if "format" in schema:
        from .formats import is_format

        if not is_format(schema["format"], value):
            return [(place, f"must have the format {schema['format']}, not {_shown(value)}")]
    return []


def _number_problems(value, schema, place):
    if "minimum" in schema and value < schema["minimum"]:
        return [(place, f"must be at least {schema['minimum']}, not {value}")]
    if "maximum" in schema and value > schema["maximum"]:
        return [(place, f"must be at most {schema['maximum']}, not {value}")]
    return []


def did_you_mean(name, known):
    """`; did you mean "rate"?` when something known is near."""
    import difflib

    near = difflib.get_close_matches(str(name), [str(option) for option in known], n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _shown(value):
    text = value.path if isinstance(value, File) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:59] + "…"


def sentence(found):
    """All problems of an object's members as one message."""
    return "; ".join(f"{_where(place)} {problem}" for place, problem in found)


def _where(place):
    if not place:
        return "the value"
    return f'"{place[0]}"' if len(place) == 1 else place_text(place)


def fields(found):
    """The top-level members that have a problem, each once, in order."""
    return list(dict.fromkeys(str(place[0]) for place, _ in found if place))
