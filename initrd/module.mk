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

# Alone in what is left of the machine at its end: no library is there. Each boot unpacks, measures and copies it, and musl's static
# programs are a twelfth of glibc's. musl has no headers of the kernel's.
SHUTDOWN_PROGRAM := $(BUILD)/initrd/cleanslate-shutdown
SHUTDOWN_CC      ?= musl-gcc
SHUTDOWN_FLAGS   := $(COMMON_FLAGS) $(CFLAGS) -D_GNU_SOURCE -Os -static -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)
$(SHUTDOWN_PROGRAM): initrd/shutdown/main.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(SHUTDOWN_CC) $(SHUTDOWN_FLAGS) -o $@ $<

$(INITRD_ARCHIVE): $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) initrd/pack.py initrd/modules.list $(BUILD)/images/kernel/release
	$(call say,PACK,$@)
	$(Q)$(PYTHON) initrd/pack.py --program $(INITRD_PROGRAM) --shutdown $(SHUTDOWN_PROGRAM) --kernel $(BUILD)/images/kernel --modules initrd/modules.list \
	    --module-names '$(INITRD_ARCH_MODULES)' --output $@

all: $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM)
