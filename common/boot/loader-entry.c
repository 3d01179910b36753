/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entry identifiers and menu timeouts; see loader-entry.h. */
#include "common/boot/loader-entry.h"
#include "common/base/utf16.h"

static const char *const ids[LOADER_ENTRY_COUNT] = {
        [LOADER_ENTRY_NORMAL] = "auto-cleanslate",
        [LOADER_ENTRY_RESET] = "auto-cleanslate-reset",
        [LOADER_ENTRY_RECOVERY] = "auto-cleanslate-recovery",
        [LOADER_ENTRY_BREAK_GLASS] = "auto-cleanslate-break-glass",
        [LOADER_ENTRY_FIRMWARE_SETUP] = "auto-reboot-to-firmware-setup",
};

static const enum boot_mode modes[LOADER_ENTRY_COUNT] = {
        [LOADER_ENTRY_NORMAL] = MODE_NORMAL,         [LOADER_ENTRY_RESET] = MODE_RESET,
        [LOADER_ENTRY_RECOVERY] = MODE_RECOVERY,     [LOADER_ENTRY_BREAK_GLASS] = MODE_BREAK_GLASS,
        [LOADER_ENTRY_FIRMWARE_SETUP] = MODE_NORMAL,
};

const char *loader_entry_id(enum loader_entry entry)
{
        return (unsigned)entry < LOADER_ENTRY_COUNT ? ids[entry] : "";
}

/* A value that fills the buffer cannot be one of our words. */
static enum err read_text(const void *value, size_t size, char ret[static LOADER_TEXT_MAX])
{
        struct writer writer = writer_over(ret, LOADER_TEXT_MAX);
        enum err err = utf16_to_utf8(value, size, &writer);

        writer_text(&writer, ""); /* its NUL may have found no room */
        return err == ERR_BUFFER_TOO_SMALL || (err == ERR_OK && writer.overflow) ? ERR_TOO_LARGE : err;
}

enum err loader_entry_read(const void *value, size_t size, enum loader_entry *ret)
{
        char text[LOADER_TEXT_MAX];
        enum err err = read_text(value, size, text);

        if (err != ERR_OK)
                return err;
        for (size_t i = 0; i < LOADER_ENTRY_COUNT; i++)
                if (text_equal(text, ids[i])) {
                        *ret = (enum loader_entry)i;
                        return ERR_OK;
                }
        return ERR_RANGE;
}

enum loader_entry loader_entry_of_mode(enum boot_mode mode)
{
        for (size_t i = 0; i < LOADER_ENTRY_COUNT; i++)
                if (modes[i] == mode)
                        return (enum loader_entry)i;
        return LOADER_ENTRY_NORMAL;
}

enum boot_mode loader_entry_mode(enum loader_entry entry)
{
        return (unsigned)entry < LOADER_ENTRY_COUNT ? modes[entry] : MODE_NORMAL;
}

void loader_entries_write(const bool offered[static LOADER_ENTRY_COUNT], struct writer *writer)
{
        for (size_t i = 0; i < LOADER_ENTRY_COUNT; i++)
                if (offered[i])
                        utf16_from_utf8(ids[i], text_length(ids[i]), writer);
}

enum err loader_timeout_read(const void *value, size_t size, struct loader_timeout *ret)
{
        char text[LOADER_TEXT_MAX];
        uint64_t seconds;
        enum err err = read_text(value, size, text);

        if (err != ERR_OK)
                return err;
        if (text_equal(text, "menu-force"))
                *ret = (struct loader_timeout){ .kind = TIMEOUT_FORCE };
        else if (text_equal(text, "menu-hidden"))
                *ret = (struct loader_timeout){ .kind = TIMEOUT_HIDDEN };
        else if (text_equal(text, "menu-disabled"))
                *ret = (struct loader_timeout){ .kind = TIMEOUT_DISABLED };
        else if (!text_to_u64(text, text_length(text), &seconds))
                return ERR_RANGE;
        else if (seconds >= UINT32_MAX)
                *ret = (struct loader_timeout){ .kind = TIMEOUT_FORCE };
        else
                *ret = (struct loader_timeout){ .kind = TIMEOUT_SECONDS, .seconds = (uint32_t)seconds };
        return ERR_OK;
}

struct menu_opening loader_menu_opening(const struct settings *settings, struct loader_timeout lasting,
                                        struct loader_timeout once)
{
        struct menu_opening own = { .mode = settings->menu, .timeout_s = settings_menu_timeout(settings) };
        bool is_once = once.kind != TIMEOUT_UNSET;
        struct loader_timeout wanted = is_once ? once : lasting;

        if (settings->menu == MENU_OFF)
                return own;
        if (wanted.kind == TIMEOUT_SECONDS && wanted.seconds == 0)
                wanted.kind = is_once ? TIMEOUT_FORCE : TIMEOUT_HIDDEN;
        switch (wanted.kind) {
        case TIMEOUT_UNSET:
                return own;
        case TIMEOUT_FORCE:
                return (struct menu_opening){ .mode = MENU_SHOW, .without_end = true };
        case TIMEOUT_DISABLED:
                return (struct menu_opening){ .mode = MENU_OFF };
        case TIMEOUT_SECONDS:
                return (struct menu_opening){ .mode = MENU_SHOW, .timeout_s = wanted.seconds };
        case TIMEOUT_HIDDEN:
                break;
        }
        /* how long a hidden menu waits for a key is not the interface's to say */
        return (struct menu_opening){ .mode = MENU_HIDDEN, .timeout_s = settings->menu == MENU_HIDDEN ? own.timeout_s : 0 };
}
