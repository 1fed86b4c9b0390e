"""Runs that quote withdrawn text leave no byte of it in Dagster's folder; the others stay."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from medai_assets.automation.erased_runs import forget_runs
from medai_assets.automation.instance import open_instance
from medai_assets.settings import Settings
from medai_assets.withdrawals import scan

TEXT = "Store zyntrapil tablets in the amber bottle with the ribbed cap"


@dg.asset
def quoting() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        metadata={"for example": f"It says: {TEXT}."}, data_version=dg.DataVersion("v7")
    )


@dg.asset
def silent() -> None:
    pass


@dg.asset
def failing() -> None:
    raise ValueError(TEXT)


@pytest.mark.parametrize("guilty", [quoting, failing])
def test_a_run_that_quotes_is_forgotten_and_another_is_kept(
    settings: Settings, guilty: dg.AssetsDefinition
) -> None:
    home = settings.dagster_home
    with open_instance(settings) as instance:
        runs = [dg.materialize([a], instance=instance, raise_on_error=False).run_id for a in (guilty, silent)]
        assert _holding(home)
        assert forget_runs(instance, [TEXT], home) == [f"run {runs[0]} in Dagster's history"]
        assert [run.run_id for run in instance.get_runs()] == runs[1:]
    assert _holding(home) == []


def _holding(home: Path) -> list[scan.Found]:
    return list(scan.holding(home, [TEXT]))


def test_what_a_forgotten_run_made_still_counts_as_made_in_its_version(settings: Settings) -> None:
    with open_instance(settings) as instance:
        dg.materialize([quoting], instance=instance)
        forget_runs(instance, [TEXT], settings.dagster_home)
        event = instance.get_latest_materialization_event(quoting.key)
        assert event is not None
        made = event.asset_materialization
        assert made is not None
        assert (made.tags or {})["dagster/data_version"] == "v7"
        assert dict(made.metadata) == {}
