/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/policy/policy.h"

static struct policy policy;
static struct policy_error error;

static enum err read_settings(const char *text)
{
        policy_init(&policy);
        memset(&error, 0, sizeof(error));
        return policy_read_settings(&policy, "cleanslate.conf", text, strlen(text), &error);
}

static void assert_defaults(void)
{
        assert_int_equal(policy.settings.erase_level, ERASE_LEVEL_UNSET);
        assert_int_equal(policy.settings.tpm_clear, TPM_CLEAR_REQUIRED);
        assert_int_equal(policy.settings.without_tpm, WITHOUT_TPM_REFUSE);
        assert_string_equal(policy.settings.tpm_lockout_auth, "");
        assert_int_equal(policy.settings.unallocated, UNALLOCATED_ERASE);
        assert_int_equal(policy.settings.undeclared, UNDECLARED_KEEP);
        assert_int_equal(policy.settings.boot_loader_bytes, 1 << 20);
        assert_int_equal(policy.settings.language, LANGUAGE_ENGLISH);
        assert_int_equal(policy.settings.postpone_max_s, 24 * 60 * 60);
        assert_int_equal(policy.settings.warn_s, 10 * 60);
        assert_int_equal(policy.settings.seal_pcrs, SEAL_PCRS_DEFAULT);
        assert_false(policy.settings.seal_recovery_key);
        assert_int_equal(policy.settings.failures_max, 3);
        assert_int_equal(policy.settings.overwrite, PATTERN_ZEROS);
        assert_int_equal(policy.settings.verify, VERIFICATION_FULL);
        assert_int_equal(policy.settings.bad_sectors, BAD_SECTORS_FAIL);
        assert_int_equal(policy.settings.menu, MENU_HIDDEN);
        assert_int_equal(settings_menu_timeout(&policy.settings), 0);
        assert_int_equal(policy.settings.boots_max, 3);
        assert_int_equal(policy.settings.break_glass, BREAK_GLASS_OFF);
        assert_int_equal(policy.settings.root, ROOT_VERITY);
        assert_int_equal(policy.settings.esp_undeclared, ESP_UNDECLARED_LOADERS);
        assert_false(policy.settings.esp_leave_free_space);
        assert_int_equal(policy.settings.variables.remove_count + policy.settings.variables.keep_count, 0);
        assert_int_equal(policy.settings.variables.mok, MOK_KEEP);
        assert_int_equal(policy.settings.access.reset + policy.settings.access.recovery + policy.settings.access.break_glass,
                         ACCESS_ALLOWED);
        assert_int_equal(policy.settings.password.iterations, 0);
        assert_false(policy.settings.says_only_vendor_resets);
}

static void hooks_run_in_a_reset_only_where_the_image_says_so(void **state)
{
        assert_int_equal(read_settings(""), ERR_OK);
        assert_false(policy.settings.hooks_after_rebuild);
        assert_int_equal(read_settings("[Hooks]\nafter-rebuild=yes\n"), ERR_OK);
        assert_true(policy.settings.hooks_after_rebuild);
        assert_int_equal(read_settings("[Hooks]\nafter-rebuild=no\n"), ERR_OK);
        assert_false(policy.settings.hooks_after_rebuild);
        assert_true(read_settings("[Hooks]\nafter-rebuild=\n") != ERR_OK);
        assert_true(read_settings("[Hooks]\nbefore-request=yes\n") != ERR_OK);
}

#define OWNER "DeviceOwner-6f2d8f5e-3b1c-4f57-9d0a-5a1b7c93e240"

static void what_lies_beyond_partitions_has_its_keys(void **state)
{
        static const char *const faults[] = {
                "[ESP]\nundeclared=yes\n",
                "[ESP]\nfree-space=\n",
                "[Variables]\nmok=clear\n",
                "[Variables]\nremove=DeviceOwner\n",
                "[Variables]\nremove=" OWNER "," OWNER "\n",
                "[Variables]\nremove=PK-8be4df61-93ca-11d2-aa0d-00e098032b8c\n",
                "[Variables]\nkeep=dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f\n",
                "[Variables]\nremove=CleanslateProgress0-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41\n",
        };
        char text[2048] = "[Variables]\nremove=";

        assert_int_equal(read_settings("[ESP]\nundeclared=remove\nfree-space=leave\n[Variables]\nremove=" OWNER "  " OWNER
                                       "\nkeep=\nmok=reset\n"),
                         ERR_OK);
        assert_int_equal(policy.settings.esp_undeclared, ESP_UNDECLARED_REMOVE);
        assert_true(policy.settings.esp_leave_free_space);
        assert_int_equal(policy.settings.variables.remove_count, 2);
        assert_int_equal(policy.settings.variables.keep_count, 0);
        assert_string_equal(policy.settings.variables.remove[1].name, "DeviceOwner");
        assert_int_equal(policy.settings.variables.mok, MOK_RESET);
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                if (read_settings(faults[i]) != ERR_RANGE)
                        fail_msg("%s", faults[i]);
                assert_defaults();
        }
        for (int i = 0; i < VARIABLES_LISTED_MAX; i++)
                (void)strcat(text, " " OWNER);
        assert_int_equal(read_settings(text), ERR_OK);
        assert_int_equal(policy.settings.variables.remove_count, VARIABLES_LISTED_MAX);
        assert_int_equal(read_settings(strcat(text, " " OWNER)), ERR_RANGE);
}

#define HASH   "$pbkdf2-sha256$10000$AAECAwQFBgcICQoLDA0ODw$5RUHDgNTp9sBOWGYS4e6u57cz/Sq3/TQgaDP/8MW6L8"
#define VENDOR "if-system-does-not-start=only the vendor can reset this device\n"

static void what_the_console_may_is_understood(void **state)
{
        assert_int_equal(read_settings("[Menu]\nreset=password\nrecovery=off\nbreak-glass=password\npassword=" HASH "\n"
                                       "[BreakGlass]\nmode=allowed\n"),
                         ERR_OK);
        assert_int_equal(policy.settings.access.reset, ACCESS_PASSWORD);
        assert_int_equal(policy.settings.access.recovery, ACCESS_OFF);
        assert_int_equal(policy.settings.access.break_glass, ACCESS_PASSWORD);
        assert_int_equal(policy.settings.break_glass, BREAK_GLASS_ALLOWED);
        assert_true(password_matches(&policy.settings.password, "correct horse", strlen("correct horse")));
        assert_false(settings_only_vendor_can_reset(&policy.settings));
        assert_int_equal(read_settings("[BreakGlass]\nmode=allowed\n[Menu]\nbreak-glass=off\n"), ERR_OK);
        assert_int_equal(policy.settings.break_glass, BREAK_GLASS_OFF);
        assert_int_equal(read_settings("[Menu]\nreset=allowed\nrecovery=allowed\nbreak-glass=allowed\n"), ERR_OK);
        assert_defaults();
}

/* A device that nobody but the vendor can reset is one only if its image says so. */
static void a_device_that_the_only_vendor_can_reset_says_so_in_words(void **state)
{
        assert_int_equal(read_settings("[Menu]\nreset=off\n" VENDOR), ERR_OK);
        assert_true(settings_only_vendor_can_reset(&policy.settings));
        assert_int_equal(read_settings("[Menu]\nmode=off\n" VENDOR "[Boot]\nattempts=0\n"), ERR_OK);
        assert_true(settings_only_vendor_can_reset(&policy.settings));
        assert_int_equal(read_settings("[Menu]\nmode=off\n"), ERR_OK); /* the page comes by itself */
        assert_int_equal(read_settings("[Boot]\nattempts=0\n"), ERR_OK);
}

static void an_empty_file_leaves_the_safe_defaults(void **state)
{
        assert_int_equal(read_settings(""), ERR_OK);
        assert_defaults();
        assert_int_equal(read_settings("# nothing\n[Reset]\n"), ERR_OK);
        assert_defaults();
}

static void keys_are_sealed_to_secure_boot_unless_the_image_says_otherwise(void **state)
{
        assert_int_equal(read_settings("[Seal]\n"), ERR_OK);
        assert_int_equal(policy.settings.seal_pcrs, 1 << 7);
        assert_int_equal(read_settings("[Seal]\npcrs=4+7\n"), ERR_OK);
        assert_int_equal(policy.settings.seal_pcrs, 1 << 4 | 1 << 7);
        assert_int_equal(read_settings("[Seal]\npcrs=\n"), ERR_OK);
        assert_int_equal(policy.settings.seal_pcrs, 0);
        assert_int_equal(read_settings("[Seal]\npcrs=7+11\n"), ERR_RANGE);
        assert_false(policy.settings.seal_recovery_key);
        assert_int_equal(read_settings("[Seal]\nrecovery-key=yes\n"), ERR_OK);
        assert_true(policy.settings.seal_recovery_key);
}

static void every_key_is_understood(void **state)
{
        assert_int_equal(
                read_settings("[Reset]\nerase-level=clear\ntpm-clear=try\nwithout-tpm=plain\nunallocated=leave\nattempts=7\n"),
                ERR_OK);
        assert_int_equal(policy.settings.erase_level, ERASE_LEVEL_CLEAR);
        assert_int_equal(policy.settings.tpm_clear, TPM_CLEAR_TRY);
        assert_int_equal(policy.settings.without_tpm, WITHOUT_TPM_PLAIN);
        assert_int_equal(policy.settings.unallocated, UNALLOCATED_LEAVE);
        assert_int_equal(policy.settings.failures_max, 7);
        assert_int_equal(
                read_settings("[Reset]\nwithout-tpm=refuse\nunallocated=all\nattempts=1\nerase-level=purge\ntpm-clear=skip\n"),
                ERR_OK);
        assert_int_equal(policy.settings.erase_level, ERASE_LEVEL_PURGE);
        assert_int_equal(policy.settings.tpm_clear, TPM_CLEAR_SKIP);
        assert_int_equal(policy.settings.unallocated, UNALLOCATED_ALL);
        assert_int_equal(policy.settings.failures_max, 1);
        assert_int_equal(read_settings("[Reset]\ntpm-lockout-auth=/usr/lib//cleanslate/./lockout-auth\n"), ERR_OK);
        assert_string_equal(policy.settings.tpm_lockout_auth, "/usr/lib/cleanslate/lockout-auth");
        assert_int_equal(
                read_settings("[Menu]\nmode=show\n[Boot]\nattempts=0\n[BreakGlass]\nmode=then-reset\n[Image]\nroot=signed\n"),
                ERR_OK);
        assert_int_equal(policy.settings.menu, MENU_SHOW);
        assert_int_equal(settings_menu_timeout(&policy.settings), 5);
        assert_int_equal(policy.settings.boots_max, 0);
        assert_int_equal(policy.settings.break_glass, BREAK_GLASS_THEN_RESET);
        assert_int_equal(policy.settings.root, ROOT_SIGNED);
        assert_int_equal(read_settings("[Menu]\ntimeout=0\nmode=show\n[BreakGlass]\nmode=allowed\n"), ERR_OK);
        assert_int_equal(settings_menu_timeout(&policy.settings), 0);
        assert_int_equal(policy.settings.break_glass, BREAK_GLASS_ALLOWED);
        assert_int_equal(read_settings("[Menu]\ntimeout=300\nmode=off\n"), ERR_OK);
        assert_int_equal(settings_menu_timeout(&policy.settings), 300);
        assert_int_equal(policy.settings.menu, MENU_OFF);
        assert_int_equal(read_settings("[Reset]\nerase-level=crypto\nattempts=100\n"), ERR_OK);
        assert_int_equal(policy.settings.erase_level, ERASE_LEVEL_CRYPTO);
        assert_int_equal(policy.settings.failures_max, 100);
}

static void how_to_overwrite_is_understood(void **state)
{
        assert_int_equal(read_settings("[Reset]\noverwrite=keystream\nverify=sampled\nbad-sectors=partial\n"), ERR_OK);
        assert_int_equal(policy.settings.overwrite, PATTERN_KEYSTREAM);
        assert_int_equal(policy.settings.verify, VERIFICATION_SAMPLED);
        assert_int_equal(policy.settings.bad_sectors, BAD_SECTORS_PARTIAL);
        assert_int_equal(read_settings("[Reset]\nbad-sectors=fail\noverwrite=zeros\nverify=full\n"), ERR_OK);
        assert_defaults();
}

static void every_fault_is_an_error_with_its_line_and_key(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                unsigned line;
                const char *key;
        } cases[] = {
                { "[Reset]\ntpm-clera=try\n", ERR_UNKNOWN_KEY, 2, "tpm-clera" },
                { "[Reset]\nTPM-clear=try\n", ERR_UNKNOWN_KEY, 2, "TPM-clear" },
                { "[Rest]\n", ERR_UNKNOWN_KEY, 1, "Rest" },
                { "[Reset]\n[X-Vendor]\nk=v\n", ERR_UNKNOWN_KEY, 2, "X-Vendor" },
                { "[Reset]\nattempts=3\nattempts=3\n", ERR_DUPLICATE, 3, "attempts" },
                { "[Reset]\nattempts=3\n[Reset]\nattempts=4\n", ERR_DUPLICATE, 4, "attempts" },
                { "[Reset]\nattempts=0\n", ERR_RANGE, 2, "attempts" },
                { "[Reset]\nattempts=101\n", ERR_RANGE, 2, "attempts" },
                { "[Reset]\nattempts=-1\n", ERR_RANGE, 2, "attempts" },
                { "[Reset]\nattempts=\n", ERR_RANGE, 2, "attempts" },
                { "[Reset]\nattempts=4294967299\n", ERR_RANGE, 2, "attempts" },
                { "[Reset]\nerase-level=Clear\n", ERR_RANGE, 2, "erase-level" },
                { "[Reset]\nerase-level=\n", ERR_RANGE, 2, "erase-level" },
                { "[Reset]\ntpm-clear=yes\n", ERR_RANGE, 2, "tpm-clear" },
                { "[Reset]\nwithout-tpm=ignore\n", ERR_RANGE, 2, "without-tpm" },
                { "[Reset]\nunallocated=keep\n", ERR_RANGE, 2, "unallocated" },
                { "[Reset]\noverwrite=random\n", ERR_RANGE, 2, "overwrite" },
                { "[Reset]\nverify=none\n", ERR_RANGE, 2, "verify" },
                { "[Reset]\nbad-sectors=ignore\n", ERR_RANGE, 2, "bad-sectors" },
                { "[Reset]\ntpm-lockout-auth=\n", ERR_RANGE, 2, "tpm-lockout-auth" },
                { "[Reset]\ntpm-lockout-auth=/\n", ERR_RANGE, 2, "tpm-lockout-auth" },
                { "[Reset]\ntpm-lockout-auth=secret\n", ERR_RANGE, 2, "tpm-lockout-auth" },
                { "[Reset]\ntpm-lockout-auth=/usr/../etc/auth\n", ERR_RANGE, 2, "tpm-lockout-auth" },
                { "[Reset]\ntpm-lockout-auth=/a\ntpm-lockout-auth=/a\n", ERR_DUPLICATE, 3, "tpm-lockout-auth" },
                { "[Menu]\nmode=shown\n", ERR_RANGE, 2, "mode" },
                { "[Menu]\ntimeout=301\n", ERR_RANGE, 2, "timeout" },
                { "[Menu]\nreset=no\n", ERR_RANGE, 2, "reset" },
                { "[Menu]\nrecovery=\n", ERR_RANGE, 2, "recovery" },
                { "[Menu]\nbreak-glass=then-reset\n", ERR_RANGE, 2, "break-glass" },
                { "[Menu]\nreset=password\npassword=secret\n", ERR_RANGE, 3, "password" },
                { "[Menu]\n\nreset=password\n", ERR_MISSING, 3, "reset" },
                { "[Menu]\nmode=show\nrecovery=password\n", ERR_MISSING, 3, "recovery" },
                { "[Menu]\nbreak-glass=password\n", ERR_MISSING, 2, "break-glass" },
                { "[Menu]\nrecovery=off\npassword=" HASH "\n", ERR_RANGE, 3, "password" },
                { "[BreakGlass]\nmode=then-reset\n[Menu]\nreset=password\npassword=" HASH "\n", ERR_RANGE, 4, "reset" },
                { "[BreakGlass]\nmode=allowed\n[Menu]\nbreak-glass=password\nreset=off\npassword=" HASH "\n" VENDOR, ERR_RANGE, 5,
                  "reset" },
                { "[Menu]\nreset=off\n", ERR_MISSING, 2, "reset" },
                { "[Menu]\nreset=off\nif-system-does-not-start=yes\n", ERR_RANGE, 3, "if-system-does-not-start" },
                { "[Menu]\nreset=allowed\n" VENDOR, ERR_RANGE, 3, "if-system-does-not-start" },
                { "[Boot]\nattempts=0\n[Menu]\nmode=off\n", ERR_MISSING, 4, "mode" },
                { "[Boot]\nattempts=101\n", ERR_RANGE, 2, "attempts" },
                { "[BreakGlass]\nmode=on\n", ERR_RANGE, 2, "mode" },
                { "[BreakGlass]\ntimeout=1\n", ERR_UNKNOWN_KEY, 2, "timeout" },
                { "[Image]\nroot=none\n", ERR_RANGE, 2, "root" },
                { "[Reset]\n\nnonsense\n", ERR_SYNTAX, 3, "" },
                { "attempts=3\n", ERR_SYNTAX, 1, "" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(read_settings(cases[i].text), cases[i].err);
                assert_int_equal(error.err, cases[i].err);
                assert_int_equal(error.line, cases[i].line);
                assert_string_equal(error.key, cases[i].key);
                assert_string_equal(error.file, "cleanslate.conf");
                assert_defaults();
        }
}

static void a_fault_at_the_end_changes_nothing(void **state)
{
        assert_int_equal(read_settings("[Reset]\ntpm-clear=skip\nattempts=9\nfoo=bar\n"), ERR_UNKNOWN_KEY);
        assert_defaults();
}

static void an_over_large_file_is_refused(void **state)
{
        static char text[POLICY_FILE_MAX + 1];

        policy_init(&policy);
        memset(text, '\n', sizeof(text));
        assert_int_equal(policy_read_settings(&policy, "f", text, POLICY_FILE_MAX, NULL), ERR_OK);
        assert_int_equal(policy_read_settings(&policy, "f", text, sizeof(text), &error), ERR_TOO_LARGE);
        assert_int_equal(error.line, 0);
}

static void the_error_text_names_file_line_key_and_remedy(void **state)
{
        char text[256];

        assert_int_equal(read_settings("[Reset]\n\n\n\n\n\ntpm-clear=never\n"), ERR_RANGE);
        policy_error_format(&error, text, sizeof(text));
        assert_string_equal(text, "cleanslate.conf:7: tpm-clear: is not valid (one of required, try, skip)");
        assert_int_equal(read_settings("oops"), ERR_SYNTAX);
        policy_error_format(&error, text, sizeof(text));
        assert_string_equal(text, "cleanslate.conf:1: is not written in the expected format (a setting is written Key=value)");
}

static void the_stricter_break_glass_policy_counts(void **state)
{
        for (int a = 0; a < BREAK_GLASS_POLICY_COUNT; a++)
                for (int b = 0; b < BREAK_GLASS_POLICY_COUNT; b++) {
                        enum break_glass_policy both =
                                break_glass_stricter((enum break_glass_policy)a, (enum break_glass_policy)b);

                        assert_int_equal(both, break_glass_stricter((enum break_glass_policy)b, (enum break_glass_policy)a));
                        assert_int_equal(both == BREAK_GLASS_OFF, a == BREAK_GLASS_OFF || b == BREAK_GLASS_OFF);
                        assert_int_equal(both == BREAK_GLASS_ALLOWED, a == BREAK_GLASS_ALLOWED && b == BREAK_GLASS_ALLOWED);
                }
}

/* Whoever mistypes a section is told of each that there is, and every one of those is taken. */
static void the_message_about_a_section_names_them_all(void **state)
{
        static const char *const sections[] = { "Reset", "Menu",  "Boot",     "BreakGlass", "Image",    "Display",
                                                "ESP",   "Hooks", "Schedule", "Seal",       "Variables" };

        for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "[%s]\n", sections[i]);
                assert_int_equal(read_settings(text), ERR_OK);
                assert_int_equal(read_settings("[Rest]\n"), ERR_UNKNOWN_KEY);
                text[strlen(text) - 1] = 0;
                assert_non_null(strstr(error.detail, text));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_message_about_a_section_names_them_all),
                cmocka_unit_test(an_empty_file_leaves_the_safe_defaults),
                cmocka_unit_test(keys_are_sealed_to_secure_boot_unless_the_image_says_otherwise),
                cmocka_unit_test(every_key_is_understood),
                cmocka_unit_test(hooks_run_in_a_reset_only_where_the_image_says_so),
                cmocka_unit_test(what_lies_beyond_partitions_has_its_keys),
                cmocka_unit_test(what_the_console_may_is_understood),
                cmocka_unit_test(a_device_that_the_only_vendor_can_reset_says_so_in_words),
                cmocka_unit_test(how_to_overwrite_is_understood),
                cmocka_unit_test(every_fault_is_an_error_with_its_line_and_key),
                cmocka_unit_test(a_fault_at_the_end_changes_nothing),
                cmocka_unit_test(an_over_large_file_is_refused),
                cmocka_unit_test(the_error_text_names_file_line_key_and_remedy),
                cmocka_unit_test(the_stricter_break_glass_policy_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
