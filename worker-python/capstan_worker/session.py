"""What the start line said: the session, its folders, its secrets."""

import os


class Session:
    def __init__(self, start):
        self.id = start["session"]
        self.data_dir = start["dirs"]["data"]
        self.models_dir = start["dirs"]["models"]
        self.calls_dir = start["dirs"]["calls"]
        self.secrets = dict(start["secrets"])
        self.log_level = start["logLevel"]


_session = None


def begin(session):
    global _session
    _session = session


def current_session():
    """The session of this worker. By hand, outside of one: temporary folders and the environment as secrets."""
    return _session or _by_hand()


def _by_hand():
    import tempfile

    root = tempfile.mkdtemp(prefix="capstan-by-hand-")
    folders = {name: os.path.join(root, name) for name in ("data", "models", "calls")}
    for folder in folders.values():
        os.mkdir(folder)
    by_hand = Session({"session": "by-hand", "dirs": folders, "secrets": dict(os.environ), "logLevel": "info"})
    begin(by_hand)
    return by_hand
