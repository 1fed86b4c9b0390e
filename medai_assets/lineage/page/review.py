"""The page on which a person reads one example after another and says what is wrong with it: by keyboard, without a script."""

from __future__ import annotations

from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.lineage.page.page_context import PageContext
from medai_assets.lineage.page.rows import Shown
from medai_assets.lineage.sentences import marked
from medai_assets.lineage.trace import trace_number
from medai_assets.reviews.history import FAULTS, ROLES, add_reviews, latest_verdicts
from medai_assets.reviews.queue import current_bounds, progress, unreviewed
from medai_assets.reviews.reviewers import refuse_others_name


def next_example(context: PageContext) -> Shown:
    """The example to be read next, with its passages, and how far each kind's sample is read."""
    if not context.lineage.datasets():
        return "empty.html", {}
    index, reviews = context.index, latest_verdicts(context.lineage.store)
    kind = context.query("kind") if context.query("kind") in KINDS else ""
    wanted = next(unreviewed(index.dataset, reviews, kind or None), None)
    number = index.example_number(wanted) if wanted else None
    trace = None if number is None else trace_number(context.lineage, index, number)
    texts = {p.passage_id: marked(p.text, p.used) for p in trace.passages} if trace else {}
    return "review.html", {
        "trace": trace, "texts": texts, "kind": kind, "kinds": tuple(KINDS), "faults": FAULTS, "roles": ROLES,
        "reviewer": context.query("reviewer"), "role": context.query("role"), "invited": context.holder,
        "progress": progress(index.dataset, reviews),
        "bounds": {one.kind: one for one in current_bounds(context.lineage.store, index.dataset)},
    }  # fmt: skip


def enter(context: PageContext, sent: dict[str, str]) -> str:
    """Keep a verdict and go on to the next example; "approve" stands where a fault's kind does otherwise.

    It is that of the person whose token was brought, whatever name was sent.

    Raises:
        ReviewError: it cannot be entered, or its name is that of somebody who has a token.
    """
    said = sent.get("verdict", "")
    verdict = {"verdict": "approve"} if said == "approve" else {"verdict": "fault", "fault": said}
    row = {name: sent.get(name, "") for name in ("example_id", "comment", "reviewer", "role")}
    if context.holder:
        row |= {"reviewer": context.holder.name, "role": context.holder.role}
    else:
        refuse_others_name(context.settings.profile_dir, row["reviewer"])
    add_reviews(context.lineage.store, [row | verdict])
    return context.link(
        "review", **{name: sent[name] for name in ("kind", "reviewer", "role") if sent.get(name)}
    )
