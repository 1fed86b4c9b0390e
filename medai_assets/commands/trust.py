"""`medai keygen`, `sign`, `certify` and `verify`: statements about models and withdrawals that others can check without us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zipfile import is_zipfile

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.lineage import Json, answering
from medai_assets.foundation.child_processes import children_ended
from medai_assets.foundation.extras import ExtraMissing
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store, StoreError
from medai_assets.storage.errors import label

if TYPE_CHECKING:
    from medai_assets.trust.verify import Claim


def keygen(
    file: Annotated[
        Path, typer.Argument(help="File to write the private key to; the public one goes beside it.")
    ],
) -> None:
    """Make an ed25519 key for signing; MEDAI_SIGNING_PASSPHRASE encrypts it. Give others only FILE.pub."""
    from medai_assets.trust.envelope import generate

    with console.clear_errors(ExtraMissing):
        try:
            public = generate(file)
        except FileExistsError:
            raise console.fail(f"{escape(str(file))} already exists; choose another file") from None
    console.say(
        escape(
            f"{file} is the private key: set MEDAI_SIGNING_KEY={file}\n"
            f"{public} is the public key: give it to those who verify."
        )
    )


def sign() -> None:
    """Sign the current adapters and merged models that were made before a key was set."""
    from medai_assets.trust.envelope import NotTrusted
    from medai_assets.trust.models import MODELS, sign_model

    settings = get_settings()
    _require_key(settings)
    store = Store(settings.store_root)
    with console.clear_errors(NotTrusted, ExtraMissing, StoreError):
        for asset in MODELS:
            for name in store.partitions(asset):
                if (stored := store.current(asset, name)) is not None and sign_model(settings, stored):
                    console.out.print(
                        escape(f"signed {label(asset, name)} {console.short(stored.data_version)}")
                    )


def certify(
    record: Annotated[str, typer.Argument(help="The withdrawn record's id, or its url.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default: certificate-RECORD.json here.")
    ] = None,
    with_replay: Annotated[
        bool,
        typer.Option(
            "--replay", help="Train every current adapter again, and state that the same bytes came out."
        ),
    ] = False,
) -> None:
    """Sign a statement that a withdrawn record is out: of the data set, of what every current model learned, of every file.

    Refused where it would not be true, with the command that makes it so.
    """
    from medai_assets.lineage.impact_targets import record_named
    from medai_assets.planning.claims import WaitedTooLong
    from medai_assets.trust.certificate import NotYet, in_file_name, keep, statement
    from medai_assets.trust.envelope import NotTrusted, load_signer
    from medai_assets.trust.envelope import sign as signed
    from medai_assets.trust.replay import ReplayFailed
    from medai_assets.withdrawals.leftovers import find_remnants

    settings = get_settings()
    key = _require_key(settings)
    expected = (NotYet, NotTrusted, ReplayFailed, ExtraMissing, WaitedTooLong)
    with answering(settings) as lineage, console.clear_errors(*expected):
        store, record = lineage.store, record_named(lineage.store, record)
        signer = load_signer(key)
        statement(store, record, 0)  # what is quickly refused is refused before every file is read
        found = find_remnants(settings, store, [record])
        if found.left:
            raise NotYet(
                f"{counted(len(found.left), 'file')} still hold text of {record}, the first {found.left[0].path}: "
                f"{found.left[0].remedy}; `medai erase {record}` lists them"
            )
        again = _replays(settings, store) if with_replay else {}
        certificate = statement(store, record, found.searched)
        for model in certificate["predicate"]["models"]:
            model["replay"] = again.get((model["name"], model["data_version"]))
            if with_replay and model["replay"] is None:
                raise NotYet(f"{model['name']} was retrained in the meantime; run the same command again")
        data = signed(certificate, signer)
        keep(store, record, certificate["predicate"]["data_set"]["data_version"], data)
    out = out or Path(f"certificate-{in_file_name(record)}.json")
    console.write_file(out, data.decode())
    models = ", ".join(model["name"] for model in certificate["predicate"]["models"]) or "no model"
    console.say(
        escape(
            f"{out}: {record} is in no example of the data set, and {models} learned nothing that rests on it."
        )
    )


def _replays(settings: Settings, store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    """What training every current adapter again gave, by name and data version; one at a time, and beside no other training."""
    from medai_assets.commands.stored_models import base_directory, recipe_of
    from medai_assets.graph.graph import PartitionId
    from medai_assets.lineage.versions import ADAPTER
    from medai_assets.planning.claims import claim
    from medai_assets.trust.certificate import current_adapters
    from medai_assets.trust.replay import replay

    found = {}
    for one in current_adapters(store):
        name, folder = one.partition or "", settings.work_dir / "replay"
        target = PartitionId(one.asset, name)
        # of all trainings
        turn = claim(settings, PartitionId(ADAPTER, name), "`medai certify --replay`", console.say_on_stderr)
        with console.ended_by_signal(), children_ended(), turn:
            adapter = store.require(*target)  # as it is now that the turn has come
            recipe = recipe_of(store, adapter)
            console.say_on_stderr(escape(f"Training {target} again …"))
            outcome = replay(adapter, recipe, base_directory(settings, recipe), folder)
            found[str(target), adapter.data_version] = outcome
    return found


def verify(
    file: Annotated[
        Path, typer.Argument(help="A certificate of `medai certify`, or a bundle of `medai bundle`.")
    ],
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Public key (.pub); default: MEDAI_TRUSTED_KEYS.")
    ] = None,
    only_file: Annotated[
        bool, typer.Option("--only-file", help="Check what the file proves by itself; no store is looked at.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a certificate or a bundle by a public key; no network is needed.

    Each claim of a certificate is computed again from the store. A bundle is checked by itself: every file of it, and
    what each certificate in it proves without a store.
    """
    from medai_assets.trust.bundle.seal import verified_bundle
    from medai_assets.trust.envelope import NotTrusted, load_public
    from medai_assets.trust.models import trusted_keys
    from medai_assets.trust.verify import verified

    settings = get_settings()
    with console.clear_errors(NotTrusted, ExtraMissing, OSError):
        keys = [load_public(one) for one in key] if key else trusted_keys(settings)
        if not keys:
            raise console.fail("there is no key to verify with; add --key FILE.pub", console.USAGE)
        if file.is_dir() or file.suffix.lower() == ".zip" or is_zipfile(file):
            stated, claims = verified_bundle(file, keys)
        else:
            store = None if only_file else _store_to_look_at(settings)
            stated, claims = verified(file.read_bytes(), keys, store)
    holds = not any(claim.problems for claim in claims)
    if as_json:
        about: dict[str, Any] = {
            name: stated[name] for name in ("record", "data_set", "issued_at") if name in stated
        }
        document = {**about, "holds": holds, "claims": [claim._asdict() for claim in claims]}
        console.print_json(json.dumps(document))
    else:
        _show(claims, holds, f"It holds; signed {stated['issued_at'][:16].replace('T', ' ')} UTC.")
    if not holds:
        raise typer.Exit(1)


def _store_to_look_at(settings: Settings) -> Store:
    store = Store(settings.store_root)
    if not store.assets():
        raise console.fail(
            escape(
                f"there is no store at {settings.store_root}: set MEDAI_DATA to a copy of the signer's, or "
            )
            + "add --only-file, which checks what the file proves by itself",
            console.USAGE,
        )
    return store


def _show(claims: list[Claim], holds: bool, verdict: str) -> None:
    for claim in claims:
        mark = "[red]✗[/]" if claim.problems else "[green]✓[/]"
        console.say(f"{mark} {escape(claim.what)}")
        for problem in claim.problems[:10]:
            console.say(f"    {escape(problem)}")
        if (more := len(claim.problems) - 10) > 0:
            console.say(f"    and {more:,} more; --json lists them")
    console.out.print(verdict if holds else "[red]It does not hold.[/]")


def _require_key(settings: Settings) -> Path:
    if settings.signing_key is None:
        raise console.fail(
            "no key to sign with: create one with `medai keygen keys/steward.pem`, then set MEDAI_SIGNING_KEY=keys/steward.pem",
            console.USAGE,
        )
    return settings.signing_key
