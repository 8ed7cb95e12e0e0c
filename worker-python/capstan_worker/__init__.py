"""Write Capstan capabilities in Python.

from capstan_worker import Capability, action

class Greeter(Capability):
    @action
    def greet(self, name: str) -> str:
        return f"Hello, {name}!"
"""

from .actions import action
from .call import Call, carry, current_call
from .capability import Capability
from .config import setting
from .errors import (
    CallCancelled,
    CancelledError,
    CapabilityError,
    ConfigError,
    DeadlineExceeded,
    DisabledError,
    FatalError,
    InputError,
    ResourceError,
    TimeoutError,
    TransientError,
)
from .files import File
from .values.wire_types import wire_type
from .versions import SDK_VERSION as __version__


def progress(progress, message=""):
    """Says how far the current call is; see Call.report_progress."""
    current_call().report_progress(progress, message)


def check_cancel():
    """Raises when the current call should stop."""
    current_call().check_cancel()


def __getattr__(name):
    if name == "trial_call":  # only tests need it
        from .trial import trial_call

        return trial_call
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Call",
    "CallCancelled",
    "CancelledError",
    "Capability",
    "CapabilityError",
    "ConfigError",
    "DeadlineExceeded",
    "DisabledError",
    "FatalError",
    "File",
    "InputError",
    "ResourceError",
    "TimeoutError",
    "TransientError",
    "__version__",
    "action",
    "carry",
    "check_cancel",
    "current_call",
    "progress",
    "setting",
    "trial_call",
    "wire_type",
]
