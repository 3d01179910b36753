/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store that is nearly full is tidied up before a reset, and nothing is left of what had the firmware do it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "efi/store-room.h"
#include "efi/variables.h"
#include "fake-firmware.h"

static struct fake_firmware *firmware;
static struct platform platform;

static int set_up(void **state)
{
        static const uint8_t much[8 << 10];

        firmware = fake_new();
        platform = (struct platform){ .system = &firmware->system };
        firmware->faults.store_size = 16 << 10;
        firmware->store_garbage = 6 << 10;
        fake_set_variable(firmware, &guid_cleanslate, "Much", much, sizeof(much));
        return 0;
}

static int tear_down(void **state)
{
        fake_done(firmware);
        return 0;
}

static EFI_STATUS EFIAPI say_small(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most)
{
        *whole = *most = 64 << 10;
        *remaining = 1 << 10;
        return EFI_SUCCESS;
}

static void assert_nothing_is_left(void)
{
        assert_null(fake_find_variable(firmware, &guid_cleanslate, "CleanslateTidy"));
        assert_int_equal(firmware->pool_blocks, 0);
}

static void old_values_make_room(void **state)
{
        store_room_make(&platform);
        assert_int_equal(firmware->store_garbage, 0);
        assert_nothing_is_left();
        assert_true(fake_find_call(firmware, FAKE_SET_VARIABLE, "CleanslateTidy") >= 0);
}

/* What firmware tidies up by itself, or cannot be asked about, is let alone. */
static void with_much_room_or_without_an_answer_nothing_is_tried(void **state)
{
        firmware->faults.variable_most = 4 << 10;
        store_room_make(&platform);
        firmware->faults.variable_most = 0;
        firmware->runtime.Hdr.Revision = 1 << 16;
        store_room_make(&platform);
        firmware->runtime.Hdr.Revision = 2 << 16;
        firmware->runtime.QueryVariableInfo = NULL;
        store_room_make(&platform);
        assert_int_equal(firmware->store_garbage, 6 << 10);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "CleanslateTidy"), -1);
        assert_nothing_is_left();
}

/* Firmware that is wrong about its room stores it. */
static void what_was_stored_after_all_is_taken_back(void **state)
{
        firmware->faults.store_size = 0;
        firmware->faults.variable_most = 2 << 20;
        firmware->runtime.QueryVariableInfo = say_small;
        store_room_make(&platform);
        assert_true(fake_find_call(firmware, FAKE_SET_VARIABLE, "CleanslateTidy") >= 0);
        assert_nothing_is_left();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(old_values_make_room, set_up, tear_down),
                cmocka_unit_test_setup_teardown(with_much_room_or_without_an_answer_nothing_is_tried, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_stored_after_all_is_taken_back, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
