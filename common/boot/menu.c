/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu; see menu.h. One function a page: what a key does there is all in it. */
#include "common/boot/menu.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/base/typed-word.h"

static const char letters[MENU_ITEM_COUNT] = {
        [MENU_ITEM_NORMAL] = 'n',      [MENU_ITEM_ANYWAY] = 'a',         [MENU_ITEM_RESET] = 'f',     [MENU_ITEM_RECOVERY] = 'r',
        [MENU_ITEM_BREAK_GLASS] = 'b', [MENU_ITEM_FIRMWARE_SETUP] = 's', [MENU_ITEM_POWER_OFF] = 'p',
};

char menu_item_letter(enum menu_item item)
{
        return (unsigned)item < MENU_ITEM_COUNT ? letters[item] : ' ';
}

static bool is_key(struct menu_event event)
{
        return event.kind >= MENU_EVENT_UP && event.kind < MENU_EVENT_COUNT;
}

static bool same_key(struct menu_event a, struct menu_event b)
{
        return a.kind == b.kind && (a.kind != MENU_EVENT_CHARACTER || a.character == b.character);
}

static void go_to(struct menu *menu, enum menu_page page)
{
        menu->page = page;
        memset(menu->typed, 0, sizeof(menu->typed));
        menu->typed_length = menu->typed_overflow = 0;
        menu->typed_wrong = false;
        memset(menu->password, 0, sizeof(menu->password));
        menu->password_length = 0;
}

static enum menu_outcome activate(struct menu *menu, enum menu_item item)
{
        menu->selected = item;
        if (menu->guarded[item] && !menu->password_given) {
                go_to(menu, MENU_PAGE_PASSWORD);
                return MENU_STAYS_OPEN;
        }
        switch (item) {
        case MENU_ITEM_NORMAL:
                return MENU_START_NORMAL;
        case MENU_ITEM_ANYWAY:
                return MENU_START_ANYWAY;
        case MENU_ITEM_RECOVERY:
                return MENU_START_RECOVERY;
        case MENU_ITEM_FIRMWARE_SETUP:
                return MENU_TO_FIRMWARE_SETUP;
        case MENU_ITEM_POWER_OFF:
                return MENU_TO_POWER_OFF;
        case MENU_ITEM_RESET:
                go_to(menu, MENU_PAGE_RESET_ASK);
                break;
        case MENU_ITEM_BREAK_GLASS:
                go_to(menu, MENU_PAGE_BREAK_GLASS_ASK);
                break;
        case MENU_ITEM_COUNT:
                break;
        }
        return MENU_STAYS_OPEN;
}

/* To the next offered item in that direction, if there is one. */
static void move(struct menu *menu, int step)
{
        for (int item = (int)menu->selected + step; item >= 0 && item < MENU_ITEM_COUNT; item += step)
                if (menu->offered[item]) {
                        menu->selected = (enum menu_item)item;
                        return;
                }
}

/* Esc does nothing here: where a reset is due, "start" is no way back. */
static enum menu_outcome list_key(struct menu *menu, struct menu_event event)
{
        if (event.kind == MENU_EVENT_UP || event.kind == MENU_EVENT_DOWN)
                move(menu, event.kind == MENU_EVENT_UP ? -1 : 1);
        if (event.kind == MENU_EVENT_ENTER)
                return activate(menu, menu->selected);
        for (int item = 0; event.kind == MENU_EVENT_CHARACTER && item < MENU_ITEM_COUNT; item++)
                if (menu->offered[item] && letters[item] == text_lower(event.character))
                        return activate(menu, (enum menu_item)item);
        return MENU_STAYS_OPEN;
}

static enum menu_outcome ask_key(struct menu *menu, struct menu_event event, enum menu_page next)
{
        if (event.kind == MENU_EVENT_ENTER)
                go_to(menu, next);
        if (event.kind == MENU_EVENT_ESCAPE)
                go_to(menu, MENU_PAGE_LIST);
        return MENU_STAYS_OPEN;
}

static void take_back(struct menu *menu)
{
        if (menu->typed_overflow > 0)
                menu->typed_overflow--;
        else if (menu->typed_length > 0)
                menu->typed[--menu->typed_length] = '\0';
}

/* Upper case counts as well: it is as deliberate. */
static bool typed_is(const struct menu *menu, const char *word)
{
        char typed[MENU_TYPED_MAX + 1];

        for (size_t at = 0; at < menu->typed_length; at++)
                typed[at] = text_lower(menu->typed[at]);
        typed[menu->typed_length] = '\0';
        return typed_word_matches(typed, word);
}

static void type(struct menu *menu, char character)
{
        menu->typed_wrong = false;
        if (menu->typed_length >= MENU_TYPED_MAX) {
                menu->typed_overflow++; /* longer than any word, until as many were taken back */
                return;
        }
        menu->typed[menu->typed_length++] = character;
        menu->typed[menu->typed_length] = '\0';
}

static enum menu_outcome word_key(struct menu *menu, struct menu_event event, const char *word, enum menu_page back,
                                  enum menu_outcome confirmed)
{
        if (event.kind == MENU_EVENT_CHARACTER)
                type(menu, event.character);
        if (event.kind == MENU_EVENT_BACKSPACE)
                take_back(menu);
        if (event.kind == MENU_EVENT_ESCAPE)
                go_to(menu, back);
        if (event.kind != MENU_EVENT_ENTER)
                return MENU_STAYS_OPEN;
        if (typed_is(menu, word))
                return confirmed;
        go_to(menu, menu->page);
        menu->typed_wrong = true;
        return MENU_STAYS_OPEN;
}

/* Behind a choice made elsewhere there is no list to go back to. */
static enum menu_outcome password_key(struct menu *menu, struct menu_event event)
{
        if (event.kind == MENU_EVENT_ESCAPE) {
                go_to(menu, menu->asked_elsewhere ? MENU_PAGE_PASSWORD : MENU_PAGE_LIST);
                return menu->asked_elsewhere ? MENU_START_NORMAL : MENU_STAYS_OPEN;
        }
        if (menu->wait_s > 0)
                return MENU_STAYS_OPEN;
        if (event.kind == MENU_EVENT_CHARACTER) {
                menu->typed_wrong = false;
                if (menu->password_length < PASSWORD_MAX)
                        menu->password[menu->password_length] = event.character;
                if (menu->password_length <= PASSWORD_MAX)
                        menu->password_length++;
        }
        if (event.kind == MENU_EVENT_BACKSPACE && menu->password_length > 0 && menu->password_length <= PASSWORD_MAX)
                menu->password[--menu->password_length] = '\0';
        return event.kind == MENU_EVENT_ENTER && menu->password_length > 0 ? MENU_CHECK_PASSWORD : MENU_STAYS_OPEN;
}

enum menu_outcome menu_password_judged(struct menu *menu, bool right, uint32_t wait_s)
{
        go_to(menu, MENU_PAGE_PASSWORD);
        menu->wait_s = wait_s;
        menu->typed_wrong = !right;
        if (!right)
                return MENU_STAYS_OPEN;
        menu->password_given = true;
        return activate(menu, menu->selected);
}

static void let_go(struct menu *menu)
{
        menu->held.kind = MENU_EVENT_NONE;
        menu->held.character = '\0';
        menu->held_seen = false;
}

/* Whoever holds a key to open the menu does not mean the entry of that letter: its repetitions are nothing until a second went by
 * without one, or another key came. */
static bool is_repetition(struct menu *menu, struct menu_event event)
{
        if (menu->held.kind == MENU_EVENT_NONE)
                return false;
        if (!same_key(menu->held, event)) {
                let_go(menu);
                return false;
        }
        menu->held_seen = true;
        return true;
}

static void open_hidden(struct menu *menu, struct menu_event event)
{
        go_to(menu, MENU_PAGE_LIST);
        menu->held.kind = event.kind;
        menu->held.character = event.character;
        menu->held_seen = true;
}

/* A key that is stuck gives no time: its repetitions are none. */
static enum menu_outcome key(struct menu *menu, struct menu_event event)
{
        if (is_repetition(menu, event))
                return MENU_STAYS_OPEN;
        menu->touched = true;
        if (menu->seconds_left < MENU_IDLE_S)
                menu->seconds_left = MENU_IDLE_S;
        switch (menu->page) {
        case MENU_PAGE_HIDDEN:
                open_hidden(menu, event);
                return MENU_STAYS_OPEN;
        case MENU_PAGE_LIST:
                return list_key(menu, event);
        case MENU_PAGE_PASSWORD:
                return password_key(menu, event);
        case MENU_PAGE_RESET_ASK:
                return ask_key(menu, event, MENU_PAGE_RESET_WORD);
        case MENU_PAGE_RESET_WORD:
                return word_key(menu, event, "reset", MENU_PAGE_RESET_ASK, MENU_START_RESET);
        case MENU_PAGE_BREAK_GLASS_ASK:
                return ask_key(menu, event, MENU_PAGE_BREAK_GLASS_WORD);
        case MENU_PAGE_BREAK_GLASS_WORD:
                return word_key(menu, event, "break-glass", MENU_PAGE_BREAK_GLASS_ASK, MENU_START_BREAK_GLASS);
        case MENU_PAGE_OFF:
        case MENU_PAGE_COUNT:
                break;
        }
        return MENU_START_NORMAL;
}

/* As if nobody had been there: what was typed is forgotten, and so is that the password was. */
static enum menu_outcome give_up(struct menu *menu)
{
        go_to(menu, menu->page > MENU_PAGE_LIST ? MENU_PAGE_LIST : menu->page);
        menu->password_given = false;
        return MENU_START_NORMAL;
}

/* Who waits until another password is taken has pressed no key and is there all the same. */
static bool waits_for_password(const struct menu *menu)
{
        return menu->page == MENU_PAGE_PASSWORD && menu->touched && menu->wait_s > 0;
}

static enum menu_outcome tick(struct menu *menu)
{
        bool waits = waits_for_password(menu);

        if (!menu->held_seen)
                let_go(menu);
        menu->held_seen = false;
        if (menu->wait_s > 0)
                menu->wait_s--;
        if (!menu->counting || waits)
                return MENU_STAYS_OPEN;
        if (menu->seconds_left > 0)
                menu->seconds_left--;
        return menu->seconds_left == 0 ? give_up(menu) : MENU_STAYS_OPEN;
}

uint32_t menu_first_look_ms(const struct menu *menu)
{
        return menu->page == MENU_PAGE_HIDDEN && menu->seconds_left == 0 ? MENU_LOOK_MS : 0;
}

enum menu_outcome menu_step(struct menu *menu, struct menu_event event)
{
        if (menu->page == MENU_PAGE_OFF)
                return MENU_START_NORMAL;
        if (is_key(event))
                return key(menu, event);
        if (event.kind == MENU_EVENT_TICK)
                return tick(menu);
        return menu->counting && menu->seconds_left == 0 ? give_up(menu) : MENU_STAYS_OPEN;
}

static void init(struct menu *ret, const bool offered[static MENU_ITEM_COUNT])
{
        memset(ret, 0, sizeof(*ret)); /* padding, too: equal menus are equal bytes */
        ret->page = MENU_PAGE_LIST;
        for (int item = 0; item < MENU_ITEM_COUNT; item++)
                ret->offered[item] = offered[item] || item == MENU_ITEM_NORMAL || item == MENU_ITEM_POWER_OFF;
}

void menu_init(struct menu *ret, const bool offered[static MENU_ITEM_COUNT], const struct menu_opening *opening)
{
        init(ret, offered);
        ret->counting = !opening->without_end;
        ret->seconds_left = opening->timeout_s;
        if (opening->mode == MENU_HIDDEN)
                ret->page = MENU_PAGE_HIDDEN;
        else if (opening->mode != MENU_SHOW)
                ret->page = MENU_PAGE_OFF;
}

void menu_init_asked(struct menu *ret, const bool offered[static MENU_ITEM_COUNT], enum menu_item item)
{
        init(ret, offered);
        ret->counting = true;
        ret->seconds_left = MENU_ASKED_WAIT_S;
        if (!ret->offered[item])
                return;
        ret->asked_elsewhere = true;
        ret->selected = item;
        if (item == MENU_ITEM_RESET || item == MENU_ITEM_BREAK_GLASS)
                ret->page = item == MENU_ITEM_RESET ? MENU_PAGE_RESET_ASK : MENU_PAGE_BREAK_GLASS_ASK;
}

void menu_guard(struct menu *menu, const bool guarded[static MENU_ITEM_COUNT], uint32_t wait_s)
{
        memcpy(menu->guarded, guarded, sizeof(menu->guarded));
        menu->wait_s = wait_s;
        if (menu->asked_elsewhere && guarded[menu->selected])
                menu->page = MENU_PAGE_PASSWORD;
}

static const enum menu_outcome outcomes[MENU_ITEM_COUNT] = {
        [MENU_ITEM_ANYWAY] = MENU_START_ANYWAY,
        [MENU_ITEM_RESET] = MENU_START_RESET,
        [MENU_ITEM_RECOVERY] = MENU_START_RECOVERY,
        [MENU_ITEM_BREAK_GLASS] = MENU_START_BREAK_GLASS,
};

void menu_offer(const struct boot_facts *facts, bool firmware_setup, bool ret[static MENU_ITEM_COUNT])
{
        enum boot_mode otherwise = boot_choose(facts).mode;

        for (int item = MENU_ITEM_ANYWAY; item <= MENU_ITEM_BREAK_GLASS; item++) {
                struct boot_facts asked = *facts;

                (void)menu_outcome_mode(outcomes[item], &asked.asked.mode);
                asked.asked.reason = REASON_MENU;
                asked.password_given = true;
                ret[item] = boot_choose(&asked).mode == asked.asked.mode && otherwise != asked.asked.mode;
        }
        ret[MENU_ITEM_NORMAL] = ret[MENU_ITEM_POWER_OFF] = true;
        ret[MENU_ITEM_FIRMWARE_SETUP] = firmware_setup;
}

void menu_find_guarded(const struct boot_facts *facts, bool ret[static MENU_ITEM_COUNT])
{
        for (int item = 0; item < MENU_ITEM_COUNT; item++) {
                enum boot_mode mode = MODE_NORMAL;

                (void)menu_outcome_mode(outcomes[item], &mode);
                ret[item] = boot_access(facts, mode) == ACCESS_PASSWORD && !facts->password_given;
        }
}

enum menu_item menu_item_of_mode(enum boot_mode mode)
{
        for (int item = MENU_ITEM_RESET; item < MENU_ITEM_COUNT; item++) {
                enum boot_mode leads_to;

                if (menu_outcome_mode(outcomes[item], &leads_to) && leads_to == mode)
                        return (enum menu_item)item;
        }
        return MENU_ITEM_NORMAL;
}

bool menu_outcome_mode(enum menu_outcome outcome, enum boot_mode *ret)
{
        switch (outcome) {
        case MENU_START_ANYWAY:
                *ret = MODE_NORMAL;
                return true;
        case MENU_START_RESET:
                *ret = MODE_RESET;
                return true;
        case MENU_START_RECOVERY:
                *ret = MODE_RECOVERY;
                return true;
        case MENU_START_BREAK_GLASS:
                *ret = MODE_BREAK_GLASS;
                return true;
        default:
                return false;
        }
}
