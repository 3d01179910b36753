/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard: the firmware's keys as the events that common/boot/menu takes. Arrow keys of a serial console arrive here as scan
 * codes, because the firmware's terminal driver has read their escape sequences. Looks and waits; draws nothing.
 *
 * A key is read only after CheckEvent has said that there is one (UEFI 2.10, 12.2.3 and 12.3.3): some firmware freezes in
 * ReadKeyStroke where there is none (systemd issue 15847). Where the extended protocol gives no key, the simple one is asked:
 * some firmware offers the first and never gives one there (systemd, src/boot/console.c). The first to give a key is the only
 * one asked from then on, because some firmware gives each key on both. */
#ifndef CLEANSLATE_EFI_KEYS_H
#define CLEANSLATE_EFI_KEYS_H

#include "common/boot/menu.h"
#include "efi/platform.h"

struct keys {
        const struct platform *platform;
        EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended; /* NULL: the firmware has only the simple one, or that gave the first key */
        SIMPLE_INPUT_INTERFACE *simple;              /* NULL: likewise */
        int looks;                                   /* since the last tick */
};

/* Starts the firmware's keyboards where it has none yet. False: there is no keyboard. */
bool keys_open(const struct platform *platform, struct keys *ret);

/* One look: a key, or MENU_EVENT_NONE. */
struct menu_event keys_poll(struct keys *keys);

/* Looks for so many milliseconds at most: the first key, or MENU_EVENT_NONE. 0 is one look. */
struct menu_event keys_look(struct keys *keys, uint32_t milliseconds);

/* The next key, or MENU_EVENT_TICK where a second of waiting is over: keys in between do not put it off, or whoever keeps one
 * pressed would hold up what counts seconds. */
struct menu_event keys_wait(struct keys *keys);

#endif
