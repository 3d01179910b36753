/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset from its plan to its end, or the first boot, which is a reset with nothing to erase. Owns the order of things: check
 * everything, commit, execute, record, retire. Destroys nothing itself. */
#ifndef CLEANSLATE_INITRD_RESET_H
#define CLEANSLATE_INITRD_RESET_H

#include "initrd/device.h"
#include "initrd/volumes.h"
#include "linux/beyond.h"
#include "linux/record.h"

/* One reset in the making. */
struct reset {
        struct device *device;
        struct plan plan;
        struct record record;
        uint64_t checked_ms; /* when the preflight was over */
        struct tpm_evidence tpm_before, tpm_after;
        struct volume_key key;                                      /* the new volumes' */
        uint32_t partition_numbers[POLICY_PARTITIONS_MAX];          /* of the definitions' new partitions */
        char *manifest;                                             /* the image's, whole */
        size_t manifest_size, manifest_expected, manifest_verified; /* bytes of it in all, that the rebuilt trees have to match,
                                                                       and that they have matched */
        char factory_digest[SHA256_SIZE * 2 + 1];
        struct beyond beyond;
        uint64_t factory_bytes; /* of all factory trees, for the meter */
};

/* Runs or resumes a reset. 0: it is complete, the request is retired. Negative errno: trouble says why; *ret_begun tells
 * whether anything was destroyed (then only another attempt can follow). */
int reset_run(struct device *device, enum reset_origin origin, bool *ret_begun);

/* Whether a reset could be carried out and the system rebuilt now: its plan, and everything that the preflight tries. Changes
 * nothing on any disk but, if need be, a directory for the record. 0 with *ret_plan, or negative errno with trouble set. */
int reset_check(struct device *device, struct plan *ret_plan);

/* The first words of a reset that was asked for. */
void reset_announce(struct device *device);

#endif
