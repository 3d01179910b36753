# SPDX-License-Identifier: GPL-2.0-or-later
"""What people read is plain English: idioms translated word by word must not come back. Each one here was once in a message."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TELL_TALES = re.compile(
    r"""\ball\ the\ same\b | \bas\ it\ stands\b | \bis\ none\ that\b | \bis\ no\ (?:time|terminal|question|errand)\b | \bnone\ that\ the\b
    | \bis\ news\ to\b | \b[Tt]ak(?:e|es|en|ing)\ (?:it\ |the\ request\ )?back\b | \banew\b | \bin\ the\ midst\ of\b | \bhow\ things\ stand\b
    | \b[Bb]ehind\ (?:it|that),? | \b[Ll]eave\ it\ away\b
    | \bnot\ sound\b | \bof\ its\ own\ domain\b | \boutside\ of\ its\ domain\b | \bthere\ may\ be\ \d | \bmay\ have\ \d
    | \ballows?\ to\ (?:go|start|keep)\b | \bdoes\ not\ speak\ of\b | \bcounts\ as\ good\b
    | \b(?:stands?|stood)\ (?:against|beside|behind|below|there|here|only|in\ a|in\ the\ way|as|in\ place|twice|first)\b
    | \bof\ the\ number\b | \bwants\ forgotten\b | \bmust\ complete\b | \bfurther\ disks?\b""",
    re.VERBOSE,
)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"(?:\s*\n\s*(?="))?')
COMMENT = re.compile(r"/\*.*?\*/|^\s*#\s*include.*?$", re.DOTALL | re.MULTILINE)


def texts_of_program(source: str) -> str:
    """The string literals, one that is broken over lines in one piece."""
    pieces = []
    for match in LITERAL.finditer(COMMENT.sub("", source)):
        pieces.append(match[1] + ("" if "\n" in match[0] else "\n"))
    return "".join(pieces)


def texts_of_document(name: str, source: str) -> str:
    """Lines of a paragraph joined; what a comment says is not read by users, except in an interface, where it explains that."""
    comment: tuple[str, ...] = ('.\\"',) if name.endswith((".md", ".varlink")) else ('.\\"', "#")
    lines = [line.removeprefix("# ") for line in source.split("\n") if not line.startswith(comment)]
    return re.sub(r"(?<=\S)\n(?=[^\s.#|])", " ", "\n".join(lines))


def tell_tales(name: str, source: str) -> list[str]:
    text = texts_of_program(source) if name.endswith((".c", ".h")) else texts_of_document(name, source)
    return [match[0] for match in TELL_TALES.finditer(text)]


def what_people_read() -> list[Path]:
    patterns = ["common/*.[ch]", "linux/*.[ch]", "efi/*.[ch]", "initrd/*.[ch]", "reset-tool/*.[ch]", "reset-tool/units/*", "reset-tool/polkit/*"]
    patterns += ["reset-tool/catalog/cleanslate.catalog", "reset-tool/completion.*", "reset-tool/varlink/*.varlink"]
    patterns += ["docs/man/*", "docs/*.md", "README.md", "SECURITY.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "efi/README.md"]
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.split("\n") if line]


def test_what_people_read_has_no_tell_tale() -> None:
    files = what_people_read()
    assert len(files) > 320  # or nothing was looked at
    found = {str(path.relative_to(ROOT)): words for path in files if (words := tell_tales(path.name, path.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.c", 'say("the reset would fail; --force asks for it all the same.");', ["all the same"]),
        ("a.c", 'say("the request is "\n    "taken back");', ["taken back"]),
        ("a.c", 'say("The medium is "\n    "not "\n    "sound.");', ["not sound"]),
        ("a.c", '/* all the same */ say("fine"); /* "taken back" */', []),
        ("a.md", "the reset goes on behind\nthat, all the\nsame.", ["behind that,", "all the same"]),
        ("a.md", "# How it is built anew", ["anew"]),
        ("a.varlink", "# Takes the request\n# back\nmethod Cancel() -> ()", ["Takes the request back"]),
        ("a.service", "# made anew\nDescription=Good", []),
        ("a.md", "Nothing to complain about.", []),
    ],
)
def test_a_planted_one_is_found(name: str, source: str, expected: list[str]) -> None:
    assert tell_tales(name, source) == expected
