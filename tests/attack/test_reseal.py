# SPDX-License-Identifier: GPL-2.0-or-later
"""What the old system's root asks for must not reach the device that a reset has built: a planned reseal that was requested before. These
machines' volumes are plain, so that there is nothing to seal; what becomes of the copy itself is in tests/unit/test-reseal-volumes.c."""

from __future__ import annotations

from tests.attack.machine import Machine
from tests.qemu.variables import BOOT_COUNT_NAME, GUID_CLEANSLATE

NAME = "CleanslateReseal"
PREPARE, DONE = 1, 3


def facts(machine: Machine) -> dict[str, str]:
    """What the stub has handed over in the last start."""
    return dict(line.split("=", 1) for line in (machine.at / "extra/cleanslate/boot").read_text("ascii").splitlines())


def has_key(machine: Machine) -> bool:
    """It is wiped where it lies; what it was is in the archive that the stub has made."""
    return b"\nreseal=" in (machine.at / "handed-over").read_bytes().split(b"secret=", 1)[1][:512]


def request(machine: Machine, last_reset: bytes) -> None:
    machine.set_variable(NAME, GUID_CLEANSLATE, bytes((1, PREPARE)) + last_reset + bytes(32))


def last_reset(machine: Machine) -> bytes:
    machine.boot()
    return bytes.fromhex(facts(machine)["last-reset"])


def test_a_request_of_before_a_reset_is_none_for_the_device_built_anew(used: Machine) -> None:
    old = last_reset(used)
    request(used, old)
    used.request()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert used.variable(NAME, GUID_CLEANSLATE) is None
    assert "reseal" not in facts(used) and not has_key(used)
    for of in (old, bytes(16)):  # nor one that somebody puts back who has the flash
        request(used, of)
        used.boot()
        assert used.variable(NAME, GUID_CLEANSLATE) is None
        assert "reseal" not in facts(used) and not has_key(used)


def test_the_control_is_acted_on(used: Machine) -> None:
    request(used, last_reset(used))
    assert used.boot().end == "started"
    assert facts(used)["reseal"] == "prepare" and has_key(used)
    # nothing of this machine is sealed, so the initrd has told the stub that it is over
    assert (used.variable(NAME, GUID_CLEANSLATE) or b"")[1] == DONE
    used.remove_variable(BOOT_COUNT_NAME, GUID_CLEANSLATE)  # the system has come up
    assert used.boot().end == "started"
    assert used.variable(NAME, GUID_CLEANSLATE) is None
    assert "reseal" not in facts(used) and not has_key(used)


def test_in_the_session_of_the_first_boot_it_needs_no_name(used: Machine) -> None:
    request(used, bytes(16))
    assert used.boot().end == "started"
    assert facts(used)["reseal"] == "prepare"
