/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's physical presence interface, as Linux shows it: what it offers, asking it, its answer. Parses nothing itself. */
#ifndef CLEANSLATE_LINUX_PPI_H
#define CLEANSLATE_LINUX_PPI_H

#include "common/format/ppi-text.h"

#define PPI_DIRECTORY "/sys/class/tpm/tpm0/ppi"

/* `directory` of all calls: NULL = PPI_DIRECTORY. Negative errno; -EBADMSG: a file does not hold what the kernel documents. */

/* An interface without a list of operations (-EPERM from the kernel) offers nothing. No interface: present = false, no error. */
int ppi_read_offer(const char *directory, struct ppi_clear_offer *ret);

/* Asks for an operation at the next start, or for none (0), and reads the request back. -EPERM: the firmware does not take it;
 * -EIO: it says yes and does not hold it. *ret_leave: how the machine has to be left. */
int ppi_request(const char *directory, uint32_t operation, enum ppi_transition *ret_leave);

/* What is still pending, and how the last operation ended. */
int ppi_read_answer(const char *directory, uint32_t *ret_pending, struct ppi_response *ret);

#endif
