"""Values that are JSON already, told apart from all others without a loop in Python."""

from itertools import chain

from ..limits import NESTING

SCALARS = frozenset((str, int, float, bool, type(None)))
CONTAINERS = frozenset((dict, list, tuple))
PLAIN = SCALARS | CONTAINERS
TEXT_ONLY = {str}


def is_plain(value):
    """Whether a value holds nothing but JSON's own types and no tagged ones, so that it needs no translation.

    Looks at one level after the other, each with a few calls into C. A cycle is a value of endless depth.
    """
    members = (value,)
    for _ in range(NESTING + 1):
        types = set(map(type, members))
        if types <= SCALARS:
            return True
        if not types <= PLAIN:
            return False
        containers = [item for item in members if type(item) in CONTAINERS] if types & SCALARS else members
        if dict not in types:
            members = list(chain.from_iterable(containers))
            continue
        lists = ()
        objects = containers
        if types & CONTAINERS != {dict}:
            lists = [item for item in containers if type(item) is not dict]
            objects = [item for item in containers if type(item) is dict]
        keys = set(chain.from_iterable(objects))
        if "__wire__" in keys or not set(map(type, keys)) <= TEXT_ONLY:
            return False
        members = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(lists)))
    return False


FEW = 8


def looks_small(value):
    """Whether a walk through a value takes no longer than a look at it as a whole. A guess by its two upper levels."""
    kind = type(value)
    if kind not in CONTAINERS or len(value) > FEW:
        return kind not in CONTAINERS
    members = value.values() if kind is dict else value
    return not any(type(member) in CONTAINERS and len(member) > FEW for member in members)
