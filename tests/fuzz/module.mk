# SPDX-License-Identifier: GPL-2.0-or-later
# tests/fuzz/: libFuzzer. One fuzz-NAME.c is one program over all of common/; its seeds, and every input that ever broke it,
# are in corpus/NAME/. Needs clang.
FUZZ_CC      := clang
FUZZ_FLAGS   := $(COMMON_FLAGS) -Wno-unknown-warning-option -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
FUZZ_SECONDS ?= 600
FUZZ_RUNS    ?= 5000
FUZZ_NAMES    := $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_PROGRAMS := $(FUZZ_NAMES:%=$(BUILD)/fuzz/fuzz-%)
FUZZ_COMMON   := $(call objects,fuzz-obj,$(COMMON_SOURCES))

$(BUILD)/fuzz-obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c $< -o $@

$(BUILD)/fuzz/fuzz-%: $(BUILD)/fuzz-obj/tests/fuzz/fuzz-%.o $(FUZZ_COMMON)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^

# Parsers that are not in common/: the service's sockets, and the stub's.
$(BUILD)/fuzz/fuzz-inspection: $(call objects,fuzz-obj,reset-tool/inspection.c)
$(BUILD)/fuzz/fuzz-preserve-request: $(call objects,fuzz-obj,reset-tool/preserve-request.c)
$(BUILD)/fuzz/fuzz-device-path: $(call objects,fuzz-obj,efi/device-path.c)
$(call objects,fuzz-obj,efi/device-path.c tests/fuzz/fuzz-device-path.c): FUZZ_FLAGS += $(EFI_HOST_FLAGS)

# Works on copies, so that what libFuzzer finds new never lands in the tree by itself: `make fuzz` leaves it under $(BUILD) for
# a person to pick from.
define fuzz_prepare
rm -rf $(BUILD)/fuzz/corpus/$$name; mkdir -p $(BUILD)/fuzz/corpus/$$name; \
cp -r tests/fuzz/corpus/$$name/. $(BUILD)/fuzz/corpus/$$name
endef

.PHONY: fuzz-corpora fuzz
fuzz-corpora: $(FUZZ_PROGRAMS) ## each fuzzer over its corpus and a short fixed run
	@printf '%s\n' $(FUZZ_NAMES) | xargs -P $(JOBS) -n 1 tests/fuzz/corpus.sh $(BUILD) $(FUZZ_RUNS)

fuzz: $(FUZZ_PROGRAMS) ## fuzz for $FUZZ_SECONDS (600) each
	@set -e; for name in $(FUZZ_NAMES); do \
		$(fuzz_prepare); echo "fuzz-$$name: $(FUZZ_SECONDS) s"; \
		$(BUILD)/fuzz/fuzz-$$name -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -timeout=20 \
			-artifact_prefix=$(BUILD)/fuzz/$$name- $(BUILD)/fuzz/corpus/$$name; \
	done
