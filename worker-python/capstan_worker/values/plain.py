"""Values that are JSON already, told apart from all others without a loop in Python."""

from itertools import chain

from ..limits import NESTING
from .strict_json import LARGEST_INTEGER

SCALARS = frozenset((str, int, float, bool, type(None)))
CONTAINERS = frozenset((dict, list, tuple))
PLAIN = SCALARS | CONTAINERS
TEXT_ONLY = {str}
OBJECTS_ONLY = {dict}
#: As many as are still near, in the processor's cache, for the next column.
RECORDS = 256


def is_plain(value):
    """Whether a value holds nothing but JSON's own types, whole numbers that fit and no tagged objects, so that
    `dump` writes it as it is meant.

    Looks at one level after the other, each with a few calls into C. Whoever has not written it yet should do so
    first: a cycle ends that at once, and this only after the deepest level.
    """
    containers = [value]
    for _ in range(NESTING):
        types = set(map(type, containers))
        objects, lists = containers, ()
        if types != OBJECTS_ONLY:
            objects = [item for item in containers if type(item) is dict] if dict in types else ()
            lists = [item for item in containers if type(item) is not dict] if objects else containers
        inside = []
        if objects and not _are_objects_plain(objects, inside):
            return False
        if lists and not _are_plain(list(chain.from_iterable(lists)), inside):
            return False
        if not inside:
            return True
        containers = inside
    return False


def _are_objects_plain(objects, inside):
    keys = set(chain.from_iterable(objects))
    if "__wire__" in keys or not set(map(type, keys)) <= TEXT_ONLY:
        return False
    if 2 * len(keys) < len(objects) and len(set(map(len, objects))) == 1:
        return all(_are_records_plain(objects[at : at + RECORDS], inside) for at in range(0, len(objects), RECORDS))
    return _are_plain(list(chain.from_iterable(map(dict.values, objects))), inside)


def _are_records_plain(records, inside):
    """All have as many members. By column most are of one type, and only some hold more inside."""
    return all(_are_plain(column, inside) for column in zip(*map(dict.values, records)))


def _are_plain(members, inside):
    """Adds the containers among them to those `inside`."""
    types = set(map(type, members))
    if not types <= PLAIN:
        return False
    if int in types:
        integers = members if len(types) == 1 else [item for item in members if type(item) is int]
        if max(integers) > LARGEST_INTEGER or min(integers) < -LARGEST_INTEGER:
            return False
    if not types <= SCALARS:
        inside += members if types <= CONTAINERS else [item for item in members if type(item) in CONTAINERS]
    return True


FEW = 8


def looks_small(value):
    """Whether a walk through a value takes no longer than a look at it as a whole. A guess by its two upper levels."""
    kind = type(value)
    if kind not in CONTAINERS or len(value) > FEW:
        return kind not in CONTAINERS
    members = value.values() if kind is dict else value
    return not any(type(member) in CONTAINERS and len(member) > FEW for member in members)
