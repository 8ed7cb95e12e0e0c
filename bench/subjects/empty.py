from capstan_worker import Capability, action


class Empty(Capability):
    name, version = "empty", "1.0.0"

    @action
    def echo(self, text: str) -> str:
        return text
