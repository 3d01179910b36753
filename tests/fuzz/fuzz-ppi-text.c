/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a firmware has the kernel write: an offer is one of the four operations that clear, or none, and an answer is believed
 * only with proof. */
#include "common/plan/tpm-clear.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        struct ppi_clear_offer offer;
        struct ppi_response response = { 0 };
        enum ppi_transition transition;
        uint32_t pending = 0;

        if (ppi_parse_operations(text, size, &offer) == ERR_OK) {
                MUST(offer.present);
                MUST(offer.operation == 0 || offer.operation == 5 || offer.operation == 14 || offer.operation == 21 ||
                     offer.operation == 22);
                MUST(offer.operation != 0 || !offer.asks_user);
        }
        if (ppi_parse_transition(text, size, &transition) == ERR_OK)
                MUST(transition <= PPI_TRANSITION_VENDOR);
        (void)ppi_parse_request(text, size, &pending);
        if (ppi_parse_response(text, size, &response) == ERR_OK) {
                MUST(response.operation != 0 || response.code == 0);
                MUST(firmware_answer_judge(5, pending, &response, false) != FIRMWARE_CLEARED);
                MUST((firmware_answer_judge(5, 0, &response, true) == FIRMWARE_CLEARED) ==
                     (response.operation == 5 && response.code == 0));
        }
        return 0;
}
