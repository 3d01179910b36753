/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table as Linux walks it (efi_mokvar_table_init, parse_efi_signature_list): every size leads exactly to what comes next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/format/mok-table.h"

#define ENTRY_SIZE 264

static void kernels_walk_finds_the_certificate(void **state)
{
        static const size_t sizes[] = { 0, 1, 3, 700, 1500, MOK_CERTIFICATE_MAX };

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                size_t size = mok_table_size(sizes[i]), at = 0;
                uint8_t *table = malloc(size), *certificate = malloc(sizes[i] + 1);
                struct writer writer = writer_over(table, size);
                const uint8_t *list;
                char type[GUID_TEXT_SIZE];

                memset(certificate, 0xc5, sizes[i] + 1);
                mok_table_write(&writer, (struct bytes){ certificate, sizes[i] });
                assert_false(writer.overflow);
                assert_int_equal(writer.size, size);

                assert_string_equal((char *)table, "MokListRT");
                assert_int_equal(load_le64(table + 256), 44 + sizes[i]);
                list = table + ENTRY_SIZE;
                guid_format((const struct guid *)list, type);
                assert_string_equal(type, "a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
                assert_int_equal(load_le32(list + 16), 44 + sizes[i]);
                assert_int_equal(load_le32(list + 20), 0);
                assert_int_equal(load_le32(list + 24), 16 + sizes[i]);
                assert_memory_equal(list + 44, certificate, sizes[i]);

                at = ENTRY_SIZE + load_le64(table + 256);
                assert_string_equal((char *)table + at, "MokListTrustedRT");
                assert_int_equal(load_le64(table + at + 256), 1);
                at += ENTRY_SIZE + 1;
                for (size_t last = at; last < at + ENTRY_SIZE; last++)
                        assert_int_equal(table[last], 0);
                assert_int_equal(at + ENTRY_SIZE, size);
                free(table);
                free(certificate);
        }
}

static void table_is_found_under_the_guid_that_linux_looks_for(void **state)
{
        char text[GUID_TEXT_SIZE];

        guid_format(&guid_mok_table, text);
        assert_string_equal(text, "c451ed2b-9694-45d3-baba-ed9f8988a389");
}

/* Entries of other sizes lie in between; what comes behind the end is not looked at. */
static void entries_are_found_by_their_names(void **state)
{
        uint8_t table[3 * ENTRY_SIZE + 5] = { 0 };

        memcpy(table, "SbatLevelRT", 11);
        store_le64(table + 256, 5);
        memcpy(table + ENTRY_SIZE + 5, "VariableInfo", 12);
        assert_true(mok_table_lists(table, "SbatLevelRT") && mok_table_lists(table, "VariableInfo"));
        assert_false(mok_table_lists(table, "Variable") || mok_table_lists(table, "VariableInfoX"));
        assert_false(mok_table_lists(table + 2 * ENTRY_SIZE + 5, "VariableInfo"));
        store_le64(table + 256, UINT64_MAX);
        assert_false(mok_table_lists(table, "VariableInfo"));
        store_le64(table + 256, 5);
        table[0] = 0;
        assert_false(mok_table_lists(table, "VariableInfo"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(entries_are_found_by_their_names),
                cmocka_unit_test(kernels_walk_finds_the_certificate),
                cmocka_unit_test(table_is_found_under_the_guid_that_linux_looks_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
