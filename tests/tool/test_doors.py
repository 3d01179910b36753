# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/doors.py finds what it says it looks for: breaches are compiled and shown to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import doors

INSIDE = "int execute_step(void) { return erase_write(); }\nint overwrite(void) { return 0; }\n" + "".join(
    f"int {door}(void) {{ return 0; }}\n" for door in sorted(doors.DOORS - {"execute_step"})
)
BREACHES = {
    "an object outside that destroys": ("int page(void) { return tpm_clear(); }", "needs tpm_clear(), which destroys, outside of"),
    "an object outside that has another library destroy": (
        "int nvme_sanitize_nvm(void); int page(void) { return nvme_sanitize_nvm(); }",
        "needs nvme_sanitize_nvm(), which destroys, outside of",
    ),
    "a way in beside the doors": ("int page(void) { return overwrite(); }", "needs overwrite() of initrd/steps/, which is none of its doors"),
}


def library_text(own: set[str], foreign: set[str]) -> str:
    """Functions that are there, of which each calls every one of others."""
    declared = "".join(f"int {name}(void);\n" for name in sorted(foreign))
    calls = " + ".join(["0", *(f"{name}()" for name in sorted(foreign))])
    return declared + "".join(f"int {name}(void) {{ return {calls}; }}\n" for name in sorted(own))


def compiled(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text("int erase_write(void), tpm_clear(void), overwrite(void), execute_step(void), preserve_load(void);\n" + text, encoding="utf-8")
    subprocess.run(["gcc", "-c", source, "-o", path], check=True)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return compiled(tmp_path / "linux.o", library_text(doors.DESTRUCTIVE | doors.CHANGING, doors.FOREIGN))


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    return compiled(tmp_path / doors.ROOM / "execute.o", INSIDE)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return compiled(tmp_path / "initrd/reset.o", "int reset_run(void) { return preserve_load() + execute_step(); }")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return compiled(tmp_path / "cleanslate", "int main(void) { return 0; }")


def test_the_doors_may_be_used(library: Path, inside: Path, outside: Path, program: Path) -> None:
    assert not doors.breaches([inside, outside], [program], library)


@pytest.mark.parametrize("name", BREACHES)
def test_a_planted_breach_is_found(name: str, tmp_path: Path, library: Path, inside: Path, program: Path) -> None:
    text, words = BREACHES[name]
    (found,) = doors.breaches([inside, compiled(tmp_path / "initrd/page.o", text)], [program], library)
    assert words in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("int gpt_delete(void) { return 0; }", "holds gpt_delete(), which destroys"),
        ("int fdisk_write_disklabel(void); int main(void) { return fdisk_write_disklabel(); }", "holds fdisk_write_disklabel(), which destroys"),
        ("int media_unlock_own(void) { return 0; }", "holds media_unlock_own(), which changes a device"),
    ],
)
def test_a_program_that_holds_something_destructive_is_found(text: str, words: str, tmp_path: Path, library: Path, inside: Path) -> None:
    (found,) = doors.breaches([inside], [compiled(tmp_path / "cleanslate", text)], library)
    assert words in found


def test_versions_of_symbols_hide_nothing(tmp_path: Path, library: Path, inside: Path) -> None:
    """As nm shows what a shared library is asked for: fdisk_write_disklabel@FDISK_2.27."""
    text = 'int versioned(void); __asm__(".symver versioned,fdisk_write_disklabel@FDISK_2.27"); int main(void) { return versioned(); }'
    (found,) = doors.breaches([inside], [compiled(tmp_path / "cleanslate", text)], library)
    assert "holds fdisk_write_disklabel(), which destroys" in found


def test_a_program_without_symbols_proves_nothing(tmp_path: Path, library: Path, inside: Path, program: Path) -> None:
    subprocess.run(["strip", program], check=True)
    (found,) = doors.breaches([inside], [program], library)
    assert "has no symbols to look at" in found


def test_a_name_that_is_gone_is_found(tmp_path: Path, inside: Path, program: Path) -> None:
    library = compiled(tmp_path / "old.o", "int erase_write(void) { return 0; }")
    found = doors.breaches([inside], [program], library)
    assert any("has no tpm_clear(), so nothing is proven about it" in line for line in found)
    assert any("does not need Esys_Clear(), so nothing is proven about it" in line for line in found)
