# SPDX-License-Identifier: GPL-2.0-or-later
"""What the erase engine makes of real devices that fail, lie or vanish: real block layer, real device-mapper, real SCSI, by io_uring
and by threads. What is on the device afterwards is looked at by other programs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.uml import guest

MIB = 1 << 20
SECTOR = 512
DISK = 64 * MIB
RAM = f"load brd rd_nr=1 rd_size={DISK // 1024}\nload dm-mod\n"
WAYS = ("--uring", "--threads")
PATTERNS = ("", "--keystream")
NONE = {"bytes": 0, "ranges": [], "more": False}


def ranges(*pairs: tuple[int, int]) -> dict[str, Any]:
    return {"bytes": sum(length for _, length in pairs), "ranges": [list(pair) for pair in pairs], "more": False}


def scsi(**parameters: int) -> str:
    words = " ".join(f"{name}={value}" for name, value in parameters.items())
    return f"load sd_mod\nload scsi_debug {words}\nscsi_disk\n"


def assert_clean(done: dict[str, Any], size: int = DISK) -> None:
    assert (done["result"], done["written"], done["verified"]) == (0, size, size), done
    assert (done["unwritable"], done["unreadable"], done["wrong"]) == (NONE, NONE, NONE)


def test_sectors_that_fail_are_named_and_the_rest_is_erased() -> None:
    """dm's error target: three sectors in the middle and the very last one."""
    table = "0 1000 linear /dev/ram0 0\n1000 3 error\n1003 130068 linear /dev/ram0 1003\n131071 1 error"
    script = RAM + f'dm holes "{table}"\n' + "tr '\\0' X </dev/zero | dd of=/dev/ram0 bs=1M count=64 iflag=fullblock oflag=direct status=none\n"
    script += "".join(f"probe {way} {pattern} /run/holes\n" for way in WAYS for pattern in PATTERNS)
    script += "probe --uring /run/holes\necho LEFT $(dd if=/dev/ram0 bs=1M iflag=direct status=none | tr -d '\\0' | wc -c)\n"
    run = guest.run(script)
    bad = ranges((1000 * SECTOR, 3 * SECTOR), (131071 * SECTOR, SECTOR))
    assert len(run.erased) == 5
    for done in run.erased:
        assert (done["result"], done["written"], done["verified"]) == (0, DISK - bad["bytes"], DISK - bad["bytes"])
        assert (done["unwritable"], done["unreadable"], done["wrong"]) == (bad, bad, NONE)
    assert run.word("LEFT") == [str(bad["bytes"])]  # everything else under the holes is zeros now, and they are what they were


def test_sectors_that_a_write_heals_are_no_fault_and_those_that_turn_bad_are() -> None:
    """dm-dust: a bad sector is unreadable until it is written, as a disk's pending sectors are."""
    bad = "".join(f"dmsetup message dust 0 addbadblock {block}; " for block in (7, 8, 5000))
    script = RAM + 'load dm-dust\ndm dust "0 131072 dust /dev/ram0 0 512"\n' + f"{bad}\ndmsetup message dust 0 enable\n"
    script += "probe --no-write --uring /run/dust\n"  # control: unreadable before
    script += "probe --uring /run/dust\n"
    script += "".join(f"probe {way} --between '{bad}' /run/dust\n" for way in WAYS)
    before, healed, *turned = guest.run(script).erased
    expected = ranges((7 * SECTOR, 2 * SECTOR), (5000 * SECTOR, SECTOR))
    assert before["unreadable"] == expected
    assert_clean(healed)
    for done in turned:
        assert (done["unwritable"], done["unreadable"], done["wrong"]) == (NONE, expected, NONE)
        assert done["verified"] == DISK - 3 * SECTOR


@pytest.mark.parametrize("way", WAYS)
def test_a_device_that_drops_writes_is_found_out(way: str) -> None:
    """dm-flakey with drop_writes between two healthy parts: every write succeeds, and some are not there."""
    table = "0 4096 linear /dev/ram0 0\n4096 2048 flakey /dev/ram0 4096 0 3600 1 drop_writes\n6144 124928 linear /dev/ram0 6144"
    script = RAM + "load dm-flakey\ntr '\\0' X </dev/zero | dd of=/dev/ram0 bs=1M count=64 iflag=fullblock oflag=direct status=none\n"
    script += f'dm liar "{table}"\nprobe {way} /run/liar\nprobe {way} --keystream /run/liar\n'
    for done in guest.run(script).probes(2):
        assert (done["result"], done["written"]) == (0, DISK)  # that is what the device said
        assert (done["unwritable"], done["unreadable"]) == (NONE, NONE)
        assert done["wrong"] == ranges((4096 * SECTOR, 2048 * SECTOR))
        assert done["verified"] == DISK - 2048 * SECTOR


def test_a_device_that_errs_on_writes_alone_keeps_its_data_and_that_is_said() -> None:
    table = "0 4096 linear /dev/ram0 0\n4096 16 flakey /dev/ram0 4096 0 3600 1 error_writes\n4112 126960 linear /dev/ram0 4112"
    script = RAM + "load dm-flakey\ntr '\\0' X </dev/zero | dd of=/dev/ram0 bs=1M count=64 iflag=fullblock oflag=direct status=none\n"
    script += f'dm stubborn "{table}"\n' + "".join(f"probe {way} /run/stubborn\n" for way in WAYS)
    for done in guest.run(script).probes(len(WAYS)):
        assert done["unwritable"] == done["wrong"] == ranges((4096 * SECTOR, 16 * SECTOR))
        assert done["unreadable"] == NONE


@pytest.mark.parametrize("sector", (512, 4096))
def test_a_scsi_disk_is_overwritten_offloaded_and_flushed(sector: int) -> None:
    script = scsi(dev_size_mb=64, sector_size=sector, lbpws=1, lbpu=1, lbprz=1, delay=0)
    script += "echo SECTOR $(cat /sys/block/${disk##*/}/queue/logical_block_size)\n"
    script += "flushes ${disk##*/}\nprobe --keystream $disk\nflushes ${disk##*/}\nprobe $disk\nflushes ${disk##*/}\n"
    script += "echo LEFT $(tr -d '\\0' <$disk | wc -c)\nprobe --threads --write-only $disk\n"
    run = guest.run(script)
    assert run.word("SECTOR") == [str(sector)]
    assert [done["offloaded"] for done in run.erased] == [False, True, False]
    for done in run.erased:
        assert_clean(done)
    flushes = [int(word) for word in run.word("FLUSHES")]
    assert flushes[0] < flushes[1] < flushes[2]
    assert run.word("LEFT") == ["0"]


def test_a_medium_error_of_a_scsi_disk_is_told_sector_by_sector() -> None:
    script = scsi(dev_size_mb=64, delay=0, opts=2, medium_error_start=4661, medium_error_count=3)
    script += "probe --uring --keystream $disk\nprobe --threads $disk\n"
    for done in guest.run(script).probes(2):
        assert (done["result"], done["unwritable"], done["wrong"]) == (0, NONE, NONE)
        assert done["unreadable"] == ranges((4661 * SECTOR, 3 * SECTOR))


def test_a_disk_that_only_pretends_is_found_out() -> None:
    """scsi_debug's fake_rw: neither reads nor writes move a byte, every status is good."""
    run = guest.run(scsi(dev_size_mb=64, delay=0, fake_rw=1) + "probe --keystream $disk\n")
    assert run.erased[0]["wrong"] == ranges((0, DISK))
    assert run.erased[0]["verified"] == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_vanishes_ends_its_task_and_no_other(way: str) -> None:
    script = f"load brd rd_nr=1 rd_size={DISK // 1024}\n" + scsi(dev_size_mb=256, ndelay=20000000, max_queue=4)
    script += f"probe {way} --keystream --no-verify --length {DISK} --during \"echo 1 >/sys/block/${{disk##*/}}/device/delete\" $disk /dev/ram0\n"
    run = guest.run(script)
    gone, other = run.erased
    assert run.statuses == [1]
    assert gone["result"] in (-19, -6), gone  # ENODEV, ENXIO: not a medium full of bad sectors
    assert 0 < gone["written"] < DISK
    assert (other["result"], other["written"]) == (0, DISK)


def test_a_read_only_disk_is_an_error_and_stays_as_it_is() -> None:
    script = RAM + "echo secret | dd of=/dev/ram0 conv=notrunc status=none\nblockdev --setro /dev/ram0\n"
    script += "".join(f"probe {way} /dev/ram0\n" for way in WAYS) + "echo KEPT $(head -c 6 /dev/ram0)\n"
    script += scsi(dev_size_mb=8, wp=1) + "probe $disk\n"
    run = guest.run(script)
    assert run.statuses == [1, 1, 1]
    for done in run.erased:
        assert done["result"] in (-1, -13, -30), done
        assert (done["written"], done["unwritable"]) == (0, NONE)
    assert run.word("KEPT") == ["secret"]


def test_where_the_kernel_refuses_io_uring_threads_do_the_same() -> None:
    script = RAM + "probe --refuse-uring /dev/ram0\nprobe --refuse-uring --uring /dev/ram0\n"
    run = guest.run(script)
    assert run.statuses == [0, 1]
    assert_clean(run.erased[0])
    assert run.erased[1]["result"] == -1  # control: it was refused


def test_two_passes_over_four_devices_keep_within_the_memory_they_may_use() -> None:
    script = "load brd rd_nr=4 rd_size=32768\n" + "probe --keystream /dev/ram0 /dev/ram1 /dev/ram2 /dev/ram3\n"
    run = guest.run(script)
    for done in run.erased:
        assert_clean(done, 32 * MIB)
    cost = run.text.split('"max_rss_kib": ')[1].split("}")[0]
    assert int(cost) < 64 * 1024
