# SPDX-License-Identifier: GPL-2.0-or-later
# common/: decisions. No dependencies but jsmn's header.
COMMON_SOURCES := $(wildcard common/*/*.c)
$(BUILD)/host/common.a: $(call objects,host,$(COMMON_SOURCES))
$(BUILD)/asan/common.a: $(call objects,asan,$(COMMON_SOURCES))

# Everything in common/ also runs in the stub, where there is no libc: compiled in that way, it may need no function but the
# four of common/base/memory.h. The processor's flags are efi/arch.mk's.
-include efi/arch.mk
EFI_ARCH_FLAGS ?= -mno-red-zone -mgeneral-regs-only -maccumulate-outgoing-args
FREESTANDING_FLAGS := -O2 -g -ffreestanding -fshort-wchar -fno-stack-protector -fpic
FREESTANDING_ALLOWED := memcpy memset memcmp memmove
FREESTANDING_OBJECTS := $(call objects,efi-obj,$(COMMON_SOURCES))

$(BUILD)/efi-obj/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(COMMON_FLAGS) $(FREESTANDING_FLAGS) $(EFI_ARCH_FLAGS) -MMD -MP -c $< -o $@

.PHONY: check-freestanding
check-freestanding: $(FREESTANDING_OBJECTS) ## common/ needs nothing but four memory functions
	@{ nm -g --defined-only $^; printf '0 T %s\n' $(FREESTANDING_ALLOWED) _GLOBAL_OFFSET_TABLE_; } | \
		awk 'NF == 3 { print $$3 }' | LC_ALL=C sort -u > $(BUILD)/efi-obj/provided
	@nm --undefined-only $^ | awk 'NF == 2 { print $$2 }' | LC_ALL=C sort -u > $(BUILD)/efi-obj/needed
	@test -s $(BUILD)/efi-obj/needed || { echo "check-freestanding: nm listed no symbols at all" >&2; exit 1; }
	@if LC_ALL=C comm -23 $(BUILD)/efi-obj/needed $(BUILD)/efi-obj/provided | grep .; then \
		echo "check-freestanding: common/ must not need the functions above" >&2; exit 1; fi
	@echo "check-freestanding: $(words $^) objects need nothing but $(FREESTANDING_ALLOWED)"
