"""The machine found: device, memory and arithmetic rate, without importing torch."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import Literal

import psutil

# Dense bf16 peak in TFLOP/s from NVIDIA's data sheets (without sparsity); fp16 for cards that lack bf16.
PEAK_TFLOPS = {
    "B200": 2250.0, "H200": 989.0, "H100 PCIe": 756.0, "H100": 989.0, "A100": 312.0, "L40S": 362.0, "A10": 125.0,
    "L4": 121.0, "RTX 5090": 209.5, "RTX 4090": 165.2, "RTX 3090": 71.0, "V100": 125.0, "T4": 65.0,
}  # fmt: skip
_NO_BF16 = ("V100", "T4", "P100", "RTX 20")


@dataclass(frozen=True, slots=True)
class Machine:
    """What training would run on."""

    device: Literal["cuda", "cpu"]
    name: str
    devices: int
    memory: int  # bytes on one device; for the CPU, bytes available now
    has_bf16: bool
    peak_flops: float  # floating-point operations a second of one device, as published or (CPU) measured

    @property
    def hardware(self) -> str:
        """What stays the same from run to run: without the memory, of which a CPU has now more, now less."""
        return f"{self.devices} x {self.name}" if self.devices > 1 else self.name

    def says(self) -> str:
        return f"{self.hardware} ({self.memory / 2**30:.0f} GiB)"


def find_machine() -> Machine:
    """The GPUs that `nvidia-smi` lists (those in CUDA_VISIBLE_DEVICES), else this CPU."""
    return _gpus() or Machine(
        "cpu", _cpu_name(), 1, _available_memory(), _cpu_has_bf16(), _measured_cpu_flops()
    )


def _available_memory() -> int:
    """Bytes that can be had now, within this process's cgroup where one limits it."""
    available = psutil.virtual_memory().available
    try:
        with open("/sys/fs/cgroup/memory.max") as limit, open("/sys/fs/cgroup/memory.current") as used:
            found: int = min(available, int(limit.read()) - int(used.read()))
            return found
    except (OSError, ValueError):  # no cgroup v2, or no limit ("max")
        found = available
        return found


def _gpus() -> Machine | None:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shutil.which("nvidia-smi") is None or visible == "":
        return None
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    found = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    rows = [line.rsplit(",", 1) for line in found.stdout.splitlines() if "," in line]
    if found.returncode != 0 or not rows:
        return None
    name, megabytes = rows[0][0].strip(), min(float(row[1]) for row in rows)
    count = len(visible.split(",")) if visible else len(rows)
    peak = next((tflops for card, tflops in PEAK_TFLOPS.items() if card in name), 100.0)
    return Machine(
        "cuda", name, count, int(megabytes * 2**20), not any(c in name for c in _NO_BF16), peak * 1e12
    )


def _cpu_info() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            return info.read(20_000)
    except OSError:
        return ""


def _cpu_name() -> str:
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpu_info().splitlines() if line.startswith("model name")),
        "CPU",
    )
    return f"{model}, {os.cpu_count()} cores"


def _cpu_has_bf16() -> bool:
    info = _cpu_info()
    return "amx_bf16" in info or "avx512_bf16" in info


def _measured_cpu_flops(seconds: float = 0.15) -> float:
    """Rate of a 512 x 512 float32 product, the best of those that fit into so many seconds."""
    import numpy as np

    size = 512
    matrix = np.ones((size, size), dtype=np.float32)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - begin)
    return 2.0 * size**3 / best


# malloc.h: M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
_MMAP_MAX, _TRIM_THRESHOLD, _TOP_PAD = -4, -1, -2
_NEVER = 2**31 - 1  # the largest threshold that mallopt takes
_PAD = 64 << 20  # bytes asked of the system at a time


def keep_freed_memory() -> bool:
    """Keep what is freed until the process ends; returns whether this C library can be told so (glibc).

    A step on a CPU frees arrays of tens of MiB a thousand times over, which glibc gives back and asks for anew, page by page: seen
    were 90,000 page faults a step, 5 to 8 % of its time.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all([mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, _NEVER), mallopt(_TOP_PAD, _PAD)])
