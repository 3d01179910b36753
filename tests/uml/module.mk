# SPDX-License-Identifier: GPL-2.0-or-later
# tests/uml/: real device-mapper and SCSI under User Mode Linux, where the host has neither; a boot takes two seconds.
UML_TESTS ?= tests/uml
UML_PROBE := $(BUILD)/uml/erase-probe

$(UML_PROBE): $(call objects,host,tests/uml/erase-probe.c) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

# The initrd without its story.
UML_VOLUME_PROBE := $(BUILD)/uml/volume-probe
$(UML_VOLUME_PROBE): $(call objects,host,tests/uml/volume-probe.c $(filter-out initrd/main.c,$(INITRD_SOURCES))) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

UML_PRELOAD := $(BUILD)/uml/wide-registers.so
$(UML_PRELOAD): tests/uml/wide-registers.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(COMMON_FLAGS) $(CFLAGS) -D_GNU_SOURCE -shared -fPIC -o $@ $<

.PHONY: uml
uml: $(UML_PROBE) $(UML_VOLUME_PROBE) $(UML_PRELOAD) ## real block devices and device-mapper: faults of disks, altered volumes (User Mode Linux)
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -p no:cacheprovider --import-mode=importlib -n $(or $(UML_JOBS),2) -ra $(UML_TESTS)
