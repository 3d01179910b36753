# SPDX-License-Identifier: GPL-2.0-or-later
# What depends on the processor in initrd/: the kernel's accelerated ciphers.
INITRD_ARCH_MODULES_x86_64  := aesni_intel sha256_ssse3
INITRD_ARCH_MODULES_aarch64 := aes_ce_blk sha2_ce
INITRD_ARCH_MODULES := $(INITRD_ARCH_MODULES_$(ARCH))
