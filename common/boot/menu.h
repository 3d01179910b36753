/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu as a state machine: a key or the passing of a second in, the next page or an outcome out. Pure, draws nothing
 * (common/boot/menu-text says what a page reads, efi/menu-screen puts it on the console); the caller owns the struct.
 *
 * What it promises: a reset comes out only after both of its pages and the typed word, break-glass likewise. What needs a
 * password is not even asked about before it was given. Time that runs out starts what would start without a menu, and nothing
 * else, whichever page is open: a key that nobody pressed, noise on a serial line (balena-os issue 80, U-Boot), must not keep a
 * machine from starting. Each key gives at least MENU_IDLE_S seconds. */
#ifndef CLEANSLATE_COMMON_MENU_H
#define CLEANSLATE_COMMON_MENU_H

#include "common/boot/boot-choice.h"

#define MENU_TYPED_MAX    16 /* characters of a confirmation; more cannot be right */
#define MENU_ASKED_WAIT_S 60 /* how long a question that nobody at the console asked for waits */
#define MENU_IDLE_S       60 /* how long any page waits for the next key */
#define MENU_LOOK_MS                                                                                         \
        100 /* how long a hidden menu without a timeout looks for a key: some keyboards are not ready before \
               (systemd issue 14092; systemd-boot looks as long) */

enum menu_item {
        MENU_ITEM_NORMAL, /* what would start without a menu; not always an ordinary boot */
        MENU_ITEM_ANYWAY, /* an ordinary boot although too many failed; offered then alone */
        MENU_ITEM_RESET,
        MENU_ITEM_RECOVERY,
        MENU_ITEM_BREAK_GLASS,
        MENU_ITEM_FIRMWARE_SETUP,
        MENU_ITEM_POWER_OFF,
        MENU_ITEM_COUNT
};

enum menu_page {
        MENU_PAGE_OFF,    /* no key opens it */
        MENU_PAGE_HIDDEN, /* a key opens it */
        MENU_PAGE_LIST,
        MENU_PAGE_PASSWORD,
        MENU_PAGE_RESET_ASK,
        MENU_PAGE_RESET_WORD,
        MENU_PAGE_BREAK_GLASS_ASK,
        MENU_PAGE_BREAK_GLASS_WORD,
        MENU_PAGE_COUNT
};

enum menu_outcome {
        MENU_STAYS_OPEN,
        MENU_CHECK_PASSWORD, /* it stays open: menu->password is to be judged, then menu_password_judged() goes on */
        MENU_START_NORMAL,
        MENU_START_ANYWAY,
        MENU_START_RESET,
        MENU_START_RECOVERY,
        MENU_START_BREAK_GLASS,
        MENU_TO_FIRMWARE_SETUP,
        MENU_TO_POWER_OFF,
        MENU_OUTCOME_COUNT
};

enum menu_event_kind {
        MENU_EVENT_NONE, /* the keyboard was looked at and there was no key */
        MENU_EVENT_TICK, /* a second has passed */
        MENU_EVENT_UP,   /* from here on: keys */
        MENU_EVENT_DOWN,
        MENU_EVENT_ENTER,
        MENU_EVENT_ESCAPE,
        MENU_EVENT_BACKSPACE,
        MENU_EVENT_CHARACTER, /* printable ASCII */
        MENU_EVENT_OTHER_KEY, /* opens a hidden menu and does nothing else */
        MENU_EVENT_COUNT
};

struct menu_event {
        enum menu_event_kind kind;
        char character;
};

struct menu_opening {
        enum menu_mode mode;
        uint32_t timeout_s; /* hidden: how long a key is waited for, 0 = MENU_LOOK_MS; shown: the countdown */
        bool without_end;   /* shown without a countdown, now and after each key */
};

struct menu {
        bool offered[MENU_ITEM_COUNT];
        bool guarded[MENU_ITEM_COUNT]; /* needs the password */
        bool password_given;
        bool asked_elsewhere; /* the menu began with a question about an item that was chosen elsewhere */
        enum menu_page page;
        enum menu_item selected;
        bool counting; /* time ends the menu: always, but in one that was asked for without end */
        bool touched;  /* a key has come */
        uint32_t seconds_left;
        char typed[MENU_TYPED_MAX + 1];
        size_t typed_length;
        size_t typed_overflow; /* characters behind those, which found no room */
        bool typed_wrong;      /* what was typed before was not the word, or not the password */
        char password[PASSWORD_MAX];
        size_t password_length; /* PASSWORD_MAX + 1: longer than any, which Escape alone takes back */
        uint32_t wait_s;        /* until another password is taken */
        struct menu_event held; /* the key that opened the menu, for as long as it repeats itself; NONE = no such key */
        bool held_seen;         /* since the last tick */
};

/* Start and power off are always offered, whatever `offered` says. */
void menu_init(struct menu *ret, const bool offered[static MENU_ITEM_COUNT], const struct menu_opening *opening);

/* Begins with the question about an item that the operating system or another boot menu asked for, and gives up after
 * MENU_ASKED_WAIT_S without a first key. The recovery page has no question: menu_guard() has to follow, or it begins with the
 * list. */
void menu_init_asked(struct menu *ret, const bool offered[static MENU_ITEM_COUNT], enum menu_item item);

/* How long the keyboard is to be looked at for the first event: MENU_LOOK_MS where time would end the menu at once, else 0, a
 * single look. */
uint32_t menu_first_look_ms(const struct menu *menu);

/* Before the first event: which items need the password, and how long it is until one is taken. */
void menu_guard(struct menu *menu, const bool guarded[static MENU_ITEM_COUNT], uint32_t wait_s);

/* Takes an event; the first is a key or MENU_EVENT_NONE. Anything but MENU_STAYS_OPEN and MENU_CHECK_PASSWORD ends the menu. */
enum menu_outcome menu_step(struct menu *menu, struct menu_event event);

/* After MENU_CHECK_PASSWORD: a right password leads to what it was asked for, a wrong one to the next try after `wait_s`. What
 * was typed is wiped. */
enum menu_outcome menu_password_judged(struct menu *menu, bool right, uint32_t wait_s);

/* What can be offered: that which boot_choose() would really do, with the password where it takes one. A reset is not offered
 * where the boot is one already. */
void menu_offer(const struct boot_facts *facts, bool firmware_setup, bool ret[static MENU_ITEM_COUNT]);

/* Which of them need it. */
void menu_find_guarded(const struct boot_facts *facts, bool ret[static MENU_ITEM_COUNT]);

/* The item that leads to a mode; MENU_ITEM_NORMAL if none does. */
enum menu_item menu_item_of_mode(enum boot_mode mode);

/* The letter of an item. */
char menu_item_letter(enum menu_item item);

/* What an outcome asks boot_choose() for; false if it asks for nothing (start as without a menu, firmware setup, power off). */
bool menu_outcome_mode(enum menu_outcome outcome, enum boot_mode *ret);

#endif
