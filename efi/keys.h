/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard: the firmware's keys as the events that common/boot/menu takes. Arrow keys of a serial console arrive here as scan
 * codes, because the firmware's terminal driver has read their escape sequences. Looks and waits; draws nothing. */
#ifndef CLEANSLATE_EFI_KEYS_H
#define CLEANSLATE_EFI_KEYS_H

#include "common/boot/menu.h"
#include "efi/platform.h"

struct keys {
        const struct platform *platform;
        EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended; /* NULL: the firmware has only the simple one */
        SIMPLE_INPUT_INTERFACE *simple;
        int looks; /* since the last tick */
};

/* False: there is no keyboard. */
bool keys_open(const struct platform *platform, struct keys *ret);

/* One look: a key, or MENU_EVENT_NONE. */
struct menu_event keys_poll(const struct keys *keys);

/* The next key, or MENU_EVENT_TICK where a second of waiting is over: keys in between do not put it off, or whoever keeps one
 * pressed would hold up what counts seconds. */
struct menu_event keys_wait(struct keys *keys);

#endif
