# SPDX-License-Identifier: GPL-2.0-or-later
"""Power is lost at random instants of a reset, again and again. Every next boot goes on with it by itself, none of them is an ordinary
one before the reset is complete, and the result is the factory state.

The instants come from a seed that is printed; CLEANSLATE_SEED=… repeats a run's choice, CLEANSLATE_POWER_CUTS=… makes more of them."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.qemu import figures, guest_tree, progress, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

pytestmark = pytest.mark.promise("a reset that has begun comes to its end, whenever power is lost")

RESETTING = r"^cleanslate: reset: "
FINISHED_BEFORE = r"^cleanslate: reset: everything but the request was finished before"
# Most cuts are to fall behind the first step; one in so many falls into the checks before it.
CHECKS_ONE_IN = 5
# Each costs a start of a whole machine. tests/unit/test-course-crash cuts at every boundary there is, and tests/attack at every line.
CUTS = "1"
REQUEST = (
    '{"osReleaseId":"debian","osReleaseImageId":"cleanslate-reference","bootId":"00112233445566778899aabbccddeeff",'
    '"cleanslate":{"reason":"power cuts"}}'
)


@dataclass
class Cuts:
    machine: Machine
    seed: int
    expected_seconds: float  # from a reset's first step to its end; one that is over sooner is asked for again
    instants: list[float] = field(default_factory=list)
    last_words: list[str] = field(default_factory=list)  # the last line before each cut
    ordinary: list[str] = field(default_factory=list)  # signs of an ordinary boot while a reset was not complete
    phases: list[str] = field(default_factory=list)  # the progress that each cut left in the firmware's variables
    differences: list[str] = field(default_factory=list)
    status: tuple[int, dict[str, Any]] = (-1, {})


def request_reset(machine: Machine) -> None:
    machine.variables.set(REQUEST_NAME, GUID_REQUEST, request_value(REQUEST))


def note_signs_of_ordinary_boot(cuts: Cuts) -> None:
    text = cuts.machine.console.text()
    cuts.ordinary += [match.group() for match in re.finditer(f"{LOGIN}|{scenario.ORDINARY_BOOT}", text, re.M)]


def is_over(machine: Machine) -> bool:
    return progress.read(machine.variables).phase == "done" and machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None


def cut_once(cuts: Cuts, source: random.Random) -> None:
    """Powers on, and off again at a random instant of the reset; asks for another reset where that came too late."""
    machine = cuts.machine
    while True:
        machine.power_on()
        since = RESETTING if source.randrange(CHECKS_ONE_IN) == 0 else f"{figures.FIRST_STEP}|{FINISHED_BEFORE}"
        machine.wait_for(since, scenario.BOOT_SECONDS, never=[LOGIN, scenario.RECOVERY])
        started = time.monotonic()
        instant = source.uniform(0, cuts.expected_seconds)
        found = machine.console.wait_for_any([scenario.RESTARTING, LOGIN, scenario.RECOVERY], instant)
        machine.kill()
        note_signs_of_ordinary_boot(cuts)
        assert found is None or found[0] == 0, found[1].group()
        if not is_over(machine):
            cuts.instants.append(time.monotonic() - started)
            cuts.last_words.append(machine.console.lines()[-1].text)
            cuts.phases.append(progress.read(machine.variables).phase)
            return
        request_reset(machine)


def finish(cuts: Cuts) -> None:
    machine = cuts.machine
    machine.power_on()
    never = [LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY]
    # The last cut may have come between the record and the request's removal: then there is nothing left to hash.
    machine.wait_for(f"{scenario.RESET_COMPLETE}|{FINISHED_BEFORE}", scenario.RESET_SECONDS, never)
    shell = machine.login(scenario.BOOT_SECONDS)
    cuts.differences = guest_tree.differences(shell)
    cuts.status = scenario.status(shell)
    machine.kill()


@pytest.fixture(scope="module")
def cuts(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Cuts:
    seed = int(os.environ.get("CLEANSLATE_SEED", random.SystemRandom().randrange(1 << 32)))
    count = int(os.environ.get("CLEANSLATE_POWER_CUTS", CUTS))
    print(f"CLEANSLATE_SEED={seed}")
    expected = figures.between(figures.read_log(factory_new.machine.log), figures.FIRST_STEP, figures.RESET_ENDS)
    assert expected is not None
    result = Cuts(machine_like(factory_new.machine, "power-cut"), seed, expected)
    with (result.machine.directory / "seed").open("w") as file:
        print(seed, file=file)
    source = random.Random(seed)
    request_reset(result.machine)
    for _ in range(count):
        cut_once(result, source)
    finish(result)
    return result


def is_of_a_reset(words: str) -> bool:
    """The power may be gone in the midst of a line."""
    begin = "cleanslate: reset: "
    return words.startswith(begin) or begin.startswith(words)


def test_every_cut_fell_into_a_reset(cuts: Cuts) -> None:
    print(f"CLEANSLATE_SEED={cuts.seed}", *zip(cuts.instants, cuts.phases, cuts.last_words), sep="\n")
    assert len(cuts.instants) == int(os.environ.get("CLEANSLATE_POWER_CUTS", CUTS))
    assert all(map(is_of_a_reset, cuts.last_words))


def test_no_boot_before_the_end_was_an_ordinary_one(cuts: Cuts) -> None:
    assert cuts.ordinary == []


def test_the_reset_converges_to_the_factory_digest(cuts: Cuts, factory_new: FactoryNew) -> None:
    record = scenario.newest_record(cuts.machine)
    assert (record["result"], record["factoryDigest"]) == ("complete", factory_new.manifest_digest)


def test_the_trees_are_those_of_the_factory(cuts: Cuts) -> None:
    assert cuts.differences == []


def test_nothing_is_left_to_do(cuts: Cuts) -> None:
    code, status = cuts.status
    assert (code, status["request"]["state"], status["progress"]["phase"]) == (0, "absent", "done")
    assert cuts.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    assert progress.read(cuts.machine.variables).phase == "done"


def test_no_key_of_before_is_accepted(cuts: Cuts, factory_new: FactoryNew) -> None:
    blobs = scenario.sealed_blobs(scenario.volumes(factory_new.machine))
    with factory_new.machine.tpm() as tpm:
        assert all(tpm.can_load_blob(blob) for blob in blobs.values()), "the control: they load where nothing was reset"
    with cuts.machine.tpm() as tpm:
        assert not any(tpm.can_load_blob(blob) for blob in blobs.values())


def test_the_second_disk_is_untouched(cuts: Cuts) -> None:
    assert cuts.machine.second_disk_is_untouched()
