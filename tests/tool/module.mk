# SPDX-License-Identifier: GPL-2.0-or-later
# tests/tool/: the Varlink service as a process, on a machine made of plain files; no image, no QEMU.
.PHONY: tool-test
tool-test: $(SERVICE) $(INSPECT) $(TOOL) ## the Varlink service, called by clients of every kind
	CLEANSLATED=$(SERVICE) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/tool
