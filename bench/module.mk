# SPDX-License-Identifier: GPL-2.0-or-later
# bench/: figures side by side with what users would pick instead. REPEAT=N runs of each; BENCH="initrd stub boot reset erase" narrows down.
REPEAT ?= 3
BENCH  ?=

# Debian's own initrds for the same kernel, made in a throw-away Debian once.
$(BUILD)/bench/peers/dracut-list: bench/peers.py bench/peers.sh initrd/modules.list $(BUILD)/images/kernel/release
	$(Q)$(IMAGE_RUN) bench.peers --kernel $(BUILD)/images/kernel --modules initrd/modules.list $(@D)

.PHONY: bench-run
bench: ## a table of figures against Debian's own tools, measured in the same run; build/bench/figures.json
	$(Q)$(MAKE) deps
	$(Q)$(MAKE) bench-run
bench-run: $(UML_PROBE) $(BUILD)/images/reference.raw $(BUILD)/images/large.raw $(BUILD)/images/large-plain.raw $(BUILD)/bench/peers/dracut-list
	$(Q)$(IMAGE_RUN) bench --build $(BUILD) --repeat $(REPEAT) $(BENCH)
