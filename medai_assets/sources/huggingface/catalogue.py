"""The data sets of the Hugging Face hub that this project knows: columns, licence, terms, and which are refused.

The facts are in ``catalogue.yaml``. A set is refused by default when its licence is not clear, when it contains
questions that models are measured with, or when its use raises a question only its user can answer. Naming it in
``MEDAI_ALLOW_DATASETS`` is that user's decision; the reason is in the error until then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.transport.errors import CollectionFailed

NO_LICENCE = "LicenseRef-None-Stated"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set.

    Args:
        columns: those a row has to have.
        licence: of the text, in the words of ``schemas.LICENCES``.
        attribution: whom to name.
        terms: what a user should know before training on it.
        key: the column that identifies a row, "" when there is none (then the row's content does).
        files: patterns of the data files by configuration; "" is the configuration when none is named. Empty = as the card says.
        refused: why it is not collected unless it is named explicitly; "" when it may be.
        refused_configurations: the same for single configurations.
        flags: put on each record.
    """

    id: str
    columns: tuple[str, ...]
    licence: str
    attribution: str
    terms: str = ""
    key: str = ""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: str = ""
    refused_configurations: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


CATALOGUE = {
    name: msgspec.convert({"id": name, **told}, Dataset)
    for name, told in read_yaml(Path(__file__).with_name("catalogue.yaml")).items()
}


def dataset_named(identifier: str, configuration: str, allowed: tuple[str, ...]) -> Dataset:
    """The set, if it may be collected. A set that is not in the catalogue has to be named explicitly too.

    Args:
        allowed: sets the user names explicitly (``MEDAI_ALLOW_DATASETS``).

    Raises:
        CollectionFailed: it is refused; the message says why and how to decide otherwise.
    """
    known = CATALOGUE.get(identifier)
    if known is None:
        reason = "it is not in the catalogue, so nobody has looked at its licence and at what it contains"
    else:
        reason = known.refused or known.refused_configurations.get(configuration, "")
    if reason and identifier not in allowed:
        raise CollectionFailed(
            f"the data set {identifier}{f' ({configuration})' if configuration else ''} is refused: {reason}. "
            f"If you have looked into it, name it in MEDAI_ALLOW_DATASETS"
        )
    return known or Dataset(
        identifier, columns=(), licence=NO_LICENCE, attribution=f"Hugging Face data set {identifier}"
    )
