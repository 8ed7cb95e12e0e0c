"""From checked JSON to the types an author annotated: dataclasses, enums, paths, floats."""

import dataclasses
import enum
import os
import typing

from ..files import File
from . import annotations
from .schema import UNIONS, of_type
from .validate import problems


def convert(value, kind):
    """The value as the annotated type wants it. It has passed the schema of that type."""
    if value is None or kind is typing.Any:
        return value
    if kind is float:
        return float(value)
    if kind is int:
        return int(value)  # JSON does not tell 3.0 from 3
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is not None:
        return _generic(value, kind, origin, arguments)
    if not isinstance(kind, type):
        return value
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        types = annotations.of_class(kind)
        return kind(**{name: convert(item, types[name]) for name, item in value.items()})
    if issubclass(kind, enum.Enum):
        return kind(value)
    if isinstance(value, File) and issubclass(kind, os.PathLike) and not issubclass(kind, File):
        return _path(value)
    if isinstance(value, str) and issubclass(kind, os.PathLike):
        return _path_of_text(value, kind)
    return kind(value) if kind in (tuple, set, frozenset) else value


def _path_of_text(text, kind):
    """A setting that is a path is written as text."""
    import pathlib

    return kind(text) if issubclass(kind, pathlib.PurePath) else pathlib.Path(text)


def _path(file):
    import pathlib

    return pathlib.Path(file.path)


def _generic(value, kind, origin, arguments):
    if origin in UNIONS:
        fitting = (option for option in arguments if not problems(value, of_type(option)))
        return convert(value, next(fitting, typing.Any))
    if hasattr(kind, "__metadata__"):
        return convert(value, arguments[0])
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(value)
    if isinstance(value, list) and arguments:
        items = [convert(item, arguments[0]) for item in value]
        return origin(items) if origin in (tuple, set, frozenset) else items
    if isinstance(value, dict) and len(arguments) == 2:
        return {name: convert(item, arguments[1]) for name, item in value.items()}
    return value
