# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine for whole resets in seconds: the stub on a firmware made of memory, the initrd as PID 1 of a container, a disk in a file
behind a loop device, a software TPM. tests/attack/stub.c and initrd.c say what is real and what is replaced.

Everything of a machine is below one directory, and a switched-off machine is nothing but these files: an attacker's hands are
Python on them, and so are the judge's eyes.

A new attack is a test in a file of its adversary. It gets a machine that has had its first boot (fixture `used`) or one as it leaves
the line (`new`), puts canaries where they must not stay, does to disk, table, ESP or variables what the adversary would, and
switches the machine on: `boot()` once, or `boots()` until it does not restart by itself. Then it asserts on what anybody could see
from outside: canaries left, the request, the TPM's storage key, what the records say, the page's words. Beside it stands its
control, the same without the attack. An image and a disk of its own: `Machine.flashed(memory / "name", ...)`."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images import uki
from images.root import root_hash
from tests.attack import image, table
from tests.attack.table import MIB
from tests.qemu import disk as disk_module
from tests.qemu.disk import TYPE_ESP, TYPE_ROOT, TYPE_ROOT_VERITY, TYPE_USR, TYPE_USR_VERITY, Disk, Partition
from tests.qemu.tpm import OfflineTpm
from tests.qemu.variables import GUID_CLEANSLATE, GUID_LOADER, GUID_REQUEST, PROGRESS_NAMES, REQUEST_NAME, request_value

BUILD = Path(os.environ.get("BUILD", "build")).resolve()
STUB, INITRD, FORGE = (BUILD / "attack" / name for name in ("stub", "initrd", "forge"))
SECONDS = 60
DISK_BYTES, ADDITIONAL_BYTES = 176 * MIB, 16 * MIB
ESP = uuid.UUID("abcdef01-2345-6789-abcd-010203040506")  # what the firmware made of memory starts the stub from
RECORDS = "EFI/cleanslate/records"
NON_VOLATILE, BOOT, RUNTIME, AUTHENTICATED, ENHANCED_AUTHENTICATED = 1, 2, 4, 0x20, 0x80
PPI_CLEAR, PPI_CLEARED, PPI_DECLINED = "5", "5 0: Success", "5 0xFFFFFFF0: User Abort"
_ENDS = {40: "restart", 41: "power-off", 42: "page", 43: "started", 45: "cut"}


@dataclass(frozen=True)
class Boot:
    """How one start of the machine went."""

    mode: str  # as the stub decided it, or the initrd where there is none of ours
    end: str  # "restart", "power-off", "page", "cut", or "started": the image's init would run now
    trouble: str  # the page's reason
    old_data: str  # what the page says has become of it
    log: str  # what the initrd told the kernel log
    console: bytes
    output: str  # of the image's init, where it runs (MACHINE/init-runs)


class Machine:
    def __init__(self, at: Path) -> None:
        self.at = at
        self.disk = Disk(at / "disk")
        self.additional = Disk(at / "additional")  # if there is one
        self.stub = True  # False: started by another stub, which knows nothing of Cleanslate
        self.added = ""  # to the command line, by whoever can: that stub lets addons and the machine's SMBIOS have a say
        self.questions = 0  # how often its firmware was asked to clear the TPM
        self.esp, self.variables, self.private, self.ppi = (at / name for name in ("esp", "variables", "private", "ppi"))

    @classmethod
    def flashed(
        cls,
        at: Path,
        settings: str = image.SETTINGS,
        *,
        esp_list: str = "",
        state_max: str = "48M",
        disk_bytes: int = DISK_BYTES,
        additional: bool = False,
        kept: bool = False,
        extra: image.Extra = image.Extra(),
    ) -> Machine:
        """As the line leaves it: ESP and image on the disk, and nothing else. `esp_list`: what the image declares of the ESP."""
        machine = cls(at)
        for name in ("esp/EFI/BOOT", "variables", "private", "image", "uki", "tpm"):
            (at / name).mkdir(parents=True)
        image.make(at / "image", settings, esp_list, state_max, kept, extra)
        (machine.esp / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"the UKI")
        (at / "consoles").write_text("console\n", encoding="ascii")
        sections = {"linux": "kernel", "initrd": "init", "osrel": (at / "image/usr/lib/os-release").read_text(encoding="utf-8")}
        root, tree, hash_ = machine._make_verity()
        sections |= {"clnslt": settings, "cmdline": f"{'usrhash' if extra.usr else 'roothash'}={hash_} quiet"}
        for name, text in sections.items():
            (at / "uki" / name).write_bytes(text.encode())
        for number, (name, content) in enumerate(uki.profile_sections(uki.profiles(settings), sections["cmdline"])):
            (at / "uki" / f"profile{number}-{name.removeprefix('.')}").write_bytes(content)
        for disk, size in ((machine.disk, disk_bytes), (machine.additional, ADDITIONAL_BYTES if additional else 0)):
            if size:
                disk.path.touch()
                os.truncate(disk.path, size)
        halves = uuid.UUID(hash_[:32]), uuid.UUID(hash_[32:])
        types = (TYPE_USR, TYPE_USR_VERITY) if extra.usr else (TYPE_ROOT, TYPE_ROOT_VERITY)
        partitions = [
            Partition(1, TYPE_ESP, ESP, "esp", 1 * MIB, 8 * MIB, 0),
            Partition(2, types[0], halves[0], "usr" if extra.usr else "root", 9 * MIB, MIB, 0),
            Partition(3, types[1], halves[1], "verity", 10 * MIB, MIB, 0),
        ]
        table.write(machine.disk, uuid.uuid4(), partitions)
        machine.make_fat()
        for partition, content in zip(partitions[1:], (root, tree)):
            machine.disk.write(partition.start, content)
        return machine

    def _make_verity(self) -> tuple[bytes, bytes, str]:
        """What stands in the image's partitions, since nothing mounts them here: enough to tell how much of each is the image's."""
        root, tree = self.at / "root-image", self.at / "root-tree"
        root.write_bytes(secrets.token_bytes(MIB // 2))
        command = ["veritysetup", "format", str(root), str(tree)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        result = root.read_bytes(), tree.read_bytes(), root_hash(said)
        root.unlink()
        tree.unlink()
        return result

    def make_fat(self, size: int | None = None, reserved_sectors: int = 1) -> None:
        """The file system of the ESP, which only what reads it raw ever sees: its files are those of the directory."""
        esp, file = self.disk.partition(TYPE_ESP), self.at / "fat"
        with file.open("wb") as stream:
            stream.truncate(size or esp.size)
        command = ["mkfs.vfat", "-F", "16", "-s", "1", "-R", str(reserved_sectors), str(file)]
        subprocess.run(command, check=True, capture_output=True)
        self.disk.write(esp.start, file.read_bytes())
        file.unlink()

    def copy(self, to: Path) -> Machine:
        """Another machine, the same to the last byte. The image, which nobody writes, is shared."""
        to.mkdir()
        for name in ("esp", "variables", "private", "uki", "tpm", "ppi"):
            if (self.at / name).exists():
                shutil.copytree(self.at / name, to / name)
        (to / "image").symlink_to((self.at / "image").resolve())
        shutil.copy(self.at / "consoles", to / "consoles")
        for disk in self.disks():
            disk_module.copy_sparse(disk.path, to / disk.path.name)
        return Machine(to)

    def update(self, kept: bool, settings: str = image.SETTINGS, state_max: str = "48M") -> None:
        """To another version of the image, which only the definitions tell from the first: verity is replaced here."""
        other = self.at / "another-image"
        shutil.rmtree(other, ignore_errors=True)
        other.mkdir()
        image.make(other, settings, "", state_max, kept)
        (self.at / "image").unlink()  # a link, in every machine that is a copy
        (self.at / "image").symlink_to(other)

    def disks(self) -> list[Disk]:
        return [disk for disk in (self.disk, self.additional) if disk.path.exists()]

    # The machine is switched on.

    def boot(self, before: Callable[[OfflineTpm], object] | None = None, cut: str = "") -> Boot:
        """One start, until the machine restarts, shows its page or would hand over to the image's init. `before` is what happens to
        its TPM behind the power switch: a firmware that clears it, somebody who sets an authorization. `cut`: where the power fails, in
        the words of tests/attack/initrd.c."""
        (self.at / "cut").write_text(cut, encoding="ascii")
        for name in ("kmsg", "console", "ignored", "trouble", "old-data"):
            (self.at / name).write_bytes(b"")
        (self.at / "boot-id").write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        shutil.rmtree(self.at / "extra", ignore_errors=True)
        if self.stub:
            started = _run(STUB, str(self.at))
            assert started.returncode == 0, f"the stub started no kernel: {started.stdout}{started.stderr}"
            _unpack((self.at / "handed-over").read_bytes(), self.at / "extra")
        else:
            self._start_by_another_stub()
        (self.at / "root").mkdir(exist_ok=True)
        with OfflineTpm(self.at / "tpm") as tpm, ExitStack() as stack:
            if before:
                before(tpm)
            self._firmware_answers(tpm)
            loops = [stack.enter_context(_loop(disk)) for disk in self.disks()]
            done = _run(INITRD, str(self.at), *loops, ATTACK_TCTI=f"swtpm:path={tpm.scratch}/tpm")
        log = (self.at / "kmsg").read_text("utf-8", "replace")
        assert bool(cut) == (_ENDS.get(done.returncode) == "cut"), f"the power was to fail at {cut!r}, and the end was {done.returncode}:\n{log}"
        assert done.returncode in _ENDS, f"the initrd ended with {done.returncode}:\n{done.stdout}{done.stderr}\n{log}"
        mode = re.search(r"mode ([a-z-]+), ", log)
        assert mode is not None, f"the initrd told no mode:\n{log}"
        trouble, old_data = ((self.at / name).read_text("utf-8", "replace") for name in ("trouble", "old-data"))
        return Boot(mode[1], _ENDS[done.returncode], trouble, old_data, log, (self.at / "console").read_bytes(), done.stdout)

    def _start_by_another_stub(self) -> None:
        """What systemd-stub leaves of a start: the section's command line, what it was given besides, and volatile variables. Of the
        UKI's sections only those that it knows matter here, and this image's has no PCR signature."""
        (self.at / "extra").mkdir()
        line = (self.at / "uki/cmdline").read_text(encoding="ascii")
        (self.at / "cmdline").write_text(f"{line} {self.added}".rstrip() + "\n", encoding="ascii")
        for name, text in {"StubPcrKernelImage": "11", "StubInfo": "systemd-stub 252", "LoaderDevicePartUUID": str(ESP).upper()}.items():
            self.set_variable(name, GUID_LOADER, (text + "\0").encode("utf-16-le"), BOOT | RUNTIME)

    def add_firmware_interface(self, response: str = "0: No Recent Request", declined: bool = False) -> None:
        """A physical presence interface whose firmware clears the TPM when it is asked to (PPI specification 1.30), or has somebody
        at the machine say no."""
        self.ppi.mkdir()
        if declined:
            (self.at / "declined").touch()
        files = {"request": "0", "response": response, "transition_action": "2: Reboot", "tcg_operations": f"{PPI_CLEAR} 4: User not required"}
        for name, text in files.items():
            (self.ppi / name).write_text(text + "\n", encoding="ascii")

    def _firmware_answers(self, tpm: OfflineTpm) -> None:
        if not self.ppi.exists() or (self.ppi / "request").read_text("ascii").split()[0] != PPI_CLEAR:
            return
        self.questions += 1
        declined = (self.at / "declined").exists()
        if not declined:
            tpm.tool("clearcontrol", "-C", "p", "c")
            tpm.tool("clear", "-c", "p")
        (self.ppi / "request").write_text("0\n", encoding="ascii")
        (self.ppi / "response").write_text((PPI_DECLINED if declined else PPI_CLEARED) + "\n", encoding="ascii")

    def type(self, keys: str) -> None:
        """What somebody types at the firmware's keyboard in the next start; "\\n" is Enter, "\\x1b" is Esc."""
        (self.at / "keys").write_text(keys, encoding="ascii")

    def boots(self, at_most: int = 4) -> list[Boot]:
        """Starts it until it does not restart by itself any more."""
        done: list[Boot] = []
        while len(done) < at_most and (not done or done[-1].end == "restart"):
            done.append(self.boot())
        return done

    # What anybody with root has in the running system.

    def set_variable(self, name: str, vendor: uuid.UUID, value: bytes, attributes: int = NON_VOLATILE | BOOT | RUNTIME) -> None:
        assert not (self.private / f"{name}-{vendor}").exists(), "a firmware refuses other attributes under a name that is there"
        (self.variables / f"{name}-{vendor}").write_bytes(attributes.to_bytes(4, "little") + value)

    def remove_variable(self, name: str, vendor: uuid.UUID) -> None:
        (self.variables / f"{name}-{vendor}").unlink()

    def variable(self, name: str, vendor: uuid.UUID) -> bytes | None:
        path = self.variables / f"{name}-{vendor}"
        return path.read_bytes()[4:] if path.exists() else None

    def request(self, **ours: Any) -> None:
        """As `cleanslate request` writes it, in a boot that is over."""
        identity = {"osReleaseId": "attack", "osReleaseVersionId": "1", "osReleaseImageId": image.IMAGE_ID, "osReleaseImageVersion": "1"}
        members = {"nonce": secrets.token_hex(16), "reason": "test", "requester": "root", **ours}
        text = json.dumps({**identity, "bootId": secrets.token_hex(16), "cleanslate": members})
        self.set_variable(REQUEST_NAME, GUID_REQUEST, request_value(text))

    def forge(self, **fields: int | str) -> None:
        """Writes progress as root can: with everything but the key. Fields as tests/attack/forge.c names them."""
        words = [f"{name.replace('_', '-')}={value}" for name, value in fields.items()]
        done = _run(FORGE, str(self.variables), *words)
        assert done.returncode == 0, done.stderr

    def claimed_phase(self, slot: str) -> int:
        """What a slot of progress says, whoever wrote it (common/state/progress.c)."""
        return int.from_bytes((self.variable(slot, GUID_CLEANSLATE) or bytes(16))[12:16], "little")

    def claimed_plan(self) -> str:
        """The digest of the plan that the last reset has carried out."""
        slots = [self.variable(name, GUID_CLEANSLATE) or bytes(96) for name in PROGRESS_NAMES]
        return max(slots, key=lambda slot: slot[16:24][::-1])[64:96].hex()

    # What anybody sees who looks at it from outside.

    def mounts(self) -> dict[str, set[str]]:
        """What was mounted where when the image's init would have run last, by its options (proc_pid_mountinfo(5))."""
        lines = (self.at / "mounts").read_text("ascii").splitlines()
        return {fields[4]: set(fields[5].split(",")) for fields in (line.split() for line in lines)}

    def is_requested(self) -> bool:
        return self.variable(REQUEST_NAME, GUID_REQUEST) is not None

    def storage_key_name(self) -> str:
        with OfflineTpm(self.at / "tpm") as tpm:
            return tpm.storage_key_name()

    def partition(self, name: str) -> Partition:
        found = [partition for partition in self.disk.partitions() if partition.name == name]
        assert len(found) == 1, f"{len(found)} partitions are called {name!r}"
        return found[0]

    def newest_record(self) -> dict[str, Any]:
        """The one without a number of failed attempts that was written last."""
        files = [file for file in (self.esp / RECORDS).glob("*.json") if file.name.count(".") == 1 and "failed" not in file.name]
        record: dict[str, Any] = json.loads(max(files, key=lambda file: file.stat().st_mtime_ns).read_text("utf-8"))
        return record

    def records(self) -> dict[str, dict[str, Any]]:
        """By file name, without what is signed beside them."""
        files = (self.esp / RECORDS).glob("*.json")
        return {file.name: json.loads(file.read_text("utf-8")) for file in files if not file.name.endswith(".signature.json")}


def _run(program: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **environment, "ASAN_OPTIONS": "detect_leaks=0", "TSS2_LOG": "all+NONE"}
    command = [str(program), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment)


@contextmanager
def _loop(disk: Disk) -> Iterator[str]:
    command = ["losetup", "--find", "--show", "--partscan", str(disk.path)]
    loop = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        # Not every kernel reads partition tables by itself, and not every disk has one. A partition that is missing then is missed.
        subprocess.run(["partx", "--add", loop], check=False, capture_output=True)
        yield loop
    finally:
        subprocess.run(["partx", "--delete", loop], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", loop], check=True)


def _unpack(archive: bytes, to: Path) -> None:
    """What the stub adds below /.extra (newc)."""
    at = archive.index(b"070701")
    while True:
        sizes = [int(archive[at + 6 + 8 * field : at + 14 + 8 * field], 16) for field in range(13)]
        name = archive[at + 110 : at + 110 + sizes[11] - 1].decode()
        content_at = at + _aligned(110 + sizes[11])
        if name == "TRAILER!!!":
            return
        if name == ".extra" or name.startswith(".extra/"):
            target = to / name.removeprefix(".extra").lstrip("/")
            if sizes[1] & 0o040000:
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(archive[content_at : content_at + sizes[6]])
        at = content_at + _aligned(sizes[6])


def _aligned(offset: int) -> int:
    return (offset + 3) & ~3
