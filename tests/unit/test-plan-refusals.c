/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a plan refuse, before anything is erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void missing_parts_of_the_machine_refuse_a_reset_and_a_first_boot(void **state)
{
        for (int first_boot = 0; first_boot < 2; first_boot++) {
                (void)set_up_full(state);
                if (first_boot)
                        make_first_boot();
                inventory.efi_variables = false;
                (void)assert_refused_only(REFUSE_NO_EFI_VARIABLES);
                inventory.efi_variables = true;
                inventory.esp_usable = false;
                (void)assert_refused_only(REFUSE_NO_ESP);
                inventory.esp_usable = true;
                inventory.disk_read_only = true;
                (void)assert_refused_only(REFUSE_DISK_READ_ONLY);
                inventory.disk_read_only = false;
                inventory.signed_policy = false;
                (void)assert_refused_only(REFUSE_NO_SIGNED_POLICY);
                inventory.signed_policy = true;
                inventory.sector_size = 0;
                (void)assert_refused_only(REFUSE_PARTITION_TABLE);
                inventory.sector_size = 4096;
                assert_accepted();
        }
}

static void every_reason_is_told_at_once(void **state)
{
        inventory.efi_variables = inventory.esp_usable = inventory.signed_policy = false;
        inventory.disk_read_only = inventory.tpm.disable_clear = inventory.tpm.in_lockout = true;
        assert_string_equal(build(), "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                                     "refused  disk-read-only\n"
                                     "refused  no-efi-variables\n"
                                     "refused  no-esp\n"
                                     "refused  tpm-disable-clear\n"
                                     "refused  tpm-locked-out\n"
                                     "refused  no-signed-policy\n");
}

static void what_cannot_be_built_is_refused_before_anything_is_erased(void **state)
{
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_KEY_FILE;
        (void)assert_refused_only(REFUSE_UNSUPPORTED_ENCRYPT);
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_KEY_FILE_TPM2;
        (void)assert_refused_only(REFUSE_UNSUPPORTED_ENCRYPT);
        (void)set_up_full(state);
        define("30-blocks.conf", "[Partition]\nType=usr\nCopyBlocks=auto\n");
        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "usr", "usr", 2421, 100);
        assert_accepted(); /* it exists and is left alone */
}

/* Where there is no tree, nothing can be copied into it: an image that says so means something else. */
static void files_for_what_has_no_tree_are_refused_whatever_they_are(void **state)
{
        define("30-swap.conf", "[Partition]\nType=swap\nFormat=swap\nSizeMaxBytes=64M\nSizeMinBytes=64M\n");
        for (unsigned kinds = 0; kinds < 8; kinds++) {
                policy.partitions[2].copy_count = kinds & 1;
                policy.partitions[2].directory_count = kinds >> 1 & 1;
                policy.partitions[2].link_count = kinds >> 2;
                if (kinds == 0)
                        assert_accepted();
                else
                        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
        }
}

static void hooks_see_nothing_inside_of_what_is_kept(void **state)
{
        struct partition_definition *config = &policy.partitions[CONFIG_DEFINITION], *var = &policy.partitions[STATE_DEFINITION];
        config->factory_reset = false;
        config->encrypt = ENCRYPT_OFF;
        (void)text_copy(config->mount_point, sizeof(config->mount_point), "/va", 3);
        (void)text_copy(var->mount_point, sizeof(var->mount_point), "/var", 4);
        policy.settings.hooks_after_rebuild = true;
        assert_accepted();
        (void)text_copy(var->mount_point, sizeof(var->mount_point), "/va/r", 5);
        (void)assert_refused_only(REFUSE_HOOKS_NESTED);
        policy.settings.hooks_after_rebuild = false;
        assert_accepted();
        policy.settings.hooks_after_rebuild = true;
        (void)text_copy(config->mount_point, sizeof(config->mount_point), "/x", 2);
        assert_accepted();
        config->mount_count = 2; /* seen elsewhere as well */
        (void)text_copy(config->mounts[1].where, sizeof(config->mounts[1].where), "/va", 3);
        (void)assert_refused_only(REFUSE_HOOKS_NESTED);
        config->factory_reset = true; /* then both are rebuilt */
        assert_accepted();
}

static void an_image_that_says_nothing_is_refused(void **state)
{
        policy_init(&policy);
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
        inventory.partitions[STATE].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        (void)set_up_full(state);
        policy.partitions[CONFIG_DEFINITION].factory_reset = policy.partitions[STATE_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
}

static void partitions_that_do_not_fit_are_refused(void **state)
{
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(2675);
        (void)assert_refused_only(REFUSE_NO_SPACE);
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(2674);
        assert_accepted();
        policy.partitions[STATE_DEFINITION].size_min_bytes = UINT64_MAX - 4095;
        (void)assert_refused_only(REFUSE_NO_SPACE);
}

static void an_encrypted_partition_has_room_for_its_header(void **state)
{
        struct partition_definition *config = &policy.partitions[CONFIG_DEFINITION];

        config->size_min_bytes = config->size_max_bytes = MIB(1);
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->size_bytes, MIB(64)); /* and for ext4 */
        config->encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->size_bytes, MIB(32));
}

static void swap_gets_a_format_but_no_tree(void **state)
{
        define("30-swap.conf", "[Partition]\nType=swap\nFormat=swap\nSizeMaxBytes=64M\nSizeMinBytes=64M\n");
        define("40-raw.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=64M\nSizeMinBytes=64M\n");
        assert_accepted();
        (void)step_of(STEP_MAKE_FILE_SYSTEM, -1, 2);
        assert_int_equal(find_step(&plan, STEP_COPY_TREE, -1, 2), -1);
        assert_int_equal(find_step(&plan, STEP_VERIFY_TREE, -1, 2), -1);
        (void)step_of(STEP_CREATE_ENTRY, -1, 3);
        assert_int_equal(find_step(&plan, STEP_MAKE_FILE_SYSTEM, -1, 3), -1);
}

static void what_is_not_mounted_is_filled_and_verified_like_the_others(void **state)
{
        define("30-data.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        assert_accepted();
        (void)step_of(STEP_MAKE_FILE_SYSTEM, -1, 2);
        (void)step_of(STEP_COPY_TREE, -1, 2);
        (void)step_of(STEP_VERIFY_TREE, -1, 2);
}

static void a_table_that_contradicts_itself_is_refused(void **state)
{
        static const struct {
                uint64_t start, size;
        } cases[] = {
                { MIB(200), MIB(100) },     /* over the end of the ESP */
                { MIB(2), MIB(1) },         /* within the ESP */
                { 0, MIB(1) },              /* over the table */
                { MIB(1421), MIB(2675) },   /* beyond the disk */
                { MIB(1420), MIB(10) },     /* over another marked one */
                { MIB(1421), UINT64_MAX },  /* overflowing */
                { UINT64_MAX, UINT64_MAX }, /* nowhere */
                { MIB(1421), 0 },           /* empty */
                { MIB(300), MIB(1) },       /* within the image */
                { MIB(1), MIB(4094) },      /* over everything */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                inventory.partitions[STATE].start_bytes = cases[i].start;
                inventory.partitions[STATE].size_bytes = cases[i].size;
                assert_true(is_refused(REFUSE_PARTITION_TABLE));
        }
        inventory.last_usable_bytes = UINT64_MAX;
        inventory.partitions[STATE].start_bytes = MIB(1421);
        inventory.partitions[STATE].size_bytes = UINT64_MAX - MIB(1420); /* one MiB more than there are numbers */
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
        inventory.first_usable_bytes = MIB(10);
        inventory.last_usable_bytes = MIB(9);
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
}

static void another_disk_than_the_expected_one_is_refused(void **state)
{
        inventory.disk_uuid.bytes[0] = 1;
        assert_accepted(); /* systemd's own requests name no disk */
        assert_false(has_step(STEP_NAME_DISK));
        inventory.disk_expected.bytes[0] = 1;
        assert_accepted();
        inventory.disk_expected.bytes[0] = 2;
        (void)assert_refused_only(REFUSE_WRONG_DISK);
}

/* The table may begin with any of them. */
static void one_marked_partition_is_enough_wherever_it_stands(void **state)
{
        policy.partition_count = 1; /* config alone */
        set_partition(ESP, "config", "config", 1357, 64);
        set_partition(CONFIG, "esp", "esp", 1, 256);
        inventory.partitions[CONFIG].role = ROLE_ESP;
        inventory.esp = inventory.partitions[CONFIG].uuid;
        inventory.partition_count = STATE;
        inventory.built_before = true;
        assert_accepted();
        assert_true(erases(ESP));
        inventory.disk_uuid.bytes[0] = 1;
        inventory.disk_expected.bytes[0] = 2;
        (void)assert_refused_only(REFUSE_WRONG_DISK);
}

/* A machine whose disk died in the midst of a reset gets a new one from the factory. */
static void another_disk_with_nothing_to_erase_is_built(void **state)
{
        inventory.disk_uuid.bytes[0] = 1;
        inventory.disk_expected.bytes[0] = 2;
        inventory.partition_count = CONFIG;
        assert_accepted();
        assert_true(plan.step_count > 0);
        assert_true(has_step(STEP_NAME_DISK)); /* its GUID is the image's, or of nobody knows where */
        set_additional_disk("S1", MIB(1000));
        settings("[Disk]\nid=serial:S1\n"); /* but not if additional disks would lose theirs */
        (void)assert_refused_only(REFUSE_WRONG_DISK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(missing_parts_of_the_machine_refuse_a_reset_and_a_first_boot, set_up_full),
                cmocka_unit_test_setup(every_reason_is_told_at_once, set_up_full),
                cmocka_unit_test_setup(what_cannot_be_built_is_refused_before_anything_is_erased, set_up_full),
                cmocka_unit_test_setup(files_for_what_has_no_tree_are_refused_whatever_they_are, set_up_full),
                cmocka_unit_test_setup(an_image_that_says_nothing_is_refused, set_up_full),
                cmocka_unit_test_setup(hooks_see_nothing_inside_of_what_is_kept, set_up_full),
                cmocka_unit_test_setup(partitions_that_do_not_fit_are_refused, set_up_full),
                cmocka_unit_test_setup(an_encrypted_partition_has_room_for_its_header, set_up_full),
                cmocka_unit_test_setup(swap_gets_a_format_but_no_tree, set_up_full),
                cmocka_unit_test_setup(what_is_not_mounted_is_filled_and_verified_like_the_others, set_up_full),
                cmocka_unit_test_setup(a_table_that_contradicts_itself_is_refused, set_up_full),
                cmocka_unit_test_setup(another_disk_than_the_expected_one_is_refused, set_up_full),
                cmocka_unit_test_setup(one_marked_partition_is_enough_wherever_it_stands, set_up_full),
                cmocka_unit_test_setup(another_disk_with_nothing_to_erase_is_built, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
