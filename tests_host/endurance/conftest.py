# SPDX-License-Identifier: MIT
"""A running host of their own for the long runs' short forms; its PIN verifiers cost less than in service."""

from collections.abc import Iterator

import pytest

from tests_host.journeys.crooked import CrookedHost, running


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host
