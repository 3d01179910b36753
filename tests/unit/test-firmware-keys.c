/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Promise: a test key or a third party's is found wherever in a variable's value its name stands, and nothing else is taken for
 * one. */
#include "common/boot/firmware-keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Names as they stand in certificates: the first is that of AMI's leaked platform key, the others Microsoft's and Debian's. */
static const struct {
        const char *name, *test_key, *third_party;
} cases[] = {
        { "0\x1f\x06\x03U\x04\x03\x13\x18"
          "DO NOT TRUST - AMI Test PK",
          "DO NOT TRUST", NULL },
        { "\x0c\x22Microsoft Corporation UEFI CA 2011", NULL, "Microsoft Corporation UEFI CA 2011" },
        { "\x0c\x16Microsoft UEFI CA 2023", NULL, "Microsoft UEFI CA 2023" },
        { "PkKek-1-snakeoil", "snakeoil", NULL },
        { "ACME Device Signing 2026", NULL, NULL },
        { "Microsoft Corporation UEFI CA 201", NULL, NULL }, /* cut short at the value's end */
};

static void names_are_found_wherever_they_stand(void **state)
{
        uint8_t value[300];
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (size_t at = 0; at + strlen(cases[i].name) <= sizeof(value); at++) {
                        struct firmware_keys keys = { 0 };
                        memset(value, 0x30, sizeof(value));
                        memcpy(value + at, cases[i].name, strlen(cases[i].name));
                        firmware_keys_add(&keys, (struct bytes){ value, at + strlen(cases[i].name) }, true);
                        assert_true(keys.known);
                        assert_true((keys.test_key == NULL) == (cases[i].test_key == NULL));
                        assert_true((keys.third_party == NULL) == (cases[i].third_party == NULL));
                        if (keys.test_key)
                                assert_string_equal(keys.test_key, cases[i].test_key);
                        if (keys.third_party)
                                assert_string_equal(keys.third_party, cases[i].third_party);
                }
}

/* A third party in KEK may change db; that alone starts nothing. */
static void third_parties_count_in_db_alone(void **state)
{
        const char *name = cases[1].name;
        struct firmware_keys keys = { 0 };
        firmware_keys_add(&keys, (struct bytes){ (const uint8_t *)name, strlen(name) }, false);
        assert_null(keys.third_party);
        firmware_keys_add(&keys, (struct bytes){ (const uint8_t *)name, strlen(name) }, true);
        assert_non_null(keys.third_party);
        firmware_keys_add(&keys, (struct bytes){ NULL, 0 }, true);
        assert_non_null(keys.third_party);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_are_found_wherever_they_stand),
                cmocka_unit_test(third_parties_count_in_db_alone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
