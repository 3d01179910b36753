# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mode, started as a profile of the image by a boot entry of the firmware, judged by three things that know nothing of each
other: what the TPM itself answers, asked on the wire between QEMU and swtpm; the firmware's event log, taken out of the machine's
memory and replayed by tpm2_eventlog; and what the image predicts. All three are the same in all four modes. In the normal mode the
log that the kernel shows is compared, too."""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import pe, uki
from tests.qemu import boot_entries, event_log, scenario
from tests.qemu.boot_entries import Entry
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_ESP
from tests.qemu.event_log import Log
from tests.qemu.machine import Machine
from tests.qemu.tpm_tap import PCRS, TappedMachine
from tests.qemu.variables import GUID_GLOBAL

pytestmark = pytest.mark.promise("each mode is measured as the image predicts, so that a reset's boot cannot unseal what an ordinary one sealed")

UKI_PATH = "/EFI/BOOT/BOOTX64.EFI"
KERNELS_LOG = "/sys/kernel/security/tpm0/binary_bios_measurements"
ALLOW_BREAK_GLASS = b"[BreakGlass]\nmode=allowed\n"
# systemd's order, and the specification's; written out here, so that a mistake in common/format/uki.c is not repeated.
MEASURED = (
    ".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrpkey", ".profile",
)  # fmt: skip
PCR_KERNEL_IMAGE = 11
PCR_IMA = 10  # the kernel's own: its first measurement there is in no firmware's log
EV_IPL, EV_EVENT_TAG = 0x0D, 0x06
PROFILE_TAG = 0x13AED6DB  # systemd's
MODES = ("normal", "recovery", "break-glass", "reset")
FURTHER_MODES = ("recovery", "break-glass")
SAID = {
    "reset": "the factory state is being restored",
    "recovery": "RECOVERY: The machine was started in recovery mode.",
    "break-glass": "Cleanslate: break-glass: chosen as boot loader entry",
}
further = pytest.mark.takes_turns("event log, further modes", seconds=60)
EACH_MODE = [pytest.param(mode, marks=further if mode in FURTHER_MODES else ()) for mode in MODES]


@dataclass(frozen=True)
class Seen:
    pcrs: dict[int, bytes]  # as the TPM answered once the initrd had measured its phase
    log: Log
    image: bytes
    said: str
    kernels_log: bytes  # empty but in the normal mode


def _extended(value: bytes, data: bytes) -> bytes:
    return hashlib.sha256(value + hashlib.sha256(data).digest()).digest()


def profile_sections(image: bytes, profile: int) -> dict[str, bytes]:
    result, current = {}, -1
    for section in pe.sections(image):
        current += section.name == ".profile"
        if section.size and current in (-1, profile):
            result[section.name] = section.content
    return result


def predicted(image: bytes, profile: int, mode: str) -> bytes:
    """PCR 11 in the phase enter-initrd."""
    sections, value = profile_sections(image, profile), bytes(32)
    for name in MEASURED:
        if name in sections:
            value = _extended(_extended(value, name.encode() + b"\0"), sections[name])
    if mode != "normal":
        value = _extended(value, f"cleanslate:mode={mode}".encode())
    return _extended(value, b"enter-initrd")


def profile_number(mode: str) -> int:
    return ["", "reset", "recovery", "break-glass"].index(mode if mode != "normal" else "")


def with_break_glass(image: bytes) -> bytes:
    """Plus profile 3, as the builder adds it where the policy allows the shell; the policy, never measured, comes with it."""
    if any(b"break-glass" in section.content for section in pe.sections(image) if section.name == ".profile"):
        return image
    line = pe.common(image)[".cmdline"].decode()
    return pe.append(image, [*uki.profile_sections([uki.BREAK_GLASS], line), (".clnslt", ALLOW_BREAK_GLASS)])


def start(machine: TappedMachine, mode: str) -> None:
    entry = Entry(0x00D0 + profile_number(mode), mode, UKI_PATH, f"@{profile_number(mode)}")
    store = machine.variables
    store.set(entry.variable, GUID_GLOBAL, boot_entries.load_option(entry, machine.disk.partition(TYPE_ESP)))
    store.set("BootNext", GUID_GLOBAL, entry.number.to_bytes(2, "little"))
    machine.power_on()


def kernels_log(machine: Machine) -> bytes:
    shell = machine.login(scenario.BOOT_SECONDS)
    status, content = shell.run_bytes(f"cat {KERNELS_LOG}")
    assert status == 0, content
    return content


def see(machine: TappedMachine, mode: str, image: bytes) -> Seen:
    start(machine, mode)
    expected = predicted(image, profile_number(mode), mode)
    assert machine.tap is not None
    pcrs = machine.tap.wait_for_pcr(PCR_KERNEL_IMAGE, lambda value: value == expected, scenario.BOOT_SECONDS)
    memory = machine.memory()
    log = event_log.in_memory(memory)
    memory.unlink()
    from_kernel = kernels_log(machine) if mode == "normal" else b""
    if mode in ("reset", "recovery"):
        machine.wait_for({"reset": scenario.RESET_STARTED, "recovery": scenario.RECOVERY}[mode], scenario.BOOT_SECONDS)
    seen = Seen(pcrs, log, image, machine.console.text(), from_kernel)
    machine.kill()
    return seen


@pytest.fixture(scope="module")
def see_mode(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Callable[[str], Seen]:
    """Each mode on a machine of its own, when a test first asks for it: a reset is under way when its power is cut."""

    @functools.cache
    def result(mode: str) -> Seen:
        machine = TappedMachine(machine_like(factory_new.machine, f"event-log-{mode}").directory)
        image = with_break_glass(images.reference_uki.read_bytes())
        machine.esp.write(UKI_PATH, image)
        with machine.tpm() as chip:  # as some chips come: everything is measured into each bank
            chip.tool("pcrallocate", "sha1:all+sha256:all+sha384:all+sha512:all")
        try:
            return see(machine, mode, image)
        finally:
            machine.discard()

    return result


@pytest.fixture
def seen(see_mode: Callable[[str], Seen], mode: str) -> Seen:
    return see_mode(mode)


def replayed(seen: Seen, tmp_path: Path, raw: bytes | None = None) -> dict[int, bytes]:
    """The log, and what the initrd has measured after it."""
    result = event_log.replay(seen.log.raw if raw is None else raw, tmp_path)
    result[PCR_KERNEL_IMAGE] = _extended(result[PCR_KERNEL_IMAGE], b"enter-initrd")
    return result


@pytest.mark.parametrize("mode", EACH_MODE)
def test_the_tpm_holds_what_the_image_predicts_for_this_mode_alone(seen: Seen, mode: str) -> None:
    assert [other for other in MODES if seen.pcrs[PCR_KERNEL_IMAGE] == predicted(seen.image, profile_number(other), other)] == [mode]


@pytest.mark.parametrize("mode", EACH_MODE)
def test_the_event_log_replays_to_the_pcrs(seen: Seen, mode: str, tmp_path: Path) -> None:
    from_log = replayed(seen, tmp_path)
    assert {0, 4, 7, PCR_KERNEL_IMAGE} <= set(from_log), "a log that mentions next to nothing proves next to nothing"
    assert {pcr: value.hex() for pcr, value in from_log.items()} == {pcr: seen.pcrs[pcr].hex() for pcr in from_log}


@pytest.mark.parametrize("mode", EACH_MODE)
def test_what_the_log_does_not_mention_was_not_extended(seen: Seen, mode: str, tmp_path: Path) -> None:
    silent = set(PCRS) - set(replayed(seen, tmp_path)) - {PCR_IMA}
    assert all(seen.pcrs[pcr] in (bytes(32), b"\xff" * 32) for pcr in silent)


@pytest.mark.parametrize("mode", EACH_MODE)
def test_the_log_names_the_mode_and_no_other(seen: Seen, mode: str) -> None:
    named = [event.data.decode("utf-16-le").rstrip("\0") for event in seen.log.events if (event.pcr, event.type) == (11, EV_IPL)]
    assert [text for text in named if text.startswith("cleanslate:")] == ([] if mode == "normal" else [f"cleanslate:mode={mode}"])


def test_the_log_in_memory_is_the_one_that_the_kernel_shows(see_mode: Callable[[str], Seen]) -> None:
    """The control of how the log was come by."""
    assert see_mode("normal").kernels_log == see_mode("normal").log.raw


@pytest.mark.parametrize("mode", EACH_MODE)
def test_a_log_with_one_digest_changed_does_not_replay(seen: Seen, mode: str, tmp_path: Path) -> None:
    """The control of the comparison: the last event of PCR 11 is the mode's, where there is one."""
    last = [event for event in seen.log.events if event.pcr == PCR_KERNEL_IMAGE][-1]
    raw = bytearray(seen.log.raw)
    raw[last.digest_at] ^= 1
    assert replayed(seen, tmp_path, bytes(raw))[PCR_KERNEL_IMAGE] != seen.pcrs[PCR_KERNEL_IMAGE]


@pytest.mark.parametrize("mode", EACH_MODE)
def test_the_number_of_the_profile_is_in_pcr_12(seen: Seen, mode: str) -> None:
    """As with systemd-stub, which measures nothing there for profile 0."""
    number = profile_number(mode)
    expected = _extended(bytes(32), f"{number}\0".encode("utf-16-le")) if number else bytes(32)
    assert seen.pcrs[12] == expected
    tagged = [event.data for event in seen.log.events if (event.pcr, event.type) == (12, EV_EVENT_TAG)]
    text = f"{number}\0".encode("utf-16-le")
    assert tagged == ([struct.pack("<II", PROFILE_TAG, len(text)) + text] if number else [])


@pytest.mark.parametrize("mode", EACH_MODE)
def test_the_mode_was_what_it_is_called(seen: Seen, mode: str) -> None:
    assert [other for other, words in SAID.items() if words in seen.said] == ([mode] if mode != "normal" else [])
    assert mode != "normal" or "Cleanslate:" not in seen.said
