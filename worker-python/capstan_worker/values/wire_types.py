"""Typed values that travel as `{"__wire__": kind, "data": {…}}`."""

from ..errors import ValueNotJson
from ..files import FILE_KIND, file_from_data

_by_kind = {}
_by_class = {}


def wire_type(kind):
    """Registers a dataclass under a kind, so that it arrives typed on a side that knows it.

        @wire_type("vad.result")
        @dataclass
        class Speech:
            start: float
            end: float

    The class may bring its own `to_dict()` and `from_dict(data)`.
    """

    def register(cls):
        known = _by_kind.get(kind)
        if kind == FILE_KIND or (known is not None and known is not cls):
            raise ValueError(f"the kind {kind!r} is taken by {known.__name__ if known else 'File'}")
        _by_kind[kind] = cls
        _by_class[cls] = kind
        return cls

    return register


def kind_of(value):
    """The kind a value's exact class is registered under, or None."""
    return _by_class.get(type(value))


def fields_of(value):
    """A dataclass instance or registered value as a dict of its members, one level deep."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def decode(value, files=None):
    """A parsed value with tagged objects of known kinds turned into their types. Raises ValueNotJson.

    Each file met on the way is added to the list `files`.
    """
    if isinstance(value, list):
        return [_inside(index, item, files) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kind = value.get("__wire__")
    if kind == FILE_KIND:
        return _file(value.get("data"), files)
    decoded = {key: _inside(key, item, files) for key, item in value.items()}
    cls = _by_kind.get(kind) if isinstance(kind, str) else None
    return decoded if cls is None else _typed(cls, kind, decoded.get("data"))


def _inside(part, value, files):
    if not isinstance(value, (list, dict)):
        return value
    try:
        return decode(value, files)
    except ValueNotJson as error:
        raise error.inside(part) from None


def _file(data, files):
    file = file_from_data(data)
    if files is not None:
        files.append(file)
    return file


def _typed(cls, kind, data):
    if not isinstance(data, dict):
        raise ValueNotJson(f"must be an object, because {kind} has fields", ["data"])
    try:
        if hasattr(cls, "from_dict"):
            return cls.from_dict(data)
        return cls(**{key: item for key, item in data.items() if key in cls.__dataclass_fields__})
    except (TypeError, ValueError, KeyError) as error:
        raise ValueNotJson(f"is no {kind}: {error}", ["data"]) from None
