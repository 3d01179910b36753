# SPDX-License-Identifier: GPL-2.0-or-later
# tests/attack/: whole resets in seconds, by the stub's and the initrd's own programs on a loop device; attacked from all sides.
ATTACK_TESTS    ?= tests/attack
ATTACK_PROGRAMS := $(BUILD)/attack/stub $(BUILD)/attack/initrd $(BUILD)/attack/forge
ATTACK_REPLACED := mount reboot blockdev_each_disk blockdev_discard erase_write uevent_wait disks_read efivarfs_open efivarfs_write efivarfs_has_room efivarfs_remove progress_store_commit gpt_put gpt_write_id kernel_partition_add kernel_partition_remove tpm_open ppi_read_offer ppi_request ppi_read_answer \
                   modules_open root_open normal_switch_root recovery_page openat read write ftruncate unlinkat scandirat

$(BUILD)/asan/tests/attack/stub.o: ASAN_FLAGS += $(EFI_HOST_FLAGS)
$(BUILD)/attack/stub: $(BUILD)/asan/tests/attack/stub.o $(EFI_FAKES) $(BUILD)/asan-efi/efi.a $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LINUX_LIBS)

$(BUILD)/attack/main.o: $(BUILD)/asan/initrd/main.o
	@mkdir -p $(@D)
	$(Q)objcopy --redefine-sym main=initrd_main $< $@

$(BUILD)/attack/initrd: $(BUILD)/asan/tests/attack/initrd.o $(BUILD)/asan/tests/attack/variable-store.o $(BUILD)/attack/main.o $(BUILD)/asan/initrd.a $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed $(ATTACK_REPLACED:%=-Wl,--wrap=%) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LINUX_LIBS)

$(BUILD)/attack/forge: $(BUILD)/asan/tests/attack/forge.o $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LINUX_LIBS)

.PHONY: attack
attack: $(ATTACK_PROGRAMS) $(INSPECT) $(BUILD)/images/list-volumes ## whole resets on a loop device, attacked as SECURITY.md's adversaries would (needs root)
	$(Q)BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -p no:cacheprovider --import-mode=importlib -n $(JOBS) -ra $(ATTACK_TESTS)
