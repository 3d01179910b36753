/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware as it is (fake-personalities.c), from power-on to the kernel, again and again: no ordinary boot is ever harmed, a
 * request is never forgotten, boots that fail end on the page, and its exits work. What becomes of each is a row of the table in
 * docs/firmware.md, which is this program's. */
#include "efi-boot-fixture.h"

#include <stdio.h>

#include "common/state/boot-trace.h"
#include "document.h"
#include "fake-personalities.h"
#include "linux/base/hash.h"

#define BOOTS_MAX  1000
#define SAYS       "Cleanslate: " /* before each line of the stub (efi/console.c) */
#define MENU_TITLE "boot menu"    /* behind it, and then all that is drawn */

struct outcome {
        bool page, menu; /* boots that fail end on the page; its menu's exit leads on */
        bool hears, resumes;
        char words[512]; /* of an ordinary boot */
};

static const struct fake_personality *at;
static struct outcome outcomes[FAKE_PERSONALITIES];

/* -- what initrd and system do of it --------------------------------------------------------------------------------------- */

static bool system_writes(void)
{
        return at->system == SYSTEM_SEES || at->system == SYSTEM_IS_SHOWN_NOTHING;
}

static bool is_countable(void)
{
        return (at->lacks & (LACKS_STORE | LACKS_COUNT)) == 0;
}

static void set_count(struct fake_firmware *firmware, uint32_t boots, enum boot_reached reached)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

        boot_count_encode(&(struct boot_count){ boots, reached }, encoded);
        fake_set_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
}

static void forget(struct fake_firmware *firmware, const struct guid *vendor, const char *name)
{
        struct fake_variable *variable = (struct fake_variable *)fake_find_variable(firmware, vendor, name);

        if (variable == NULL)
                return;
        free(variable->value);
        *variable = (struct fake_variable){ 0 };
}

static void forget_count(struct fake_firmware *firmware)
{
        forget(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME);
}

/* The initrd notes the last boot, by whatever name, and the system takes back what it is shown. */
static void come_through(struct fake_firmware *firmware)
{
        const struct handover handover = handed_over(firmware);
        bool noted = false;

        if (handover.boot_is_last && system_writes() && is_countable()) {
                set_count(firmware, handover.boots, BOOT_REACHED_INIT);
                noted = true; /* what Linux has written itself, it shows */
        }
        if (at->system == SYSTEM_SEES || noted)
                forget_count(firmware);
}

static void die_early(struct fake_firmware *firmware)
{
        const struct handover handover = handed_over(firmware);

        if (handover.boot_is_last && system_writes() && is_countable())
                set_count(firmware, handover.boots, BOOT_REACHED_INITRD);
}

/* -- boots ------------------------------------------------------------------------------------------------------------------ */

static enum boot_mode start(struct fake_firmware *firmware)
{
        EFI_STATUS status = EFI_SUCCESS;

        if (!fake_run(firmware, &status))
                fail_msg("%s: no kernel starts: %s", at->name, firmware->console);
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        return handed_over(firmware).choice.mode;
}

static void assert_ordinary(struct fake_firmware *firmware, const char *which, uint32_t boot)
{
        if (start(firmware) != MODE_NORMAL)
                fail_msg("%s: boot %u %s is not ordinary: %s", at->name, boot, which, firmware->console);
}

/* All that the next start could know of this one. */
static void look_at_store(const struct fake_firmware *firmware, uint8_t ret[static SHA256_SIZE])
{
        uint8_t sum[SHA256_SIZE] = { 0 };

        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) {
                const struct fake_variable *variable = &firmware->variables[i];
                uint8_t digest[SHA256_SIZE];
                const struct bytes chunks[] = { { (const uint8_t *)variable->name, strlen(variable->name) + 1 },
                                                { (const uint8_t *)&variable->vendor, sizeof(variable->vendor) },
                                                { variable->value, variable->size } };

                if (!(variable->attributes & EFI_VARIABLE_NON_VOLATILE))
                        continue;
                sha256_chunks(chunks, ARRAY_SIZE(chunks), digest);
                for (size_t j = 0; j < SHA256_SIZE; j++)
                        sum[j] ^= digest[j]; /* wherever it stands */
        }
        memcpy(ret, sum, SHA256_SIZE);
}

/* Good boots until the store is as it was before one of them: those that follow are the same again. A thousand come to that. */
static void go_on_well(struct fake_firmware *firmware, const char *which)
{
        static uint8_t seen[BOOTS_MAX + 1][SHA256_SIZE];

        for (uint32_t boot = 1; boot <= BOOTS_MAX; boot++) {
                look_at_store(firmware, seen[boot - 1]);
                for (uint32_t earlier = 0; boot > 4 && earlier + 1 < boot; earlier++)
                        if (memcmp(seen[earlier], seen[boot - 1], SHA256_SIZE) == 0)
                                return;
                assert_ordinary(firmware, which, boot);
                come_through(firmware);
                fake_restart(firmware);
        }
}

static void each_personality(void (*story)(struct outcome *outcome))
{
        for (size_t i = 0; i < FAKE_PERSONALITIES; i++) {
                at = &fake_personalities[i];
                fake_use_personality(at);
                story(&outcomes[i]);
        }
        fake_use_personality(NULL);
}

/* -- the stories ------------------------------------------------------------------------------------------------------------ */

/* Each of its lines once, without what is drawn between them. */
static void note_words(struct outcome *outcome, const char *console, unsigned seconds)
{
        size_t length = 0;

        for (const char *line = console; (line = strstr(line, SAYS)) != NULL;) {
                char text[256];

                line += strlen(SAYS);
                (void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\r\n"), line);
                if (strncmp(text, MENU_TITLE, strlen(MENU_TITLE)) == 0)
                        (void)snprintf(text, sizeof(text), "the menu is shown for %u s", seconds);
                if (strstr(outcome->words, text) != NULL)
                        continue;
                length += (size_t)snprintf(outcome->words + length, sizeof(outcome->words) - length, "%s%s",
                                           length > 0 ? "; " : "", text);
                assert_true(length < sizeof(outcome->words));
        }
}

static void good_boots(struct outcome *outcome)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        assert_ordinary(firmware, "at all", 1);
        note_words(outcome, firmware->console, firmware->screen.seconds);
        come_through(firmware);
        fake_restart(firmware);
        go_on_well(firmware, "in a row");
        fake_done(firmware);
}

static void no_ordinary_boot_is_harmed(void **state)
{
        each_personality(good_boots);
}

/* The control: boots that do not come through. Behind the page is "try again", where the page's initrd can write. */
static void bad_boots(struct outcome *outcome)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        const bool noted = is_countable() && system_writes();

        for (uint32_t boot = 1; boot <= 3; boot++) {
                assert_ordinary(firmware, "that fails", boot);
                die_early(firmware);
                fake_restart(firmware);
        }
        outcome->page = start(firmware) == MODE_RECOVERY;
        if (outcome->page != noted)
                fail_msg("%s: three boots fail, and the fourth is %s", at->name, outcome->page ? "the page" : "none");
        forget_count(firmware); /* retire_boot_count() */
        fake_restart(firmware);
        go_on_well(firmware, "behind the page");
        fake_done(firmware);
}

static void boots_that_fail_end_on_the_page_and_it_tries_again(void **state)
{
        each_personality(bad_boots);
}

/* Also where nobody but the stub can write any more: the firmware, or the kernel, was updated since. */
static void exit_by_menu(struct outcome *outcome)
{
        struct fake_firmware *firmware;

        if (!is_countable())
                return;
        firmware = with_image(COMMAND_LINE);
        set_count(firmware, 3, BOOT_REACHED_INITRD);
        if (!(at->lacks & LACKS_KEYBOARD)) {
                fake_wait_ms(&firmware->screen, 70);
                fake_type(&firmware->screen, " ");
                fake_wait(&firmware->screen, 2);
                fake_type(&firmware->screen, "a");
        }
        outcome->menu = start(firmware) == MODE_NORMAL;
        if (outcome->menu != !(at->lacks & LACKS_KEYBOARD))
                fail_msg("%s: the menu's exit leads to %s", at->name, firmware->console);
        if (outcome->menu) {
                assert_int_equal(handed_over(firmware).choice.reason, REASON_MENU);
                come_through(firmware);
                fake_restart(firmware);
                go_on_well(firmware, "behind the menu");
        }
        fake_done(firmware);
}

static void the_page_is_left_by_the_menu_too(void **state)
{
        each_personality(exit_by_menu);
}

/* Asked for, begun and cut, over. */
static void reset_story(struct outcome *outcome)
{
        struct fake_firmware *firmware;

        if (at->lacks & LACKS_STORE)
                return; /* there is nothing that could be asked */
        firmware = with_image(COMMAND_LINE);
        set_request(firmware, REQUEST_OURS);
        outcome->hears = start(firmware) == MODE_RESET && handed_over(firmware).choice.reason == REASON_REQUEST_DUE;
        fake_restart(firmware);
        set_progress(firmware, PROGRESS_VARIABLE_NAME_1, PHASE_ERASED, 0);
        outcome->resumes = start(firmware) == MODE_RESET && handed_over(firmware).progress == PROGRESS_SUPERSEDED;
        if (!outcome->hears)
                fail_msg("%s: a request is not heard: %s", at->name, firmware->console);
        fake_restart(firmware);
        forget(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME);
        forget_count(firmware); /* a reset that is complete ends the counting */
        if (start(firmware) != MODE_RESET && outcome->resumes)
                fail_msg("%s: a reset that was cut does not go on: %s", at->name, firmware->console);
        fake_restart(firmware);
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, PHASE_DONE, 0);
        forget(firmware, &guid_cleanslate, PROGRESS_VARIABLE_NAME_1);
        forget_count(firmware);
        go_on_well(firmware, "behind a reset");
        fake_done(firmware);
}

static void a_request_is_heard_and_its_reset_comes_to_an_end(void **state)
{
        each_personality(reset_story);
}

/* -- the table ----------------------------------------------------------------------------------------------------------------
 */

#define TABLE_BEGIN                                                                           \
        "<!-- the stub: written by tests/unit/test-efi-personalities.c -->\n"                 \
        "| firmware | good boots | three that fail | the menu's exit | a reset | it says |\n" \
        "|---|---|---|---|---|---|\n"

static void write_table(char *ret, size_t size)
{
        int length = snprintf(ret, size, "%s", TABLE_BEGIN);

        for (size_t i = 0; i < FAKE_PERSONALITIES; i++) {
                const struct outcome *outcome = &outcomes[i];
                length += snprintf(ret + length, size - (size_t)length, "| %s | ordinary | %s | %s | %s | %s |\n",
                                   fake_personalities[i].name, outcome->page ? "the page" : "ordinary",
                                   outcome->menu                                  ? "ordinary"
                                   : fake_personalities[i].lacks & LACKS_KEYBOARD ? "none"
                                                                                  : "not needed",
                                   outcome->resumes ? "begins, goes on, ends"
                                   : outcome->hears ? "begins, ends"
                                                    : "cannot be asked for",
                                   outcome->words[0] != '\0' ? outcome->words : "nothing");
                assert_true((size_t)length < size);
        }
}

static void the_table_in_the_document_is_this_one(void **state)
{
        static char table[1 << 15];

        write_table(table, sizeof(table));
        assert_document_has("docs/firmware.md", table);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_ordinary_boot_is_harmed),
                cmocka_unit_test(boots_that_fail_end_on_the_page_and_it_tries_again),
                cmocka_unit_test(the_page_is_left_by_the_menu_too),
                cmocka_unit_test(a_request_is_heard_and_its_reset_comes_to_an_end),
                cmocka_unit_test(the_table_in_the_document_is_this_one),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
