/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's physical presence texts, in the forms that drivers/char/tpm/tpm_ppi.c writes them, and in others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/format/ppi-text.h"

static struct ppi_clear_offer offer_of(const char *text)
{
        struct ppi_clear_offer offer;
        assert_int_equal(ppi_parse_operations(text, strlen(text), &offer), ERR_OK);
        return offer;
}

/* OVMF 2022.11 under QEMU, by Linux 6.1 */
static void the_emulated_firmware_offers_a_clear_that_asks(void **state)
{
        struct ppi_clear_offer offer =
                offer_of("0 3: User required\n5 3: User required\n14 3: User required\n21 3: User required\n"
                         "22 3: User required\n23 3: User required\n24 3: User required\n33 3: User required\n"
                         "96 3: User required\n97 3: User required\n");
        assert_true(offer.present);
        assert_int_equal(offer.operation, 5);
        assert_true(offer.asks_user);
}

static void the_best_clear_is_chosen(void **state)
{
        static const struct {
                const char *text;
                uint8_t operation;
                bool asks_user;
        } cases[] = {
                { "", 0, false },
                { "5 0: Not implemented\n", 0, false },
                { "5 1: BIOS only\n", 0, false },
                { "5 2: Blocked for OS by BIOS\n14 2: Blocked for OS by system firmware\n", 0, false },
                { "1 4: User not required\n3 4: User not required\n128 4: User not required\n", 0, false },
                { "5 4: User not required\n", 5, false },
                { "14 3: User required\n21 3: User required\n", 21, true },
                { "22 3: User required\n5 3: User required\n", 5, true },
                { "5 3: User required\n22 3: User required\n", 5, true },
                { "5 3: User required\n22 4: User not required\n", 22, false }, /* nobody has to be there */
                { "22 4: User not required\n5 3: User required\n", 22, false },
                { "14 4: User not required\n5 4: User not required\n", 5, false },
                { "5 5: of a kernel to come\n", 0, false },
                { "5 3: User requ", 5, true }, /* cut off at the end of a page */
                { "5 3", 0, false },
                { "5: 3\n", 0, false },
                { "five 3: User required\n\n\n5  3: User required\n", 0, false },
                { "261 3: User required\n4294967301 3: User required\n", 0, false }, /* 5, if cut to fewer bits */
                { "nonsense\n5 3: User required\n", 5, true },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct ppi_clear_offer offer = offer_of(cases[i].text);
                assert_int_equal(offer.operation, cases[i].operation);
                assert_int_equal(offer.asks_user, cases[i].asks_user);
        }
}

static void a_pending_request_is_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                uint32_t operation;
        } cases[] = {
                { "0\n", ERR_OK, 0 },
                { "5\n", ERR_OK, 5 },
                { "5", ERR_OK, 5 },
                { "23 16\n", ERR_OK, 23 }, /* PPI 1.3: an operation with a parameter */
                { "", ERR_SYNTAX, 0 },
                { "\n", ERR_SYNTAX, 0 },
                { "5\n5\n", ERR_SYNTAX, 0 },
                { "5 \n", ERR_SYNTAX, 0 },
                { "-5\n", ERR_SYNTAX, 0 },
                { "0x\n", ERR_SYNTAX, 0 },
                { "4294967296\n", ERR_RANGE, 0 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint32_t operation = 77;
                assert_int_equal(ppi_parse_request(cases[i].text, strlen(cases[i].text), &operation), cases[i].err);
                assert_int_equal(operation, cases[i].err == ERR_OK ? cases[i].operation : 77);
        }
}

static void every_response_of_the_kernel_is_understood(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                struct ppi_response response;
        } cases[] = {
                { "0: No Recent Request\n", ERR_OK, { 0, 0 } },
                { "5 0: Success\n", ERR_OK, { 5, PPI_CODE_SUCCESS } },
                { "5 0xFFFFFFF0: User Abort\n", ERR_OK, { 5, PPI_CODE_USER_ABORT } },
                { "22 0xFFFFFFF1: BIOS Failure\n", ERR_OK, { 22, PPI_CODE_BIOS_FAILURE } },
                { "5 291: Corresponding TPM error\n", ERR_OK, { 5, 291 } },
                { "5 4294967282: Error\n", ERR_OK, { 5, 0xfffffff2 } },
                { "5 0", ERR_SYNTAX, { 0, 0 } },
                { "5\n", ERR_SYNTAX, { 0, 0 } },
                { "5: Success\n", ERR_SYNTAX, { 0, 0 } },
                { "", ERR_SYNTAX, { 0, 0 } },
                { "Success\n", ERR_SYNTAX, { 0, 0 } },
                { "5 0x1FFFFFFF0: User Abort\n", ERR_RANGE, { 0, 0 } },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct ppi_response response = { 77, 77 };
                assert_int_equal(ppi_parse_response(cases[i].text, strlen(cases[i].text), &response), cases[i].err);
                assert_int_equal(response.operation, cases[i].err == ERR_OK ? cases[i].response.operation : 77);
                assert_int_equal(response.code, cases[i].err == ERR_OK ? cases[i].response.code : 77);
        }
}

static void the_way_of_leaving_is_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                enum ppi_transition transition;
        } cases[] = {
                { "0: None\n", ERR_OK, PPI_TRANSITION_NONE },
                { "1: Shutdown\n", ERR_OK, PPI_TRANSITION_SHUTDOWN },
                { "2: Reboot\n", ERR_OK, PPI_TRANSITION_REBOOT },
                { "3: OS Vendor-specific\n", ERR_OK, PPI_TRANSITION_VENDOR },
                { "4: Error\n", ERR_RANGE, 0 },
                { "2\n", ERR_SYNTAX, 0 },
                { "Reboot\n", ERR_SYNTAX, 0 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum ppi_transition transition = PPI_TRANSITION_NONE;
                assert_int_equal(ppi_parse_transition(cases[i].text, strlen(cases[i].text), &transition), cases[i].err);
                assert_int_equal(transition, cases[i].transition);
        }
}

static void what_is_no_file_of_sysfs_is_too_large(void **state)
{
        static char text[PPI_TEXT_MAX + 1];
        struct ppi_clear_offer offer;
        struct ppi_response response;
        enum ppi_transition transition;
        uint32_t operation;
        memset(text, '\n', sizeof(text));
        assert_int_equal(ppi_parse_operations(text, PPI_TEXT_MAX, &offer), ERR_OK);
        assert_int_equal(ppi_parse_operations(text, sizeof(text), &offer), ERR_TOO_LARGE);
        assert_int_equal(ppi_parse_request(text, sizeof(text), &operation), ERR_TOO_LARGE);
        assert_int_equal(ppi_parse_response(text, sizeof(text), &response), ERR_TOO_LARGE);
        assert_int_equal(ppi_parse_transition(text, sizeof(text), &transition), ERR_TOO_LARGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_emulated_firmware_offers_a_clear_that_asks),
                cmocka_unit_test(the_best_clear_is_chosen),
                cmocka_unit_test(a_pending_request_is_read),
                cmocka_unit_test(every_response_of_the_kernel_is_understood),
                cmocka_unit_test(the_way_of_leaving_is_read),
                cmocka_unit_test(what_is_no_file_of_sysfs_is_too_large),
        };
        return cmocka_run_group_tests_name("ppi-text", tests, NULL, NULL);
}
