"""Whether all keys of a text came to be members of its value. Two of the same name in one object do not."""

from itertools import chain


def has_each_key_once(value, body):
    """Whether no object in the JSON has a key twice. False as well where that cannot be said so fast.

    Each member has one colon in the text; there are more where a key stands twice, or a text holds some.
    """
    members = _count_members(value, body.count(b"{"))
    if members == body.count(b":"):
        return True
    # Colons in texts, such as those of a time or an address, follow no quote, unless that is escaped. Those of keys
    # do in what machines write, which is without spaces.
    if b'\\":' in body or any(space in body for space in (b"\n", b"\t", b"\r", b" :")):
        return False
    return members == body.count(b'":')


def _count_members(value, objects_at_most):
    """Of all objects, level by level, until as many were seen as there can be."""
    members, level = 0, [value]
    while True:
        objects = [item for item in level if type(item) is dict]
        members += sum(map(len, objects))
        objects_at_most -= len(objects)
        if objects_at_most <= 0:
            return members
        lists = [item for item in level if type(item) is list] if len(objects) < len(level) else ()
        if not objects and not lists:
            return members
        level = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(lists)))
