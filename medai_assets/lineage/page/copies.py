"""A record word for word as it was received, from the raw version that the data set was made from."""

from __future__ import annotations

import pyarrow.compute as pc

from medai_assets.lineage.impact import reach_of
from medai_assets.lineage.impact_targets import Target
from medai_assets.lineage.lookup import LineageError
from medai_assets.lineage.page.page_context import PageContext
from medai_assets.lineage.page.rows import Shown
from medai_assets.storage import Input

MOST_VERSIONS = 100
MOST_CHARACTERS = 1 << 20  # what is longer is for programs


def copy(context: PageContext) -> Shown:
    """The payloads of a record, one for each of its versions.

    Raises:
        LineageError: the data set has no such record, it is withdrawn, or its raw version is no longer kept.
    """
    index, wanted = context.index, context.path["record_id"]
    reach = reach_of(index, Target("record", wanted), MOST_VERSIONS)
    records = context.lineage.records(index, reach.origins.values())
    if not records:
        raise LineageError(f"the data set has no record {wanted}")
    if any(record.withdrawn for record in records):
        raise LineageError(f"{wanted} is withdrawn; its text is no longer shown")
    found = []
    for record in records:
        if record.raw_version is None:
            continue
        raw = context.lineage.open(Input(f"raw_{record.source}", record.slice, record.raw_version))
        asked = (pc.field("record_id") == wanted) & (pc.field("version") == record.version)
        for batch in raw.batches("records", ("payload", "payload_format"), filter=asked):
            found += [(record, row["payload_format"], row["payload"]) for row in batch.to_pylist()]
    if not found:
        raise LineageError(f"the raw version of {wanted} is no longer kept")
    shown = [(record, form, text[:MOST_CHARACTERS], len(text)) for record, form, text in found]
    return "copy.html", {"record_id": wanted, "copies": shown, "most": MOST_CHARACTERS}
