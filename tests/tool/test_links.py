# SPDX-License-Identifier: GPL-2.0-or-later
"""Links between the documents lead somewhere: to a file of the tree, and to a heading in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """As GitHub, Gitea and GitLab make them of headings."""
    headings = re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def dead(document: Path, text: str) -> list[str]:
    result = []
    for target in LINK.findall(text):
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if re.match(r"[a-z]+:", target):
            continue
        if not path.exists():
            result.append(target)
        elif anchor and anchor not in anchors(text if path == document else path.read_text(encoding="utf-8")):
            result.append(target)
    return result


def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split()]


def test_every_link_leads_somewhere() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in documents()}
    assert sum(len(LINK.findall(text)) for text in texts.values()) > 50
    assert {str(path.relative_to(ROOT)): found for path, text in texts.items() if (found := dead(path, text))} == {}


def test_dead_links_are_noticed() -> None:
    document = ROOT / "docs/keep.md"
    text = "# On keeping: files\n[a](record.md) [b](#on-keeping-files) [c](https://example.org/x) [d](record.md#the-signature)"
    assert dead(document, text) == []
    assert dead(document, "[a](gone.md) [b](#nowhere) [c](record.md#no-such-heading)") == ["gone.md", "#nowhere", "record.md#no-such-heading"]
