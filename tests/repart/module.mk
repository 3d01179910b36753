# SPDX-License-Identifier: GPL-2.0-or-later
# tests/repart/: our reading and plan against systemd-repart, over cases that are kept and over random sets.
REPART_JUDGE := $(BUILD)/repart/judge
REPART_SETS  ?= 300
REPART_SEED  ?=
REPART_CASE  ?=

$(REPART_JUDGE): $(BUILD)/host/tests/repart/judge.o $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LINUX_LIBS)

.PHONY: repart-compare repart-test
repart-compare: $(REPART_JUDGE) ## repart.d as systemd-repart reads it? REPART_SETS=300 REPART_SEED= REPART_CASE=FILE
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m tests.repart.compare --sets $(REPART_SETS) \
	    $(REPART_SEED:%=--seed %) $(REPART_CASE:%=--case %)

repart-test: $(REPART_JUDGE) ## what `make repart-compare` would notice
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/repart
