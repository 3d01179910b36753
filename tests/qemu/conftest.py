# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: the images under test, and a machine that has had its first boot, made once for all workers."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import figures, guest_tree, hang, made_on_demand, manifest, scenario, superblock, turns
from tests.qemu.figures import Figures
from tests.qemu.machine import Machine

# The one that makes the shared machine first, beside it those that do without; then long ones before short ones, so that the workers end together.
ORDER = (
    "test_harness",
    "test_factory_new",
    "test_secure_boot",
    "test_reset_plain",
    "test_own_initrd",
    "test_vendor",
    "test_recovery_key",
    "test_integrity",
    "test_additional_disks",
    "test_large_disk",
    "test_keep",
    "test_volumes",
    "test_growing",
    "test_usr_image",
    "test_power_cut",
    "test_reset",
    "test_boot_count",
    "test_disk_identity",
    "test_requests",
    "test_break_glass",
    "test_tpm_cases",
    "test_other_menus",
    "test_other_stub",
    "test_logind_key",
    "test_esp_and_variables",
    "test_forensics",
    "test_menu",
    "test_disks",
    "test_recovery",
    "test_pcr_replay",
    "test_service",
    "test_schedule",
    "test_menu_password",
    "test_event_log",
    "test_root_signature",
    "test_display",
    "test_erase_resume",
    "test_altered_header",
    "test_media",
)


FIRST = 3  # of these: they make what others share, or need nothing of it
DEAR_SECONDS = 350


def _place(item: pytest.Item) -> tuple[bool, bool, int]:
    """What has its turn may be dearer than all that always runs: begun late, one worker would have it to do when the others are done."""
    stem = item.path.stem
    place = ORDER.index(stem) if stem in ORDER else len(ORDER)
    return place >= FIRST, turns.seconds_of(item) < DEAR_SECONDS, place


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    turns.insist_on_reasons([item for item in items if item.path.parent == Path(__file__).parent])
    waiting = turns.deselect(config, items)
    _waiting_list().write_text("".join(f"{name}\n" for name in waiting), encoding="utf-8")  # each worker writes the same


def pytest_itemcollected(item: pytest.Item) -> None:
    """A file's tests share its machines and stay on one worker, unless they say that each has a machine of its own."""
    alone = item.get_closest_marker("own_machine") is not None
    item.add_marker(pytest.mark.xdist_group(item.name if alone else item.path.stem))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_machine: shares no machine with the other tests of its file")
    config.addinivalue_line("markers", f"{turns.MARKER}(name, seconds): not in every `make check`; see turns.py")
    config.addinivalue_line("markers", f"{turns.PROMISE}(words): in every `make check`, because of this promise")


def _root() -> Path:
    return Path(__file__).resolve().parents[2]


def _build() -> Path:
    return (_root() / os.environ.get("BUILD", "build")).resolve()


def _waiting_list() -> Path:
    """The scenarios that this run leaves to another turn, for whoever prints the summary: workers collect, their master does not."""
    return _build() / "tests" / "waiting"


def pytest_sessionstart(session: pytest.Session) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if "CLEANSLATE_KEEP" not in os.environ:  # set it while writing a scenario, to begin with the last run's first boot
            shutil.rmtree(_build() / "tests" / "factory-new", ignore_errors=True)
        (_build() / "tests").mkdir(parents=True, exist_ok=True)
        Figures(_build() / "tests").clear()
        hang.clear(_build() / "tests")
        _waiting_list().unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    waiting = _waiting_list().read_text(encoding="utf-8").splitlines() if _waiting_list().exists() else []
    if waiting:
        terminalreporter.section(f"NOT RUN, for it is not their turn ({os.environ[turns.VARIABLE]}); make check-all runs them")
        for name in waiting:
            terminalreporter.write_line(name)
    if again := hang.told(_build() / "tests"):
        terminalreporter.section(f"STARTED AGAIN, for the emulator hung: {len(again)}")
        for line in again:
            terminalreporter.write_line(line)
    rows = Figures(_build() / "tests").rows()
    if rows:
        terminalreporter.section("figures (nothing is asserted about them)")
        for row in rows:
            terminalreporter.write_line(row)


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the machines of the tests live."""
    result = _build() / "tests"
    result.mkdir(parents=True, exist_ok=True)
    return result


@pytest.fixture(scope="session")
def collected(folder: Path) -> Figures:
    return Figures(folder)


@dataclass(frozen=True)
class Images:
    reference: Path
    plain: Path
    reference_uki: Path
    secure_boot_variables: Path
    keys: Path
    expected_pcrs: Path
    enrolled_pcrs: Path  # with PCR 7 of the variables above

    # What few scenarios need is made when one of them has its turn.

    @property
    def reference_4k(self) -> Path:
        return made_on_demand.image(self.reference.parent.parent, "reference-4k.raw")

    @property
    def volumes(self) -> Path:
        return made_on_demand.image(self.reference.parent.parent, "volumes.raw")

    @property
    def disks(self) -> Path:
        return made_on_demand.image(self.reference.parent.parent, "disks.raw")


@pytest.fixture(scope="session")
def images() -> Images:
    at = _build() / "images"
    result = Images(
        at / "reference.raw", at / "plain.raw", at / "reference.efi", at / "secure-boot-vars.fd", at / "keys",
        at / "reference.expected-pcrs.json", at / "reference.enrolled-pcrs.json",
    )  # fmt: skip
    for path in vars(result).values():
        assert path.exists(), f"{path} is missing: make image"
    return result


@dataclass(frozen=True)
class FactoryNew:
    """The machine after its first boot, switched off, and what was seen in that boot."""

    machine: Machine
    differences: list[str]  # of /etc and /var from the image's manifest
    manifest_digest: str  # of the image's manifest, hashed here
    answers: dict[str, tuple[int, str]]  # of commands, by command
    clean_while_running: dict[str, bool]  # superblocks on the raw disk, by label


# Asked in the first boot; tests look at the answers.
QUESTIONS = (
    "findmnt --json --list --output TARGET,SOURCE,FSTYPE,OPTIONS",
    "dmsetup table root",
    "dmsetup table --showkeys config",
    "dmsetup table --showkeys state",
    "bootctl status --no-pager",
    "systemctl --failed --no-legend --plain",
    "systemd-analyze time",
    "cleanslate status --json",
    "(ulimit -v 10240; exec cleanslate status --json)",
    "bash -c 'TIMEFORMAT=%R; time cleanslate status >/dev/null'",
    "dmesg | grep 'cleanslate: '",
    "for label in config state; do systemd-cryptenroll $(cryptsetup status $label | awk '/device:/ { print $2 }') || exit; done",
    "cp /bin/true /var/true && /var/true",
    "cp /bin/true /etc/true && /etc/true",
    "mknod /var/null c 1 3 && echo >/var/null",
    "touch /usr/written",
)
CLEAN_UP = "rm -f /var/true /etc/true /var/null"


def _first_boot(machine: Machine, collected: Figures) -> dict[str, Any]:
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS)
    collected.add(machine.name, "power-on to the first login", machine.console.seconds())
    scenario.record_figures(machine, collected)
    differences = guest_tree.differences(shell)  # before the questions, of which some leave files
    answers = {question: shell.run(question, 180) for question in QUESTIONS}
    tables = {label: answers[f"dmsetup table --showkeys {label}"][1] for label in superblock.TYPES}
    seen = {
        "differences": differences,
        "manifest_digest": manifest.digest(guest_tree.factory_manifest(shell)),
        "answers": answers,
        "clean_while_running": superblock.clean(machine.disk, tables),
    }
    shell.check(CLEAN_UP)
    shell.check("dmesg -n 7")  # how it comes down, on the console
    machine.power_off()
    return seen


def _make_factory_new(at: Path, images: Images, collected: Figures) -> dict[str, Any]:
    machine = Machine.new(at, images.reference)
    try:
        return _first_boot(machine, collected)
    except Exception as error:  # told to every worker, instead of each of them trying for minutes
        return {"failure": str(error)}
    finally:
        machine.kill()


@pytest.fixture(scope="session")
def factory_new(folder: Path, images: Images, collected: Figures) -> FactoryNew:
    at = folder / "factory-new"
    seen_at = at / "seen.json"
    with (folder / "factory-new.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not seen_at.exists():
            seen = _make_factory_new(at, images, collected)
            seen_at.write_text(json.dumps(seen), encoding="utf-8")
    seen = json.loads(seen_at.read_text(encoding="utf-8"))
    assert "failure" not in seen, f"the first boot failed: {seen['failure']}"
    answers = {question: (int(answer[0]), str(answer[1])) for question, answer in seen["answers"].items()}
    return FactoryNew(Machine(at), seen["differences"], seen["manifest_digest"], answers, seen["clean_while_running"])


@pytest.fixture(scope="module")
def machine_like(folder: Path) -> Iterator[Callable[[Machine, str], Machine]]:
    """Copies of a machine, thrown away when the module is through."""
    made: list[Machine] = []

    def copy(machine: Machine, name: str) -> Machine:
        made.append(machine.clone(folder / name))
        return made[-1]

    yield copy
    for machine in made:
        machine.discard()


@pytest.fixture(scope="module")
def new_machine(folder: Path) -> Iterator[Callable[..., Machine]]:
    """Machines fresh from the factory, thrown away when the module is through."""
    made: list[Machine] = []

    def make(image: Path, name: str, size: int | None = None) -> Machine:
        made.append(Machine.new(folder / name, image, size))
        return made[-1]

    yield make
    for machine in made:
        machine.discard()
