/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a key asks for a reset, from what busctl prints of logind and systemd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reset-tool/reset-key.h"

/* As busctl prints them, a line each. */
#define PROPERTIES(action) "s \"poweroff\"\ns \"ignore\"\ns \"reboot\"\ns \"" action "\"\n"

static struct {
        const char *properties, *version; /* NULL: busctl fails */
        int asked;
} world;

static int fake_command(const char *const argv[], char *ret_output, size_t capacity)
{
        const char *answer = strstr(argv[2], "HandlePowerKeyLongPress") ? world.properties : world.version;
        world.asked++;
        if (!answer)
                return 1;
        (void)snprintf(ret_output, capacity, "%s", answer);
        return 0;
}

static struct checkup_facts ask(int (*command)(const char *const argv[], char *ret_output, size_t capacity))
{
        const struct environment environment = { .command = command };
        struct checkup_facts facts = { .reset_key = RESET_KEY_SET, .systemd_version = 1 };
        reset_key_query(&environment, &facts);
        return facts;
}

static void a_key_that_is_set_is_found_with_the_version(void **state)
{
        static const struct {
                const char *answer;
                uint32_t version;
        } versions[] = {
                { "s \"252.39-1~deb12u1\"\n", 252 },
                { "s \"258\"\n", 258 },
                { "s \"v259\"\n", 0 },
                { "s \"99999999999999999999\"\n", 0 },
                { "", 0 },
                { NULL, 0 },
        };
        world.properties = PROPERTIES("factory-reset");
        for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
                world.version = versions[i].answer;
                struct checkup_facts facts = ask(fake_command);
                assert_int_equal(facts.reset_key, RESET_KEY_SET);
                assert_int_equal(facts.systemd_version, versions[i].version);
        }
}

static void no_key_needs_no_version(void **state)
{
        world.properties = PROPERTIES("suspend");
        world.version = "s \"252\"\n";
        world.asked = 0;
        struct checkup_facts facts = ask(fake_command);
        assert_int_equal(facts.reset_key, RESET_KEY_NONE);
        assert_int_equal(world.asked, 1);
}

static void who_cannot_be_asked_is_unknown(void **state)
{
        world.properties = NULL;
        assert_int_equal(ask(fake_command).reset_key, RESET_KEY_UNKNOWN);
        assert_int_equal(ask(NULL).reset_key, RESET_KEY_UNKNOWN);
        assert_int_equal(ask(NULL).systemd_version, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_key_that_is_set_is_found_with_the_version),
                cmocka_unit_test(no_key_needs_no_version),
                cmocka_unit_test(who_cannot_be_asked_is_unknown),
        };
        return cmocka_run_group_tests_name("reset-key", tests, NULL, NULL);
}
