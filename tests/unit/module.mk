# SPDX-License-Identifier: GPL-2.0-or-later
# tests/unit/: cmocka under ASan and UBSan. One test-NAME.c is one program; each links what it needs from the archives.
UNIT_TESTS := $(filter-out $(UNIT_LEFT_OUT),$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test-*.c)))
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(BUILD)/unit/%)

# The initrd without its story, so that its parts can be tested like libraries.
$(BUILD)/asan/initrd.a: $(call objects,asan,$(filter-out initrd/main.c,$(INITRD_SOURCES)))

$(BUILD)/unit/%: $(BUILD)/asan/tests/unit/%.o $(BUILD)/asan/initrd.a $(BUILD)/asan/linux.a $(BUILD)/asan/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ASAN_FLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcmocka $(LINUX_LIBS)

# A hundred thousand ends of a reset want an optimized course; what it does with memory, test-course looks at with sanitizers.
CRASH_OBJECTS := $(call objects,host,tests/unit/course-world.c tests/unit/course-world-steps.c tests/unit/course-store.c)
CRASH_TESTS := test-course-crash test-course-stores
$(CRASH_TESTS:%=$(BUILD)/unit/%): $(BUILD)/unit/%: $(BUILD)/host/tests/unit/%.o $(CRASH_OBJECTS) $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -o $@ $^ -lcmocka

# The stub's tests run its own sources on a firmware made of memory.
EFI_UNIT_TESTS := $(filter test-efi-%,$(UNIT_TESTS))
EFI_FAKES := $(patsubst %.c,$(BUILD)/asan/%.o,$(wildcard tests/unit/fake-*.c))
$(EFI_UNIT_TESTS:%=$(BUILD)/unit/%): $(EFI_FAKES) $(BUILD)/asan-efi/efi.a
$(EFI_UNIT_TESTS:%=$(BUILD)/asan/tests/unit/%.o) $(EFI_FAKES): ASAN_FLAGS += $(EFI_HOST_FLAGS)

# The builder's program beside the initrd's code.
$(BUILD)/asan/tests/unit/test-tree-fill.o: ASAN_FLAGS += -DLISTER='"$(BUILD)/images/list-volumes"'
$(BUILD)/unit/test-tree-fill: $(BUILD)/images/list-volumes

# What the kernel would map is looked at instead.
$(BUILD)/unit/test-reseal-volumes: ASAN_FLAGS += -Wl,--wrap=luks_open,--wrap=blockdev_partition_path

# Fakes in place of what a machine has: what is called by these names comes to the test.
wrap = $(foreach name,$(1),-Wl,--wrap=$(name))
$(BUILD)/unit/test-recovery: ASAN_FLAGS += $(call wrap,reboot sync gather_system gather_partitions gather_measure_mode reset_check \
    reset_announce reset_run reset_ask_next_boot console_permission_known console_permission_reset \
    console_permission_ask_at_restart recovery_key_use progress_store_commit file_write_existing kernel_log_read)
$(BUILD)/unit/test-break-glass: ASAN_FLAGS += $(call wrap,reboot sync gather_system console_permission_is_needed \
    console_permission_break_glass file_read blockdev_partition_path luks_read_token tpm_unseal_regardless tpm_last_text \
    tpm_last_code esp_open esp_close rescue_shell recovery_page)
$(BUILD)/unit/test-addition: ASAN_FLAGS += $(call wrap,kernel_partition_add kernel_partition_remove execute_step factory_image_read_manifest \
    factory_image_check_parts luks_close)
$(BUILD)/unit/test-normal: ASAN_FLAGS += $(call wrap,shutdown_root_leave blockdev_partition_path volume_unlock path_below_own volume_mount volume_mount_place volume_is_complete reseal_volume \
    reseal_finish addition_plan addition_run gather_partitions volume_list_note_mounted umount2 luks_close mkdir file_replace last_boot_note tpm_measure_phase tpm_last_text tpm_free \
    foreign_initrd_is_there foreign_initrd_execute switch_root file_system_grow)
$(BUILD)/unit/test-file-system-grow: ASAN_FLAGS += $(call wrap,open close fstatfs pread ioctl)
$(BUILD)/unit/test-root-open: ASAN_FLAGS += $(call wrap,image_parts_find_signature file_read pkcs7_verify verity_open verity_open_signed)
$(BUILD)/unit/test-run-hooks: ASAN_FLAGS += $(call wrap,blockdev_partition_path volume_open volume_mount volume_target_find umount2 luks_close cage_run)
$(BUILD)/unit/test-recovery-key-use: ASAN_FLAGS += $(call wrap,blockdev_partition_path luks_read_recovery luks_replace_token volume_seal tpm_random)
$(BUILD)/unit/test-encrypt-volume: ASAN_FLAGS += $(call wrap,volume_seal tpm_random tpm_last_text luks_format luks_open_to_fill luks_open luks_close \
    volume_path blockdev_size erase_write)
$(BUILD)/unit/test-efi-host-line: ASAN_FLAGS += $(call wrap,guest_trusts_its_host)
$(BUILD)/unit/test-terminal: ASAN_FLAGS += $(call wrap,modules_load)
$(BUILD)/unit/test-diagnosis: ASAN_FLAGS += $(call wrap,esp_open_read_only record_newest tpm_read_facts tpm_read_firmware_offer tpm_last_text)
$(BUILD)/unit/test-which-medium: ASAN_FLAGS += $(call wrap,media_sysfs_directory media_sysfs_read media_nvme_read media_ata_read media_scsi_read \
    media_mmc_read media_ata_unhide file_write_existing)
$(BUILD)/unit/test-modules: ASAN_FLAGS += $(call wrap,kmod_new kmod_set_log_fn kmod_load_resources kmod_unref kmod_module_new_from_lookup \
    kmod_list_next kmod_module_get_module kmod_module_probe_insert_module kmod_module_unref kmod_module_unref_list opendir fopen)
$(BUILD)/unit/test-image-parts: ASAN_FLAGS += $(call wrap,crypt_init_data_device crypt_set_log_callback crypt_load crypt_get_volume_key_size \
    crypt_get_verity_info crypt_activate_by_volume_key crypt_activate_by_signed_key crypt_free blockdev_partition_path fsopen fsconfig fsmount)
$(BUILD)/unit/test-rebuild: ASAN_FLAGS += $(call wrap,volume_mount_for_building mkdir open syncfs umount2 luks_close volume_mark_complete \
    recovery_key_leave preserve_restore)
$(BUILD)/unit/test-volumes: ASAN_FLAGS += $(call wrap,luks_read_tokens luks_read_recovery tpm_unseal tpm_last_text reseal_open luks_open modules_load \
    mount mkdir inventory_partition_path getxattr setxattr)
$(BUILD)/unit/test-last-boot: ASAN_FLAGS += $(call wrap,modules_load mount umount2 mkdir opendir open readlink access execve early_mounts)
$(BUILD)/unit/test-gather: ASAN_FLAGS += $(call wrap,file_read uevent_open uevent_wait now_ms boot_disk_find gather_disk inventory_partition_path \
    root_open mount mkdir switch_root_check open image_parts_mark tpm_measure_phase tpm_last_text)
$(BUILD)/unit/test-own-choice: ASAN_FLAGS += $(call wrap,file_read gather_system gather_measure_mode efivarfs_read_volatile)
$(BUILD)/unit/test-inspector: ASAN_FLAGS += $(call wrap,boot_context_gather boot_context_release plan_preview_new plan_preview_free checks_run \
    checks_json plan_json hooks_allow)
$(BUILD)/unit/test-preserve-deliver: ASAN_FLAGS += $(call wrap,boot_context_gather boot_context_release tpm_open tpm_free tpm_last_text \
    preserve_predict_pcr preserve_seal syncfs boot_partition_read boot_disk_find inventory_read_disk inventory_partition_path \
    running_esp_open_writable)
$(addprefix $(BUILD)/unit/,test-inspector test-status-watch test-preserve-deliver test-plan-words test-certificate-rows): $(BUILD)/asan/reset-tool.a

# What the engine is asked to write is looked at on the way to it.
$(BUILD)/unit/test-erase-disk: ASAN_FLAGS += -Wl,--wrap=erase_write

# How often a file is read is counted.
$(BUILD)/unit/test-esp-hashes $(BUILD)/unit/test-plan-tool: ASAN_FLAGS += -Wl,--wrap=esp_tree_hash

# Devices' command sets are tested on a list of expected ioctls.
$(filter $(BUILD)/unit/test-media-%,$(UNIT_PROGRAMS)): $(BUILD)/asan/tests/unit/expected-ioctls.o

.PHONY: unit-programs mutants coverage
unit-programs: $(UNIT_PROGRAMS)

unit: $(UNIT_PROGRAMS) ## unit tests (cmocka, ASan, UBSan)
	@printf '%s\n' $(UNIT_PROGRAMS) | xargs -P $(JOBS) -n 1 tests/unit/whole-output.sh
	@cat $(UNIT_PROGRAMS:=.log) | grep '^SKIPPED: ' || true
	@echo "unit: $(words $(UNIT_PROGRAMS)) programs, $$(cat $(UNIT_PROGRAMS:=.log) | grep -c '^SKIPPED: ') skips"

# Without sanitizers, which is several times as fast; what survives that is tried with them.
mutants: unit-programs ## what the unit tests notice of small faults in FILE (without: in those that matter most; LIMIT=n: of n of them)
	$(Q)$(MAKE) -s BUILD=$(BUILD)/plain SANITIZE=-w unit-programs
	$(Q)$(PYTHON) tests/mutants.py --build $(BUILD) --plain $(BUILD)/plain --jobs $(JOBS) --limit $(or $(LIMIT),0) $(FILE)

# Lines that the tests of COVERAGE_RUNS come by; whole resets need root. The programs are built apart, without sanitizers and optimization,
# and what earlier runs counted goes first. The crash double goes a hundred thousand times where test-course has been: too slow to be counted.
# Guests, whose kernels know nothing of each other's locks, count one at a time. What switches a machine off runs on whole machines alone: its
# lines are in the table as lines that no test comes by.
COVERAGE := $(BUILD)/coverage
COVERAGE_RUNS ?= unit tool-test uml $(if $(filter 0,$(shell id -u)),attack)
COVERAGE_FLAGS := -O0 --coverage -Wl,-u,__gcov_dump -w
COVERAGE_MAKE = ATTACK_COVERAGE=$(abspath $(COVERAGE)) UML_COVERAGE=$(abspath $(COVERAGE)) UML_JOBS=1 $(MAKE) -s BUILD=$(COVERAGE) UNIT_LEFT_OUT='$(CRASH_TESTS)' SANITIZE='$(COVERAGE_FLAGS)' CFLAGS='$(COVERAGE_FLAGS)'
coverage: ## lines of each floor that tests come by; fails below the targets (COVERAGE_RUNS="unit tool-test uml attack")
	$(Q)$(COVERAGE_MAKE) -j $(JOBS) unit-programs $(patsubst $(BUILD)/%,$(COVERAGE)/%,$(ATTACK_PROGRAMS) $(TOOL) $(INSPECT) $(SERVICE)) $(COVERAGE)/host/initrd/shutdown/main.o
	$(Q)find $(COVERAGE) -name '*.gcda' -delete
	$(Q)failed=; for run in $(COVERAGE_RUNS); do \
		$(COVERAGE_MAKE) $$run >$(COVERAGE)/$$run.log 2>&1 || { tail -n 60 $(COVERAGE)/$$run.log; failed="$$failed $$run"; }; done; \
		$(PYTHON) tests/line_coverage.py --build $(COVERAGE) --jobs $(JOBS) --counted '$(COVERAGE_RUNS)' --failed "$$failed"
