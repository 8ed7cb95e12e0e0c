"""The schema of a declared configuration: of a dataclass, field by field, with what their metadata adds."""

import dataclasses
import enum
import os
import typing

from ..config import KEYWORDS, default_of, fields_of, trigger_of
from . import annotations, schema

_NO_DEFAULT = object()
_KINDS = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def record_schema(declared, strict=False):
    """The schema of a record. `strict` also says what a check needs: which fields must be there, and no others."""
    types = types_of(declared)
    fields = fields_of(declared)
    properties = {name: _of_field(field, types[name], strict) for name, field in fields}
    record = {"type": "object", "properties": properties}
    if strict:
        record["required"] = [name for name, field in fields if default_of(field, _NO_DEFAULT) is _NO_DEFAULT]
        record["additionalProperties"] = False
    return record


def types_of(declared):
    """{field: type} of a record. A name that only the class around it knows is told by the default."""
    found = annotations.of_class(declared)
    types = {}
    for name, field in fields_of(declared):
        types[name] = found.get(name, typing.Any)
        default = default_of(field)
        if types[name] is typing.Any and (dataclasses.is_dataclass(default) or isinstance(default, enum.Enum)):
            types[name] = type(default)
    return types


def _of_field(field, kind, strict):
    default = default_of(field, _NO_DEFAULT)
    of_field = _of_setting(kind, strict) or {"type": _kind_of_default(default)}
    of_field.update({key: field.metadata[key] for key in KEYWORDS if key in field.metadata})
    if trigger_of(field):
        of_field["reloadTrigger"] = trigger_of(field)
    if default is _NO_DEFAULT:
        return of_field
    plain = schema.plain_default(default)
    if default is None and isinstance(of_field.get("type"), str):
        # `device: str = None` says that it may be null.
        of_field["type"] = [of_field["type"], "null"]
    if plain is not None or default is None:
        of_field["default"] = plain
    return of_field


def _kind_of_default(default):
    """A type nobody wrote down is text, unless the default is plainly something else."""
    return _KINDS.get(type(default), "string")


def _of_setting(kind, strict):
    """As `schema.of_type`, but records have metadata, and a path is where something lies: text."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if hasattr(kind, "__metadata__"):
        return schema.with_notes(_of_setting(arguments[0], strict), kind.__metadata__)
    if origin in schema.UNIONS:
        others = [option for option in arguments if option is not type(None)]
        if len(others) == 1 and len(arguments) == 2:
            return _or_null(_of_setting(others[0], strict))
    if origin in schema.LISTS and arguments and not (origin is tuple and arguments[-1] is not Ellipsis):
        items = _of_setting(arguments[0], strict)
        return {"type": "array", "items": items} if items else {"type": "array"}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return record_schema(kind, strict)
    if isinstance(kind, type) and issubclass(kind, os.PathLike):
        return {"type": "string"}
    return schema.of_type(kind)


def _or_null(inner):
    if isinstance(inner.get("type"), str):
        return {**inner, "type": [inner["type"], "null"]}
    if "enum" in inner:
        return {**inner, "enum": [*inner["enum"], None]}
    return {"anyOf": [inner, {"type": "null"}]} if inner else {}


def record_in(kind):
    """The dataclass that a field's type is, or may be; None when it is none."""
    options = typing.get_args(kind) if typing.get_origin(kind) in schema.UNIONS else (kind,)
    records = (option for option in options if isinstance(option, type) and dataclasses.is_dataclass(option))
    return next(records, None)


def known_only(values, record, place=""):
    """The values without those that a strict schema does not know, each of which is warned of."""
    from ..process.logs import sdk_logger

    kept = {}
    known = record.get("properties", {})
    for name, value in values.items():
        of_value = known.get(name)
        if of_value is None:
            from .validate import did_you_mean

            sdk_logger().warning("the setting %s is unknown and is ignored%s", place + name, did_you_mean(name, known))
        elif isinstance(value, dict) and "properties" in of_value:
            kept[name] = known_only(value, of_value, f"{place}{name}.")
        else:
            kept[name] = value
    return kept
