# SPDX-License-Identifier: GPL-2.0-or-later
# tests/repart/: our reading and plan against systemd-repart, over cases that are kept and over random sets.
REPART_JUDGE := $(BUILD)/repart/judge
REPART_SETS  ?= 300
REPART_SEED  ?=
REPART_CASE  ?=

$(REPART_JUDGE): $(BUILD)/host/tests/repart/judge.o $(BUILD)/host/tests/repart/life.o $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LINUX_LIBS)

# Later programs than this machine's: 257, and the one that has answered the cases, or a still later one.
REPART_TREES := $(BUILD)/repart/trixie $(BUILD)/repart/sid
$(BUILD)/repart/trixie/usr/bin/systemd-repart: tests/repart/tree.py
$(BUILD)/repart/sid/usr/bin/systemd-repart: tests/repart/tree.py $(BUILD)/repart/trixie/usr/bin/systemd-repart
$(REPART_TREES:%=%/usr/bin/systemd-repart):
	$(call say,TREE,$(@:%/usr/bin/systemd-repart=%))
	$(Q)rm -rf $(@:%/usr/bin/systemd-repart=%)
	$(Q)$(IMAGE_RUN) tests.repart.tree $(notdir $(@:%/usr/bin/systemd-repart=%)) $(@:%/usr/bin/systemd-repart=%) \
	    $(if $(filter %/sid/usr/bin/systemd-repart,$@),$(BUILD)/repart/trixie)
	$(Q)touch $@

.PHONY: repart-compare repart-compare-later repart-test
repart-compare: $(REPART_JUDGE) ## repart.d as systemd-repart reads it? REPART_SETS=300 REPART_SEED= REPART_CASE=FILE
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m tests.repart.compare --sets $(REPART_SETS) \
	    $(REPART_SEED:%=--seed %) $(REPART_CASE:%=--case %)

repart-test: $(REPART_JUDGE) ## what `make repart-compare` would notice
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/repart

repart-compare-later: $(REPART_JUDGE) $(REPART_TREES:%=%/usr/bin/systemd-repart) ## the same by later programs, REPART_SETS=5000 each (needs root)
	$(Q)for tree in $(REPART_TREES); do REPART_TREE=$$tree BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m tests.repart.compare \
	    --sets $(if $(filter file,$(origin REPART_SETS)),5000,$(REPART_SETS)) $(REPART_SEED:%=--seed %) || exit 1; done
