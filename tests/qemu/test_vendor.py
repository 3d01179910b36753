# SPDX-License-Identifier: GPL-2.0-or-later
"""The vendor's way, as docs/vendor.md has it: a plain Debian, Cleanslate's packages, the script of the guide as it stands; then a
machine under Secure Boot that is reset, judged from outside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.qemu import canaries, scenario, vendor
from tests.qemu.canaries import Canaries
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.shell import Shell
from tests.qemu.vendor import Made

pytestmark = pytest.mark.takes_turns("vendor", seconds=700)


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    return vendor.make(folder, "vendor")


@dataclass(frozen=True)
class Life:
    machine: Machine
    doctor: tuple[int, str]
    failed_units: str
    mounts: dict[str, str]  # mount point -> options
    canaries: Canaries
    canaries_readable: int  # before
    canaries_raw_before: int  # planted in plain text on the raw disk: what the search has to find
    digest: str
    verified: tuple[int, str]
    machine_info: tuple[str, str]  # what the hook made of the serial number, behind the first boot and behind the reset
    verbs: dict[str, tuple[int, str]]  # behind the reset
    found_after: tuple[int, str]  # looking for the owner's files once the reset is through


# What `status --watch` says of a request that comes and goes; each line is waited for.
WATCH = """
cleanslate status --watch --json >/run/watch & watcher=$!
lines() { until [ "$(wc -l </run/watch)" -ge "$1" ]; do sleep 0.2; done; }
lines 1; cleanslate request --yes --reason watched >/dev/null; lines 2; cleanslate cancel >/dev/null; lines 3
kill $watcher; cat /run/watch
"""
VERBS = {
    "list": "cleanslate certificate list",
    "show": "cleanslate certificate show",
    "export": "mkdir /run/exported && cleanslate certificate export --output=/run/exported >/dev/null && ls /run/exported",
    "log": "cleanslate log",
    "preflight": "cleanslate preflight",
    "status": "cleanslate status",
    "watch": f"timeout 120 bash -c '{WATCH}'",
}
MOUNTS = "findmnt --noheadings --list --output TARGET,OPTIONS"


def use(shell: Shell) -> tuple[Canaries, int]:
    """What a device is in use for."""
    planted = Canaries()
    planted.write(shell)
    return planted, planted.count_files(shell)


@pytest.fixture(scope="module")
def life(made: Made, new_machine: Callable[..., Machine], collected: Figures) -> Life:
    machine = new_machine(made.disk, "vendor")
    machine.enroll(made.variables)
    machine.power_on(Boot(options=("-smbios", "type=1,serial=SN-4711")))
    shell = machine.login(scenario.RESET_SECONDS)
    doctor, failed = shell.run("cleanslate doctor"), shell.run("systemctl --failed --no-legend --plain")[1]
    mounts = dict(line.split() for line in shell.check(MOUNTS).splitlines())
    named = shell.check("cat /etc/machine-info")
    shell.check("rm /etc/machine-info")
    planted, readable = use(shell)
    raw_before = planted.found_on(machine.disk)
    asked_at = machine.console.seconds()
    shell.start("cleanslate request --yes --reboot --reason sold")
    reset = scenario.follow_reset(machine)
    scenario.record_figures(machine, collected, asked_at)
    shell = machine.login_now()
    verified = shell.run("cleanslate certificate verify")
    verbs = {name: shell.run(command, 180) for name, command in VERBS.items()}
    named_again = shell.check("cat /etc/machine-info")
    after = shell.run("ls -d " + " ".join(canaries.FOLDERS))
    machine.power_off()
    return Life(machine, doctor, failed, mounts, planted, readable, raw_before, reset.digest, verified, (named, named_again), verbs, after)


def test_the_script_of_the_guide_runs_as_it_stands(made: Made) -> None:
    assert "disk.raw is ready" in made.said


def test_the_package_enables_its_units(made: Made) -> None:
    listing = subprocess.run(["tar", "--list", "--file", made.output / "root.tar"], check=True, capture_output=True, text=True).stdout
    for link in ("factory-reset.target.requires/cleanslate-request.service", "multi-user.target.wants/cleanslate-boot-ok.service"):
        assert f"./etc/systemd/system/{link}\n" in listing


def test_nothing_of_the_build_machine_is_left_in_it(made: Made) -> None:
    names = subprocess.run(["unsquashfs", "-ls", "-no-progress", made.output / "image" / "root.squashfs"], check=True, capture_output=True, text=True)
    for path in ("/etc/resolv.conf", "/var/lib/apt/lists/lock", "/boot/vmlinuz", "/tmp/cleanslate"):
        assert path not in names.stdout


def test_it_starts_under_secure_boot_and_nothing_stands_in_the_way_of_a_reset(life: Life) -> None:
    assert life.doctor[0] == 0 and "A reset would work here" in life.doctor[1]
    assert "secure-boot" not in life.doctor[1]


def test_no_unit_fails(life: Life) -> None:
    assert life.failed_units == ""


def test_what_is_written_to_is_not_executed(life: Life) -> None:
    for place in ("/etc", "/var", "/tmp", "/dev/shm"):
        assert {"rw", "noexec", "nosuid", "nodev"} <= set(life.mounts[place].split(","))
    assert "ro" in life.mounts["/"].split(",")


def test_its_owner_had_files_and_they_were_encrypted(life: Life) -> None:
    assert life.canaries_readable == canaries.COUNT
    assert life.canaries_raw_before == 0


def test_the_reset_ends_in_the_state_that_the_builder_promised(made: Made, life: Life) -> None:
    assert life.digest == made.factory_digest
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["factoryDigest"]) == ("complete", life.digest)


def test_the_hook_of_the_guide_names_the_device_in_first_boot_and_reset_alike(life: Life) -> None:
    assert life.machine_info == ('PRETTY_HOSTNAME="Kiosk SN-4711"',) * 2
    steps = scenario.newest_record(life.machine)["steps"]
    (hooks,) = [step for step in steps if step["kind"] == "run-hooks"]
    assert hooks["result"] == "ok" and hooks["check"].startswith("1 of the image's hooks ran")
    assert steps.index(hooks) > max(place for place, step in enumerate(steps) if step["kind"] == "verify-tree")


def test_a_hook_that_fails_fails_the_building_in_words(made: Made, new_machine: Callable[..., Machine]) -> None:
    machine = new_machine(made.disk, "vendor-without-serial")
    machine.power_on(Boot(options=("-smbios", "type=1,serial=to be filled in")))
    why = r"The image's hook 50-name-device failed: the firmware has no usable serial number \(exit status 1\)\."
    machine.wait_for(r"^cleanslate: reset: FAILED: " + why, scenario.RESET_SECONDS, [LOGIN, scenario.RECOVERY])
    machine.wait_for(scenario.RECOVERY, 3 * scenario.RESET_SECONDS, [LOGIN])  # when the attempts are used up
    machine.kill()


def test_nothing_of_the_owners_is_left(life: Life) -> None:
    assert life.found_after[0] != 0
    assert life.canaries.found_on(life.machine.disk) == 0


def test_the_record_is_verified_on_the_machine(life: Life) -> None:
    assert life.verified[0] == 0, life.verified[1]


def test_every_way_to_the_certificate_leads_to_it(life: Life) -> None:
    record = scenario.newest_record(life.machine)
    for verb in ("list", "show", "log"):
        assert life.verbs[verb][0] == 0 and record["resetId"] in life.verbs[verb][1], life.verbs[verb]
    assert "sold" in life.verbs["show"][1] and "sold" in life.verbs["log"][1]
    suffixes = {name.rpartition(".")[2] for name in life.verbs["export"][1].split()}
    assert suffixes == {"json", "sig", "html"}


def test_the_machine_is_ready_for_the_next_reset(life: Life) -> None:
    assert life.verbs["preflight"][0] == 0, life.verbs["preflight"]
    assert life.verbs["status"][0] == 0 and "the last reset is complete" in life.verbs["status"][1]


def test_who_watches_sees_a_request_come_and_go(life: Life) -> None:
    states = [json.loads(line)["request"]["state"] for line in life.verbs["watch"][1].splitlines()]
    assert states == ["absent", "pending", "absent"]


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
