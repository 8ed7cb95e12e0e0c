from collections import Counter

from capstan_worker import Capability, File, action


class Words(Capability):
    version = "1.0.0"

    @action(effects="pure")
    def count(self, text: File, most: int = 3) -> dict[str, int]:
        """The words a text uses most often."""
        with open(text, encoding="utf-8") as file:
            words = Counter(word for line in file for word in line.lower().split())
        return dict(words.most_common(most))
