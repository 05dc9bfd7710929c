"""What logging costs a training: log() of 10 keys and a whole training, with the server up, down and hanging.

    python benchmarks/client_log.py [--capture] [--server http://127.0.0.1:8000 --api-key …]

Without a server, "up" is a small one that takes everything. Budgets: 20 µs median; training time unchanged within 1 %.
The baseline is the same training without logging; plain and logged trainings alternate, and the fastest of each are
compared. Judged is the processor time of the whole process, the client's threads included: it bounds what logging can
add to the wall time from above, and neighbours on the machine do not show in it. The wall time is printed beside it.

--capture: with code, console and system metrics recorded as by default; the training prints every ten steps.
The client's own threads and memory are printed, and the memory of the process that passes the console on.
"""

import argparse
import http.server
import json
import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy reads it

import numpy as np
import paceline

KEYS = 10
CALLS = 20_000
BUDGET_MICROSECONDS = 20.0
BUDGET_RATIO = 1.01
STEP_SECONDS = 0.005  # about what a small network takes for one batch
PRINT_EVERY = 10
TRAINING_STEPS = 150  # a second or so: the writing thread comes by at least once
REPEATS = 10


class Taker(http.server.BaseHTTPRequestHandler):
    """Takes whatever it is sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"id": "0" * 13, "url": "", "attempt": 1, "created": True, "accepted": 1}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PATCH = do_PUT = do_POST  # noqa: N815 - a name of the standard library

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def taker_process() -> str:
    """The address of a taker in a process of its own, which ends with this one."""
    listener = socket.create_server(("127.0.0.1", 0))
    parent = os.getpid()
    if os.fork() == 0:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker, bind_and_activate=False)
        server.socket.close()
        server.socket = listener
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def hanging() -> str:
    """An address that accepts connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=lambda: [listener.accept() for _ in range(128)], daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def down() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def call_microseconds(run: paceline.Run) -> list[float]:
    """The time of each log() of KEYS changing values, called as a busy training would: some thousand times a second."""
    times = []
    for call in range(CALLS):
        values = {f"metric/{number}": call + number / 7 for number in range(KEYS)}
        began = time.perf_counter()
        run.log(values)
        times.append((time.perf_counter() - began) * 1e6)
        if call % 20 == 0:
            time.sleep(0.001)
    return sorted(times)


def training_seconds(run: paceline.Run | None, work: int) -> tuple[float, float]:
    """Processor and wall time of TRAINING_STEPS steps of matrix products, each with one log() of KEYS keys if run.

    Both print a line every PRINT_EVERY steps to descriptor 1: to nothing, through the client where it listens.
    """
    weights = np.ones((160, 160))
    began, began_wall = time.process_time(), time.perf_counter()
    for step in range(TRAINING_STEPS):
        for _ in range(work):
            weights = np.tanh(weights @ weights)
        if run is not None:
            run.log({f"metric/{number}": step / (number + 1) for number in range(KEYS)})
        if step % PRINT_EVERY == 0:
            os.write(1, b"step %d loss 0.123 accuracy 0.9\n" % step)
    return time.process_time() - began, time.perf_counter() - began_wall


def work_per_step() -> int:
    """How many products take STEP_SECONDS on this machine."""
    weights = np.ones((160, 160))
    began = time.perf_counter()
    for _ in range(200):
        weights = np.tanh(weights @ weights)
    return max(1, round(STEP_SECONDS / ((time.perf_counter() - began) / 200)))


def training_ratios(run: paceline.Run, work: int) -> tuple[float, float]:
    """The fastest logged over the fastest plain training: processor time, wall time."""
    pairs = [(training_seconds(None, work), training_seconds(run, work)) for _ in range(REPEATS)]
    processor, wall = (min(logged[i] for _, logged in pairs) / min(plain[i] for plain, _ in pairs) for i in (0, 1))
    return processor, wall


def own_cost(seconds: float) -> str:
    """The client's threads and the console's process: how many, their share of a processor in these seconds, memory."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("paceline")]
    spent = sum(on_processor(Path(f"/proc/self/task/{thread.native_id}")) for thread in threads)
    children = [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]
    tees = [pid for pid in children if b"tee.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    passing = sum(on_processor(Path(f"/proc/{pid}")) for pid in tees)
    memory = sum(resident_bytes(pid) for pid in tees) / 2**20
    shares = f"{spent / seconds:.2%} + {passing / seconds:.2%} of a processor"
    return f"{len(threads)} threads + {len(tees)} process of {memory:.0f} MiB, {shares}"


def on_processor(of: Path) -> float:
    """Seconds that a thread or process of /proc has run."""
    return int((of / "schedstat").read_text().split()[0]) / 1e9


def resident_bytes(pid: str = "self") -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server")
    parser.add_argument("--api-key", default="x" * 43)
    parser.add_argument("--project", default="admin/benchmark")
    parser.add_argument("--capture", action="store_true", help="record code, console and system metrics too")
    chosen = parser.parse_args()
    if not chosen.capture:
        os.environ.update(PACELINE_CODE="off", PACELINE_CONSOLE="off", PACELINE_SYSTEM_SECONDS="0")
    os.environ["PACELINE_QUIET"] = "1"
    os.environ["PACELINE_EXIT_SECONDS"] = "2"
    servers = {"up": chosen.server or taker_process(), "down": down(), "hanging": hanging()}
    work = work_per_step()
    shown = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print(
        f"{'server':<9}{'median µs':>11}{'p99 µs':>9}{'max µs':>9}{'processor':>11}{'wall':>8}"
        "  (training, logged / plain)",
        file=shown,
    )
    good = True
    for name, url in servers.items():
        with tempfile.TemporaryDirectory() as folder:
            before = resident_bytes()
            began = time.perf_counter()
            run = paceline.init(chosen.project, url=url, api_key=chosen.api_key, dir=folder)
            started = time.perf_counter() - began
            processor, wall = training_ratios(run, work)
            cost = f"init {started * 1000:.0f} ms, {own_cost(time.perf_counter() - began)}"
            cost += f", {(resident_bytes() - before) / 2**20:+.1f} MiB here"
            times = call_microseconds(run)
            run.finish()
        median = times[len(times) // 2]
        good = good and median <= BUDGET_MICROSECONDS and processor <= BUDGET_RATIO
        latest = f"{times[int(len(times) * 0.99)]:>9.1f}{times[-1]:>9.0f}"
        print(f"{name:<9}{median:>11.2f}{latest}{processor:>11.4f}{wall:>8.3f}  {cost}", file=shown)
    print(
        f"budget   {BUDGET_MICROSECONDS:>11.2f}{'':>18}{BUDGET_RATIO:>11.4f}  {'met' if good else 'MISSED'}", file=shown
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
