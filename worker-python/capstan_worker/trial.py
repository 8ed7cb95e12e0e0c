"""A call without a worker, for the tests of a capability."""

from contextlib import contextmanager

from .call import Call, _current
from .serving.calls import new_call_id


class Recorder:
    def __init__(self):
        self.frames = []

    def send(self, frame):
        self.frames.append(frame)


@contextmanager
def trial_call(directory=None, **envelope):
    """Runs the block as one call; outputs go below `directory`, what was said is in `call.frames`.

    with trial_call(tmp_path) as call:
        Greeter().greet("Ada")
    assert call.frames[-1]["progress"] == 1
    """
    recorder = Recorder()
    call = Call(new_call_id(), envelope=envelope, calls_dir=directory, listener=recorder)
    call.frames = recorder.frames
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)
        call.end()
