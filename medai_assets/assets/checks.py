"""Asset checks that look at what is stored, partition by partition; blocking where a broken set must go no further.

Checks that a stage makes of its own result while it runs stand with the stage; both use the rules of the domain rooms.
"""

from __future__ import annotations

import dagster as dg

from medai_assets.graph import Graph


def asset_checks(graph: Graph) -> list[dg.AssetChecksDefinition]:
    """All separately defined checks."""
    return []
