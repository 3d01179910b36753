# SPDX-License-Identifier: GPL-2.0-or-later
# tests/uml/: real device-mapper and SCSI under User Mode Linux, where the host has neither; a boot takes two seconds.
UML_TESTS ?= tests/uml
UML_PROBE := $(BUILD)/uml/erase-probe

$(UML_PROBE): $(call objects,host,tests/uml/erase-probe.c) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

.PHONY: uml
uml: $(UML_PROBE) ## faults of real block devices: bad sectors, liars, devices that vanish (User Mode Linux)
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -p no:cacheprovider --import-mode=importlib -n 2 -ra $(UML_TESTS)
