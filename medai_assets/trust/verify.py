"""Checking a certificate from nothing but the file, the store and a public key: each claim is computed again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.storage import Store, Stored, StoreError
from medai_assets.storage.errors import label
from medai_assets.trust import merkle
from medai_assets.trust.certificate import PREDICATE, examples_on, learned_names
from medai_assets.trust.envelope import NotTrusted, opened
from medai_assets.trust.subjects import changed

if TYPE_CHECKING:
    from securesystemslib.signer import Key


class Claim(NamedTuple):
    """One claim of a certificate; ``problems`` says what speaks against it."""

    what: str
    problems: list[str]


def verified(data: bytes, keys: list[Key], store: Store | None) -> tuple[dict[str, Any], list[Claim]]:
    """The predicate of a certificate, and what became of each claim.

    Args:
        store: where the claims are computed again; None = only what the file itself proves.

    Raises:
        NotTrusted: the signature does not hold, or it is no certificate of a withdrawal.
    """
    statement = opened(data, keys, "the certificate")
    if statement["predicateType"] != PREDICATE:
        raise NotTrusted(
            f"this is signed, but is not a certificate of a withdrawal: {statement['predicateType']}"
        )
    predicate = statement["predicate"]
    claims = [Claim("the signature holds", []), *_proofs(predicate)]
    if store is not None:
        files = f"the {len(statement['subject']):,} files that were signed are as they were"
        claims += [Claim(files, list(changed(store, statement["subject"]))), *_again(predicate, store)]
    return predicate, claims


def _proofs(predicate: dict[str, Any]) -> Iterator[Claim]:
    for model in predicate["models"]:
        learned = model["learned"]
        absent = merkle.is_absent(predicate["record"], learned["absent"], learned["records_root"])
        absent = absent and learned["absent"]["size"] == learned["records"]
        what = f"{predicate['record']} is not among the {learned['records']:,} records that {model['name']} learned"
        yield Claim(what, [] if absent else ["the proof does not lead to the root that was signed"])
        if again := model.get("replay"):
            what = (
                f"its signer trained {model['name']} again on {again['machine']}, and all {again['files_the_same']:,} files "
                "came out the same (stated, not computed again here)"
            )
            is_same = again["data_version"] == model["data_version"]
            yield Claim(what, [] if is_same else [f"that was of version {again['data_version']}"])


def _again(predicate: dict[str, Any], store: Store) -> Iterator[Claim]:
    yield _computed("the record is still withdrawn", lambda: _withdrawn(predicate, store))
    yield _computed("no example of the data set rests on it", lambda: _dataset(predicate, store))
    for model in predicate["models"]:
        yield _computed(
            f"what {model['name']} learned gives the roots that were signed",
            lambda m=model: _learned(m, store),
        )


def _computed(what: str, problems: Any) -> Claim:
    try:
        return Claim(what, list(problems()))
    except (StoreError, KeyError, OSError) as error:
        return Claim(what, [str(error)])


def _withdrawn(predicate: dict[str, Any], store: Store) -> Iterator[str]:
    record = predicate["record"]
    rows = _open(store, "withdrawals", predicate["data_set"]["withdrawals"]).table("withdrawals").to_pylist()
    if all(row["record_id"] != record for row in rows):
        yield f"{record} is not among the withdrawals that the data set was made under"
    is_own = any(row["kind"] == "take_down" for row in predicate["withdrawals"])
    if is_own and all(row["record_id"] != record for row in take_downs_in_force(store, None)):
        yield f"{record} was taken back since"


def _dataset(predicate: dict[str, Any], store: Store) -> Iterator[str]:
    dataset = _open(store, predicate["data_set"]["name"], predicate["data_set"]["data_version"])
    if resting := examples_on(dataset, predicate["record"]):
        yield f"{resting:,} examples rest on it"
    if dataset.rows("examples") != predicate["data_set"]["rows"]:
        yield "it has another number of rows"


def _learned(model: dict[str, Any], store: Store) -> Iterator[str]:
    examples, records = learned_names(_open(store, model["name"], model["data_version"]))
    learned = model["learned"]
    if (merkle.root(examples), len(examples)) != (learned["examples_root"], learned["examples"]):
        yield "the examples are others"
    if (merkle.root(records), len(set(records))) != (learned["records_root"], learned["records"]):
        yield "the records are others"


def _open(store: Store, name: str, data_version: str) -> Stored:
    asset, _, key = name.partition("[")
    stored = store.open(asset, key.removesuffix("]") or None, data_version)
    assert label(stored.asset, stored.partition) == name
    return stored
