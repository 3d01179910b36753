# SPDX-License-Identifier: GPL-2.0-or-later
"""systemd's own client and Python's, neither of them ours, call the service by both of its interfaces."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tool.varlink import Service

TREE = Path(os.environ["INTEROP"]).resolve()
INTERFACES = ((0, "io.cleanslate.FactoryReset"), (1, "io.systemd.FactoryReset"))
# What the clients see of the service: its sockets, at a place of their own. The mount ends with the command.
IN_TREE = 'mount --bind "$1" "$2/mnt"; tree=$2; shift 2; exec chroot "$tree" "$@"'
CALL = """
import json, sys, varlink
with varlink.Client.new_with_address(sys.argv[1]) as client, client.open(sys.argv[2]) as interface:
    try:
        print(json.dumps(getattr(interface, sys.argv[3])(**json.loads(sys.argv[4]))))
    except varlink.VarlinkError as error:
        print(json.dumps({"error": error.error(), "parameters": error.parameters()}))
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    result = Service(tmp_path)
    yield result
    result.stop()


def run(service: Service, *command: str) -> subprocess.CompletedProcess[str]:
    words = ["unshare", "--mount", "sh", "-euc", IN_TREE, "in-tree", str(service.at), str(TREE), *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def address(which: int) -> str:
    return f"unix:/mnt/{('ours', 'systemd')[which]}"


def varlinkctl(service: Service, which: int, method: str, parameters: str = "{}") -> subprocess.CompletedProcess[str]:
    interface = INTERFACES[which][1]
    return run(service, "varlinkctl", "call", "--json=short", address(which), f"{interface}.{method}", parameters)


def python(service: Service, which: int, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    result = run(service, "python3", "-c", CALL, address(which), INTERFACES[which][1], method, json.dumps(parameters or {}))
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(("which", "interface"), INTERFACES)
def test_varlinkctl_finds_the_interface_and_parses_its_description(service: Service, which: int, interface: str) -> None:
    info = run(service, "varlinkctl", "info", address(which))
    assert info.returncode == 0 and interface in info.stdout, info.stderr
    described = run(service, "varlinkctl", "introspect", address(which), interface)
    assert described.returncode == 0 and f"interface {interface}" in described.stdout, described.stderr


def test_varlinkctl_asks_systemds_interface(service: Service) -> None:
    mode = varlinkctl(service, 1, "GetFactoryResetMode")
    assert json.loads(mode.stdout) == {"mode": "unspecified"}, mode.stderr
    can = varlinkctl(service, 1, "CanRequestFactoryReset")
    assert json.loads(can.stdout) == {"supported": True}, can.stderr


def test_varlinkctl_requests_and_sees_it_pending_by_both_interfaces(service: Service) -> None:
    asked = varlinkctl(service, 0, "Request", '{"reason":"sold"}')
    assert asked.returncode == 0, asked.stderr
    text = service.request_text()
    assert text is not None and json.loads(text)["cleanslate"]["reason"] == "sold"
    assert json.loads(varlinkctl(service, 0, "Status").stdout)["request"]["state"] == "pending"
    assert json.loads(varlinkctl(service, 1, "GetFactoryResetMode").stdout) == {"mode": "pending"}


def test_varlinkctl_shows_an_error_with_its_fields(service: Service) -> None:
    assert varlinkctl(service, 0, "Request", '{"reason":"sold"}').returncode == 0
    result = varlinkctl(service, 0, "Request", '{"reason":"retired"}')
    assert result.returncode != 0 and "io.cleanslate.FactoryReset.AlreadyRequested" in result.stderr
    assert json.loads(result.stdout)["reason"] == "sold"


def test_python_varlink_asks_requests_and_cancels(service: Service) -> None:
    assert python(service, 1, "GetFactoryResetMode") == {"mode": "unspecified"}
    python(service, 0, "Request", {"reason": "sold"})
    status = python(service, 0, "Status")
    assert (status["request"]["state"], status["request"]["reason"]) == ("pending", "sold")
    python(service, 0, "Cancel")
    assert service.request_text() is None
    assert python(service, 1, "GetFactoryResetMode") == {"mode": "unspecified"}


def test_python_varlink_gets_errors_as_errors(service: Service) -> None:
    python(service, 0, "Request", {"reason": "sold"})
    answer = python(service, 0, "Request", {"reason": "retired"})
    assert answer["error"] == "io.cleanslate.FactoryReset.AlreadyRequested" and answer["parameters"]["reason"] == "sold"
