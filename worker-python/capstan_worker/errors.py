"""The errors a capability raises to say whose fault a failure is."""

import builtins
import json
import re

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class CapabilityError(Exception):
    """Base of the errors below. Raised as it is, it means the same as FatalError."""

    category = "fatal"
    code = "TOOL_FAILED"

    def __init__(
        self,
        message="",
        *,
        hint=None,
        code=None,
        retriable=None,
        retry_after_s=None,
        fields_invalid=None,
        shortfall=None,
    ):
        super().__init__(message)
        self.hint = hint
        self.code = code or type(self).code
        self.retriable = self.category in ("transient", "resource") if retriable is None else retriable
        self.retry_after_s = retry_after_s
        self.fields_invalid = fields_invalid
        self.shortfall = shortfall


class InputError(CapabilityError):
    """The caller asked for something impossible. `fields_invalid` names the inputs that are wrong."""

    category = "input"
    code = "INPUT_INVALID"


class ConfigError(InputError):
    """The configuration cannot be used."""

    code = "CONFIG_INVALID"


class DisabledError(InputError):
    """The capability, or this part of it, is switched off. Somebody has to switch it on."""

    code = "CAPABILITY_DISABLED"


class TransientError(CapabilityError):
    """Trying again later may help; `retry_after_s` says when."""

    category = "transient"
    code = "TOOL_UNAVAILABLE"


class TimeoutError(TransientError, builtins.TimeoutError):
    """Something the tool waited for took too long. `except TimeoutError` catches it like Python's own."""

    code = "TOOL_TIMEOUT"


class ResourceError(CapabilityError):
    """The machine has too little of something.

    `shortfall` is `{"resource": "gpu_vram_mb", "needed": 4096, "available": 1024}`; unknown amounts are None.
    """

    category = "resource"
    code = "RESOURCE_EXHAUSTED"


class FatalError(CapabilityError):
    """Trying again will not help."""


class CallCancelled(CapabilityError):
    """The call was asked to stop and did. `check_cancel()` raises it."""

    category = "cancelled"
    code = "CANCELLED"


class DeadlineExceeded(CallCancelled):
    """The call's time was up. `check_cancel()` raises it."""

    category = "transient"
    code = "DEADLINE_EXCEEDED"


#: The name that both languages use.
CancelledError = CallCancelled


class ValueNotJson(CapabilityError):
    """A value that cannot cross the wire, and where in it the trouble is, e.g. `$.segments[3].start`."""

    category = "input"
    code = "VALUE_INVALID"

    def __init__(self, problem, place=()):
        super().__init__(problem)
        self.problem = problem
        #: Innermost part first: the walk adds to it on its way out, so that a good value costs nothing.
        self.place = list(place)

    def inside(self, part):
        self.place.append(part)
        return self

    def __str__(self):
        return f"{place_text(reversed(self.place))} {self.problem}"


def place_text(parts):
    """`$.segments[3].start`, with odd keys quoted: `$["a b"]`. Lone surrogates are shown escaped."""
    place = "$"
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif PLAIN_KEY.fullmatch(part):
            place += f".{part}"
        else:
            place += f"[{json.dumps(part)}]"
    return place
