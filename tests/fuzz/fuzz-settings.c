/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate.conf: whatever the text, what is accepted is within its domain, and what is refused changes nothing. */
#include "common/policy/policy.h"
#include "tests/fuzz/fuzz.h"

static void check_disks(const struct settings *settings)
{
        MUST(settings->disk_count <= POLICY_DISKS_MAX);
        for (size_t i = 0; i < settings->disk_count; i++) {
                const struct disk_definition *disk = &settings->disks[i];
                size_t length = strnlen(disk->value, DISK_VALUE_MAX);

                MUST(length < DISK_VALUE_MAX && (length == 0) == (disk->match == DISK_MATCH_ALL_INTERNAL));
                MUST(disk->level >= ERASE_LEVEL_CRYPTO && disk->level <= ERASE_LEVEL_PURGE);
                MUST(!disk->fall_back || disk->level == ERASE_LEVEL_PURGE);
                MUST(disk->verify < DISK_VERIFY_COUNT && disk->line > 0);
                MUST(disk->match != DISK_MATCH_PATH || strncmp(disk->value, "/sys/devices/", 13) == 0);
                for (size_t j = 0; j < i; j++)
                        MUST(disk->match != settings->disks[j].match || strcmp(disk->value, settings->disks[j].value) != 0);
        }
}

static void check_preserve_rules(const struct settings *settings)
{
        MUST(settings->preserve_rule_count <= POLICY_PRESERVE_RULES_MAX);
        for (size_t i = 0; i < settings->preserve_rule_count; i++) {
                const struct preserve_rule *rule = &settings->preserve_rules[i];

                MUST(rule->path[0] == '/' && rule->path[1] != '\0' && strnlen(rule->path, POLICY_PATH_MAX) < POLICY_PATH_MAX);
                MUST(rule->size_max_bytes > 0 && rule->size_max_bytes <= UINT32_C(4) << 20);
                for (size_t j = 0; j < i; j++)
                        MUST(strcmp(rule->path, settings->preserve_rules[j].path) != 0);
        }
}

/* Whoever needs a password can be asked for one, in a bounded time; a device that the vendor alone can reset says so. */
static void check_console(const struct settings *settings)
{
        const struct console_access *access = &settings->access;
        bool asks =
                access->reset == ACCESS_PASSWORD || access->recovery == ACCESS_PASSWORD || access->break_glass == ACCESS_PASSWORD;
        uint32_t iterations = settings->password.iterations;

        MUST(access->reset < ACCESS_COUNT && access->recovery < ACCESS_COUNT && access->break_glass < ACCESS_COUNT);
        MUST(asks == (iterations > 0));
        MUST(iterations == 0 || (iterations >= PASSWORD_ITERATIONS_MIN && iterations <= PASSWORD_ITERATIONS_MAX));
        MUST(iterations == 0 ||
             (settings->password.salt_size >= PASSWORD_SALT_MIN && settings->password.salt_size <= PASSWORD_SALT_MAX));
        MUST(settings->says_only_vendor_resets == settings_only_vendor_can_reset(settings));
        MUST(settings->break_glass == BREAK_GLASS_OFF || access->break_glass >= access->reset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct policy policy;
        const struct settings *settings = &policy.settings;
        struct settings before;
        struct policy_error error;
        char text[256];

        policy_init(&policy);
        memcpy(&before, settings, sizeof(before)); /* its holes too: nothing at all is touched */
        if (policy_read_settings(&policy, "fuzz.conf", (const char *)data, size, &error) != ERR_OK) {
                MUST(memcmp(&before, settings, sizeof(before)) == 0);
                policy_error_format(&error, text, sizeof(text));
                MUST(error.err != ERR_OK && strnlen(text, sizeof(text)) < sizeof(text));
                return 0;
        }
        MUST(settings->failures_max >= 1 && settings->failures_max <= 100);
        MUST(settings->erase_level <= ERASE_LEVEL_PURGE);
        MUST(settings->verify == VERIFICATION_FULL || settings->verify == VERIFICATION_SAMPLED);
        MUST(settings->tpm_clear >= TPM_CLEAR_REQUIRED && settings->tpm_clear <= TPM_CLEAR_SKIP);
        MUST(settings->without_tpm == WITHOUT_TPM_REFUSE || settings->without_tpm == WITHOUT_TPM_PLAIN);
        MUST(policy.partition_count == 0);
        MUST(settings->postpone_max_s <= 366u * 24 * 60 * 60 && settings->warn_s <= 24u * 60 * 60);
        MUST((settings->seal_pcrs & ~UINT32_C(0xf7ff)) == 0);
        check_disks(settings);
        check_preserve_rules(settings);
        check_console(settings);
        return 0;
}
