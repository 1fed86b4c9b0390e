"""A signature over every file of an adapter or merged model and over what it was made from (SLSA provenance).

It lies beside the versions, as ``signatures/<data version>.json`` in the partition's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import medai_assets
from medai_assets.lineage.versions import of_adapters
from medai_assets.settings import Settings
from medai_assets.storage import ERASED, Store, Stored
from medai_assets.storage.errors import label
from medai_assets.trust.envelope import STATEMENT, NotTrusted, load_public, load_signer, opened, sign
from medai_assets.trust.subjects import changed, digest, of_version

if TYPE_CHECKING:
    from securesystemslib.signer import Key

MODELS = (*of_adapters(), "merged_model")
PROVENANCE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:medai-assets:stage:v1"


def require_key(settings: Settings) -> None:
    """See that the key which is to sign can be used, before work of hours.

    Raises:
        NotTrusted: it cannot; says why.
    """
    if settings.signing_key is not None:
        load_signer(settings.signing_key)


def sign_model(settings: Settings, stored: Stored) -> bool:
    """Sign a model's version where a key is configured; returns whether it was.

    Raises:
        NotTrusted: the key cannot be used.
        StoreError: a file of the version is damaged.
    """
    if settings.signing_key is None:
        return False
    stored.local_path()  # holds every file against the manifest: nothing damaged is signed
    envelope = sign(_statement(stored), load_signer(settings.signing_key))
    stored.store.put_file(signature_path(stored), envelope)
    return True


def require_intact(settings: Settings, stored: Stored) -> None:
    """Let a model be used only as it was signed, where somebody's key is trusted here.

    Raises:
        NotTrusted: it is unsigned, another key signed it, or a file or what it was made from is another.
    """
    keys = trusted_keys(settings)
    if not keys:
        return
    named = f"{label(stored.asset, stored.partition)} {stored.data_version[:12]}"
    path = signature_path(stored)
    if not stored.store.filesystem.exists(path):
        raise NotTrusted(
            f"{named} is not signed, and trusted keys are set, so only signed models are used; sign it with `medai sign`"
        )
    statement = opened(stored.store.filesystem.cat_file(path), keys, f"{named} ({path})")
    signed = {subject["name"] for subject in statement["subject"]}
    problems = [f"{s['name']} is not signed" for s in of_version(stored) if s["name"] not in signed]
    problems += changed(stored.store, statement["subject"])
    problems += _changed_inputs(stored.store, statement)
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise NotTrusted(
            f"{named} is not what was signed: {'; '.join(problems[:3])}{more}. Do not use it; remove {stored.home} and "
            f"run `medai run --force --select '{label(stored.asset, stored.partition)}'`, which makes it again"
        )


def trusted_keys(settings: Settings) -> list[Key]:
    """Public keys whose signatures count here: those named, and one's own. Raises NotTrusted where one cannot be read."""
    keys = [load_public(Path(file)) for file in settings.trusted_keys]
    if settings.signing_key is not None:
        keys.append(load_signer(settings.signing_key).public_key)
    return keys


def signature_path(stored: Stored) -> str:
    """Where the signature of a version lies."""
    home = stored.store.home(stored.asset, stored.partition)
    return f"{home}/signatures/{stored.data_version}.json"


def _statement(stored: Stored) -> dict[str, Any]:
    manifest = stored.manifest
    return {
        "_type": STATEMENT,
        "subject": of_version(stored),
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"asset": stored.asset, "partition": stored.partition},
                "internalParameters": {"code_version": manifest.code_version},
                "resolvedDependencies": [_dependency(stored.store, i) for i in manifest.inputs],
            },
            "runDetails": {
                "builder": {"id": f"urn:medai-assets:{medai_assets.__version__}"},
                "metadata": {"invocationId": manifest.run_id, "finishedOn": manifest.created_at},
            },
        },
    }


def _dependency(store: Store, ref: Any) -> dict[str, Any]:
    path = f"{store.version_directory(ref.asset, ref.partition, ref.data_version)}/manifest.json"
    return {
        "name": path.removeprefix(f"{store.root}/"),
        "digest": {"sha256": digest(store, path)},
        "annotations": {"asset": ref.asset, "partition": ref.partition, "data_version": ref.data_version},
    }


def _changed_inputs(store: Store, statement: dict[str, Any]) -> list[str]:
    """Inputs that are there and another; one that is gone, or lost the rows of a withdrawn record since, is not held
    against the model."""
    found: list[str] = []
    for one in statement["predicate"]["buildDefinition"]["resolvedDependencies"]:
        annotations = one["annotations"]
        place = (annotations["asset"], annotations["partition"], annotations["data_version"])
        if store.holds(*place) and ERASED not in store.open(*place).manifest.metadata:
            found += changed(store, [one])
    return found
