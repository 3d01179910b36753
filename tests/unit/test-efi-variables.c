/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's reading and writing of EFI variables where a firmware is full, lies, or changes its mind; and its reading of keys,
 * each by its scan code or character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "efi/keys.h"
#include "efi/variables.h"
#include "fake-firmware.h"

#define LONG_NAME "a-name-of-more-than-sixty-three-characters-which-no-variable-of-ours-has"

static struct fake_firmware *firmware;
static struct platform platform;
static EFI_GET_VARIABLE get_variable;
static EFI_STATUS second_answer; /* of GetVariable, once the size is known */
static UINTN claimed_size;       /* 0: as it is */

static EFI_STATUS EFIAPI odd_get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, void *value)
{
        if (value != NULL && EFI_ERROR(second_answer))
                return second_answer;
        EFI_STATUS status = get_variable(name, vendor, attributes, size, value);
        if (value == NULL && claimed_size > 0) {
                *size = claimed_size;
                return claimed_size == 1 ? EFI_SUCCESS : status;
        }
        return status;
}

static EFI_STATUS EFIAPI no_memory(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
        return EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI set_nothing(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size, void *value)
{
        return EFI_SUCCESS;
}

static int set_up(void **state)
{
        firmware = fake_new();
        platform = (struct platform){ .system = &firmware->system };
        get_variable = firmware->runtime.GetVariable;
        firmware->runtime.GetVariable = odd_get_variable;
        second_answer = EFI_SUCCESS;
        claimed_size = 0;
        return 0;
}

static int tear_down(void **state)
{
        fake_done(firmware);
        return 0;
}

static EFI_STATUS read_it(void)
{
        struct variable variable = { 0 };
        EFI_STATUS status = variable_read(&platform, &guid_cleanslate, "It", &variable);
        if (EFI_ERROR(status))
                assert_null(variable.value); /* untouched */
        else
                variable_done(&platform, &variable);
        return status;
}

static void what_cannot_be_read_is_an_error_and_leaks_nothing(void **state)
{
        const size_t blocks = firmware->pool_blocks;
        assert_true(read_it() == EFI_NOT_FOUND);
        fake_set_variable(firmware, &guid_cleanslate, "It", "abc", 3);
        assert_true(read_it() == EFI_SUCCESS);
        second_answer = EFI_NOT_FOUND; /* gone meanwhile */
        assert_true(read_it() == EFI_NOT_FOUND);
        assert_false(variable_is_lasting(&platform, &guid_cleanslate, "It"));
        second_answer = EFI_SUCCESS;
        claimed_size = VARIABLE_VALUE_MAX + 1;
        assert_true(read_it() == EFI_BAD_BUFFER_SIZE);
        claimed_size = 1; /* and success: a variable without a value */
        assert_true(read_it() == EFI_DEVICE_ERROR);
        claimed_size = 0;
        assert_int_equal(firmware->pool_blocks, blocks);
        EFI_ALLOCATE_POOL allocate = firmware->boot.AllocatePool;
        firmware->boot.AllocatePool = no_memory;
        assert_true(read_it() == EFI_OUT_OF_RESOURCES);
        firmware->boot.AllocatePool = allocate;
}

static void names_and_texts_that_do_not_fit_are_refused(void **state)
{
        struct variable variable;
        char text[600];
        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        assert_true(variable_read(&platform, &guid_cleanslate, LONG_NAME, &variable) == EFI_INVALID_PARAMETER);
        assert_true(variable_store(&platform, &guid_cleanslate, LONG_NAME, "x", 1) == EFI_INVALID_PARAMETER);
        assert_true(variable_export_text(&platform, &guid_cleanslate, "It", text) == EFI_BAD_BUFFER_SIZE);
        assert_false(variable_exists(&platform, &guid_cleanslate, "It"));
}

static void a_private_variable_takes_the_place_of_any_other(void **state)
{
        struct variable variable;
        fake_set_variable(firmware, &guid_cleanslate, "It", "theirs", 6);
        assert_true(variable_read_private(&platform, &guid_cleanslate, "It", &variable) == EFI_NOT_FOUND);
        assert_true(variable_store_private(&platform, &guid_cleanslate, "It", "ours", 4) == EFI_SUCCESS);
        assert_true(variable_read_ordinary(&platform, &guid_cleanslate, "It", &variable) == EFI_SECURITY_VIOLATION);
        assert_true(variable_read_private(&platform, &guid_cleanslate, "It", &variable) == EFI_SUCCESS);
        assert_int_equal(variable.size, 4);
        assert_memory_equal(variable.value, "ours", 4);
        variable_done(&platform, &variable);
        second_answer = EFI_DEVICE_ERROR; /* what cannot be looked at is replaced as well */
        assert_true(variable_store_private(&platform, &guid_cleanslate, "It", "new", 3) == EFI_SUCCESS);
        assert_int_equal(fake_find_variable(firmware, &guid_cleanslate, "It")->size, 3);
        assert_true(variable_delete(&platform, &guid_cleanslate, "It") == EFI_SUCCESS);
        assert_null(fake_find_variable(firmware, &guid_cleanslate, "It"));
}

static void a_variable_that_stays_is_not_called_deleted(void **state)
{
        fake_set_variable(firmware, &guid_cleanslate, "It", "abc", 3);
        firmware->faults.set_variable_name = "It";
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
        assert_true(variable_delete(&platform, &guid_cleanslate, "It") == EFI_WRITE_PROTECTED);
        firmware->faults.set_variable = EFI_NOT_FOUND; /* says the firmware, and has it */
        assert_true(EFI_ERROR(variable_delete(&platform, &guid_cleanslate, "It")));
        firmware->runtime.SetVariable = set_nothing;
        assert_true(variable_delete(&platform, &guid_cleanslate, "It") == EFI_WRITE_PROTECTED);
}

static void each_key_is_what_is_on_it(void **state)
{
        static const struct {
                EFI_INPUT_KEY key;
                enum menu_event_kind kind;
                char character;
        } cases[] = { { FAKE_UP, MENU_EVENT_UP, 0 },
                      { FAKE_DOWN, MENU_EVENT_DOWN, 0 },
                      { FAKE_ESCAPE, MENU_EVENT_ESCAPE, 0 },
                      { { SCAN_DELETE, 0 }, MENU_EVENT_BACKSPACE, 0 },
                      { { SCAN_F1, 0 }, MENU_EVENT_OTHER_KEY, 0 },
                      { { SCAN_NULL, 0 }, MENU_EVENT_NONE, 0 },
                      { FAKE_ENTER, MENU_EVENT_ENTER, 0 },
                      { { 0, '\n' }, MENU_EVENT_ENTER, 0 },
                      { { 0, '\b' }, MENU_EVENT_BACKSPACE, 0 },
                      { { 0, 0x7f }, MENU_EVENT_BACKSPACE, 0 },
                      { { 0, 0x1b }, MENU_EVENT_ESCAPE, 0 },
                      { { 0, 'a' }, MENU_EVENT_CHARACTER, 'a' },
                      { { 0, '~' }, MENU_EVENT_CHARACTER, '~' },
                      { { 0, ' ' }, MENU_EVENT_CHARACTER, ' ' },
                      { { 0, 0x1f }, MENU_EVENT_OTHER_KEY, 0 },
                      { { 0, 0xe4 }, MENU_EVENT_OTHER_KEY, 0 },
                      { { 0, 0xd800 }, MENU_EVENT_NONE, 0 },
                      { { 0, 0xfffd }, MENU_EVENT_NONE, 0 },
                      { { 0, 0xffff }, MENU_EVENT_NONE, 0 } };
        for (int simple = 0; simple < 2; simple++) {
                struct keys keys;
                firmware->screen.faults.simple_only = simple;
                assert_true(keys_open(&platform, &keys));
                for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                        fake_press(&firmware->screen, &cases[i].key, 1);
                        struct menu_event event = keys_poll(&keys);
                        assert_int_equal(event.kind, cases[i].kind);
                        assert_int_equal(event.character, cases[i].character);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error_and_leaks_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(names_and_texts_that_do_not_fit_are_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_private_variable_takes_the_place_of_any_other, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_variable_that_stays_is_not_called_deleted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_key_is_what_is_on_it, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
