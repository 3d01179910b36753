/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset knows, and committing how far it has come. Acts on nothing but the progress slots. */
#ifndef CLEANSLATE_INITRD_RESET_STATE_H
#define CLEANSLATE_INITRD_RESET_STATE_H

#include "initrd/device.h"
#include "initrd/volumes.h"
#include "linux/esp/beyond.h"
#include "linux/image/factory-image.h"
#include "linux/record/kept.h"
#include "linux/record/record.h"

#define RESET_COMMIT_EVERY_MS 30000 /* while a long erasing goes on: a power cut costs no more, and variables wear */

/* See initrd/steps/keep.h. */
struct keep {
        uint8_t *plain; /* the bundle, open; NULL = none, or dropped */
        size_t plain_size;
        struct kept kept;
};
void keep_done(struct keep *keep); /* wipes it */

/* One reset in the making. */
struct reset {
        struct device *device;
        struct plan plan;
        struct record record;
        uint64_t checked_ms;                    /* when the preflight was over */
        struct tpm_evidence tpm_before;         /* the first destructive step, in whatever boot that was */
        bool tpm_before_known;                  /* all of it; otherwise only what the progress record holds */
        struct tpm_evidence tpm_now, tpm_after; /* at this attempt's start, and behind the clear */
        struct record_tpm record_tpm;
        struct volume_key key;         /* the new volumes' */
        struct luks_recovery recovery; /* the same for a person, if the policy wants one */
        bool has_recovery;
        uint32_t partition_numbers[POLICY_PARTITIONS_MAX]; /* of the definitions' new partitions */
        struct factory_image factory;                      /* what is rebuilt from, as the preflight has read it */
        size_t manifest_verified;                          /* bytes of the manifest that the rebuilt trees have matched */
        struct beyond beyond;
        struct keep keep;
        struct erase_point resume_point; /* where an interrupted erasing of this very plan came to; zero = nowhere */
        uint64_t erase_committed_ms;     /* when the progress was last told of an erasing */
        bool is_in_doubt;                /* this may not be the reset's disk: not even a record may be written to it */
        bool partial;                    /* bad sectors or EFI variables stay that had to go */
        char damage[400];                /* the first that it does not allow: why the reset fails when all is erased; "" = none */
};

/* Commits what device->progress says. Negative errno with trouble set. */
int reset_commit(struct reset *reset);

/* An erasing of the partition at `start_bytes` was flushed up to done_bytes: goes into the progress, now and then to its store.
 */
void reset_erased_up_to(struct reset *reset, uint64_t start_bytes, uint64_t done_bytes);

void reset_free(struct reset *reset);

#endif
