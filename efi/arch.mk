# SPDX-License-Identifier: GPL-2.0-or-later
# What depends on the processor in efi/: flags, gnu-efi's start code and linker script, the output format, the counter, what a
# guest is told.
EFI_ARCH_FLAGS_x86_64   := -mno-red-zone -mgeneral-regs-only -maccumulate-outgoing-args
EFI_ARCH_SOURCES_x86_64 := efi/ticks-x86_64.c efi/guest-x86_64.c
EFI_ARCH_CRT0_x86_64    := /usr/lib/crt0-efi-x86_64.o
EFI_ARCH_LDS_x86_64     := /usr/lib/elf_x86_64_efi.lds
EFI_ARCH_TARGET_x86_64  := efi-app-x86_64
EFI_ARCH_SUFFIX_x86_64  := x64

EFI_ARCH_FLAGS   := $(EFI_ARCH_FLAGS_$(ARCH))
EFI_ARCH_SOURCES := $(EFI_ARCH_SOURCES_$(ARCH))
EFI_ARCH_CRT0    := $(EFI_ARCH_CRT0_$(ARCH))
EFI_ARCH_LDS     := $(EFI_ARCH_LDS_$(ARCH))
EFI_ARCH_TARGET  := $(EFI_ARCH_TARGET_$(ARCH))
EFI_ARCH_SUFFIX  := $(EFI_ARCH_SUFFIX_$(ARCH))
EFI_ARCH_INCLUDE := -isystem /usr/include/efi -isystem /usr/include/efi/$(ARCH)
EFI_ARCH_LIBRARY := /usr/lib/libgnuefi.a
