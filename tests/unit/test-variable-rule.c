/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which EFI variables a reset removes, and what a boot entry points to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/format/load-option.h"
#include "common/rules/variable-rule.h"

#define GLOBAL   "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define DATABASE "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM     "605dab50-e046-4300-abb6-3dd810dd8b23"
#define LOADER   "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define OURS     "e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41"
#define REQUEST  "8cf2644b-4b0b-428f-9387-6d876050dc67"
#define VENDOR   "12345678-1234-4234-8234-123456789abc"
#define NV_BS_RT 7u

static struct variable_policy policy;

static struct variable_name named(const char *text)
{
        struct variable_name name;

        if (!variable_name_parse(text, strlen(text), &name))
                fail_msg("%s", text);
        return name;
}

static int set_up(void **state)
{
        policy = (struct variable_policy){ .remove_count = 2, .keep_count = 3 };
        policy.remove[0] = named("Owner-" VENDOR);
        policy.remove[1] = named("Signed-" VENDOR);
        policy.keep[0] = named("LoaderConfigTimeout-" LOADER);
        policy.keep[1] = named("Driver0001-" GLOBAL);
        policy.keep[2] = named("Boot0008-" GLOBAL);
        return 0;
}

static void each_variable_has_its_verdict(void **state)
{
        enum { US = 1, DATA = 2, PROFILE = 4, SILENT = 8 };
        static const struct {
                const char *name;
                uint32_t attributes;
                enum option_target target;
                unsigned flags;
                enum variable_verdict verdict;
                enum variable_why why;
        } table[] = {
                { "Owner-" VENDOR, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LISTED_REMOVE },
                { "owner-" VENDOR, NV_BS_RT, 0, 0, VARIABLE_NAME, VARIABLE_WHY_UNLISTED },
                { "Owner-" LOADER, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LOADER },
                { "Signed-" VENDOR, NV_BS_RT | 0x20, 0, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "Other-" VENDOR, NV_BS_RT | 0x20, 0, 0, VARIABLE_NAME, VARIABLE_WHY_AUTHENTICATED },
                { "LoaderEntryDefault-" LOADER, NV_BS_RT | 0x80, 0, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "Owner-" VENDOR, 6, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING }, /* volatile */
                { "LoaderEntryDefault-" LOADER, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LOADER },
                { "LoaderEntryLastBooted-" LOADER, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LOADER }, /* of @saved */
                { "LoaderEntrySelected-" LOADER, 6, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "LoaderImageIdentifier-" LOADER, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LOADER },
                { "LoaderSystemToken-" LOADER, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_LOADER },
                { "LoaderInfo-" LOADER, 6, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "LoaderConfigTimeout-" LOADER, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_LISTED_KEEP },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_PARTITION_GONE, 0, VARIABLE_REMOVE, VARIABLE_WHY_POINTS_NOWHERE },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_REMOVE, VARIABLE_WHY_FILE_GONE },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_UNDECLARED, 0, VARIABLE_REMOVE, VARIABLE_WHY_FILE_UNDECLARED },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_UNKNOWN, 0, VARIABLE_NAME, VARIABLE_WHY_FILE_UNDECLARED },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, 0, VARIABLE_KEEP, VARIABLE_WHY_DECLARED },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, DATA, VARIABLE_NAME, VARIABLE_WHY_DATA },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_IN_FIRMWARE, 0, VARIABLE_NAME, VARIABLE_WHY_FIRMWARE },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, 0, VARIABLE_NAME, VARIABLE_WHY_ELSEWHERE },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_UNREADABLE, 0, VARIABLE_NAME, VARIABLE_WHY_UNREADABLE },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_PARTITION_GONE, US, VARIABLE_KEEP, VARIABLE_WHY_STARTED_US },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_UNDECLARED, US, VARIABLE_KEEP, VARIABLE_WHY_STARTED_US },
                { "Boot0007-" GLOBAL, NV_BS_RT | 0x20, OPTION_FILE_GONE, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, PROFILE, VARIABLE_REWRITE, VARIABLE_WHY_SELECTOR },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, US | PROFILE, VARIABLE_REWRITE, VARIABLE_WHY_SELECTOR },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, PROFILE, VARIABLE_REWRITE, VARIABLE_WHY_SELECTOR },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_IN_FIRMWARE, PROFILE, VARIABLE_REWRITE, VARIABLE_WHY_SELECTOR },
                { "Boot0007-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, PROFILE, VARIABLE_REMOVE, VARIABLE_WHY_FILE_GONE },
                { "Boot0007-" GLOBAL, NV_BS_RT | 0x20, OPTION_FILE_STAYS, PROFILE, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "Boot0008-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, PROFILE, VARIABLE_KEEP, VARIABLE_WHY_LISTED_KEEP },
                { "PlatformRecovery0000-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, PROFILE, VARIABLE_REWRITE, VARIABLE_WHY_SELECTOR },
                { "Boot0008-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_KEEP, VARIABLE_WHY_LISTED_KEEP },
                { "Boot0007-" VENDOR, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_NAME, VARIABLE_WHY_UNLISTED },
                { "BootNext-" GLOBAL, NV_BS_RT, 0, 0, VARIABLE_REMOVE, VARIABLE_WHY_NEXT },
                { "BootNext-" GLOBAL, NV_BS_RT | 0x20, 0, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "BootOrder-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "Driver0000-" GLOBAL, NV_BS_RT, OPTION_FILE_STAYS, 0, VARIABLE_REMOVE, VARIABLE_WHY_BEFORE },
                { "Driver0000-" GLOBAL, NV_BS_RT, OPTION_UNREADABLE, 0, VARIABLE_REMOVE, VARIABLE_WHY_BEFORE },
                { "Driver0000-" GLOBAL, NV_BS_RT, OPTION_UNREADABLE, SILENT, VARIABLE_NAME, VARIABLE_WHY_UNREADABLE },
                { "SysPrep00FF-" GLOBAL, NV_BS_RT, OPTION_UNREADABLE, SILENT, VARIABLE_NAME, VARIABLE_WHY_UNREADABLE },
                { "Driver0000-" GLOBAL, NV_BS_RT, OPTION_IN_FIRMWARE, 0, VARIABLE_NAME, VARIABLE_WHY_FIRMWARE },
                { "Driver0001-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, 0, VARIABLE_KEEP, VARIABLE_WHY_LISTED_KEEP },
                { "SysPrep00FF-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, 0, VARIABLE_REMOVE, VARIABLE_WHY_BEFORE },
                { "SysPrep00FF-" GLOBAL, NV_BS_RT, OPTION_IN_FIRMWARE, 0, VARIABLE_NAME, VARIABLE_WHY_FIRMWARE },
                { "SysPrepOrder-" GLOBAL, NV_BS_RT, OPTION_ELSEWHERE, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "PlatformRecovery0000-" GLOBAL, 6, OPTION_ELSEWHERE, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "PlatformRecovery0000-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_NAME, VARIABLE_WHY_RECOVERY },
                { "Key0001-" GLOBAL, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "Key0001-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_REMOVE, VARIABLE_WHY_KEY_GONE },
                { "PK-" GLOBAL, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "db-" DATABASE, NV_BS_RT, OPTION_FILE_GONE, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "Setup-" VENDOR, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_NOTHING },
                { "CleanslateProgress0-" OURS, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_OURS },
                { "CleanslateBreakGlass-" OURS, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_OURS },
                { "FactoryResetRequest-" REQUEST, NV_BS_RT, 0, 0, VARIABLE_KEEP, VARIABLE_WHY_OURS },
                { "CleanslateProgress0-" OURS, NV_BS_RT | 0x20, 0, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "FactoryResetRequest-" REQUEST, NV_BS_RT | 0x80, 0, 0, VARIABLE_LEAVE, VARIABLE_WHY_AUTHENTICATED },
                { "MokNew-" SHIM, NV_BS_RT, 0, 0, VARIABLE_NAME, VARIABLE_WHY_MOK },
                { "SbatLevel-" SHIM, NV_BS_RT, 0, 0, VARIABLE_NAME, VARIABLE_WHY_UNLISTED },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct variable_name name = named(table[i].name);
                struct variable_facts facts = { .name = name.name,
                                                .vendor = name.vendor,
                                                .attributes = table[i].attributes,
                                                .target = table[i].target,
                                                .started_us = table[i].flags & US,
                                                .has_data = table[i].flags & DATA,
                                                .unreadable = table[i].flags & SILENT,
                                                .selects_profile = table[i].flags & PROFILE };
                enum variable_why why = VARIABLE_WHY_COUNT;

                if (variable_judge(&policy, &facts, &why) != table[i].verdict || why != table[i].why)
                        fail_msg("%s, %u: %s", table[i].name, (unsigned)i, variable_why_text(why));
        }
}

static void requests_about_owner_keys_go_only_if_the_policy_says_so(void **state)
{
        struct variable_name name = named("MokNew-" SHIM), level = named("SbatLevel-" SHIM);
        struct variable_facts facts = { .name = name.name, .vendor = name.vendor, .attributes = NV_BS_RT };
        enum variable_why why;

        policy.mok = MOK_RESET;
        assert_int_equal(variable_judge(&policy, &facts, &why), VARIABLE_REMOVE);
        assert_int_equal(why, VARIABLE_WHY_MOK);
        facts.name = level.name;
        assert_int_equal(variable_judge(&policy, &facts, &why), VARIABLE_NAME);
}

/* Even a policy that got past the parser. */
static void no_policy_removes_secure_boot(void **state)
{
        static const char *const never[] = { "PK-" GLOBAL, "KEK-" GLOBAL, "db-" DATABASE, "dbx-" DATABASE, "Setup-" VENDOR };

        policy.remove_count = 0;
        for (size_t i = 0; i < ARRAY_SIZE(never); i++)
                policy.remove[policy.remove_count++] = named(never[i]);
        for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
                struct variable_facts facts = { .name = policy.remove[i].name,
                                                .vendor = policy.remove[i].vendor,
                                                .attributes = NV_BS_RT,
                                                .target = OPTION_PARTITION_GONE };
                enum variable_why why;

                assert_int_equal(variable_judge(&policy, &facts, &why), VARIABLE_KEEP);
                assert_false(variable_can_be_listed(&policy.remove[i]));
        }
}

static void what_may_be_listed(void **state)
{
        static const char *const refused[] = { "BootOrder-" GLOBAL, "dbt-" DATABASE, "CleanslateProgress0-" OURS,
                                               "FactoryResetRequest-" REQUEST };
        struct variable_name name;

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
                name = named(refused[i]);
                assert_false(variable_can_be_listed(&name) || variable_can_be_kept(&name));
        }
        name = named("Owner-" VENDOR);
        assert_true(variable_can_be_listed(&name) && variable_can_be_kept(&name));
        name = named("Driver0000-" GLOBAL);
        assert_true(!variable_can_be_listed(&name) && variable_can_be_kept(&name));
}

static void names_are_read_as_efivarfs_writes_them(void **state)
{
        static const char *const faults[] = {
                "",
                VENDOR,
                "-" VENDOR,
                "Owner",
                "Owner-1234",
                "Owner" VENDOR,
                "a/b-" VENDOR,
                "a b-" VENDOR,
                "\xff-" VENDOR,
                "Owner-" VENDOR "x",
        };
        struct variable_name name;
        char text[VARIABLE_NAME_TEXT_MAX + GUID_TEXT_SIZE + 2];

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
                if (variable_name_parse(faults[i], strlen(faults[i]), &name))
                        fail_msg("%s", faults[i]);
        name = named("With-Dash-" VENDOR);
        assert_string_equal(name.name, "With-Dash");
        memset(text, 'n', sizeof(text));
        (void)strcpy(text + VARIABLE_NAME_TEXT_MAX - 1, "-" VENDOR);
        assert_true(variable_name_parse(text, strlen(text), &name));
        memset(text, 'n', sizeof(text));
        (void)strcpy(text + VARIABLE_NAME_TEXT_MAX, "-" VENDOR);
        assert_false(variable_name_parse(text, strlen(text), &name));
}

/* Boot options, piece by piece. */
static uint8_t option[1024];
static struct writer writer;
static size_t path_length_at;

static void begin(const char *description)
{
        uint8_t header[6] = { 1 };

        writer = writer_over(option, sizeof(option));
        writer_bytes(&writer, header, sizeof(header));
        utf16_from_utf8(description, strlen(description), &writer);
        path_length_at = writer.size;
}

static void node(uint8_t type, uint8_t subtype, const void *content, size_t size)
{
        uint8_t header[4] = { type, subtype };

        store_le16(header + 2, (uint16_t)(4 + size));
        writer_bytes(&writer, header, sizeof(header));
        writer_bytes(&writer, content, size);
}

static void drive(uint8_t first, uint8_t signature_kind)
{
        uint8_t content[38] = { 0 };

        content[20] = first;
        content[36] = 2;
        content[37] = signature_kind;
        node(4, 1, content, sizeof(content));
}

static void file(const char *path)
{
        uint8_t text[128];
        struct writer name = writer_over(text, sizeof(text));

        utf16_from_utf8(path, strlen(path), &name);
        node(4, 4, text, name.size);
}

static enum err parse(struct load_option *ret)
{
        store_le16(option + 4, (uint16_t)(writer.size - path_length_at));
        return load_option_parse(option, writer.size, ret);
}

static void a_boot_entry_names_partition_and_file(void **state)
{
        struct load_option result;

        begin("Vendor");
        node(2, 1, "\0\0\0\0\0\0\0", 8);
        drive(0xab, 2);
        file("\\EFI\\BOOT");
        file("\\BOOTX64.EFI");
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        assert_int_equal(result.attributes, 1);
        assert_true(result.has_partition);
        assert_int_equal(result.partition.bytes[0], 0xab);
        assert_string_equal(result.file, "EFI/BOOT/BOOTX64.EFI");
        assert_false(result.has_data || result.file_unknown);
        writer_bytes(&writer, "optional data", 13);
        assert_int_equal(load_option_parse(option, writer.size, &result), ERR_OK);
        assert_true(result.has_data);
}

/* What is passed along, and what is left of it. NULL: it chooses no profile, and stays. */
static void a_word_that_chooses_a_profile_is_found_and_cut(void **state)
{
        static const struct {
                const char *text, *left;
        } table[] = {
                { "", NULL },
                { "@", NULL },
                { "@0", NULL },
                { "@00 quiet", NULL },
                { "@x1", NULL },
                { "quiet", NULL },
                { "root=@1", NULL },
                { "@1", "" },
                { "@01", "" },
                { "@10 quiet", "" },
                { "@2x", "" }, /* chooses none either; who reads it less strictly is not helped */
                { "@0 @1", "@0" },
                { "next.efi @1", "next.efi" },
                { "next.efi\t\t@3 quiet", "next.efi\t" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct load_option result, again;
                uint8_t text[64];
                struct writer wide = writer_over(text, sizeof(text));

                utf16_from_utf8(table[i].text, strlen(table[i].text), &wide);
                begin("Linux");
                drive(0xab, 2);
                file("\\x.efi");
                node(0x7f, 0xff, NULL, 0);
                assert_int_equal(parse(&result), ERR_OK);
                size_t data_at = writer.size;
                writer_bytes(&writer, text, table[i].text[0] ? wide.size : 0);
                assert_int_equal(load_option_parse(option, writer.size, &result), ERR_OK);
                assert_int_equal(result.data_at, data_at);
                if (!table[i].left) {
                        assert_int_equal(result.selector_at, 0);
                        continue;
                }
                assert_true(result.selector_at >= data_at);
                size_t size = load_option_drop_selector(&result, option);
                assert_int_equal(load_option_parse(option, size, &again), ERR_OK);
                assert_int_equal(again.selector_at, 0);
                assert_string_equal(again.file, "x.efi");
                wide = writer_over(text, sizeof(text));
                utf16_from_utf8(table[i].left, strlen(table[i].left), &wide);
                assert_int_equal(size - data_at, table[i].left[0] ? wide.size : 0);
                assert_memory_equal(option + data_at, text, size - data_at);
        }
}

/* Of odd length, or cut off within the word. */
static void what_is_passed_along_need_not_be_text(void **state)
{
        static const struct {
                const char *data;
                size_t size, selector; /* from the beginning; SIZE_MAX = none */
        } table[] = {
                { "@", 1, SIZE_MAX },
                { "@\0", 2, SIZE_MAX },
                { "@\0"
                  "1",
                  3, SIZE_MAX },
                { "@\0"
                  "1\0",
                  4, 0 },
                { "\0\0@\0"
                  "1\0",
                  6, 2 },
                { "\0@\0"
                  "1\0",
                  5, SIZE_MAX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct load_option result;

                begin("");
                file("\\x");
                node(0x7f, 0xff, NULL, 0);
                assert_int_equal(parse(&result), ERR_OK);
                size_t data_at = writer.size;
                writer_bytes(&writer, table[i].data, table[i].size);
                assert_int_equal(load_option_parse(option, writer.size, &result), ERR_OK);
                assert_int_equal(result.selector_at, table[i].selector == SIZE_MAX ? 0 : data_at + table[i].selector);
        }
}

static void what_is_not_one_gpt_partition_is_none(void **state)
{
        struct load_option result;

        begin("");
        drive(1, 1); /* MBR */
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        assert_false(result.has_partition);

        begin("");
        drive(1, 2);
        node(0x7f, 1, NULL, 0); /* another instance */
        drive(2, 2);
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        assert_false(result.has_partition);

        begin("");
        node(4, 1, "short", 5);
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        assert_false(result.has_partition);

        begin("");
        file("\\x");
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        assert_false(result.has_partition);
}

static void faulty_boot_entries_are_refused(void **state)
{
        static uint8_t large[LOAD_OPTION_MAX + 1];
        struct load_option result = { .attributes = 77 };
        size_t whole;

        begin("Vendor");
        drive(1, 2);
        node(0x7f, 0xff, NULL, 0);
        assert_int_equal(parse(&result), ERR_OK);
        whole = writer.size;
        result.attributes = 77;
        for (size_t size = 0; size < whole; size++)
                assert_int_equal(load_option_parse(option, size, &result), ERR_TRUNCATED);
        store_le16(option + path_length_at + 2, 3);
        assert_int_equal(load_option_parse(option, whole, &result), ERR_SYNTAX);
        store_le16(option + path_length_at + 2, 0xffff);
        assert_int_equal(load_option_parse(option, whole, &result), ERR_TRUNCATED);
        assert_int_equal(load_option_parse(large, sizeof(large), &result), ERR_TOO_LARGE);
        assert_int_equal(result.attributes, 77);
}

static void kinds_and_numbers(void **state)
{
        static const struct {
                const char *name;
                enum load_option_kind kind;
                uint16_t number;
        } names[] = {
                { "Boot00AF", LOAD_OPTION_BOOT, 0xaf },
                { "Boot00af", LOAD_OPTION_NONE, 0 },
                { "BootOrder", LOAD_OPTION_NONE, 0 },
                { "BootNext", LOAD_OPTION_NONE, 0 },
                { "Boot00AFF", LOAD_OPTION_NONE, 0 },
                { "Boot00A", LOAD_OPTION_NONE, 0 },
                { "Driver1234", LOAD_OPTION_DRIVER, 0x1234 },
                { "DriverOrder", LOAD_OPTION_NONE, 0 },
                { "SysPrepFFFF", LOAD_OPTION_SYSPREP, 0xffff },
                { "PlatformRecovery0001", LOAD_OPTION_PLATFORM_RECOVERY, 1 },
                { "OsRecovery0001", LOAD_OPTION_NONE, 0 }, /* authenticated by definition */
                { "Key0001", LOAD_OPTION_KEY, 1 },
                { "", LOAD_OPTION_NONE, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                uint16_t number = 0;

                if (load_option_kind(names[i].name, &number) != names[i].kind || number != names[i].number)
                        fail_msg("%s", names[i].name);
        }
}

static void a_key_names_its_entry(void **state)
{
        static const uint8_t key[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0x34, 0x12, 9, 9 };
        uint16_t number = 77;

        assert_false(key_option_boot_entry(key, 9, &number));
        assert_int_equal(number, 77);
        assert_true(key_option_boot_entry(key, 10, &number));
        assert_int_equal(number, 0x1234);
}

/* A volume and one file in it, and nothing that lies elsewhere. */
static void only_a_path_into_a_firmware_volume_lies_in_the_firmware(void **state)
{
        static const uint8_t guid[16], range[20];
        enum piece { END, VOLUME, MAPPED, FILE_IN, DRIVE, PATH, INSTANCE, PCI };
        static const struct {
                enum piece pieces[4];
                bool in_firmware;
        } cases[] = {
                { { VOLUME, FILE_IN }, true },
                { { MAPPED, FILE_IN }, true },
                { { VOLUME }, false },
                { { FILE_IN }, true },
                { { VOLUME, FILE_IN, FILE_IN }, false },
                { { VOLUME, FILE_IN, PATH }, false },
                { { DRIVE, PATH }, false },
                { { DRIVE, FILE_IN }, false },
                { { VOLUME, FILE_IN, INSTANCE, DRIVE }, false },
                { { PCI, FILE_IN }, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct load_option result;

                begin("x");
                for (size_t j = 0; j < 4 && cases[i].pieces[j] != END; j++)
                        switch (cases[i].pieces[j]) {
                        case VOLUME:
                                node(4, 7, guid, sizeof(guid));
                                break;
                        case MAPPED:
                                node(1, 3, range, sizeof(range));
                                break;
                        case FILE_IN:
                                node(4, 6, guid, sizeof(guid));
                                break;
                        case DRIVE:
                                drive(1, 2);
                                break;
                        case PATH:
                                file("\\x.efi");
                                break;
                        case INSTANCE:
                                node(0x7f, 1, NULL, 0);
                                break;
                        default:
                                node(1, 1, "\0\0", 2);
                                break;
                        }
                node(0x7f, 0xff, NULL, 0);
                assert_int_equal(parse(&result), ERR_OK);
                if (result.in_firmware != cases[i].in_firmware)
                        fail_msg("%u", (unsigned)i);
        }
}

static void the_order_loses_what_is_dropped_and_nothing_else(void **state)
{
        const uint8_t order[] = { 1, 0, 2, 0, 3, 0, 2, 0, 9 };
        const uint16_t drop[] = { 2, 7 };
        uint8_t left[sizeof(order)];

        assert_int_equal(boot_order_without(order, sizeof(order), drop, 2, left), 4);
        assert_memory_equal(left, "\1\0\3", 4);
        assert_int_equal(boot_order_without(order, sizeof(order), drop, 0, left), 8);
}

static void firmware_paths_become_ours(void **state)
{
        char path[LOAD_OPTION_FILE_MAX];
        uint8_t text[LOAD_OPTION_FILE_MAX * 4];
        struct writer name = writer_over(text, sizeof(text));

        utf16_from_utf8("\\EFI\\\\BOOT/x.efi", 16, &name);
        assert_true(firmware_path_read(text, name.size, path));
        assert_string_equal(path, "EFI/BOOT/x.efi");
        assert_false(firmware_path_read(text, 3, path));
        assert_false(firmware_path_read("\\\0", 2, path));
        memset(text, 'a', sizeof(text));
        assert_false(firmware_path_read(text, sizeof(text), path));
        assert_string_equal(path, "");
}

static void every_reason_has_a_text(void **state)
{
        for (int i = 0; i < VARIABLE_WHY_COUNT; i++)
                assert_true(strlen(variable_why_text((enum variable_why)i)) > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_variable_has_its_verdict, set_up),
                cmocka_unit_test_setup(requests_about_owner_keys_go_only_if_the_policy_says_so, set_up),
                cmocka_unit_test_setup(no_policy_removes_secure_boot, set_up),
                cmocka_unit_test(what_may_be_listed),
                cmocka_unit_test(names_are_read_as_efivarfs_writes_them),
                cmocka_unit_test(a_boot_entry_names_partition_and_file),
                cmocka_unit_test(a_word_that_chooses_a_profile_is_found_and_cut),
                cmocka_unit_test(what_is_passed_along_need_not_be_text),
                cmocka_unit_test(what_is_not_one_gpt_partition_is_none),
                cmocka_unit_test(faulty_boot_entries_are_refused),
                cmocka_unit_test(kinds_and_numbers),
                cmocka_unit_test(a_key_names_its_entry),
                cmocka_unit_test(only_a_path_into_a_firmware_volume_lies_in_the_firmware),
                cmocka_unit_test(the_order_loses_what_is_dropped_and_nothing_else),
                cmocka_unit_test(firmware_paths_become_ours),
                cmocka_unit_test(every_reason_has_a_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
