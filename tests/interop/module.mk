# SPDX-License-Identifier: GPL-2.0-or-later
# tests/interop/: clients that others wrote, from a later Debian in a tree of its own. Wants root, for chroot.
INTEROP := $(BUILD)/interop

.PHONY: interop
interop: $(INTEROP)/trixie/usr/bin/varlinkctl $(SERVICE) $(INSPECT) ## varlinkctl and python3-varlink against the service
	CLEANSLATED=$(SERVICE) INTEROP=$(INTEROP)/trixie PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -p no:cacheprovider --import-mode=importlib tests/interop
$(INTEROP)/trixie/usr/bin/varlinkctl: tests/interop/tree.py
	$(call say,TREE,$(INTEROP)/trixie)
	$(Q)rm -rf $(INTEROP)/trixie
	$(Q)$(IMAGE_RUN) tests.interop.tree $(INTEROP)/trixie
	$(Q)touch $@
