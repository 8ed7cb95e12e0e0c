"""The structural surface of a class: its public members, inherited ones included, by name."""

import inspect


def structural_surface(cls):
    """The StructuralSurface of the protocol. The class is not constructed."""
    members = {name: inspect.getattr_static(cls, name) for name in dir(cls) if not name.startswith("_")}
    methods, properties, attributes = [], [], []
    for name, member in sorted(members.items()):
        if is_property(member):
            properties.append(name)
        elif is_method(member):
            methods.append(describe_method(name, member))
        elif not isinstance(member, type):
            attributes.append({"name": name, "type": _type_text(cls, name, member)})
    for name, annotation in _declared_only(cls):
        if name not in members:
            attributes.append({"name": name, "type": _annotation_text(annotation)})
    attributes.sort(key=lambda attribute: attribute["name"])
    return {"methods": methods, "properties": properties, "attributes": attributes}


def is_property(member):
    return isinstance(member, property) or type(member).__name__ == "cached_property"


def is_method(member):
    return inspect.isroutine(member) or isinstance(member, (staticmethod, classmethod))


def describe_method(name, member):
    function = getattr(member, "__func__", member)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some written in C do not tell
        return {"name": name, "signature": "(...)", "params": []}
    params = list(signature.parameters)
    if params and not isinstance(member, staticmethod):
        params = params[1:]
    return {"name": name, "signature": str(signature), "params": params}


def _declared_only(cls):
    """Public annotations of the class body: attributes an instance will have, with or without a value."""
    declared = {}
    for base in reversed(cls.__mro__):
        declared.update(base.__dict__.get("__annotations__", {}))
    return [(name, annotation) for name, annotation in declared.items() if not name.startswith("_")]


def _type_text(cls, name, member):
    declared = dict(_declared_only(cls))
    return _annotation_text(declared[name]) if name in declared else type(member).__name__


def _annotation_text(annotation):
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", None) or str(annotation)
