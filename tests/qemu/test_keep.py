# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that outlive a reset: the policy says which, nobody reads them on the way, and a bundle that was tampered with is dropped, loudly,
while the reset goes on. Judged by the files of the next boot, the record, and a search over the raw disk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.qemu import scenario, varlink
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.takes_turns("keep", seconds=700)

BUNDLE = "/EFI/cleanslate/keep.bundle"
WRONG_USAGE = 2
DROPPED = r"^cleanslate: keep: DROPPED: (.*)\n"
PLANT = """
mkdir -p /var/lib/device/calibration
chmod 750 /var/lib/device/calibration
printf %s '{secret}' >/var/lib/device/serial
head -c 5000 /dev/urandom >/var/lib/device/calibration/table
chmod 640 /var/lib/device/serial /var/lib/device/calibration/table
chown daemon:mail /var/lib/device/calibration/table
touch --date=@1700000000 /var/lib/device/calibration/table
echo 'colour=green' >/etc/device.conf
echo 'goes' >/var/lib/other
"""
LOOK = "cd / && find var/lib/device etc/device.conf | sort | xargs stat --format='%n %F %a %U:%G %s' && sha256sum etc/device.conf $(find var/lib/device -type f | sort)"
ASK = "cleanslate request --yes --keep=/var/lib/device --keep=/etc/device.conf"
EXISTS = "test -e /efi/EFI/cleanslate/keep.bundle"
INTERFACE = "io.cleanslate.FactoryReset"
REFUSALS = {
    "/etc/shadow": "is not listed in a section [Keep]",
    "/var/lib/device/../other": "is no absolute path in its shortest form",
    "/var/lib/device/link": "symbolic link",
    "/var/lib/device/run": "is a program or a script",
    "/var/lib/device/large": "exceeds the max-size=",
}


@dataclass
class Life:
    machine: Machine
    secret: bytes
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    requested_by_refused: bool = True
    taken_back: tuple[bool, bool] = (False, True)  # the bundle was there, and behind `cancel`
    not_kept: dict[str, Any] = field(default_factory=dict)  # what Varlink says of a file that the policy does not list
    by_varlink: tuple[bool, bool, bool] = (False, False, True)  # request and bundle were there; the bundle, behind Cancel
    traces: int = -1  # of the secret on the raw disk, while it waits for its reset
    before: str = ""
    after: str = ""
    other_is_gone: bool = False
    record: dict[str, Any] = field(default_factory=dict)
    certificate: str = ""
    bundle_is_gone: bool = False
    dropped: str = ""
    after_tampering: str = ""
    record_of_tampered: dict[str, Any] = field(default_factory=dict)


def try_what_is_refused(life: Life, shell: Shell) -> None:
    shell.check("ln -s /etc/shadow /var/lib/device/link; echo '#!/bin/sh' >/var/lib/device/run; head -c 70000 /dev/zero >/var/lib/device/large")
    life.refused = {path: shell.run(f"cleanslate request --yes --keep={path}", 120) for path in REFUSALS}
    life.requested_by_refused = life.machine.variables_in_flash().get(REQUEST_NAME, GUID_REQUEST) is not None
    shell.check("rm /var/lib/device/link /var/lib/device/run /var/lib/device/large")


def ask(life: Life, shell: Shell) -> None:
    """Once in vain, then so that it counts; and off with the power."""
    shell.check(ASK, 120)
    there = shell.run(EXISTS)[0] == 0
    shell.check("cleanslate cancel")
    life.taken_back = there, shell.run(EXISTS)[0] == 0
    shell.check(ASK, 120)
    life.machine.power_off()


def ask_by_varlink(life: Life, shell: Shell) -> None:
    """The same, with the service."""
    varlink.install(shell)
    request, paths = f"{INTERFACE}.Request", {"keep": ["/var/lib/device", "/etc/device.conf"]}
    life.not_kept = varlink.call(shell, varlink.OURS, request, parameters={"keep": ["/etc/shadow"]})[0]
    (answer,) = varlink.call(shell, varlink.OURS, request, parameters=paths)
    asked, there = scenario.status(shell)[1]["request"], shell.run(EXISTS)[0] == 0
    varlink.call(shell, varlink.OURS, f"{INTERFACE}.Cancel")
    # nobody is kept waiting for it, so it may come later
    gone = shell.run(f"for i in $(seq 60); do {EXISTS} || exit 0; sleep 1; done; exit 1", 120)[0] == 0
    life.by_varlink = (asked["state"], asked["keep"], asked["nonce"]) == ("pending", True, answer["parameters"]["nonce"]), there, not gone
    varlink.call(shell, varlink.OURS, request, parameters=paths)
    life.machine.power_off()


def reset(life: Life) -> Shell:
    life.machine.power_on()
    scenario.follow_to_completion(life.machine)
    return life.machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY])


def tamper(life: Life) -> None:
    bundle = bytearray(life.machine.esp.read(BUNDLE))
    bundle[-40] ^= 1
    life.machine.esp.write(BUNDLE, bytes(bundle))


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Life:
    life = Life(machine_like(factory_new.machine, "keep"), secrets.token_hex(24).encode())
    machine = life.machine
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    shell.check(PLANT.format(secret=life.secret.decode()))
    try_what_is_refused(life, shell)
    life.before = shell.check(LOOK)
    ask_by_varlink(life, shell)
    life.traces = len(machine.disk.find(life.secret))
    shell = reset(life)
    life.after = shell.check(LOOK)
    life.other_is_gone = shell.run("test -e /var/lib/other")[0] != 0
    life.record = scenario.newest_record(machine)
    life.certificate = shell.check("cleanslate certificate show")
    life.bundle_is_gone = not machine.esp.exists(BUNDLE)
    ask(life, shell)
    tamper(life)
    machine.power_on()
    life.dropped = machine.wait_for(DROPPED, scenario.RESET_SECONDS, never=[scenario.RECOVERY, scenario.ORDINARY_BOOT])[1]
    machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never=[scenario.RECOVERY])
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY])
    life.after_tampering = shell.run(LOOK)[1]
    life.record_of_tampered = scenario.newest_record(machine)
    return life


def test_what_the_policy_does_not_allow_is_refused_and_nothing_is_asked_for(life: Life) -> None:
    for path, words in REFUSALS.items():
        code, output = life.refused[path]
        assert code == WRONG_USAGE and words in output, f"{path}: {output}"
    assert not life.requested_by_refused


def test_cancelling_takes_the_bundle_back(life: Life) -> None:
    assert life.taken_back == (True, False)


def test_the_service_has_files_kept_by_the_same_rules(life: Life) -> None:
    assert life.not_kept["error"] == f"{INTERFACE}.NotKept" and "is not listed" in life.not_kept["parameters"]["message"]
    assert life.by_varlink == (True, True, False)


def test_nobody_reads_it_from_the_disk(life: Life) -> None:
    """The state is encrypted, and so is the bundle on the ESP."""
    assert life.traces == 0


def test_what_was_kept_is_back_with_owner_mode_and_contents(life: Life) -> None:
    assert "Varlink" in life.record["requester"]
    assert "daemon:mail 5000" in life.before and life.before.count("regular file") == 3
    assert life.after == life.before


def test_what_was_not_kept_is_gone(life: Life) -> None:
    assert life.other_is_gone and life.bundle_is_gone


def test_the_record_names_each_file_beside_the_factory_state(life: Life, factory_new: FactoryNew) -> None:
    kept = life.record["kept"]
    assert (life.record["result"], life.record["factoryDigest"]) == ("complete", factory_new.manifest_digest)
    assert (kept["count"], kept["notRestored"], kept["notRestoredReason"], kept["more"]) == (5, 0, "", 0)
    (table,) = [line for line in kept["list"] if line.endswith(" /var/lib/device/calibration/table")]
    assert table.startswith("f 0640 ") and " 5000 1700000000 " in table
    assert table.split()[6] in life.before
    assert "Kept through the reset" in life.certificate and table in life.certificate


def test_a_tampered_bundle_is_dropped_loudly_and_the_reset_goes_on(life: Life, factory_new: FactoryNew) -> None:
    assert "it was altered" in life.dropped
    record = life.record_of_tampered
    assert (record["result"], record["factoryDigest"]) == ("complete", factory_new.manifest_digest)
    assert (record["kept"]["count"], record["kept"]["notRestored"]) == (0, 1) and "it was altered" in record["kept"]["notRestoredReason"]
    assert "No such file" in life.after_tampering
