/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu under random keys: a reset comes out only after both of its pages and the typed word, as a witness saw it that
 * knows the keys and the pages, and nothing of the menu's own notes. */
#include "common/boot/menu.h"
#include "tests/fuzz/fuzz.h"

#define WORD_MAX 64

struct witness {
        enum menu_page page; /* on the screen before the key */
        char typed[WORD_MAX];
        size_t length;
        bool right;               /* the password was */
        bool passed_the_question; /* the word's page was reached by Enter on the question */
};

static void see(struct witness *witness, struct menu_event event, enum menu_page next)
{
        bool word_page = next == MENU_PAGE_RESET_WORD || next == MENU_PAGE_BREAK_GLASS_WORD;
        bool question = witness->page == MENU_PAGE_RESET_ASK || witness->page == MENU_PAGE_BREAK_GLASS_ASK;

        if (next != witness->page || event.kind == MENU_EVENT_ENTER)
                witness->length = 0;
        else if (word_page && event.kind == MENU_EVENT_CHARACTER && ++witness->length < WORD_MAX)
                witness->typed[witness->length - 1] = event.character;
        else if (word_page && event.kind == MENU_EVENT_BACKSPACE && witness->length > 0)
                witness->length--;
        witness->typed[witness->length < WORD_MAX ? witness->length : WORD_MAX - 1] = '\0';
        if (next != witness->page)
                witness->passed_the_question = word_page && question && event.kind == MENU_EVENT_ENTER;
        witness->page = next;
}

static void judge(const struct witness *witness, struct menu_event event, enum menu_outcome outcome, bool counting)
{
        bool enter = event.kind == MENU_EVENT_ENTER;

        if (outcome == MENU_START_RESET)
                MUST(witness->page == MENU_PAGE_RESET_WORD && witness->passed_the_question && enter &&
                     strcasecmp(witness->typed, "reset") == 0);
        if (outcome == MENU_START_BREAK_GLASS)
                MUST(witness->page == MENU_PAGE_BREAK_GLASS_WORD && witness->passed_the_question && enter &&
                     (strcasecmp(witness->typed, "break glass") == 0 || strcasecmp(witness->typed, "break-glass") == 0));
        if (event.kind <= MENU_EVENT_TICK && outcome != MENU_STAYS_OPEN)
                MUST(outcome == MENU_START_NORMAL && (counting || witness->page == MENU_PAGE_OFF));
        MUST((unsigned)outcome < MENU_OUTCOME_COUNT);
}

/* A byte is an event: the letters themselves, the rest the other kinds. */
static struct menu_event decode(uint8_t byte)
{
        static const enum menu_event_kind kinds[] = { MENU_EVENT_NONE,      MENU_EVENT_TICK,     MENU_EVENT_UP,
                                                      MENU_EVENT_DOWN,      MENU_EVENT_ENTER,    MENU_EVENT_ESCAPE,
                                                      MENU_EVENT_BACKSPACE, MENU_EVENT_OTHER_KEY };

        if (byte == '\n')
                return (struct menu_event){ MENU_EVENT_ENTER, '\0' };
        if (byte >= 0x20 && byte < 0x7f)
                return (struct menu_event){ MENU_EVENT_CHARACTER, (char)byte };
        return (struct menu_event){ kinds[byte % 8], '\0' };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct witness witness = { .length = 0 };
        bool offered[MENU_ITEM_COUNT], guarded[MENU_ITEM_COUNT] = { false };
        struct menu menu;

        if (size < 2)
                return 0;
        for (int item = 0; item < MENU_ITEM_COUNT; item++)
                offered[item] = (data[0] >> item & 1) != 0;
        if (data[1] % 8 == 7)
                menu_init_asked(&menu, offered, MENU_ITEM_BREAK_GLASS);
        else
                menu_init(&menu, offered,
                          &(struct menu_opening){ (enum menu_mode)(data[1] % 3), data[1] >> 4, (data[1] & 8) != 0 });
        for (int item = MENU_ITEM_RESET; item <= MENU_ITEM_BREAK_GLASS; item++)
                guarded[item] = (data[0] & 0x40) != 0;
        menu_guard(&menu, guarded, data[0] >> 7);
        witness.page = menu.page;
        for (size_t i = 2; i < size; i++) {
                struct menu_event event = decode(data[i]);
                bool counting = menu.counting;
                enum menu_outcome outcome = menu_step(&menu, event);

                judge(&witness, event, outcome, counting);
                if (outcome == MENU_CHECK_PASSWORD) { /* "~" begins the one password that is right */
                        bool right = menu.password[0] == '~' && menu.password_length <= PASSWORD_MAX;

                        MUST(witness.page == MENU_PAGE_PASSWORD && menu.wait_s == 0);
                        outcome = menu_password_judged(&menu, right, right ? 0 : 2);
                        witness.right = witness.right || right;
                }
                if (event.kind <= MENU_EVENT_TICK && outcome == MENU_START_NORMAL)
                        witness.right = false; /* as if nobody had been there */
                MUST(menu.counting == counting);
                MUST(menu.password_given == witness.right);
                MUST(witness.right || !guarded[MENU_ITEM_RESET] || menu.page <= MENU_PAGE_PASSWORD);
                MUST(witness.right || !guarded[MENU_ITEM_RECOVERY] || outcome != MENU_START_RECOVERY);
                see(&witness, event, menu.page);
                MUST(menu.offered[menu.selected] && menu.page < MENU_PAGE_COUNT);
                MUST(menu.typed_length <= MENU_TYPED_MAX && menu.typed[menu.typed_length] == '\0');
                MUST(!(menu.page == MENU_PAGE_BREAK_GLASS_WORD && !offered[MENU_ITEM_BREAK_GLASS]));
                MUST(!(menu.page == MENU_PAGE_RESET_WORD && !offered[MENU_ITEM_RESET]));
                if (outcome != MENU_STAYS_OPEN)
                        break;
        }
        return 0;
}
