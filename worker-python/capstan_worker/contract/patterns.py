"""Patterns are those of JSON Schema, which are JavaScript's; what differs in Python's is written over."""

import functools
import re


@functools.lru_cache(maxsize=256)
def compiled(pattern):
    """The pattern as Python has it, or None for one it cannot say: the host, which can, has the last word."""
    try:
        return re.compile(_translated(pattern), re.ASCII)
    except re.error:
        return None


def _translated(pattern):
    parts, position, in_class = [], 0, False
    while position < len(pattern):
        character = pattern[position]
        pair = pattern[position : position + 2]
        if character == "\\":
            parts.append(pair[1] if pair == "\\/" else pair)
            position += 2
            continue
        if in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "$":
            # In Python it would also match before a line's end at the end of the text.
            character = r"\Z"
        elif re.match(r"\(\?<[^=!]", pattern[position:]):
            character, position = "(?P", position + 1
        parts.append(character)
        position += 1
    return "".join(parts)
