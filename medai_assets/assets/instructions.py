"""The instruction data set, its mixture, what of it models learn from, and preference pairs."""

import shutil

import dagster as dg

from medai_assets.assets import checks
from medai_assets.assets.lineage_upkeep import index
from medai_assets.assets.made_once import makes
from medai_assets.assets.resources import Medai
from medai_assets.assets.work import work
from medai_assets.foundation.code_versions import code_version
from medai_assets.storage import Stored
from medai_assets.training.placed import StageFailed

TAUGHT = "questions_rewritten"


@makes("reviews")
def reviews(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.reviews.table import publish_reviews

    with work(context, medai) as job:
        stored = publish_reviews(medai.store, job.publishing(checks.of_reviews))
        return job.result(stored, "reviews", page_metadata.of_reviews(stored))


@makes(
    "question_rewrites",
    checks={TAUGHT: ("Of the teacher's replies at least one in ten is proved to ask the same.", False)},
)
def question_rewrites(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.instructions.rewrites.table import TABLE, Teacher, publish_rewrites
    from medai_assets.transport.errors import UpstreamError
    from medai_assets.withdrawals.scratch import teacher_folder

    with work(context, medai) as job:
        settings, folder = medai.settings, teacher_folder(medai.settings.work_dir)
        try:
            stored = publish_rewrites(
                medai.store,
                job.input("curated_corpus"),
                mixture=job.input("instruction_mixture"),
                teacher=Teacher(
                    settings.teacher_url,
                    settings.teacher_model,
                    settings.teacher_key,
                    settings.teacher_questions,
                ),
                dataset_code=code_version("instruction_dataset"),
                work=folder,
                engine=medai.engine,
                publishing=job.publishing(_taught),
                progress=job.progress,
            )
        except (ValueError, UpstreamError) as error:
            raise StageFailed(str(error)) from None
        shutil.rmtree(folder, ignore_errors=True)
        return job.result(stored, TABLE, page_metadata.of_rewrites(stored))


def _taught(made: Stored) -> list[dg.AssetCheckResult]:
    asked, taken = made.facts["asked"], made.facts["taken"]
    passed, severity = 10 * taken >= asked, dg.AssetCheckSeverity.WARN
    counts = {"asked": asked, "taken": taken}
    return [dg.AssetCheckResult(check_name=TAUGHT, passed=passed, severity=severity, metadata=counts)]


@makes(
    "instruction_dataset",
    checks=checks.CHECKS["instruction_dataset"]
    | {
        "withdrawn_in_time": (
            "What was withdrawn and is out for the first time had been known for 7 days at most.",
            False,
        )
    },
)
def instruction_dataset(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.instructions.dataset.publish import publish_dataset

    with work(context, medai) as job:
        stored = publish_dataset(
            medai.store,
            job.input("curated_corpus"),
            mixture=job.input("instruction_mixture"),
            reviews=job.input("reviews"),
            rewrites=job.input("question_rewrites") if medai.settings.teacher_url else None,
            exports_dir=medai.settings.exports_dir,
            engine=medai.engine,
            publishing=job.publishing(
                lambda made: [
                    *checks.of_dataset(made),
                    *checks.of_taking_out(made, job.input("curated_corpus")),
                ],
                lambda made: index(medai.settings, made),
            ),
            progress=job.progress,
        )
        metadata = page_metadata.of_dataset(stored) | {"exported to": job.place(medai.settings.exports_dir)}
        return job.result(stored, "examples", metadata)


@makes("training_examples")
def training_examples(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.instructions.training_examples import publish_training_examples

    with work(context, medai) as job:
        dataset = job.input("instruction_dataset")
        publishing = job.publishing(checks.of_training_examples)
        stored = publish_training_examples(medai.store, dataset, publishing)
        return job.result(stored, "train", page_metadata.of_training_examples(stored))


@makes("preference_dataset")
def preference_dataset(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.instructions.preferences.publish import TABLE, publish_preferences

    with work(context, medai) as job:
        stored = publish_preferences(
            medai.store,
            job.input("instruction_dataset"),
            job.input("curated_corpus"),
            job.inputs_of("processed_corpus"),
            withdrawals=job.input("withdrawals"),
            mixture=job.input("instruction_mixture"),
            publishing=job.publishing(checks.of_preferences),
        )
        return job.result(stored, TABLE, page_metadata.of_preferences(stored))
