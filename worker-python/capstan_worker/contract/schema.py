"""JSON Schemas from Python types. An unknown type becomes `{}`, which accepts anything."""

import collections.abc
import dataclasses
import enum
import inspect
import os
import typing

from ..files import FILE_REF, File
from . import annotations

PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable)
STREAMS = (collections.abc.Iterator, collections.abc.Generator)
UNIONS = (typing.Union, getattr(__import__("types"), "UnionType", typing.Union))


def of_type(kind):
    """The schema of one type."""
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is not None:
        return _of_generic(kind, origin, arguments)
    if not isinstance(kind, type):
        return {}
    if issubclass(kind, (File, os.PathLike)):
        return {"$ref": FILE_REF}
    if issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    if hasattr(kind, "__total__") and issubclass(kind, dict):
        return _object(annotations.of_class(kind), sorted(kind.__required_keys__))
    if issubclass(kind, dict):
        return {"type": "object"}
    if issubclass(kind, (list, tuple, set, frozenset)):
        return {"type": "array"}
    return {}


def _of_generic(kind, origin, arguments):
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in UNIONS:
        return _of_union(arguments)
    if hasattr(kind, "__metadata__"):  # Annotated[T, "description", {"minimum": 0}]
        return with_notes(of_type(arguments[0]), kind.__metadata__)
    if getattr(origin, "_name", "") in ("Required", "NotRequired"):
        return of_type(arguments[0])
    if origin is tuple and arguments[-1] is not Ellipsis:
        return {"type": "array"}
    if origin in LISTS or origin in STREAMS:
        items = of_type(arguments[0]) if arguments else {}
        return {"type": "array", "items": items} if items else {"type": "array"}
    if isinstance(origin, type) and issubclass(origin, collections.abc.Mapping):
        values = of_type(arguments[1]) if len(arguments) == 2 else {}
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
    return of_type(origin) if isinstance(origin, type) else {}


def _of_union(arguments):
    schemas = [of_type(argument) for argument in arguments]
    if {} in schemas:
        return {}
    if len(schemas) == 2 and type(None) in arguments:
        inner = schemas[1 - arguments.index(type(None))]
        if isinstance(inner.get("type"), str):
            return {**inner, "type": [inner["type"], "null"]}
    if all(set(schema) == {"type"} for schema in schemas):
        types = [schema["type"] for schema in schemas]
        if set(types) == {"integer", "number"}:
            return {"type": "number"}
        return {"type": types}
    return {"anyOf": schemas}


def _of_dataclass(kind):
    types = annotations.of_class(kind)
    fields = [field for field in dataclasses.fields(kind) if field.init]
    required = [field.name for field in fields if _has_no_default(field)]
    return _object({field.name: types.get(field.name, typing.Any) for field in fields}, required)


def _has_no_default(field):
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _object(types, required):
    schema = {"type": "object", "properties": {name: of_type(kind) for name, kind in types.items()}}
    if required:
        schema["required"] = list(required)
    schema["additionalProperties"] = False
    return schema


def with_notes(schema, notes):
    """A schema with what `Annotated` adds: text is a description, a dict is further keywords."""
    schema = dict(schema)
    for note in notes:
        if isinstance(note, str):
            schema["description"] = note
        elif isinstance(note, dict):
            schema.update(note)
    return schema


def of_parameters(function):
    """The schema of a function's keyword arguments."""
    parameters, types, _ = annotations.of_function(function)
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            schema["additionalProperties"] = True
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            schema["properties"][parameter.name] = _of_parameter(parameter, types[parameter.name])
            if parameter.default is inspect.Parameter.empty:
                schema["required"].append(parameter.name)
    return schema


def _of_parameter(parameter, kind):
    schema = of_type(kind)
    default = parameter.default
    if default is inspect.Parameter.empty:
        return schema
    schema = {**schema, "default": plain_default(default)}
    if default is None and isinstance(schema.get("type"), str):
        # `x: int = None` means "may be left out": the caller may say so too.
        schema["type"] = [schema["type"], "null"]
    return schema


def plain_default(value):
    """A default as JSON, or None where JSON has no word for it."""
    from ..errors import ValueNotJson
    from ..values.encode import encode

    try:
        return encode(value)
    except ValueNotJson:
        return None


def of_result(function):
    """The schema of what a function returns; None when its author did not say."""
    _, _, kind = annotations.of_function(function)
    if kind is None:
        return None
    schema = of_type(kind)
    return schema or None


#: Keywords whose value is one schema, a list of schemas, or a table of them. Elsewhere `type: file` is data.
ONE = ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else")
MANY = ("prefixItems", "allOf", "anyOf", "oneOf")
TABLES = ("properties", "patternProperties", "dependentSchemas", "$defs")


def expand_files(schema):
    """The shorthand `{"type": "file"}` as `{"$ref": "capstan:file"}`, at any depth of an author's schema."""
    if not isinstance(schema, dict):
        return schema
    expanded = {}
    for key, value in schema.items():
        if key == "type" and value == "file":
            expanded["$ref"] = FILE_REF
        elif key in ONE:
            expanded[key] = expand_files(value)
        elif key in MANY:
            expanded[key] = [expand_files(item) for item in value]
        elif key in TABLES:
            expanded[key] = {name: expand_files(item) for name, item in value.items()}
        else:
            expanded[key] = value
    return expanded
