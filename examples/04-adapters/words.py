from collections import Counter

from capstan_worker import Capability, File, action


class Words(Capability):
    version = "1.0.0"

    @action(effects="pure")
    def most_common(self, path: File, number: int = 3) -> dict[str, int]:
        with open(path, encoding="utf-8") as file:
            words = Counter(word for line in file for word in line.lower().split())
        return dict(words.most_common(number))


class FindsMostCommon:  # what the adapter needs of its tool
    def most_common(self, path, number): ...


class Counting:
    task_name = "counting"
    tool_protocol = FindsMostCommon

    def __init__(self, tool):
        self.tool = tool

    @action(effects="pure")
    def words(self, text: File, most: int = 3) -> dict[str, int]:
        """The words a text uses most often."""
        return self.tool.most_common(text, most)
