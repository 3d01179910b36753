/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace that every opening of the break-glass shell leaves: a counter in the EFI variables (common/state/boot-trace.h) and a
 * file of its own on the ESP, beside the records of resets. Owns both forms; each is read back. */
#ifndef CLEANSLATE_LINUX_BREAK_GLASS_TRACE_H
#define CLEANSLATE_LINUX_BREAK_GLASS_TRACE_H

#include "common/policy/policy.h"
#include "common/state/boot-trace.h"
#include "linux/efi/efivarfs.h"

#define BREAK_GLASS_RECORD_MAX 2048 /* bytes of its text */

/* All zero if it was never opened. -EBADMSG: the variable is damaged. */
int break_glass_trace_read(const struct efivarfs *variables, struct break_glass_trace *ret);

/* Writes and reads back; -EIO if the store does not hold what was written. */
int break_glass_trace_write(const struct efivarfs *variables, const struct break_glass_trace *trace);

/* What one opening was; texts are views. */
struct break_glass_event {
        uint32_t count; /* as the variable counts it */
        uint64_t at;    /* seconds since 1970, UTC */
        const struct os_identity *os;
        const char *boot_id;
        const char *reason; /* how the mode was chosen: boot_reason_name() */
        enum break_glass_policy policy;
        const char *unseal; /* what the TPM answered when it was asked for the key */
};

/* Writes RECORD_DIRECTORY/break-glass-N.json on the mounted ESP; N is the count, or the next number that is free. */
int break_glass_record_write(int esp_fd, const struct break_glass_event *event);

#endif
