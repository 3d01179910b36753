# SPDX-License-Identifier: GPL-2.0-or-later
"""Services for a test, stopped when it is over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tool.varlink import Service, Start


@pytest.fixture
def start() -> Iterator[Start]:
    made: list[Service] = []
    with tempfile.TemporaryDirectory(prefix="cleanslate-service-") as folder:  # a socket's path has to be short

        def new(*options: str) -> Service:
            at = Path(folder) / str(len(made))
            at.parent.chmod(0o755)
            at.mkdir()
            made.append(Service(at, *options))
            return made[-1]

        yield new
        for service in made:
            service.stop()


@pytest.fixture
def service(start: Start) -> Service:
    return start()
