"""What the hub answers with: the facts of a data set, the files of a commit, and a file of rows."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext

_FOLDER = Path(__file__).parent
_API = "https://huggingface.co/docs/hub/api"


def _facts(context: RequestContext) -> ReplyRequest:
    return ReplyRequest(f"api/datasets/{context.query['dataset']}/revision/main")


def _tree(context: RequestContext) -> ReplyRequest:
    commit = context.json("facts.json")["sha"]
    return ReplyRequest(f"api/datasets/{context.query['dataset']}/tree/{commit}", {"recursive": "true"})


def _rows(context: RequestContext) -> ReplyRequest:
    facts = context.json("facts.json")
    name = next(one["rfilename"] for one in facts["siblings"] if one["rfilename"].endswith(".jsonl"))
    return ReplyRequest(f"datasets/{context.query['dataset']}/resolve/{facts['sha']}/{name}")


CONTRACTS = (
    # What a card says is its author's own, and the hub adds facts of its own from time to time.
    Contract(
        _FOLDER / "facts.json",
        _API,
        r"api/datasets/[^/]+/[^/]+/revision/[^/]+",
        _facts,
        open_below=("cardData",),
    ),
    Contract(_FOLDER / "tree.json", _API, r"api/datasets/[^/]+/[^/]+/tree/[^/]+", _tree),
    # The columns are those of one sample set; a live set has its own, which its place in the catalogue names.
    Contract(_FOLDER / "train.jsonl", _API, r"datasets/[^/]+/[^/]+/resolve/[^/]+/.+", _rows, small=False),
)
