# SPDX-License-Identifier: GPL-2.0-or-later
"""All that depends on the processor of the machines under test."""

from __future__ import annotations

QEMU = "qemu-system-x86_64"
MACHINE = ("-machine", "q35")
TPM_DEVICE = "tpm-crb"
CODE_IMAGE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
# Under Secure Boot only code in system management mode may write the variable store.
SECURE_MACHINE = ("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")
SECURE_CODE_IMAGE = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
VARIABLES_IMAGE = "/usr/share/OVMF/OVMF_VARS_4M.fd"
