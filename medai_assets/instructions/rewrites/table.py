"""The asset ``question_rewrites``: questions in a teacher's words, each proved to ask the same, or set aside with the reason.

The teacher is any endpoint that speaks OpenAI's chat completions. It is sent a question and the packaged prompt, never an
answer or a source's text. What it replies is kept: in the table, and until that stands in the working folder, so that what
was stopped asks nothing twice. A question that was asked before, of the same model by the same prompt, is not asked again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import SecretStr

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.parallel import LOCAL, Engine, run
from medai_assets.foundation.plain_text import plain
from medai_assets.foundation.rows import ExampleRow
from medai_assets.foundation.schemas import REWRITE
from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset import by_slice
from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.mixture import MIXTURE_FILE, Mixture
from medai_assets.instructions.dataset.sample import Candidate
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import SourceDocument, documents
from medai_assets.instructions.proof import evidence_of, example_of
from medai_assets.storage import Store, Stored, content_hash
from medai_assets.transport.chat import Chat
from medai_assets.verification import verify
from medai_assets.verification.asks_the_same import asks_the_same

ASSET = "question_rewrites"
TABLE = "rewrites"
PROMPT = (Path(__file__).parent / "question_v1.txt").read_text("utf-8")
PROMPT_VERSION = f"question_v1-{text_digest(PROMPT)[:12]}"
MOST_CHARACTERS = 1000  # of a reply that are kept; a question has fewer
_MARKUP = re.compile(r"[<>*_`#{}\[\]|\\]")  # of a page or a chat; no part of what one asks
_SENTENCE_END = re.compile(r"[.!:;] ")
_OF_FACTS = frozenset({"asks_for_facts", "about_medicine"})  # nobody tells of a case, and nothing is urgent


@dataclass(frozen=True, slots=True)
class Teacher:
    """An endpoint, its model, and how many questions it is asked at most.

    Raises:
        ValueError: no model is named.
    """

    url: str
    model: str
    key: SecretStr | None = None
    most: int = 200
    patience: float = 60.0  # seconds for a reply
    attempts: int = 4

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError(
                "MEDAI_TEACHER_URL is set without MEDAI_TEACHER_MODEL; set that to the model to ask there"
            )


def publish_rewrites(
    store: Store,
    curated: Stored,
    *,
    mixture: Stored,
    teacher: Teacher,
    dataset_code: str,
    work: Path,
    publishing: dict[str, Any],
    engine: Engine = LOCAL,
    progress: Callable[[float, float | None, str], None] = lambda done, total, what: None,
) -> Stored:
    """Ask for what was never asked, prove every reply, and publish the table.

    Args:
        dataset_code: code version of ``instruction_dataset``, whose candidates these are: made once for both.
        work: folder for replies until the table stands.

    Raises:
        UpstreamError: the endpoint refuses or cannot be had; what it said so far is kept.
    """
    wanted = Mixture.load(mixture.local_path() / MIXTURE_FILE)
    jobs = by_slice.jobs(store, curated, mixture, dataset_code)
    todo = [job for job in jobs if by_slice.kept(store, job) is None]
    list(run(by_slice.make, todo, engine))
    parts = [part for job in jobs if (part := by_slice.kept(store, job))]
    chosen = questions(parts, wanted, teacher.most)
    known = replies(store, teacher.model)
    said: dict[str, str] = {}
    with Chat(
        "teacher", teacher.url, teacher.model, teacher.key, work, teacher.patience, teacher.attempts
    ) as chat:
        for done, one in enumerate(chosen):
            progress(done, len(chosen), "questions")
            asked = one.row["prompt"]
            if asked not in known:
                turns = [{"role": "system", "content": PROMPT}, {"role": "user", "content": asked}]
                known[asked] = chat.ask(turns, PROMPT_VERSION, lambda text: None, most_tokens=200).text
            said[one.row["example_id"]] = known[asked]
    rows = list(proved(chosen, said, curated, wanted.emergency_country, teacher.model))
    table = pa.Table.from_pylist(sorted(rows, key=lambda row: row["example_id"]), schema=REWRITE)
    with store.draft(ASSET) as draft:
        draft.write_table(TABLE, table)
        for part in parts:
            draft.reference(part)
        facts = {
            "model": teacher.model,
            "prompt_version": PROMPT_VERSION,
            "prompt": PROMPT,
            "asked": len(chosen),
            "taken": sum(not row["reason"] for row in rows),
            "set_aside": dict(sorted(Counter(_kind_of(r["reason"]) for r in rows if r["reason"]).items())),
        }
        return draft.publish(data_version=content_hash(table, REWRITE.names), **publishing, metadata=facts)


def questions(parts: list[Stored], mixture: Mixture, most: int) -> list[Candidate]:
    """The examples whose questions are rewritten: of proven ones that ask for facts, as many as are wanted, by hash."""
    candidates = Candidates(mixture)
    for part in parts:
        for candidate in by_slice.candidates_of(part):
            candidates.sample.add(candidate)
    found = [one for one in candidates.sample.held() if _may_be_rewritten(one)]
    return sorted(found, key=lambda one: number(mixture.seed, ASSET, one.row["example_id"]))[:most]


def _may_be_rewritten(one: Candidate) -> bool:
    asks = one.row["prompt"].endswith("?") and one.row["prompt"].count("?") == 1
    # One that follows a story ("My father had … How is it found?") cannot be led into by "I was wondering".
    asks = asks and not _SENTENCE_END.search(one.row["prompt"])
    return asks and one.formed is None and bool(KINDS[one.row["kind"]].traits & _OF_FACTS)


def replies(store: Store, model: str) -> dict[str, str]:
    """What the model replied to a question before, by the question, as the current version of the table holds it."""
    current = store.current_if_kept(ASSET)
    if current is None:
        return {}
    rows = current.table(TABLE).to_pylist()
    same = (row for row in rows if (row["model"], row["prompt_version"]) == (model, PROMPT_VERSION))
    return {row["question"]: row["reply"] for row in same}


def proved(
    chosen: list[Candidate], said: Mapping[str, str], curated: Stored, country: str, model: str
) -> Iterator[dict[str, Any]]:
    """REWRITE rows: each reply beside its example, with what speaks against it."""
    wanted = pc.field("document_id").isin(sorted({one.group for one in chosen}))
    by_document: dict[str, list[Candidate]] = {}
    for one in chosen:
        by_document.setdefault(one.group, []).append(one)
    for document in documents(curated.batches("passages", filter=wanted)):
        for one in by_document.get(document.document_id, ()):
            row, reply = one.row, plain(said[one.row["example_id"]])[:MOST_CHARACTERS]
            yield {
                "example_id": row["example_id"],
                "question": row["prompt"],
                "reply": reply,
                "rewritten": cleaned(reply),
                "reason": why_not(row, cleaned(reply), document, country),
                "model": model,
                "prompt_version": PROMPT_VERSION,
                "reply_sha256": text_digest(reply),
                "passage_ids": row["passage_ids"],
                "origins": row["origins"],
            }


def cleaned(reply: str) -> str:
    """A reply without the blanks and quotation marks around it."""
    return reply.strip().strip("\"“”'").strip()


def why_not(row: ExampleRow, rewriting: str, document: SourceDocument, country: str) -> str:
    """What speaks against an EXAMPLE row with its question in other words, ``property: reason``; "" where nothing does."""
    example, evidence = example_of(row, country), evidence_of(row, document)
    found = asks_the_same(example, rewriting, evidence)
    if found is None:
        found = next(iter(verify(replace(example, prompt=rewriting), evidence)), None)
    if found:
        return f"{found.property}: {found.reason}"
    added = sorted(set(_MARKUP.findall(rewriting)) - set(row["prompt"]))
    return f"plain_text: it has the mark {added[0]!r}" if added else ""


def taken(rewrites: Stored | None) -> dict[str, dict[str, Any]]:
    """The proved rows of the asset by example."""
    rows: list[dict[str, Any]] = rewrites.table(TABLE).to_pylist() if rewrites else []
    return {row["example_id"]: row for row in rows if not row["reason"]}


def _kind_of(reason: str) -> str:
    """A reason without what it quotes, so that reasons can be counted."""
    return reason.partition("'")[0].partition('"')[0].strip(" :")
