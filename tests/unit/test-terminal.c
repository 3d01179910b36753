/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys from people, on real (pseudo) terminals: what was typed too early is dropped, an arrow key is no Esc, a line is echoed on
 * every console and edited as people expect, a shell gets its terminal back as it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "initrd/terminal.h"
#include "linux/base/modules.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define CONSOLES 2
#define SECONDS  30 /* who waits for a key that never comes fails the test */

static struct world {
        struct boot_context context;
        int ends[CONSOLES];
        char said[CONSOLES][4096], loaded[256];
} world;

int __wrap_modules_load(struct kmod_ctx *modules, const char *name)
{
        (void)snprintf(world.loaded + strlen(world.loaded), sizeof(world.loaded) - strlen(world.loaded), "%s ", name);
        return -ENOENT;
}

static int set_up(void **state)
{
        struct consoles *consoles = &world.context.report.consoles;
        memset(&world, 0, sizeof(world));
        world.context.report.kmsg_fd = -1;
        for (size_t i = 0; i < CONSOLES; i++) {
                world.ends[i] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
                assert_true(world.ends[i] >= 0);
                assert_int_equal(grantpt(world.ends[i]), 0);
                assert_int_equal(unlockpt(world.ends[i]), 0);
                consoles->fds[i] = open(ptsname(world.ends[i]), O_RDWR | O_NOCTTY | O_CLOEXEC);
                assert_true(consoles->fds[i] >= 0);
                assert_int_equal(fcntl(world.ends[i], F_SETFL, O_NONBLOCK), 0);
        }
        consoles->count = CONSOLES;
        terminal_prepare(&world.context.report);
        (void)alarm(SECONDS);
        return 0;
}

static int tear_down(void **state)
{
        for (size_t i = 0; i < CONSOLES; i++) {
                (void)close(world.ends[i]);
                (void)close(world.context.report.consoles.fds[i]);
        }
        (void)alarm(0);
        return 0;
}

static void type(size_t console, const char *keys)
{
        struct pollfd arrival = { .fd = world.context.report.consoles.fds[console], .events = POLLIN };
        assert_int_equal(write(world.ends[console], keys, strlen(keys)), strlen(keys));
        assert_int_equal(poll(&arrival, 1, SECONDS * 1000), 1);
}

/* What the console has shown until `last` came with it: a pseudoterminal hands over later than it was written to. */
static const char *said_until(size_t console, const char *last)
{
        char *said = world.said[console];
        struct pollfd more = { .fd = world.ends[console], .events = POLLIN };
        said[0] = 0;
        for (size_t size = 0; strstr(said, last) == NULL; said[size] = 0) {
                assert_int_equal(poll(&more, 1, SECONDS * 1000), 1);
                ssize_t n = read(world.ends[console], said + size, sizeof(world.said[console]) - 1 - size);
                assert_true(n > 0);
                size += (size_t)n;
        }
        return said;
}

static void a_key_counts_at_once_on_any_console_and_is_not_echoed(void **state)
{
        for (size_t i = 0; i < CONSOLES; i++) {
                type(i, "rp\r");
                assert_int_equal(terminal_key(&world.context.report), 'r');
                assert_int_equal(terminal_key(&world.context.report), 'p');
                assert_int_equal(terminal_key(&world.context.report), '\r'); /* as it was typed */
                assert_int_equal(write(world.context.report.consoles.fds[i], "end", 3), 3);
                assert_string_equal(said_until(i, "end"), "end");
        }
}

static void what_was_typed_before_the_question_answers_nothing(void **state)
{
        type(0, "fff");
        terminal_prepare(&world.context.report);
        type(0, "r");
        assert_int_equal(terminal_key(&world.context.report), 'r');
}

static void ctrl_c_is_a_key(void **state)
{
        type(1, "\x03");
        assert_int_equal(terminal_key(&world.context.report), 3);
}

static void an_arrow_is_no_esc_and_esc_is_one(void **state)
{
        static const char *const sequences[] = { "\x1b[A", "\x1bOP", "\x1b[15~" };
        for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
                type(0, sequences[i]);
                assert_int_equal(terminal_key(&world.context.report), TERMINAL_NO_KEY);
                type(0, "x");
                assert_int_equal(terminal_key(&world.context.report), 'x');
        }
        type(0, "\x1b");
        assert_int_equal(terminal_key(&world.context.report), '\x1b');
}

static void a_console_that_is_gone_stops_nobody(void **state)
{
        (void)close(world.ends[0]);
        world.ends[0] = -1;
        type(1, "r");
        assert_int_equal(terminal_key(&world.context.report), 'r');
}

static void a_word_is_shown_on_every_console_and_has_to_be_right(void **state)
{
        type(1, "resx\x7f"
                "et\r");
        assert_int_equal(terminal_ask_word(&world.context.report, "reset"), TYPED_YES);
        for (size_t i = 0; i < CONSOLES; i++)
                (void)said_until(i, "\r> reset\x1b[K");
        type(0, "rest\r");
        assert_int_equal(terminal_ask_word(&world.context.report, "reset"), TYPED_WRONG);
        type(0, "\x1b");
        assert_int_equal(terminal_ask_word(&world.context.report, "reset"), TYPED_CANCEL);
}

static void a_line_is_edited_and_never_longer_than_its_place(void **state)
{
        char line[6];
        type(0, "\x7f"
                "abx\x7f"
                "c\xc3\n");
        assert_int_equal(terminal_ask_line(&world.context.report, line, sizeof(line)), 3);
        assert_string_equal(line, "abc");
        (void)said_until(1, "\r> abc\x1b[K");
        type(0, "abcdefgh\r");
        assert_int_equal(terminal_ask_line(&world.context.report, line, sizeof(line)), 5);
        assert_string_equal(line, "abcde");
        type(0, "ab\x03");
        assert_int_equal(terminal_ask_line(&world.context.report, line, sizeof(line)), -ECANCELED);
        type(0, "ab");
        type(1, "\x1b");
        assert_int_equal(terminal_ask_line(&world.context.report, line, sizeof(line)), -ECANCELED);
}

static void a_shell_finds_lines_echo_and_signals(void **state)
{
        struct termios settings;
        const int fd = world.context.report.consoles.fds[0];
        assert_int_equal(tcgetattr(fd, &settings), 0);
        assert_int_equal(settings.c_lflag & (ICANON | ECHO | ISIG), 0);
        settings.c_cc[VINTR] = 'x';
        assert_int_equal(tcsetattr(fd, TCSANOW, &settings), 0);
        terminal_restore(fd);
        assert_int_equal(tcgetattr(fd, &settings), 0);
        assert_int_equal(settings.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), ICANON | ECHO | ISIG | IEXTEN);
        assert_true(settings.c_iflag & ICRNL);
        assert_int_equal(settings.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
        assert_int_equal(settings.c_cc[VINTR], 3);
        type(0, "ls\r");
        assert_string_equal(said_until(0, "\n"), "ls\r\n");
}

static void keyboards_are_loaded_where_there_are_modules(void **state)
{
        terminal_load_keyboards(&world.context);
        assert_string_equal(world.loaded, "");
        world.context.modules = (struct kmod_ctx *)&world;
        terminal_load_keyboards(&world.context); /* and one that is not there stops no other */
        assert_non_null(strstr(world.loaded, "xhci_pci "));
        assert_non_null(strstr(world.loaded, "usbhid "));
        assert_non_null(strstr(world.loaded, "atkbd "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_key_counts_at_once_on_any_console_and_is_not_echoed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_typed_before_the_question_answers_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(ctrl_c_is_a_key, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_arrow_is_no_esc_and_esc_is_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_console_that_is_gone_stops_nobody, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_word_is_shown_on_every_console_and_has_to_be_right, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_line_is_edited_and_never_longer_than_its_place, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_shell_finds_lines_echo_and_signals, set_up, tear_down),
                cmocka_unit_test_setup_teardown(keyboards_are_loaded_where_there_are_modules, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
