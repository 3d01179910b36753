# SPDX-License-Identifier: GPL-2.0-or-later
# efi/: the stub. Linked as a shared ELF object that relocates itself (gnu-efi's start code, nothing else of it), then turned
# into PE.
include efi/arch.mk
EFI_STUB    := $(BUILD)/efi/cleanslate$(EFI_ARCH_SUFFIX).efi.stub
EFI_SOURCES := $(filter-out $(wildcard efi/ticks-*.c efi/guest-*.c),$(wildcard efi/*.c)) $(EFI_ARCH_SOURCES)
EFI_FLAGS   := $(COMMON_FLAGS) $(FREESTANDING_FLAGS) -fvisibility=hidden $(EFI_ARCH_FLAGS) $(EFI_ARCH_INCLUDE)

all: $(EFI_STUB)

$(BUILD)/efi-obj/efi/%.o: efi/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(EFI_FLAGS) -MMD -MP -c $< -o $@
# or the loops in there would become calls of the functions that they make up
$(BUILD)/efi-obj/efi/memory.o: EFI_FLAGS += -fno-tree-loop-distribute-patterns
$(BUILD)/efi-obj/common.a: $(FREESTANDING_OBJECTS)

# The first script adds to gnu-efi's; a PE section has to begin on a page of its own. The start code of gnu-efi 4 calls _entry, which its
# library has; earlier ones call efi_main.
$(BUILD)/efi/stub.so: $(call objects,efi-obj,$(EFI_SOURCES)) $(BUILD)/efi-obj/common.a efi/sections.lds
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)ld -nostdlib -shared -Bsymbolic -znocombreloc -znoexecstack --no-undefined --build-id=none --defsym=_entry=efi_main \
		-T efi/sections.lds -T $(EFI_ARCH_LDS) $(EFI_ARCH_CRT0) $(filter %.o %.a,$^) $(EFI_ARCH_LIBRARY) -o $@

# From ELF, objcopy writes no time into the PE header (when it adds sections to PE later, it does, unless SOURCE_DATE_EPOCH is
# set). The wide file alignment leaves room in the headers for the sections that ukify adds, and in .sbat for what it merges.
$(EFI_STUB): $(BUILD)/efi/stub.so efi/nx_compat.py
	$(call say,OBJCOPY,$@)
	$(Q)objcopy -j .text -j .data -j .dynamic -j .rela -j .reloc -j .sbat -j .sdmagic --target=$(EFI_ARCH_TARGET) --subsystem=10 \
		--section-alignment=4096 --file-alignment=4096 $< $@
	$(Q)$(PYTHON) efi/nx_compat.py $< $@

# The same sources for the host, for the unit tests: all but the memory functions, which libc has.
EFI_HOST_FLAGS := -fshort-wchar $(EFI_ARCH_INCLUDE)
$(BUILD)/asan-efi/efi/%.o: efi/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ASAN_FLAGS) $(EFI_HOST_FLAGS) -MMD -MP -c $< -o $@
$(BUILD)/asan-efi/efi.a: $(call objects,asan-efi,$(filter-out efi/memory.c efi/identity.c,$(EFI_SOURCES)))
