# SPDX-License-Identifier: GPL-2.0-or-later
"""Manifest lines as docs/manifest.md defines them."""

from __future__ import annotations

import hashlib

import pytest

from images import manifest
from images.tree import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, HARDLINK, SYMLINK, Node, Tree

SHA_X = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    ("path", "node", "expected"),
    [
        ("/etc/a", Node(FILE, 0o644, 1, 2, 3, content=b"x"), f"f 0644 1 2 1 3 {SHA_X} /etc/a"),
        ("/etc/s", Node(FILE, 0o4755, content=b"x"), f"f 4755 0 0 1 0 {SHA_X} /etc/s"),
        ("/etc", Node(DIRECTORY, 0o755, mtime=9), "d 0755 0 0 0 9 - /etc"),
        ("/etc/l", Node(SYMLINK, 0o777, target="../a b"), "l 0777 0 0 0 0 - /etc/l -> ../a\\x20b"),
        ("/var/p", Node(FIFO, 0o600), "p 0600 0 0 0 0 - /var/p"),
        ("/var/c", Node(CHARACTER, 0o666, device=(1, 3)), "c 0666 0 0 0 0 1:3 /var/c"),
        ("/var/b", Node(BLOCK, 0o660, gid=6, device=(259, 0)), "b 0660 0 6 0 0 259:0 /var/b"),
        ("/etc/a b\\\n\x7f", Node(DIRECTORY, 0o755), "d 0755 0 0 0 0 - /etc/a\\x20b\\x5c\\x0a\\x7f"),
        ("/etc/ü", Node(DIRECTORY, 0o755), "d 0755 0 0 0 0 - /etc/ü"),
    ],
)
def test_line_has_the_documented_form(path: str, node: Node, expected: str) -> None:
    assert manifest.line(path, node) == expected + "\n"


def test_xattrs_are_sorted_and_foreign_classes_left_out() -> None:
    xattrs = {"user.b": b"\x00\xff", "trusted.t": b"1", "security.capability": b"\x01", "user.a": b"", "system.posix_acl_access": b"\x02"}
    line = manifest.line("/etc", Node(DIRECTORY, 0o755, xattrs=xattrs))
    assert line == (
        "d 0755 0 0 0 0 - /etc xattr security.capability=01 xattr system.posix_acl_access=02 xattr user.a= xattr user.b=00ff\n"
    )


def test_a_hard_link_is_refused() -> None:
    with pytest.raises(ValueError, match="hard links"):
        manifest.line("/etc/h", Node(HARDLINK, target="etc/a"))


def tree_of(*paths: str) -> Tree:
    tree = Tree()
    for path in paths:
        tree[path] = Node(DIRECTORY, 0o755)
    return tree


def order_of(text: bytes) -> list[str]:
    return [line.split(" ")[7] for line in text.decode().splitlines()]


def test_walk_is_depth_first_in_byte_order() -> None:
    # "a.b" sorts before "a/..." as a string, but a/ and its contents come first in a walk.
    tree = tree_of("f/var/a.b", "f/var/a/z", "f/var/Z", "f/var/ä", "f/etc/x")
    text = manifest.text(tree, [("f/var", "/var"), ("f/etc", "/etc")])
    assert order_of(text) == ["/etc", "/etc/x", "/var", "/var/Z", "/var/a", "/var/a/z", "/var/a.b", "/var/ä"]


def test_lost_and_found_is_left_out_of_a_root_only() -> None:
    tree = tree_of("f/var/lost+found/x", "f/var/d/lost+found", "f/var/lost+found2")
    assert order_of(manifest.text(tree, [("f/var", "/var")])) == ["/var", "/var/d", "/var/d/lost+found", "/var/lost+found2"]


def test_bytes_that_are_not_utf8_stay_as_they_are() -> None:
    tree = Tree()
    tree["f/" + b"\xff".decode("utf-8", "surrogateescape")] = Node(DIRECTORY, 0o755)
    assert b" /etc/\xff\n" in manifest.text(tree, [("f", "/etc")])


def test_digest_is_sha256_of_the_whole_text() -> None:
    assert manifest.digest(b"text") == hashlib.sha256(b"text").hexdigest()
