"""Drives cjm-substrate through its own API, in its own process. One JSON request a line, one answer a line.

{"do": "one_job", "count": 50} -> {"wall": 10123.4, "cpuMicros": 9876.5}

`driver.py [--kindest] --data FOLDER`. It ends, and its workers with it, when its stdin does or at a SIGTERM.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading

asked = argparse.ArgumentParser()
asked.add_argument("--data", required=True)
asked.add_argument("--kindest", action="store_true")
asked = asked.parse_args()
os.environ["CJM_DATA_DIR"] = asked.data

# What it or a library prints is not an answer.
out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

if asked.kindest:
    from kindest import share_tls_context

    share_tls_context()

import cjm_substrate  # noqa: E402
from calls import Calls  # noqa: E402
from host import Host  # noqa: E402
from jobs import Jobs  # noqa: E402
from journal import Journals  # noqa: E402
from measuring import children  # noqa: E402



def end(code=0):
    """Its workers would outlive it."""
    for child in children():
        child.kill()
    os._exit(code)


def abilities():
    host = Host(asked.data)
    parts = (Jobs(host), Calls(host), Journals(asked.data))
    return {name: getattr(part, name) for part in parts for name in dir(part) if name[0] != "_"}


async def version():
    return {"substrate": cjm_substrate.__version__, "python": sys.version.split()[0]}


async def main():
    can = {**abilities(), "version": version}
    requests = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(requests.put_nowait, json.loads(line))
        end()

    threading.Thread(target=read, daemon=True).start()
    while True:
        request = await requests.get()
        try:
            answer = await can[request.pop("do")](**request)
        except Exception as error:
            answer = {"error": repr(error)}
        out.write(json.dumps(answer) + "\n")


signal.signal(signal.SIGTERM, lambda *_: end(143))
asyncio.run(main())
