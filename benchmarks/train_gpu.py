"""Tokens a second and memory of 7–8 B fine-tuning on this machine's GPU, against a default TRL run.

    python benchmarks/train_gpu.py [--families mistral llama qwen2] [--steps 6] [--tiny]

Models have random weights of the published configs (nothing is downloaded); the data are packed documents of about
300 tokens, 4 rows of 2048 tokens a pass. `default` is TRL's SFTTrainer with packing and otherwise as it comes
(recomputation, SDPA, float32 input copies); `lora` and `qlora` are this project's trainer, `qlora-16` the same with the
recomputation that a 16 GB card asks for. Each case runs in a process
of its own, side by side in one session, within ten minutes in all. With `--tiny`, or where there is no GPU, the same
code runs on the CPU over small configs; its ratios only show that it works.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import REPOSITORY, print_ratio, print_table

from medai_assets.training.machine import find_machine

FAMILIES = ("mistral", "llama", "qwen2")
CASES = ("default", "lora", "qlora", "qlora-16")
TOKENS = {"mistral": 12_000, "llama": 10_000, "qwen2": 12_000}  # a second, bf16 LoRA on one H200-class GPU
QLORA_SHARE, OVER_DEFAULT, QLORA_GIB = 0.85, 2.0, 16.0
CARDS = (16, 24, 48, 80)  # GB
CHILD = Path(__file__).with_name("train_case.py")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--steps", type=int, default=6, help="timed passes; three more warm up")
    parser.add_argument("--tiny", action="store_true", help="small configs on the CPU")
    parser.add_argument("--seconds", type=float, default=570, help="no case is begun after so long")
    options = parser.parse_args()
    options.tiny = options.tiny or find_machine().device != "cuda"
    end, rows = time.monotonic() + options.seconds, []
    for family in options.families:
        with tempfile.TemporaryDirectory(prefix=f"train-gpu-{family}-") as model_dir:
            for case in ("make", *CASES):
                if time.monotonic() > end:
                    print(f"{family} {case}: left out, the time is used up", flush=True)
                    continue
                row = _run(family, case, model_dir, options)
                if case != "make" or "error" in row:
                    rows.append(row)
                    print(
                        f"{family} {case}: {row.get('error') or format(row['tokens_per_second'], ',.0f') + ' tokens/s'}",
                        flush=True,
                    )
    _print(rows)
    _ratios({(row["family"], row["case"]): row for row in rows if "error" not in row}, options.tiny)


def _run(family: str, case: str, model_dir: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [
        sys.executable,
        str(CHILD),
        family,
        case,
        model_dir,
        str(options.steps),
        *(["tiny"] if options.tiny else []),
    ]
    environment = (
        os.environ | {"PYTHONPATH": str(REPOSITORY)} | ({"CUDA_VISIBLE_DEVICES": ""} if options.tiny else {})
    )
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"family": family, "case": case, "error": f"failed: {last[:200]}"}
    return {} if case == "make" else json.loads(done.stdout.strip().splitlines()[-1])


def _print(rows: list[dict[str, Any]]) -> None:
    print(f"\n{next((row['device'] for row in rows if 'device' in row), 'nothing ran')}")
    table = []
    for row in rows:
        if "error" in row:
            table.append([row["family"], row["case"], row["error"], "", "", "", ""])
            continue
        fits = " ".join(str(card) for card in CARDS if 0 < row["peak_gib"] < card - 1)
        table.append(
            [row["family"], row["case"], float(row["tokens_per_second"]), row["peak_gib"], f"{row['utilisation']:.0%}",
             fits or "-", row["levers"]]
        )  # fmt: skip
    print_table(["model", "case", "tokens/s", "peak GiB", "model FLOP", "fits cards of GB", "levers"], table)
    print()


def _ratios(found: dict[tuple[str, str], dict[str, Any]], tiny: bool) -> None:
    name = "train-gpu-tiny" if tiny else "train-gpu"
    for family in sorted({family for family, _ in found}):
        rate = {case: found[family, case]["tokens_per_second"] for case in CASES if (family, case) in found}
        if {"lora", "qlora"} <= set(rate):
            print_ratio(f"{name}-{family}-qlora-over-lora", rate["qlora"] / rate["lora"], QLORA_SHARE)
        if not tiny and "qlora-16" in rate:
            print_ratio(
                f"{name}-{family}-qlora-memory", found[family, "qlora-16"]["peak_gib"] / QLORA_GIB, 1.0
            )
        if not tiny and "lora" in rate:
            print_ratio(f"{name}-{family}-tokens", rate["lora"] / TOKENS[family], 1.0)
        if {"lora", "default"} <= set(rate):
            print_ratio(f"{name}-{family}-over-default", rate["lora"] / rate["default"], OVER_DEFAULT)


if __name__ == "__main__":
    main()
