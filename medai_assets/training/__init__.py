"""Fine-tuning: recipes as data, base models as directories, and the plain training script behind Dagster Pipes.

Only `recipe`, `architecture`, `machine`, `estimate`, `job` and `errors` are light; every other module imports torch
and runs in a process of its own.
"""
