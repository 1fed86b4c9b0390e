"""The tests see nothing of what a person has set for their own runs."""

from __future__ import annotations

import os
import subprocess
import sys

from medai_assets.settings import Settings, variable
from medai_assets_tests.bare_environment import FOR_TESTS, clear
from medai_assets_tests.conftest import REPOSITORY

OF_LIBRARIES = ["AWS_PROFILE", "HF_TOKEN", "HTTPS_PROXY", "MLFLOW_TRACKING_URI", "http_proxy", "no_proxy"]
OF_A_PERSON = sorted(
    {*map(variable, Settings.model_fields), "MEDAI_ENDPOINT_FDA", "DAGSTER_HOME", *OF_LIBRARIES}
)


def test_no_setting_of_a_person_is_there() -> None:
    assert set(OF_A_PERSON) & os.environ.keys() == set()


def test_settings_are_taken_out() -> None:
    environment = dict.fromkeys(OF_A_PERSON, "of a person")
    clear(environment)
    assert environment == {}


def test_what_tests_are_told_stays_and_so_does_the_machine_s_own() -> None:
    environment = dict.fromkeys(
        [*FOR_TESTS, "HOME", "PATH", "PYTHONPATH", "PIP_CERT", "SSL_CERT_FILE", "PETNAME"], "x"
    )
    before = dict(environment)
    clear(environment)
    assert environment == before


def test_the_tests_start_without_them() -> None:
    test = f"{__file__}::{test_no_setting_of_a_person_is_there.__name__}"
    command = [sys.executable, "-m", "pytest", test]
    hostile = os.environ | dict.fromkeys(OF_A_PERSON, "/of/a/person")
    done = subprocess.run(command, cwd=REPOSITORY, env=hostile, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
