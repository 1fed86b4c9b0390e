"""Fine-tuning: recipes as data, base models as directories, and the plain training script behind Dagster Pipes.

Only `recipe`, `architecture`, `machine`, `memory`, `estimate`, `job` and `errors` are light; every other module imports
torch and runs in a process of its own.
"""

import logging
import os

# Read by torch's OpenMP when it loads: waiting threads sleep instead of spinning. On a machine that does anything
# else beside training, spinning threads hold up the one that works (seen: 5 times fewer tokens a second).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# bitsandbytes says when imported that it lacks a kernel for 4-bit inference on some CPUs, and what to install. Nothing
# here infers from 4-bit weights: the advice would help nobody.
logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(
    lambda record: (
        not str(record.msg).startswith("Failed to load CPU gemm_4bit_forward from kernels-community")
    )
)
