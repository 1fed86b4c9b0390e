"""The asset ``instruction_dataset``: built from the curated corpus and a mixture, checked, published, exported.

Tables: ``examples`` (all rows) and ``removed`` (passages that made none). The exports are renewed only when no blocking
check failed. What of the rows is learned is ``training_examples``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from medai_assets.foundation.parallel import LOCAL, Engine, run
from medai_assets.foundation.rows import ExampleRow, ReviewRow
from medai_assets.foundation.schemas import EXAMPLE, REMOVED
from medai_assets.foundation.vocabularies import KINDS, SPLITS
from medai_assets.instructions.dataset import by_slice
from medai_assets.instructions.dataset.build import Built, mixed_and_split, never_shown
from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.checks import BLOCKING, Check, forbidden, run_checks
from medai_assets.instructions.dataset.croissant import write_croissant
from medai_assets.instructions.dataset.data_card import write_data_card
from medai_assets.instructions.dataset.export import (
    FILE_OF,
    export_files,
    framework_writers,
    write_jsonl,
)
from medai_assets.instructions.dataset.mixture import MIXTURE_FILE, Mixture
from medai_assets.instructions.dataset.set_aside import share_check
from medai_assets.instructions.dataset.tokens import local_tokenizers, token_statistics
from medai_assets.instructions.forms.form import NAME_LABEL, PLAIN, declared
from medai_assets.instructions.rewrites.table import taken
from medai_assets.reviews.sampling import bounds
from medai_assets.settings import get_settings
from medai_assets.storage import Finished, Store, Stored, content_hash

ASSET = "instruction_dataset"
WORTH_PROCESSES = 20_000  # passages; fewer are done before other processes have begun
Progress = Callable[[float, float | None, str], None]


def publish_dataset(
    store: Store,
    curated: Stored,
    *,
    mixture: Stored,
    exports_dir: Path,
    publishing: dict[str, Any],
    reviews: Stored | None = None,
    rewrites: Stored | None = None,
    engine: Engine = LOCAL,
    progress: Progress = lambda done, total, what: None,
) -> Stored:
    """Build, check, publish and export the data set.

    Args:
        curated: a version of ``curated_corpus`` (table ``passages``; ``removed`` where it has one).
        mixture: the asset ``instruction_mixture``; ``values.json`` in it is a Mixture.
        reviews: the asset of that name; None = nobody has read anything.
        rewrites: ``question_rewrites``; None = no teacher is set.
        engine: where candidates are made.
        exports_dir: the JSONL files, README.md and croissant.json go here.
        publishing: arguments of ``Draft.publish``.

    Raises:
        pydantic.ValidationError: the mixture has an unknown name or a value out of bounds.
    """
    wanted = Mixture.load(mixture.local_path() / MIXTURE_FILE)
    verdicts: list[Any] = reviews.table("reviews").to_pylist() if reviews else []
    banned = forbidden(_removed(curated))
    candidates = Candidates(wanted)
    jobs = by_slice.jobs(store, curated, mixture, publishing["code_version"])
    if engine.name == "local" and curated.rows("passages") < WORTH_PROCESSES:
        engine = LOCAL
    parts = list(_made(store, jobs, engine, candidates, progress))
    progress(1, None, "checks")
    built = mixed_and_split(candidates, found_faulty(verdicts), banned, taken(rewrites))
    shown = {passage for row in built.rows for passage in row["passage_ids"]}
    unshown = [
        row
        for part in parts
        for batch in part.batches("unshown")
        for row in never_shown(batch.to_pylist(), built.unused, shown)
    ]
    tokens = token_counts(built.rows, wanted.most_tokens, get_settings().models_dir)
    share = share_check(built.candidates, built.set_aside, wanted)
    checks = [*run_checks(built.rows, wanted, banned), share, token_lengths(tokens)]
    facts = (
        metadata(built, wanted, checks)
        | tokens
        | {"reviews": reviewed(built, verdicts), "reviewed": built.reviewed}
    )

    def exporting(stored: Stored) -> Finished:
        if facts["failed_checks"]:
            return Finished()
        return Finished(outputs=export(built.rows, facts, stored, exports_dir))

    with store.draft(ASSET) as draft:
        table = built.table
        draft.write_table("examples", table)
        with draft.table("removed", REMOVED) as removed:
            removed.write(built.removed)
            removed.write(unshown)
        for part in parts:
            draft.reference(part)
        version = content_hash(table, EXAMPLE.names)
        publishing = publishing | {"finish": [exporting, *publishing.get("finish", ())]}
        return draft.publish(data_version=version, **publishing, metadata=facts)


def _made(
    store: Store, jobs: Sequence[by_slice.Job], engine: Engine, candidates: Candidates, progress: Progress
) -> Iterator[Stored]:
    """The candidates of every slice, those kept as they are, in ``candidates`` too."""
    kept = {job.key: by_slice.kept(store, job) for job in jobs}
    todo = [job for job in jobs if kept[job.key] is None]
    progress(len(jobs) - len(todo), len(jobs), "slices")
    begin = len(jobs) - len(todo) + 1
    for done, (job, made) in enumerate(zip(todo, run(by_slice.make, todo, engine)), start=begin):
        kept[job.key] = store.of_receipt(made)
        progress(done, len(jobs), "slices")
    for part in filter(None, kept.values()):
        candidates.add_counts(part.facts)
        for candidate in by_slice.candidates_of(part):
            candidates.sample.add(candidate)
        yield part


def export(rows: list[ExampleRow], facts: dict[str, Any], stored: Stored, folder: Path) -> dict[str, str]:
    """The JSONL files, the data card, the Croissant file and what training tools want, all or none; returns their hashes by
    path beside the folder."""
    version, day = stored.data_version, stored.manifest.created_at[:10]

    def jsonl(split: str) -> Callable[[Path], object]:
        return lambda path: write_jsonl([row for row in rows if row["split"] == split], path)

    writers: dict[str, Callable[[Path], object]] = {FILE_OF[split]: jsonl(split) for split in SPLITS}
    writers["README.md"] = lambda path: write_data_card(path, rows, facts, version)
    writers["croissant.json"] = lambda path: write_croissant(path, facts, version, day)
    writers |= framework_writers()
    return {f"{folder.name}/{name}": digest for name, digest in export_files(folder, writers).items()}


def metadata(built: Built, mixture: Mixture, checks: list[Check]) -> dict[str, Any]:
    """JSON values for the manifest, the asset's page and the data card."""
    splits = Counter((row["kind"], row["split"]) for row in built.rows)
    licences = Counter(licence for row in built.rows for licence in {o["licence"] for o in row["origins"]})
    return {
        "by_kind": [{"kind": k, "train": splits[k, "train"], "validation": splits[k, "validation"]} for k in KINDS],
        "licences": [{"licence": name, "examples": count} for name, count in sorted(licences.items())],
        "by_source": _table(Counter(row["source"] for row in built.rows), "source"),
        "by_rule": _table(Counter(row["rule"] for row in built.rows), "rule"),
        "by_form": _forms(built.rows),
        "not_formed": [
            {"form": form, "reason": why, "examples": n} for (form, why), n in sorted(built.not_formed.items())
        ],
        "by_audience": _table(Counter(row["audience"] for row in built.rows), "audience"),
        "candidates": built.candidates,
        "cut": built.cut,
        "set_aside": _table(+built.unused, "reason", "passages"),
        "set_aside_examples": [
            {"kind": kind, "property": name, "examples": count}
            for kind, counts in built.set_aside.by_kind.items()
            for name, count in counts.items()
        ],
        "mixture": mixture.model_dump(mode="json"),
        "checks": [{"check": c.name, "passed": c.passed, "blocking": c.name in BLOCKING, "detail": c.detail} for c in checks],
        "failed_checks": [c.name for c in checks if not c.passed and c.name in BLOCKING],
    }  # fmt: skip


def found_faulty(verdicts: Sequence[ReviewRow]) -> dict[str, str]:
    """Example id to what is wrong with it, in the words of the reviewers; one of several is enough."""
    found: dict[str, list[str]] = {}
    for one in verdicts:
        if one["verdict"] == "fault":
            said = f"{one['fault']} ({one['role']})" + (f": {one['comment']}" if one["comment"] else "")
            found.setdefault(one["example_id"], []).append(said)
    return {example_id: "; ".join(said) for example_id, said in found.items()}


def reviewed(built: Built, verdicts: Sequence[ReviewRow]) -> list[dict[str, Any]]:
    """What is known by reading, a row a kind, as ``sampling.Bound`` has it; none where nobody has read any of them."""
    kinds = {row["example_id"]: row["kind"] for row in built.rows} | built.reviewed
    found = bounds(kinds, [one for one in verdicts if one["example_id"] in kinds])
    return [asdict(one) for one in found if one.read or one.beyond]


def _forms(rows: list[ExampleRow]) -> list[dict[str, Any]]:
    """Training examples by the form in which they are told."""
    counts = Counter(declared(row).get(NAME_LABEL, PLAIN) for row in rows if row["split"] == "train")
    return _table(counts, "form")


def token_counts(rows: list[ExampleRow], most_tokens: int, models_dir: Path) -> dict[str, Any]:
    """``tokens`` by base model, and in ``tokens_note`` for which they were counted or why for none."""
    found = local_tokenizers(models_dir)
    note = (
        f"counted with the tokenizers of the base models on this machine: {', '.join(found)}"
        if found
        else "not counted, so rows over the limit are not known: no base model with a tokenizer and a chat template is on "
        "this machine yet; training one prepares it and leaves out and names the rows that are too long"
    )
    counted = {name: token_statistics(rows, folder, most_tokens) for name, folder in found.items()}
    return {"tokens": counted, "tokens_note": note}


def token_lengths(counts: dict[str, Any]) -> Check:
    """Whether every example stays within the limit, for the base models that could be asked; training leaves the longer
    ones out, so this warns and does not block."""
    over = {name: found["over_limit"] for name, found in counts["tokens"].items() if found["over_limit"]}
    named = "; ".join(f"{count} over the limit for {name}" for name, count in over.items())
    return Check("token_lengths", not over, named or counts["tokens_note"])


def _table(counts: Counter[str], name: str, counted: str = "examples") -> list[dict[str, Any]]:
    return [
        {name: key, counted: count} for key, count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
    ]


def _removed(curated: Stored) -> Any:
    """What no example may use of what the corpus set aside."""
    if not curated.has_table("removed"):
        return ()
    wanted = pc.field("step").isin(["decontamination", "withdrawal"])
    return curated.batches("removed", columns=["step", "passage_id", "origins"], filter=wanted)
