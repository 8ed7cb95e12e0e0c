"""The parts of the Python tools that need none of their packages."""

import pathlib
import sys
import tempfile
import types
import unittest
import wave

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "capabilities"), str(HERE.parents[2] / "worker-python")]

import speech
import transcribe
from capstan_worker import InputError

CHUNKS_PER_SECOND = 1 / speech.CHUNK_S


def chunks_of(*pieces):
    """Probabilities for (probability, seconds) pairs."""
    return [p for p, seconds in pieces for _ in range(round(seconds * CHUNKS_PER_SECOND))]


class RegionsOfSpeech(unittest.TestCase):
    def spans(self, *pieces, **options):
        return [(round(r["start"], 1), round(r["end"], 1)) for r in speech.regions(chunks_of(*pieces), **options)]

    def test_silence_has_none(self):
        self.assertEqual(self.spans((0.02, 5)), [])

    def test_a_pause_separates_two(self):
        spoken = self.spans((0, 0.64), (0.9, 1.28), (0, 0.64), (0.9, 1.28), (0, 0.64))
        self.assertEqual(spoken, [(0.5, 2.0), (2.4, 4.0)])

    def test_a_breath_does_not(self):
        self.assertEqual(self.spans((0.9, 1), (0, 0.3), (0.9, 1)), [(0.0, 2.3)])

    def test_a_voice_that_trails_off_is_not_chopped(self):
        self.assertEqual(self.spans((0.9, 1), (0.4, 1), (0, 1)), [(0.0, 2.1)])

    def test_a_click_is_no_speech(self):
        self.assertEqual(self.spans((0, 1), (0.9, 0.1), (0, 1)), [])

    def test_a_long_one_is_cut_where_speech_is_least_likely(self):
        self.assertEqual(
            self.spans((0.9, 7), (0.4, 0.1), (0.9, 7), longest_s=10.0, pad_s=0.0), [(0.0, 7.0), (7.0, 14.1)]
        )

    def test_padding_never_makes_neighbours_overlap(self):
        found = speech.regions(chunks_of((0.9, 1), (0, 0.6), (0.9, 1)), pad_s=2.0)
        self.assertEqual(found[0]["end"], found[1]["start"])


class Recordings(unittest.TestCase):
    def test_another_rate_is_refused_with_what_is_needed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/cd.wav"
            with wave.open(path, "wb") as wav:
                wav.setnchannels(2)
                wav.setsampwidth(2)
                wav.setframerate(44_100)
            with self.assertRaisesRegex(InputError, "2 channel.* of 44100 Hz; 16-bit mono at 16000 Hz is needed"):
                speech.open_speech(path)

    def test_a_text_is_refused_as_one(self):
        with self.assertRaisesRegex(InputError, "is not a WAV file"):
            speech.open_speech(__file__)


class Words(unittest.TestCase):
    def test_the_parts_of_a_compound_become_one_word(self):
        parts = [heard(" cold", 1.0, 1.5, 0.9), heard("-hearted,", 1.5, 2.0, 0.4)]
        self.assertEqual(
            transcribe.segment_of(transcribe.joined(parts), 10),
            {
                "start": 11.0,
                "end": 12.0,
                "text": "cold-hearted,",
                "confidence": 0.4,
                "words": [{"text": "cold-hearted,", "start": 11.0, "end": 12.0, "confidence": 0.4}],
            },
        )

    def test_a_region_in_which_nothing_was_understood_is_left_out(self):
        self.assertIsNone(transcribe.segment_of([], 3.0))


def heard(text, start, end, probability):
    return types.SimpleNamespace(word=text, start=start, end=end, probability=probability)


if __name__ == "__main__":
    unittest.main()
