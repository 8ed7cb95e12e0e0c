"""What this SDK is and which protocol versions it speaks."""

SDK_NAME = "capstan-worker-python"
SDK_VERSION = "0.1.0"

#: Inclusive range, `(lowest, highest)`.
PROTOCOL = (1, 1)


def describe_sdk():
    return {"name": SDK_NAME, "version": SDK_VERSION}


def skew(theirs):
    """A sentence naming both ranges when they share no version, else None."""
    low, high = theirs
    if min(high, PROTOCOL[1]) >= max(low, PROTOCOL[0]):
        return None
    older = "Capstan" if high < PROTOCOL[0] else "the capability's worker SDK"
    return (
        f"the host speaks protocol {_range_text(theirs)} and this worker "
        f"{_range_text(PROTOCOL)}; update {older} so that they share a version"
    )


def _range_text(versions):
    low, high = versions
    return f"version {low}" if low == high else f"versions {low} to {high}"
