# SPDX-License-Identifier: GPL-2.0-or-later
# initrd/: PID 1 of the initrd and the archive around it (libraries by dependency, modules from the image's kernel).
include initrd/arch.mk

INITRD_SOURCES := $(wildcard initrd/*.c initrd/steps/*.c)
INITRD_PROGRAM := $(BUILD)/initrd/cleanslate-initrd
INITRD_ARCHIVE := $(BUILD)/initrd/initrd.cpio.zst

$(INITRD_PROGRAM): $(call objects,host,$(INITRD_SOURCES)) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

# Alone in what is left of the machine at its end: no library is there.
SHUTDOWN_PROGRAM := $(BUILD)/initrd/cleanslate-shutdown
$(SHUTDOWN_PROGRAM): $(call objects,host,initrd/shutdown/main.c)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -static-pie -o $@ $^

$(INITRD_ARCHIVE): $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) initrd/pack.py initrd/modules.list $(BUILD)/images/kernel/release
	$(call say,PACK,$@)
	$(Q)$(PYTHON) initrd/pack.py --program $(INITRD_PROGRAM) --shutdown $(SHUTDOWN_PROGRAM) --kernel $(BUILD)/images/kernel --modules initrd/modules.list \
	    --module-names '$(INITRD_ARCH_MODULES)' --output $@

all: $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM)

.PHONY: check-doors
check-doors: $(INITRD_PROGRAM) $(TOOL) $(INSPECT) $(SERVICE) ## only initrd/steps/ can destroy, by the symbols of what was compiled
	@$(PYTHON) tests/doors.py --objects $(call objects,host,$(INITRD_SOURCES)) --library $(BUILD)/host/linux.a \
	    --programs $(TOOL) $(INSPECT) $(SERVICE)
