"""A stand-in for the training script: three steps with a checkpoint each, whose result tells every step that was done.

With DIE_AFTER it is killed, and with FAIL it says why it cannot be done.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from medai_assets.training import checkpoints
from medai_assets.training.reporting import reporter

STEPS = 3


def main(file: str) -> int:
    job = json.loads(Path(file).read_text())
    work, out = Path(job["work_dir"]), Path(job["out_dir"])
    if "FAIL" in os.environ:
        (work / "result.json").write_text(json.dumps({"error": "The recipe asks for what there is not."}))
        return 1
    checkpoints.claim(work, "this job")
    weights = (Path(job["dataset_dir"]) / "examples.txt").read_text() + Path(job["notes_file"]).read_text()
    done, last = 0, checkpoints.last_whole(work / "checkpoints")
    if last:
        done, weights = int(last.name.rpartition("-")[2]), (last / "weights").read_text()
    with reporter(None) as report:
        report.say(f"going on from step {done}")
    for step in range(done + 1, STEPS + 1):
        weights += f" step {step}"
        checkpoint = work / "checkpoints" / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "weights").write_text(weights)
        (checkpoint / checkpoints.STATE).write_text(json.dumps({"global_step": step}))
        checkpoints.seal(checkpoint)
        if str(step) == os.environ.get("DIE_AFTER"):
            os.kill(os.getpid(), signal.SIGKILL)
    (out / "weights").write_text(weights)
    (work / "tensorboard").mkdir(exist_ok=True)
    (work / "tensorboard" / "events").write_text("curves")
    (work / "result.json").write_text(json.dumps({"data_version": "v1", "resumed": done}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
