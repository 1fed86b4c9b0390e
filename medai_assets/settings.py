"""The one settings object: data root, profile, upstream addresses, limits and keys.

Every value comes from an environment variable (``MEDAI_<NAME>``, or a key's customary name) or its default here.
Keys are read from the environment only and are ``SecretStr``, so that printing settings never shows one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Profile = Literal["sample", "live"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # by which the lineage page lets itself be called


def _base_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("an address looks like http://127.0.0.1:3070")
    return value.rstrip("/")


ENDPOINT_PREFIX = "MEDAI_ENDPOINT_"


def _endpoints() -> dict[str, str]:
    """Addresses from the environment that replace those the sources state."""
    return {
        name.removeprefix(ENDPOINT_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(ENDPOINT_PREFIX) and value
    }


class Settings(BaseSettings):
    """Everything a run can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="MEDAI_", frozen=True, extra="ignore", env_ignore_empty=True)

    data: str = Field("./data", description="data root: a folder or any fsspec URL")
    profile: Profile = "sample"
    sources: tuple[str, ...] | None = Field(None, description="upstreams to use; none named = all")
    base_models: tuple[str, ...] | None = Field(
        None, description="recipes to train; none named = the profile's"
    )
    config: Path | None = Field(
        None, description="folder whose YAML files replace the packaged ones of the same name"
    )
    files: str | None = Field(
        None, description="folder with a files.yaml that names records of your own (docs/your_own_files.md)"
    )
    take_downs: Path | None = Field(
        None, description="CSV of the user's own withdrawals; default <data>/<profile>/take_downs.csv"
    )
    benchmark_files: tuple[Path, ...] = Field(
        (), description="further benchmark files to keep out of the training data"
    )
    allow_datasets: tuple[str, ...] = Field(
        (), description="data sets without a clear licence that the user names explicitly"
    )
    slice_limit: int | None = Field(
        None, ge=1, description="most records a slice; default: none in sample, 600 in live"
    )
    max_rejected_share: float = Field(
        0.05, ge=0, le=1, description="share of unreadable records that fails a slice"
    )
    max_shrink_share: float = Field(
        0.2, ge=0, le=1, description="share of records a slice may lose before it is refused"
    )
    emergency_country: str = Field(
        "US", description="whose emergency numbers the authored advice names (instructions/)"
    )
    open_to_others: bool = Field(
        False,
        description="let other users of this machine into the profile's folder, made for its owner alone",
    )
    workers: int = Field(2, ge=1, description="processes for collection and corpus work")
    contact_email: str = Field("", description="told to NCBI as they ask")
    sandbox_url: str | None = Field(
        None, description="a sandbox that already runs; default: each run starts its own"
    )
    lineage_address: Annotated[str, AfterValidator(_base_address)] = Field(
        "http://127.0.0.1:3070",
        description="where the lineage page is served; the assets' metadata link there",
    )
    endpoints: Mapping[str, str] = Field(
        default_factory=_endpoints, description="upstream addresses in place of the live ones, by name"
    )

    openfda_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("OPENFDA_API_KEY"))
    ncbi_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("NCBI_API_KEY"))
    nhs_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("NHS_API_KEY"))
    hf_token: SecretStr | None = Field(None, validation_alias=AliasChoices("HF_TOKEN"))

    @property
    def is_remote(self) -> bool:
        """Whether the data root is an object store rather than a local folder."""
        return "://" in self.data and not self.data.startswith("file://")

    @property
    def local_root(self) -> Path:
        """Local folder for what must be local: Dagster's database, work in progress, the kit and base models."""
        local = Path("./data") if self.is_remote else Path(self.data.removeprefix("file://"))
        return local.resolve()

    @property
    def profile_dir(self) -> Path:
        """Local folder of this profile; sample and live never share anything but the kit."""
        return self.local_root / self.profile

    @property
    def store_root(self) -> str:
        """Where published assets live: a local folder or an fsspec URL."""
        return (
            f"{self.data.rstrip('/')}/{self.profile}/store"
            if self.is_remote
            else str(self.profile_dir / "store")
        )

    @property
    def work_dir(self) -> Path:
        """Journals of unfinished collections and training checkpoints."""
        return self.profile_dir / "work"

    @property
    def kit_dir(self) -> Path:
        """The sample kit: two wheels read as archives."""
        return self.local_root / "kit"

    @property
    def models_dir(self) -> Path:
        """Prepared base models."""
        return self.local_root / "models"

    @property
    def exports_dir(self) -> Path:
        """Plain copies for people and other tools: the JSONL files, the data card."""
        return self.profile_dir / "exports"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own folder (SQLite storage, dagster.yaml)."""
        return self.profile_dir / "dagster"

    @property
    def sandbox_records(self) -> Path:
        """The sandbox's records, editable by the user."""
        return self.profile_dir / "sandbox"

    @property
    def take_downs_file(self) -> Path:
        """The user's own withdrawals."""
        return self.take_downs or self.profile_dir / "take_downs.csv"

    @property
    def record_limit(self) -> int | None:
        """Most records of one slice, None for all."""
        return self.slice_limit or (600 if self.profile == "live" else None)

    @property
    def lineage_place(self) -> tuple[str, int] | None:
        """Host and port at which this machine serves the lineage page; None when another server does."""
        parts = urlsplit(self.lineage_address)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path:
            return None
        return parts.hostname, parts.port or 80

    def with_endpoints(self, endpoints: Mapping[str, str]) -> Settings:
        """The same settings with other upstream addresses."""
        return self.model_copy(update={"endpoints": endpoints})

    def key(self, variable: str) -> SecretStr | None:
        """The key that an environment variable holds; None when it is not set."""
        if variable.lower() in type(self).model_fields:
            found: SecretStr | None = getattr(self, variable.lower())
            return found
        value = os.environ.get(variable)
        return SecretStr(value) if value else None

    def config_file(self, name: str) -> Path:
        """A YAML file of the user's ``config`` folder if it is there, else the packaged one."""
        if self.config and (self.config / name).exists():
            return self.config / name
        return Path(__file__).parent / "config" / name


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Settings from the environment, read once a process."""
    return Settings()
