/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of disk and definitions the layout is asked about: the usable range, the sizes that contents need, what is in the way and
 * what is not, who is left out, and whose number comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

/* Nothing but the image is there, and nothing is defined yet. */
static int set_up_image(void **state)
{
        (void)set_up(state);
        policy_init(&policy);
        inventory.partition_count = CONFIG;
        return 0;
}

static const struct plan_step *made(int definition)
{
        return step_of(STEP_CREATE_ENTRY, -1, definition);
}

/* The last byte of all has no end that is a number; the range ends in front of it instead of nowhere. */
static void a_disk_up_to_the_last_number_is_usable(void **state)
{
        settings("[Reset]\nunallocated=leave\n");
        define("10-home.conf", "[Partition]\nType=home\nFormat=ext4\nSizeMaxBytes=64M\n");
        inventory.first_usable_bytes = 0;
        inventory.last_usable_bytes = UINT64_MAX;
        assert_accepted();
        assert_true(made(0)->start_bytes == MIB(1357));
}

/* FAT32 as firmware wants it, on a partition that firmware looks for; elsewhere FAT may be smaller. */
static void boot_partitions_have_room_for_fat32(void **state)
{
        static const struct {
                const char *type;
                uint64_t size_mib;
        } cases[] = { { "esp", 100 }, { "xbootldr", 100 }, { "linux-generic", 10 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[128];

                (void)set_up_image(state);
                define("05-esp.conf", "[Partition]\nType=esp\nSizeMaxBytes=256M\n"); /* the one that is there */
                (void)snprintf(text, sizeof(text), "[Partition]\nType=%s\nFormat=vfat\nSizeMaxBytes=1M\n", cases[i].type);
                define("10.conf", text);
                assert_accepted();
                assert_true(made(1)->size_bytes == MIB(cases[i].size_mib));
        }
}

/* systemd-repart gives it 16 KiB whatever its definition says. */
static void a_signature_has_the_size_of_a_signature(void **state)
{
        define("10-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        define("20-sig.conf", "[Partition]\nType=root-verity-sig\nSizeMinBytes=1M\nSizeMaxBytes=2M\n");
        assert_accepted();
        assert_true(made(1)->size_bytes == 16384);
}

/* A few bytes of a table that is nowhere are in nobody's way. */
static void a_table_of_no_size_is_not_in_the_way(void **state)
{
        define("10-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        inventory.entries_start_bytes = MIB(3000);
        assert_accepted();
        assert_true(made(0)->start_bytes == MIB(3000) + 16384); /* of two gaps the first one is too small for its share */
        inventory.entries_size_bytes = 0;
        assert_accepted();
        assert_true(made(0)->start_bytes == MIB(1357));
        assert_true(made(0)->size_bytes == MIB(4095 - 1357));
}

/* What was lost is missed, but takes no room from what is added. */
static void what_was_lost_has_no_place_in_an_addition(void **state)
{
        define("10-lost.conf", "[Partition]\nType=home\nFormat=ext4\nSizeMinBytes=2G\n");
        define("20-new.conf", "[Partition]\nType=srv\nFormat=ext4\nSizeMinBytes=2G\n");
        inventory.built_before = inventory.has_known = true;
        inventory.known = 1u << 0;
        plan_build_addition(&policy, &inventory, &plan);
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 0), -1);
        assert_true(made(1)->size_bytes == MIB(4095 - 1357));
}

/* It is the last one of its type, whatever is in front of it, and whatever other ones come behind it. */
static void what_is_left_out_is_the_last_of_its_type(void **state)
{
        define("10-swap.conf", "[Partition]\nType=swap\nSizeMinBytes=8M\n");
        define("20-swap.conf", "[Partition]\nType=swap\nSizeMinBytes=20G\nPriority=1\n");
        define("30-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        assert_accepted();
        (void)made(0);
        (void)made(2);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 1), -1);
        while (policy.partition_count < POLICY_PARTITIONS_MAX)
                policy.partitions[policy.partition_count++] = policy.partitions[2];
        policy.partitions[POLICY_PARTITIONS_MAX - 1] = policy.partitions[1]; /* the last one that there can be */
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, POLICY_PARTITIONS_MAX - 1), -1);
}

/* systemd-repart numbers new ones area by area, the smallest first, and not in the order of their definitions. */
static void numbers_follow_places(void **state)
{
        define("10-large.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=800M\nSizeMaxBytes=800M\n");
        define("20-small.conf", "[Partition]\nType=home\nSizeMinBytes=8M\nSizeMaxBytes=8M\n");
        set_partition(CONFIG, "swap", "swap", 1400, 64); /* leaves 43 MiB in front of it */
        assert_accepted();
        assert_true(made(1)->start_bytes < made(0)->start_bytes);
        assert_true(plan.entries[1].number < plan.entries[0].number);
}

/* An entry that cannot be true, of a partition that nobody marks, is in the way of what is to be placed, and of nothing else. */
static void without_anything_to_place_no_place_is_looked_for(void **state)
{
        settings("[Reset]\nunallocated=leave\n");
        set_partition(CONFIG, "linux-generic", "absurd", 2000, 64);
        set_partition(STATE, "linux-generic", "marked", 1357, 64);
        inventory.partitions[CONFIG].size_bytes = UINT64_MAX;
        inventory.partitions[STATE].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_true(erases(STATE));
        define("10-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        (void)assert_refused_only(REFUSE_NO_SPACE);
}

/* In whatever order the two are read; and not where it has a partition of its own, be that the first one of the table. */
static void the_first_definition_supplements_or_is_supplemented_as_any(void **state)
{
        static const char host[] = "[Partition]\nType=home\nFormat=ext4\nSizeMinBytes=64M\nWeight=0\n";
        static const char supplement[] = "[Partition]\nType=srv\nFormat=ext4\nSizeMinBytes=200M\nSizeMaxBytes=400M\n";

        define("home.conf", host);
        define("srv.conf", supplement);
        (void)strcpy(policy.partitions[1].supplement_for, "home");
        assert_accepted();
        assert_int_equal(plan.merged, 1u << 1);
        assert_true(made(0)->size_bytes == MIB(400));
        set_partition(CONFIG, "esp", "esp", 1, 256);
        inventory.partitions[CONFIG].role = ROLE_ESP;
        inventory.esp = inventory.partitions[CONFIG].uuid;
        set_partition(0, "srv", "srv", 2000, 100);
        assert_accepted();
        assert_int_equal(plan.merged, 0);
        (void)made(0);

        (void)set_up_image(state);
        define("a-srv.conf", supplement);
        define("home.conf", host);
        (void)strcpy(policy.partitions[0].supplement_for, "home");
        assert_accepted();
        assert_int_equal(plan.merged, 1u << 0);
        assert_true(made(1)->size_bytes == MIB(400));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_disk_up_to_the_last_number_is_usable, set_up_image),
                cmocka_unit_test_setup(boot_partitions_have_room_for_fat32, set_up_image),
                cmocka_unit_test_setup(a_signature_has_the_size_of_a_signature, set_up_image),
                cmocka_unit_test_setup(a_table_of_no_size_is_not_in_the_way, set_up_image),
                cmocka_unit_test_setup(what_was_lost_has_no_place_in_an_addition, set_up_image),
                cmocka_unit_test_setup(what_is_left_out_is_the_last_of_its_type, set_up_image),
                cmocka_unit_test_setup(numbers_follow_places, set_up_image),
                cmocka_unit_test_setup(the_first_definition_supplements_or_is_supplemented_as_any, set_up_image),
                cmocka_unit_test_setup(without_anything_to_place_no_place_is_looked_for, set_up_image),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
