# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the throw-away test keys of the reference machine. A product's keys are kept elsewhere, and better."""

from __future__ import annotations

import sys
from pathlib import Path

from images import pcrsig

if __name__ == "__main__":
    pcrsig.make_keys(Path(sys.argv[1]) / "pcr-private.pem", Path(sys.argv[1]) / "pcr-public.pem")
