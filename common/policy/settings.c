/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate.conf: what repart.d cannot say. Stricter than repart.d's reader: what is not known, or said twice, is an error,
 * because a misspelt key here would weaken an erasure without a word. */
#include "common/base/bytes.h"
#include "common/base/ini.h"
#include "common/policy/disk-definition.h"
#include "common/policy/policy-values.h"
#include "common/policy/preserve-rule.h"
#include "common/policy/setting.h"

#define MENU_SHOWN_S 5

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

static bool section_is_known(const char *section)
{
        if (text_equal(section, DISK_SECTION) || text_equal(section, PRESERVE_SECTION))
                return true;
        for (size_t i = 0; i < SETTING_COUNT; i++)
                if (text_equal(section, settings_table[i].section))
                        return true;
        return false;
}

/* What is known while the file is read. */
struct reading {
        struct settings settings;
        unsigned lines[SETTING_COUNT]; /* where each key stands; 0 = nowhere */
        struct disk_draft disk;
        struct preserve_draft keep;
        bool in_disk, in_keep;
        unsigned section_line; /* where the present section begins */
        const char *detail;    /* what would be right, in words */
};

static enum err apply(struct reading *reading, const struct ini *ini)
{
        if (reading->in_disk)
                return disk_draft_apply(&reading->disk, ini->key, ini->value, &reading->detail);
        if (reading->in_keep)
                return preserve_draft_apply(&reading->keep, ini->key, ini->value, &reading->detail);
        for (size_t i = 0; i < SETTING_COUNT; i++) {
                if (!text_equal(ini->section, settings_table[i].section) || !text_equal(ini->key, settings_table[i].key))
                        continue;
                reading->detail = "";
                if (reading->lines[i] > 0)
                        return ERR_DUPLICATE;
                reading->lines[i] = ini->line;
                reading->detail = settings_table[i].domain;
                return settings_table[i].parse(&settings_table[i], ini->value, &reading->settings) ? ERR_OK : ERR_RANGE;
        }
        reading->detail = "see cleanslate.conf(5) for the keys of this section";
        return ERR_UNKNOWN_KEY;
}

/* A [Disk] or [Keep] is judged as a whole where it ends: at the next section or at the end of the file. */
static enum err end_section(struct reading *reading, const char **ret_section)
{
        bool in_disk = reading->in_disk, in_keep = reading->in_keep;

        reading->in_disk = reading->in_keep = false;
        *ret_section = in_disk ? DISK_SECTION : PRESERVE_SECTION;
        if (in_disk)
                return disk_draft_finish(&reading->disk, &reading->settings, &reading->detail);
        return in_keep ? preserve_draft_finish(&reading->keep, &reading->settings, &reading->detail) : ERR_OK;
}

static enum err begin_section(struct reading *reading, const struct ini *ini)
{
        reading->in_disk = text_equal(ini->section, DISK_SECTION);
        reading->in_keep = text_equal(ini->section, PRESERVE_SECTION);
        reading->section_line = ini->line;
        if (reading->in_disk)
                disk_draft_init(&reading->disk, ini->line);
        if (reading->in_keep)
                preserve_draft_init(&reading->keep, ini->line);
        reading->detail = "the sections are [Reset] [Menu] [Boot] [BreakGlass] [Image] [Display] [Disk] [ESP] [Hooks] [Keep] "
                          "[Schedule] [Seal] [Variables]";
        return section_is_known(ini->section) ? ERR_OK : ERR_UNKNOWN_KEY;
}

void settings_init(struct settings *ret)
{
        *ret = (struct settings){ 0 };
        for (size_t i = 0; i < SETTING_COUNT; i++)
                if (settings_table[i].fallback)
                        (void)settings_table[i].parse(&settings_table[i], settings_table[i].fallback, ret);
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
        for (size_t i = 0; i < SETTING_COUNT; i++)
                if (text_equal(settings_table[i].section, section) && text_equal(settings_table[i].key, key))
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
                return policy_error_fill(ret_error, ERR_TOO_LARGE, file, 0, "", "at most 64 KiB in the file");
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
