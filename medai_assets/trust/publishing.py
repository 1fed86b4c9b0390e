"""Bringing a publication to a folder in the hub's layout, or to the hub, private unless asked otherwise."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from medai_assets.foundation.files import remove_abandoned, unfinished
from medai_assets.foundation.redaction import Secrets
from medai_assets.trust.publication import NotPublishable, Publication, Repository

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,94}[A-Za-z0-9])?")
TOKEN = "HF_TOKEN"  # the variable's name


def to_folder(publication: Publication, folder: Path) -> list[Path]:
    """Write ``<folder>/<version>/{datasets,models}/<name>/…``, the version whole or not at all; returns the repositories.

    Raises:
        NotPublishable: the version is there already, or the folder takes none.
    """
    target = folder / publication.version
    if target.exists():
        raise NotPublishable(f"{target} already exists; the same versions were published before")
    remove_abandoned(folder, target.name)
    draft = unfinished(target)
    try:
        for one in publication.repositories:
            _write(one, draft / f"{one.kind}s" / one.name)
        draft.rename(target)
    except OSError as error:
        raise NotPublishable(f"{target} cannot be written: {error.strerror}; nothing was published") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return [target / f"{one.kind}s" / one.name for one in publication.repositories]


def _write(repository: Repository, folder: Path) -> None:
    for name, content in repository.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)


def require_leave(publication: Publication, owner: str, *, public: bool) -> str:
    """The hub's token, where licences and names let a publication go there; nothing is asked of the hub.

    Raises:
        NotPublishable: a licence forbids it, there is no token, or ``owner`` is no name of an owner.
    """
    if not _OWNER.fullmatch(owner) or Path(owner).exists():
        raise NotPublishable(f"{owner!r} is not an owner on the hub; for a folder, write ./{owner}")
    if public and not publication.redistributable:
        raise NotPublishable(
            "a licence of the data set does not let its text be passed on; publish without --public"
        )
    if not (token := os.environ.get(TOKEN)):
        raise NotPublishable(f"there is no token: set {TOKEN} to one that may write to {owner}")
    return token


def to_hub(publication: Publication, owner: str, *, public: bool = False) -> Iterator[str]:
    """Upload every repository, then tag all of them with the version; yields their addresses as they are done.

    The token is read from the environment only. Begun again after a failure, it ends in the same state.

    Raises:
        NotPublishable: there is no token, a repository is more open than asked for, a licence forbids it, or the hub refuses.
    """
    from httpx2 import HTTPError  # huggingface_hub's own errors are among them
    from huggingface_hub import CommitOperationAdd, HfApi

    token = require_leave(publication, owner, public=public)
    api = HfApi(token=token)
    try:
        for one in publication.repositories:
            repo = f"{owner}/{one.name}"
            api.create_repo(repo, repo_type=one.kind, private=not public, exist_ok=True)
            if not public and not api.repo_info(repo, repo_type=one.kind).private:
                raise NotPublishable(
                    f"{repo} is public on the hub; make it private there, or publish with --public"
                )
            operations = [
                CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
                for name, content in sorted(one.files.items())
            ]
            api.create_commit(repo, operations, repo_type=one.kind, commit_message=publication.version)
        for one in publication.repositories:
            repo = f"{owner}/{one.name}"
            api.create_tag(repo, tag=publication.version, repo_type=one.kind, exist_ok=True)
            yield f"{api.endpoint}/{'datasets/' if one.kind == 'dataset' else ''}{repo}"
    except (HTTPError, OSError) as error:
        reason = Secrets([token]).text(str(error)).strip().partition("\n")[0]
        raise NotPublishable(
            f"the hub refused it: {reason}; what was sent stays there, and the same command continues from it"
        ) from None
