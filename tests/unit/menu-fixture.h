/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus in the states that the tests of the boot menu begin with, and events to move them. */
#ifndef CLEANSLATE_TESTS_UNIT_MENU_FIXTURE_H
#define CLEANSLATE_TESTS_UNIT_MENU_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/boot/menu.h"

static const bool all_offered[MENU_ITEM_COUNT] = { true, false, true, true, true, true, true };
static const bool anyway_offered[MENU_ITEM_COUNT] = { true, true, true, false, true, true, true };
static const bool none_offered[MENU_ITEM_COUNT] = { false };

static inline struct menu_event character(char which)
{
        return (struct menu_event){ MENU_EVENT_CHARACTER, which };
}

static inline struct menu_event plain(enum menu_event_kind kind)
{
        return (struct menu_event){ kind, '\0' };
}

static inline struct menu shown(uint32_t timeout_s)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .timeout_s = timeout_s });
        return menu;
}

static const bool guard_all[MENU_ITEM_COUNT] = { false, false, true, true, true, false, false };

static inline struct menu guarded(void)
{
        struct menu menu = shown(5);

        menu_guard(&menu, guard_all, 0);
        return menu;
}

/* Goes to a page the way a person would. */
static inline struct menu at_page(enum menu_page page)
{
        struct menu menu = shown(5);

        if (page == MENU_PAGE_HIDDEN || page == MENU_PAGE_OFF)
                menu_init(&menu, all_offered,
                          &(struct menu_opening){ .mode = page == MENU_PAGE_OFF ? MENU_OFF : MENU_HIDDEN, .timeout_s = 5 });
        if (page == MENU_PAGE_PASSWORD) {
                menu = guarded();
                menu_step(&menu, character('f'));
        }
        if (page == MENU_PAGE_RESET_ASK || page == MENU_PAGE_RESET_WORD)
                menu_step(&menu, character('f'));
        if (page == MENU_PAGE_BREAK_GLASS_ASK || page == MENU_PAGE_BREAK_GLASS_WORD)
                menu_step(&menu, character('b'));
        if (page == MENU_PAGE_RESET_WORD || page == MENU_PAGE_BREAK_GLASS_WORD)
                menu_step(&menu, plain(MENU_EVENT_ENTER));
        assert_int_equal(menu.page, page);
        return menu;
}

#endif
