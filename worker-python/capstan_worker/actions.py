"""Actions: the methods of a capability that callers may name."""

from .coroutines import settle
from .errors import InputError

EFFECTS = ("pure", "idempotent", "unsafe")
_TAG = "__capstan_action__"


class ActionTag:
    """What `@action` was told. Everything else is read from the method, and only when somebody asks."""

    def __init__(self, name, description, effects, input, output):
        self.name = name
        self.description = description
        self.effects = effects
        self.input = input
        self.output = output


def action(function=None, *, name=None, description=None, effects="idempotent", input=None, output=None):
    """Makes a method callable from outside. Bare, or with what cannot be read from the method itself.

    `effects` says what running it again may do: "pure", "idempotent" (the default) or "unsafe"; an interrupted
    unsafe action is never rerun silently. `input` and `output` replace the JSON Schemas that are otherwise
    derived from the annotations; the first line of the docstring is the description.
    """
    if effects not in EFFECTS:
        raise ValueError(f"effects is one of {', '.join(EFFECTS)}, not {effects!r}")

    def tag(function):
        tagged = ActionTag(name or function.__name__, description, effects, input, output)
        setattr(function, _TAG, tagged)
        return function

    return tag if function is None else tag(function)


class Action:
    """One action of one capability class: its tag, and the method that stands for it there."""

    def __init__(self, tag, method_name, function):
        self.tag = tag
        self.name = tag.name
        self.method_name = method_name
        self._function = function
        self._signature = None

    def describe(self):
        """The ActionDescription of the protocol."""
        from .contract import schema

        return {
            "description": self.tag.description or first_line(self._function),
            "input": self.input_schema,
            "output": schema.expand_files(self.tag.output)
            if self.tag.output is not None
            else schema.of_result(self._function),
            "effects": self.tag.effects,
        }

    @property
    def input_schema(self):
        return self._read_signature()[0]

    def run(self, tool, inputs):
        """Calls the method with checked, typed inputs. Raises InputError naming every wrong one."""
        return settle(getattr(tool, self.method_name)(**self._accept(inputs)))

    def _accept(self, inputs):
        schema, types = self._read_signature()
        if not inputs and not schema.get("required"):
            return {}
        from .contract.convert import convert

        check(inputs, schema, f"the inputs of {self.name} are wrong")
        return {name: convert(value, types[name]) if name in types else value for name, value in inputs.items()}

    def _read_signature(self):
        # The first caller pays: reading annotations loads modules that an idle worker does without.
        if self._signature is None:
            from .contract import annotations, schema

            given = self.tag.input
            derived = schema.of_parameters(self._function) if given is None else schema.expand_files(given)
            _, types, _ = annotations.of_function(self._function)
            self._signature = derived, types
        return self._signature


def check(inputs, schema, what, error=InputError):
    """Raises `error` naming all that is wrong with the members of an object."""
    from .contract.validate import fields, problems, sentence

    found = problems(inputs, schema)
    if found:
        raise error(f"{what}: {sentence(found)}", fields_invalid=fields(found))


def first_line(thing):
    return (getattr(thing, "__doc__", None) or "").strip().partition("\n")[0].strip()


def actions_of(cls):
    """{name: Action} of a class. An overriding method inherits the tag of the one it overrides."""
    tags, functions = {}, {}
    for base in reversed(cls.__mro__):
        for method_name, member in vars(base).items():
            tag = getattr(member, _TAG, None)
            if isinstance(tag, ActionTag):
                tags[method_name] = tag
            if method_name in tags:
                functions[method_name] = member
    found = {}
    for method_name, tag in tags.items():
        if not callable(functions[method_name]):
            continue
        _refuse_hidden(cls, method_name)
        if tag.name in found:
            raise TypeError(f"{cls.__name__} has two actions named {tag.name!r}")
        found[tag.name] = Action(tag, method_name, functions[method_name])
    return dict(sorted(found.items()))


def _refuse_hidden(cls, method_name):
    from .capability import Capability

    if hasattr(Capability, method_name):
        raise TypeError(
            f"the action {cls.__name__}.{method_name} hides a method that every capability has; "
            f'call it something else and write @action(name="{method_name}")'
        )


def find_action(actions, name):
    """The action of that name. Raises InputError with the nearest known one."""
    found = actions.get(name) if isinstance(name, str) else None
    if found is not None:
        return found
    from .contract.validate import did_you_mean

    known = ", ".join(actions) or "none"
    what = "no action was named" if name is None else f"there is no action {name!r}{did_you_mean(name, actions)}"
    raise InputError(f"{what}; known: {known}", code="ACTION_NOT_FOUND", fields_invalid=["action"])
