/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each page of the boot menu reads, line by line, for a console of 80 columns and 25 rows. Pure; colours and positions are
 * efi/menu-screen's. Every line means the same without colours. */
#ifndef CLEANSLATE_COMMON_MENU_TEXT_H
#define CLEANSLATE_COMMON_MENU_TEXT_H

#include "common/base/message.h"
#include "common/boot/menu.h"
#include "common/format/gpt-view.h"

#define MENU_COLUMNS        78 /* characters of a line: one column stays free on either side of 80 */
#define MENU_ROWS           22 /* so that the last row of the console stays free: writing there would scroll */
#define MENU_LINE_BYTES     (4 * MENU_COLUMNS + 1)
#define MENU_PARTITIONS_MAX 7 /* named one by one; the rest is counted */

enum menu_style { MENU_STYLE_PLAIN, MENU_STYLE_TITLE, MENU_STYLE_SELECTED, MENU_STYLE_ALERT };

struct menu_line {
        char text[MENU_LINE_BYTES]; /* UTF-8 without control characters */
        enum menu_style style;
};

struct menu_text {
        struct menu_line lines[MENU_ROWS];
        size_t count;
};

/* What the pages tell besides the state of the menu. */
struct menu_facts {
        const struct os_identity *os;
        struct boot_choice otherwise; /* what MENU_ITEM_NORMAL starts */
        enum break_glass_policy break_glass;
        struct gpt_partition partitions[MENU_PARTITIONS_MAX]; /* of the boot disk, without those of the system */
        size_t partition_count;                               /* may be more than there is room for */
        const char *partitions_problem;                       /* why they are not known, or NULL */
        enum language language;
};

void menu_text_compose(const struct menu *menu, const struct menu_facts *facts, struct menu_text *ret);

#endif
