# SPDX-License-Identifier: GPL-2.0-or-later
"""A reset with a time set: until then nothing is in the firmware's variables; it can be put off and taken back; and a time that comes while
the machine is off is caught up at the next start, with a warning to who is logged in. The machine's clock is moved while it is off."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Boot, Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.takes_turns("schedule", seconds=300)

REFUSED = 12  # cleanslate's exit status
TIMERS = "systemctl list-timers --all --no-legend --plain cleanslate-schedule.timer"
# Soon after a time is set, its service looks at what is next; the timer's first time is so near that it may have passed when it starts.
THE_SERVICE_RUNS = "until systemctl show --property=ExecMainExitTimestamp cleanslate-schedule.service | grep =.; do sleep 1; done"
WARNING = r"This device will be reset to its factory state in "
CLOCK_AHEAD = datetime.timedelta(hours=6)


@dataclass
class Life:
    machine: Machine
    timers: list[str]  # as listed with a time set, and after that was taken back
    set_first: dict[str, Any]
    put_off: dict[str, Any]
    too_far: tuple[int, str]
    taken_back: dict[str, Any]
    announced: list[int]  # what the journal was told, in seconds since 1970
    requested_while_waiting: bool  # as the flash had it, from outside
    digest: str
    warned: bool
    hook_was_told: str


def schedule_of(shell: Shell) -> dict[str, Any]:
    answer = scenario.status(shell)[1]["schedule"]
    assert isinstance(answer, dict)
    return answer


def before_the_power_goes(machine: Machine) -> Life:
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    shell.check("cleanslate request --yes --in=90min", 120)
    set_first, timers = schedule_of(shell), [shell.check(TIMERS)]
    shell.check("cleanslate cancel")
    taken_back = scenario.status(shell)[1]
    timers.append(shell.check(TIMERS))
    shell.check("echo colour=green >/etc/device.conf; echo volume=3 >/home/kiosk.conf")
    shell.check("cleanslate request --yes --in=2h --reason='to be sold' --keep=/etc/device.conf --keep=/var/home/kiosk.conf", 120)
    shell.check(THE_SERVICE_RUNS)
    shell.check("cleanslate postpone 45min")
    put_off = schedule_of(shell)
    too_far = shell.run("cleanslate postpone 16min")
    told = shell.check("journalctl --output=json MESSAGE_ID=efe3645f9b694de2abab8b5fbfac3a71")
    requested = machine.variables_in_flash().get(REQUEST_NAME, GUID_REQUEST) is not None
    machine.power_off()
    announced = [int(json.loads(line)["CLEANSLATE_DUE_AT"]) for line in told.splitlines()]
    return Life(machine, timers, set_first, put_off, too_far, taken_back, announced, requested, "", False, "")


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Life]:
    machine = machine_like(factory_new.machine, "schedule")
    life = before_the_power_goes(machine)
    later = datetime.datetime.now(datetime.timezone.utc) + CLOCK_AHEAD
    machine.power_on(Boot(options=("-rtc", f"base={later:%Y-%m-%dT%H:%M:%S}")))
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.wait_for(WARNING, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    life.warned = True
    told = "until journalctl --quiet -t reset-warning --output=cat | grep .; do sleep 1; done"
    life.hook_was_told = shell.check(told)
    machine.wait_for(scenario.RESET_STARTED, scenario.RESET_SECONDS, never=[scenario.RECOVERY])
    life.digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never=[scenario.RECOVERY, scenario.ORDINARY_BOOT])[1]
    machine.wait_for(scenario.RESTARTING, 60)
    machine.kill()
    yield life


def test_a_time_that_is_set_is_in_systemds_list_and_not_in_the_firmware(life: Life) -> None:
    assert re.search(r"cleanslate-schedule\.timer +cleanslate-schedule\.service", life.timers[0]), life.timers[0]
    assert life.set_first["dueAt"] == life.set_first["firstDueAt"]
    assert not life.requested_while_waiting


def test_the_journal_is_told_of_each_time(life: Life) -> None:
    assert life.announced == [life.set_first["dueAt"], life.put_off["firstDueAt"], life.put_off["dueAt"]]


def test_it_can_be_taken_back(life: Life) -> None:
    assert (life.taken_back["schedule"], life.taken_back["request"]["state"]) == (None, "absent")
    assert life.timers[1].strip() == ""


def test_it_is_put_off_as_far_as_the_policy_lets_it(life: Life) -> None:
    assert life.put_off["dueAt"] - life.put_off["firstDueAt"] == 45 * 60
    code, output = life.too_far
    assert code == REFUSED and "max-postpone" in output  # the reference machine's is an hour


def test_a_time_that_came_while_the_machine_was_off_is_caught_up_with_a_warning(life: Life, factory_new: FactoryNew) -> None:
    assert life.warned
    due, left = re.findall(r"(?:due-at|seconds)=(\d+)", life.hook_was_told)[:2]
    assert int(due) > life.put_off["dueAt"] and 0 < int(left) <= 90  # caught up, so later than it was set
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["reason"], record["factoryDigest"]) == ("complete", "to be sold", factory_new.manifest_digest)
    assert life.digest == factory_new.manifest_digest
    assert [line.split()[-1] for line in record["kept"]["list"]] == ["/etc/device.conf", "/var/home/kiosk.conf"]
    assert "scheduled" in record["requester"]
    assert life.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
