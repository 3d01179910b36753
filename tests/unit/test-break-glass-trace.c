/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace of the break-glass shell: counted, and written beside what is there already, never over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "linux/base/file.h"
#include "linux/record/break-glass-trace.h"
#include "linux/record/record.h"
#include "tests/unit/scratch.h"

static struct fixture {
        char directory[SCRATCH_PATH_MAX];
        int fd;
        struct efivarfs variables;
} fixture;

static int set_up(void **state)
{
        scratch_make(fixture.directory, NULL);
        fixture.fd = open(fixture.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture.fd >= 0);
        return efivarfs_open(fixture.directory, &fixture.variables);
}

static int tear_down(void **state)
{
        efivarfs_close(&fixture.variables);
        (void)close(fixture.fd);
        scratch_remove(fixture.directory);
        return 0;
}

static void the_counter_is_read_as_written(void **state)
{
        struct break_glass_trace trace = { 7, 7, 7 };

        assert_int_equal(break_glass_trace_read(&fixture.variables, &trace), 0);
        assert_int_equal(trace.count + trace.reported + trace.last_at, 0);
        trace = (struct break_glass_trace){ .count = 3, .reported = 2, .last_at = 1764000000 };
        assert_int_equal(break_glass_trace_write(&fixture.variables, &trace), 0);
        memset(&trace, 0, sizeof(trace));
        assert_int_equal(break_glass_trace_read(&fixture.variables, &trace), 0);
        assert_int_equal(trace.count, 3);
        assert_int_equal(trace.reported, 2);
        assert_int_equal(trace.last_at, 1764000000);
        assert_int_equal(efivarfs_write(&fixture.variables, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, "xyz", 3), 0);
        assert_int_equal(break_glass_trace_read(&fixture.variables, &trace), -EBADMSG);
        assert_int_equal(trace.count, 3);
}

static bool is_in(const char *path, const char *text)
{
        char *content = NULL;
        int r = file_read(fixture.fd, path, BREAK_GLASS_RECORD_MAX, &content, NULL);
        bool found = r == 0 && strstr(content, text);

        free(content);
        return found;
}

static void each_opening_has_a_record_of_its_own(void **state)
{
        struct os_identity os = { .id = "debian", .image_id = "quote\"" };
        struct break_glass_event event = { .count = 1,
                                           .at = 1764000000,
                                           .os = &os,
                                           .boot_id = "some-boot",
                                           .reason = "menu",
                                           .policy = BREAK_GLASS_THEN_RESET,
                                           .unseal = "state: refused" };

        assert_int_equal(break_glass_record_write(fixture.fd, &event), 0);
        event.boot_id = "a-later-boot"; /* whose counter was lost */
        assert_int_equal(break_glass_record_write(fixture.fd, &event), 0);
        assert_true(is_in(RECORD_DIRECTORY "/break-glass-1.json", "\"bootId\":\"some-boot\""));
        assert_true(is_in(RECORD_DIRECTORY "/break-glass-1.json", "\"policy\":\"then-reset\""));
        assert_true(is_in(RECORD_DIRECTORY "/break-glass-1.json", "\"imageId\":\"quote\\\"\""));
        assert_true(is_in(RECORD_DIRECTORY "/break-glass-2.json", "\"bootId\":\"a-later-boot\""));
}

static void a_record_that_finds_no_place_is_an_error(void **state)
{
        struct os_identity os = { .id = "debian" };
        struct break_glass_event event = { .count = 1, .os = &os, .boot_id = "", .reason = "", .unseal = "" };

        scratch_text(fixture.fd, "EFI", "a file in the way");
        assert_true(break_glass_record_write(fixture.fd, &event) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_counter_is_read_as_written, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_opening_has_a_record_of_its_own, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_that_finds_no_place_is_an_error, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
