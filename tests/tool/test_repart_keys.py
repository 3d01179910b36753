# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/repart.md, the table of keys in the code, and the manual's list of keys: three times the same."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Of repart.d(5), systemd 262.
MANUAL = frozenset(
    """Type Label VolumeLabel UUID Priority Weight PaddingWeight SizeMinBytes SizeMaxBytes PaddingMinBytes PaddingMaxBytes CopyBlocks Format
    CopyFiles ExcludeFiles ExcludeFilesTarget MakeDirectories MakeSymlinks Subvolumes DefaultSubvolume Encrypt EncryptKDF Verity VerityMatchKey
    VerityDataBlockSizeBytes VerityHashBlockSizeBytes FactoryReset Flags NoAuto ReadOnly GrowFileSystem SplitName Minimize MountPoint
    EncryptedVolume Compression CompressionLevel SupplementFor TPM2PCRs KeyFile Integrity IntegrityAlgorithm AddValidateFS FileSystemSectorSize
    Discard BlockDeviceReplace VolumeName""".split()
)
SOME_VALUES = {"CopyFiles", "Format"}  # of which some are not built


def in_code() -> dict[str, tuple[str, bool]]:
    text = (ROOT / "common/policy/definition-keys.c").read_text(encoding="utf-8")
    rows = re.findall(r'\{ "(\w+)", (apply_\w+), (true|false) \}', text)
    return {key: (apply, unbuildable == "true") for key, apply, unbuildable in rows}


def in_document(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+)=` \| (.+) \|$", text, re.MULTILINE))


def document() -> str:
    return (ROOT / "docs/repart.md").read_text(encoding="utf-8")


def contradictions(text: str) -> list[str]:
    told = in_document(text)
    wrong = [key for key in in_code() if key not in told]
    for key, (apply, unbuildable) in in_code().items():
        words = told.get(key, "")
        if unbuildable != ("not built" in words) and key not in SOME_VALUES:
            wrong.append(f"{key}: not built?")
        if apply == "apply_nothing" and not unbuildable and words != "no effect":
            wrong.append(f"{key}: no effect?")
    return wrong


def test_every_key_of_the_manual_is_in_the_code_and_no_other() -> None:
    assert set(in_code()) == MANUAL


def test_every_key_of_the_manual_is_in_the_document_and_no_other() -> None:
    assert set(in_document(document())) == MANUAL


def test_the_document_says_what_the_code_does() -> None:
    assert contradictions(document()) == []


def test_a_document_that_is_wrong_is_noticed() -> None:
    assert contradictions(document().replace("| `VolumeLabel=` | not built |", "| `VolumeLabel=` | honoured |")) == ["VolumeLabel: not built?"]
    assert contradictions(document().replace("| `SplitName=` | no effect |", "")) == ["SplitName", "SplitName: no effect?"]
    assert contradictions(document().replace("| `Weight=` | honoured |", "| `Weight=` | not built |")) == ["Weight: not built?"]
