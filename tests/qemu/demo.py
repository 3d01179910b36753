# SPDX-License-Identifier: GPL-2.0-or-later
"""`make demo`: the life of one machine from its first boot through use and a factory reset back to a login, told while it
happens, and then judged from outside: by its raw disk, its TPM, its firmware's variables. Fails unless everything is proven."""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.qemu import accel, guest_tree, scenario
from tests.qemu.canaries import FOLDERS, Canaries
from tests.qemu.console import ConsoleError
from tests.qemu.disk import Disk
from tests.qemu.luks import Luks
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import CommandError, Shell
from tests.qemu.tpm import OfflineTpm, TpmError
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

CANARIES = 200
NV_INDEX = 0x01500016
SECRET = b"sealed before the reset"
SAMPLE = 64  # bytes of a keyslot, random enough to stand nowhere else
POLL_SECONDS = 0.1
# Console lines that a person would want to see; the rest is in the log.
TELLING = re.compile(r"^BdsDxe: starting|^cleanslate: |^Cleanslate: |^cleanslate login:|reboot: |^The next boot resets")

INTRODUCTION = f"""\
A machine of its own: UEFI firmware, TPM 2.0, an NVMe disk with the reference image. What follows:
  1. its first boot, which builds the encrypted /etc and /var from the verified image
  2. off; into its TPM go an object sealed to its storage hierarchy and an NV index
  3. an ordinary boot; {CANARIES} files with random canaries go to /var and /etc
  4. cleanslate request --reboot --reason "demo", and nobody helps from there on
  5. login, off; then disk, TPM and firmware variables are looked at from outside
"""


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


@contextmanager
def narrated(machine: Machine) -> Iterator[None]:
    """Prints what the machine says, as far as it is telling, with its seconds since power-on."""
    over = threading.Event()

    def narrate() -> None:
        told = 0
        while True:
            last = over.is_set()
            lines = machine.console.lines()
            for line in lines[told:]:
                if TELLING.search(line.text):
                    print(f"   [{line.seconds:6.1f} s] {line.text[:110]}", flush=True)
            told = len(lines)
            if last:
                return
            over.wait(POLL_SECONDS)

    thread = threading.Thread(target=narrate, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# -- what goes into the machine, and is asked again after the reset --------------------------------------------------


@dataclass(frozen=True)
class InTpm:
    storage_key: str
    unsealed: bool
    nv_index: bool
    blobs_that_load: int


@dataclass(frozen=True)
class Before:
    sealed: Path
    headers: dict[str, Luks]
    keyslots_found: int
    tpm: InTpm


def unseals(tpm: OfflineTpm, sealed: Path) -> bool:
    try:
        return tpm.unseal(sealed) == SECRET
    except TpmError as error:
        if "integrity" not in str(error):
            raise
        return False


def look_into_tpm(tpm: OfflineTpm, sealed: Path, headers: dict[str, Luks]) -> InTpm:
    loading = sum(tpm.can_load_blob(blob) for blob in scenario.sealed_blobs(headers).values())
    return InTpm(tpm.storage_key_name(), unseals(tpm, sealed), NV_INDEX in tpm.owner_nv_indices(), loading)


def count_keyslots(disk: Disk, headers: dict[str, Luks]) -> int:
    """Of how many volumes the raw disk still holds key material, wherever that may lie."""
    found = 0
    for header in headers.values():
        (keyslot,) = header.metadata["keyslots"].values()
        at = int(keyslot["area"]["offset"])
        sample = header.header_area[at : at + SAMPLE]
        assert any(sample), "an empty keyslot"
        found += bool(disk.find(sample))
    return found


def prepare(machine: Machine) -> Before:
    headers = scenario.volumes(machine)
    sealed = machine.directory / "sealed"
    with machine.tpm() as tpm:
        tpm.seal(SECRET, sealed)
        tpm.define_nv(NV_INDEX, b"written before the reset")
        return Before(sealed, headers, count_keyslots(machine.disk, headers), look_into_tpm(tpm, sealed, headers))


def write_canaries(shell: Shell, canaries: Canaries) -> None:
    each = CANARIES // len(FOLDERS)
    for folder in FOLDERS:
        loop = f'for i in $(seq {each}); do printf "%s-%04d\\n" {canaries.prefix} $i >{folder}/$i; done'
        shell.check(f"mkdir {folder} && {loop} && sync -f {folder}", 120)


def found_in_plain_file_system(scratch: Path) -> int:
    """The control: what the same search finds where as many canaries lie in a file system that nobody has encrypted."""
    canaries, source, image = Canaries(), scratch / "control", scratch / "control.ext4"
    source.mkdir()
    for number in range(CANARIES):
        (source / str(number)).write_text(f"{canaries.prefix}-{number:04}\n", encoding="ascii")
    make = ["mke2fs", "-q", "-t", "ext4", "-O", "^inline_data", "-d", str(source), str(image), "16m"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    try:
        return canaries.found_on(Disk(image))
    finally:
        image.unlink()


# -- the life of the machine -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    canaries: Canaries
    written: int
    before: Before
    first_digest: str
    reset_digest: str
    seconds: float  # from the request to the login
    left: int  # canary files that the new system can still read
    differences: list[str]  # of /etc and /var from the factory, as the new system shows them


def first_boot(machine: Machine) -> str:
    say("1. first boot of a factory-new machine")
    machine.power_on()
    with narrated(machine):
        digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never=[LOGIN, scenario.RECOVERY])[1]
        machine.login(scenario.BOOT_SECONDS)
        machine.power_off()
    return digest


def live(machine: Machine) -> Life:
    first_digest = first_boot(machine)
    say("2. sealing an object and writing an NV index in its TPM")
    before = prepare(machine)
    canaries = Canaries()
    say(f"3. ordinary boot, then {CANARIES} canary files")
    machine.power_on()
    with narrated(machine):
        shell = machine.login(scenario.BOOT_SECONDS)
        write_canaries(shell, canaries)
        written = canaries.count_files(shell)
        say(f'{written} canary files are in use. 4. cleanslate request --reboot --reason "demo"')
        shell.start('cleanslate request --yes --reboot --reason "demo"')
        reset = scenario.follow_reset(machine)
        shell = machine.login_now()
        say("5. looking at the new system, then switching it off")
        left, differences = canaries.count_files(shell), guest_tree.differences(shell)
        machine.power_off()
    return Life(canaries, written, before, first_digest, reset.digest, reset.seconds_to_login, left, differences)


# -- the proof -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    what: str
    seen: str
    holds: bool


def judge(machine: Machine, life: Life, factory_digest: str, record_at: Path) -> list[Claim]:
    with machine.tpm() as tpm:
        now = look_into_tpm(tpm, life.before.sealed, life.before.headers)
    return [*judge_disk(machine, life), *judge_tpm(life.before, now), *judge_records(machine, life, factory_digest, record_at)]


def judge_disk(machine: Machine, life: Life) -> list[Claim]:
    control = found_in_plain_file_system(machine.directory)
    raw, was = life.canaries.found_on(machine.disk), life.before
    slots, volumes = count_keyslots(machine.disk, was.headers), len(was.headers)
    untouched = machine.second_disk_is_untouched()
    return [
        Claim(
            "canaries on the raw disk",
            f"{raw} of {life.written} (control: the search finds {control} in an unencrypted file system)",
            (raw, life.written) == (0, CANARIES) and control >= CANARIES,
        ),
        Claim("canary files in the new system", f"{life.left} of {life.written}", life.left == 0),
        Claim("files in /etc and /var unlike the factory's", f"{len(life.differences)}", life.differences == []),
        Claim(
            "volumes with old key material on the raw disk",
            f"{slots}, was {was.keyslots_found} of {volumes}",
            (slots, was.keyslots_found) == (0, volumes),
        ),
        Claim("second disk with the same labels", "untouched, byte for byte" if untouched else "was written to", untouched),
    ]


def judge_tpm(before: Before, now: InTpm) -> list[Claim]:
    was, volumes = before.tpm, len(before.headers)
    return [
        Claim(
            "old volume keys that the TPM loads",
            f"{now.blobs_that_load}, was {was.blobs_that_load} of {volumes}",
            (now.blobs_that_load, was.blobs_that_load) == (0, volumes),
        ),
        Claim(
            "object sealed in the TPM",
            f"{words(was.unsealed, 'opened', 'did not open')} before, {words(now.unsealed, 'opens', 'does not load')} now",
            was.unsealed and not now.unsealed,
        ),
        Claim(
            "TPM's storage root key",
            f"{was.storage_key[4:20]}..., now {now.storage_key[4:20]}...",
            was.storage_key != now.storage_key,
        ),
        Claim(
            f"NV index {NV_INDEX:#010x}",
            f"{words(was.nv_index, 'there', 'not there')} before, {words(now.nv_index, 'still there', 'gone')} now",
            was.nv_index and not now.nv_index,
        ),
    ]


def judge_records(machine: Machine, life: Life, factory_digest: str, record_at: Path) -> list[Claim]:
    record = scenario.newest_record(machine)
    record_at.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    whole = (record["result"], record["reason"], record["factoryDigest"]) == ("complete", "demo", factory_digest)
    left = machine.variables.get(REQUEST_NAME, GUID_REQUEST) is not None
    digests = (life.first_digest, life.reset_digest, factory_digest)
    return [
        Claim("request in the firmware", words(left, "still there", "retired"), not left),
        Claim(
            "digest of first boot, reset, image",
            ", ".join(f"{digest[:12]}..." for digest in digests),
            len(set(digests)) == 1,
        ),
        Claim("record on the ESP", f"{record['result']}, reason \"{record['reason']}\"", whole),
    ]


def words(condition: bool, yes: str, no: str) -> str:
    return yes if condition else no


def conclude(claims: list[Claim], life: Life, record: Path, log: Path) -> bool:
    proven = sum(claim.holds for claim in claims)
    say(f"{proven} of {len(claims)} proven; {life.seconds:.0f} s from the request to the login, nobody helped")
    width = max(len(claim.what) for claim in claims)
    for claim in claims:
        print(f"   {'proven    ' if claim.holds else 'NOT PROVEN'}  {claim.what:{width}}  {claim.seen}")
    print(f"   record   {record}\n   console  {log}", flush=True)
    return proven == len(claims)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("directory", type=Path)
    options = parser.parse_args()
    began = time.monotonic()
    image, directory = options.images / "reference.raw", options.directory.resolve()
    digest = (options.images / "reference.factory-digest").read_text(encoding="ascii").strip()
    print(INTRODUCTION + f"QEMU runs with {accel.options()[1].split(',')[0]}.", flush=True)
    machine = Machine.new(directory, image)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the machine is switched off on the way out
    try:
        life = live(machine)
        claims = judge(machine, life, digest, directory / "record.json")
    except (ConsoleError, CommandError, TpmError, AssertionError) as error:
        print(f"\ndemo: NOT PROVEN: {error}\n   console  {machine.log}", file=sys.stderr)
        return 1
    finally:
        machine.discard()
    proven = conclude(claims, life, directory / "record.json", machine.log)
    print(f"   {time.monotonic() - began:.0f} s in all", flush=True)
    return 0 if proven else 1


if __name__ == "__main__":
    sys.exit(main())
