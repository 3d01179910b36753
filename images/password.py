# SPDX-License-Identifier: GPL-2.0-or-later
"""The hash of a password for [Menu] of cleanslate.conf: what common/base/pbkdf2 reads in the stub."""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import secrets
import sys

ITERATIONS = 200_000  # a slow machine's firmware answers within about a second
ITERATIONS_RANGE = range(10_000, 1_000_001)
LENGTH_MAX = 64
SALT_BYTES = 16


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=").replace("+", ".")


def problem(password: str) -> str | None:
    """Why the boot menu could not take it: a firmware's keyboard knows printable ASCII, and nothing else for certain."""
    if not password:
        return "the password is empty"
    if len(password) > LENGTH_MAX:
        return f"the password is longer than {LENGTH_MAX} characters"
    if any(not " " <= character <= "~" for character in password):
        return "the password may have printable ASCII characters only: a firmware's keyboard has no others"
    return None


def hash_text(password: str, salt: bytes, iterations: int) -> str:
    key = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    return f"$pbkdf2-sha256${iterations}${_text(salt)}${_text(key)}"


def iteration_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in ITERATIONS_RANGE:
        raise argparse.ArgumentTypeError(f"{text} is not a number from {ITERATIONS_RANGE.start} to {ITERATIONS_RANGE.stop - 1}")
    return int(text)


def _ask() -> str:
    """A pipe's first line, or a person's word, twice and unseen."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n")
    password = getpass.getpass("Password for the boot menu: ")
    if getpass.getpass("Again: ") != password:
        raise SystemExit("cleanslate-image: the two passwords differ")
    return password


def print_hash(options: argparse.Namespace) -> None:
    password = _ask()
    if (why := problem(password)) is not None:
        raise SystemExit(f"cleanslate-image: {why}")
    print(f"password={hash_text(password, secrets.token_bytes(SALT_BYTES), options.iterations)}")


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("password-hash", help="the line password= for [Menu] of cleanslate.conf, of a password read from the terminal")
    command.add_argument("--iterations", type=iteration_count, default=ITERATIONS, help=f"how slow each try is made ({ITERATIONS})")
    command.set_defaults(act=print_hash)
