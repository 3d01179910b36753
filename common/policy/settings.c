/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate.conf: what repart.d cannot say. Stricter than repart.d's reader: what is not known, or said twice, is an error,
 * because a misspelt key here would weaken an erasure without a word. */
#include "common/base/bytes.h"
#include "common/base/ini.h"
#include "common/format/pcr.h"
#include "common/policy/disk-definition.h"
#include "common/policy/keep-rule.h"
#include "common/policy/policy-values.h"
#include "common/policy/policy.h"

#define ATTEMPTS_MAX       100
#define MENU_TIMEOUT_MAX_S 300
#define MENU_SHOWN_S       5

#define BOOT_LOADER_AREA_DEFAULT (UINT64_C(1) << 20)
#define BOOT_LOADER_AREA_MAX     (UINT64_C(1) << 30)

#define POSTPONE_MAX_DEFAULT_S (24 * 60 * 60)
#define POSTPONE_MAX_S         (366 * 24 * 60 * 60)
#define WARN_DEFAULT_S         (10 * 60)
#define WARN_MAX_S             (24 * 60 * 60)

/* The value's place among `names`, or -1. */
static int place_of(const char *value, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (text_equal(value, names[i]))
                        return (int)i;
        return -1;
}

static const char *const break_glass_names[BREAK_GLASS_POLICY_COUNT] = {
        [BREAK_GLASS_OFF] = "off",
        [BREAK_GLASS_ALLOWED] = "allowed",
        [BREAK_GLASS_THEN_RESET] = "then-reset",
};

const char *break_glass_policy_name(enum break_glass_policy policy)
{
        return (unsigned)policy < BREAK_GLASS_POLICY_COUNT ? break_glass_names[policy] : "unknown";
}

enum break_glass_policy break_glass_stricter(enum break_glass_policy a, enum break_glass_policy b)
{
        if (a == BREAK_GLASS_OFF || b == BREAK_GLASS_OFF)
                return BREAK_GLASS_OFF;
        return a == BREAK_GLASS_THEN_RESET ? a : b;
}

static bool set_number(const char *value, uint64_t least, uint64_t most, uint32_t *ret)
{
        uint64_t number;

        if (!text_to_u64(value, text_length(value), &number) || number < least || number > most)
                return false;
        *ret = (uint32_t)number;
        return true;
}

static bool set_erase_level(struct settings *settings, const char *value)
{
        return erase_level_parse(value, &settings->erase_level);
}

static bool set_tpm_clear(struct settings *settings, const char *value)
{
        return tpm_clear_policy_parse(value, &settings->tpm_clear);
}

static bool set_without_tpm(struct settings *settings, const char *value)
{
        bool plain = text_equal(value, "plain");

        if (!plain && !text_equal(value, "refuse"))
                return false;
        settings->without_tpm = plain ? WITHOUT_TPM_PLAIN : WITHOUT_TPM_REFUSE;
        return true;
}

static bool set_unallocated(struct settings *settings, const char *value)
{
        static const char *const names[UNALLOCATED_POLICY_COUNT] = { "erase", "all", "leave" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->unallocated = (enum unallocated_policy)place;
        return true;
}

static bool set_boot_loader_area(struct settings *settings, const char *value)
{
        uint64_t bytes;

        if (!value_to_size(value, &bytes) || bytes > BOOT_LOADER_AREA_MAX)
                return false;
        settings->boot_loader_bytes = bytes;
        return true;
}

static bool set_undeclared(struct settings *settings, const char *value)
{
        static const char *const names[UNDECLARED_POLICY_COUNT] = { "keep", "erase", "refuse" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->undeclared = (enum undeclared_policy)place;
        return true;
}

static bool set_lockout_auth(struct settings *settings, const char *value)
{
        return value_to_path(value, text_length(value), settings->tpm_lockout_auth) == ERR_OK && settings->tpm_lockout_auth[1];
}

static bool set_attempts(struct settings *settings, const char *value)
{
        return set_number(value, 1, ATTEMPTS_MAX, &settings->failures_max);
}

static bool set_overwrite(struct settings *settings, const char *value)
{
        static const char *const names[PATTERN_COUNT] = { [PATTERN_ZEROS] = "zeros", [PATTERN_KEYSTREAM] = "keystream" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->overwrite = (enum erase_pattern)place;
        return true;
}

/* Not reading back at all cannot be asked for. */
static bool set_verify(struct settings *settings, const char *value)
{
        bool sampled = text_equal(value, "sampled");

        if (!sampled && !text_equal(value, "full"))
                return false;
        settings->verify = sampled ? VERIFICATION_SAMPLED : VERIFICATION_FULL;
        return true;
}

static bool set_bad_sectors(struct settings *settings, const char *value)
{
        bool partial = text_equal(value, "partial");

        if (!partial && !text_equal(value, "fail"))
                return false;
        settings->bad_sectors = partial ? BAD_SECTORS_PARTIAL : BAD_SECTORS_FAIL;
        return true;
}

static bool set_menu(struct settings *settings, const char *value)
{
        static const char *const names[MENU_MODE_COUNT] = { "hidden", "show", "off" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->menu = (enum menu_mode)place;
        return true;
}

static bool set_menu_timeout(struct settings *settings, const char *value)
{
        settings->menu_timeout_set = true;
        return set_number(value, 0, MENU_TIMEOUT_MAX_S, &settings->menu_timeout_s);
}

static bool set_access(const char *value, enum access *ret)
{
        return access_parse(value, text_length(value), ret);
}

static bool set_menu_reset(struct settings *settings, const char *value)
{
        return set_access(value, &settings->access.reset);
}

static bool set_menu_recovery(struct settings *settings, const char *value)
{
        return set_access(value, &settings->access.recovery);
}

static bool set_menu_break_glass(struct settings *settings, const char *value)
{
        return set_access(value, &settings->access.break_glass);
}

static bool set_password(struct settings *settings, const char *value)
{
        return password_hash_parse(value, text_length(value), &settings->password) == ERR_OK;
}

static bool set_only_vendor(struct settings *settings, const char *value)
{
        settings->says_only_vendor_resets = text_equal(value, SETTINGS_ONLY_VENDOR);
        return settings->says_only_vendor_resets;
}

static bool set_boots(struct settings *settings, const char *value)
{
        return set_number(value, 0, ATTEMPTS_MAX, &settings->boots_max);
}

static bool set_break_glass(struct settings *settings, const char *value)
{
        int place = place_of(value, break_glass_names, ARRAY_SIZE(break_glass_names));

        if (place < 0)
                return false;
        settings->break_glass = (enum break_glass_policy)place;
        return true;
}

static bool set_root(struct settings *settings, const char *value)
{
        static const char *const names[ROOT_POLICY_COUNT] = { "verity", "signed" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->root = (enum root_policy)place;
        return true;
}

static bool set_language(struct settings *settings, const char *value)
{
        return language_parse(value, &settings->language);
}

/* One of two words; *ret tells whether it was the second one. */
static bool set_choice(const char *value, const char *first, const char *second, bool *ret)
{
        *ret = text_equal(value, second);
        return *ret || text_equal(value, first);
}

static bool set_esp_undeclared(struct settings *settings, const char *value)
{
        static const char *const names[ESP_UNDECLARED_COUNT] = { "loaders", "keep", "remove" };
        int place = place_of(value, names, ARRAY_SIZE(names));

        if (place < 0)
                return false;
        settings->esp_undeclared = (enum esp_undeclared)place;
        return true;
}

static bool set_esp_free_space(struct settings *settings, const char *value)
{
        return set_choice(value, "overwrite", "leave", &settings->esp_leave_free_space);
}

/* NAME-GUID, divided by blanks. */
static bool set_variables(const char *value, bool (*can_be_listed)(const struct variable_name *variable),
                          struct variable_name ret[static VARIABLES_LISTED_MAX], uint8_t *ret_count)
{
        for (size_t length; *value != '\0'; value += length) {
                for (length = 0; *value == ' ' || *value == '\t';)
                        value++;
                while (value[length] != '\0' && value[length] != ' ' && value[length] != '\t')
                        length++;
                if (length == 0)
                        break;
                if (*ret_count == VARIABLES_LISTED_MAX || !variable_name_parse(value, length, &ret[*ret_count]) ||
                    !can_be_listed(&ret[*ret_count]))
                        return false;
                (*ret_count)++;
        }
        return true;
}

static bool set_variables_remove(struct settings *settings, const char *value)
{
        return set_variables(value, variable_can_be_listed, settings->variables.remove, &settings->variables.remove_count);
}

static bool set_after_rebuild(struct settings *settings, const char *value)
{
        return set_choice(value, "no", "yes", &settings->hooks_after_rebuild);
}

static bool set_variables_keep(struct settings *settings, const char *value)
{
        return set_variables(value, variable_can_be_kept, settings->variables.keep, &settings->variables.keep_count);
}

/* A number and a unit; without one it is seconds. */
static bool set_span(const char *value, uint64_t most_s, uint32_t *ret)
{
        static const struct {
                const char *unit;
                uint32_t seconds;
        } units[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, { "h", 60 * 60 }, { "d", 24 * 60 * 60 } };
        uint64_t number;
        size_t digits = 0;

        while (value[digits] >= '0' && value[digits] <= '9')
                digits++;
        if (!text_to_u64(value, digits, &number))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (text_equal(value + digits, units[i].unit) && number <= most_s / units[i].seconds) {
                        *ret = (uint32_t)(number * units[i].seconds);
                        return true;
                }
        return false;
}

static bool set_max_postpone(struct settings *settings, const char *value)
{
        return set_span(value, POSTPONE_MAX_S, &settings->postpone_max_s);
}

static bool set_warn(struct settings *settings, const char *value)
{
        return set_span(value, WARN_MAX_S, &settings->warn_s);
}

static bool set_mok(struct settings *settings, const char *value)
{
        bool reset;
        bool known = set_choice(value, "keep", "reset", &reset);

        settings->variables.mok = reset ? MOK_RESET : MOK_KEEP;
        return known;
}

static bool set_seal_pcrs(struct settings *settings, const char *value)
{
        return pcr_mask_parse(value, &settings->seal_pcrs);
}

static bool set_recovery_key(struct settings *settings, const char *value)
{
        return set_choice(value, "no", "yes", &settings->seal_recovery_key);
}

static const struct {
        const char *section, *key;
        bool (*set)(struct settings *settings, const char *value);
        const char *domain;
} keys[] = {
        { "Reset", "erase-level", set_erase_level, "one of crypto, clear, purge" },
        { "Reset", "tpm-clear", set_tpm_clear, "one of required, try, skip" },
        { "Reset", "without-tpm", set_without_tpm, "one of refuse, plain" },
        { "Reset", "unallocated", set_unallocated, "one of erase, all, leave" },
        { "Reset", "boot-loader-area", set_boot_loader_area, "0 to 1G, in bytes or with K, M, G behind the number" },
        { "Reset", "undeclared-partitions", set_undeclared, "one of keep, erase, refuse" },
        { "Reset", "tpm-lockout-auth", set_lockout_auth, "the absolute path of a file inside of the image" },
        { "Reset", "attempts", set_attempts, "1 to 100" },
        { "Reset", "overwrite", set_overwrite, "one of zeros, keystream" },
        { "Reset", "verify", set_verify, "one of full, sampled" },
        { "Reset", "bad-sectors", set_bad_sectors, "one of fail, partial" },
        { "Menu", "mode", set_menu, "one of hidden, show, off" },
        { "Menu", "timeout", set_menu_timeout, "0 to 300 seconds" },
        { "Menu", "reset", set_menu_reset, "one of allowed, password, off" },
        { "Menu", "recovery", set_menu_recovery, "one of allowed, password, off" },
        { "Menu", "break-glass", set_menu_break_glass, "one of allowed, password, off" },
        { "Menu", "password", set_password, "a salted hash, as cleanslate-image password-hash prints it" },
        { "Menu", "if-system-does-not-start", set_only_vendor, "\"" SETTINGS_ONLY_VENDOR "\", word by word" },
        { "Boot", "attempts", set_boots, "0 to 100, 0 = not counted" },
        { "BreakGlass", "mode", set_break_glass, "one of off, allowed, then-reset" },
        { "Image", "root", set_root, "one of verity, signed" },
        { "Display", "language", set_language, "one of en, de" },
        { "ESP", "undeclared", set_esp_undeclared, "one of loaders, keep, remove" },
        { "ESP", "free-space", set_esp_free_space, "one of overwrite, leave" },
        { "Hooks", "after-rebuild", set_after_rebuild, "one of no, yes" },
        { "Schedule", "max-postpone", set_max_postpone, "a time of at most 366d, like 90min, 12h, 2d; 0 = not at all" },
        { "Schedule", "warn", set_warn, "a time of at most 1d, like 30s, 10min; 0 = nobody is warned" },
        { "Seal", "recovery-key", set_recovery_key, "one of no, yes" },
        { "Seal", "pcrs", set_seal_pcrs, "PCRs of 0 to 15 without 11, divided by \"+\", like 4+7" },
        { "Variables", "remove", set_variables_remove, "at most 16 NAME-GUID; none of the firmware's, Secure Boot's or ours" },
        { "Variables", "keep", set_variables_keep,
          "at most 16 NAME-GUID; boot entries, but nothing else of the firmware's or ours" },
        { "Variables", "mok", set_mok, "one of keep, reset" },
};

static bool section_is_known(const char *section)
{
        if (text_equal(section, DISK_SECTION) || text_equal(section, KEEP_SECTION))
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (text_equal(section, keys[i].section))
                        return true;
        return false;
}

/* What is known while the file is read. */
struct reading {
        struct settings settings;
        unsigned lines[ARRAY_SIZE(keys)]; /* where each key stands; 0 = nowhere */
        struct disk_draft disk;
        struct keep_draft keep;
        bool in_disk, in_keep;
        unsigned section_line; /* where the present section begins */
        const char *detail;    /* what would be right, in words */
};

static enum err apply(struct reading *reading, const struct ini *ini)
{
        if (reading->in_disk)
                return disk_draft_apply(&reading->disk, ini->key, ini->value, &reading->detail);
        if (reading->in_keep)
                return keep_draft_apply(&reading->keep, ini->key, ini->value, &reading->detail);
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                if (!text_equal(ini->section, keys[i].section) || !text_equal(ini->key, keys[i].key))
                        continue;
                reading->detail = "";
                if (reading->lines[i] > 0)
                        return ERR_DUPLICATE;
                reading->lines[i] = ini->line;
                reading->detail = keys[i].domain;
                return keys[i].set(&reading->settings, ini->value) ? ERR_OK : ERR_RANGE;
        }
        reading->detail = "see cleanslate.conf(5) for the keys of this section";
        return ERR_UNKNOWN_KEY;
}

/* A [Disk] or [Keep] is judged as a whole where it ends: at the next section or at the end of the file. */
static enum err end_section(struct reading *reading, const char **ret_section)
{
        bool in_disk = reading->in_disk, in_keep = reading->in_keep;

        reading->in_disk = reading->in_keep = false;
        *ret_section = in_disk ? DISK_SECTION : KEEP_SECTION;
        if (in_disk)
                return disk_draft_finish(&reading->disk, &reading->settings, &reading->detail);
        return in_keep ? keep_draft_finish(&reading->keep, &reading->settings, &reading->detail) : ERR_OK;
}

static enum err begin_section(struct reading *reading, const struct ini *ini)
{
        reading->in_disk = text_equal(ini->section, DISK_SECTION);
        reading->in_keep = text_equal(ini->section, KEEP_SECTION);
        reading->section_line = ini->line;
        if (reading->in_disk)
                disk_draft_init(&reading->disk, ini->line);
        if (reading->in_keep)
                keep_draft_init(&reading->keep);
        reading->detail = "the sections are [Reset] [Menu] [Boot] [BreakGlass] [Image] [Display] [Disk] [ESP] [Hooks] [Keep] "
                          "[Schedule] [Seal] [Variables]";
        return section_is_known(ini->section) ? ERR_OK : ERR_UNKNOWN_KEY;
}

void settings_init(struct settings *ret)
{
        *ret = (struct settings){ .erase_level = ERASE_LEVEL_UNSET,
                                  .tpm_clear = TPM_CLEAR_REQUIRED,
                                  .without_tpm = WITHOUT_TPM_REFUSE,
                                  .boot_loader_bytes = BOOT_LOADER_AREA_DEFAULT,
                                  .failures_max = 3,
                                  .verify = VERIFICATION_FULL,
                                  .boots_max = 3,
                                  .seal_pcrs = SEAL_PCRS_DEFAULT,
                                  .postpone_max_s = POSTPONE_MAX_DEFAULT_S,
                                  .warn_s = WARN_DEFAULT_S };
}

uint32_t settings_menu_timeout(const struct settings *settings)
{
        if (settings->menu_timeout_set)
                return settings->menu_timeout_s;
        return settings->menu == MENU_SHOW ? MENU_SHOWN_S : 0;
}

static enum err read_item(struct reading *reading, struct ini *ini, enum ini_item *ret_item, const char *file,
                          struct policy_error *ret_error)
{
        unsigned section_line = reading->section_line;
        const char *section;
        enum err err = ini_next(ini, ret_item);

        if (err != ERR_OK)
                return policy_error_fill(ret_error, err, file, ini->line, "", ini->detail);
        if (*ret_item == INI_ENTRY) {
                err = apply(reading, ini);
                return err == ERR_OK ? err : policy_error_fill(ret_error, err, file, ini->line, ini->key, reading->detail);
        }
        err = end_section(reading, &section);
        if (err != ERR_OK)
                return policy_error_fill(ret_error, err, file, section_line, section, reading->detail);
        if (*ret_item == INI_SECTION)
                err = begin_section(reading, ini);
        return err == ERR_OK ? err : policy_error_fill(ret_error, err, file, ini->line, ini->section, reading->detail);
}

static unsigned line_of(const struct reading *reading, const char *section, const char *key)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (text_equal(keys[i].section, section) && text_equal(keys[i].key, key))
                        return reading->lines[i];
        return 0;
}

/* What the settings are together, once all of them are known. */
static enum err finish(struct reading *reading, const char *file, struct policy_error *ret_error)
{
        const char *key, *detail;
        enum err err = settings_judge_console(&reading->settings, &key, &detail);

        if (err != ERR_OK)
                return policy_error_fill(ret_error, err, file, line_of(reading, "Menu", key), key, detail);
        if (reading->settings.access.break_glass == ACCESS_OFF)
                reading->settings.break_glass = BREAK_GLASS_OFF;
        return ERR_OK;
}

enum err settings_read(struct settings *settings, const char *file, const char *text, size_t size, struct policy_error *ret_error)
{
        struct reading reading = { .settings = *settings, .detail = "" };
        enum ini_item item;
        struct ini ini;
        enum err err;

        if (size > POLICY_FILE_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, file, 0, "", "the file may have 64 KiB");
        ini_init(&ini, text, size);
        do {
                err = read_item(&reading, &ini, &item, file, ret_error);
                if (err != ERR_OK)
                        return err;
        } while (item != INI_END);
        err = finish(&reading, file, ret_error);
        if (err != ERR_OK)
                return err;
        *settings = reading.settings;
        return ERR_OK;
}

enum err policy_read_settings(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error)
{
        return settings_read(&policy->settings, file, text, size, ret_error);
}

enum root_policy root_policy_stricter(enum root_policy a, enum root_policy b)
{
        return a == ROOT_SIGNED || b == ROOT_SIGNED ? ROOT_SIGNED : ROOT_VERITY;
}
