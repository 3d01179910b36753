# SPDX-License-Identifier: GPL-2.0-or-later
# tests/clang/: a second compiler's opinion: all C of the tree with clang, its warnings as errors. What the fuzzers are made of it has compiled
# already, with the same warnings; the rest becomes objects that nobody links.
CLANG       ?= clang
# WARNINGS names some that only gcc knows.
CLANG_FLAGS := $(COMMON_FLAGS) -Wno-unknown-warning-option -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O0
CLANG_SOURCES = $(filter-out $(EFI_OTHERS),$(shell git ls-files --cached --others --exclude-standard '*.c'))
CLANG_FUZZED  = $(COMMON_SOURCES) $(wildcard tests/fuzz/fuzz-*.c)
# Of another processor.
EFI_OTHERS  := $(filter-out $(EFI_ARCH_SOURCES),$(wildcard efi/ticks-*.c))

$(BUILD)/clang/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)$(CLANG) $(CLANG_FLAGS) -MMD -MP -c $< -o $@
# -maccumulate-outgoing-args is gcc's alone.
$(BUILD)/clang/efi/%.o: CLANG_FLAGS += $(FREESTANDING_FLAGS) $(filter-out -maccumulate-outgoing-args,$(EFI_ARCH_FLAGS)) $(EFI_ARCH_INCLUDE)
$(BUILD)/clang/tests/unit/test-tree-fill.o: CLANG_FLAGS += -DLISTER='"$(BUILD)/images/list-volumes"'
$(BUILD)/clang/reset-tool/%.o: CLANG_FLAGS += -DCLEANSLATE_INSPECT_PATH='"$(INSPECT_PATH)"'
$(patsubst %.c,$(BUILD)/clang/%.o,$(wildcard tests/unit/test-efi-*.c tests/unit/fake-*.c) tests/attack/stub.c tests/fuzz/fuzz-device-path.c): CLANG_FLAGS += $(EFI_HOST_FLAGS)

.PHONY: clang
clang: $(call objects,clang,$(filter-out $(CLANG_FUZZED),$(CLANG_SOURCES))) $(call objects,fuzz-obj,$(CLANG_FUZZED)) ## all C once with clang, its warnings as errors
	@echo "clang: $(words $^) objects without a warning"
