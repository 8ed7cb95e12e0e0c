"""Turns sentences into vectors, so that passages about the same thing lie close to each other."""

import json
from pathlib import Path

from capstan_worker import Capability, File, action

BATCH = 64


class Embedder(Capability):
    """WordLlama: 16 MB of word embeddings that come with the package; no GPU, no network."""

    name = "embedder"
    version = "1.0.0"

    def initialize(self, config):
        import wordllama

        # The package looks for its own tokenizer in a folder it does not have and would fetch it; named as
        # the cache, its folder holds everything.
        here = Path(wordllama.__file__).parent
        self.model = wordllama.WordLlama.load(cache_dir=here, disable_download=True)

    @action(effects="pure")
    def embed(self, segments: list[dict]) -> File:
        """One unit vector for the `text` of each segment, in the order given, as a JSON file {model, vectors}."""
        vectors = []
        for start in range(0, len(segments), BATCH):
            self.check_cancel()
            texts = [segment["text"] for segment in segments[start : start + BATCH]]
            vectors += [[round(float(x), 4) for x in vector] for vector in self.model.embed(texts, norm=True)]
            self.progress(len(vectors) / len(segments), f"{len(vectors)} of {len(segments)} passages")
        file = self.output("embeddings.json", "application/json")
        document = {"model": "wordllama l2_supercat 256", "vectors": vectors}
        Path(file).write_text(json.dumps(document), encoding="utf-8")
        return file
