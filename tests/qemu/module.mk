# SPDX-License-Identifier: GPL-2.0-or-later
# tests/qemu/: whole machines. CLEANSLATE_ACCEL=tcg|kvm, CLEANSLATE_SEED=N, CLEANSLATE_TURN=N/M and QEMU_TESTS=FILE narrow a run down.
QEMU_TESTS ?= tests/qemu
# A machine waits for its devices and its clock a third of the time, so one more than there are processors keeps those busy.
QEMU_WORKERS ?= $(shell expr $$(nproc) + 1)
QEMU_RUN   := BUILD=$(BUILD) PATH="$$PATH:/usr/sbin:/sbin" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m

# A throw-away machine that asks its disks, without firmware and in seconds.
MEDIA_PROBE := $(BUILD)/qemu/media-probe

$(MEDIA_PROBE): $(call objects,host,tests/qemu/media-probe.c) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed -o $@ $^ $(LINUX_LIBS)

$(MEDIA_PROBE).cpio.zst: $(MEDIA_PROBE) tests/qemu/media-probe.modules initrd/pack.py $(BUILD)/images/kernel/release
	$(call say,PACK,$@)
	$(Q)$(PYTHON) initrd/pack.py --program $< --kernel $(BUILD)/images/kernel --modules tests/qemu/media-probe.modules --output $@

# An init of somebody else's.
PCR_REPLAY := $(BUILD)/qemu/pcr-replay
$(PCR_REPLAY): $(call objects,host,tests/qemu/pcr-replay.c) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed -o $@ $^ $(LINUX_LIBS)

.PHONY: qemu vm pictures
qemu: $(MEDIA_PROBE).cpio.zst $(BUILD)/attack/forge $(PCR_REPLAY) $(IMAGES)/reference.raw $(IMAGES)/plain.raw $(IMAGES)/secure-boot-vars.fd $(IMAGES)/reference.expected-pcrs.json $(IMAGES)/reference.enrolled-pcrs.json $(INSPECT) $(BUILD)/deb/.made ## the scenarios of whole machines: OVMF, swtpm, Debian, a few at a time
	$(Q)$(QEMU_RUN) pytest -p no:cacheprovider --import-mode=importlib -n $(QEMU_WORKERS) --dist loadgroup -ra --durations=0 --durations-min=20 $(QEMU_TESTS)

pictures: ## put the screens that the last `make qemu` took into docs/pictures
	@mkdir -p docs/pictures
	cp $(BUILD)/tests/pictures/*.png docs/pictures/

vm: $(IMAGES)/reference.raw ## the reference machine on this terminal (Ctrl-A X ends it; what it remembers stays in build/vm)
	$(Q)$(QEMU_RUN) tests.qemu.terminal $(BUILD)/vm $(IMAGES)/reference.raw

demo: ## from a fresh Debian machine: packages, build, image; then one whole reset in QEMU and its proof
	$(Q)$(MAKE) deps
	$(Q)$(MAKE) $(IMAGES)/reference.raw
	$(Q)$(QEMU_RUN) tests.qemu.demo $(IMAGES) $(BUILD)/demo
