# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles a catalog that msgfmt has checked (.mo) into the C table of common/base/message.c. Untranslated texts are left out."""

from __future__ import annotations

import gettext
import sys
from pathlib import Path


def quoted(text: str) -> str:
    return '"' + "".join(f"\\{byte:03o}" if byte < 32 or byte > 126 or byte in b'"\\?' else chr(byte) for byte in text.encode()) + '"'


def main() -> int:
    with Path(sys.argv[1]).open("rb") as file:
        catalog: dict[str, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    rows = [f"        {{ {quoted(key)}, {quoted(text)} }}," for key, text in sorted(catalog.items()) if key and isinstance(key, str)]
    print("static const struct translation german[] = {", *rows, "};", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
