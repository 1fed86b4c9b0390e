"""What another web page that the user has open could do to Dagster's page on this machine: nothing that changes something."""

from __future__ import annotations

import pytest
import requests

from medai_assets_tests.browser.conftest import Site
from medai_assets_tests.open_faults import open_fault
from medai_assets_tests.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ISSUE = "trust you can hand over"
WIPE = 'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["nobody"]}}]) { __typename } }'


def reached(answer: requests.Response) -> bool:
    """Whether Dagster itself answered the mutation, whatever it said."""
    return answer.ok and "wipeAssets" in answer.text


@open_fault(ISSUE, "a link or an image on any page can wipe assets")
def test_a_mutation_is_not_taken_from_an_address(site: Site) -> None:
    assert not reached(requests.get(f"{site.dagster}/graphql", params={"query": WIPE}, timeout=PATIENCE))


@open_fault(ISSUE, "a script of any page can wipe assets")
def test_a_mutation_is_not_taken_from_another_origin(site: Site) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert not reached(
        requests.post(f"{site.dagster}/graphql", json={"query": WIPE}, headers=headers, timeout=PATIENCE)
    )


@open_fault(ISSUE, "the page answers under any name that points to this machine")
def test_the_page_answers_only_under_its_own_name(site: Site) -> None:
    answer = requests.get(
        f"{site.dagster}/server_info", headers={"Host": "elsewhere.example"}, timeout=PATIENCE
    )
    assert answer.status_code in (400, 403, 421)


@open_fault(ISSUE, "anyone can report a materialization that never happened")
def test_a_materialization_is_not_reported_from_outside(site: Site) -> None:
    """Asked with an asset that is not there, so that nothing is recorded whatever the answer."""
    headers = {"Origin": "https://elsewhere.example"}
    path = "/report_asset_materialization/"
    answer = requests.post(f"{site.dagster}{path}", json={}, headers=headers, timeout=PATIENCE)
    assert answer.status_code in (401, 403, 404)
