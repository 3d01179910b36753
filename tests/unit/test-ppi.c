/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's physical presence interface, played by a directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "linux/efi/ppi.h"
#include "tests/unit/scratch.h"

/* A firmware that says yes to everything and does nothing. */
static bool requests_are_lost;

ssize_t write(int fd, const void *data, size_t size)
{
        return requests_are_lost ? (ssize_t)size : syscall(SYS_write, fd, data, size);
}

static struct fixture {
        char directory[SCRATCH_PATH_MAX];
        int fd;
} fixture;

static int set_up(void **state)
{
        requests_are_lost = false;
        scratch_make(fixture.directory, NULL);
        fixture.fd = open(fixture.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture.fd >= 0);
        scratch_text(fixture.fd, "request", "0\n");
        scratch_text(fixture.fd, "response", "0: No Recent Request\n");
        scratch_text(fixture.fd, "transition_action", "2: Reboot\n");
        scratch_text(fixture.fd, "tcg_operations", "5 3: User required\n14 3: User required\n");
        return 0;
}

static int tear_down(void **state)
{
        requests_are_lost = false;
        (void)close(fixture.fd);
        scratch_remove(fixture.directory);
        return 0;
}

static void an_offer_is_read(void **state)
{
        struct ppi_clear_offer offer = { 0 };
        assert_int_equal(ppi_read_offer(fixture.directory, &offer), 0);
        assert_true(offer.present && offer.asks_user);
        assert_int_equal(offer.operation, 5);
}

static void no_interface_is_no_error_and_offers_nothing(void **state)
{
        struct ppi_clear_offer offer = { .present = true, .operation = 5 };
        assert_int_equal(ppi_read_offer("/nonexistent/ppi", &offer), 0);
        assert_false(offer.present);
        assert_int_equal(offer.operation, 0);
}

static void an_interface_that_cannot_be_read_offers_nothing_and_says_so(void **state)
{
        struct ppi_clear_offer offer = { .operation = 77 };
        assert_int_equal(unlinkat(fixture.fd, "tcg_operations", 0), 0);
        assert_int_equal(ppi_read_offer(fixture.directory, &offer), -ENOENT);
        scratch_text(fixture.fd, "request", "what?\n");
        assert_int_equal(ppi_read_offer(fixture.directory, &offer), -EBADMSG);
        assert_int_equal(offer.operation, 77);
}

static void a_request_is_written_and_read_back(void **state)
{
        enum ppi_transition leave = PPI_TRANSITION_NONE;
        struct ppi_response response = { 77, 77 };
        uint32_t pending = 77;
        assert_int_equal(ppi_request(fixture.directory, 5, &leave), 0);
        assert_int_equal(leave, PPI_TRANSITION_REBOOT);
        assert_int_equal(ppi_read_answer(fixture.directory, &pending, &response), 0);
        assert_int_equal(pending, 5);
        assert_int_equal(response.operation, 0);
        assert_int_equal(ppi_request(fixture.directory, 0, &leave), 0); /* withdrawn */
        assert_int_equal(ppi_read_answer(fixture.directory, &pending, &response), 0);
        assert_int_equal(pending, 0);
}

static void a_request_that_is_not_kept_is_an_error(void **state)
{
        enum ppi_transition leave = PPI_TRANSITION_VENDOR;
        requests_are_lost = true;
        assert_int_equal(ppi_request(fixture.directory, 5, &leave), -EIO);
        requests_are_lost = false;
        assert_int_equal(unlinkat(fixture.fd, "request", 0), 0);
        assert_int_equal(ppi_request(fixture.directory, 5, &leave), -ENOENT);
        assert_int_equal(leave, PPI_TRANSITION_VENDOR);
}

static void a_machine_that_has_to_be_switched_off_says_so(void **state)
{
        enum ppi_transition leave = PPI_TRANSITION_NONE;
        scratch_text(fixture.fd, "transition_action", "1: Shutdown\n");
        assert_int_equal(ppi_request(fixture.directory, 5, &leave), 0);
        assert_int_equal(leave, PPI_TRANSITION_SHUTDOWN);
        scratch_text(fixture.fd, "transition_action", "4: Error\n");
        assert_int_equal(ppi_request(fixture.directory, 5, &leave), 0);
        assert_int_equal(leave, PPI_TRANSITION_REBOOT);
}

static void an_answer_is_read(void **state)
{
        struct ppi_response response = { 77, 77 };
        uint32_t pending = 77;
        scratch_text(fixture.fd, "response", "5 0xFFFFFFF0: User Abort\n");
        assert_int_equal(ppi_read_answer(fixture.directory, &pending, &response), 0);
        assert_int_equal(response.operation, 5);
        assert_int_equal(response.code, PPI_CODE_USER_ABORT);
        scratch_text(fixture.fd, "response", "odd\n");
        assert_int_equal(ppi_read_answer(fixture.directory, &pending, &response), -EBADMSG);
}

int main(void)
{
#define WITH_FIRMWARE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                WITH_FIRMWARE(an_offer_is_read),
                WITH_FIRMWARE(no_interface_is_no_error_and_offers_nothing),
                WITH_FIRMWARE(an_interface_that_cannot_be_read_offers_nothing_and_says_so),
                WITH_FIRMWARE(a_request_is_written_and_read_back),
                WITH_FIRMWARE(a_request_that_is_not_kept_is_an_error),
                WITH_FIRMWARE(a_machine_that_has_to_be_switched_off_says_so),
                WITH_FIRMWARE(an_answer_is_read),
        };
        return cmocka_run_group_tests_name("ppi", tests, NULL, NULL);
}
