"""Cache folders: one for each input content, action and configuration, shared by all workers of a capability.

    <data>/<action>/<stem of the input>/<6 hex of its content>_<12 hex of the configuration>

A folder with that name is a finished result: it is written under another name and published by one rename, so
a crash leaves no half-written hit, and of two workers that make the same one the second finds the first's.
"""

import json
import os
import time

from .call import speaking_call
from .errors import InputError

NOTE = ".capstan-cache.json"
LONGEST_STEM = 100
FORBIDDEN = '<>:"/\\|?*'
#: A file written this recently may be written again within one tick of the clock of its disk.
SETTLED_NS = 20_000_000

_hashes = {}


class CacheEntry(os.PathLike):
    """The folder for one result. `is_hit` says whether it is there already; `save()` makes it."""

    def __init__(self, path, action, input_name, input_hash, config_hash):
        self.path = path
        self._note = {"action": action, "input": input_name, "inputHash": input_hash, "configHash": config_hash}
        self.is_hit = os.path.isdir(path)
        if self.is_hit:
            self._was_used()

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"CacheEntry({self.path!r}, is_hit={self.is_hit})"

    def file(self, name):
        """The path of a file in it."""
        return os.path.join(self.path, name)

    def save(self):
        """A block that writes the result into the folder it is given: `with entry.save() as folder: …`.

        When the block ends well the result is published; when it raises, nothing of it stays.
        """
        return _Saving(self)

    def json(self, make, name="result.json"):
        """The value that was saved there as JSON; else that of `make()`, which is saved."""
        if self.is_hit:
            with open(self.file(name), encoding="utf-8") as saved:
                return json.load(saved)
        from .values.encode import wire_bytes

        value = make()
        with self.save() as folder, open(os.path.join(folder, name), "wb") as out:
            out.write(wire_bytes(value))
        return value

    def _publish(self, folder):
        with open(os.path.join(folder, NOTE), "w", encoding="utf-8") as note:
            json.dump({**self._note, "savedAt": time.time()}, note)
        try:
            os.rename(folder, self.path)
        except OSError:
            if not os.path.isdir(self.path):
                raise
            _remove(folder)  # another worker was first; both made the same
        self.is_hit = True
        self._tell("result_saved")

    def _was_used(self):
        try:
            os.utime(self.path)
        except OSError:
            pass  # who may only read the cache cannot say so
        self._tell("cache_hit")

    def _tell(self, event):
        call = speaking_call()
        if call is not None:
            call.account(event, {**self._note, "path": self.path})


class _Saving:
    def __init__(self, entry):
        self._entry = entry
        self._folder = None

    def __enter__(self):
        parent, name = os.path.split(self._entry.path)
        self._folder = os.path.join(parent, f".new-{name}-{os.getpid()}-{os.urandom(4).hex()}")
        os.makedirs(self._folder)
        return self._folder

    def __exit__(self, kind, *_):
        if kind is None:
            self._entry._publish(self._folder)
        else:
            _remove(self._folder)


def cache_entry(data_dir, action, source, config, text=False):
    """The entry for an input: a file by its content, or with `text` the string itself."""
    if text:
        name, digest = str(source), _sha256(str(source).encode("utf-8", "surrogatepass"))
    else:
        name, digest = os.fspath(source), content_hash(source, data_dir)
    config_hash = _sha256(canonical(config))
    folder = os.path.join(data_dir, safe_stem(str(action)), safe_stem(_stem(name)))
    path = os.path.join(folder, f"{digest[:6]}_{config_hash[:12]}")
    return CacheEntry(path, str(action), name, digest, config_hash)


def canonical(value):
    """One spelling for equal configurations."""
    from .values.encode import encode

    return json.dumps(encode(value), sort_keys=True, separators=(",", ":")).encode("ascii")


def _stem(name):
    return os.path.splitext(os.path.basename(name.rstrip("/")))[0]


def safe_stem(stem):
    """A stem as the name of a folder: no separators or control characters, at most 100 characters, never empty."""
    safe = "".join("_" if c in FORBIDDEN or ord(c) < 32 or ord(c) == 127 else c for c in stem)
    return safe.strip(". ")[:LONGEST_STEM].strip(". ") or "_"


def content_hash(source, data_dir=None):
    """SHA-256 of a file in hex, read as a stream, and only once for its path, time and size."""
    known = getattr(source, "sha256", None)
    if known:
        return known  # the host has read it
    path = os.path.abspath(os.fspath(source))
    try:
        status = os.stat(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    key = (path, status.st_mtime_ns, status.st_size)
    found = _hashes.get(path) or _remembered(data_dir, path)
    if found and found[0] == key:
        return found[1]
    started = time.time_ns()
    digest = _sha256_of_file(path)
    if started - status.st_mtime_ns > SETTLED_NS:
        _hashes[path] = (key, digest)
        _remember(data_dir, key, digest)
    return digest


def _memo(data_dir, path):
    return os.path.join(data_dir, ".input-hashes", _sha256(os.fsencode(path))[:32] + ".json")


def _remembered(data_dir, path):
    if data_dir is None:
        return None
    try:
        with open(_memo(data_dir, path), encoding="utf-8") as memo:
            noted = json.load(memo)
        return (noted["path"], noted["mtimeNs"], noted["size"]), noted["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(data_dir, key, digest):
    if data_dir is None:
        return
    target = _memo(data_dir, key[0])
    written = f"{target}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(written, "w", encoding="utf-8") as memo:
            json.dump({"path": key[0], "mtimeNs": key[1], "size": key[2], "sha256": digest}, memo)
        os.replace(written, target)
    except (OSError, UnicodeError):
        pass  # a memo that cannot be kept costs only the time to read again


def _sha256(data):
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _sha256_of_file(path):
    import hashlib

    digest = hashlib.sha256()
    buffer = bytearray(1 << 20)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(view[:count])
    return digest.hexdigest()


def _remove(folder):
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
