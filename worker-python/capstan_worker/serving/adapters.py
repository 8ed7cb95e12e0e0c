"""Adapters: classes that give a tool a typed task contract, inside the tool's own worker."""

from ..actions import Action, ActionTag
from .loading import LoadError, import_module


class BoundAdapter:
    def __init__(self, task_name, instance):
        self.task_name = task_name
        self.instance = instance
        self.methods = public_methods(instance)


class Adapters:
    """The bound adapters by task. One that fails, and a second one for a task, are logged and left out."""

    def __init__(self):
        self._by_task = {}

    def get(self, task):
        return self._by_task.get(task) if isinstance(task, str) else None

    @property
    def tasks(self):
        return sorted(self._by_task)

    def bind(self, spec, tool):
        from ..process.logs import sdk_logger

        try:
            adapter = load_adapter(spec)(tool)
            task_name = adapter.task_name
        except Exception as failure:
            sdk_logger().error("the adapter %s was skipped: it failed", spec, exc_info=failure)
            return
        if task_name in self._by_task:
            sdk_logger().warning("the adapter %s was skipped: %s is bound already", spec, task_name)
            return
        self._by_task[task_name] = BoundAdapter(task_name, adapter)


def load_adapter(spec):
    """The class of `module:Class`; the module may be a path. Raises UnknownAdapter with the nearest name."""
    module_name, _, class_name = spec.rpartition(":")
    module = import_module(module_name)
    cls = getattr(module, class_name, None)
    if not isinstance(cls, type):
        from ..contract.validate import did_you_mean

        known = [found.rpartition(":")[2] for found in adapters_of(module, module_name)]
        raise UnknownAdapter(f"{module_name} has no adapter {class_name!r}{did_you_mean(class_name, known)}")
    if not getattr(cls, "task_name", None):
        raise UnknownAdapter(f"{class_name} of {module_name} is no adapter: it has no task_name")
    return cls


class UnknownAdapter(LoadError):
    """What was named is not there, or is no adapter."""


def adapters_of(module, module_name):
    """`module:Class` of every adapter that a module defines, or names in its `__all__`, in the order of their names."""
    named = getattr(module, "__all__", ())
    return [
        f"{module_name}:{name}"
        for name, value in sorted(vars(module).items())
        if isinstance(value, type)
        and not name.startswith("_")
        and isinstance(getattr(value, "task_name", None), str)
        and value.task_name
        and (name in named or value.__module__ == module.__name__ or value.__module__.startswith(module.__name__ + "."))
    ]


def public_methods(adapter):
    """{name: Action} of an adapter, or an adapter class: its public methods, as they can be called from outside."""
    names = [name for name in dir(adapter) if not name.startswith("_")]
    found = {}
    for name in names:
        method = getattr(adapter, name)
        if callable(method) and not isinstance(method, type):
            tag = ActionTag(name, None, "idempotent", None, None)
            found[name] = Action(getattr(method, "__capstan_action__", None) or tag, name, method)
    return found
