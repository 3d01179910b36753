# SPDX-License-Identifier: GPL-2.0-or-later
"""Volumes with Integrity=inline on real dm-crypt and dm-integrity, in the hands of somebody who has the disk. Each attack is also
made on a volume without tags, or judged by cryptsetup, which shows that it has a point."""

from __future__ import annotations

import pytest

from tests.uml import guest
from tests.uml.test_volumes import DATA_AT_MIB, SECRET, SETUP

# ram0: a volume with tags; ram1: one without; both of one secret, complete, each with a file whose block is known (WHO_AT_...:
# the 4 KiB block of the partition where its text is found, as ciphertext).
INTEGRITY = f"""
load hmac
load authenc
load dm-integrity
genuine /dev/ram0 authentic && genuine /dev/ram1 plain || echo "SETUP FAILED"
blocks() {{ # the first block of the file on the mapped volume $1
        volume open $2 $1 {SECRET} && mount -t ext4 -o ro,noload /dev/mapper/$1 /run/m && filefrag -b4096 -v /run/m/who | awk '$1 == "0:" {{ sub("\\\\.\\\\.", "", $4); print $4 }}'
        leave $1
}}
read_block() {{ # read_block DEVICE LABEL BLOCK: what an ordinary boot reads there
        volume open $1 $2 {SECRET} || {{ echo "READ nothing"; return; }}
        if dd if=/dev/mapper/$2 of=/run/block bs=4096 skip=$3 count=1 iflag=direct 2>/run/error; then
                echo "READ $(head -c 9 /run/block | tr -c "a-z'" .)"
        else
                echo "READ error $(grep -o 'Input/output error\\|Invalid or incomplete multibyte' /run/error)"
        fi
        volume close $2
}}
garble() {{ # garble DEVICE BYTE: somebody turns over the bits of 16 bytes
        dd if=$1 of=/run/sixteen bs=1 skip=$2 count=16 status=none
        /usr/bin/python3 -Ic "d=open('/run/sixteen','rb').read(); open('/run/sixteen','wb').write(bytes(b ^ 255 for b in d))"
        dd if=/run/sixteen of=$1 bs=1 seek=$2 count=16 conv=notrunc status=none
}}
"""
SUPERBLOCK = DATA_AT_MIB << 20


def run(attack: str) -> guest.Run:
    # of what SETUP makes only the functions are wanted
    result = guest.run(SETUP.replace("genuine /dev/ram0 state && genuine /dev/ram1 config", "true") + INTEGRITY + attack + "\ntrue\n")
    assert "SETUP FAILED" not in result.text, result.text
    return result


def test_a_volume_with_integrity_opens_is_complete_and_is_what_cryptsetup_opens() -> None:
    result = run("look /dev/ram0 authentic\nbelieve /dev/ram0\ncryptsetup luksDump /dev/ram0 | awk '/integrity:/ { print \"DUMP\", $2 }'")
    assert result.word("SEEN") == ["owner's authentic complete=yes"]
    assert result.word("BELIEVED") == ["owner's authentic mark=162"]
    assert result.word("DUMP") == ["hmac(sha256)"]


def test_cryptsetup_and_the_initrd_write_to_the_same_volume() -> None:
    attack = f"""
volume passphrase {SECRET} | cryptsetup open --key-file - /dev/ram0 other && mount -t ext4 /dev/mapper/other /run/m && echo "by cryptsetup" >/run/m/who
umount /run/m; cryptsetup close other
look /dev/ram0 authentic
"""
    assert run(attack).word("SEEN") == ["by cryptsetup complete=yes"]


def test_every_sector_reads_after_the_making() -> None:
    """And none before: what a kernel finds without a tag is no plain text."""
    attack = f"""
volume open /dev/ram0 authentic {SECRET} && dd if=/dev/mapper/authentic of=/dev/null bs=1M iflag=direct 2>/dev/null; echo "WHOLE $?"; volume close authentic
dd if=/dev/zero of=/dev/ram2 bs=1M count=1 status=none
volume passphrase {SECRET} >/run/pass
cryptsetup luksFormat -q --type luks2 --integrity hmac-sha256 --integrity-no-wipe --sector-size 4096 --offset {DATA_AT_MIB * 2048} --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/ram2 /run/pass
volume open /dev/ram2 authentic {SECRET} && dd if=/dev/mapper/authentic of=/dev/null bs=1M iflag=direct 2>/dev/null; echo "WHOLE $?"; volume close authentic
"""
    assert run(attack).word("WHOLE") == ["0", "1"]


def test_a_garbled_sector_is_an_error_and_never_other_plain_text() -> None:
    """The same sixteen bytes on a volume without tags yield other plain text: that is the control."""
    attack = f"""
at=$(blocks plain /dev/ram1); read_block /dev/ram1 plain $at
garble /dev/ram1 $(({SUPERBLOCK} + at * 4096)); read_block /dev/ram1 plain $at
at=$(blocks authentic /dev/ram0); read_block /dev/ram0 authentic $at
# behind the superblock, the journal and the first run of tags; each interleave of 4096 blocks is behind its own
journal=$(dd if=/dev/ram0 bs=1 skip=$(({SUPERBLOCK} + 12)) count=1 status=none | od -A n -t u1)
sector=$(({SUPERBLOCK // 512} + 8 + journal * 264 + (at / 4096 + 1) * 256 + at * 8))
garble /dev/ram0 $((sector * 512)); read_block /dev/ram0 authentic $at
garble /dev/ram0 $((sector * 512)); read_block /dev/ram0 authentic $at
tag=$(({SUPERBLOCK} + (8 + journal * 264 + at / 4096 * 33024) * 512 + at % 4096 * 32))
garble /dev/ram0 $tag; read_block /dev/ram0 authentic $at
"""
    plain, garbled, tagged, refused, mended, without_its_tag = run(attack).word("READ")
    assert plain.startswith("owner's") and tagged.startswith("owner's") and mended.startswith("owner's")
    assert not garbled.startswith(("owner's", "error")), "the control: without tags nobody notices"
    assert refused.startswith("error") and without_its_tag.startswith("error")


def test_two_sectors_cannot_be_exchanged_with_their_tags() -> None:
    attack = f"""
at=$(blocks authentic /dev/ram0); other=$((at + 1))
journal=$(dd if=/dev/ram0 bs=1 skip=$(({SUPERBLOCK} + 12)) count=1 status=none | od -A n -t u1)
block() {{ echo $(({SUPERBLOCK // 4096} + 1 + (journal * 264 + ($1 / 4096 + 1) * 256) / 8 + $1)); }}
tag() {{ echo $((({SUPERBLOCK} + (8 + journal * 264 + $1 / 4096 * 33024) * 512 + $1 % 4096 * 32) / 32)); }}
read_block /dev/ram0 authentic $at
dd if=/dev/ram0 of=/dev/ram0 bs=4096 skip=$(block $other) seek=$(block $at) count=1 conv=notrunc status=none
dd if=/dev/ram0 of=/dev/ram0 bs=32 skip=$(tag $other) seek=$(tag $at) count=1 conv=notrunc status=none
read_block /dev/ram0 authentic $other
read_block /dev/ram0 authentic $at
"""
    before, other, exchanged = run(attack).word("READ")
    assert before.startswith("owner's") and not other.startswith("error"), "the control: the other block reads where it belongs"
    assert exchanged.startswith("error")


SAID = "Structure needs cleaning"  # by the judge, before anything is mapped


@pytest.mark.parametrize(
    ("at", "value", "what", "judged"),
    [
        (0, 0, "no superblock", True),
        (8, 3, "version", True),
        (9, 3, "interleave", True),
        (10, 16, "tag size", True),
        (12, 1, "a shorter journal", False),
        (14, 1, "a longer journal", True),
        (16, 0x78, "fewer sectors", False),
        (19, 1, "more sectors", True),
        (24, 0x0A, "flags", True),
        (28, 0, "block size", True),
    ],
)
def test_a_volume_whose_superblock_was_altered_mounts_nothing(at: int, value: int, what: str, judged: bool) -> None:
    """The two lengths that the judge lets pass, as on a partition that has grown, have the tags or the file system refuse."""
    attack = f"""
look /dev/ram0 authentic
printf '\\{value:03o}' | dd of=/dev/ram0 bs=1 seek=$(({SUPERBLOCK} + {at})) conv=notrunc status=none
look /dev/ram0 authentic
dmsetup ls | grep -q authentic && echo "LEFT something"
"""
    result = run(attack)
    assert result.word("SEEN") == ["owner's authentic complete=yes", "nothing"], what
    assert result.word("LEFT") == [] and (SAID in result.text) == judged


def test_a_partition_that_has_grown_still_opens() -> None:
    attack = """
dd if=/dev/ram0 of=/run/grown bs=1M status=none && truncate -s +1M /run/grown
look $(losetup --find --show /run/grown) authentic
"""
    assert run(attack).word("SEEN") == ["owner's authentic complete=yes"]


def test_a_volume_without_integrity_in_its_place_mounts_nothing() -> None:
    """Also one that this very secret has made for the same role, before the image asked for tags, and the other way round."""
    attack = f"""
mkdir -p /run/n
dd if=/dev/ram1 of=/dev/ram2 bs=1M status=none
look /dev/ram2 authentic
look /dev/ram2 plain
look /dev/ram0 plain
look /dev/ram0 authentic
plain /dev/ram2 {DATA_AT_MIB}
look /dev/ram2 authentic
"""
    assert run(attack).word("SEEN") == ["nothing", "owner's plain complete=yes", "nothing", "owner's authentic complete=yes", "nothing"]


def test_a_volume_of_another_key_mounts_nothing_and_reads_nowhere() -> None:
    attack = f"""
volume format /dev/ram2 authentic {SECRET + 1} && volume open /dev/ram2 authentic {SECRET + 1} && mkfs.ext4 -q /dev/mapper/authentic && fill authentic "attacker's" && volume close authentic || umount /run/m
volume close authentic 2>/dev/null
look /dev/ram2 authentic
read_block /dev/ram2 authentic 0
"""
    result = run(attack)
    assert result.word("SEEN") == ["nothing"]
    assert result.word("READ")[0].startswith("error")


def test_the_kernel_is_tried_without_touching_a_disk() -> None:
    attack = "volume try; echo \"TRY $?\"\ndmsetup ls\nlosetup -a | grep -c . | sed 's/^/LOOPS /'\nsum=$(cksum </dev/ram2); [ \"$sum\" = \"$before\" ] && echo RAM same"
    result = run(f"before=$(cksum </dev/ram2)\n{attack}")
    assert result.word("TRY") == ["0"] and result.word("LOOPS") == ["0"] and result.word("RAM") == ["same"] and "No devices found" in result.text


@pytest.mark.parametrize("missing", ["dm-integrity", "authenc", "loop"])
def test_a_kernel_that_lacks_something_is_found_out(missing: str) -> None:
    loads = "".join(f"load {module}\n" for module in ("dm-mod", "cbc", "dm-crypt", "aes_ti", "xts", "hmac", "authenc", "dm-integrity", "loop") if module != missing)
    result = guest.run(f'{loads}{guest.VOLUME_PROBE} try; echo "TRY $?"; dmsetup ls\ntrue\n')
    assert result.word("TRY") == ["1"] and "No devices found" in result.text
