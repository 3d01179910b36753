/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the boot menu; see menu-text.h. */
#include "common/boot/menu-text.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"

#define SIZE_COLUMN 40
#define NUMBER_MAX  24

/* One line at a time. */
struct page {
        struct menu_text *text;
        enum language language;
        size_t columns; /* of the line being written */
        struct writer writer;
};

static void begin(struct page *page, enum menu_style style)
{
        struct menu_line *line = &page->text->lines[page->text->count];

        if (page->text->count < MENU_ROWS)
                page->text->count++;
        else
                line = &page->text->lines[MENU_ROWS - 1]; /* a page that is too long; the test of all pages finds it */
        line->style = style;
        page->columns = 0;
        page->writer = writer_over(line->text, sizeof(line->text));
        line->text[0] = '\0';
}

static size_t character_size(const char *text)
{
        uint8_t lead = (uint8_t)text[0];

        return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* C0, DEL and C1: on a serial console they would be commands. */
static bool is_control(const char *text)
{
        uint8_t lead = (uint8_t)text[0];

        return lead < 0x20 || lead == 0x7f || (lead == 0xc2 && (uint8_t)text[1] < 0xa0);
}

/* What does not fit into the line is cut, at a character. */
static void add_bytes(struct page *page, const char *text, size_t length)
{
        const char *end = text + length;

        for (size_t size; text < end && page->columns < MENU_COLUMNS; text += size, page->columns++) {
                size = character_size(text);
                if (is_control(text))
                        writer_char(&page->writer, '?');
                else
                        writer_bytes(&page->writer, text, size);
        }
        writer_text(&page->writer, ""); /* its NUL */
}

static void add(struct page *page, const char *text)
{
        if (!text_is_utf8(text, text_length(text)))
                text = "?";
        add_bytes(page, text, text_length(text));
}

static const char *of_number(uint64_t number, char ret[static NUMBER_MAX])
{
        struct writer writer = writer_over(ret, NUMBER_MAX);

        writer_decimal(&writer, number);
        return ret;
}

static void add_number(struct page *page, uint64_t number)
{
        char digits[NUMBER_MAX];

        add(page, of_number(number, digits));
}

/* How far the next word reaches, with the spaces in front of it. */
static size_t word_length(const char *text, size_t *ret_columns)
{
        size_t length = 0, columns = 0;

        while (text[length] == ' ')
                length++;
        for (columns = length; text[length] != '\0' && text[length] != ' '; columns++)
                length += character_size(text + length);
        *ret_columns = columns;
        return length;
}

/* In as many lines as it takes. `text` is one of the catalog's, filled in with what is no longer than a line. */
static void paragraph(struct page *page, enum menu_style style, const char *text)
{
        size_t length, columns;

        begin(page, style);
        for (; *text != '\0'; text += length) {
                length = word_length(text, &columns);
                if (page->columns > 0 && page->columns + columns > MENU_COLUMNS) {
                        begin(page, style);
                        for (; *text == ' '; text++)
                                length--;
                }
                add_bytes(page, text, length);
        }
}

static void line(struct page *page, enum menu_style style, const char *english)
{
        paragraph(page, style, message(page->language, english));
}

static void line_with(struct page *page, enum menu_style style, const char *english, const char *what)
{
        char text[4 * MENU_LINE_BYTES];
        struct writer writer = writer_over(text, sizeof(text));

        message_fill(&writer, message(page->language, english), what, "");
        paragraph(page, style, writer.overflow || !text_is_utf8(text, writer.size) ? "?" : text);
}

static void blank(struct page *page)
{
        begin(page, MENU_STYLE_PLAIN);
}

static void title(struct page *page, const struct menu_facts *facts, const char *what)
{
        const struct os_identity *os = facts->os;

        line(page, MENU_STYLE_TITLE, what);
        begin(page, MENU_STYLE_PLAIN);
        add(page, os->image_id[0] != '\0' ? os->image_id : os->id);
        if (os->image_version[0] != '\0' || os->version_id[0] != '\0') {
                add(page, " ");
                add(page, os->image_version[0] != '\0' ? os->image_version : os->version_id);
        }
        blank(page);
}

/* What starts without a menu is said as it is: a person must not take a reset for an ordinary start. */
static const char *start_title(struct boot_choice otherwise)
{
        if (otherwise.mode == MODE_RECOVERY)
                return N_("Continue to the recovery page");
        if (otherwise.mode == MODE_BREAK_GLASS)
                return N_("Continue to the break-glass shell");
        if (otherwise.mode == MODE_NORMAL)
                return N_("Start normally");
        switch (otherwise.reason) {
        case REASON_REQUEST_DUE:
                return N_("Continue with the factory reset that was requested");
        case REASON_RESET_UNDER_WAY:
                return N_("Continue with the factory reset that has begun");
        default:
                return N_("Continue with the factory reset that was chosen");
        }
}

static const char *item_title(const struct menu *menu, enum menu_item item, const struct menu_facts *facts)
{
        static const char *const titles[MENU_ITEM_COUNT] = {
                [MENU_ITEM_ANYWAY] = N_("Start anyway, and count failed starts from zero"),
                [MENU_ITEM_RESET] = N_("Factory reset (asks again)"),
                [MENU_ITEM_RECOVERY] = N_("Recovery: look at what is wrong"),
                [MENU_ITEM_BREAK_GLASS] = N_("Break-glass shell, without the data (asks again)"),
                [MENU_ITEM_FIRMWARE_SETUP] = N_("Firmware setup"),
                [MENU_ITEM_POWER_OFF] = N_("Power off"),
        };
        static const char *const guarded[MENU_ITEM_COUNT] = {
                [MENU_ITEM_RESET] = N_("Factory reset (asks for the password)"),
                [MENU_ITEM_RECOVERY] = N_("Recovery: look at what is wrong (asks for the password)"),
                [MENU_ITEM_BREAK_GLASS] = N_("Break-glass shell, without the data (asks for the password)"),
        };

        if (item == MENU_ITEM_NORMAL)
                return start_title(facts->otherwise);
        return menu->guarded[item] && !menu->password_given && guarded[item] ? guarded[item] : titles[item];
}

/* `english`: %1 stands for the seconds. In a menu without end there is nothing to say. */
static void countdown(struct page *page, const struct menu *menu, const char *english)
{
        char seconds[NUMBER_MAX];

        if (menu->counting)
                line_with(page, MENU_STYLE_PLAIN, english, of_number(menu->seconds_left, seconds));
        else
                blank(page);
}

/* On a page behind the list, or where there is none. */
static void question_countdown(struct page *page, const struct menu *menu)
{
        countdown(page, menu, N_("If no key is pressed, this is cancelled in %1 s and the start continues."));
}

static void compose_list(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        title(page, facts, N_("Cleanslate: boot menu"));
        for (int i = 0; i < MENU_ITEM_COUNT; i++) {
                enum menu_item item = (enum menu_item)i;
                bool selected = item == menu->selected;

                if (!menu->offered[i])
                        continue;
                begin(page, selected ? MENU_STYLE_SELECTED : MENU_STYLE_PLAIN);
                add(page, selected ? "> " : "  ");
                add(page, (char[]){ menu_item_letter(item), '\0' });
                add(page, "  ");
                add(page, message(page->language, item_title(menu, item, facts)));
        }
        blank(page);
        line(page, MENU_STYLE_PLAIN, N_("Up and Down, then Enter; or the letter in front."));
        countdown(page, menu, N_("Continues with the first entry in %1 s; any key extends this to a minute."));
}

/* "1.4 GiB": one place behind the point, cut. */
static void add_size(struct page *page, uint64_t bytes)
{
        static const char *const units[] = { " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
        size_t unit = 0;
        uint64_t tenths;

        for (; bytes >= UINT64_C(1024) * 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
                bytes /= 1024;
        tenths = bytes % 1024 * 10 / 1024;
        add_number(page, bytes / 1024);
        if (tenths > 0) {
                add(page, ".");
                add_number(page, tenths);
        }
        add(page, units[unit]);
}

static void add_partition(struct page *page, const struct gpt_partition *partition)
{
        const char *name = partition_type_name(&partition->type);

        begin(page, MENU_STYLE_PLAIN);
        add(page, "    ");
        add(page, partition->label[0] != '\0' ? partition->label : message(page->language, N_("(without a label)")));
        while (page->columns < SIZE_COLUMN)
                add(page, " ");
        add(page, "  ");
        add_size(page, partition->size_bytes);
        if (name != NULL) {
                add(page, message(page->language, N_(", type ")));
                add(page, name);
        }
}

static void add_partitions(struct page *page, const struct menu_facts *facts)
{
        char digits[NUMBER_MAX];
        size_t named = facts->partition_count < MENU_PARTITIONS_MAX ? facts->partition_count : MENU_PARTITIONS_MAX;

        if (facts->partitions_problem != NULL) {
                line_with(page, MENU_STYLE_PLAIN, N_("    They cannot be named here: %1"), facts->partitions_problem);
                return;
        }
        if (facts->partition_count == 0)
                line(page, MENU_STYLE_PLAIN, N_("    There are none; it will be built as if it were new."));
        for (size_t i = 0; i < named; i++)
                add_partition(page, &facts->partitions[i]);
        if (facts->partition_count > named)
                line_with(page, MENU_STYLE_PLAIN, N_("    and %1 more"), of_number(facts->partition_count - named, digits));
}

static void compose_reset_ask(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        title(page, facts, N_("Cleanslate: factory reset"));
        line(page, MENU_STYLE_ALERT,
             N_("All settings, accounts and data on this device will be erased. They cannot be brought back by anybody. The "
                "system itself stays and starts as if it were new."));
        blank(page);
        line(page, MENU_STYLE_PLAIN,
             N_("The system image decides which partitions are erased; it is checked first, and nothing is erased if it was "
                "altered. On this disk it can be these:"));
        add_partitions(page, facts);
        blank(page);
        line(page, MENU_STYLE_PLAIN, N_("Enter: continue; you will have to type a word.   Esc: back, nothing is erased."));
        question_countdown(page, menu);
}

static void prompt(struct page *page, const struct menu *menu)
{
        begin(page, MENU_STYLE_SELECTED);
        add(page, "> ");
        add(page, menu->typed);
        add(page, "_");
        blank(page);
        if (menu->typed_wrong)
                line(page, MENU_STYLE_ALERT, N_("That word did not match. Nothing has been done."));
        else
                blank(page);
        question_countdown(page, menu);
}

static const char *what_needs_a_password(enum menu_item item)
{
        if (item == MENU_ITEM_RESET)
                return N_("A factory reset needs a password on this device.");
        if (item == MENU_ITEM_RECOVERY)
                return N_("The recovery page needs a password on this device.");
        return N_("The break-glass shell needs a password on this device.");
}

static void stars(struct page *page, const struct menu *menu)
{
        size_t count = menu->password_length < PASSWORD_MAX ? menu->password_length : PASSWORD_MAX;

        begin(page, MENU_STYLE_SELECTED);
        add(page, "> ");
        for (size_t i = 0; i < count; i++)
                add(page, "*");
        add(page, "_");
        blank(page);
}

static void compose_password(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        char seconds[NUMBER_MAX];

        title(page, facts, N_("Cleanslate: password"));
        line(page, MENU_STYLE_PLAIN, what_needs_a_password(menu->selected));
        blank(page);
        line(page, MENU_STYLE_PLAIN,
             menu->asked_elsewhere ? N_("Type it and press Enter. Esc goes on without it.")
                                   : N_("Type it and press Enter. Esc goes back."));
        blank(page);
        stars(page, menu);
        if (menu->typed_wrong)
                line(page, MENU_STYLE_ALERT, N_("Wrong password. Nothing has been done."));
        if (menu->wait_s > 0)
                line_with(page, MENU_STYLE_ALERT,
                          N_("After wrong passwords the next one is taken in %1 s. Switching off does not shorten this time."),
                          of_number(menu->wait_s, seconds));
        if (menu->wait_s == 0 || !menu->touched) /* else one thing after the other */
                question_countdown(page, menu);
}

static void compose_reset_word(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        title(page, facts, N_("Cleanslate: factory reset"));
        line(page, MENU_STYLE_ALERT, N_("This is the last question. After this, everything is erased."));
        blank(page);
        line(page, MENU_STYLE_PLAIN, N_("Type the word  reset  and press Enter. Esc goes back."));
        blank(page);
        prompt(page, menu);
}

static void compose_break_glass_ask(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        title(page, facts, N_("Cleanslate: break-glass shell"));
        line(page, MENU_STYLE_PLAIN, N_("A root shell on this console, for finding out what is wrong with the device."));
        line(page, MENU_STYLE_PLAIN, N_("This is measured into the TPM first: settings and data stay locked in this boot."));
        line(page, MENU_STYLE_PLAIN,
             N_("It leaves a trace that cannot be undone: a counter, and a record on the EFI system partition. The next "
                "ordinary start reports it."));
        if (facts->break_glass == BREAK_GLASS_THEN_RESET)
                line(page, MENU_STYLE_ALERT, N_("Afterwards the device is reset to its factory state: ALL DATA WILL BE ERASED."));
        blank(page);
        line(page, MENU_STYLE_PLAIN, N_("Enter: continue; you will have to type two words.   Esc: back."));
        if (menu->asked_elsewhere)
                line(page, MENU_STYLE_PLAIN, N_("The system asked for this."));
        question_countdown(page, menu);
}

static void compose_break_glass_word(struct page *page, const struct menu *menu, const struct menu_facts *facts)
{
        title(page, facts, N_("Cleanslate: break-glass shell"));
        line(page, MENU_STYLE_PLAIN, N_("Type the words  break glass  and press Enter. Esc goes back."));
        blank(page);
        prompt(page, menu);
}

void menu_text_compose(const struct menu *menu, const struct menu_facts *facts, struct menu_text *ret)
{
        struct page page = { .text = ret, .language = facts->language };

        memset(ret, 0, sizeof(*ret));
        switch (menu->page) {
        case MENU_PAGE_LIST:
                compose_list(&page, menu, facts);
                break;
        case MENU_PAGE_PASSWORD:
                compose_password(&page, menu, facts);
                break;
        case MENU_PAGE_RESET_ASK:
                compose_reset_ask(&page, menu, facts);
                break;
        case MENU_PAGE_RESET_WORD:
                compose_reset_word(&page, menu, facts);
                break;
        case MENU_PAGE_BREAK_GLASS_ASK:
                compose_break_glass_ask(&page, menu, facts);
                break;
        case MENU_PAGE_BREAK_GLASS_WORD:
                compose_break_glass_word(&page, menu, facts);
                break;
        case MENU_PAGE_OFF:
        case MENU_PAGE_HIDDEN:
        case MENU_PAGE_COUNT:
                break;
        }
}
