"""Fine-tuning: recipes as data, base models as directories, and the plain training script behind Dagster Pipes.

Only `recipe`, `architecture`, `machine`, `memory`, `estimate`, `job` and `errors` are light; every other module imports
torch and runs in a process of its own.
"""

import os

# Read by torch's OpenMP when it loads: waiting threads sleep instead of spinning. On a machine that does anything
# else beside training, spinning threads hold up the one that works (seen: 5 times fewer tokens a second).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
