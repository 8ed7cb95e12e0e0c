"""Files travel by reference: a `File` is a path with what is known about it."""

import os

from .errors import FatalError, ValueNotJson

FILE_KIND = "capstan.file"

#: How a JSON Schema says "a file".
FILE_REF = "capstan:file"


class File(os.PathLike):
    """A file that a call was given or has made. Works wherever Python takes a path: `open(file)`.

    Make outputs with `self.output("notes.txt")`; a file anywhere else is refused as a result.
    """

    __slots__ = ("path", "sha256", "size", "media_type")

    def __init__(self, path, *, sha256=None, size=None, media_type=None):
        self.path = os.fspath(path)
        self.sha256 = sha256
        self.size = size
        self.media_type = media_type

    def __fspath__(self):
        return self.path

    def __str__(self):
        return self.path

    def __repr__(self):
        return f"File({self.path!r})"

    def __eq__(self, other):
        return isinstance(other, File) and self.path == other.path

    def __hash__(self):
        return hash(self.path)

    @property
    def name(self):
        return os.path.basename(self.path)

    @property
    def stem(self):
        return os.path.splitext(self.name)[0]

    @property
    def suffix(self):
        return os.path.splitext(self.name)[1]

    def to_dict(self):
        data = {"path": self.path, "sha256": self.sha256, "size": self.size, "mediaType": self.media_type}
        return {key: value for key, value in data.items() if value is not None}


def tagged(file):
    return {"__wire__": FILE_KIND, "data": file.to_dict()}


def file_from_data(data):
    """A File from the fields on the wire; extra ones are dropped. Raises ValueNotJson naming the wrong field."""
    if not isinstance(data, dict):
        raise ValueNotJson(f"must be an object, because {FILE_KIND} has fields", ["data"])
    if data.get("path") is None:
        raise ValueNotJson(f"is missing; every {FILE_KIND} has it", ["path", "data"])
    for key in ("path", "sha256", "mediaType"):
        if not isinstance(data.get(key), (str, type(None))):
            raise ValueNotJson("must be a string", [key, "data"])
    size = data.get("size")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        raise ValueNotJson("must be a whole number of bytes", ["size", "data"])
    return File(data["path"], sha256=data.get("sha256"), size=size, media_type=data.get("mediaType"))


class OutsideCallFolder(FatalError):
    """A result names a file the call neither made in its own folder nor was given."""

    code = "FILE_OUTSIDE_CALL_DIR"


def check_output(file, call_dir, given):
    """The file as a result may name it: by its real path, with its size.

    Raises OutsideCallFolder, or ValueNotJson for a file that was never written.
    """
    real = os.path.realpath(file.path)
    if real in given:
        return file
    root = os.path.realpath(call_dir)
    if not os.path.isabs(file.path) or not real.startswith(root + os.sep):
        raise OutsideCallFolder(
            f"the result names the file {file.path}, which is outside the call's own folder {root}",
            hint="Write results to self.output(name).",
        )
    if not os.path.isfile(real):
        raise ValueNotJson(f"names a file that was not written: {file.path}", ["path", "data"])
    return File(real, sha256=file.sha256, size=os.path.getsize(real), media_type=file.media_type)


def adopt_file(path, call_dir):
    """Moves a file that a value saved itself to into the call's folder; its new path."""
    path = os.fspath(path)
    target = os.path.join(call_dir, f"saved-{os.urandom(6).hex()}-{os.path.basename(path)}")
    try:
        os.replace(path, target)
    except OSError:
        # Temporary files often lie on another disk.
        import shutil

        shutil.copyfile(path, target)
        os.unlink(path)
    return target
