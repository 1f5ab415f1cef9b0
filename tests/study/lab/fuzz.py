"""Files changed at random, as no hand would think of: results sealed again, and networks.

What is read of each is what it should be, or one sentence that names the file; and memory stays near the file's size.
"""

import random
import warnings
from collections import Counter
from pathlib import Path

from client import jobs

from prenoise import Network, WeightsFileError, load_network, save_network
from prenoise.study.lab import DamagedFile, Job, Store
from prenoise.study.lab.work import Computed, execute

SPARE = 2 * 10**8
"""Bytes that reading may take beside twice the file."""
NUMBERS = [b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\1\0\0"]
STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def changed(content: bytes, head: int, chance: random.Random) -> bytes:
    """The content with a few bytes flipped, set, taken out or put in; more often among the first `head`, its header."""
    changing = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.randrange(len(changing) if chance.random() < 0.3 else min(len(changing), head))
        change = chance.randrange(4)
        if change == 0:
            changing[at] ^= 1 << chance.randrange(8)
        elif change == 1:
            changing[at : at + 4] = chance.choice(NUMBERS)
        elif change == 2:
            del changing[at : at + chance.randrange(1, 9)]
        else:
            changing[at:at] = changing[: chance.randrange(1, 99)]
    return bytes(changing)


def held(name: str) -> int:
    """Bytes of memory this process holds now (`VmRSS`) or has held at most (`VmHWM`), that of native code included."""
    return next(1024 * int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(name))


class Memory:
    """How much more memory than before a piece of code takes at most, where the system tells."""

    def __init__(self) -> None:
        self.most = 0

    def __enter__(self) -> None:
        if PEAK.exists():
            PEAK.write_text("5")  # the peak begins anew
            self._before = held("VmRSS")

    def __exit__(self, *_: object) -> None:
        if PEAK.exists():
            self.most = held("VmHWM") - self._before


def a_result() -> tuple[Job, bytes]:
    """A job and the payload of its file."""
    job = jobs(1)[0]
    computed = execute(job)
    assert isinstance(computed, Computed), computed
    return job, computed.payload


def results_are_fuzzed(
    folder: Path, job: Job, payload: bytes, times: int, chance: random.Random, head: int = 2_000
) -> Counter[str]:
    """How often a changed result, sealed again, was still `read` as one, and how often it was `named` as none."""
    counts: Counter[str] = Counter()
    store, memory = Store(folder), Memory()
    for _ in range(times):
        content = changed(payload, head, chance)
        path = store.write(job, content, job.source)
        with warnings.catch_warnings(record=True) as caught, memory:
            warnings.simplefilter("always")
            found = store.read(job)
        assert memory.most < 2 * len(content) + SPARE, f"{memory.most:,} bytes for {len(content):,}"
        others = [
            one for one in caught if not issubclass(one.category, DamagedFile) or str(path) not in str(one.message)
        ]
        assert not others, [(one.category, str(one.message), one.filename, one.lineno) for one in others]
        assert (found is None) == bool(caught)
        counts["named" if found is None else "read"] += 1
    return counts


def weights_are_fuzzed(folder: Path, times: int, chance: random.Random) -> Counter[str]:
    """The same for the file of a network."""
    counts: Counter[str] = Counter()
    memory, path = Memory(), Path(folder) / "network.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_network(Network.random([20, 30, 20, 5], key=0), path, rule="fa", seed=3)
    valid = path.read_bytes()
    for _ in range(times):
        content = changed(valid, 8 + int.from_bytes(valid[:8], "little"), chance)
        path.write_bytes(content)
        with warnings.catch_warnings(), memory:
            warnings.simplefilter("error")
            said = refusal(path)
        assert memory.most < 2 * len(content) + SPARE, f"{memory.most:,} bytes for {len(content):,}"
        assert not said or (str(path) in said and "\n" not in said), said
        counts["named" if said else "read"] += 1
    return counts


def refusal(path: Path) -> str:
    """What is said of a file that holds no network; empty for one that does."""
    try:
        load_network(path)
    except WeightsFileError as problem:
        return str(problem)
    return ""
