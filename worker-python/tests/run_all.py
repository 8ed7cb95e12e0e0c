"""Runs the tests with every Python this SDK supports that the machine has.

    python3 worker-python/tests/run_all.py [test_call …]

Looks for python3.9 … python3.13 on PATH; CAPSTAN_PYTHONS (a list of interpreters, separated like PATH) comes first.
"""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORTED = [f"3.{minor}" for minor in range(9, 14)]
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def main(names):
    interpreters = find_interpreters()
    if not interpreters:
        print("no supported Python was found", file=sys.stderr)
        return 1
    failed = []
    for version, interpreter in sorted(interpreters.items(), key=lambda item: SUPPORTED.index(item[0])):
        print(f"-- Python {version} ({interpreter})", flush=True)
        arguments = names or ["discover", "--start-directory", HERE, "--top-level-directory", HERE]
        if subprocess.call([interpreter, "-m", "unittest", *arguments], cwd=HERE):
            failed.append(version)
    missing = [version for version in SUPPORTED if version not in interpreters]
    print(f"passed: {', '.join(v for v in SUPPORTED if v in interpreters and v not in failed) or 'none'}")
    if missing:
        print(f"not on this machine: {', '.join(missing)}")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def find_interpreters():
    """{version: path}, one for each supported version that is there."""
    named = [path for path in os.environ.get("CAPSTAN_PYTHONS", "").split(os.pathsep) if path]
    on_path = [shutil.which(f"python{version}") for version in SUPPORTED]
    found = {}
    for interpreter in [*named, *filter(None, on_path), sys.executable]:
        asked = subprocess.run([interpreter, "-c", VERSION], capture_output=True, text=True)
        version = asked.stdout.strip()
        if asked.returncode == 0 and version in SUPPORTED:
            found.setdefault(version, interpreter)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
