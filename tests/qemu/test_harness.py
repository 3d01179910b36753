# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness itself, without a machine: a check that cannot see what it looks for proves nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from images import cpio, gpt
from tests.qemu import arch, attachment, carve, decoy, event_log, figures, hang, luks, manifest, progress, remains
from tests import rotation
from tests.qemu import scenario, turns
from tests.qemu.console import Console, ConsoleError, Line
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.disk import TYPE_ESP, TYPE_VAR, Disk, DiskError, Partition, copy_sparse
from tests.qemu.esp import RECORDS, Esp
from tests.qemu.ext4 import Ext4
from tests.qemu.remains import ON_THE_RAW_DISK, Remains
from tests.qemu.shell import Shell
from tests.qemu.tpm import MachineTpm, OfflineTpm, TpmError
from tests.qemu.tpm_tap import Tap
from tests.qemu.variables import GUID_CLEANSLATE, GUID_REQUEST, REQUEST_NAME, VariableStore, request_value

pytestmark = pytest.mark.promise("a test of a machine can see what it looks for")


class Far:
    """The far end of a serial line."""

    def __init__(self, folder: Path) -> None:
        output, self._far_output = os.pipe()
        self._far_input, input_ = os.pipe()
        files = os.fdopen(output, "rb", buffering=0), os.fdopen(input_, "wb", buffering=0)
        self.console = Console(*files, folder / "console.log", time.monotonic())

    def say(self, text: str) -> None:
        os.write(self._far_output, text.encode())

    def end(self) -> None:
        os.close(self._far_output)

    def heard(self) -> bytes:
        return os.read(self._far_input, 65536)


@pytest.fixture
def line(tmp_path: Path) -> Far:
    return Far(tmp_path)


class TestConsole:
    def test_a_marker_is_found_across_pieces_and_escape_sequences(self, line: Far) -> None:
        for piece in ("\x1b[0", "1;37mclean", "\x1b[", "Kslate lo", "gin:\r\n"):
            line.say(piece)
        line.console.wait_for(r"^cleanslate login:", 5)

    def test_each_marker_is_found_once(self, line: Far) -> None:
        line.say("login: \nlogin: \n")
        line.console.wait_for("login", 5)
        line.console.wait_for("login", 5)
        with pytest.raises(ConsoleError, match="without 'login'"):
            line.console.wait_for("login", 0.05)

    def test_a_sentence_that_arrives_in_pieces_is_awaited_to_its_end(self, line: Far) -> None:
        line.say("cleanslate: RECOVERY: config sta")
        assert line.console.wait_for_any([scenario.RECOVERY], 0.05) is None
        line.say("ys locked\r\n")
        assert line.console.wait_for(scenario.RECOVERY, 5)[1] == "config stays locked"

    def test_what_must_not_come_first_is_an_error(self, line: Far) -> None:
        line.say("RECOVERY: disk is gone\nlogin: \n")
        with pytest.raises(ConsoleError, match="RECOVERY"):
            line.console.wait_for("login", 5, never=["RECOVERY"])

    def test_the_end_of_the_machine_ends_the_waiting(self, line: Far) -> None:
        line.say("last words\n")
        line.end()
        with pytest.raises(ConsoleError, match="last words"):
            line.console.wait_for("login", 60)

    def test_the_log_has_a_time_for_each_line(self, line: Far, tmp_path: Path) -> None:
        line.say("one\ntwo")
        line.end()
        line.console.wait_for_end(5)
        times = [entry.split("]")[0].strip("[ ") for entry in (tmp_path / "console.log").read_text().splitlines()]
        assert len(times) == 2 and all(float(text) >= 0 for text in times)


@pytest.fixture
def local_shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell of this machine, behind pipes, in a place of its own."""
    process = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdin is not None and process.stdout is not None
    console = Console(process.stdout, process.stdin, tmp_path / "console.log", time.monotonic())
    shell = Shell(console, PurePosixPath(tmp_path))
    yield shell
    process.kill()
    process.wait()


class TestShell:
    def test_status_and_output_come_back_apart(self, local_shell: Shell) -> None:
        assert local_shell.run("echo 'two  spaces'; echo to standard error >&2; exit 7") == (7, "two  spaces\nto standard error")

    def test_a_long_script_arrives_whole(self, local_shell: Shell) -> None:
        text = "ä'\"\\$x " * 500
        assert local_shell.run(f"cat <<'END'\n{text}\nEND\n") == (0, text)

    def test_binary_output_arrives_whole(self, local_shell: Shell) -> None:
        wanted = bytes(range(256)) * 300
        encoded = "".join(f"\\{byte:03o}" for byte in range(256))
        assert local_shell.run_bytes(f"for i in $(seq 300); do printf '{encoded}'; done") == (0, wanted)

    def test_a_failing_command_is_an_error_where_success_is_expected(self, local_shell: Shell) -> None:
        with pytest.raises(Exception, match="ended with 3: why"):
            local_shell.check("echo why; exit 3")


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """ESP and an ext4 file system on a GUID partition table that somebody else's tool wrote."""
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        file.truncate(96 << 20)
    script = f"label: gpt\nstart=2048,size=81920,type={TYPE_ESP},name=esp\nsize=65536,type={TYPE_VAR},name=state\n"
    subprocess.run(["sfdisk", "-q", str(path)], input=script.encode(), check=True)
    return Disk(path)


class TestRemains:
    def test_each_number_is_of_the_kind_that_it_was_given_to(self) -> None:
        assert remains.COUNT == 10000 == sum(map(len, remains.ranges().values()))
        assert {remains.kind_of(number) for number in remains.ranges()["slack"]} == {"slack"}
        assert remains.kind_of(ON_THE_RAW_DISK) == "raw"

    def test_whole_and_torn_canaries_are_found_wherever_they_lie(self, disk: Disk) -> None:
        marks = Remains(keyslot=b"k" * 64)
        disk.write(12345, marks.canary(7))
        disk.write((16 << 20) - 20, marks.canary(8))  # over the border of what is read at a time
        disk.write(disk.size() - len(marks.prefix), marks.prefix.encode())
        disk.write(50 << 20, marks.header(ON_THE_RAW_DISK))
        found = {hit.number: hit.offset for hit in marks.hits(disk)}
        assert found == {
            7: 12345, 8: (16 << 20) - 20, None: disk.size() - len(marks.prefix), ON_THE_RAW_DISK: (50 << 20) + remains.LABEL_AT
        }  # fmt: skip
        assert remains.count_by_kind(marks.hits(disk)) == {"file": 2, "raw": 1}
        assert disk.find(luks.MAGIC) == [50 << 20] and len(disk.find(marks.keyslot)) == 1

    def test_pictures_are_carved_out_of_a_disk_without_a_file_system(self, disk: Disk, tmp_path: Path) -> None:
        marks = Remains()
        picture, document = remains.ranges()["picture"][1], remains.ranges()["picture"][2]
        disk.write(60 << 20, remains.png(marks.canary(picture)))
        disk.write(70 << 20, remains.pdf(marks.canary(document)))
        assert marks.carved(carve.photorec(disk, tmp_path / "carved")) == {picture, document}


class TestAttachment:
    def test_a_disk_has_what_its_attachment_says(self) -> None:
        path = Path("/x/disk.raw")
        plain = " ".join(attachment.NVME.options(path, 1))
        assert "discard=unmap" in plain and "-device nvme,id=disk-device,drive=disk,serial=cleanslate-disk,bootindex=1" in plain
        deaf = " ".join(attachment.NVME.without_discard().options(path, 1))
        assert "discard=ignore" in deaf and "unmap" not in deaf
        faulty = " ".join(attachment.SCSI.with_faults("iotype=write,sector=7").options(path, 1))
        assert "file.inject-error.0.iotype=write" in faulty and "file.inject-error.0.sector=7" in faulty
        assert "readonly=on" in " ".join(attachment.VIRTIO.protected().options(path, 1))


class TestDisk:
    def test_a_table_for_larger_sectors_is_read_as_well(self, tmp_path: Path) -> None:
        (tmp_path / "content").write_bytes(b"x" * (2 << 20))
        part = gpt.Partition(TYPE_VAR, uuid.UUID(int=1), "state", tmp_path / "content")
        for sector in (512, 4096):
            gpt.write(tmp_path / "disk", uuid.UUID(int=2), 16 << 20, [part], sector)
            disk = Disk(tmp_path / "disk")
            assert disk.sector_size() == sector
            assert [(p.name, p.start, p.size) for p in disk.partitions()] == [("state", 1 << 20, 2 << 20)]

    def test_the_table_is_read_as_its_writer_meant_it(self, disk: Disk) -> None:
        esp, state = disk.partitions()
        assert (esp.number, esp.type, esp.name, esp.start, esp.size) == (1, TYPE_ESP, "esp", 1 << 20, 40 << 20)
        assert disk.partition(TYPE_VAR) == state

    def test_a_damaged_table_is_an_error(self, disk: Disk) -> None:
        disk.flip_byte(1024 + 60)
        with pytest.raises(DiskError):
            disk.partitions()

    def test_a_needle_is_found_wherever_it_lies(self, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
        size = disk.size()
        offsets = [0, (1 << 20) - 3, 4096 * 5000 - 3, size - 6]
        for offset in offsets:
            disk.write(offset, b"needle")
        assert disk.find(b"needle") == offsets
        monkeypatch.setattr("tests.qemu.disk.CHUNK", 4)  # less than a needle: each lies across pieces
        assert disk.find(b"needle") == offsets

    def test_nothing_is_found_where_nothing_is(self, disk: Disk) -> None:
        assert disk.find(b"needle") == []

    def test_the_hash_of_a_sparse_disk_is_that_of_its_bytes(self, disk: Disk) -> None:
        disk.write(50 << 20, b"data between holes")
        plain = subprocess.run(["sha256sum", str(disk.path)], capture_output=True, check=True).stdout
        assert disk.sha256() == plain.decode().split()[0]

    def test_a_copy_is_identical_and_as_sparse(self, disk: Disk, tmp_path: Path) -> None:
        disk.write(50 << 20, b"data between holes")
        copy = Disk(tmp_path / "copy.raw")
        copy_sparse(disk.path, copy.path)
        assert copy.sha256() == disk.sha256()
        assert copy.path.stat().st_blocks <= disk.path.stat().st_blocks + 64

    def test_one_flipped_byte_changes_the_hash(self, disk: Disk) -> None:
        before = disk.sha256()
        disk.flip_byte(60 << 20)
        assert disk.sha256() != before

    def test_the_decoy_is_a_disk_that_others_accept(self, tmp_path: Path) -> None:
        decoy_disk = Disk(tmp_path / "decoy.raw")
        decoy.make(decoy_disk)
        assert [partition.name for partition in decoy_disk.partitions()] == ["esp", "root", "root-verity", "config", "state"]
        done = subprocess.run(["sfdisk", "--verify", str(decoy_disk.path)], capture_output=True, text=True)
        assert done.returncode == 0 and "No errors detected" in done.stdout, done


class TestEsp:
    def test_records_are_read_from_the_partition(self, disk: Disk, tmp_path: Path) -> None:
        image = f"{disk.path}@@{1 << 20}"
        subprocess.run(["mformat", "-i", image, "-T", "81920", "-F", "::"], check=True)
        assert Esp(disk).records() == {}
        record = tmp_path / "record"
        record.write_text('{"type": "cleanslate-record-1", "result": "complete"}')
        subprocess.run(["mmd", "-i", image, "::/EFI", "::/EFI/cleanslate", f"::{RECORDS}"], check=True)
        subprocess.run(["mcopy", "-i", image, str(record), f"::{RECORDS}/0123456789abcdef0123456789abcdef.json"], check=True)
        assert Esp(disk).records() == {"0123456789abcdef0123456789abcdef.json": json.loads(record.read_text())}


def make_tree(top: Path) -> None:
    (top / "folder.d").mkdir(parents=True)
    (top / "folder").mkdir(mode=0o2775)
    (top / "folder" / "with space").write_bytes(b"x" * 5000)
    (top / "folder.d" / "back\\slash").write_bytes(b"")
    (top / "long").symlink_to("y" * 100)
    (top / "short").symlink_to("folder/with space")
    (top / "set-user-id").write_bytes(b"#!\n")
    (top / "set-user-id").chmod(0o4755)
    os.mkfifo(top / "fifo", 0o620)
    os.setxattr(top / "set-user-id", "user.text", b"a value\n")
    for path in (top, *top.rglob("*")):
        os.utime(path, (1_600_000_000, 1_600_000_000), follow_symlinks=False)


def manifest_of(top: Path, mount_point: str) -> list[str]:
    """By lstat and the like, for comparison."""
    lines = []
    for path in sorted((top, *top.rglob("*")), key=lambda path: path.relative_to(top).parts):
        info = path.lstat()
        kind = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFIFO: "p"}[stat.S_IFMT(info.st_mode)]
        parts = path.relative_to(top).parts
        rest = " -> " + manifest.escape(os.readlink(path).encode()) if kind == "l" else ""
        if path.name == "set-user-id":
            rest += " xattr user.text=" + b"a value\n".hex()
        content = manifest.digest(path.read_bytes()) if kind == "f" else "-"
        name = "".join("/" + manifest.escape(part.encode()) for part in parts)
        entry = manifest.Entry(
            kind, f"{stat.S_IMODE(info.st_mode):04o}", info.st_uid, info.st_gid, info.st_size if kind == "f" else 0,
            int(info.st_mtime), content, mount_point + name, rest,
        )  # fmt: skip
        lines.append(entry.line())
    return lines


class TestExt4:
    @pytest.fixture
    def partition(self, disk: Disk, tmp_path: Path) -> Partition:
        make_tree(tmp_path / "tree")
        partition = disk.partition(TYPE_VAR)
        command = ["mkfs.ext4", "-q", "-E", f"offset={partition.start}", "-d", str(tmp_path / "tree"), str(disk.path), "32M"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return partition

    def test_the_manifest_of_a_file_system_is_that_of_its_tree(self, disk: Disk, partition: Partition, tmp_path: Path) -> None:
        found = [entry.line() for entry in Ext4(disk, partition, tmp_path / "scratch").entries("/var")]
        wanted = manifest_of(tmp_path / "tree", "/var")
        # mkfs.ext4 sets the root directory's time itself.
        assert [line for line in found if not line.endswith(" /var")] == [line for line in wanted if not line.endswith(" /var")]

    def test_one_changed_byte_of_content_changes_the_manifest(self, disk: Disk, partition: Partition, tmp_path: Path) -> None:
        before = Ext4(disk, partition, tmp_path / "scratch").entries("/var")
        (at,) = disk.find(b"#!\n", partition.start, partition.start + partition.size)
        disk.flip_byte(at)
        after = Ext4(disk, partition, tmp_path / "scratch").entries("/var")
        assert [entry.path for entry, other in zip(before, after) if entry != other] == ["/var/set-user-id"]


class TestManifest:
    TEXT = b"d 0755 0 0 0 5 - /etc\nf 0644 0 0 3 5 aa /etc/a\\x20b xattr user.x=00\nl 0777 0 0 0 5 - /etc/l -> a\n"

    def test_lines_are_read_and_written_alike(self) -> None:
        entries = manifest.parse(self.TEXT)
        assert "".join(entry.line() + "\n" for entry in entries.values()).encode() == self.TEXT

    @pytest.mark.parametrize(
        "change, sentence",
        [
            ((b"0644", b"0600"), "/etc/a\\x20b is 'f 0600"),
            ((b"user.x=00", b"user.x=01"), "user.x=01"),
            ((b"-> a", b"-> b"), "/etc/l is"),
            ((b"d 0755 0 0 0 5 - /etc\n", b""), "/etc is missing"),
            ((b"d 0755", b"f 0644 0 0 0 0 bb /etc/new\nd 0755"), "/etc/new is not of the factory"),
        ],
    )
    def test_every_difference_is_told(self, change: tuple[bytes, bytes], sentence: str) -> None:
        (told,) = manifest.differences(manifest.parse(self.TEXT), manifest.parse(self.TEXT.replace(*change)))
        assert sentence in told

    def test_only_ignored_paths_are_ignored(self) -> None:
        other = manifest.parse(self.TEXT.replace(b"0755", b"0700").replace(b"-> a", b"-> b"))
        assert len(manifest.differences(manifest.parse(self.TEXT), other, ["/etc"])) == 1


class TestVariables:
    @pytest.fixture
    def image(self, tmp_path: Path) -> Path:
        path = tmp_path / "variables.fd"
        shutil.copyfile(arch.VARIABLES_IMAGE, path)
        return path

    def test_a_fresh_image_has_no_request(self, image: Path) -> None:
        assert VariableStore(image).get(REQUEST_NAME, GUID_REQUEST) is None

    def test_the_newest_value_counts(self, image: Path) -> None:
        for text in ("old", "new"):
            VariableStore(image).set(REQUEST_NAME, GUID_REQUEST, request_value(text))
        found = VariableStore(image).get(REQUEST_NAME, GUID_REQUEST)
        assert found is not None and (found.value, found.attributes) == (request_value("new"), 7)

    def test_a_deleted_variable_is_gone(self, image: Path) -> None:
        VariableStore(image).set(REQUEST_NAME, GUID_REQUEST, request_value("x"))
        VariableStore(image).delete(REQUEST_NAME, GUID_REQUEST)
        assert VariableStore(image).get(REQUEST_NAME, GUID_REQUEST) is None

    def test_the_same_name_of_another_vendor_is_another_variable(self, image: Path) -> None:
        other = uuid.UUID(int=1)
        VariableStore(image).set(REQUEST_NAME, other, b"x")
        assert VariableStore(image).get(REQUEST_NAME, GUID_REQUEST) is None
        assert (REQUEST_NAME, other) in VariableStore(image).all()

    def test_a_full_store_is_an_error(self, image: Path) -> None:
        with pytest.raises(ValueError, match="no room"):
            VariableStore(image).set(REQUEST_NAME, GUID_REQUEST, bytes(1 << 20))


class TestTpm:
    @pytest.fixture
    def state(self, tmp_path: Path) -> Path:
        result = tmp_path / "tpm"
        result.mkdir()
        return result

    def test_state_outlives_the_power(self, state: Path, tmp_path: Path) -> None:
        with OfflineTpm(state) as tpm:
            name = tpm.storage_key_name()
            tpm.seal(b"secret", tmp_path / "sealed")
            tpm.make_persistent(0x81000123)
            tpm.define_nv(0x01500016, b"x")
        with OfflineTpm(state) as tpm:
            assert tpm.storage_key_name() == name
            assert tpm.unseal(tmp_path / "sealed") == b"secret"
            assert 0x81000123 in tpm.owner_persistent_handles()
            assert 0x01500016 in tpm.owner_nv_indices()

    def test_after_a_clear_nothing_of_it_is_left(self, state: Path, tmp_path: Path) -> None:
        with OfflineTpm(state) as tpm:
            name = tpm.storage_key_name()
            tpm.seal(b"secret", tmp_path / "sealed")
            blob = (tmp_path / "sealed.priv").read_bytes() + (tmp_path / "sealed.pub").read_bytes()
            assert tpm.can_load_blob(blob)
            tpm.make_persistent(0x81000123)
            tpm.define_nv(0x01500016, b"x")
            tpm.tool("clear", "-c", "l")
            assert tpm.storage_key_name() != name
            assert not tpm.can_load_blob(blob)
            assert not tpm.owner_persistent_handles() and not tpm.owner_nv_indices()
            with pytest.raises(TpmError, match="integrity"):
                tpm.load(tmp_path / "sealed")

    def test_a_blob_that_is_no_blob_is_an_error_and_not_an_answer(self, state: Path) -> None:
        with OfflineTpm(state) as tpm, pytest.raises(TpmError):
            tpm.can_load_blob(b"\0\4abcd\0\4abcd")


def test_a_luks_header_is_read_and_a_damaged_one_refused(disk: Disk, tmp_path: Path) -> None:
    partition = disk.partition(TYPE_VAR)
    volume = tmp_path / "volume"
    with volume.open("wb") as file:
        file.truncate(partition.size)
    key = tmp_path / "key"
    key.write_bytes(b"key")
    quick = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    subprocess.run(["cryptsetup", "luksFormat", "--type", "luks2", *quick, "-q", str(volume), str(key)], check=True)
    disk.write(partition.start, volume.read_bytes())
    header = luks.read(disk, partition)
    assert header is not None and len(header.metadata["keyslots"]) == 1 and header.tokens("systemd-tpm2") == []
    assert len(header.header_area) == luks.HEADER_AREA
    disk.flip_byte(partition.start + 4096 + 5)
    assert luks.read(disk, partition) is None


def test_a_cpio_archive_is_one_that_others_accept(tmp_path: Path) -> None:
    archive = cpio.archive({".extra/cleanslate/boot": b"mode=normal\n"})
    listed = subprocess.run(["cpio", "--list", "--quiet"], input=archive, capture_output=True, check=True).stdout
    assert listed.decode().splitlines() == [".extra", ".extra/cleanslate", ".extra/cleanslate/boot"]


def test_figures_tell_the_phases_of_a_reset(tmp_path: Path) -> None:
    console_text = "cleanslate: reset:    120 ms until phase started\ncleanslate: reset: 100% complete in 9500 ms, factory digest 00\n"
    lines = [Line(float(i), text) for i, text in enumerate(io.StringIO(console_text).read().splitlines())]
    assert figures.of_reset(lines) == [("until phase started", 0.12), ("reset in the initrd, in all", 9.5)]


def test_progress_is_the_newer_of_two_valid_slots(tmp_path: Path) -> None:
    path = tmp_path / "variables.fd"
    shutil.copyfile(arch.VARIABLES_IMAGE, path)
    assert progress.read(VariableStore(path)).phase == "idle"
    for name, phase, sequence in (("CleanslateProgress0", 4, 7), ("CleanslateProgress1", 5, 8)):
        VariableStore(path).set(name, GUID_CLEANSLATE, struct.pack("<8sIIQIII", b"CLNSLATE", 3, phase, sequence, 0, 2, 1).ljust(752, b"\0"))
    assert progress.read(VariableStore(path)) == progress.Progress("rebuilt", 8, 2, 1)
    VariableStore(path).set("CleanslateProgress1", GUID_CLEANSLATE, bytes(592))
    assert progress.read(VariableStore(path)) == progress.Progress("erased", 7, 2, 1)


class FakeQemu:
    """QEMU's part of the emulator protocol (swtpm's tpm_ioctl.h): a control socket, and a descriptor passed over it."""

    _INIT, _SET_DATA_FD = 2, 16

    def __init__(self, control: Path) -> None:
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control.connect(str(control))
        self._wire, chips = socket.socketpair()
        socket.send_fds(self._control, [struct.pack(">I", self._SET_DATA_FD)], [chips.fileno()])
        assert self._control.recv(4) == bytes(4)
        chips.close()
        self._control.sendall(struct.pack(">II", self._INIT, 0))
        assert self._control.recv(4) == bytes(4)

    def command(self, code: int, body: bytes, sessions: bool = False) -> int:
        self._wire.sendall(struct.pack(">HII", 0x8002 if sessions else 0x8001, 10 + len(body), code) + body)
        answer = self._wire.recv(4096)
        return int.from_bytes(answer[6:10], "big")

    def start_tpm(self) -> int:
        return self.command(0x144, b"\0\0")

    def extend(self, pcr: int, data: bytes) -> int:
        """TPM2_PCR_Event with the empty password."""
        return self.command(0x13C, struct.pack(">IIIHBHH", pcr, 9, 0x40000009, 0, 0, 0, len(data)) + data, sessions=True)

    def end(self) -> None:
        self._wire.close()
        self._control.close()


class TestTpmTap:
    @pytest.fixture
    def tapped(self, tmp_path: Path) -> Iterator[tuple[FakeQemu, Tap]]:
        sockets = Path(tempfile.mkdtemp(prefix="cleanslate-"))
        (tmp_path / "state").mkdir()
        chip = MachineTpm(tmp_path / "state", sockets / "chip", tmp_path / "log")
        tap = Tap(sockets / "tpm", sockets / "chip")
        qemu = FakeQemu(sockets / "tpm")
        yield qemu, tap
        qemu.end()
        chip.wait()
        shutil.rmtree(sockets)

    def test_a_tpm_that_is_not_started_answers_nothing(self, tapped: tuple[FakeQemu, Tap]) -> None:
        assert tapped[1].pcrs() == {}

    def test_what_the_machine_extends_is_seen_and_nothing_else(self, tapped: tuple[FakeQemu, Tap]) -> None:
        qemu, tap = tapped
        assert qemu.start_tpm() == 0
        assert tap.pcrs()[11] == bytes(32)
        assert qemu.extend(11, b"enter-initrd") == 0
        expected = hashlib.sha256(bytes(32) + hashlib.sha256(b"enter-initrd").digest()).digest()
        values = tap.wait_for_pcr(11, lambda value: value == expected, 10)
        assert {pcr for pcr, value in values.items() if value not in (bytes(32), b"\xff" * 32)} == {11}

    def test_a_value_that_does_not_come_is_an_error(self, tapped: tuple[FakeQemu, Tap]) -> None:
        qemu, tap = tapped
        assert qemu.start_tpm() == 0
        with pytest.raises(TimeoutError, match="PCR 11"):
            tap.wait_for_pcr(11, lambda value: value != bytes(32), 0.2)


class TestEventLog:
    """A log as the firmware writes it: header, then one event of PCR 11, one bank."""

    HEADER = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, event_log.SHA256, 32, 0)

    def log(self, *datas: bytes) -> bytes:
        result = struct.pack("<II20sI", 0, 3, bytes(20), len(self.HEADER)) + self.HEADER
        for data in datas:
            digest = hashlib.sha256(data).digest()
            result += struct.pack("<IIIH", 11, 0x0D, 1, event_log.SHA256) + digest + struct.pack("<I", len(data)) + data
        return result

    def test_the_longest_copy_in_memory_is_taken_to_its_end(self, tmp_path: Path) -> None:
        memory = tmp_path / "memory"
        short, long = self.log(b"a"), self.log(b"a", b"b")
        memory.write_bytes(b"\xff" * 100 + short + b"\xff" * 5000 + long + b"\xa5" * 100 + b"Spec ID Event03\0" + b"\xff" * 300)
        found = event_log.in_memory(memory)
        assert (found.raw, [event.data for event in found.events]) == (long, [b"a", b"b"])

    def test_zeros_behind_the_log_are_no_events(self, tmp_path: Path) -> None:
        (tmp_path / "memory").write_bytes(self.log(b"a") + bytes(500))
        assert event_log.in_memory(tmp_path / "memory").raw == self.log(b"a")

    def test_memory_without_a_log_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "memory").write_bytes(bytes(5000))
        with pytest.raises(AssertionError, match="no event log"):
            event_log.in_memory(tmp_path / "memory")

    def test_it_is_replayed(self, tmp_path: Path) -> None:
        value = bytes(32)
        for data in (b"a\0", b"b\0"):
            value = hashlib.sha256(value + hashlib.sha256(data).digest()).digest()
        assert event_log.replay(self.log(b"a\0", b"b\0"), tmp_path) == {11: value}

    def test_the_place_of_a_digest_is_told(self) -> None:
        raw = self.log(b"a", b"b")
        for event in event_log.parse(raw).events:
            assert raw[event.digest_at : event.digest_at + 32] == hashlib.sha256(event.data).digest()


class NoTpm(MachineTpm):
    def __init__(self) -> None:
        pass

    def wait(self) -> None:
        pass


class Scripted(Machine):
    """At each power-on it says what comes next, and then nothing more."""

    def __init__(self, directory: Path, *said: str) -> None:
        super().__init__(directory)
        self.said = list(said)

    def _plug_in(self) -> Path:
        self._tpm = NoTpm()
        return Path(tempfile.mkdtemp(prefix="cleanslate-"))

    def _command(self, sockets: Path, boot: Boot) -> list[str]:
        return ["sh", "-c", 'printf %s "$1" && exec sleep 60', "sh", self.said.pop(0)]


class TestHang:
    BEGIN = "BdsDxe: starting Boot0001\n"
    LOCKUP = "[   28.1] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [cryptomgr_test:68]\n[   28.2] Modules linked in:\n"
    PROMPT = "cleanslate login: "

    @pytest.fixture
    def scripted(self, tmp_path: Path) -> Iterator[Callable[..., Scripted]]:
        made: list[Scripted] = []

        def make(*said: str) -> Scripted:
            (tmp_path / "guest").mkdir()
            made.append(Scripted(tmp_path / "guest", *said))
            made[-1].power_on()
            return made[-1]

        yield make
        for machine in made:
            machine.kill()

    def test_a_kernel_that_stands_still_in_its_own_tests_is_started_again_and_told(self, scripted: Callable[..., Scripted], tmp_path: Path) -> None:
        machine = scripted(self.BEGIN + self.LOCKUP, self.BEGIN + self.PROMPT)
        machine.wait_for(LOGIN, 1)
        (told,) = hang.told(tmp_path)
        assert told.startswith("guest: watchdog: BUG: soft lockup") and machine.said == []

    def test_also_behind_a_warm_restart(self, scripted: Callable[..., Scripted], tmp_path: Path) -> None:
        machine = scripted(self.BEGIN + "cleanslate: restarting\n" + self.BEGIN + self.LOCKUP, self.BEGIN + self.PROMPT)
        machine.wait_for(LOGIN, 1)
        assert len(hang.told(tmp_path)) == 1

    def test_it_is_started_again_once(self, scripted: Callable[..., Scripted], tmp_path: Path) -> None:
        machine = scripted(self.BEGIN + self.LOCKUP, self.BEGIN + self.LOCKUP, self.BEGIN + self.PROMPT)
        with pytest.raises(ConsoleError, match="without"):
            machine.wait_for(LOGIN, 1)
        with pytest.raises(ConsoleError, match="without"):
            machine.wait_for(LOGIN, 0.2)
        assert len(machine.said) == 1 and len(hang.told(tmp_path)) == 1

    @pytest.mark.parametrize(
        "said",
        [
            pytest.param(BEGIN, id="silent"),
            pytest.param(LOCKUP, id="in the firmware"),
            pytest.param(BEGIN + "cleanslate: reset:   7% [2/14]\n" + LOCKUP, id="our own code had its turn"),
            pytest.param(BEGIN + LOCKUP.replace("cryptomgr_test", "cleanslate"), id="in our own code"),
            pytest.param(BEGIN + LOCKUP.replace("BUG: soft lockup", "a long time"), id="other words"),
            pytest.param(BEGIN + LOCKUP + "Kernel panic - not syncing: softlockup\n", id="panic"),
        ],
    )
    def test_a_machine_that_hangs_for_another_reason_is_not(self, scripted: Callable[..., Scripted], tmp_path: Path, said: str) -> None:
        machine = scripted(said, self.BEGIN + self.PROMPT)
        with pytest.raises(ConsoleError):
            machine.wait_for(LOGIN, 1)
        assert len(machine.said) == 1 and hang.told(tmp_path) == []


class TestTurns:
    SECONDS = {"a": 100, "b": 700, "c": 60, "d": 60, "e": 300, "f": 200, "g": 180, "h": 500}

    def test_everything_has_its_turn_once(self) -> None:
        runs = [set(self.SECONDS) - turns.waiting(self.SECONDS, turn, 3) for turn in (1, 2, 3)]
        assert sorted(name for run in runs for name in run) == sorted(self.SECONDS)

    def test_no_turn_is_much_longer_than_another(self) -> None:
        runs = [sum(self.SECONDS[name] for name in run) for run in turns.deal(self.SECONDS, 3)]
        assert sum(runs) == sum(self.SECONDS.values()) and max(runs) - min(runs) <= min(self.SECONDS.values())

    def test_with_more_turns_than_names_everything_has_its_turn_still(self) -> None:
        assert sorted(map(len, turns.deal(self.SECONDS, 10))) == [0, 0, *[1] * 8]

    def test_without_turns_everything_runs(self) -> None:
        assert turns.parse("") is None
        assert turns.waiting(self.SECONDS, 1, 1) == set()

    def test_parameters_have_their_turn_within_three_in_a_row(self) -> None:
        counts = {"one": 1, "two": 2, "three": 3, "seven": 7}
        for first in range(1, 7):
            runs = [{name: set(range(count)) - later[name] for name, count in counts.items()} for turn in range(first, first + 3) if (later := rotation.waiting(counts, turn))]
            assert all(run[name] for run in runs for name in counts), "no function is left out"
            assert all(run["one"] == {0} and run["two"] == {0, 1} for run in runs)
            assert sorted(number for run in runs for number in run["seven"]) == list(range(7))

    @pytest.mark.parametrize("text", ["0/3", "4/3", "3", "/3", "1/", "-1/3", "one/3"])
    def test_no_turn_is_guessed(self, text: str) -> None:
        with pytest.raises(pytest.UsageError):
            turns.parse(text)

    def test_what_runs_always_says_why(self, tmp_path: Path) -> None:
        """By a run of its own: a file that names a promise, one that takes turns, and one that does neither."""
        marks = {"kept": "promise('it holds')", "later": "takes_turns('later', seconds=5)", "idle": "usefixtures()", "empty": "promise('')"}
        for name, mark in marks.items():
            text = f"import pytest\npytestmark = pytest.mark.{mark}\ndef test_{name}() -> None: pass\n"
            (tmp_path / f"test_{name}.py").write_text(text, encoding="ascii")
        (tmp_path / "conftest.py").write_text(
            "from tests.qemu import turns\n"
            "def pytest_collection_modifyitems(items): turns.insist_on_reasons(items)\n"
            "def pytest_configure(config):\n"
            "    for mark in (turns.MARKER, turns.PROMISE): config.addinivalue_line('markers', mark)\n",
            encoding="ascii",
        )

        def collect(*names: str) -> subprocess.CompletedProcess[str]:
            files = [str(tmp_path / f"test_{name}.py") for name in names]
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir", str(tmp_path), *files]
            environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), turns.VARIABLE: ""}
            return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)

        both = collect("kept", "later")
        assert both.returncode == 0 and "2 passed" in both.stdout, both.stdout
        for name in ("idle", "empty"):
            refused = collect("kept", name)
            assert refused.returncode != 0 and f"neither a promise nor taking turns: test_{name}.py::test_{name}" in refused.stderr, refused.stderr
