# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a machine with volumes of every kind (images/variants/volumes), for test_volumes.py: a first boot, use, and three resets in a
row, each asked for in another way. What the raw disk holds is looked at before the system that was rebuilt has been started."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import subprocess
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.attack import table
from tests.qemu import scenario
from tests.qemu.disk import Partition
from tests.qemu.keyboard import SERIAL
from tests.qemu.machine import Machine
from tests.qemu.menu import PAGE_SECONDS, TOO_LATE, open_menu
from tests.qemu.shell import Shell

MIB = 1 << 20
TYPE_CALIBRATION = uuid.UUID("0f6b1d5e-93c4-4b0f-8a57-2d1e6c7f9a30")
ENCRYPTED = ("config", "state", "home")
KEPT = ("vault", "calibration")
SUB_VOLUMES = ("@log", "@notes", "@var", "@var/lib/portables")
# Where raw bytes of an encrypted volume are taken: its key slot, and the first block behind the superblocks where something is.
KEY_SLOT, CONTENT, STEP, SAMPLE_BYTES = 0x8000, 16 * MIB + 0x11000, 0x1000, 48
POOL, SCRATCH, VAULT = "/run/pool", "/run/scratch", "/run/vault"

# Each volume gets a file of its own, with the words in it. xfs puts no file into its inodes, so a block has them.
USE = f"""
set -e
words=WORDS
mkdir -p {SCRATCH}
plant() {{ printf '%s\\n' "$words" >"$1/canary"; }}
for at in /etc /var /var/log /var/lib/portables /home/user /srv; do plant "$at"; done
mount /dev/disk/by-partlabel/scratch {SCRATCH}; plant {SCRATCH}/inbox; umount {SCRATCH}
sync
"""
FILL_VAULT = f"""
set -e
mkdir -p {VAULT}; mount -o noinit_itable /dev/disk/by-partlabel/vault {VAULT}
echo WORDS >{VAULT}/kept/canary; head -c 3000000 /dev/urandom >{VAULT}/kept/data
umount {VAULT}; sync; blockdev --flushbufs /dev/disk/by-partlabel/vault
"""
QUESTIONS = {
    "mounts": "findmnt --json --list --output TARGET,SOURCE,FSTYPE,OPTIONS,FSROOT",
    "failed": "systemctl --failed --no-legend --plain",
    "doctor": "cleanslate doctor",
    "sub volumes": f"mkdir -p {POOL} && mount -o subvolid=5 /dev/mapper/state {POOL} && btrfs subvolume list {POOL}",
    "default": f"btrfs subvolume get-default {POOL}",
    "read-only": f"btrfs property get {POOL}/@notes ro; btrfs property get {POOL}/@var ro",
    "no copies": f"lsattr -d {POOL}/@log {POOL}/@var",
    "copied": "filefrag -v /var/lib/dpkg/status",
    "method": "btrfs inspect-internal dump-tree /dev/mapper/state | grep -o 'compression [0-9] ([a-z]*)' | sort | uniq -c",
    "written": "dd status=none if=/var/lib/dpkg/status of=/var/cache/copy && sync -f /var/cache/copy && filefrag -v /var/cache/copy; rm /var/cache/copy",
    "marks": f"getfattr --absolute-names -n trusted.cleanslate.complete {POOL} "
    + " ".join(f"{POOL}/{name}" for name in SUB_VOLUMES)
    + " /etc /var /var/log /home /srv",
    "no mark": f"getfattr --absolute-names -n trusted.cleanslate.complete {POOL}/@var/lib",
    "scratch": f"mkdir -p {SCRATCH} && mount -o ro /dev/disk/by-partlabel/scratch {SCRATCH} && ls {SCRATCH} {SCRATCH}/inbox; "
    f"getfattr --absolute-names -n trusted.cleanslate.complete {SCRATCH}; umount {SCRATCH}",
    "pool": f"umount {POOL}",
    "welcome": "cat /srv/welcome /home/user/.profile /calibration/serial",
    "canaries": "cat /etc/canary /var/canary /var/log/canary /var/lib/portables/canary /home/user/canary /srv/canary",
    "calibration is": "touch /calibration/written",
}
Answers = dict[str, tuple[int, str]]


@dataclass
class Turn:
    """One reset, and what the raw disk was before it and behind it."""

    words: str  # what was planted
    planted: int  # how many of these the raw disk had
    samples: dict[str, list[bytes]]  # of the encrypted volumes
    samples_before: int  # how many of them the search found
    partitions_before: dict[str, Partition]
    digests_before: dict[str, str]
    digest: str = ""
    left: int = -1
    samples_left: int = -1
    partitions: dict[str, Partition] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)


@dataclass
class Life:
    machine: Machine
    provided: tuple[Partition, str]  # on the line: the entry and the digest of the content
    first: Answers = field(default_factory=dict)  # of the first boot
    in_use: Answers = field(default_factory=dict)  # once everything had been planted
    turns: dict[str, Turn] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)  # by the reset before
    planned: dict[str, Any] = field(default_factory=dict)
    vault_words: str = ""


def named(machine: Machine) -> dict[str, Partition]:
    return {partition.name: partition for partition in machine.disk.partitions()}


def digest_of(machine: Machine, name: str) -> str:
    partition = named(machine)[name]
    return hashlib.sha256(machine.disk.read(partition.start, partition.size)).hexdigest()


def canary() -> str:
    return "canary" + secrets.token_hex(20)


def provide(machine: Machine) -> tuple[Partition, str]:
    """What the line does: a partition at the disk's end, with a file system."""
    size, file, tree = 16 * MIB, machine.directory / "calibration.ext4", machine.directory / "calibration"
    tree.mkdir()
    (tree / "serial").write_text("SN-4711\n", encoding="ascii")
    (tree / "table").write_bytes(secrets.token_bytes(100_000))
    with file.open("wb") as stream:
        stream.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-d", tree, file], check=True, capture_output=True)
    start = (machine.disk.size() - size - 2 * MIB) // MIB * MIB
    machine.disk.write(start, file.read_bytes())
    partitions = machine.disk.partitions()
    number = max(partition.number for partition in partitions) + 1
    own = Partition(number, TYPE_CALIBRATION, uuid.uuid4(), "calibration", start, size, 0)
    table.write(machine.disk, table.disk_uuid(machine.disk), [*partitions, own])
    return own, digest_of(machine, "calibration")


def ask(shell: Shell) -> Answers:
    return {name: shell.run(command, 180) for name, command in QUESTIONS.items()}


def take_samples(machine: Machine) -> dict[str, list[bytes]]:
    result = {}
    for name in ENCRYPTED:
        partition = named(machine)[name]
        places = (KEY_SLOT, *range(CONTENT, partition.size, STEP))
        read = (machine.disk.read(partition.start + at, SAMPLE_BYTES) for at in places)
        result[name] = list(itertools.islice(filter(any, read), 2))
    return result


def count_samples(machine: Machine, samples: dict[str, list[bytes]]) -> int:
    return sum(bool(machine.disk.find(sample)) for of_one in samples.values() for sample in of_one)


def before_reset(machine: Machine, words: str) -> Turn:
    samples = take_samples(machine)
    planted = len(machine.disk.find(words.encode()))
    return Turn(words, planted, samples, count_samples(machine, samples), named(machine), {name: digest_of(machine, name) for name in KEPT})


def follow(machine: Machine, turn: Turn) -> None:
    """To the end of the reset, and off before anything else is started."""
    turn.digest = scenario.follow_to_completion(machine)
    machine.wait_for(scenario.RESTARTING, scenario.RESET_SECONDS, TOO_LATE[:-1])
    machine.kill()
    turn.left, turn.samples_left = len(machine.disk.find(turn.words.encode())), count_samples(machine, turn.samples)
    turn.partitions, turn.digests = named(machine), {name: digest_of(machine, name) for name in KEPT}
    turn.record = scenario.newest_record(machine)


def use(machine: Machine, shell: Shell) -> str:
    words = canary()
    shell.check(USE.replace("WORDS", words), 120)
    return words


def ordinary_boot(machine: Machine) -> Shell:
    machine.power_on()
    return machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])


def by_request(life: Life) -> None:
    """From the running system, of whose first boot it is."""
    machine, shell = life.machine, life.machine.shell
    life.vault_words = canary()
    shell.check(FILL_VAULT.replace("WORDS", life.vault_words), 120)
    words = use(machine, shell)
    life.in_use = ask(shell)
    life.planned = scenario.plan(shell)
    life.turns["request"] = before_reset(machine, words)
    shell.start("cleanslate request --yes --reboot")
    follow(machine, life.turns["request"])
    life.answers["request"] = ask(ordinary_boot(machine))


def by_variable(life: Life) -> None:
    machine = life.machine
    words = use(machine, machine.shell)
    machine.power_off()
    life.turns["variable"] = before_reset(machine, words)
    scenario.request_from_outside(machine, "clear")
    machine.power_on()
    follow(machine, life.turns["variable"])


def by_menu(life: Life) -> None:
    """At once, with what somebody may have laid on the disk from outside meanwhile."""
    machine, words = life.machine, canary()
    for name in ("scratch", "srv"):
        partition = named(machine)[name]
        machine.disk.write(partition.start + partition.size - MIB, words.encode())
    life.turns["menu"] = before_reset(machine, words)
    open_menu(machine, SERIAL)
    SERIAL.press(machine, "f")
    machine.wait_for(r"Cleanslate: factory reset", PAGE_SECONDS)
    SERIAL.press(machine, "ret")
    machine.wait_for(r"Type the word +reset +and press Enter", PAGE_SECONDS)
    SERIAL.type(machine, "reset")
    follow(machine, life.turns["menu"])
    life.answers["menu"] = ask(ordinary_boot(machine))
    machine.power_off()


def live(machine: Machine) -> Life:
    life = Life(machine, provide(machine))
    machine.power_on()
    life.first = ask(machine.login(scenario.RESET_SECONDS))
    by_request(life)
    by_variable(life)
    by_menu(life)
    return life
