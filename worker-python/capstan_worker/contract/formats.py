"""The `format`s of JSON Schema that are checked, alike by the host and by every SDK; all others only describe."""

import calendar
import re


def is_format(name, text):
    """Whether a text has the format; True for a format that is not checked."""
    check = _CHECKS.get(name)
    return check is None or bool(check(text))


def _date(text):
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    return 1 <= month <= 12 and 1 <= day <= (calendar.mdays[month] + (month == 2 and calendar.isleap(year)))


def _time(text):
    found = re.fullmatch(
        r"([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))", text
    )
    if not found:
        return False
    hour, minute, second, _, offset_hour, offset_minute = found.groups("0")
    return (
        int(hour) < 24
        and int(minute) < 60
        and int(second) < 61
        and int(offset_hour) < 24
        and int(offset_minute) < 60
    )


def _date_time(text):
    parts = re.split("[Tt ]", text)
    return len(parts) == 2 and _date(parts[0]) and _time(parts[1])


_DURATION = re.compile(
    r"P(?!\Z)(([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?|[0-9]+W)"
)


def _email(text):
    if not re.fullmatch(r"[^\s@\"(),:;<>\[\\\]]{1,64}@[^\s@]+", text):
        return False
    return _hostname(text.rpartition("@")[2])


def _hostname(text):
    labels = (text[:-1] if text.endswith(".") else text).split(".")
    return len(text) <= 253 and all(re.fullmatch(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", label) for label in labels)


def _ipv4(text):
    parts = text.split(".")
    return len(parts) == 4 and all(re.fullmatch("0|[1-9][0-9]{0,2}", part) and int(part) < 256 for part in parts)


def _ipv6(text):
    halves = text.split("::")
    if len(halves) > 2:
        return False
    groups = [group for half in halves if half for group in half.split(":")]
    count = len(groups)
    if groups and "." in groups[-1]:
        if not _ipv4(groups.pop()):
            return False
        count += 1
    if not all(re.fullmatch("[0-9A-Fa-f]{1,4}", group) for group in groups):
        return False
    return count < 8 if len(halves) == 2 else count == 8


_CHECKS = {
    "date": _date,
    "time": _time,
    "date-time": _date_time,
    "duration": _DURATION.fullmatch,
    "email": _email,
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch,
    "uuid": re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch,
}
