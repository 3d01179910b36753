/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the EFI system partition stays in a reset, what is named, what goes; and the image's list that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/rules/esp-rule.h"

#define HASH_ONES "1111111111111111111111111111111111111111111111111111111111111111"

static const char list_text[] = "# the vendor's\n"
                                "/EFI/BOOT/BOOTX64.EFI\n"
                                "EFI/acme/\n"
                                "  EFI/Linux/acme_*.efi  \r\n"
                                "\n"
                                "loader/credentials/vendor.cred " HASH_ONES "\n"
                                "loader/loader.conf\t" HASH_ONES "\n"
                                "EFI/with\\x20blank.bin\n"
                                "EFI/BOOT/mm*.efi\n";

static struct esp_policy policy;
static enum esp_why why;

static int set_up(void **state)
{
        policy = (struct esp_policy){ .list = { true, list_text, sizeof(list_text) - 1 },
                                      .own = "EFI/Linux/running.efi",
                                      .before = { "EFI/BOOT/BOOTX64.EFI", "EFI/shim.efi" },
                                      .before_count = 2 };
        return 0;
}

static enum esp_verdict judge(const char *path, bool directory, bool altered)
{
        const struct esp_facts facts = { .path = path, .directory = directory, .size = 1, .altered = altered };

        why = ESP_WHY_COUNT;
        return esp_judge(&policy, &facts, &why);
}

static const struct {
        const char *path;
        enum esp_verdict verdict;
        enum esp_why why;
        enum { PLAIN, DIRECTORY, ALTERED } kind;
} table[] = {
        { "EFI/BOOT/BOOTX64.EFI", ESP_KEEP, ESP_WHY_STARTED_US, PLAIN },
        { "efi/boot/bootx64.efi", ESP_KEEP, ESP_WHY_STARTED_US, PLAIN },
        { "EFI/BOOT/BOOTX64.EFI", ESP_NAME, ESP_WHY_ALTERED, ALTERED },
        { "EFI/shim.efi", ESP_NAME, ESP_WHY_CAME_BEFORE, PLAIN },
        { "EFI/BOOT/BOOTAA64.EFI", ESP_NAME, ESP_WHY_LOADER, PLAIN }, /* somebody came before the image, and may need it */
        { "EFI/BOOT/BOOTAA64.EFI/x", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "EFI/Linux/running.efi", ESP_KEEP, ESP_WHY_STARTED_US, PLAIN },
        { "EFI/Linux/ACME_2.efi", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "EFI/Linux/acme_2+2-1.efi", ESP_KEEP, ESP_WHY_DECLARED, PLAIN }, /* counted by systemd-boot */
        { "EFI/Linux/acme_2+0-3.efi", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "EFI/Linux/acme_2/x.efi", ESP_NAME, ESP_WHY_LOADER, PLAIN },
        { "EFI/Linux/other.efi", ESP_REMOVE, ESP_WHY_IMAGE, PLAIN },
        { "EFI/Linux/other.txt", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "EFI/Linux/acme_2.efi.extra.d", ESP_REMOVE, ESP_WHY_DROP_IN, DIRECTORY },
        { "EFI/Linux/acme_2.efi.extra.d/a.txt", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "EFI/Linux/acme_2.EFI.Extra.D/sub/a.txt", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "EFI/Linux/acme_2.efi.extra.d", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN }, /* a file of that name is picked up by nobody */
        { "EFI/acme/deep/down.bin", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "EFI/acme", ESP_KEEP, ESP_WHY_DECLARED, DIRECTORY },
        { "EFI/acme2/file", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "EFI/acme/owner.cred", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "EFI/other/owner.cred", ESP_REMOVE, ESP_WHY_CREDENTIAL, PLAIN },
        { "owner.CRED", ESP_REMOVE, ESP_WHY_CREDENTIAL, PLAIN },
        { "owner.cred", ESP_KEEP, ESP_WHY_DIRECTORY, DIRECTORY },
        { "EFI/x.sysext.raw", ESP_REMOVE, ESP_WHY_EXTENSION, PLAIN },
        { "EFI/x.confext.raw", ESP_REMOVE, ESP_WHY_EXTENSION, PLAIN },
        { "EFI/x.addon.efi", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "EFI/x.raw", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "loader", ESP_KEEP, ESP_WHY_DIRECTORY, DIRECTORY },
        { "loader/addons", ESP_KEEP, ESP_WHY_DIRECTORY, DIRECTORY },
        { "loader/addons/x", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "loader/addons/x/y", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "loader/addonsx", ESP_NAME, ESP_WHY_LOADER_CONFIGURATION, PLAIN },
        { "loader/keys/auto/db.auth", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "EFI/systemd/drivers/x.efi", ESP_REMOVE, ESP_WHY_DROP_IN, PLAIN },
        { "EFI/systemd/systemd-bootx64.efi", ESP_NAME, ESP_WHY_LOADER, PLAIN },
        { "loader/extensions/x.raw", ESP_REMOVE, ESP_WHY_EXTENSION, PLAIN },
        { "loader/swtpm/tpm2-00.permall", ESP_REMOVE, ESP_WHY_SOFTWARE_TPM, PLAIN },
        { "loader/random-seed", ESP_REMOVE, ESP_WHY_RANDOM_SEED, PLAIN },
        { "LOADER/RANDOM-SEED", ESP_REMOVE, ESP_WHY_RANDOM_SEED, PLAIN },
        { "loader/credentials/vendor.cred", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "loader/credentials/vendor.cred", ESP_REMOVE, ESP_WHY_CREDENTIAL, ALTERED },
        { "loader/credentials/owner.cred", ESP_REMOVE, ESP_WHY_CREDENTIAL, PLAIN },
        { "loader/loader.conf", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "loader/loader.conf", ESP_NAME, ESP_WHY_ALTERED, ALTERED },
        { "loader/entries/x.conf", ESP_REMOVE, ESP_WHY_ENTRY, PLAIN },
        { "loader/entries/x.txt", ESP_NAME, ESP_WHY_LOADER_CONFIGURATION, PLAIN },
        { "EFI/with blank.bin", ESP_KEEP, ESP_WHY_DECLARED, PLAIN },
        { "EFI/cleanslate/records/00ff.json", ESP_KEEP, ESP_WHY_OURS, PLAIN },
        { "EFI/cleanslate/records/00ff.sig", ESP_KEEP, ESP_WHY_OURS, PLAIN },
        { "EFI/cleanslate/records/00ff.cred", ESP_REMOVE, ESP_WHY_CREDENTIAL, PLAIN },
        { "EFI/cleanslate/records/sub/00ff.json", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "EFI/cleanslate/other.txt", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
        { "EFI/cleanslate/keep.bundle", ESP_REMOVE, ESP_WHY_KEEP, PLAIN },
        { "EFI/cleanslate/keep.bundle.new", ESP_REMOVE, ESP_WHY_KEEP, PLAIN },
        { "CLN00001", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN }, /* ours are empty */
        { "", ESP_NAME, ESP_WHY_UNDECLARED, PLAIN },
};

static void each_path_has_its_verdict(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (judge(table[i].path, table[i].kind == DIRECTORY, table[i].kind == ALTERED) != table[i].verdict ||
                    why != table[i].why)
                        fail_msg("%s: %s", table[i].path, esp_why_text(why));
}

static void without_a_list_only_known_places_are_cleaned(void **state)
{
        policy.list = (struct esp_list){ 0 };
        policy.alone = true;
        for (int undeclared = 0; undeclared < ESP_UNDECLARED_COUNT; undeclared++) {
                policy.undeclared = (enum esp_undeclared)undeclared;
                for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                        enum esp_verdict verdict = judge(table[i].path, table[i].kind == DIRECTORY, false);

                        if (verdict == ESP_REMOVE && (why == ESP_WHY_IMAGE || why == ESP_WHY_ENTRY || why == ESP_WHY_LOADER ||
                                                      why == ESP_WHY_LOADER_CONFIGURATION || why == ESP_WHY_UNDECLARED))
                                fail_msg("%s goes", table[i].path);
                }
        }
        assert_int_equal(judge("loader/credentials/vendor.cred", false, false), ESP_REMOVE);
        assert_int_equal(judge("EFI/Linux/other.efi", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/other/grubx64.efi", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/BOOT/BOOTIA32.EFI", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/Linux/running.efi", false, false), ESP_KEEP);
        assert_int_equal(judge("EFI/shim.efi", false, false), ESP_KEEP); /* there is no list that it could be missing in */
}

static void the_policy_can_have_everything_else_removed(void **state)
{
        policy.undeclared = ESP_UNDECLARED_REMOVE;
        assert_int_equal(judge("EFI/acme2/file", false, false), ESP_REMOVE);
        assert_int_equal(judge("EFI/acme2", true, false), ESP_REMOVE);
        assert_int_equal(judge("EFI/acme/file", false, false), ESP_KEEP);
        assert_int_equal(judge("EFI/other/grubx64.efi", false, false), ESP_REMOVE);
        assert_int_equal(judge("EFI/shim.efi", false, false), ESP_NAME); /* has started this machine */
        assert_int_equal(judge("EFI/BOOT", true, false), ESP_KEEP);
        assert_int_equal(judge("EFI/cleanslate/records", true, false), ESP_KEEP);
        assert_int_equal(judge("EFI/cleanslate/records/a.json", false, false), ESP_KEEP);
        assert_int_equal(judge("EFI/BOOT/mm*.efi", false, true), ESP_REMOVE); /* not the loader that was declared */
        assert_int_equal(judge("EFI/with blank.bin", false, true), ESP_NAME); /* altered is not undeclared */
        policy.undeclared = ESP_UNDECLARED_KEEP;
        assert_int_equal(judge("EFI/other/grubx64.efi", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/Linux/other.efi", false, false), ESP_REMOVE);
}

/* The default. */
static void loaders_go_where_nothing_came_between_firmware_and_image(void **state)
{
        static const char *const loaders[] = {
                "EFI/other/grubx64.efi",  "EFI/debian/SHIMX64.EFI", "startup.nsh",         "grub.cfg",
                "boot/grub/grub.cfg",     "EFI/debian/grubenv",     "loader/entries.srel", "loader/loader.conf",
                "EFI/debian/BOOTX64.CSV", "EFI/Microsoft/Boot/BCD", "vmlinuz.efi",         "EFI/refind/refind.conf"
        };
        static const char *const others[] = { "EFI/other/file.bin", "EFI/other/readme.cfg", "vmlinuz", "EFI/other/efi" };

        policy.list.text = "EFI/acme/\n";
        policy.list.size = strlen(policy.list.text);
        for (int alone = 0; alone < 2; alone++) {
                policy.alone = alone;
                for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
                        if (judge(loaders[i], false, false) != (alone ? ESP_REMOVE : ESP_NAME))
                                fail_msg("%s, alone %d", loaders[i], alone);
                for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                        if (judge(others[i], false, false) != ESP_NAME || why != ESP_WHY_UNDECLARED)
                                fail_msg("%s, alone %d", others[i], alone);
        }
        assert_int_equal(judge("EFI/other", true, false), ESP_KEEP);
        assert_int_equal(judge("EFI/Linux/running.efi", false, false), ESP_KEEP);
}

static void a_program_is_one_by_its_contents(void **state)
{
        struct esp_facts facts = { .path = "EFI/other/picture.bmp", .size = 2, .program = true };

        policy.alone = true;
        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_REMOVE);
        assert_int_equal(why, ESP_WHY_LOADER);
        facts.path = "EFI/acme/picture.bmp";
        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_KEEP);
}

static void a_copy_of_the_image_stays(void **state)
{
        struct esp_facts facts = { .path = "EFI/other/x.efi", .size = 2, .copy = true };

        policy.undeclared = ESP_UNDECLARED_REMOVE;
        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_KEEP);
        assert_int_equal(why, ESP_WHY_COPY);
        facts.path = "loader/keys/x.efi"; /* but not where it would be picked up */
        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_REMOVE);
}

/* No reset leaves a machine that nothing starts. */
static void firmwares_default_goes_only_where_another_way_stays(void **state)
{
        static const struct {
                const char *own;
                bool has_entry, default_before;
                enum esp_verdict verdict;
                enum esp_why why;
        } cases[] = {
                { "EFI/Linux/running.efi", false, false, ESP_NAME, ESP_WHY_ONLY_WAY },
                { "EFI/Linux/running.efi", true, false, ESP_REMOVE, ESP_WHY_LOADER },
                { "EFI/Linux/running.efi", true, true, ESP_NAME, ESP_WHY_CAME_BEFORE },
                { "EFI/BOOT/BOOTAA64.EFI", false, false, ESP_REMOVE, ESP_WHY_LOADER },
                { "EFI/BOOT/BOOTX64.EFI", false, false, ESP_KEEP, ESP_WHY_STARTED_US },
        };

        policy.undeclared = ESP_UNDECLARED_REMOVE;
        policy.before_count = 0;
        policy.list.text = "";
        policy.list.size = 0;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                policy.own = cases[i].own;
                policy.has_entry = cases[i].has_entry;
                policy.default_before = cases[i].default_before;
                if (judge("EFI/BOOT/BOOTX64.EFI", false, false) != cases[i].verdict || why != cases[i].why)
                        fail_msg("%u: %s", (unsigned)i, esp_why_text(why));
        }
}

static void who_does_not_know_what_started_it_removes_no_boot_image(void **state)
{
        policy.own = NULL;
        policy.undeclared = ESP_UNDECLARED_REMOVE;
        policy.alone = true;
        assert_int_equal(judge("EFI/Linux/other.efi", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/other/grub.efi", false, false), ESP_NAME);
        assert_int_equal(judge("EFI/other/file", false, false), ESP_NAME);
        assert_int_equal(judge("loader/random-seed", false, false), ESP_REMOVE);
}

static void empty_files_of_ours_are_leftovers(void **state)
{
        struct esp_facts facts = { .path = "loader/CLN00017" };

        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_REMOVE);
        assert_int_equal(why, ESP_WHY_LEFTOVER);
        facts.path = "loader/CLN0001x";
        assert_int_equal(esp_judge(&policy, &facts, &why), ESP_NAME);
        assert_int_equal(why, ESP_WHY_LOADER_CONFIGURATION);
}

static void faulty_lists_are_refused_with_their_line(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                unsigned line;
        } faults[] = {
                { "", ERR_OK, 0 },
                { "#\n\n  \n", ERR_OK, 0 },
                { "a\n../b\n", ERR_RANGE, 2 },
                { "a//b\n", ERR_RANGE, 1 },
                { "a/./b\n", ERR_RANGE, 1 },
                { "/\n", ERR_RANGE, 1 },
                { "a\\b\n", ERR_RANGE, 1 },
                { "a\\x2fb\n", ERR_RANGE, 1 },
                { "a\\x0", ERR_RANGE, 1 },
                { "a 12\n", ERR_SYNTAX, 1 },
                { "a " HASH_ONES " b\n", ERR_SYNTAX, 1 },
                { "a/ " HASH_ONES "\n", ERR_SYNTAX, 1 },
                { "a* " HASH_ONES "\n", ERR_SYNTAX, 1 },
                { "\xff\n", ERR_ENCODING, 0 },
        };
        const char *detail;
        unsigned line;

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                enum err err = esp_list_check(faults[i].text, strlen(faults[i].text), &line, &detail);

                if (err != faults[i].err || line != faults[i].line)
                        fail_msg("%s: %s in line %u", faults[i].text, err_name(err), line);
        }
        assert_int_equal(esp_list_check(list_text, sizeof(list_text) - 1, &line, &detail), ERR_OK);
}

static void a_list_has_bounds(void **state)
{
        static char text[ESP_LIST_MAX + 1];
        const char *detail;
        unsigned line;

        memset(text, '#', sizeof(text));
        assert_int_equal(esp_list_check(text, ESP_LIST_MAX, &line, &detail), ERR_OK);
        assert_int_equal(esp_list_check(text, sizeof(text), &line, &detail), ERR_TOO_LARGE);
        memset(text, 'a', ESP_LIST_PATH_MAX - 1);
        assert_int_equal(esp_list_check(text, ESP_LIST_PATH_MAX - 1, &line, &detail), ERR_OK);
        memset(text, 'a', ESP_LIST_PATH_MAX);
        assert_int_equal(esp_list_check(text, ESP_LIST_PATH_MAX, &line, &detail), ERR_TOO_LARGE);
        for (size_t i = 0; i < 2 * (ESP_LIST_LINES_MAX + 1); i += 2)
                memcpy(text + i, "a\n", 2);
        assert_int_equal(esp_list_check(text, 2 * (size_t)ESP_LIST_LINES_MAX, &line, &detail), ERR_OK);
        assert_int_equal(esp_list_check(text, 2 * (size_t)(ESP_LIST_LINES_MAX + 1), &line, &detail), ERR_TOO_LARGE);
        assert_int_equal(line, ESP_LIST_LINES_MAX + 1);
}

static void a_hash_is_asked_for_only_where_every_line_names_one(void **state)
{
        static const char text[] = "a " HASH_ONES "\na 2222222222222222222222222222222222222222222222222222222222222222\nb\n"
                                   "b " HASH_ONES "\n";
        const struct esp_list list = { true, text, sizeof(text) - 1 };
        uint8_t ones[ESP_LIST_SHA256SIZE], twos[ESP_LIST_SHA256SIZE], zeros[ESP_LIST_SHA256SIZE] = { 0 };

        memset(ones, 0x11, sizeof(ones));
        memset(twos, 0x22, sizeof(twos));
        assert_int_equal(esp_list_find(&list, "A"), ESP_DECLARED_WITH_HASH);
        assert_true(esp_list_has_hash(&list, "a", ones) && esp_list_has_hash(&list, "a", twos));
        assert_false(esp_list_has_hash(&list, "a", zeros));
        assert_int_equal(esp_list_find(&list, "b"), ESP_DECLARED);
        assert_int_equal(esp_list_find(&list, "c"), ESP_NOT_DECLARED);
}

static void patterns_match_within_a_part(void **state)
{
        static const struct {
                const char *pattern, *path;
                bool matches;
        } cases[] = {
                { "a*c", "abbc", true },
                { "a*c", "ac", true },
                { "a*c", "ab/c", false },
                { "*", "", true },
                { "*", "abc", true },
                { "*", "a/b", false },
                { "*/*", "a/b", true },
                { "a*b*c", "aXbYbZc", true },
                { "a*b*c", "aXbYc/", false },
                { "*.efi", "x.efi.efi", true },
                { "a", "ab", false },
                { "ab", "a", false },
                { "A\xc3\x84", "a\xc3\x84", true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (esp_path_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
                        fail_msg("%s, %s", cases[i].pattern, cases[i].path);
}

static void every_reason_has_a_text(void **state)
{
        for (int i = 0; i < ESP_WHY_COUNT; i++)
                assert_true(strlen(esp_why_text((enum esp_why)i)) > 0);
        assert_string_equal(esp_why_text(ESP_WHY_COUNT), "for an unknown reason");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_path_has_its_verdict, set_up),
                cmocka_unit_test_setup(without_a_list_only_known_places_are_cleaned, set_up),
                cmocka_unit_test_setup(the_policy_can_have_everything_else_removed, set_up),
                cmocka_unit_test_setup(loaders_go_where_nothing_came_between_firmware_and_image, set_up),
                cmocka_unit_test_setup(a_program_is_one_by_its_contents, set_up),
                cmocka_unit_test_setup(a_copy_of_the_image_stays, set_up),
                cmocka_unit_test_setup(firmwares_default_goes_only_where_another_way_stays, set_up),
                cmocka_unit_test_setup(who_does_not_know_what_started_it_removes_no_boot_image, set_up),
                cmocka_unit_test_setup(empty_files_of_ours_are_leftovers, set_up),
                cmocka_unit_test(faulty_lists_are_refused_with_their_line),
                cmocka_unit_test(a_list_has_bounds),
                cmocka_unit_test(a_hash_is_asked_for_only_where_every_line_names_one),
                cmocka_unit_test(patterns_match_within_a_part),
                cmocka_unit_test(every_reason_has_a_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
