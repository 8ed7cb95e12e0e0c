"""What an author declares in `worker_env`, checked, as the introspection carries it."""

import re
from difflib import get_close_matches

from ..errors import ConfigError

_WORDS = {str: "a text", bool: "true or false", list: "a list of texts"}
_MEMBERS = {
    "name": str,
    "secret": bool,
    "required": bool,
    "label": str,
    "description": str,
    "default": str,
    "options": list,
    "exported": bool,
}


def describe_variables(declared):
    """A list of complete declarations. Raises ConfigError with every mistake."""
    if not isinstance(declared, (list, tuple)) or not all(isinstance(one, dict) for one in declared):
        raise ConfigError('worker_env must be a list of dicts, such as [{"name": "API_KEY", "secret": True}]')
    names = [one.get("name") for one in declared]
    found = []
    for index, one in enumerate(declared):
        problems = _problems(one)
        if names.index(one.get("name")) < index:
            problems.append("it is declared twice")
        found += [f"worker_env[{index}] {one.get('name', '')}: {problem}" for problem in problems]
    if found:
        raise ConfigError("; ".join(found))
    return [_described(one) for one in declared]


def exported_names(declared):
    """Those that the tool insists on finding in the environment of its process."""
    return [one["name"] for one in describe_variables(declared) if one.get("exported", True)]


def _described(declared):
    said = {name: value for name, value in declared.items() if value is not None and name != "exported"}
    described = {"name": declared["name"], "secret": False, "required": False, **said}
    if declared.get("exported") is False:
        described["exported"] = False
    return described


def _problems(declared):
    wrong = [problem for member, value in declared.items() for problem in _member_problems(member, value)]
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(declared.get("name", ""))):
        wrong.append("its name must be that of an environment variable")
    default = declared.get("default")
    if wrong or default is None:
        return wrong
    if declared.get("secret"):
        return ["a secret has no default: everyone can read a manifest"]
    options = declared.get("options")
    # What a template becomes is known only where it is used.
    if options and default not in options and "${" not in default:
        return [f"its default {default} is none of its options: {', '.join(options)}"]
    return []


def _member_problems(member, value):
    kind = _MEMBERS.get(member)
    if kind is None:
        close = get_close_matches(str(member), _MEMBERS, 1)
        better = f"did you mean {close[0]}?" if close else f"there are {', '.join(_MEMBERS)}"
        return [f"{member} is unknown; {better}"]
    if value is None and member != "name":
        return []
    is_right = isinstance(value, kind) and (kind is not list or all(isinstance(item, str) for item in value))
    return [] if is_right else [f"{member} must be {_WORDS[kind]}"]
