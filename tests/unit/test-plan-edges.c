/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where what refuses a plan begins and ends: bounds of the disk, sizes, the first and the last of what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/plan-fixture.h"

/* A power of two; below 512 bytes there is no disk, and above 1 MiB what is built could not be aligned. */
static void sectors_of_a_size_that_no_disk_has_are_refused(void **state)
{
        static const struct {
                uint32_t size;
                bool accepted;
        } cases[] = {
                { 1, false },          { 256, false },    { 511, false },        { 512, true },           { 513, false },
                { 768, false },        { 4096, true },    { 4097, false },       { MIB(1) - 512, false }, { MIB(1), true },
                { MIB(1) + 1, false }, { MIB(2), false }, { UINT32_MAX, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                inventory.sector_size = cases[i].size;
                if (cases[i].accepted)
                        assert_accepted();
                else
                        (void)assert_refused_only(REFUSE_PARTITION_TABLE);
        }
}

/* Up to the last byte of the disk, and to the last one that there is a number for; not one further. */
static void what_is_marked_may_reach_to_the_bounds_of_the_disk(void **state)
{
        inventory.first_usable_bytes = MIB(1357);
        inventory.last_usable_bytes = MIB(4095) - 1;
        assert_accepted(); /* config begins with the first byte, state ends with the last one */
        inventory.first_usable_bytes++;
        (void)assert_refused_only(REFUSE_PARTITION_TABLE);
        inventory.first_usable_bytes--;
        inventory.last_usable_bytes--;
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
        inventory.last_usable_bytes = UINT64_MAX - 1;
        inventory.partitions[STATE].size_bytes = UINT64_MAX - MIB(1421);
        assert_accepted();
        inventory.partitions[STATE].size_bytes++;
        (void)assert_refused_only(REFUSE_PARTITION_TABLE);
}

/* From its first to its last byte it is the same one: no partition is as small. */
static void a_disk_of_one_byte_has_no_room_for_a_partition(void **state)
{
        set_partition(STATE, "var", "state", 5000, 0);
        inventory.partitions[STATE].size_bytes = 1;
        inventory.first_usable_bytes = inventory.last_usable_bytes = MIB(5000);
        policy.partitions[CONFIG_DEFINITION] = policy.partitions[STATE_DEFINITION];
        policy.partition_count = 1;
        assert_true(is_refused(REFUSE_PARTITION_TABLE));
}

static void entries_may_lie_at_the_end_of_the_disk(void **state)
{
        inventory.last_usable_bytes = MIB(4096) - 1;
        inventory.entries_size_bytes = 16384;
        inventory.entries_start_bytes = MIB(4096) - 16384;
        assert_accepted();
        inventory.entries_start_bytes += 512;
        (void)assert_refused_only(REFUSE_PARTITION_TABLE);
}

/* Of two, the other one may stand in front. */
static void a_copy_in_front_of_esp_or_image_refuses_as_well(void **state)
{
        for (size_t owner = ROOT; owner <= CONFIG; owner++) {
                (void)set_up_full(state);
                for (size_t p = ESP; p < PARTITIONS / 2; p++) {
                        struct inventory_partition first = inventory.partitions[p];

                        inventory.partitions[p] = inventory.partitions[PARTITIONS - 1 - p];
                        inventory.partitions[PARTITIONS - 1 - p] = first;
                }
                assert_accepted();
                inventory.partitions[0].uuid = inventory.partitions[owner].uuid;
                if (inventory.partitions[owner].role == ROLE_IMAGE)
                        (void)assert_refused_only(REFUSE_DUPLICATE_UUID);
                else
                        assert_accepted(); /* both are erased */
        }
}

/* The image vouches for its own types with what it defines and keeps, the first definition as well as any other. */
static void a_type_is_the_images_if_a_definition_keeps_it(void **state)
{
        struct guid type;

        assert_true(partition_type_parse("linux-generic", 13, &type));
        inventory.partitions[ROOT].type = type;
        define("30-root.conf", "[Partition]\nType=linux-generic\nLabel=root\n");
        struct partition_definition config = policy.partitions[CONFIG_DEFINITION];
        policy.partitions[CONFIG_DEFINITION] = policy.partitions[2];
        policy.partitions[2] = config;
        assert_accepted();
        policy.partitions[CONFIG_DEFINITION].factory_reset = true; /* it would be erased, were it not the image */
        assert_true(is_refused(REFUSE_IMAGE_TYPE));
        assert_true(is_refused(REFUSE_MARKED_NOT_ERASED));
        (void)set_up_full(state);
        inventory.partitions[ROOT].type = type;
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\n"); /* it keeps something else */
        inventory.partitions[STATE].size_bytes -= MIB(64);
        (void)assert_refused_only(REFUSE_IMAGE_TYPE);
        (void)set_up_full(state);
        memset(inventory.partitions[ROOT].type.bytes, 0x11, sizeof(type.bytes)); /* of no name at all */
        (void)assert_refused_only(REFUSE_IMAGE_TYPE);
}

/* Of whatever name or length: "/" is a place, and so is a file system of one letter. */
static void a_tree_is_where_a_file_system_is_mounted(void **state)
{
        struct partition_definition *config = &policy.partitions[CONFIG_DEFINITION];

        (void)strcpy(config->mount_point, "/");
        (void)strcpy(config->format, "x");
        assert_accepted();
        assert_true(plan_verifies(&plan, CONFIG_DEFINITION));
        (void)step_of(STEP_COPY_TREE, -1, CONFIG_DEFINITION);
        config->format[0] = '\0'; /* what is copied would go nowhere */
        config->copy_count = config->directory_count = 1;
        (void)assert_refused_only(REFUSE_CANNOT_BUILD);
}

/* What was in the arrays before the disk and the image were read. */
static void what_stands_behind_the_counts_is_not_there(void **state)
{
        static char before[PLAN_TEXT_MAX];

        inventory.partitions[STATE].size_bytes -= MIB(1);
        set_partition(PARTITIONS, "home", "home", 4094, 1);
        (void)strcpy(before, build());
        inventory.partitions[PARTITIONS + 1] = inventory.partitions[ESP];
        inventory.partitions[PARTITIONS + 1].attributes = GPT_ATTRIBUTE_ERASE;
        inventory.partitions[PARTITIONS + 1].start_bytes = inventory.entries_start_bytes;
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\nFactoryReset=yes\n");
        policy.partitions[--policy.partition_count].cannot_build = true;
        assert_string_equal(build(), before);
}

static void the_first_entry_and_the_first_definition_are_judged_like_any_other(void **state)
{
        inventory.partitions[ESP].role = ROLE_OTHER;
        inventory.partitions[ESP].attributes = GPT_ATTRIBUTE_ERASE;
        inventory.partitions[ESP].size_bytes = 0;
        (void)assert_refused_only(REFUSE_PARTITION_TABLE);
        (void)set_up(state);
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_KEY_FILE;
        (void)assert_refused_only(REFUSE_UNSUPPORTED_ENCRYPT);
}

/* As many as there can be, on a disk with none of them. */
static void as_many_definitions_as_there_can_be_are_built(void **state)
{
        for (unsigned d = STATE_DEFINITION + 1; d < POLICY_PARTITIONS_MAX; d++) {
                char text[128];

                (void)snprintf(text, sizeof(text), "[Partition]\nType=linux-generic\nLabel=%u\nFormat=ext4\nMountPoint=/%u\n", d,
                               d);
                define("30.conf", text);
        }
        inventory.partition_count = CONFIG;
        assert_accepted();
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++)
                assert_true(plan_verifies(&plan, d));
}

/* As many as there can be, and each has its partition and keeps it. */
static void definitions_that_only_keep_are_nothing_to_reset_however_many(void **state)
{
        policy_init(&policy);
        inventory.partition_count = CONFIG;
        for (unsigned d = 0; d < POLICY_PARTITIONS_MAX; d++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "[Partition]\nType=linux-generic\nLabel=%u\nSizeMinBytes=1M\n", d);
                define("30.conf", text);
                set_partition(CONFIG + d, "linux-generic", policy.partitions[d].label, 1357 + d, 1);
        }
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
        inventory.partition_count--; /* the last one is missing */
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, -1)->definition, POLICY_PARTITIONS_MAX - 1);
}

/* A partition that no definition claims has none: what would be one, were "none" an index, is in front of a wall. */
static void nothing_in_front_of_the_definitions_is_looked_at(void **state)
{
        const size_t page = (size_t)sysconf(_SC_PAGESIZE);
        const size_t front = (sizeof(policy.partitions[0]) + page - 1) / page * page;
        uint8_t *memory = mmap(NULL, front + sizeof(policy), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        struct policy *walled = (struct policy *)(void *)(memory + front);

        assert_ptr_not_equal(memory, MAP_FAILED);
        assert_int_equal(mprotect(walled, sizeof(policy), PROT_READ | PROT_WRITE), 0);
        inventory.partitions[STATE].size_bytes -= MIB(1);
        set_partition(PARTITIONS, "home", "home", 4094, 1);
        *walled = policy;
        plan_build(asked, walled, &inventory, &plan);
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
        assert_int_equal(munmap(memory, front + sizeof(policy)), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(sectors_of_a_size_that_no_disk_has_are_refused, set_up_full),
                cmocka_unit_test_setup(what_is_marked_may_reach_to_the_bounds_of_the_disk, set_up_full),
                cmocka_unit_test_setup(a_disk_of_one_byte_has_no_room_for_a_partition, set_up_full),
                cmocka_unit_test_setup(entries_may_lie_at_the_end_of_the_disk, set_up_full),
                cmocka_unit_test_setup(a_copy_in_front_of_esp_or_image_refuses_as_well, set_up_full),
                cmocka_unit_test_setup(a_type_is_the_images_if_a_definition_keeps_it, set_up_full),
                cmocka_unit_test_setup(a_tree_is_where_a_file_system_is_mounted, set_up_full),
                cmocka_unit_test_setup(what_stands_behind_the_counts_is_not_there, set_up),
                cmocka_unit_test_setup(the_first_entry_and_the_first_definition_are_judged_like_any_other, set_up_full),
                cmocka_unit_test_setup(as_many_definitions_as_there_can_be_are_built, set_up_full),
                cmocka_unit_test_setup(nothing_in_front_of_the_definitions_is_looked_at, set_up),
                cmocka_unit_test_setup(definitions_that_only_keep_are_nothing_to_reset_however_many, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
