"""dos-kernel, asked over JSON lines: its functions in this process and in processes of its own, and its command."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from dos import arbiter, config, lane_journal, lane_lease

HERE = Path(__file__)


def lanes():
    names = [f"lane{n}" for n in range(8)]
    trees = "\n".join(f'lane{n} = ["packages/p{n}/**", "docs/p{n}.md"]' for n in range(8))
    return f"[lanes]\nconcurrent = {json.dumps(names)}\n[lanes.trees]\n{trees}\n"


def repository(root, entries):
    """A repository in whose journal so many entries stand, of leases that were taken and given back."""
    if (root / "dos.toml").exists():
        return root
    (root / ".dos").mkdir(parents=True)
    (root / "home").mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "dos.toml").write_text(lanes())
    # Its own entries, as its `append` writes them; one by one each would read all before it.
    with open(root / ".dos" / "lane-journal.jsonl", "w", encoding="utf-8") as journal:
        for seq in range(entries):
            lease = {
                "lane": f"lane{seq // 2 % 8}",
                "lane_kind": "keyword",
                "tree": [f"packages/p{seq // 2 % 8}/**"],
                "loop_ts": f"2026-01-01T{seq // 7200 % 24:02}:{seq // 120 % 60:02}:{seq // 2 % 60:02}Z",
                "host_id": "here",
                "pid": 1,
                "holder": f"agent {seq // 2 % 50}",
                "acquired_at": "2026-01-01T00:00:00Z",
            }
            made = lane_journal.acquire_entry(lease) if seq % 2 == 0 else lane_journal.release_entry(lease)
            entry = {**made, "seq": seq + 1, "ts": "2026-01-01T00:00:00Z"}
            journal.write(json.dumps(entry, sort_keys=True, default=str, ensure_ascii=False) + "\n")
    return root


def environment(root):
    return {**os.environ, "HOME": str(root / "home"), "DISPATCH_WORKSPACE": str(root)}


def take_pairs(root, n, seconds):
    """Acquires and releases a lane of its own until the time is over, once at least."""
    os.chdir(root)
    loaded = config.load_workspace_config(".")
    who = {"lane": f"lane{n}", "owner": f"agent {n}"}
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.monotonic()
    pairs = busy = 0
    while pairs + busy == 0 or time.monotonic() - start < seconds:
        try:
            lane_lease.acquire(loaded, kind="keyword", tree=[f"packages/p{n}/**", f"docs/p{n}.md"], **who)
            lane_lease.release(loaded, **who)
            pairs += 1
        except TimeoutError:
            busy += 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = time.monotonic() - start
    print(json.dumps({"pairs": pairs, "busy": busy, "took": took, "cpu": used.ru_utime + used.ru_stime}))


def lease_pairs(data, processes, seconds, entries):
    root = repository(data / f"leases-{entries}", entries)
    started = [
        subprocess.Popen(
            [sys.executable, "-I", str(HERE), "--pairs", str(root), str(n), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(root),
            text=True,
        )
        for n in range(processes)
    ]
    for each in started:
        each.stdout.readline()
    for each in started:
        each.stdin.write("go\n")
        each.stdin.flush()
    done = [json.loads(each.communicate()[0]) for each in started]
    pairs = sum(each["pairs"] for each in done)
    return {
        "wall": pairs / max(each["took"] for each in done),
        "cpuMicros": sum(each["cpu"] for each in done) * 1e6 / max(pairs, 1),
        "busy": sum(each["busy"] for each in done),
        "tried": pairs + sum(each["busy"] for each in done),
    }


def decide(data, live, asked, count):
    root = repository(data / "decide", 0)
    os.environ.update(environment(root))
    os.chdir(root)
    loaded = config.load_workspace_config(".")
    leases = [{"lane": f"held{n}", "lane_kind": "keyword", "tree": tree} for n, tree in enumerate(live)]
    walls = []
    cpu = time.process_time()
    for _ in range(count):
        start = time.perf_counter()
        decision = arbiter.arbitrate(
            requested_lane="asked",
            requested_kind="keyword",
            requested_tree=asked,
            live_leases=leases,
            config=loaded,
        )
        walls.append((time.perf_counter() - start) * 1e6)
        if decision.outcome != "acquire":
            raise RuntimeError(f"it is free, and the answer is {decision.reason}")
    return {"wall": statistics.median(walls), "cpuMicros": (time.process_time() - cpu) * 1e6 / count}


def command(data, what, entries):
    root = repository(data / f"leases-{entries}", entries)
    own = ["--lane", "lane0"]

    def timed(*words):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-I", "-m", "dos.cli", *words],
            cwd=root,
            env=environment(root),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return (time.perf_counter() - start) * 1e3

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if what == "decide":
        wall = timed("arbitrate", *own, "--kind", "keyword")
    else:
        wall = timed("lease-lane", "acquire", *own, "--owner", "me", "--kind", "keyword")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if what == "acquire":
        timed("lease-lane", "release", *own, "--owner", "me")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpuMicros": used * 1e6}


def answer(data, asked):
    match asked["do"]:
        case "lease_pairs":
            return lease_pairs(data, asked["processes"], asked["seconds"], asked["entries"])
        case "decide":
            return decide(data, asked["live"], asked["asked"], asked["count"])
        case "command":
            return command(data, asked["what"], asked["entries"])
        case "version":
            return {"python": sys.version.split()[0]}


def main():
    if sys.argv[1] == "--pairs":
        take_pairs(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
        return
    data = Path(sys.argv[1])
    for line in sys.stdin:
        try:
            told = answer(data, json.loads(line))
        except Exception as error:  # noqa: BLE001 -- told to whoever asked
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)


main()
