"""The one settings object: data root, profile, upstream addresses, limits and keys.

Every value comes from an environment variable (``MEDAI_<NAME>``, or a key's customary name) or its default here; the
descriptions and examples are what `medai settings` and docs/settings.md show. Keys are read from the environment only
and are ``SecretStr``, so that printing settings never shows one.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

Profile = Literal["sample", "live"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # by which the lineage page lets itself be called
NO_LIMIT = sys.maxsize  # what "none" means where a number of records is expected


class SettingsError(ValueError):
    """Settings that cannot be used, in sentences that name the variables."""


def _base_address(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("write an address such as http://127.0.0.1:3070")
    return value.rstrip("/")


def _chat_address(value: str) -> str:
    """Where questions and a key go: over no open line, and with no key in the address, which is shown and stored."""
    if not value:
        return value
    parts = urlsplit(value)
    if "@" in parts.netloc or parts.query:
        raise ValueError(
            "an address must not contain a user name, password or key; set the key by its own variable"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("it must begin with https:// unless the endpoint is on this machine")
    return value.rstrip("/")


def _list(value: object) -> object:
    """A list as people write one in a variable: with commas, or as JSON."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("separate the items by commas, as in nhs,fda") from None


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]
NamesOrAll = Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_list)]
Files = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_list)]
TRACKERS = ("mlflow", "wandb", "trackio")
ENDPOINT_PREFIX = "MEDAI_ENDPOINT_"


def _endpoints() -> dict[str, str]:
    """Addresses from the environment that replace those the sources state."""
    return {
        name.removeprefix(ENDPOINT_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(ENDPOINT_PREFIX) and value
    }


def _trackers(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(names) - set(TRACKERS)):
        raise ValueError(f"{', '.join(unknown)} is not a tracker; the trackers are {', '.join(TRACKERS)}")
    return names


def _or_none(value: Any) -> Any:
    return NO_LIMIT if value == "none" else value


_MOST_OF_A_KEY = 8192  # characters; servers take no longer header
# What libraries read from the environment themselves, by the setting that makes them ask.
_KEYS_OF_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_KEYS_OF_TRACKERS = {"wandb": ("WANDB_API_KEY",), "mlflow": ("MLFLOW_TRACKING_TOKEN",)}


def problem_of_key(value: str) -> str:
    """Why no request can carry a key, "" where one can; the key is no part of it."""
    if problem := _problem_of_passphrase(value):
        return problem
    if any(character.isspace() for character in value):
        return "it holds a blank"
    return "" if value.isascii() else "it holds a character that is not ASCII"


def _problem_of_passphrase(value: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):  # how Python reads other bytes
        return "it is not UTF-8"
    if len(value) > _MOST_OF_A_KEY:
        return f"it has {len(value):,} characters, and a key has {_MOST_OF_A_KEY:,} at most"
    if "\n" in value or "\r" in value:
        return "it holds a line end"
    return "" if value.isprintable() else "it holds a control character"


def _held_to(problem_of: Callable[[str], str]) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and (problem := problem_of(value)):
            raise ValueError(problem)
        return value

    return BeforeValidator(check)


Key = Annotated[SecretStr | None, _held_to(problem_of_key)]
Passphrase = Annotated[SecretStr | None, _held_to(_problem_of_passphrase)]


def _key(variable: str, meaning: str) -> Any:
    return Field(None, validation_alias=AliasChoices(variable), description=meaning, examples=["your-key"])


class Settings(BaseSettings):
    """Everything a run can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="MEDAI_", frozen=True, extra="ignore", env_ignore_empty=True)

    data: str = Field(
        "./data", description="data root: a folder or any fsspec URL", examples=["s3://bucket/medai"]
    )
    profile: Profile = Field(
        "sample",
        description="sample: packaged data, no network; live: the real upstreams",
        examples=["live"],
    )
    sources: NamesOrAll = Field(None, description="upstreams to use; none named: all", examples=["nhs,fda"])
    base_models: NamesOrAll = Field(
        None, description="recipes to train; none named: the profile's", examples=["qwen-7b"]
    )
    preferences: bool = Field(
        False, description="make preference pairs, and learn from them after the examples", examples=["true"]
    )
    pretraining: bool = Field(
        False,
        description="let adapters read the curated corpus before they learn examples",
        examples=["true"],
    )
    trackers: Annotated[Names, AfterValidator(_trackers)] = Field(
        (),
        description="where training's curves go beside TensorBoard: mlflow, wandb, trackio; kept below the data root unless "
        "the tracker's own variables say otherwise",
        examples=["mlflow"],
    )
    judge_url: Annotated[str, AfterValidator(_chat_address)] = Field(
        "",
        description="base address of an endpoint that speaks OpenAI's chat completions; with it models are judged by its model too",
        examples=["http://127.0.0.1:8000/v1"],
    )
    judge_model: str = Field("", description="the judge's model at that endpoint", examples=["gpt-4.1"])
    teacher_url: Annotated[str, AfterValidator(_chat_address)] = Field(
        "",
        description="base address of an endpoint that speaks OpenAI's chat completions; with it its model rewrites questions",
        examples=["http://127.0.0.1:8000/v1"],
    )
    teacher_model: str = Field("", description="the teacher's model at that endpoint", examples=["qwen3-8b"])
    teacher_questions: int = Field(
        200, ge=1, description="how many questions the teacher is asked to rewrite at most", examples=["2000"]
    )
    config: Path | None = Field(
        None,
        description="folder whose YAML files replace the packaged ones of the same name",
        examples=["my-config"],
    )
    files: str | None = Field(
        None,
        description="folder with a files.yaml that names records of your own (your_own_files.md)",
        examples=["mine"],
    )
    take_downs: Path | None = Field(
        None,
        description="CSV of your own withdrawals; none named: take_downs.csv in the profile's folder",
        examples=["take_downs.csv"],
    )
    actor: str = Field(
        "",
        description="who acts, as the history of withdrawals notes it; none named: your user name",
        examples=["A. Steward"],
    )
    signing_key: Path | None = Field(
        None,
        description="private key of `medai keygen`, by which models and certificates are signed",
        examples=["keys/steward.pem"],
    )
    trusted_keys: Files = Field(
        (),
        description="public keys whose signatures count; where any key is set, an unsigned model is refused",
        examples=["keys/steward.pem.pub"],
    )
    benchmark_files: Files = Field(
        (), description="further benchmark files to keep out of the training data", examples=["exam.jsonl"]
    )
    allow_datasets: Names = Field(
        (),
        description="data sets of the hub to use although their licence is unclear",
        examples=["owner/name"],
    )
    slice_limit: Annotated[int | None, BeforeValidator(_or_none)] = Field(
        None,
        ge=1,
        description="most records a slice, or none for no limit; not set: all in sample; in live 600, but of your own files "
        "and of PubMed in bulk all",
        examples=["5000", "none"],
    )
    meaning_most: int = Field(
        20_000,
        ge=0,
        description="up to how many examples and passages search by meaning is built for; 0 is never",
        examples=["0"],
    )
    max_rejected_share: float = Field(
        0.05, ge=0, le=1, description="share of unreadable records that fails a slice", examples=["0.4"]
    )
    max_shrink_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="share of its records that a slice may lose before it is refused",
        examples=["0.5"],
    )
    emergency_country: str = Field(
        "US",
        description="in whose words and with whose emergency numbers the authored texts advise: US, GB, CA, IE, AU, NZ, or "
        "neutral for those of no country",
        examples=["GB", "neutral"],
    )
    open_to_others: bool = Field(
        False,
        description="let other users of this machine into the profile's folder, made for its owner alone",
        examples=["true"],
    )
    host: str = Field(
        default_factory=socket.gethostname,
        description="this machine's name among those that share a data root; none named: its host name",
        examples=["worker-1"],
    )
    dagster_yaml: Path | None = Field(
        None,
        description="dagster.yaml of your own, as for Postgres; Dagster's folder gets a link to it",
        examples=["deploy/dagster.yaml"],
    )
    dagster_folder: Path | None = Field(
        None,
        validation_alias=AliasChoices("DAGSTER_HOME"),
        description="Dagster's own folder; none named: dagster in the profile's folder",
        examples=["/opt/dagster/home"],
    )
    longest_wait: float = Field(
        24.0,
        gt=0,
        description="hours to wait for another run that makes the same, or uses the same upstream",
        examples=["2"],
    )
    cache: Path | None = Field(
        None,
        description="this machine's folder for drafts and copies of a remote store; none named: in the temporary folder",
        examples=["/scratch/medai"],
    )
    cache_gib: float = Field(
        50.0,
        gt=0,
        description="GiB that copies of a remote store may take; what was not used for a day goes first",
        examples=["200"],
    )
    executor: Literal["processes", "kubernetes"] = Field(
        "processes",
        description="where the page's runs do their steps; kubernetes: in pods, those of the pool training with a GPU",
        examples=["kubernetes"],
    )
    submit_to: Annotated[str, AfterValidator(_base_address)] = Field(
        "",
        description="address of a Dagster page with code server and daemon; `medai run` has its runs made there and follows them",
        examples=["https://dagster.example.org"],
    )
    engine: Literal["local", "ray"] = Field(
        "local",
        description="where slices are processed and candidates made: processes of this machine, or tasks of a Ray cluster",
        examples=["ray"],
    )
    ray_address: str = Field(
        "auto", description="of the Ray cluster; auto: the one that runs here", examples=["ray://head:10001"]
    )
    training_processes: int = Field(
        1,
        ge=1,
        description="processes of one host that train one model together, by torchrun; with GPUs, one for each",
        examples=["4"],
    )
    training_on: Literal["here", "ray", "kubernetes"] = Field(
        "here",
        description="where models are trained, evaluated and merged: processes of this host, a job of the Ray cluster, or a pod",
        examples=["kubernetes"],
    )
    training_pod: Path | None = Field(
        None,
        description="file that describes the pod for it (kind: Pod); its first container does the job",
        examples=["deploy/training-pod.yaml"],
    )
    training_gpus: int = Field(
        1,
        ge=0,
        description="GPUs that the job asks the Ray cluster for; 0: it is done on a CPU",
        examples=["4"],
    )
    workers: int = Field(2, ge=1, description="processes for collection and corpus work", examples=["8"])
    contact_email: str = Field(
        "", description="sent to NCBI, as its usage policy asks", examples=["you@example.org"]
    )
    sandbox_url: str | None = Field(
        None,
        description="a sandbox that already runs; not set: each run starts its own",
        examples=["http://127.0.0.1:3080"],
    )
    lineage_address: Annotated[str, AfterValidator(_base_address)] = Field(
        "http://127.0.0.1:3070",
        description="where the lineage page is served; the assets' metadata link there",
        examples=["http://127.0.0.1:3071"],
    )
    endpoints: Mapping[str, str] = Field(
        default_factory=_endpoints,
        description="an upstream's address in place of its own, one variable for each",
        examples=["https://mirror.example.org"],
    )

    openfda_api_key: Key = _key("OPENFDA_API_KEY", "key of openFDA; raises its daily limit")
    ncbi_api_key: Key = _key("NCBI_API_KEY", "key of NCBI; ten requests a second, not three")
    nhs_api_key: Key = _key("NHS_API_KEY", "key of the NHS website content API; live needs it")
    signing_passphrase: Passphrase = _key(
        "MEDAI_SIGNING_PASSPHRASE", "opens the signing key, where `medai keygen` was told one"
    )
    judge_key: Key = _key("MEDAI_JUDGE_KEY", "key of the judge's endpoint, where it wants one")
    teacher_key: Key = _key("MEDAI_TEACHER_KEY", "key of the teacher's endpoint, where it wants one")
    hf_token: Key = _key("HF_TOKEN", "token of the Hugging Face hub, for gated base models and data sets")

    @model_validator(mode="after")
    def _keys_of_libraries(self) -> Settings:
        wanted = [*(_KEYS_OF_S3 if self.data.startswith("s3") else ())]
        wanted += [name for tracker in self.trackers for name in _KEYS_OF_TRACKERS.get(tracker, ())]
        for name in wanted:
            _check_key(name, os.environ.get(name, ""))
        return self

    def __hash__(self) -> int:
        return hash((self.data, self.profile))  # not of all fields: some hold lists and mappings

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
    def trackers_dir(self) -> Path:
        """What trackers keep of training runs on this machine."""
        return self.profile_dir / "trackers"

    @property
    def kit_dir(self) -> Path:
        """The sample kit: two wheels read as archives."""
        return self.local_root / "kit"

    @property
    def recipes_dir(self) -> Path:
        """The user's own recipes: below the folder of settings, or below the data root where there is none."""
        return (self.config or self.local_root) / "recipes"

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
        return self.dagster_folder.resolve() if self.dagster_folder else self.profile_dir / "dagster"

    @property
    def sandbox_records(self) -> Path:
        """The sandbox's records, editable by the user."""
        return self.profile_dir / "sandbox"

    @property
    def records_served(self) -> Path:
        """What the sandbox serves: the user's copy, or while this host has none the packaged records of which it will be made."""
        own = self.sandbox_records
        return own if own.exists() else Path(__file__).parent / "sandbox" / "records"

    @property
    def take_downs_file(self) -> Path:
        """The user's own withdrawals."""
        return self.take_downs or self.profile_dir / "take_downs.csv"

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
        value = os.environ.get(variable, "")
        _check_key(variable, value)
        return SecretStr(value) if value else None

    def config_file(self, name: str) -> Path:
        """A YAML file of the user's ``config`` folder if it is there, else the packaged one."""
        if self.config and (self.config / name).exists():
            return self.config / name
        return Path(__file__).parent / "config" / name


def _check_key(variable: str, value: str) -> None:
    if problem := problem_of_key(value):
        raise SettingsError(f"{variable} cannot be used as a key: {problem}")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"MEDAI_{name.upper()}"


_WRONG = {
    "int_parsing": "it has to be a whole number",
    "float_parsing": "it has to be a number",
    "bool_parsing": "it has to be true or false",
    "greater_than": "it has to be more than {gt:g}",
    "greater_than_equal": "it has to be {ge} or more",
    "less_than_equal": "it has to be {le} or less",
    "string_type": "it has to be text",
    "literal_error": "it has to be {expected}",
    "value_error": "{error}",
}


def _in_words(error: ValidationError) -> str:
    """One sentence for each setting that is wrong, without the value of a key."""
    return "; ".join(
        _subject(one) + _WRONG.get(one["type"], one["msg"]).format(**one.get("ctx", {}))
        for one in error.errors()
    )


def _subject(one: ErrorDetails) -> str:
    if not one["loc"]:
        return ""  # of several; the sentence names the variable
    name = str(one["loc"][0])
    if name not in Settings.model_fields:  # of a key, which is known by its variable
        return f"{name} cannot be used as a key: "
    return f"{variable(name)} is {_without_secret(one['input'])!r}: "


def _without_secret(value: object) -> object:
    """What was set, without the name, password and question of an address."""
    return re.sub(r"//[^/@]*@|[?].*", "…", value, flags=re.DOTALL) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Settings from the environment, read once a process.

    Raises:
        SettingsError: a variable holds what its setting cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None
    except UnreadableSetting:
        raise SettingsError(
            f"MEDAI_ENDPOINTS cannot be read; set each address by a variable of its own, {ENDPOINT_PREFIX}<NAME>"
        ) from None
