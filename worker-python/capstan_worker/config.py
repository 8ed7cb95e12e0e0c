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
    "writeOnly",
)
#: How a field's metadata may name its reload trigger; the schema says `reloadTrigger`.
TRIGGER_KEYS = ("reload", "reloadTrigger", "reload_trigger")
_MISSING = object()


def setting(default=_MISSING, *, default_factory=_MISSING, reload=None, **keywords):
    """A field of `Config`: `rate: int = setting(16000, minimum=8000, description="…")`.

    Keywords are those of JSON Schema (`title`, `description`, `minimum`, `maximum`, `enum`, `minLength`,
    `maxLength`, `pattern`, `format`). `reload="model"` says that a change makes the SDK call `_release_model()`.
    """
    from dataclasses import field

    unknown = sorted(set(keywords) - set(KEYWORDS))
    if unknown:
        from .contract.validate import did_you_mean

        raise TypeError(f"setting() knows no {', '.join(unknown)}{did_you_mean(unknown[0], KEYWORDS)}")
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
    from .contract.settings import record_schema

    declared = config_class(cls)
    return {
        "name": declared.__name__,
        "title": declared.__name__,
        "description": _own_description(declared, first_line),
        **record_schema(declared),
    }


def _own_description(declared, first_line):
    text = first_line(declared)
    # Without a docstring, dataclass() writes the signature there.
    return "" if text.startswith(declared.__name__ + "(") else text


def fields_of(declared):
    """[(name, field)] of what a record is constructed with."""
    return [(name, field) for name, field in declared.__dataclass_fields__.items() if field.init]


def trigger_of(field):
    """The reload trigger a field names, or None."""
    return next((field.metadata[key] for key in TRIGGER_KEYS if field.metadata.get(key)), None)


def default_of(field, missing=None):
    """A field's default, made anew; `missing` where it has none."""
    from dataclasses import MISSING

    if field.default is not MISSING:
        return field.default
    return missing if field.default_factory is MISSING else field.default_factory()


def build_config(cls, values, lenient=False):
    """The declared record from a plain object. Raises ConfigError naming every wrong or unknown key.

    With `lenient`, keys it does not know are dropped with a warning.
    """
    from .contract.convert import convert
    from .contract.settings import known_only, record_schema, types_of

    declared = config_class(cls)
    schema = record_schema(declared, strict=True)
    if lenient:
        values = known_only(values, schema)
    _refuse_unfit(declared, values, schema)
    types = types_of(declared)
    try:
        return declared(**{name: convert(value, types[name]) for name, value in values.items()})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the configuration is wrong: {error}") from error


def _refuse_unfit(declared, values, schema):
    from .contract.schema import plain_default
    from .contract.validate import fields, problems, sentence

    found = problems(values, schema)
    if not found:
        return
    # A default that does not fit its own schema is the author's affair, and works for the tool.
    defaults = ((name, default_of(field, _MISSING)) for name, field in fields_of(declared))
    usual = {name: plain_default(default) for name, default in defaults if default is not _MISSING}
    found = [one for one in found if not (one[0] and one[0][0] in usual and _is_usual(one[0][0], values, usual))]
    if found:
        raise ConfigError(f"the configuration is wrong: {sentence(found)}", fields_invalid=fields(found))


def _is_usual(name, values, usual):
    return name in values and values[name] == usual[name] and type(values[name]) is type(usual[name])


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
    """A record, or what a capability keeps instead, as a plain object with nothing in it but JSON."""
    if hasattr(config, "__dataclass_fields__"):
        from .contract.schema import plain_default

        return {name: plain_default(getattr(config, name)) for name, _ in fields_of(type(config))}
    return dict(config or {})


def reload_triggers(cls, old, new):
    """The distinct reload triggers of the fields that differ between two plain configurations, in field order."""
    declared = config_class(cls)
    return [] if declared is None else list(dict.fromkeys(_triggers(declared, old, new)))


def triggers_in(schema, old, new):
    """The same of a schema that a tool has written itself, with `reloadTrigger` beside the keywords of a property."""
    properties = schema.get("properties") or {}
    changed = (of for name, of in properties.items() if old.get(name) != new.get(name))
    return list(dict.fromkeys(of["reloadTrigger"] for of in changed if of.get("reloadTrigger")))


def _triggers(declared, old, new):
    from .contract.settings import record_in, types_of

    types = types_of(declared)
    for name, field in fields_of(declared):
        before, after = old.get(name), new.get(name)
        if before == after and isinstance(before, bool) == isinstance(after, bool):
            continue
        trigger = trigger_of(field)
        if trigger:
            yield trigger
        inner = record_in(types.get(name))
        if inner is not None:
            both = (side if isinstance(side, dict) else {} for side in (before, after))
            yield from _triggers(inner, *both)
