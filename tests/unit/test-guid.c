/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs in EFI byte order, ids in systemd's, and partition types by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/guid.h"
#include "common/base/partition-type.h"

static void guid_bytes_are_in_efi_order(void **state)
{
        /* as sgdisk writes the ESP's type into a partition table */
        static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                         0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
        struct guid guid;

        assert_memory_equal(guid_partition_esp.bytes, esp, 16);
        assert_true(guid_parse("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 36, &guid));
        assert_memory_equal(guid.bytes, esp, 16);
}

static void well_known_guids_read_as_documented(void **state)
{
        static const struct {
                const struct guid *guid;
                const char *text;
        } cases[] = {
                { &guid_systemd_factory_reset, "8cf2644b-4b0b-428f-9387-6d876050dc67" },
                { &guid_loader_interface, "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" },
                { &guid_cleanslate, "e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41" },
                { &guid_partition_esp, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" },
                { &guid_partition_config, "3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char text[GUID_TEXT_SIZE];

                guid_format(cases[i].guid, text);
                assert_string_equal(text, cases[i].text);
        }
}

static void malformed_guid_is_refused_and_leaves_the_result_alone(void **state)
{
        static const char *const texts[] = {
                "",
                "c12a7328-f81f-11d2-ba4b-00a0c93ec93",
                "c12a7328-f81f-11d2-ba4b-00a0c93ec93b0",
                "c12a7328f81f11d2ba4b00a0c93ec93b",
                "c12a7328-f81f-11d2-ba4b+00a0c93ec93b",
                "c12a732-8f81f-11d2-ba4b-00a0c93ec93b",
                "g12a7328-f81f-11d2-ba4b-00a0c93ec93b",
                "c12a7328-f81f-11d2-ba4b-00a0c93ec9-b",
                "{12a7328-f81f-11d2-ba4b-00a0c93ec93}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct guid guid = guid_cleanslate;

                assert_false(guid_parse(texts[i], strlen(texts[i]), &guid));
                assert_true(guid_equal(&guid, &guid_cleanslate));
        }
}

static void zero_guid_is_recognized(void **state)
{
        struct guid guid = { { 0 } };

        assert_true(guid_is_zero(&guid));
        guid.bytes[15] = 1;
        assert_false(guid_is_zero(&guid));
}

static void id128_reads_both_of_systemds_spellings(void **state)
{
        static const uint8_t bytes[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                           0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
        struct id128 plain, dashed;
        char text[ID128_TEXT_SIZE];

        assert_true(id128_parse("0123456789ABCDEFfedcba9876543210", 32, &plain));
        assert_true(id128_parse("01234567-89ab-cdef-fedc-ba9876543210", 36, &dashed));
        assert_memory_equal(plain.bytes, bytes, 16);
        assert_true(id128_equal(&plain, &dashed));
        id128_format(&plain, text);
        assert_string_equal(text, "0123456789abcdeffedcba9876543210");
        assert_false(id128_parse("0123456789abcdeffedcba987654321", 31, &plain));
        assert_false(id128_parse("0123456789abcdeffedcba98765432100", 33, &plain));
        assert_false(id128_parse("0123456789abcdeffedcba987654321x", 32, &plain));
}

static void partition_types_are_known_by_name(void **state)
{
        /* systemd-id128 show NAME */
        static const struct {
                const char *name, *text;
        } cases[] = {
                { "esp", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" },
                { "var", "4d21b016-b534-45c2-a9fb-5c16e091fd2d" },
                { "home", "933ac7e1-2eb4-4f13-b844-0e14e2aef915" },
                { "srv", "3b8f8425-20e0-4f3b-907f-1a25a76f98e8" },
                { "swap", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f" },
                { "linux-generic", "0fc63daf-8483-4772-8e79-3d69d8477de4" },
                { "root-x86-64", "4f68bce3-e8cd-4db1-96e7-fbcaf984b709" },
                { "root-x86-64-verity", "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5" },
                { "usr-arm64", "b0e01050-ee5f-4390-949a-9101b17104e9" },
                { "config", "3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct guid by_name, by_text;

                assert_true(partition_type_parse(cases[i].name, strlen(cases[i].name), &by_name));
                assert_true(partition_type_parse(cases[i].text, strlen(cases[i].text), &by_text));
                assert_true(guid_equal(&by_name, &by_text));
                assert_string_equal(partition_type_name(&by_name), cases[i].name);
        }
}

static void root_without_an_architecture_is_the_native_one(void **state)
{
        static const char *const names[] = { "root", "root-verity", "root-verity-sig", "usr", "usr-verity", "usr-verity-sig" };
#if defined(__aarch64__)
        static const char *const native[] = { "root-arm64", "root-arm64-verity", "root-arm64-verity-sig",
                                              "usr-arm64",  "usr-arm64-verity",  "usr-arm64-verity-sig" };
#else
        static const char *const native[] = { "root-x86-64", "root-x86-64-verity", "root-x86-64-verity-sig",
                                              "usr-x86-64",  "usr-x86-64-verity",  "usr-x86-64-verity-sig" };
#endif

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct guid type;

                assert_true(partition_type_parse(names[i], strlen(names[i]), &type));
                assert_string_equal(partition_type_name(&type), native[i]);
        }
}

static void unknown_partition_type_is_refused(void **state)
{
        struct guid type = guid_cleanslate;

        assert_false(partition_type_parse("", 0, &type));
        assert_false(partition_type_parse("va", 2, &type));
        assert_false(partition_type_parse("Var", 3, &type));
        assert_false(partition_type_parse("vars", 4, &type));
        assert_true(guid_equal(&type, &guid_cleanslate));
        assert_null(partition_type_name(&guid_cleanslate));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(guid_bytes_are_in_efi_order),
                cmocka_unit_test(well_known_guids_read_as_documented),
                cmocka_unit_test(malformed_guid_is_refused_and_leaves_the_result_alone),
                cmocka_unit_test(zero_guid_is_recognized),
                cmocka_unit_test(id128_reads_both_of_systemds_spellings),
                cmocka_unit_test(partition_types_are_known_by_name),
                cmocka_unit_test(root_without_an_architecture_is_the_native_one),
                cmocka_unit_test(unknown_partition_type_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
