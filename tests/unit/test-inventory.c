/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a resumed reset knows about partitions whose first bytes it has overwritten itself: the record of progress tells what they
 * held, as it comes back from the variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "linux/disk/inventory.h"

static struct inventory inventory;

static void set_partition(size_t index, uint32_t number, enum partition_content content)
{
        inventory.partitions[index] = (struct inventory_partition){ .number = number, .content = content };
        inventory.partition_count = index + 1;
}

static int set_up(void **state)
{
        memset(&inventory, 0, sizeof(inventory));
        set_partition(0, 1, CONTENT_UNKNOWN);
        set_partition(1, 4, CONTENT_BLANK);
        set_partition(2, 5, CONTENT_BLANK);
        set_partition(3, 6, CONTENT_LUKS);
        set_partition(4, 128, CONTENT_BLANK);
        return 0;
}

/* Numbers 5 and 128 were plain when the reset began. The record goes through its encoding, because that is what survives. */
static const struct progress_keys keys;

static struct progress progress_in(enum reset_phase phase)
{
        struct progress progress = { .phase = phase, .plain_partitions = { [0] = 1 << 4, [15] = 1 << 7 } }, decoded;
        uint8_t record[PROGRESS_ENCODED_SIZE];

        progress_encode(&progress, progress_key(&keys, progress.origin), record);
        assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
        return decoded;
}

static void what_was_plain_stays_so_after_its_first_bytes_were_overwritten(void **state)
{
        struct progress progress = progress_in(PHASE_STARTED);

        inventory_apply_progress(&inventory, &progress);
        assert_int_equal(inventory.partitions[2].content, CONTENT_UNKNOWN);
        assert_int_equal(inventory.partitions[4].content, CONTENT_UNKNOWN);
}

static void an_overwritten_header_of_ciphertext_is_not_taken_for_plain_text(void **state)
{
        struct progress progress = progress_in(PHASE_KEYS_DESTROYED);

        inventory_apply_progress(&inventory, &progress);
        assert_int_equal(inventory.partitions[1].content, CONTENT_LUKS);
        assert_int_equal(inventory.partitions[3].content, CONTENT_LUKS);
}

static void what_lies_between_partitions_counts_as_erased_once_the_phase_says_so(void **state)
{
        struct progress before = progress_in(PHASE_TPM_CLEARED), after = progress_in(PHASE_ERASED);

        inventory_apply_progress(&inventory, &before);
        assert_false(inventory.unallocated_done);
        inventory_apply_progress(&inventory, &after);
        assert_true(inventory.unallocated_done);
}

static void what_looks_plain_is_plain_whatever_the_record_says(void **state)
{
        struct progress progress = progress_in(PHASE_ERASED);

        inventory_apply_progress(&inventory, &progress);
        assert_int_equal(inventory.partitions[0].content, CONTENT_UNKNOWN);
}

static void what_was_plain_and_looks_encrypted_is_overwritten_all_the_same(void **state)
{
        struct progress progress = progress_in(PHASE_STARTED);

        inventory.partitions[2].content = CONTENT_LUKS;
        inventory_apply_progress(&inventory, &progress);
        assert_int_equal(inventory.partitions[2].content, CONTENT_UNKNOWN);
}

static void numbers_the_record_has_no_room_for_count_as_plain(void **state)
{
        struct progress progress = progress_in(PHASE_STARTED);
        static const uint32_t numbers[] = { 129, 200, UINT32_MAX, 0 };

        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                set_partition(1, numbers[i], CONTENT_BLANK);
                inventory_apply_progress(&inventory, &progress);
                assert_int_equal(inventory.partitions[1].content, CONTENT_UNKNOWN);
        }
}

static void without_a_reset_under_way_nothing_changes(void **state)
{
        static const enum reset_phase phases[] = { PHASE_IDLE, PHASE_DONE };
        struct inventory before = inventory;

        for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
                struct progress progress = progress_in(phases[i]);

                inventory_apply_progress(&inventory, &progress);
                for (size_t p = 0; p < before.partition_count; p++)
                        assert_int_equal(inventory.partitions[p].content, before.partitions[p].content);
        }
}

static void the_image_is_known_by_its_partitions(void **state)
{
        const struct guid data = { { 1 } }, hash = { { 2 } };

        for (size_t p = 0; p < inventory.partition_count; p++)
                inventory.partitions[p].uuid.bytes[0] = (uint8_t)p;
        inventory_mark_image(&inventory, &data);
        inventory_mark_image(&inventory, &hash);
        for (size_t p = 0; p < inventory.partition_count; p++)
                assert_int_equal(inventory.partitions[p].role, p == 1 || p == 2 ? ROLE_IMAGE : ROLE_OTHER);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_was_plain_stays_so_after_its_first_bytes_were_overwritten, set_up),
                cmocka_unit_test_setup(an_overwritten_header_of_ciphertext_is_not_taken_for_plain_text, set_up),
                cmocka_unit_test_setup(what_lies_between_partitions_counts_as_erased_once_the_phase_says_so, set_up),
                cmocka_unit_test_setup(what_looks_plain_is_plain_whatever_the_record_says, set_up),
                cmocka_unit_test_setup(what_was_plain_and_looks_encrypted_is_overwritten_all_the_same, set_up),
                cmocka_unit_test_setup(numbers_the_record_has_no_room_for_count_as_plain, set_up),
                cmocka_unit_test_setup(without_a_reset_under_way_nothing_changes, set_up),
                cmocka_unit_test_setup(the_image_is_known_by_its_partitions, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
