# SPDX-License-Identifier: GPL-2.0-or-later
"""Volumes on real dm-crypt, in the hands of somebody who has the disk and writes to its headers what he likes. What the initrd's code
maps is mounted by the kernel; that each attack has a point is shown by cryptsetup, which believes headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uml import guest

HEADER_EDIT = Path(__file__).resolve().parents[1] / "luks_header.py"
SECRET, FOREIGN = 7, 8
DATA_AT_MIB = 16

# Two genuine volumes of one secret on ram0 and ram1, complete, each with a file; a third device for whoever attacks.
SETUP = f"""
load brd rd_nr=3 rd_size=49152
load dm-mod
load cbc
load dm-crypt
load aes_ti
load xts
mkdir -p /run/m /run/cryptsetup
volume() {{ {guest.VOLUME_PROBE} "$@"; }}
edit() {{ /usr/bin/python3 -B {HEADER_EDIT} "$@"; }}
attribute() {{ /usr/bin/python3 -Ic "import os; mark = 'trusted.cleanslate.complete'; $1"; }}
fill() {{ mount -t ext4 /dev/mapper/$1 /run/m && echo "$2" >/run/m/who; }}
leave() {{ umount /run/m; volume close $1; }}
look() {{ # look DEVICE LABEL: what an ordinary boot makes of it
        if volume open $1 $2 {SECRET} && mount -t ext4 -o ro,noload /dev/mapper/$2 /run/m 2>/dev/null; then
                echo "SEEN $(cat /run/m/who) complete=$(volume complete /run/m $2 {SECRET})"
        else
                echo "SEEN nothing"
        fi
        umount /run/m 2>/dev/null
        volume close $2 2>/dev/null
}}
believe() {{ # believe DEVICE: what whoever believes its header makes of it, by the passphrase that the TPM's secret gives
        volume passphrase {SECRET} | cryptsetup open --readonly --key-file - $1 believed >/dev/null 2>&1 && mount -t ext4 -o ro,noload /dev/mapper/believed /run/m 2>/dev/null
        echo "BELIEVED $(cat /run/m/who 2>/dev/null || echo nothing) mark=$(attribute "print(len(os.getxattr('/run/m', mark)))" 2>/dev/null)"
        umount /run/m 2>/dev/null
        cryptsetup close believed 2>/dev/null
}}
genuine() {{ # genuine DEVICE LABEL
        volume format $1 $2 {SECRET} && volume open $1 $2 {SECRET} && mkfs.ext4 -q /dev/mapper/$2 && fill $2 "owner's $2" && volume mark /run/m $2 {SECRET} && leave $2
}}
plain() {{ # plain DEVICE OFFSET_MIB: a file system of the attacker's, with a mark of the right form, behind a header
        mke2fs -q -t ext4 -b 4096 -E offset=$(($2 << 20)) $1 24M &&
        losetup -o $(($2 << 20)) /dev/loop0 $1 && mount -t ext4 /dev/loop0 /run/m && echo "attacker's" >/run/m/who &&
        volume mark /run/m state {FOREIGN} && umount /run/m && losetup -d /dev/loop0
}}
load loop
[ -e /dev/loop0 ] || mknod -m 600 /dev/loop0 b 7 0
genuine /dev/ram0 state && genuine /dev/ram1 config || echo "SETUP FAILED"
"""


def outcome(attack: str) -> tuple[list[str], list[str]]:
    """What an ordinary boot sees, and what whoever believes headers sees."""
    run = guest.run(SETUP + attack + "\ntrue\n")
    assert "SETUP FAILED" not in run.text, run.text
    return run.word("SEEN"), run.word("BELIEVED")


def test_a_genuine_volume_opens_and_is_complete() -> None:
    seen, believed = outcome("look /dev/ram0 state\nlook /dev/ram1 config\nbelieve /dev/ram0\nbelieve /dev/ram1")
    assert seen == ["owner's state complete=yes", "owner's config complete=yes"]
    assert believed == ["owner's state mark=162", "owner's config mark=162"]  # cryptsetup, by systemd's passphrase, sees the same


def test_a_header_that_names_the_null_cipher_mounts_nothing() -> None:
    attack = f"plain /dev/ram0 {DATA_AT_MIB}\nedit /dev/ram0 'segments.0.encryption=\"cipher_null-ecb\"'\nbelieve /dev/ram0\nlook /dev/ram0 state"
    seen, believed = outcome(attack)
    assert believed == ["attacker's mark=162"], "the control: the header leads to the attacker's files"
    assert seen == ["nothing"]


def test_a_plain_file_system_behind_the_genuine_header_mounts_nothing() -> None:
    seen, _ = outcome(f"plain /dev/ram0 {DATA_AT_MIB}\nlook /dev/ram0 state")
    assert seen == ["nothing"]


def test_a_volume_key_that_the_attacker_knows_mounts_nothing() -> None:
    """What a null cipher for a keyslot's area comes to: the passphrase opens, and the attacker has known the key all along."""
    attack = f"""
head -c 64 /dev/zero | tr '\\0' K >/run/vk
volume passphrase {SECRET} >/run/pass
cryptsetup luksFormat -q --type luks2 --volume-key-file /run/vk --key-size 512 --sector-size 4096 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/ram0 /run/pass
cryptsetup open --volume-key-file /run/vk /dev/ram0 own && mkfs.ext4 -q /dev/mapper/own && fill own "attacker's" && volume mark /run/m state {FOREIGN}
umount /run/m; cryptsetup close own
believe /dev/ram0
look /dev/ram0 state
"""
    seen, believed = outcome(attack)
    assert believed == ["attacker's mark=162"], "the control: the passphrase opens what the attacker has made"
    assert seen == ["nothing"]


def test_volumes_cannot_be_exchanged_for_each_other() -> None:
    attack = "dd if=/dev/ram1 of=/dev/ram0 bs=1M status=none\nbelieve /dev/ram0\nlook /dev/ram0 state\nlook /dev/ram0 config"
    seen, believed = outcome(attack)
    assert believed == ["owner's config mark=162"], "the control: it is a good volume"
    assert seen == ["nothing", "owner's config complete=yes"]


@pytest.mark.parametrize(
    "change",
    ["'segments.0.offset=\"18874368\"'", "segments.0.sector_size=512", "'segments.0.encryption=\"aes-cbc-essiv:sha256\"'", "'config.requirements={\"mandatory\":[\"online-reencrypt\"]}'"],
)
def test_nothing_else_in_the_header_shapes_the_mapping(change: str) -> None:
    seen, believed = outcome(f"edit /dev/ram0 {change}\nbelieve /dev/ram0\nlook /dev/ram0 state")
    assert believed == ["nothing mark="], "the control: whoever believes this header is led astray"
    assert seen == ["owner's state complete=yes"]


def test_a_volume_opens_whatever_is_left_of_its_header() -> None:
    """The same, for members that cryptsetup itself makes nothing of; and no header at all."""
    changes = "'segments.0.iv_tweak=\"8\"' 'segments.0.size=\"4194304\"' 'digests.0.digest=\"AAAA\"' 'tokens={}'"
    attack = f"edit /dev/ram0 {changes}\nlook /dev/ram0 state\ndd if=/dev/zero of=/dev/ram1 bs=1M count={DATA_AT_MIB} status=none\nbelieve /dev/ram1\nlook /dev/ram1 config"
    seen, believed = outcome(attack)
    assert believed == ["nothing mark="]
    assert seen == ["owner's state complete=yes", "owner's config complete=yes"]


def test_a_volume_without_a_genuine_mark_is_not_complete() -> None:
    attack = f"""
volume open /dev/ram0 state {SECRET} && mount -t ext4 /dev/mapper/state /run/m
attribute "os.removexattr('/run/m', mark)"; echo "SEEN $(volume complete /run/m state {SECRET})"
attribute "os.setxattr('/run/m', mark, bytes(64))"; echo "SEEN $(volume complete /run/m state {SECRET})"
volume mark /run/m state {FOREIGN}; echo "SEEN $(volume complete /run/m state {SECRET})"
volume mark /run/m config {SECRET}; echo "SEEN $(volume complete /run/m state {SECRET})"
volume mark /run/m state {SECRET}; echo "SEEN $(volume complete /run/m state {SECRET})"
leave state
"""
    assert outcome(attack)[0] == ["no", "no", "no", "no", "yes"]


def test_an_encrypted_volume_grows_with_its_partition() -> None:
    """The mapping is as large as the partition when it is opened; the file system is what it was made, until it is told."""
    size = "size() { python3 -Ic \"import os; s = os.statvfs('/run/m'); print('SIZE', s.f_blocks * s.f_frsize >> 20)\"; }\n"
    script = f"""
{size}
truncate -s 32M /run/disk && losetup /dev/loop0 /run/disk && genuine /dev/loop0 state && losetup -d /dev/loop0 || echo "SETUP FAILED"
truncate -s 64M /run/disk && losetup /dev/loop0 /run/disk
volume open /dev/loop0 state {SECRET} && mount -t ext4 /dev/mapper/state /run/m
size
echo "GREW $(volume grow /dev/mapper/state /run/m)"
size
echo "GREW $(volume grow /dev/mapper/state /run/m)"
echo "SEEN $(cat /run/m/who) complete=$(volume complete /run/m state {SECRET})"
leave state
volume open /dev/loop0 state {SECRET} && e2fsck -fn /dev/mapper/state >/dev/null 2>&1 && echo "SEEN sound"
volume close state
"""
    run = guest.run(SETUP + script + "\ntrue\n")
    assert "SETUP FAILED" not in run.text, run.text
    before, after = (int(word) for word in run.word("SIZE"))
    assert before < 17 < 40 < after <= 64 - DATA_AT_MIB
    assert run.word("GREW") == [str((64 - DATA_AT_MIB) << 20), "0"]
    assert run.word("SEEN") == ["owner's state complete=yes", "sound"]
