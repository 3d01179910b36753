/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recovery page as it arrives: a screen is cleared and not overfilled, a line gets all of it, and one that is stuck holds
 * nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "initrd/recovery-page.h"

enum { SCREEN, LINE };

static struct fixture {
        struct report report;
        struct page page;
        int ends[2]; /* where what was written comes out */
        char text[2][65536];
} fixture;

static int set_up(void **state)
{
        memset(&fixture, 0, sizeof(fixture));
        for (int i = 0; i < 2; i++) {
                int ends[2];

                assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
                fixture.ends[i] = ends[0];
                fixture.report.consoles.fds[i] = ends[1];
        }
        fixture.report.consoles.is_screen[SCREEN] = true;
        fixture.report.consoles.count = 2;
        return 0;
}

static int tear_down(void **state)
{
        for (int i = 0; i < 2; i++) {
                (void)close(fixture.ends[i]);
                (void)close(fixture.report.consoles.fds[i]);
        }
        return 0;
}

static void show(void)
{
        page_show(&fixture.page, &fixture.report);
        for (int i = 0; i < 2; i++) {
                ssize_t n = read(fixture.ends[i], fixture.text[i], sizeof(fixture.text[i]) - 1);

                fixture.text[i][n < 0 ? 0 : n] = 0;
        }
}

static size_t count(const char *text, const char *part)
{
        size_t found = 0;

        for (; (text = strstr(text, part)); text += strlen(part))
                found++;
        return found;
}

static void a_line_is_translated_and_what_is_filled_in_is_not(void **state)
{
        page_begin(&fixture.page, "A TITLE");
        page_message(&fixture.page.head, LANGUAGE_GERMAN, PAGE_SAYS, "Factory reset not started: %1 Nothing was erased.",
                     "image %1.", "");
        page_message(&fixture.page.head, LANGUAGE_ENGLISH, PAGE_SAYS, "Factory reset not started: %1 Nothing was erased.",
                     "image %2.", "");
        page_message(&fixture.page.head, LANGUAGE_GERMAN, "  ", "image", "", "");
        show();
        assert_non_null(strstr(fixture.text[LINE], PAGE_SAYS "nicht zurückgesetzt: image %1. Es wurde nichts gelöscht.\r\n"));
        assert_non_null(strstr(fixture.text[LINE], PAGE_SAYS "Factory reset not started: image %2. Nothing was erased.\r\n"));
        assert_non_null(strstr(fixture.text[SCREEN], "  Image\r\n"));
}

static void fill_log(size_t lines)
{
        for (size_t i = 0; i < lines; i++)
                (void)snprintf(fixture.page.log.lines[i], KERNEL_LOG_LINE_MAX, "event %02zu", i);
        fixture.page.log.count = lines;
}

static void scripts_get_the_prefix_and_screens_do_not(void **state)
{
        page_begin(&fixture.page, "A TITLE");
        page_line(&fixture.page.head, PAGE_SAYS "something %s", "is wrong");
        page_line(&fixture.page.foot, PAGE_SAYS "press r");
        show();
        assert_non_null(strstr(fixture.text[LINE], "\r\ncleanslate: RECOVERY: something is wrong\r\n"));
        assert_non_null(strstr(fixture.text[LINE], "\r\ncleanslate: RECOVERY: press r\r\n"));
        assert_null(strchr(fixture.text[LINE], '\x1b'));
        assert_null(strstr(fixture.text[SCREEN], "cleanslate: RECOVERY"));
        assert_non_null(strstr(fixture.text[SCREEN], "\x1b[2J\x1b[H"));
        assert_non_null(strstr(fixture.text[SCREEN], "\r\n  something is wrong\r\n"));
        assert_non_null(strstr(fixture.text[SCREEN], "A TITLE"));
}

static void a_screen_shows_the_end_of_the_log_that_fits(void **state)
{
        for (size_t head = 0; head < 30; head++) {
                page_begin(&fixture.page, "A TITLE");
                for (size_t i = 0; i < head; i++)
                        page_line(&fixture.page.head, "line");
                page_line(&fixture.page.foot, "press r");
                fill_log(KERNEL_LOG_LINES);
                show();
                assert_int_equal(count(fixture.text[LINE], "event "), KERNEL_LOG_LINES);
                if (head < 20) {
                        assert_true(count(fixture.text[SCREEN], "\r\n") < 25); /* a pipe has no size: 25 rows are taken */
                        assert_true(count(fixture.text[SCREEN], "event ") == 0 || strstr(fixture.text[SCREEN], "event 19"));
                }
                assert_int_equal(count(fixture.text[SCREEN], "press r"), 1);
        }
        page_begin(&fixture.page, "A TITLE");
        fill_log(3);
        show();
        assert_int_equal(count(fixture.text[SCREEN], "event "), 3);
}

static void too_many_lines_are_left_out(void **state)
{
        page_begin(&fixture.page, "A TITLE");
        for (size_t i = 0; i < PAGE_LINES_MAX + 10; i++)
                page_line(&fixture.page.head, "line");
        show();
        assert_int_equal(count(fixture.text[LINE], "line"), PAGE_LINES_MAX);
}

/* What an earlier boot has left as its failure, and the kernel's log, hold names that anybody may have given a partition. */
static void text_of_others_steers_no_terminal(void **state)
{
        page_begin(&fixture.page, "A TITLE");
        page_line(&fixture.page.head, "Partition 5 \"%s\" is not there.", "\x1b]0;x\x07\n\xe2\x80\xaegnp.exe\xff");
        page_message(&fixture.page.head, LANGUAGE_GERMAN, "  ", "Factory reset not started: %1 Nothing was erased.",
                     "\x1b[2Jwipe", "");
        fill_log(1);
        (void)snprintf(fixture.page.log.lines[0], KERNEL_LOG_LINE_MAX, "event \x1b[31mred");
        show();
        assert_null(strchr(fixture.text[LINE], '\x1b'));
        assert_null(strchr(fixture.text[LINE], '\x07'));
        assert_non_null(strstr(fixture.text[LINE], "Partition 5 \"?]0;x???gnp.exe?\" is not there.\r\n"));
        assert_non_null(strstr(fixture.text[LINE], "?[2Jwipe"));
        assert_non_null(strstr(fixture.text[LINE], "event ?[31mred\r\n"));
}

static void a_stuck_line_does_not_hold_up_the_screen(void **state)
{
        static char junk[4096];

        while (write(fixture.report.consoles.fds[LINE], junk, sizeof(junk)) > 0)
                ;
        page_begin(&fixture.page, "A TITLE");
        page_line(&fixture.page.foot, "press r");
        show();
        assert_true(fixture.report.consoles.is_stuck[LINE]);
        page_show(&fixture.page, &fixture.report);
        assert_non_null(strstr(fixture.text[SCREEN], "press r"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_line_is_translated_and_what_is_filled_in_is_not, set_up, tear_down),
                cmocka_unit_test_setup_teardown(scripts_get_the_prefix_and_screens_do_not, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_screen_shows_the_end_of_the_log_that_fits, set_up, tear_down),
                cmocka_unit_test_setup_teardown(too_many_lines_are_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(text_of_others_steers_no_terminal, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_stuck_line_does_not_hold_up_the_screen, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
