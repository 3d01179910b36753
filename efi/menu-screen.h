/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the pages of the boot menu on the firmware's console, which is the graphical and the serial one at once: the middle of a
 * large text mode, the whole of 80x25. Writes only the lines that changed; knows nothing of what they mean. */
#ifndef CLEANSLATE_EFI_MENU_SCREEN_H
#define CLEANSLATE_EFI_MENU_SCREEN_H

#include "common/boot/menu-text.h"
#include "efi/platform.h"

struct menu_screen {
        SIMPLE_TEXT_OUTPUT_INTERFACE *output;
        UINTN columns, rows;
        INT32 attribute_before;
        BOOLEAN cursor_before;
        struct menu_text shown; /* what is on the screen */
};

/* False: there is no console. Nothing is drawn yet. */
bool menu_screen_open(const struct platform *platform, struct menu_screen *ret);
void menu_screen_draw(struct menu_screen *screen, const struct menu_text *text);

/* Clears the screen and puts everything back as it was. */
void menu_screen_close(struct menu_screen *screen);

#endif
