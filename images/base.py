# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes base.tar, a minimal Debian of the build machine's own release, with mmdebstrap (as root, or as an ordinary user
in a user namespace)."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from images import contents, debian


def environment() -> dict[str, str]:
    """mmdebstrap does not read the machine's apt.conf: a proxy named there reaches it through the environment."""
    result = dict(os.environ)
    for scheme in ("http", "https"):
        command = ["apt-config", "shell", "PROXY", f"Acquire::{scheme}::Proxy"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        if answer and f"{scheme}_proxy" not in result:
            result[f"{scheme}_proxy"] = answer.removeprefix("PROXY=").strip("'")
    return result


# The root file system is made with a merged /usr; the package that would convert one brings all of Perl.
NO_USRMERGE = (
    'printf "Package: usrmerge\\nPin: version *\\nPin-Priority: -1\\n" >"$1"/etc/apt/preferences.d/no-usrmerge'
)


def command_line(sources: list[debian.Source], destination: Path, variant: str = "") -> list[str]:
    command = ["mmdebstrap", "--mode=auto", "--variant=essential", "--format=tar", "--quiet"]
    packages = [*contents.PACKAGES, *contents.FURTHER_PACKAGES.get(variant, ())]
    command.append("--include=" + ",".join(sorted(packages)))
    command += [f"--dpkgopt=path-exclude={path}" for path in contents.EXCLUDED_PATHS]
    command += [f"--dpkgopt=path-include={path}" for path in contents.INCLUDED_PATHS]
    command.append('--aptopt=APT::Install-Recommends "false"')
    command += ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--setup-hook=" + NO_USRMERGE]
    leftovers = " ".join(f'"$1"{path}' for path in contents.LEFTOVERS)
    command.append(f"--customize-hook=rm -rf -- {leftovers}")
    command += [debian.release()["VERSION_CODENAME"], str(destination)]
    return command + [source.line() for source in sources]


def key(sources: list[debian.Source], variant: str = "") -> str:
    """What decides whether base.tar must be made anew: its recipe, but not where packages are fetched from."""
    places = {source.line(): f"{source.suite} {' '.join(source.components)}" for source in sources}
    return "\n".join(places.get(word, word) for word in command_line(sources, Path("base.tar"), variant)) + "\n"


def make(sources: list[debian.Source], destination: Path, variant: str = "") -> None:
    print(f"images: making a minimal Debian {debian.release()['VERSION_CODENAME']} (about a minute, once)", flush=True)
    # With a name of its own, so that an interrupted run never passes for a whole one.
    partial = destination.with_name("partial-" + destination.name)
    log = destination.with_suffix(".log")
    with log.open("wb") as stream:
        result = subprocess.run(
            command_line(sources, partial, variant), check=False, env=environment(), stdout=stream, stderr=subprocess.STDOUT
        )
    if result.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
        raise SystemExit(f"images: mmdebstrap failed; the end of {log}:\n{tail}")
    partial.replace(destination)


def make_tree(at: Path, release: str, packages: Sequence[str], lines: Sequence[str], hook: str) -> None:
    """A throw-away Debian as a directory, from sources.list(5) lines; `hook` is a shell script to which it is $1. Wants root."""
    # in a mount namespace: whatever becomes of it, no file system of this machine stays mounted in a tree that is removed
    command = ["unshare", "--mount", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--quiet"]
    command += ["--include=" + ",".join(packages), '--aptopt=APT::Install-Recommends "false"', "--customize-hook=" + hook]
    subprocess.run([*command, release, str(at), *lines], check=True, env=environment())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", action="store_true", help="print what the result depends on, and do nothing")
    parser.add_argument("--variant", choices=contents.FURTHER_PACKAGES, default="", help="one with packages of its own")
    parser.add_argument("destination", type=Path, nargs="?", default=Path("base.tar"))
    options = parser.parse_args()
    sources = debian.machine_sources()
    if options.key:
        print(key(sources, options.variant), end="")
    else:
        make(sources, options.destination, options.variant)


if __name__ == "__main__":
    main()
