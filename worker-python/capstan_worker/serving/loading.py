"""From what the manifest names to a class: dotted modules, .py files, a class or the only one there."""

import importlib
import importlib.util
import os
import sys


class LoadError(Exception):
    """The module was imported, but does not hold what was asked for."""


def import_module(name):
    """A module by dotted name or by the absolute path of its file, whose folder becomes importable."""
    if not (os.path.isabs(name) or name.endswith(".py")):
        return importlib.import_module(name)
    path = os.path.abspath(name)
    folder, file = os.path.split(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module_name = os.path.splitext(file)[0]
    known = sys.modules.get(module_name)
    if known is not None:
        if getattr(known, "__file__", None) == path:
            return known
        # A file called json.py must not replace the module everybody means by that name.
        module_name = f"capstan_capability_{module_name}"
        if module_name in sys.modules:
            return sys.modules[module_name]
    return _import_file(module_name, path)


def _import_file(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not os.path.isfile(path):
        raise ModuleNotFoundError(f"there is no Python file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def find_class(module, name):
    cls = getattr(module, name, None)
    if not isinstance(cls, type):
        raise LoadError(f"the module {module.__name__} has no class {name!r}")
    return cls


def find_capability(module, name):
    """The class of that name; without a name, the only concrete capability defined there. Raises LoadError."""
    from ..capability import Capability

    if name:
        cls = find_class(module, name)
        if not issubclass(cls, Capability):
            raise LoadError(f"{module.__name__}.{name} is no subclass of capstan_worker.Capability")
        if getattr(cls, "__abstractmethods__", None):
            missing = ", ".join(sorted(cls.__abstractmethods__))
            raise LoadError(f"{module.__name__}.{name} is abstract; it lacks {missing}")
        return cls
    found = [cls for cls in vars(module).values() if _is_candidate(cls, module, Capability)]
    found = list(dict.fromkeys(found))
    if len(found) == 1:
        return found[0]
    if not found:
        raise LoadError(f"the module {module.__name__} defines no subclass of capstan_worker.Capability")
    names = ", ".join(sorted(cls.__name__ for cls in found))
    raise LoadError(f"the module {module.__name__} defines several capabilities ({names}); name one as the class")


def _is_candidate(cls, module, base):
    if not (isinstance(cls, type) and issubclass(cls, base)) or cls is base:
        return False
    if cls.__name__.startswith("_") or getattr(cls, "__abstractmethods__", None):
        return False
    # A package may collect in its __init__ what its own modules define.
    return cls.__module__ == module.__name__ or cls.__module__.startswith(module.__name__ + ".")
