/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the Boot Loader Interface says in text, and what we make of it: entry identifiers and menu timeouts. Pure; reading,
 * consuming and publishing the variables is efi/loader-interface. (https://systemd.io/BOOT_LOADER_INTERFACE) */
#ifndef CLEANSLATE_COMMON_LOADER_ENTRY_H
#define CLEANSLATE_COMMON_LOADER_ENTRY_H

#include "common/base/bytes.h"
#include "common/boot/boot-choice.h"
#include "common/boot/menu.h"

#define LOADER_TEXT_MAX 128 /* bytes of UTF-8 with the NUL; no identifier or timeout of ours is longer */

/* In the order of the menu. */
enum loader_entry {
        LOADER_ENTRY_NORMAL,
        LOADER_ENTRY_RESET,
        LOADER_ENTRY_RECOVERY,
        LOADER_ENTRY_BREAK_GLASS,
        LOADER_ENTRY_FIRMWARE_SETUP,
        LOADER_ENTRY_COUNT
};

/* "auto-cleanslate", ...: without "auto-", logind takes no entry for one that a boot loader found. Never NULL. */
const char *loader_entry_id(enum loader_entry entry);

/* Reads a variable's value, UTF-16LE with its NUL. ERR_RANGE: an identifier that is none of ours; others as utf16_to_utf8() and
 * ERR_TOO_LARGE. */
enum err loader_entry_read(const void *value, size_t size, enum loader_entry *ret);

/* The entry that a boot of this mode is, and the reverse; FIRMWARE_SETUP has no mode (MODE_NORMAL). */
enum loader_entry loader_entry_of_mode(enum boot_mode mode);
enum boot_mode loader_entry_mode(enum loader_entry entry);

/* LoaderEntries: the identifiers in order, each UTF-16LE with its NUL. */
void loader_entries_write(const bool offered[static LOADER_ENTRY_COUNT], struct writer *writer);

/* LoaderConfigTimeout: menu-force, menu-hidden, menu-disabled or seconds. systemd's own tools write menu-force as 2^32 - 1 where
 * they do not know whether the boot loader reads words. Errors as above, ERR_RANGE for what is none of these. */
struct loader_timeout {
        enum { TIMEOUT_UNSET, TIMEOUT_FORCE, TIMEOUT_HIDDEN, TIMEOUT_DISABLED, TIMEOUT_SECONDS } kind;
        uint32_t seconds;
};

enum err loader_timeout_read(const void *value, size_t size, struct loader_timeout *ret);

/* How the menu opens. The image's word "off" stands: variables are not authenticated. Otherwise `once`
 * (LoaderConfigTimeoutOneShot) comes before `lasting` (LoaderConfigTimeout), and that before the settings. 0 s means hidden if
 * lasting, shown without end if once. */
struct menu_opening loader_menu_opening(const struct settings *settings, struct loader_timeout lasting,
                                        struct loader_timeout once);

#endif
