# SPDX-License-Identifier: GPL-2.0-or-later
"""A key held long resets the machine: nothing is set but logind's own HandlePowerKeyLongPress=factory-reset. The logind is this Debian's,
with systemd's fix for that setting; what the unchanged one does is here, too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import logind, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.shell import Shell

pytestmark = pytest.mark.takes_turns("logind key", seconds=350)

AT = "/run/fixed-logind"
SETTINGS = r"""mkdir -p /run/systemd/logind.conf.d
printf '[Login]\nHandlePowerKey=ignore\nHandlePowerKeyLongPress=factory-reset\n' >/run/systemd/logind.conf.d/key.conf
systemctl restart systemd-logind"""
EXCHANGE = rf"""mkdir -p {AT} /run/systemd/system/systemd-logind.service.d
mount -o ro LABEL={logind.LABEL} {AT}
printf '[Service]\nExecStart=\nExecStart={AT}/systemd-logind\nEnvironment=LD_LIBRARY_PATH={AT}\n' >/run/systemd/system/systemd-logind.service.d/fixed.conf
systemctl daemon-reload
systemctl restart systemd-logind
systemctl is-active systemd-logind"""
EFI_VARIABLES = "/sys/firmware/efi/efivars"


@dataclass(frozen=True)
class Life:
    unchanged: str  # the machine's own logind's journal, after the key
    after_unchanged: dict[str, Any]  # `cleanslate status`
    after_short: dict[str, Any]
    after_failure: dict[str, Any]
    units_after_failure: str
    doctor: list[dict[str, Any]]  # "reset-key", ahead of the setting and behind it
    planned: dict[str, Any]
    record: dict[str, Any]


def wait_until(shell: Shell, condition: str) -> None:
    shell.check(f"timeout 60 sh -c 'until {condition}; do sleep 0.2; done'", 90)


def journal(pattern: str) -> str:
    return f'journalctl --no-pager -u systemd-logind | grep -q "{pattern}"'


def status(shell: Shell) -> dict[str, Any]:
    return scenario.status(shell)[1]


def reset_key(shell: Shell) -> dict[str, Any]:
    """What `cleanslate doctor` finds about keys."""
    checks = json.loads(shell.run("cleanslate doctor --json", 120)[1])["checks"]
    (check,) = [check for check in checks if check["name"] == "reset-key"]
    assert isinstance(check, dict)
    return check


def hold_until(machine: Machine, shell: Shell, condition: str) -> None:
    machine.press_key("power")
    wait_until(shell, condition)
    machine.release_key("power")


def live(machine: Machine, disk: Path) -> Life:
    machine.power_on(Boot(("-drive", f"if=none,id=logind,format=raw,readonly=on,file={disk}", "-device", "virtio-blk-pci,drive=logind")))
    shell = machine.login(scenario.BOOT_SECONDS)
    doctor = [reset_key(shell)]
    shell.check(SETTINGS)
    doctor.append(reset_key(shell))
    hold_until(machine, shell, journal("Scheduled restart job"))
    unchanged, after_unchanged = shell.check("journalctl --no-pager -u systemd-logind"), status(shell)

    shell.check(EXCHANGE)
    machine.send_keys("power")
    wait_until(shell, journal("Power key pressed short"))
    after_short = status(shell)

    shell.check(f"mount -o remount,ro {EFI_VARIABLES}")
    hold_until(machine, shell, "systemctl is-failed --quiet cleanslate-request.service")
    units = shell.run("systemctl show -p ActiveState,Result cleanslate-request-restart.service factory-reset.target; systemctl list-jobs")[1]
    after_failure = status(shell)
    shell.check(f"mount -o remount,rw {EFI_VARIABLES}")

    planned = scenario.plan(shell)
    machine.press_key("power")
    machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [LOGIN, scenario.RECOVERY])
    machine.wait_for(scenario.RESTARTING, 60, [LOGIN, scenario.RECOVERY])
    machine.kill()
    record = scenario.newest_record(machine)
    return Life(unchanged, after_unchanged, after_short, after_failure, units, doctor, planned, record)


@pytest.fixture(scope="module")
def life(folder: Path, factory_new: FactoryNew) -> Iterator[Life]:
    if os.geteuid() != 0:
        pytest.skip("making systemd-logind wants root, for a chroot with what its source needs")
    disk = folder / "logind.raw"
    logind.make_disk(folder / "logind-build", disk)
    machine = factory_new.machine.clone(folder / "logind-key")
    yield live(machine, disk)
    machine.discard()


def test_debians_own_logind_aborts_and_asks_for_nothing(life: Life) -> None:
    assert "Power key pressed long" in life.unchanged
    assert "Assertion" in life.unchanged, "Debian has mended its logind: cleanslate(1) says otherwise, and this test needs no other any more"
    assert life.after_unchanged["request"]["state"] == "absent"


def test_the_doctor_knows_of_it(life: Life) -> None:
    without, with_key = life.doctor
    assert (without["severity"], without["text"]) == ("good", "No hardware key is set to request a reset (logind.conf).")
    assert with_key["severity"] == "warning" and "logind of systemd 252 aborts instead" in with_key["text"]


def test_a_short_press_asks_for_nothing(life: Life) -> None:
    assert life.after_short["request"]["state"] == "absent"


def test_a_request_that_cannot_be_written_restarts_nothing(life: Life) -> None:
    assert life.after_failure["request"]["state"] == "absent"
    assert "ActiveState=active" not in life.units_after_failure and "No jobs" in life.units_after_failure


def test_a_long_press_resets_the_machine(life: Life) -> None:
    assert (life.record["origin"], life.record["requester"]) == ("request", "root")
    assert life.record["reason"] == "factory-reset.target was started"
    scenario.assert_did_as_planned(life.record, life.planned)
