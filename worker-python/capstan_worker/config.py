"""Declared configuration: a nested dataclass `Config` whose fields carry what a form or a check needs to know."""

from .errors import ConfigError

#: Field metadata that goes into the schema as it is.
KEYWORDS = (
    "title",
    "description",
    "minimum",
    "maximum",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
)
_MISSING = object()


def setting(default=_MISSING, *, default_factory=_MISSING, reload=None, **keywords):
    """A field of `Config`: `rate: int = setting(16000, minimum=8000, description="…")`.

    Keywords are those of JSON Schema (`title`, `description`, `minimum`, `maximum`, `enum`, `minLength`,
    `maxLength`, `pattern`, `format`). `reload="model"` says that a change makes the SDK call `_release_model()`.
    """
    from dataclasses import field

    unknown = sorted(set(keywords) - set(KEYWORDS))
    if unknown:
        raise TypeError(f"setting() knows no {', '.join(unknown)}")
    metadata = {**keywords, "reload": reload} if reload else keywords
    if default_factory is not _MISSING:
        return field(default_factory=default_factory, metadata=metadata)
    if default is _MISSING:
        return field(metadata=metadata)
    if isinstance(default, (list, dict, set)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def config_class(cls):
    """The class's declared `Config`, or None."""
    declared = getattr(cls, "Config", None)
    return declared if hasattr(declared, "__dataclass_fields__") else None


def config_schema(cls):
    """The JSON Schema of a declared Config. It has no `required`: a host merges values over the defaults."""
    from .actions import first_line
    from .contract import annotations, schema

    declared = config_class(cls)
    types = annotations.of_class(declared)
    properties = {}
    for name, field in _fields(declared):
        of_field = schema.of_type(types[name]) or {"type": "string"}
        of_field = {**of_field, **{key: field.metadata[key] for key in KEYWORDS if key in field.metadata}}
        default = _default(field)
        if default is not _MISSING:
            of_field["default"] = schema.plain_default(default)
        properties[name] = of_field
    return {
        "name": declared.__qualname__,
        "title": declared.__name__,
        "description": _own_description(declared, first_line),
        "type": "object",
        "properties": properties,
    }


def _own_description(declared, first_line):
    text = first_line(declared)
    # Without a docstring, dataclass() writes the signature there.
    return "" if text.startswith(declared.__name__ + "(") else text


def _fields(declared):
    return [(name, field) for name, field in declared.__dataclass_fields__.items() if field.init]


def _default(field):
    from dataclasses import MISSING

    if field.default is not MISSING:
        return field.default
    return _MISSING if field.default_factory is MISSING else field.default_factory()


def build_config(cls, values):
    """The declared record from a plain object. Raises ConfigError naming every wrong or unknown key."""
    from .actions import check
    from .contract import annotations
    from .contract.convert import convert

    declared = config_class(cls)
    schema = {**config_schema(cls), "additionalProperties": False}
    schema["required"] = [name for name, field in _fields(declared) if _default(field) is _MISSING]
    check(values, schema, "the configuration is wrong", error=ConfigError)
    types = annotations.of_class(declared)
    try:
        return declared(**{name: convert(value, types[name]) for name, value in values.items()})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the configuration is wrong: {error}") from error


def default_config(cls):
    """The declared record with nothing but defaults; {} without a declaration, None when a field has no default."""
    declared = config_class(cls)
    if declared is None:
        return {}
    try:
        return declared()
    except TypeError:
        return None


def plain_config(config):
    """A record, or what a capability keeps instead, as a plain object."""
    if hasattr(config, "__dataclass_fields__"):
        from dataclasses import asdict

        return asdict(config)
    return dict(config or {})


def reload_triggers(cls, old, new):
    """The distinct reload triggers of the fields that differ between two plain configurations, in field order."""
    declared = config_class(cls)
    if declared is None:
        return []
    changed = [field for name, field in _fields(declared) if old.get(name) != new.get(name)]
    triggers = [field.metadata.get("reload") for field in changed]
    return list(dict.fromkeys(trigger for trigger in triggers if trigger))
