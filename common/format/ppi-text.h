/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Linux tells of the firmware's physical presence interface in /sys/class/tpm/tpm0/ppi: pure parsers of its texts. Reading
 * and writing the files is linux/efi/ppi. Sources: the kernel's Documentation/ABI/testing/sysfs-driver-ppi and
 * drivers/char/tpm/tpm_ppi.c; TCG PC Client Platform Physical Presence Interface Specification 1.30, 8.1 and 12. */
#ifndef CLEANSLATE_COMMON_PPI_TEXT_H
#define CLEANSLATE_COMMON_PPI_TEXT_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPI_TEXT_MAX 4096 /* bytes: a file of sysfs is a page at most */

/* How the firmware could clear the TPM. */
struct ppi_clear_offer {
        bool present;      /* there is such an interface */
        uint8_t operation; /* the one to ask for: 5, 22, 21 or 14, which all clear a TPM 2.0; 0 = it offers none to an OS */
        bool asks_user;    /* somebody has to confirm it at the machine */
};

/* tcg_operations: lines "NUMBER STATE: words". One that asks nobody is preferred; of equal ones the plainest. Lines that are not
 * of this form offer nothing. ERR_TOO_LARGE. */
enum err ppi_parse_operations(const char *text, size_t size, struct ppi_clear_offer *ret);

/* request: "NUMBER\n" or "NUMBER PARAMETER\n"; the operation that is pending, 0 = none. ERR_SYNTAX, ERR_TOO_LARGE, ERR_RANGE. */
enum err ppi_parse_request(const char *text, size_t size, uint32_t *ret_operation);

#define PPI_CODE_SUCCESS      0u
#define PPI_CODE_USER_ABORT   0xfffffff0u
#define PPI_CODE_BIOS_FAILURE 0xfffffff1u
#define PPI_CODE_TPM_MAX      0x00000fffu /* 1 to here: a response code of the TPM */

struct ppi_response {
        uint32_t operation; /* that the firmware dealt with last; 0 = none */
        uint32_t code;      /* how it ended */
};

/* response: "OPERATION CODE: words\n" or "0: No Recent Request\n"; CODE is decimal, or hexadecimal behind 0x. The errors are
 * ppi_parse_request()'s. */
enum err ppi_parse_response(const char *text, size_t size, struct ppi_response *ret);

enum ppi_transition { PPI_TRANSITION_NONE, PPI_TRANSITION_SHUTDOWN, PPI_TRANSITION_REBOOT, PPI_TRANSITION_VENDOR };

/* transition_action: "NUMBER: words\n": how the machine has to be left so that the firmware sees the request. */
enum err ppi_parse_transition(const char *text, size_t size, enum ppi_transition *ret);

#endif
