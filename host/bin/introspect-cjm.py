"""What a published capability of cjm-substrate offers, asked inside its own environment, as one JSON document.

Run by `capstan install`: python -I introspect-cjm.py introspect --module M --out FILE. It needs nothing of ours in
that environment, and writes what the worker SDKs write when they are asked the same.
"""

import argparse
import dataclasses
import importlib
import importlib.metadata
import inspect
import json
import os
import pathlib
import pkgutil
import platform
import sys
import traceback
import typing

FILE = {"$ref": "capstan:file"}
PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
UNIONS = (typing.Union, getattr(__import__("types"), "UnionType", typing.Union))


class Refused(Exception):
    """Why it cannot be used, in a sentence, and what to do about it."""

    def __init__(self, message, hint=None):
        super().__init__(message)
        self.hint = hint


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["introspect"])
    parser.add_argument("--module", required=True)
    parser.add_argument("--class", dest="class_name", default="")
    parser.add_argument("--adapter", action="append", default=[])
    parser.add_argument("--find-adapters", action="store_true")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    try:
        document, code = introspect(options), 0
    except Refused as refused:
        document, code = {"error": error_of(refused, str(refused), refused.hint)}, 1
    except BaseException as error:  # also SystemExit: a module may be a script
        message = f"importing {options.module} failed: {type(error).__name__}: {error}"
        document, code = {"error": error_of(error, message)}, 1
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(document, file, default=str)
    return code


def error_of(error, message, hint=None):
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    found = {"category": "input", "code": "IMPORT_FAILED", "message": message, "traceback": text}
    return {**found, "hint": hint} if hint else found


def introspect(options):
    try:
        substrate = importlib.import_module("cjm_substrate.core.capability")
    except ModuleNotFoundError as error:
        raise Refused(
            f"cjm-substrate is not in its environment ({error})",
            "Add cjm-substrate to the requirements of this capability.",
        ) from error
    module = capability_module(options.module)
    cls = capability_class(module, options.class_name, substrate.ToolCapability)
    specs = list(options.adapter)
    if options.find_adapters:
        specs += [spec for spec in adapter_specs(module.__name__) if spec not in specs]
    name, version, description = identity(module.__name__.split(".")[0])
    document = {
        "name": name,
        "version": version,
        "description": description,
        "module": module.__name__,
        "class": cls.__name__,
        "config_schema": config_schema(cls),
        "structural_surface": surface(substrate, cls),
        "actions": actions(cls),
        "adapters": [described for described in map(adapter, specs) if described],
        "worker_env": worker_env(cls),
        "runtime": {"language": "python", "version": platform.python_version(), "interpreter": sys.executable},
        "sdk": {"name": "cjm-substrate", "version": substrate_version(), "protocol": [1, 1]},
    }
    resources = getattr(cls, "resources", None)
    if isinstance(resources, dict):
        document["resources"] = resources
    return document


def capability_module(name):
    """The module as it is named, or its `capability` where the package itself is named."""
    if not name.endswith(".capability"):
        try:
            return importlib.import_module(name + ".capability")
        except ModuleNotFoundError as error:
            if not (name + ".capability").startswith(error.name or "?"):
                raise
    return importlib.import_module(name)


def capability_class(module, wanted, base):
    if wanted:
        cls = getattr(module, wanted, None)
        if isinstance(cls, type):
            return cls
        known = ", ".join(sorted(name for name, one in vars(module).items() if isinstance(one, type)))
        raise Refused(f"{module.__name__} has no class {wanted}; it has {known or 'none'}")
    found = [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, base) and not inspect.isabstract(cls) and cls.__module__ == module.__name__
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(cls.__name__ for cls in found)
        raise Refused(f"{module.__name__} has several capabilities: {names}", "Name one in capstan.yaml: `class: …`.")
    raise Refused(
        f"{module.__name__} has no subclass of ToolCapability",
        "Name the module that has one in capstan.yaml: `module: …`.",
    )


def distributions_of(package):
    find = getattr(importlib.metadata, "packages_distributions", None)
    return (find() if find else {}).get(package) or [package.replace("_", "-")]


def identity(package):
    try:
        found = importlib.metadata.metadata(distributions_of(package)[0])
    except importlib.metadata.PackageNotFoundError:
        return package.replace("_", "-"), "", ""
    return found["Name"], found["Version"] or "", found["Summary"] or ""


def substrate_version():
    try:
        return importlib.metadata.version("cjm-substrate")
    except importlib.metadata.PackageNotFoundError:
        return ""


def config_schema(cls):
    """Optional: a tool that cannot be made without its resources still can be installed."""
    try:
        tool = cls()
        schema = tool.get_config_schema() or None
    except Exception as error:
        print(f"capstan: {cls.__name__} tells no configuration schema: {error!r}", file=sys.stderr)
        return None
    try:
        tool.cleanup()
    except Exception as error:
        print(f"capstan: cleanup of {cls.__name__} failed: {error!r}", file=sys.stderr)
    return schema


def surface(substrate, cls):
    derive = getattr(substrate, "derive_structural_surface", None)
    return derive(cls) if derive else {"methods": [], "properties": [], "attributes": []}


def worker_env(cls):
    declared = getattr(cls, "WORKER_ENV", None) or []
    return [dataclasses.asdict(one) if dataclasses.is_dataclass(one) else dict(one) for one in declared]


def actions(cls):
    """Its tagged methods; without any its `execute`, if it has one; else its tasks are all it offers."""
    tagged = {}
    for klass in cls.__mro__:
        for member in vars(klass).values():
            tag = getattr(member, "_capability_action", None)
            if isinstance(tag, str) and tag not in tagged:
                tagged[tag] = member
    if tagged:
        return {name: describe(tagged[name]) for name in sorted(tagged)}
    execute = getattr(cls, "execute", None)
    return {"execute": describe(execute)} if callable(execute) else {}


def describe(function, known=None):
    function = inspect.unwrap(function)
    text = inspect.getdoc(function) or ""
    hints = {**(known or {}), **hints_of(function)}
    result = hints.get("return")
    return {
        "description": text.split("\n\n")[0].replace("\n", " ").strip(),
        "input": parameters_schema(function, hints),
        "output": schema_of(result) or None if result is not None else None,
        "effects": "idempotent",
    }


def hints_of(function):
    """Its annotations, each on its own: one that names what its module does not import spoils no other."""
    names = {**vars(typing), "Path": pathlib.Path, "pathlib": pathlib, **getattr(function, "__globals__", {})}
    hints = {}
    for name, kind in getattr(function, "__annotations__", {}).items():
        try:
            hints[name] = eval(kind, names) if isinstance(kind, str) else kind
        except Exception:
            continue
    return hints


def parameters_schema(function, hints):
    properties, required, is_open = {}, [], False
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return {"type": "object"}
    for parameter in parameters:
        if parameter.name == "self" or parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            is_open = True
            continue
        schema = schema_of(hints.get(parameter.name))
        if parameter.default is parameter.empty:
            required.append(parameter.name)
        elif is_json(parameter.default):
            schema = {**schema, "default": parameter.default}
            if parameter.default is None and isinstance(schema.get("type"), str):
                schema["type"] = [schema["type"], "null"]
        properties[parameter.name] = schema
    found = {"type": "object", "properties": properties, "additionalProperties": is_open}
    return {**found, "required": required} if required else found


def is_json(value):
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def schema_of(kind):
    """The JSON Schema of a type; `{}`, which accepts anything, where JSON has no word for it."""
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in UNIONS:
        return union_of(arguments)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (list, set, frozenset, tuple):
        items = schema_of(arguments[0]) if origin is list and arguments else {}
        return {"type": "array", "items": items} if items else {"type": "array"}
    if origin is dict:
        return {"type": "object"}
    if not isinstance(kind, type):
        return {}
    if issubclass(kind, os.PathLike):
        return dict(FILE)
    if issubclass(kind, dict):
        return {"type": "object"}
    return {"type": "array"} if issubclass(kind, (list, tuple, set, frozenset)) else {}


def union_of(arguments):
    """`Union[str, Path]` is how these tools say "a file"."""
    schemas = [schema_of(one) for one in arguments]
    if FILE in schemas and type(None) not in arguments:
        return dict(FILE)
    if {} in schemas:
        return {}
    if FILE in schemas:
        return {"anyOf": [dict(FILE), {"type": "null"}]}
    types = [schema["type"] for schema in schemas if set(schema) == {"type"}]
    return {"type": types} if len(types) == len(schemas) else {"anyOf": schemas}


def adapter(spec):
    """What an adapter gives, and what it asks of a tool. None for one that is no adapter after all."""
    module_name, _, class_name = spec.rpartition(":")
    cls = getattr(importlib.import_module(module_name), class_name, None)
    if cls is None:
        raise Refused(f"{module_name} has no class {class_name}", "Correct it under `adapters:` in capstan.yaml.")
    task, protocol = getattr(cls, "task_name", "") or "", getattr(cls, "required_tool_protocol", None)
    if not task:
        raise Refused(f"{spec} is no adapter: it has no task_name")
    if protocol is None:
        raise Refused(f"{spec} cannot be bound: its required_tool_protocol is not decided (None)")
    root = importlib.import_module(module_name.split(".")[0])
    return {
        "name": f"{module_name}.{class_name}",
        "version": str(getattr(root, "__version__", "")),
        "task_name": task,
        "module": module_name,
        "class": class_name,
        "required_tool_protocol": f"{protocol.__module__}.{protocol.__qualname__}",
        "protocol_members": protocol_members(protocol),
        "methods": {name: describe(method, hints_above(cls, name)) for name, method in task_methods(cls)},
    }


def task_methods(cls):
    return [
        (name, member)
        for name, member in inspect.getmembers(cls, inspect.isfunction)
        if not name.startswith("_")
    ]


def hints_above(cls, name):
    """What the contract says of a method that its implementation leaves without annotations."""
    hints = {}
    for klass in reversed(cls.__mro__):
        member = vars(klass).get(name)
        if inspect.isfunction(member):
            hints.update(hints_of(member))
    return hints


def protocol_members(protocol):
    methods, properties = [], []
    for name in sorted(dir(protocol)):
        if name.startswith("_"):
            continue
        member = inspect.getattr_static(protocol, name)
        if isinstance(member, property):
            properties.append(name)
            continue
        member = getattr(member, "__func__", member)
        if inspect.isfunction(member):
            signature = inspect.signature(member)
            params = [one for one in signature.parameters if one != "self"]
            methods.append({"name": name, "signature": str(signature), "params": params})
    return {"methods": methods, "properties": properties}


def adapter_specs(capability_module_name):
    """`module:Class` of each adapter in the packages that are made for cjm-substrate."""
    base = importlib.import_module("cjm_substrate.core.adapter").TaskAdapter
    found = []
    for package in [capability_module_name.split(".")[0], *packages_for_substrate()]:
        for module in modules_of(package):
            for _, cls in inspect.getmembers(module, inspect.isclass):
                is_own = cls.__module__ == module.__name__ and issubclass(cls, base)
                is_usable = is_own and not inspect.isabstract(cls) and getattr(cls, "task_name", "")
                spec = f"{module.__name__}:{cls.__name__}"
                if is_usable and getattr(cls, "required_tool_protocol", None) is not None and spec not in found:
                    found.append(spec)
    return found


def packages_for_substrate():
    """Packages whose distribution says that it needs cjm-substrate, and that name adapters."""
    find = getattr(importlib.metadata, "packages_distributions", None)
    packages = []
    for package, names in sorted((find() if find else {}).items()):
        requires = importlib.metadata.metadata(names[0]).get_all("Requires-Dist") or []
        if "adapter" in package and any(one.startswith("cjm-substrate") for one in requires):
            packages.append(package)
    return packages


def modules_of(package):
    """The package and what lies in it. What cannot be imported has no adapter that a worker could bind."""
    names = [package]
    try:
        folder = getattr(importlib.import_module(package), "__path__", [])
        names += [one.name for one in pkgutil.walk_packages(folder, package + ".", onerror=lambda _: None)]
    except Exception as error:
        print(f"capstan: {package} cannot be imported: {error!r}", file=sys.stderr)
    for name in names:
        if any(part.startswith(("_", "test")) for part in name.split(".")[1:]):
            continue
        try:
            yield importlib.import_module(name)
        except BaseException as error:
            print(f"capstan: {name} cannot be imported: {error!r}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
