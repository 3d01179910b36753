# SPDX-License-Identifier: GPL-2.0-or-later
"""The Varlink service on a whole machine: started by its sockets, in its cage, over real EFI variables and a real ESP. What it
says is compared with what efivarfs and systemd say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.qemu import efivarfs, scenario, varlink
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME
from tests.qemu.varlink import OURS, call

pytestmark = pytest.mark.takes_turns("service", seconds=300)

SYSTEMDS = "/run/systemd/io.systemd.FactoryReset"
EXPOSURE_MAX = 1.5  # by systemd-analyze security


@pytest.fixture(scope="module")
def shell(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Shell]:
    machine = machine_like(factory_new.machine, "service")
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    varlink.install(shell)
    yield shell
    machine.kill()


def mode(shell: Shell) -> Any:
    return call(shell, SYSTEMDS, "io.systemd.FactoryReset.GetFactoryResetMode")[0]["parameters"]["mode"]


def test_a_connection_starts_it_and_systemds_clients_are_answered(shell: Shell) -> None:
    assert shell.run("systemctl is-active cleanslate.service")[1].strip() == "inactive"
    assert mode(shell) == "unspecified"
    assert shell.check("systemctl is-active cleanslate.service").strip() == "active"
    can = call(shell, SYSTEMDS, "io.systemd.FactoryReset.CanRequestFactoryReset")
    assert can == [{"parameters": {"supported": True}}]


def test_a_request_and_its_taking_back_reach_the_firmwares_variable(shell: Shell) -> None:
    answer = call(shell, OURS, "io.cleanslate.FactoryReset.Request", parameters={"reason": "by socket"})[0]["parameters"]
    assert efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    code, status = scenario.status(shell)
    assert (code, status["request"]["nonce"], status["request"]["reason"]) == (11, answer["nonce"], "by socket")
    assert mode(shell) == "pending"
    again = call(shell, OURS, "io.cleanslate.FactoryReset.Request")[0]
    assert (again["error"], again["parameters"]["nonce"]) == ("io.cleanslate.FactoryReset.AlreadyRequested", answer["nonce"])
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"
    denied = call(shell, OURS, "io.cleanslate.FactoryReset.Cancel", user=nobody)[0]
    assert denied["error"] == "io.cleanslate.FactoryReset.NotAuthorized"
    assert efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    assert call(shell, OURS, "io.cleanslate.FactoryReset.Cancel") == [{"parameters": {"removed": "pending", "schedule": False}}]
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)


def test_the_journal_has_it_under_an_id_with_an_explanation(shell: Shell) -> None:
    entries = [json.loads(line) for line in shell.check("journalctl --output=json _SYSTEMD_UNIT=cleanslate.service").splitlines()]
    told = {entry["MESSAGE_ID"]: entry for entry in entries if "MESSAGE_ID" in entry}
    asked = told["d12f8fe1b0e14cec80d4ee4b311c5488"]
    assert (asked["CLEANSLATE_REASON"], asked["SYSLOG_IDENTIFIER"], asked["PRIORITY"]) == ("by socket", "cleanslate", "5")
    assert "a80b5f10751d46c896801849edb3bab5" in told
    explained = shell.check("journalctl --catalog --no-pager MESSAGE_ID=d12f8fe1b0e14cec80d4ee4b311c5488")
    assert "Subject: A factory reset was asked for" in explained and asked["CLEANSLATE_NONCE"] in explained


def test_a_hook_of_the_image_can_say_no_to_the_command_and_to_the_service(shell: Shell) -> None:
    shell.check("echo 'a recording is under way' >/run/no-reset-now")
    code, output = shell.run("cleanslate request --yes", 120)
    assert code == 12 and "The image's hook 50-no-reset-now says no: a recording is under way" in output
    (refused,) = call(shell, OURS, "io.cleanslate.FactoryReset.Request")
    assert refused["error"] == "io.cleanslate.FactoryReset.PreflightFailed"
    assert "a recording is under way" in refused["parameters"]["message"]
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    shell.check("rm /run/no-reset-now")


def test_nobody_puts_a_hook_of_his_own_over_the_images(shell: Shell) -> None:
    hooks = "/usr/lib/cleanslate/hooks.d"
    shell.check(f"mkdir /run/hooks && mount -t tmpfs -o exec hooks /run/hooks && printf '#!/bin/sh\\ntouch /run/was-run\\n' >/run/hooks/50-no-reset-now")
    shell.check(f"chmod +x /run/hooks/50-no-reset-now && mount --bind /run/hooks {hooks}")
    code, output = shell.run("cleanslate request --yes", 120)
    shell.check(f"umount {hooks} /run/hooks")
    assert code == 12 and "50-no-reset-now is covered by something mounted over it" in output
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    assert shell.run("test -e /run/was-run")[0] != 0


def test_a_time_is_set_from_the_cage_and_systemd_has_it(shell: Shell) -> None:
    due = int(shell.check("date +%s")) + 7200
    assert call(shell, OURS, "io.cleanslate.FactoryReset.Schedule", parameters={"dueAt": due}) == [{"parameters": {"dueAt": due}}]
    assert scenario.status(shell)[1]["schedule"]["dueAt"] == due
    assert "cleanslate-schedule.timer" in shell.check("systemctl list-timers --all --no-legend --plain cleanslate-schedule.timer")
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    cancelled = call(shell, OURS, "io.cleanslate.FactoryReset.Cancel")
    assert cancelled == [{"parameters": {"removed": "absent", "schedule": True}}]
    assert shell.check("systemctl list-timers --all --no-legend --plain cleanslate-schedule.timer").strip() == ""


def test_a_watcher_is_told_what_the_command_does(shell: Shell) -> None:
    method = "io.cleanslate.FactoryReset.Status"
    seen = call(shell, OURS, method, more=True, then="cleanslate request --yes >/dev/null")
    assert [(reply["continues"], reply["parameters"]["request"]["state"]) for reply in seen] == [(True, "absent"), (True, "pending")]
    shell.check("cleanslate cancel")


def test_the_records_of_the_esp_are_seen_from_the_cage(shell: Shell) -> None:
    listed = call(shell, OURS, "io.cleanslate.FactoryReset.ListRecords")[0]["parameters"]
    assert listed["records"] == json.loads(shell.check("cleanslate log --json"))["records"]
    assert [record["result"] for record in listed["records"]] == ["built"]


def test_plan_and_doctor_look_through_the_inspectors_cage_and_see_what_the_commands_see(shell: Shell) -> None:
    plan = call(shell, OURS, "io.cleanslate.FactoryReset.Plan", parameters={"level": "clear"})[0]["parameters"]["plan"]
    assert plan == json.loads(shell.check("cleanslate plan --json --level=clear"))
    assert (plan["refused"], plan["trouble"]) == ([], None)
    checkup = call(shell, OURS, "io.cleanslate.FactoryReset.Doctor")[0]["parameters"]["checkup"]
    assert checkup == json.loads(shell.check("cleanslate doctor --json"))
    assert checkup["ok"] is True and len(checkup["checks"]) > 10


def test_a_request_that_would_fail_or_asks_for_less_than_the_policy_is_refused(shell: Shell) -> None:
    method = "io.cleanslate.FactoryReset.Request"
    less = call(shell, OURS, method, parameters={"tpmClear": "skip", "force": True})[0]
    assert less["error"] == "io.cleanslate.FactoryReset.NotAllowed" and "tpm-clear=required" in less["parameters"]["message"]
    too_much = call(shell, OURS, method, parameters={"level": "purge"})[0]
    assert too_much["error"] == "io.cleanslate.FactoryReset.PreflightFailed"
    assert "Purging was asked for" in too_much["parameters"]["message"]
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)


def test_a_record_comes_out_of_the_cage_byte_for_byte(shell: Shell) -> None:
    listed = call(shell, OURS, "io.cleanslate.FactoryReset.ListRecords")[0]["parameters"]
    name = listed["records"][0]["name"]
    answer = call(shell, OURS, "io.cleanslate.FactoryReset.GetRecord", parameters={"name": name})[0]["parameters"]
    path = f"{listed['directory']}/{name}"
    assert hashlib.sha256(answer["record"].encode()).hexdigest() == shell.check(f"sha256sum {path}").split()[0]
    assert answer["verdict"] == "signed" and json.loads(answer["record"])["result"] == "built"


def test_the_cage_is_tight_and_nothing_has_failed(shell: Shell) -> None:
    line = shell.check("systemd-analyze security --no-pager cleanslate.service | grep Overall")
    assert float(line.split("cleanslate.service: ")[1].split()[0]) <= EXPOSURE_MAX, line
    shell.check("systemctl stop cleanslate.service")
    for socket in ("inspect", "keep"):
        assert shell.check(f"stat -c %a:%u /run/cleanslate/{socket}").strip() == "600:0"
    failed = shell.check("systemctl --failed --no-legend --plain").split()
    assert failed == [], shell.check(f"journalctl --no-pager --unit={failed[0]}")
