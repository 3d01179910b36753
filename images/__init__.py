# SPDX-License-Identifier: GPL-2.0-or-later
"""The builder of the reference machine: Debian packages in, a bootable verified disk image out."""
