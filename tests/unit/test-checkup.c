/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks: on a machine without fault nothing is found; each fault is found under its name, with a remedy, and is as
 * severe as it has to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/plan/checkup.h"

static struct checkup_facts facts;
static struct tpm_facts tpm;
static struct progress progress;
static struct media_facts medium;
static struct break_glass_trace break_glass;
static struct plan plan;
static struct policy policy;
static struct settings settings;
static struct inventory inventory;
static struct checkup checkup;

static int set_up(void **state)
{
        static const struct check_fact good = { .state = FACT_GOOD };

        memset(&tpm, 0, sizeof(tpm));
        memset(&progress, 0, sizeof(progress));
        memset(&medium, 0, sizeof(medium));
        memset(&break_glass, 0, sizeof(break_glass));
        memset(&plan, 0, sizeof(plan));
        settings_init(&settings);
        tpm.present = true;
        medium.health.known = true;
        facts = (struct checkup_facts){ .our_boot = true,
                                        .root_verified = true,
                                        .settings = &settings,
                                        .esp_writable = true,
                                        .esp_free_bytes = 64 << 20,
                                        .variables = STORE_WRITABLE,
                                        .tpm_facts = &tpm,
                                        .secure_boot = SECURE_BOOT_ON,
                                        .firmware_keys = { .known = true },
                                        .seal_pcrs_known = true,
                                        .seal_pcrs = 1 << 7,
                                        .progress = &progress,
                                        .medium = &medium,
                                        .break_glass = &break_glass,
                                        .reset_key = RESET_KEY_NONE };
        for (enum check check = 0; check < CHECK_COUNT; check++)
                facts.tried[check] = good;
        return 0;
}

static const struct check_result *judge(const char *name)
{
        checkup_judge(&facts, &checkup);
        for (size_t i = 0; i < checkup.count; i++)
                if (strcmp(checkup.results[i].name, name) == 0)
                        return &checkup.results[i];
        fail_msg("there is no check \"%s\"", name);
        return NULL;
}

/* Finds exactly one thing amiss, and what to do about it. */
static void assert_found(const char *name, enum check_severity severity, const char *words)
{
        const struct check_result *result = judge(name);

        if (result->severity != severity)
                fail_msg("%s is %s: %s", name, check_severity_name(result->severity), result->text);
        if (!strstr(result->text, words))
                fail_msg("\"%s\" is not in: %s", words, result->text);
        if (severity >= SEVERITY_WARNING)
                assert_non_null(result->remedy);
        for (size_t i = 0; i < checkup.count; i++)
                if (&checkup.results[i] != result)
                        assert_int_not_equal(checkup.results[i].severity, SEVERITY_FAILURE);
        assert_true(checkup_failed(&checkup, SCOPE_DOCTOR) == (severity == SEVERITY_FAILURE));
        (void)set_up(NULL);
}

static void nothing_is_found_where_nothing_is_amiss(void **state)
{
        checkup_judge(&facts, &checkup);
        for (size_t i = 0; i < checkup.count; i++) {
                assert_int_equal(checkup.results[i].severity, SEVERITY_GOOD);
                assert_null(checkup.results[i].remedy);
                assert_true(checkup.results[i].text[0]);
        }
        assert_false(checkup_failed(&checkup, SCOPE_DOCTOR));
}

static void nothing_known_is_no_verdict(void **state)
{
        facts = (struct checkup_facts){
                .tpm_facts = &tpm, .progress = &progress, .medium = &medium, .break_glass = &break_glass
        };
        medium.health.known = false;
        checkup_judge(&facts, &checkup);
        for (size_t i = 0; i < checkup.count; i++)
                if (strcmp(checkup.results[i].name, "boot") != 0)
                        assert_int_not_equal(checkup.results[i].severity, SEVERITY_FAILURE);
        assert_int_equal(judge("manifest")->severity, SEVERITY_UNKNOWN);
        assert_int_equal(judge("variable-store")->severity, SEVERITY_UNKNOWN);
}

static void what_the_image_lacks_is_a_failure_in_the_words_of_who_looked(void **state)
{
        const struct check_fact bad = { FACT_BAD, "cleanslate.conf:7: tpm-clear: is not valid" };

        facts.tried[CHECK_POLICY] = bad;
        assert_found("policy", SEVERITY_FAILURE, "cleanslate.conf:7: tpm-clear");
        facts.tried[CHECK_MANIFEST] = bad;
        assert_found("manifest", SEVERITY_FAILURE, bad.detail);
        facts.tried[CHECK_FACTORY_FILES] = bad;
        assert_found("factory-files", SEVERITY_FAILURE, bad.detail);
        facts.tried[CHECK_MKFS] = bad;
        assert_found("mkfs", SEVERITY_FAILURE, bad.detail);
        facts.tried[CHECK_TPM_SEALING] = bad;
        assert_found("tpm-sealing", SEVERITY_FAILURE, bad.detail);
        facts.tried[CHECK_DISK_COPY] = bad;
        assert_found("disk-copy", SEVERITY_FAILURE, bad.detail);
        facts.stub_is_other = true;
        assert_found("boot", SEVERITY_NOTE, "There is no menu and no break-glass");
        facts.stub_is_other = true;
        assert_found("boot", SEVERITY_NOTE, "resealed as planned."); /* whole */
        facts.stub_is_other = true;
        facts.our_boot = false;
        assert_found("boot", SEVERITY_FAILURE, "not started by Cleanslate");
}

static void stores_are_told_apart_by_what_is_wrong_with_them(void **state)
{
        facts.esp_free_bytes = CHECKUP_ESP_FREE_MIN - 1;
        assert_found("esp-space", SEVERITY_FAILURE, "1023 KiB");
        facts.esp_free_bytes = CHECKUP_ESP_FREE_MIN;
        assert_found("esp-space", SEVERITY_WARNING, "1024 KiB");
        facts.esp_free_bytes = CHECKUP_ESP_FREE_SCARCE;
        assert_found("esp-space", SEVERITY_GOOD, "4096 KiB");
        facts.esp_writable = false;
        assert_found("esp", SEVERITY_FAILURE, "write-protected");
        facts.variables = STORE_FULL;
        assert_found("variable-store", SEVERITY_FAILURE, "full");
        facts.variables = STORE_READ_ONLY;
        assert_found("variable-store", SEVERITY_FAILURE, "read-only");
        facts.variables = STORE_FORGETS;
        assert_found("variable-store", SEVERITY_FAILURE, "forgets");
        facts.variables = STORE_ROOM_UNKNOWN;
        assert_found("variable-store", SEVERITY_GOOD, "does not report free space");
        facts.variables = STORE_UNTRIED;
        assert_found("variable-store", SEVERITY_UNKNOWN, "cannot be found out");
}

static void a_tpm_that_cannot_be_cleared_is_as_bad_as_the_policy_makes_it(void **state)
{
        tpm.disable_clear = true;
        assert_found("tpm-clear", SEVERITY_FAILURE, "disableClear");
        tpm.disable_clear = true;
        facts.tpm_policy = TPM_CLEAR_TRY;
        assert_found("tpm-clear", SEVERITY_WARNING, "disableClear");
        tpm.disable_clear = true;
        tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = 5 };
        assert_found("tpm-clear", SEVERITY_NOTE, "firmware will be asked");
        tpm.lockout_auth_set = true;
        assert_found("tpm-clear", SEVERITY_FAILURE, "nobody here knows it");
        tpm.lockout_auth_set = facts.image_brings_lockout_auth = true;
        assert_found("tpm-clear", SEVERITY_NOTE, "only the reset tries");
        tpm.in_lockout = true;
        assert_found("tpm-clear", SEVERITY_FAILURE, "in lockout");
        tpm.lockout_blocked = true;
        assert_found("tpm-clear", SEVERITY_FAILURE, "accepts no lockout authorization for a while");
        tpm.disable_clear = true;
        facts.tpm_policy = TPM_CLEAR_SKIP;
        assert_found("tpm-clear", SEVERITY_NOTE, "leaves the TPM");
        facts.tried[CHECK_TPM].state = FACT_UNTRIED;
        assert_found("tpm", SEVERITY_WARNING, "no TPM");
}

static void what_is_left_over_is_named(void **state)
{
        facts.request = REQUEST_MALFORMED;
        assert_found("request", SEVERITY_WARNING, "malformed");
        facts.request = REQUEST_FOREIGN;
        assert_found("request", SEVERITY_WARNING, "another system");
        progress.phase = PHASE_ERASED;
        progress.failures = 2;
        strcpy(progress.last_error, "no room");
        assert_found("progress", SEVERITY_WARNING, "phase erased), with 2 failed attempts, the last one: no room.");
        break_glass.count = 3;
        assert_found("break-glass", SEVERITY_NOTE, "3 time(s)");
        facts.break_glass_damaged = true;
        assert_found("break-glass", SEVERITY_WARNING, "damaged");
}

static void a_key_that_would_not_do_is_warned_of(void **state)
{
        static const uint32_t good[] = { 0, 259, 300 };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                facts.reset_key = RESET_KEY_SET;
                facts.systemd_version = good[i];
                assert_found("reset-key", SEVERITY_GOOD, "A hardware key is set to request a reset");
        }
        facts.reset_key = RESET_KEY_SET;
        facts.systemd_version = 252;
        assert_found("reset-key", SEVERITY_WARNING, "logind of systemd 252 aborts instead");
        facts.reset_key = RESET_KEY_SET;
        facts.systemd_version = 258;
        assert_found("reset-key", SEVERITY_WARNING, "logind of systemd 258 aborts instead");
        facts.reset_key = RESET_KEY_UNKNOWN;
        assert_found("reset-key", SEVERITY_UNKNOWN, "does not say");
}

static void what_the_console_may_is_told(void **state)
{
        assert_found("console", SEVERITY_GOOD, "needs no password");
        settings.access.reset = ACCESS_PASSWORD;
        assert_found("console", SEVERITY_GOOD, "needs the image's password");
        settings.access.reset = ACCESS_OFF;
        assert_found("console", SEVERITY_NOTE, "only the vendor can reset this device");
        settings_init(&settings);
        settings.menu = MENU_OFF;
        assert_found("console", SEVERITY_GOOD, "needs no password"); /* the recovery page comes by itself */
        settings.menu = MENU_OFF;
        settings.boots_max = 0;
        assert_found("console", SEVERITY_NOTE, "only the vendor can reset this device");
        facts.settings = NULL;
        assert_found("console", SEVERITY_UNKNOWN, "not known");
}

static void machine_and_medium_are_looked_at(void **state)
{
        medium.health.failing = true;
        assert_found("disk-health", SEVERITY_WARNING, "failing");
        medium.health.pending = 1;
        assert_found("disk-health", SEVERITY_WARNING, "unreadable");
        medium.health.worn_known = true;
        medium.health.percentage_used = CHECKUP_MEDIUM_WORN;
        assert_found("disk-health", SEVERITY_NOTE, "endurance");
        medium.sanitize_failed = true;
        assert_found("disk-health", SEVERITY_FAILURE, "sanitize");
        facts.secure_boot = SECURE_BOOT_OFF;
        assert_found("secure-boot", SEVERITY_WARNING, "off");
        facts.firmware_keys = (struct firmware_keys){ .known = true, .third_party = "Microsoft UEFI CA 2023" };
        assert_found("secure-boot-keys", SEVERITY_NOTE, "third party has signed (db has \"Microsoft UEFI CA 2023\")");
        facts.firmware_keys.test_key = "DO NOT TRUST";
        assert_found("secure-boot-keys", SEVERITY_WARNING, "meant for tests (\"DO NOT TRUST\")");
        facts.seal_pcrs = 1 << 4 | 1 << 7;
        facts.seal_pcrs_blank = 1 << 4;
        assert_found("seal-pcrs", SEVERITY_WARNING, "measures nothing to what keys are sealed to: PCR 4.");
        facts.seal_pcrs = facts.seal_pcrs_blank = 0;
        assert_found("seal-pcrs", SEVERITY_WARNING, "PCR 11 alone");
        facts.on_battery = true;
        facts.battery_percent = CHECKUP_BATTERY_MIN - 1;
        assert_found("power", SEVERITY_FAILURE, "29%");
        facts.on_battery = true;
        facts.battery_percent = CHECKUP_BATTERY_MIN;
        assert_found("power", SEVERITY_NOTE, "30%");
        facts.on_battery = true;
        facts.battery_percent = 255;
        assert_found("power", SEVERITY_WARNING, "not known");
}

static void each_refusal_of_the_plan_is_a_finding_of_its_own(void **state)
{
        plan.refusals[plan.refusal_count++] = REFUSE_NO_SPACE;
        plan.refusals[plan.refusal_count++] = REFUSE_WRONG_DISK;
        facts.refused_plan = &plan;
        facts.refused_policy = &policy;
        facts.refused_inventory = &inventory;
        assert_int_equal(judge("no-space")->severity, SEVERITY_FAILURE);
        assert_string_equal(judge("wrong-disk")->text, refusal_text(REFUSE_WRONG_DISK));
        assert_true(checkup_failed(&checkup, SCOPE_PREFLIGHT));
}

/* What stops a reset, and what only somebody who asks beforehand hears of. */
static void the_reset_itself_looks_at_what_it_cannot_do_without(void **state)
{
        facts.tried[CHECK_INTEGRITY] = (struct check_fact){ FACT_BAD, "no dm-integrity" };
        assert_found("integrity", SEVERITY_FAILURE, "no dm-integrity");
        facts.tried[CHECK_ESP] = (struct check_fact){ FACT_BAD, "no room" };
        checkup_judge(&facts, &checkup);
        assert_true(checkup_failed(&checkup, SCOPE_RESET));
        (void)set_up(NULL);
        facts.on_battery = true; /* a power cut does no harm */
        checkup_judge(&facts, &checkup);
        assert_true(checkup_failed(&checkup, SCOPE_PREFLIGHT));
        assert_false(checkup_failed(&checkup, SCOPE_RESET));
        facts.tried[CHECK_TPM] = (struct check_fact){ FACT_BAD, "The TPM does not answer." };
        facts.tpm_unneeded = true;
        facts.on_battery = false;
        assert_found("tpm", SEVERITY_WARNING, "does not answer. A reset can do without it.");
        facts.tried[CHECK_TPM] = (struct check_fact){ FACT_BAD, "The TPM does not answer." };
        assert_found("tpm", SEVERITY_FAILURE, "does not answer.");
}

static void one_check_is_judged_as_among_all(void **state)
{
        struct check_result one;

        facts.tried[CHECK_MANIFEST] = (struct check_fact){ FACT_BAD, "It is short." };
        plan.refusals[plan.refusal_count++] = REFUSE_NO_SPACE;
        facts.refused_plan = &plan;
        facts.refused_policy = &policy;
        facts.refused_inventory = &inventory;
        checkup_judge(&facts, &checkup);
        assert_int_equal(checkup.count, CHECK_COUNT);
        for (enum check check = 0; check < CHECK_COUNT; check++) {
                checkup_judge_one(&facts, check, &one);
                assert_string_equal(one.name, checkup.results[check].name);
                assert_string_equal(one.text, checkup.results[check].text);
                assert_int_equal(one.severity, checkup.results[check].severity);
                assert_int_equal(one.scope, check_scope(check));
                if (check != CHECK_PLAN)
                        assert_string_equal(one.name, check_name(check));
        }
}

static void long_words_are_cut_and_a_preflight_is_not_about_everything(void **state)
{
        char words[2 * CHECKUP_TEXT_MAX];

        memset(words, 'x', sizeof(words) - 1);
        words[sizeof(words) - 1] = 0;
        facts.tried[CHECK_MANIFEST] = (struct check_fact){ FACT_BAD, words };
        assert_int_equal(strlen(judge("manifest")->text), CHECKUP_TEXT_MAX - 1);
        assert_true(checkup_failed(&checkup, SCOPE_PREFLIGHT));
        (void)set_up(NULL);
        medium.sanitize_failed = true;
        checkup_judge(&facts, &checkup);
        assert_true(checkup_failed(&checkup, SCOPE_DOCTOR));
        assert_false(checkup_failed(&checkup, SCOPE_PREFLIGHT));
}

#define TEST(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(nothing_is_found_where_nothing_is_amiss),
                TEST(nothing_known_is_no_verdict),
                TEST(what_the_image_lacks_is_a_failure_in_the_words_of_who_looked),
                TEST(stores_are_told_apart_by_what_is_wrong_with_them),
                TEST(a_tpm_that_cannot_be_cleared_is_as_bad_as_the_policy_makes_it),
                TEST(what_is_left_over_is_named),
                TEST(a_key_that_would_not_do_is_warned_of),
                TEST(what_the_console_may_is_told),
                TEST(machine_and_medium_are_looked_at),
                TEST(each_refusal_of_the_plan_is_a_finding_of_its_own),
                TEST(the_reset_itself_looks_at_what_it_cannot_do_without),
                TEST(one_check_is_judged_as_among_all),
                TEST(long_words_are_cut_and_a_preflight_is_not_about_everything),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
