/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of settings. A parser of several keys knows its field by the row's offset; where a key means more than its field, it
 * has a parser of its own. */
#include "common/policy/setting.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/format/pcr.h"
#include "common/policy/policy-values.h"

#define ONE_OF "one of "

static void set_field(const struct setting *setting, struct settings *settings, const void *value, size_t size)
{
        memcpy((uint8_t *)settings + setting->offset, value, size);
}

/* The value's place among the words of the domain, or -1. */
static int place_of(const char *value, const char *domain)
{
        size_t length = text_length(value);
        const char *word = domain + sizeof(ONE_OF) - 1;

        for (int place = 0;; place++) {
                size_t end = 0;
                while (word[end] != '\0' && word[end] != ',')
                        end++;
                if (end == length && memcmp(word, value, length) == 0)
                        return place;
                if (word[end] == '\0')
                        return -1;
                word += end + 2;
        }
}

/* Into an enum whose values are in the order of the words, from `least` on. */
static bool to_enum(const struct setting *setting, const char *value, struct settings *settings)
{
        int place = place_of(value, setting->domain);
        uint32_t number = (uint32_t)place + (uint32_t)setting->least;

        if (place >= 0)
                set_field(setting, settings, &number, sizeof(number));
        return place >= 0;
}

/* The second of two words is what the field is named after. */
static bool to_flag(const struct setting *setting, const char *value, struct settings *settings)
{
        int place = place_of(value, setting->domain);
        bool flag = place == 1;

        if (place >= 0)
                set_field(setting, settings, &flag, sizeof(flag));
        return place >= 0;
}

static bool to_number(const struct setting *setting, const char *value, struct settings *settings)
{
        uint64_t number;

        if (!text_to_u64(value, text_length(value), &number) || number < setting->least || number > setting->most)
                return false;
        uint32_t field = (uint32_t)number;
        set_field(setting, settings, &field, sizeof(field));
        return true;
}

static bool to_size(const struct setting *setting, const char *value, struct settings *settings)
{
        uint64_t bytes;

        if (!value_to_size(value, &bytes) || bytes > setting->most)
                return false;
        set_field(setting, settings, &bytes, sizeof(bytes));
        return true;
}

/* A number and a unit; without one it is seconds. */
static bool to_span(const struct setting *setting, const char *value, struct settings *settings)
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
                if (text_equal(value + digits, units[i].unit) && number <= setting->most / units[i].seconds) {
                        uint32_t seconds = (uint32_t)(number * units[i].seconds);
                        set_field(setting, settings, &seconds, sizeof(seconds));
                        return true;
                }
        return false;
}

static bool to_erase_level(const struct setting *setting, const char *value, struct settings *settings)
{
        return erase_level_parse(value, &settings->erase_level);
}

static bool to_tpm_clear(const struct setting *setting, const char *value, struct settings *settings)
{
        return tpm_clear_policy_parse(value, &settings->tpm_clear);
}

static bool to_language(const struct setting *setting, const char *value, struct settings *settings)
{
        return language_parse(value, &settings->language);
}

static bool to_lockout_auth(const struct setting *setting, const char *value, struct settings *settings)
{
        return value_to_path(value, text_length(value), settings->tpm_lockout_auth) == ERR_OK && settings->tpm_lockout_auth[1];
}

static bool to_menu_timeout(const struct setting *setting, const char *value, struct settings *settings)
{
        settings->menu_timeout_set = true;
        return to_number(setting, value, settings);
}

static bool to_password(const struct setting *setting, const char *value, struct settings *settings)
{
        return password_hash_parse(value, text_length(value), &settings->password) == ERR_OK;
}

static bool to_only_vendor(const struct setting *setting, const char *value, struct settings *settings)
{
        settings->says_only_vendor_resets = text_equal(value, SETTINGS_ONLY_VENDOR);
        return settings->says_only_vendor_resets;
}

static bool to_pcrs(const struct setting *setting, const char *value, struct settings *settings)
{
        return pcr_mask_parse(value, &settings->seal_pcrs);
}

/* NAME-GUID, divided by blanks. */
static bool to_variables(const char *value, bool (*can_be_listed)(const struct variable_name *variable),
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

static bool to_variables_remove(const struct setting *setting, const char *value, struct settings *settings)
{
        return to_variables(value, variable_can_be_listed, settings->variables.remove, &settings->variables.remove_count);
}

static bool to_variables_keep(const struct setting *setting, const char *value, struct settings *settings)
{
        return to_variables(value, variable_can_be_kept, settings->variables.keep, &settings->variables.keep_count);
}

/* What to_enum relies on: the words in the order of their values, in fields of 32 bits. */
#define IN_ORDER(name, value) _Static_assert((name) == (value), "the order of the words in the table")
IN_ORDER(WITHOUT_TPM_PLAIN, 1);
IN_ORDER(UNALLOCATED_ALL, 1);
IN_ORDER(UNALLOCATED_LEAVE, 2);
IN_ORDER(UNDECLARED_ERASE, 1);
IN_ORDER(UNDECLARED_REFUSE, 2);
IN_ORDER(PATTERN_KEYSTREAM, 1);
IN_ORDER(VERIFICATION_SAMPLED, VERIFICATION_FULL + 1);
IN_ORDER(BAD_SECTORS_PARTIAL, 1);
IN_ORDER(MENU_SHOW, 1);
IN_ORDER(MENU_OFF, 2);
IN_ORDER(ACCESS_PASSWORD, 1);
IN_ORDER(ACCESS_OFF, 2);
IN_ORDER(BREAK_GLASS_ALLOWED, 1);
IN_ORDER(BREAK_GLASS_THEN_RESET, 2);
IN_ORDER(ROOT_SIGNED, 1);
IN_ORDER(LOOKALIKES_REFUSE, 1);
IN_ORDER(LOOKALIKES_LEAVE, 2);
IN_ORDER(ESP_UNDECLARED_KEEP, 1);
IN_ORDER(ESP_UNDECLARED_REMOVE, 2);
IN_ORDER(MOK_RESET, 1);
_Static_assert(sizeof(enum access) == sizeof(uint32_t) && sizeof(enum unallocated_policy) == sizeof(uint32_t), "to_enum");

#define FIELD(name) offsetof(struct settings, name)
#define ITS_OWN     0 /* the parser knows its field */
#define DAY_S       (24 * 60 * 60)
#define GIB         (UINT64_C(1) << 30)

const struct setting settings_table[SETTING_COUNT] = {
        { "Reset", "erase-level", to_erase_level, NULL, ONE_OF "crypto, clear, purge", ITS_OWN, 0, 0 },
        { "Reset", "tpm-clear", to_tpm_clear, "required", ONE_OF "required, try, skip", ITS_OWN, 0, 0 },
        { "Reset", "without-tpm", to_enum, "refuse", ONE_OF "refuse, plain", FIELD(without_tpm), 0, 0 },
        { "Reset", "unallocated", to_enum, "erase", ONE_OF "erase, all, leave", FIELD(unallocated), 0, 0 },
        { "Reset", "boot-loader-area", to_size, "1M", "0 to 1G, in bytes or with K, M, G behind the number",
          FIELD(boot_loader_bytes), 0, GIB },
        { "Reset", "look-alikes", to_enum, "erase", ONE_OF "erase, refuse, leave", FIELD(lookalikes), 0, 0 },
        { "Reset", "undeclared-partitions", to_enum, "keep", ONE_OF "keep, erase, refuse", FIELD(undeclared), 0, 0 },
        { "Reset", "tpm-lockout-auth", to_lockout_auth, NULL, "the absolute path of a file inside of the image", ITS_OWN, 0, 0 },
        { "Reset", "attempts", to_number, "3", "1 to 100", FIELD(failures_max), 1, 100 },
        { "Reset", "overwrite", to_enum, "zeros", ONE_OF "zeros, keystream", FIELD(overwrite), 0, 0 },
        { "Reset", "verify", to_enum, "full", ONE_OF "full, sampled", FIELD(verify), VERIFICATION_FULL, 0 },
        { "Reset", "bad-sectors", to_enum, "fail", ONE_OF "fail, partial", FIELD(bad_sectors), 0, 0 },
        { "Menu", "mode", to_enum, "hidden", ONE_OF "hidden, show, off", FIELD(menu), 0, 0 },
        { "Menu", "timeout", to_menu_timeout, NULL, "0 to 300 seconds", FIELD(menu_timeout_s), 0, 300 },
        { "Menu", "reset", to_enum, "allowed", ONE_OF "allowed, password, off", FIELD(access.reset), 0, 0 },
        { "Menu", "recovery", to_enum, "allowed", ONE_OF "allowed, password, off", FIELD(access.recovery), 0, 0 },
        { "Menu", "break-glass", to_enum, "allowed", ONE_OF "allowed, password, off", FIELD(access.break_glass), 0, 0 },
        { "Menu", "password", to_password, NULL, "a salted hash, as cleanslate-image password-hash prints it", ITS_OWN, 0, 0 },
        { "Menu", "if-system-does-not-start", to_only_vendor, NULL, "\"" SETTINGS_ONLY_VENDOR "\", word by word", ITS_OWN, 0, 0 },
        { "Boot", "attempts", to_number, "3", "0 to 100, 0 = not counted", FIELD(boots_max), 0, 100 },
        { "BreakGlass", "mode", to_enum, "off", ONE_OF "off, allowed, then-reset", FIELD(break_glass), 0, 0 },
        { "Image", "root", to_enum, "verity", ONE_OF "verity, signed", FIELD(root), 0, 0 },
        { "Display", "language", to_language, "en", ONE_OF "en, de", ITS_OWN, 0, 0 },
        { "ESP", "undeclared", to_enum, "loaders", ONE_OF "loaders, keep, remove", FIELD(esp_undeclared), 0, 0 },
        { "ESP", "free-space", to_flag, "overwrite", ONE_OF "overwrite, leave", FIELD(esp_leave_free_space), 0, 0 },
        { "Hooks", "after-rebuild", to_flag, "no", ONE_OF "no, yes", FIELD(hooks_after_rebuild), 0, 0 },
        { "Schedule", "max-postpone", to_span, "1d", "a time of at most 366d, like 90min, 12h, 2d; 0 = not at all",
          FIELD(postpone_max_s), 0, 366 * DAY_S },
        { "Schedule", "warn", to_span, "10min", "a time of at most 1d, like 30s, 10min; 0 = nobody is warned", FIELD(warn_s), 0,
          DAY_S },
        { "Seal", "recovery-key", to_flag, "no", ONE_OF "no, yes", FIELD(seal_recovery_key), 0, 0 },
        { "Seal", "pcrs", to_pcrs, "7", "PCRs of 0 to 15 without 11, divided by \"+\", like 4+7", ITS_OWN, 0, 0 },
        { "Variables", "remove", to_variables_remove, NULL, "at most 16 NAME-GUID; none of the firmware's, Secure Boot's or ours",
          ITS_OWN, 0, 0 },
        { "Variables", "keep", to_variables_keep, NULL,
          "at most 16 NAME-GUID; boot entries, but nothing else of the firmware's or ours", ITS_OWN, 0, 0 },
        { "Variables", "mok", to_enum, "keep", ONE_OF "keep, reset", FIELD(variables.mok), 0, 0 },
};
