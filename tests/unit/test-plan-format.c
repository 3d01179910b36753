/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan says, of plans made by hand: also such as plan_build() makes none of today, so that no text shows what is not
 * meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/partition-type.h"
#include "common/plan/plan.h"

static struct plan plan;
static struct policy policy;
static struct inventory inventory;

static int set_up(void **state)
{
        memset(&plan, 0, sizeof(plan));
        memset(&inventory, 0, sizeof(inventory));
        policy_init(&policy);
        plan.disks.refused_definition = plan.disks.refused_disk = -1;
        for (size_t p = 0; p < INVENTORY_PARTITIONS_MAX; p++)
                plan.fates[p] = FATE_ERASED;
        return 0;
}

static void set_partition(size_t index, enum partition_role role, uint8_t uuid)
{
        struct inventory_partition *partition = &inventory.partitions[index];

        *partition = (struct inventory_partition){ .number = (uint32_t)index + 1, .role = role };
        partition->uuid.bytes[0] = uuid;
        partition->name[0] = (char)('a' + index);
        partition->start_bytes = 1000 * (index + 1);
        partition->size_bytes = 500;
}

/* What a refusal says behind its sentence. */
static const char *behind(enum refusal refusal)
{
        static char text[1024];
        struct writer writer = writer_over(text, sizeof(text));
        size_t length = strlen(refusal_text(refusal));

        plan.refusals[0] = refusal;
        plan.refusal_count = 1;
        plan_refusal_format(&plan, &policy, &inventory, 0, &writer);
        assert_false(writer.overflow);
        assert_memory_equal(text, refusal_text(refusal), length);
        return text + length;
}

/* The text behind its first line. */
static const char *lines(void)
{
        static char text[8192];
        struct writer writer = writer_over(text, sizeof(text));

        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
        return strchr(text, '\n') + 1;
}

static void set_disk(void)
{
        (void)strcpy(inventory.disks[0].path, "/dev/sdb");
        (void)strcpy(inventory.disks[0].media.serial, "S1");
        policy.settings.disks[0].line = 7;
        (void)strcpy(policy.settings.disks[0].value, "x");
}

/* Every reason from REFUSE_TOO_MANY_DISKS on is about additional disks. */
static void a_refused_disk_is_named_by_what_is_known_of_it(void **state)
{
        set_disk();
        for (int refusal = REFUSE_TOO_MANY_DISKS; refusal < REFUSE_DISK_LEVEL; refusal++) {
                plan.disks.refused_definition = plan.disks.refused_disk = -1;
                assert_string_equal(behind((enum refusal)refusal), "");
                plan.disks.refused_disk = 0;
                assert_string_equal(behind((enum refusal)refusal), " (/dev/sdb, serial number S1)");
                plan.disks.refused_definition = 0;
                assert_string_equal(behind((enum refusal)refusal), " (cleanslate.conf:7: x; /dev/sdb, serial number S1)");
                plan.disks.refused_disk = -1;
                assert_string_equal(behind((enum refusal)refusal), " (cleanslate.conf:7: x)");
        }
        policy.settings.disks[0].value[0] = '\0'; /* all=internal */
        assert_string_equal(behind(REFUSE_DISK_MISSING), " (cleanslate.conf:7)");
}

static void partitions_that_cannot_be_told_apart_are_named_if_one_of_them_matters(void **state)
{
        set_partition(0, ROLE_OTHER, 7);
        set_partition(1, ROLE_IMAGE, 7);
        set_partition(2, ROLE_OTHER, 8);
        set_partition(3, ROLE_OTHER, 8);
        set_partition(4, ROLE_ESP, 9);
        set_partition(5, ROLE_OTHER, 9); /* behind the last one: of an earlier reading */
        inventory.partition_count = 5;
        assert_string_equal(behind(REFUSE_DUPLICATE_UUID), " (partition 1 \"a\", 2 \"b\")");
        inventory.partition_count = 6;
        assert_string_equal(behind(REFUSE_DUPLICATE_UUID), " (partition 1 \"a\", 2 \"b\", 5 \"e\", 6 \"f\")");
}

static void of_many_partitions_the_first_four_are_named(void **state)
{
        for (size_t p = 0; p < 5; p++) {
                set_partition(p, ROLE_OTHER, (uint8_t)p);
                plan.fates[p] = FATE_UNDECLARED;
        }
        inventory.partition_count = 4;
        assert_string_equal(behind(REFUSE_UNDECLARED), " (partition 1 \"a\", 2 \"b\", 3 \"c\", 4 \"d\")");
        inventory.partition_count = 5;
        assert_string_equal(behind(REFUSE_UNDECLARED), " (partition 1 \"a\", 2 \"b\", 3 \"c\", 4 \"d\", ...)");
}

static void what_is_left_is_told_with_its_place_and_type(void **state)
{
        set_partition(0, ROLE_OTHER, 1);
        set_partition(1, ROLE_OTHER, 2);
        assert_true(partition_type_parse("esp", 3, &inventory.partitions[0].type));
        plan.fates[0] = FATE_UNDECLARED;
        inventory.partition_count = 2;
        plan.spared_start_bytes = 17408;
        plan.spared_bytes = 1000;
        assert_string_equal(lines(),
                            "left  partition 1 \"a\" at 1000..1500 type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b why=undeclared\n"
                            "left  at 17408..18408 why=boot-loader-area\n");
        plan.refusals[plan.refusal_count++] = REFUSE_NO_ESP; /* then all of it is left */
        assert_string_equal(lines(), "refused  no-esp\n");
}

/* More partitions than are known of are none. */
static void a_count_that_is_too_large_is_not_followed(void **state)
{
        inventory.partition_count = INVENTORY_PARTITIONS_MAX + 1;
        assert_string_equal(lines(), "");
}

static void a_step_is_told_by_the_partition_it_is_on_or_the_definition_it_is_for(void **state)
{
        plan.step_count = 3;
        plan.steps[0] = (struct plan_step){ STEP_ERASE, 0, -1, 0, ERASE_METHOD_ZERO, 0, 500, WHY_UNDECLARED };
        plan.steps[1] = (struct plan_step){ STEP_DELETE_ENTRY, 0, -1, 0, ERASE_METHOD_NONE, 1000, 500, WHY_UNDECLARED };
        plan.steps[2] = (struct plan_step){ STEP_MAKE_FILE_SYSTEM, -1, 0, 0, ERASE_METHOD_NONE, 0, 500, WHY_COUNT };
        set_partition(0, ROLE_OTHER, 1);
        inventory.partition_count = 1;
        policy.partition_count = 1;
        (void)strcpy(policy.partitions[0].file, "10.conf");
        (void)strcpy(policy.partitions[0].label, "l");
        (void)strcpy(policy.partitions[0].format, "ext4");
        assert_string_equal(lines(), "erase  partition 1 \"a\" 0..500 method=zero why=undeclared\n"
                                     "delete-entry  partition 1 \"a\" at 1000..1500 why=undeclared\n"
                                     "make-file-system  definition \"10.conf\" \"l\" format=ext4 why=unknown\n");
}

static void each_word_is_its_own_and_what_is_none_is_unknown(void **state)
{
        static const char *const methods[] = { "none", "discard", "zero", "keystream", "purge", "unknown" };
        static const char *const fates[] = { "undeclared", "image", "esp", "kept", "erased", "unknown" };

        for (unsigned i = 0; i < 6; i++) {
                assert_string_equal(erase_method_name((enum erase_method)i), methods[i]);
                assert_string_equal(partition_fate_name((enum partition_fate)i), fates[i]);
        }
        assert_string_equal(step_why_text(WHY_COUNT), "for an unknown reason");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_refused_disk_is_named_by_what_is_known_of_it, set_up),
                cmocka_unit_test_setup(partitions_that_cannot_be_told_apart_are_named_if_one_of_them_matters, set_up),
                cmocka_unit_test_setup(of_many_partitions_the_first_four_are_named, set_up),
                cmocka_unit_test_setup(what_is_left_is_told_with_its_place_and_type, set_up),
                cmocka_unit_test_setup(a_count_that_is_too_large_is_not_followed, set_up),
                cmocka_unit_test_setup(a_step_is_told_by_the_partition_it_is_on_or_the_definition_it_is_for, set_up),
                cmocka_unit_test_setup(each_word_is_its_own_and_what_is_none_is_unknown, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
