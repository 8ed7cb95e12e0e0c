"""The base class of every capability."""

from . import call as _call
from .actions import actions_of, find_action, first_line
from .config import (
    build_config,
    config_class,
    config_schema,
    default_config,
    plain_config,
    reload_triggers,
    triggers_in,
)
from .session import current_session


class Capability:
    """A tool with a contract. Subclass it, mark methods with `@action`, override what the tool needs.

    class Greeter(Capability):
        \"\"\"Greets people.\"\"\"

        @action
        def greet(self, name: str) -> str:
            \"\"\"Says hello.\"\"\"
            return f"Hello, {name}!"
    """

    #: Defaults to the class's name, hyphenated.
    name = ""
    #: Defaults to the version of the installed distribution the class comes from.
    version = ""
    #: Defaults to the first line of the class's docstring.
    description = ""
    #: Variables the tool needs: `{"name", "secret", "required", "label", "description", "default", "options"}`.
    #: A secret with `"exported": False` is read with `self.secret(name)`, and is not in the environment.
    worker_env = []

    def __new__(cls, *args, **kwargs):
        # Here and not in __init__, so that a subclass need not remember super().__init__().
        tool = super().__new__(cls)
        tool.config = default_config(cls)
        return tool

    # -- configuration

    def initialize(self, config):
        """Makes the tool ready. `config` is the declared `Config`, else a plain dict; `self.config` is the same."""

    def get_config_schema(self):
        """The JSON Schema of the configuration; {} when there is none."""
        return config_schema(type(self)) if config_class(type(self)) else {}

    def get_current_config(self):
        """The configuration in force, as a plain dict."""
        return plain_config(self.config)

    def get_config_options(self):
        """What a field may be right now: `{field: {"options": [{"value", "label"}], "constraints": {}}}`."""
        return {}

    def reconfigure(self, old, new):
        """Moves to a new configuration, both given as plain dicts.

        Calls `_release_T()` once for each distinct reload trigger T among the changed fields, then
        `_apply_config(config)` where the tool has one, else `initialize(config)`.
        """
        config = self.read_config(new)
        before = {**plain_config(default_config(type(self))), **old}
        # While the old configuration is in force: what is released was made with it.
        for trigger in self._changed_triggers(before, plain_config(config)):
            self._release(trigger)
        kept, self.config = self.config, config
        try:
            getattr(self, "_apply_config", self.initialize)(config)
        except BaseException:
            self.config = kept
            raise

    def read_config(self, values, lenient=False):
        """A plain dict as the declared `Config`, checked. Raises ConfigError.

        With `lenient`, keys that are not declared are dropped with a warning.
        """
        return build_config(type(self), values, lenient) if config_class(type(self)) else dict(values)

    def _changed_triggers(self, old, new):
        if config_class(type(self)):
            return reload_triggers(type(self), old, new)
        return triggers_in(self.get_config_schema() or {}, old, new)

    def _release(self, trigger):
        from .process.logs import sdk_logger

        release = getattr(self, f"_release_{trigger}", None)
        try:
            if release is not None:
                release()
        except Exception as failure:
            # What could not be released must not keep the new configuration out.
            sdk_logger().error("releasing %s failed", trigger, exc_info=failure)

    # -- life

    def prefetch(self):
        """Fetches ahead of time what the tool will need, models for example."""

    def on_enable(self):
        """The instance was enabled again."""

    def on_disable(self):
        """The instance was disabled: a good moment to give memory back."""

    def cleanup(self):
        """The worker is about to end."""

    # A tool may have `free_memory(self)`: others need the memory, so it lets go of what the next call can load again.
    # Without it the worker is ended instead, and started again for its next call.

    # -- calls

    def execute(self, *args, **kwargs):
        """Runs the action named by `action`. Override it for a tool without actions."""
        result = self._run_action(args, kwargs)
        return list(result) if is_stream(result) else result

    def execute_stream(self, *args, **kwargs):
        """Yields the chunks of the action named by `action`; a plain result is its only chunk."""
        if type(self).execute is not Capability.execute:
            yield self.execute(*args, **kwargs)
            return
        result = self._run_action(args, kwargs)
        if is_stream(result):
            yield from result
        else:
            yield result

    def _run_action(self, args, kwargs):
        if args:
            raise TypeError("actions take named inputs only")
        inputs = dict(kwargs)
        actions = getattr(self, "_actions", None)
        if actions is None:
            actions = self._actions = actions_of(type(self))
        return find_action(actions, inputs.pop("action", None)).run(self, inputs)

    def cancel(self):
        """Called after a call was asked to stop, with that call current; for tools that must be told themselves."""

    # -- the current call, from any thread that carries it; outside of a call these do nothing

    def progress(self, progress, message=""):
        """Says how far the call is: 0 to 1, or -1 for "at work, no idea how far"."""
        call = _call.speaking_call()
        if call is not None:
            call.report_progress(progress, message)

    report_progress = progress

    def check_cancel(self):
        """Raises CallCancelled or DeadlineExceeded when the call should stop."""
        call = _call.speaking_call()
        if call is not None:
            call.check_cancel()

    def report_usage(self, usage):
        """Measured usage of the call, `{unit: number}`."""
        call = _call.speaking_call()
        if call is not None:
            call.report_usage(usage)

    def account(self, type, payload):
        """A fact for the journal of the host."""
        call = _call.speaking_call()
        if call is not None:
            call.account(type, payload)

    def on_cancel(self, callback):
        """Calls back when the call should stop; as a block, only until its end."""
        return _call.current_call().on_cancel(callback)

    def heartbeat(self, phase, interval=0.5):
        """A block during which the call's message keeps changing: `with self.heartbeat("loading"): …`."""
        return _call.current_call().heartbeat(phase, interval)

    def output(self, name, media_type=None):
        """A file to write, in the call's own folder: `open(self.output("notes.txt"), "w")`."""
        return _call.current_call().output(name, media_type)

    # -- what the host gave the worker

    @property
    def data_dir(self):
        """A folder of the capability's own, kept between sessions."""
        return current_session().data_dir

    @property
    def models_dir(self):
        """A folder for models, shared by all capabilities of the machine."""
        return current_session().models_dir

    def cache_dir(self, action, source, *, text=False, config=None):
        """The cache folder for a result of this input under the configuration in force; see `CacheEntry`.

        `source` is a file, by its content, or with `text=True` the string itself. `config` replaces the whole
        configuration by the part that matters: `return self.cache_dir("pages", pdf).json(lambda: read(pdf))`.
        """
        from .cache import cache_entry

        relevant = self.get_current_config() if config is None else config
        return cache_entry(self.data_dir, action, source, relevant, text)

    def secret(self, name):
        """A secret by name, or None. Secrets never pass through the environment unless `worker_env` asks."""
        return current_session().secrets.get(name)


def is_stream(result):
    """Whether an action returned its result in chunks."""
    return hasattr(result, "__next__") and hasattr(result, "send")


def identity(cls):
    """(name, version, description) of a capability class."""
    return (
        cls.name or _hyphenated(cls.__name__),
        cls.version or _version(cls),
        cls.description or first_line(cls),
    )


def _hyphenated(name):
    return "".join("-" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _version(cls):
    package = cls.__module__.partition(".")[0]
    try:
        from importlib import metadata

        names = getattr(metadata, "packages_distributions", dict)().get(package, [package])
        return metadata.version(names[0])
    except Exception:
        return "0.0.0"
