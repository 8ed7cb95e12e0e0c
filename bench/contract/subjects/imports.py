"""A capability that needs a good part of the standard library, as one needs its packages."""

import asyncio  # noqa: F401
import concurrent.futures  # noqa: F401
import decimal  # noqa: F401
import email.message  # noqa: F401
import sqlite3  # noqa: F401
import ssl  # noqa: F401
import urllib.request  # noqa: F401
import xml.etree.ElementTree  # noqa: F401

from capstan_worker import Capability, action


class Imports(Capability):
    name, version = "imports", "1.0.0"

    @action
    def echo(self, text: str) -> str:
        return text
