/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The strings that a host tells are found where they are, and structures in disorder end the search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/format/smbios.h"

#define PREFIX "key="
#define END    "\x7f\x04\x00\x00\0\0"

/* The literal's own NUL is not part of it. On the heap, so that the sanitizer watches the end. */
#define FIND(literal) find(literal, sizeof(literal) - 1)

static const char *find(const char *structures, size_t size)
{
        static char text[64];
        uint8_t *copy = malloc(size);
        struct bytes found;

        memcpy(copy, structures, size);
        found = smbios_oem_string((struct bytes){ copy, size }, PREFIX);
        if (found.data != NULL)
                assert_true(text_copy(text, sizeof(text), (const char *)found.data, found.size));
        free(copy);
        return found.data == NULL ? NULL : text;
}

static void first_string_of_type_11_is_found(void **state)
{
        assert_string_equal(FIND("\x0b\x05\x00\x00\x01key=value\0\0" END), "value");
        assert_string_equal(FIND("\x01\x06\x00\x00\x01\x02key=no\0other\0\0\x0b\x05\x00\x00\x02one\0key=two\0key=three\0\0" END),
                            "two");
        assert_string_equal(FIND("\x20\x04\x00\x00\0\0\x0b\x05\x00\x00\x01key=\0\0" END), "");
        assert_string_equal(FIND("\x0b\x05\x00\x00\x01x\0\0\x0b\x05\x00\x00\x01key=second\0\0" END), "second");
}

static void what_is_none_is_not_found(void **state)
{
        assert_null(FIND("\x0b\x05\x00\x00\x01other=value\0\0" END));
        assert_null(FIND("\x0b\x05\x00\x00\x01key\0\0" END));
        assert_null(FIND("\x01\x05\x00\x00\x01key=no\0\0" END));   /* another type */
        assert_null(FIND(END "\x0b\x05\x00\x00\x01key=late\0\0")); /* behind the end */
        assert_null(FIND(""));
}

static void disorder_ends_the_search(void **state)
{
        assert_null(FIND("\x01\x03\x00\x00\x0b\x05\x00\x00\x01key=x\0\0"));   /* shorter than its header */
        assert_null(FIND("\x01\xff\x00\x00\0\0"));                            /* longer than all there is */
        assert_null(FIND("\x0b\x05\x00\x00\x01key=x"));                       /* no NUL */
        assert_null(FIND("\x20\x04\x00\x00\0\x0b\x05\x00\x00\x01key=x\0\0")); /* one NUL where there are to be two */
        assert_null(FIND("\x0b\x05\x00"));
}

static void make_entry(uint8_t entry[static SMBIOS_ENTRY_2_SIZE], bool third, uint32_t size)
{
        size_t length = third ? SMBIOS_ENTRY_3_SIZE : SMBIOS_ENTRY_2_SIZE;
        uint8_t sum = 0;

        memset(entry, 0, SMBIOS_ENTRY_2_SIZE);
        memcpy(entry, third ? "_SM3_" : "_SM_", third ? 5 : 4);
        if (third) {
                store_le32(entry + 12, size);
                store_le64(entry + 16, UINT64_C(0x123456789));
        } else {
                store_le16(entry + 22, (uint16_t)size);
                store_le32(entry + 24, 0x12345678);
        }
        for (size_t i = 0; i < length; i++)
                sum = (uint8_t)(sum + entry[i]);
        entry[5 + third] = (uint8_t)(entry[5 + third] - sum);
}

static void entry_says_where_the_structures_are(void **state)
{
        for (int third = 0; third < 2; third++) {
                size_t length = third ? SMBIOS_ENTRY_3_SIZE : SMBIOS_ENTRY_2_SIZE;
                uint8_t entry[SMBIOS_ENTRY_2_SIZE];
                struct smbios_table table = { 0 };

                make_entry(entry, third, 1000);
                assert_int_equal(smbios_entry_parse((struct bytes){ entry, length }, &table), ERR_OK);
                assert_int_equal(table.size, 1000);
                assert_true(table.address == (third ? UINT64_C(0x123456789) : 0x12345678));
                assert_int_equal(smbios_entry_parse((struct bytes){ entry, length - 1 }, &table), ERR_SYNTAX);
                entry[10]++;
                assert_int_equal(smbios_entry_parse((struct bytes){ entry, length }, &table), ERR_CHECKSUM);
                entry[0]++;
                assert_int_equal(smbios_entry_parse((struct bytes){ entry, length }, &table), ERR_SYNTAX);
        }
}

static void table_without_bounds_is_refused(void **state)
{
        uint8_t entry[SMBIOS_ENTRY_2_SIZE];
        struct smbios_table table = { 0 };

        make_entry(entry, true, SMBIOS_TABLE_MAX + 1);
        assert_int_equal(smbios_entry_parse((struct bytes){ entry, SMBIOS_ENTRY_3_SIZE }, &table), ERR_TOO_LARGE);
        make_entry(entry, true, SMBIOS_TABLE_MAX);
        assert_int_equal(smbios_entry_parse((struct bytes){ entry, SMBIOS_ENTRY_3_SIZE }, &table), ERR_OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_string_of_type_11_is_found), cmocka_unit_test(what_is_none_is_not_found),
                cmocka_unit_test(disorder_ends_the_search),         cmocka_unit_test(entry_says_where_the_structures_are),
                cmocka_unit_test(table_without_bounds_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
