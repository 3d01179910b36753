# SPDX-License-Identifier: GPL-2.0-or-later
"""The break-glass shell: nobody gets it by mistake, it has no data, and it leaves a trace that the next ordinary boot tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import boot_trace, efivarfs, scenario, variant
from tests.qemu.boot_trace import BreakGlass
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import BREAK_GLASS_NAME, GUID_CLEANSLATE, GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.takes_turns("break glass", seconds=400)

WORDS = " cleanslate.mode=break-glass"
REFUSAL = r"^cleanslate: break-glass: (\w+): refused by the TPM: (.*)\n"
ASKED = r"^cleanslate: break-glass: type break-glass and press Enter"
PROMPT = r"break-glass# "
NEVER = (LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED)
TRACE = f"/sys/firmware/efi/efivars/{BREAK_GLASS_NAME}-{GUID_CLEANSLATE}"
MOUNT_ESP = "mkdir -p /run/esp && mount -o ro -t vfat /dev/nvme1n1p1 /run/esp || mount -o ro -t vfat /dev/nvme0n1p1 /run/esp"

# Asked at the prompt.
QUESTIONS = (
    "cat /proc/mounts",
    "cat /proc/swaps",
    "ls -A /var /etc",
    "ls /dev/mapper",
    "touch /usr/written",
    "cp /usr/bin/true /run/true && /run/true",
    f"chattr -i {TRACE}",
    f"rm -f {TRACE}",
    "cat /proc/1/environ",
    "id -u",
)


def install(machine: Machine, images: Images, settings: str) -> None:
    machine.esp.install_uki(variant.make(images.reference.parent, WORDS, settings, machine.directory / "variant.efi"))


def open_shell(machine: Machine) -> tuple[str, str]:
    """Through the confirmation to the prompt; what the TPM said on the way, and the volume it said it of."""
    machine.power_on()
    refusal = machine.wait_for(REFUSAL, scenario.BOOT_SECONDS, never=(*NEVER, scenario.RECOVERY))
    machine.wait_for(ASKED, 60, never=NEVER)
    machine.console.send("break-glas\r")
    machine.wait_for(ASKED, 60, never=(*NEVER, PROMPT))
    machine.console.send("break-glass\r")
    machine.wait_for(PROMPT, 60, never=(*NEVER, scenario.RECOVERY))
    return refusal[1], refusal[2]


def interrupt(machine: Machine) -> None:
    """Ctrl-C reaches what runs in the shell. It spins instead of reading: a shell looks for signals between commands, and one that
    arrives just before a read(2) would wait for the end of the line."""
    machine.console.send("sh -c 'trap \"echo caught-''it; exit\" INT; echo is-''ready; while :; do :; done'\n")
    machine.wait_for(r"is-ready", 60)
    machine.console.send("\x03")
    machine.wait_for(r"caught-it", 60)


@dataclass(frozen=True)
class Life:
    machine: Machine
    forbidden: str
    volume: str
    tpm_said: str
    trace_at_prompt: BreakGlass
    record_at_prompt: dict[str, Any]
    answers: dict[str, tuple[int, str]]
    request_after_allowed: bool
    trace_at_second_prompt: BreakGlass | None
    records_at_second_prompt: dict[str, dict[str, Any]]
    request_at_second_prompt: dict[str, Any]
    digest: str
    status: dict[str, Any]
    status_text: str
    journal: str
    trace_told: BreakGlass | None
    var_afterwards: str


def forbidden(machine: Machine, images: Images) -> str:
    install(machine, images, "")
    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[*NEVER, PROMPT, ASKED])[1]
    machine.kill()
    return why


def live(machine: Machine, images: Images) -> Life:
    why_forbidden = forbidden(machine, images)
    install(machine, images, "[BreakGlass]\nmode=allowed\n")
    volume, tpm_said = open_shell(machine)
    interrupt(machine)
    machine.console.send("\n")
    shell = Shell.take_over(machine.console)
    trace = boot_trace.decode_break_glass(efivarfs.read(shell, BREAK_GLASS_NAME, GUID_CLEANSLATE))
    record = json.loads(shell.check(f"{{ {MOUNT_ESP}; }} 2>/dev/null && cat /run/esp/EFI/cleanslate/records/break-glass-1.json; umount /run/esp"))
    answers = {question: shell.run(question) for question in QUESTIONS}
    machine.console.send("exit\n")
    machine.wait_for(r"^cleanslate: break-glass: the shell has ended", 60, never=NEVER)
    machine.wait_for(scenario.RESTARTING, 60, never=NEVER)
    machine.kill()
    request_after_allowed = machine.variables.get(REQUEST_NAME, GUID_REQUEST) is not None

    install(machine, images, "[BreakGlass]\nmode=then-reset\n")
    open_shell(machine)
    machine.kill()  # at the prompt: whatever is there now was there before it
    second_trace = boot_trace.break_glass(machine.variables)
    records = machine.esp.break_glass_records()
    request = machine.variables.get(REQUEST_NAME, GUID_REQUEST)
    assert request is not None, "then-reset left no request"

    machine.esp.install_uki(images.reference_uki)
    machine.power_on()
    reset = scenario.follow_reset(machine)
    shell = machine.login_now()
    status = scenario.status(shell)[1]
    status_text = shell.check("cleanslate status")
    journal = shell.check("journalctl --boot --dmesg --no-pager --output=cat")
    var = shell.check("ls -A /var")
    machine.power_off()
    return Life(
        machine, why_forbidden, volume, tpm_said, trace, record, answers, request_after_allowed, second_trace, records,
        json.loads(request.value.decode("utf-16-le").rstrip("\0")), reset.digest, status, status_text, journal,
        boot_trace.break_glass(machine.variables), var,
    )  # fmt: skip


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Life:
    return live(machine_like(factory_new.machine, "break-glass"), images)


def test_a_boot_image_that_does_not_allow_it_shows_the_recovery_page(life: Life) -> None:
    assert life.forbidden == "Break-glass was asked for, and this image does not allow it."


def test_the_tpm_refuses_the_key_by_its_policy(life: Life) -> None:
    assert life.volume in ("config", "state")
    assert "policy" in life.tpm_said, life.tpm_said


def test_the_trace_is_there_at_the_prompt(life: Life) -> None:
    assert (life.trace_at_prompt.count, life.trace_at_prompt.told) == (1, 0)
    record = life.record_at_prompt
    assert (record["type"], record["count"], record["policy"], record["reason"]) == ("cleanslate-break-glass-1", 1, "allowed", "command-line")
    assert "refused by the TPM" in record["unseal"]


def test_state_and_config_are_closed(life: Life) -> None:
    mounts = [line.split() for line in life.answers["cat /proc/mounts"][1].splitlines()]
    assert {target for _, target, *_ in mounts} >= {"/", "/proc", "/run", "/tmp"}
    assert not [target for _, target, *_ in mounts if target.startswith(("/var", "/etc", "/home", "/root", "/sysroot/"))]
    assert life.answers["ls -A /var /etc"] == (0, "/etc:\n\n/var:"), life.answers["ls -A /var /etc"]
    assert set(life.answers["ls /dev/mapper"][1].split()) == {"control", "root"}
    # the control: the same question has an answer where the state is open
    assert {"lib", "log"} <= set(life.var_afterwards.split())


def test_no_swap_is_on(life: Life) -> None:
    assert len(life.answers["cat /proc/swaps"][1].splitlines()) <= 1


def test_the_root_is_the_verified_one_and_read_only(life: Life) -> None:
    roots = [line.split() for line in life.answers["cat /proc/mounts"][1].splitlines() if line.split()[1] == "/"]
    assert roots[-1][0] == "/dev/mapper/root" and "ro" in roots[-1][3].split(",")
    code, text = life.answers["touch /usr/written"]
    assert code != 0 and "Read-only file system" in text


def test_what_can_be_written_cannot_be_executed(life: Life) -> None:
    code, text = life.answers["cp /usr/bin/true /run/true && /run/true"]
    assert code == 126 and "Permission denied" in text, text


def test_root_in_the_shell_cannot_remove_its_trace_or_look_into_pid_1(life: Life) -> None:
    assert life.answers["id -u"] == (0, "0")
    for question in (f"chattr -i {TRACE}", f"rm -f {TRACE}", "cat /proc/1/environ"):
        assert life.answers[question][0] != 0, question
    assert life.trace_at_second_prompt is not None and life.trace_at_second_prompt.count == 2


def test_allowed_asks_for_no_reset(life: Life) -> None:
    assert not life.request_after_allowed


def test_then_reset_has_asked_for_it_before_the_prompt(life: Life) -> None:
    assert life.request_at_second_prompt["cleanslate"]["reason"] == "break-glass"
    assert sorted(life.records_at_second_prompt) == ["break-glass-1.json", "break-glass-2.json"]
    assert life.records_at_second_prompt["break-glass-2.json"]["policy"] == "then-reset"


def test_the_boot_after_then_reset_is_a_reset(life: Life, factory_new: FactoryNew) -> None:
    assert life.digest == factory_new.manifest_digest
    assert scenario.newest_record(life.machine)["reason"] == "break-glass"


def test_the_next_ordinary_boot_tells_it_once(life: Life) -> None:
    assert re.search(r"break-glass was used 2 time\(s\), last at 20\d\d-", life.journal), life.journal
    assert life.trace_told is not None and (life.trace_told.count, life.trace_told.told) == (2, 2)


def test_status_tells_it(life: Life) -> None:
    assert life.status["breakGlass"]["count"] == 2 and life.status["breakGlass"]["lastAt"] > 1600000000
    assert "the break-glass shell was opened 2 time(s), last at 20" in life.status_text


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
