"""Corpus assets: withdrawals, benchmark questions, the policy, and the corpus in two steps."""

from datetime import UTC, datetime

import dagster as dg
import orjson

from medai_assets.assets import checks
from medai_assets.assets.lineage_upkeep import mark
from medai_assets.assets.made_once import makes
from medai_assets.assets.resources import Medai
from medai_assets.assets.settings_data import FILE
from medai_assets.assets.work import Work, work
from medai_assets.planning.fingerprints import benchmark_paths
from medai_assets.sources.registry import SOURCES


@makes("withdrawals")
def withdrawals(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.withdrawals.erase import erase_taken_down
    from medai_assets.withdrawals.table import publish_withdrawals

    with work(context, medai) as job:
        file = medai.settings.take_downs_file
        publishing = job.publishing(
            checks.of_withdrawals,
            lambda made: erase_taken_down(medai.store, file),  # those that were entered by hand
            lambda made: mark(medai.settings, medai.store, made),
        )
        stored = publish_withdrawals(medai.store, list(job.inputs.values()), file, publishing)
        return job.result(stored, "withdrawals", page_metadata.of_withdrawals(stored))


@makes("benchmark_questions")
def benchmark_questions(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.corpus.curate.benchmarks import publish_benchmarks
    from medai_assets.sources.benchmark_sets import STATED, hub_benchmarks

    with work(context, medai) as job, medai.upstreams() as settings:
        files = hub_benchmarks(settings, job.progress) + benchmark_paths(settings)
        stated = STATED if settings.profile == "live" else {}
        publishing = job.publishing(lambda made: checks.of_benchmarks(made, stated))
        stored = publish_benchmarks(medai.store, files, publishing)
        return job.result(stored, "questions", page_metadata.of_benchmarks(stored))


@makes("processed_corpus")
def processed_corpus(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.corpus.process.by_slice import process_source

    with work(context, medai) as job:
        _refuse_old_copies(job)
        stored = process_source(
            medai.store,
            context.partition_key,
            list(job.inputs.values()),
            publishing=job.publishing(
                lambda made: checks.of_processing(made.rows("passages"), made.facts["unmapped"])
            ),
            engine=medai.engine,
            progress=job.progress,
        ).stored
        return job.result(stored, "passages", page_metadata.of_processing(stored))


def _rules_of(job: Work) -> tuple[set[tuple[str, str | None]], list[str]]:
    """Withdrawn (record, version) pairs, and the licences that the pinned policy allows."""
    from medai_assets.foundation.licences import LICENCES, LicencePolicy

    rows = job.input("withdrawals").table("withdrawals").to_pylist()
    values = orjson.loads(job.input("curation_policy").read(FILE))
    policy = LicencePolicy.of(values["licence_policy"], values["own_licences"] or ())
    return {(r["record_id"], r["version"]) for r in rows}, [name for name in LICENCES if policy.allows(name)]


def _refuse_old_copies(job: Work) -> None:
    """Publishers' terms bound the age of a copy; building on an older one is refused, saying which to collect again."""
    if job.medai.settings.profile != "live":
        return
    source, now = SOURCES[str(job.target.partition)], datetime.now(UTC)
    for raw in job.inputs.values():
        refreshed = datetime.fromisoformat(raw.receipt.finished_at) if raw.receipt else now
        if source.is_too_old(refreshed, now):
            raise dg.Failure(source.too_old(str(raw.partition), refreshed, now))


@makes("curated_corpus")
def curated_corpus(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.corpus.curate.curation import publish_curated

    with work(context, medai) as job:
        stored = publish_curated(
            medai.store,
            job.inputs_of("processed_corpus"),
            withdrawals=job.input("withdrawals"),
            benchmarks=job.input("benchmark_questions"),
            policy=job.input("curation_policy"),
            publishing=job.publishing(lambda made: checks.of_curation(made, *_rules_of(job))),
            engine=medai.engine,
            progress=job.progress,
        )
        return job.result(stored, "passages", page_metadata.of_curation(stored))
