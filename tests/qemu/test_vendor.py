# SPDX-License-Identifier: GPL-2.0-or-later
"""The vendor's way, as docs/vendor.md has it: a plain Debian, Cleanslate's packages, the script of the guide as it stands; then a
machine under Secure Boot that is reset, judged from outside."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import base, debian
from tests.qemu import canaries, scenario
from tests.qemu.canaries import Canaries
from tests.qemu.figures import Figures
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell

pytestmark = pytest.mark.takes_turns("vendor")

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "vendor" / "make-resettable.sh"
# What somebody has who comes with a Debian of his own: nothing of it knows of Cleanslate.
PACKAGES = ("systemd-sysv", "udev", "dbus", "login", "passwd", "iproute2", "linux-image-cloud-amd64")
AS_THE_TESTS_KNOW_IT = 'chroot "$1" sh -c "echo root:cleanslate | chpasswd; echo cleanslate >/etc/hostname; echo set enable-bracketed-paste off >>/etc/inputrc"'


def plain_debian(tree: Path) -> None:
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--quiet", "--include=" + ",".join(PACKAGES)]
    command += ['--aptopt=APT::Install-Recommends "false"', "--customize-hook=" + AS_THE_TESTS_KNOW_IT]
    command += [debian.release()["VERSION_CODENAME"], str(tree), *(source.line() for source in debian.machine_sources())]
    subprocess.run(command, check=True, env=base.environment())


def unpacked(package: Path, at: Path) -> Path:
    subprocess.run(["dpkg-deb", "--extract", package, at], check=True)
    return at


@dataclass(frozen=True)
class Made:
    output: Path
    said: str
    variables: Path  # of a firmware in which the vendor's keys are enrolled


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    if os.geteuid() != 0:
        pytest.skip("the guide's script wants root, for apt in a chroot")
    work, packages = folder / "vendor-build", folder.parent / "deb"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    plain_debian(work / "tree")
    (boot_package,) = packages.glob("cleanslate-boot_*.deb")
    toolbox = unpacked(boot_package, work / "builder")
    environment = {**base.environment(), "CLEANSLATE_TOOLBOX": str(toolbox / "usr/lib/cleanslate"), "PATH": f"{toolbox}/usr/bin:{os.environ['PATH']}"}
    command = [str(SCRIPT), str(work / "tree"), str(packages), str(work / "output")]
    result = subprocess.run(command, check=False, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
    shutil.rmtree(work / "tree")
    variables = work / "variables.fd"
    enroll = ["cleanslate-image", "ovmf-variables", "--keys", str(work / "output" / "keys"), str(variables)]
    subprocess.run(enroll, check=True, env=environment)
    return Made(work / "output", result.stdout, variables)


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
    found_after: tuple[int, str]  # looking for the owner's files once the reset is through


MOUNTS = "findmnt --noheadings --list --output TARGET,OPTIONS"


def use(shell: Shell) -> tuple[Canaries, int]:
    """What a device is in use for."""
    planted = Canaries()
    planted.write(shell)
    return planted, planted.count_files(shell)


@pytest.fixture(scope="module")
def life(made: Made, new_machine: Callable[..., Machine], collected: Figures) -> Life:
    machine = new_machine(made.output / "image" / "disk.raw", "vendor")
    machine.enroll(made.variables)
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS)
    doctor, failed = shell.run("cleanslate doctor"), shell.run("systemctl --failed --no-legend --plain")[1]
    mounts = dict(line.split() for line in shell.check(MOUNTS).splitlines())
    planted, readable = use(shell)
    raw_before = planted.found_on(machine.disk)
    asked_at = machine.console.seconds()
    shell.start("cleanslate request --yes --reboot --reason sold")
    reset = scenario.follow_reset(machine)
    scenario.record_figures(machine, collected, asked_at)
    shell = machine.login_now()
    verified = shell.run("cleanslate certificate verify")
    after = shell.run("ls -d " + " ".join(canaries.FOLDERS))
    machine.power_off()
    return Life(machine, doctor, failed, mounts, planted, readable, raw_before, reset.digest, verified, after)


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
    for place in ("/etc", "/var"):
        assert {"rw", "noexec", "nosuid", "nodev"} <= set(life.mounts[place].split(","))
    assert "ro" in life.mounts["/"].split(",")


def test_its_owner_had_files_and_they_were_encrypted(life: Life) -> None:
    assert life.canaries_readable == canaries.COUNT
    assert life.canaries_raw_before == 0


def test_the_reset_ends_in_the_state_that_the_builder_promised(made: Made, life: Life) -> None:
    assert life.digest == (made.output / "image" / "factory-digest").read_text(encoding="ascii").strip()
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["factoryDigest"]) == ("complete", life.digest)


def test_nothing_of_the_owners_is_left(life: Life) -> None:
    assert life.found_after[0] != 0
    assert life.canaries.found_on(life.machine.disk) == 0


def test_the_record_is_verified_on_the_machine(life: Life) -> None:
    assert life.verified[0] == 0, life.verified[1]


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
