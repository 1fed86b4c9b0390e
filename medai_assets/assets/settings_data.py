"""Settings as data: the policy, the mixture and the recipes become assets with versions.

What is typed into a run's configuration enters neither versions nor staleness, so nothing that changes a result
is run configuration.
"""

import dagster as dg
import orjson

from medai_assets.assets.common import asset_arguments, counts_table, work
from medai_assets.assets.resources import Medai
from medai_assets.digests import text_digest
from medai_assets.fingerprints import DATA_OF
from medai_assets.graph import Graph

FILE = "values.json"


def settings_asset(graph: Graph, name: str) -> dg.AssetsDefinition:
    """An asset that holds the values of one file of settings (one a partition for recipes)."""

    @dg.asset(**asset_arguments(graph, name))
    def settings_values(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
        with work(context, medai) as job, medai.store.draft(*job.target) as draft:
            values = DATA_OF[name](medai.settings, job.target.partition or "")
            written = orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
            draft.path(FILE).write_bytes(written)
            stored = draft.publish(
                data_version=text_digest(written), **job.publishing, metadata={"values": values}
            )
            rows = [{"setting": key, "value": str(value)} for key, value in sorted(values.items())]
            return job.result(stored, None, {"values": counts_table(rows)})

    return settings_values
