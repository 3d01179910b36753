# SPDX-License-Identifier: GPL-2.0-or-later
# tests/tool/: the Varlink service as a process, on a machine made of plain files; no image, no QEMU.
.PHONY: tool-test
tool-test: $(SERVICE) $(INSPECT) $(TOOL) $(EFI_STUB) ## the Varlink service, called by clients of every kind
	CLEANSLATED=$(SERVICE) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/tool

# Behind the rooms whose programs it looks at: a name that is not known yet would be no prerequisite.
.PHONY: check-doors
check-doors: $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) $(TOOL) $(INSPECT) $(SERVICE) ## only initrd/steps/ can destroy, by the symbols of what was compiled
	@$(PYTHON) tests/doors.py --objects $(call objects,host,$(INITRD_SOURCES)) --library $(BUILD)/host/linux.a \
	    --programs $(SHUTDOWN_PROGRAM) $(TOOL) $(INSPECT) $(SERVICE)
