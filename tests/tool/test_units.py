# SPDX-License-Identifier: GPL-2.0-or-later
"""The units: each that can be enabled is named by the preset, no other is; and every program has its cage."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "reset-tool/units").iterdir())


def sections(unit: Path) -> list[str]:
    return re.findall(r"^\[(\w+)\]$", unit.read_text(encoding="utf-8"), re.M)


def test_the_preset_names_what_can_be_enabled_and_nothing_else() -> None:
    preset = (ROOT / "reset-tool/90-cleanslate.preset").read_text(encoding="utf-8")
    named = re.findall(r"^enable (\S+)$", preset, re.M)
    assert sorted(named) == [unit.name for unit in UNITS if "Install" in sections(unit)]


def test_who_reads_what_is_to_be_kept_can_see_it_wherever_it_is() -> None:
    """The policy may name files of /home, /root or /run/user; a cage that hides them would let a request fail that was judged well."""
    for name in ("cleanslate-keep@.service", "cleanslate-schedule.service"):
        text = (ROOT / "reset-tool/units" / name).read_text(encoding="utf-8")
        assert "ProtectHome=read-only" in text and "CAP_DAC_READ_SEARCH" in text, name
        assert "PrivateTmp" not in text and "InaccessiblePaths" not in text, name


def test_every_service_that_runs_a_program_has_its_cage() -> None:
    services = [unit for unit in UNITS if unit.suffix == ".service"]
    programs = [unit for unit in services if "Exec" in unit.read_text(encoding="utf-8")]
    # A [Service] that names no program would be no unit at all; a service without one has nothing to cage.
    assert programs == [unit for unit in services if "Service" in sections(unit)]
    assert len(programs) > 1
    for unit in programs:
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment]
        parser.read_string(unit.read_text(encoding="utf-8"))
        for key in ("CapabilityBoundingSet", "NoNewPrivileges", "ProtectSystem", "RestrictAddressFamilies", "SystemCallFilter"):
            assert key in parser["Service"], f"{unit.name} lacks {key}="
