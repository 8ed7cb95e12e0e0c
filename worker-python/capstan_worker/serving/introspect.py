"""`python -m capstan_worker introspect`: what a capability offers, as one JSON document, without serving it."""

import argparse
import os
import platform
import sys

from .. import versions
from ..actions import actions_of
from ..capability import identity
from ..contract.variables import describe_variables
from ..contract.surface import describe_method, is_method, is_property, structural_surface
from ..values.classify import exception_text, trace_of, wire_error
from ..values.encode import encode
from ..values.strict_json import dump
from .adapters import UnknownAdapter, adapters_of, load_adapter, public_methods
from .loading import LoadError, find_capability, import_module


def main(arguments):
    options = _parse(arguments)
    try:
        found = introspect(options.module, options.class_name, options.adapter, options.find_adapters)
        document, code = found, 0
    except UnknownAdapter as error:
        document, code = {"error": wire_error("input", "ADAPTER_NOT_FOUND", str(error))}, 1
    except LoadError as error:
        document, code = {"error": wire_error("input", "IMPORT_FAILED", str(error))}, 1
    except BaseException as error:  # also SystemExit: a script that was not meant to be imported
        document, code = {"error": _import_error(options.module, error)}, 1
    _write(options.out, dump(document) + b"\n")
    return code


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m capstan_worker introspect")
    parser.add_argument("--module", required=True, help="a dotted name, or the absolute path of a .py file")
    parser.add_argument("--class", dest="class_name", default="", help="default: the only capability there")
    parser.add_argument("--adapter", action="append", default=[], help="module:Class; may be repeated")
    parser.add_argument("--find-adapters", action="store_true", help="every adapter that the module defines, too")
    parser.add_argument("--out", required=True, help="the file to write; - for stdout")
    return parser.parse_args(arguments)


def introspect(module_name, class_name="", adapter_specs=(), find_adapters=False):
    """The Introspection of the protocol. Raises what importing or constructing the capability raises."""
    module = import_module(module_name)
    cls = find_capability(module, class_name)
    found = adapters_of(module, module_name) if find_adapters else []
    adapter_specs = list(dict.fromkeys([*adapter_specs, *found]))
    name, version, description = identity(cls)
    document = {
        "name": name,
        "version": version,
        "description": description,
        "module": module_name,
        "class": cls.__name__,
        "config_schema": cls().get_config_schema() or None,
        "structural_surface": structural_surface(cls),
        "actions": {key: action.describe() for key, action in actions_of(cls).items()},
        "adapters": [describe_adapter(spec) for spec in adapter_specs],
        "worker_env": describe_variables(cls.worker_env),
        "runtime": {
            "language": "python",
            "version": platform.python_version(),
            "interpreter": sys.executable,
        },
        "sdk": {**versions.describe_sdk(), "protocol": list(versions.PROTOCOL)},
    }
    resources = getattr(cls, "resources", None)
    if resources:
        document["resources"] = resources
    return encode(document)


def describe_adapter(spec):
    cls = load_adapter(spec)
    module_name, _, class_name = spec.rpartition(":")
    protocol = getattr(cls, "tool_protocol", None)
    return {
        "name": f"{cls.__module__}.{cls.__qualname__}",
        "version": str(getattr(cls, "version", "") or ""),
        "task_name": cls.task_name,
        "module": module_name,
        "class": class_name,
        "required_tool_protocol": f"{protocol.__module__}.{protocol.__qualname__}" if protocol else "",
        "protocol_members": protocol_members(protocol),
        "methods": {name: _describe_unbound(cls, name) for name in public_methods(cls)},
    }


def _describe_unbound(cls, name):
    return public_methods(cls)[name].describe()


def protocol_members(protocol):
    """What an adapter's `tool_protocol`, a class of bare signatures, asks of a tool; what it inherits, too."""
    members, declared = {}, set()
    for cls in reversed(protocol.__mro__ if protocol is not None else ()):
        if cls is object or cls.__module__ in ("typing", "typing_extensions", "abc"):
            continue
        members.update({name: member for name, member in vars(cls).items() if not name.startswith("_")})
        declared |= {name for name in cls.__dict__.get("__annotations__", {}) if not name.startswith("_")}
    properties = {name for name, member in members.items() if is_property(member)} | declared
    return {
        "methods": [describe_method(name, member) for name, member in sorted(members.items()) if is_method(member)],
        "properties": sorted(properties),
    }


def _import_error(module_name, error):
    return wire_error(
        "input",
        "IMPORT_FAILED",
        f"importing {module_name} failed: {exception_text(error)}",
        **trace_of(error),
    )


def _write(out, data):
    if out == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    # In one step, so that a reader never meets half a document.
    temporary = f"{out}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, out)
