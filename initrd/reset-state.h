/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset knows, and committing how far it has come. Acts on nothing but the progress slots. */
#ifndef CLEANSLATE_INITRD_RESET_STATE_H
#define CLEANSLATE_INITRD_RESET_STATE_H

#include "common/course/reset-course.h"
#include "initrd/boot-context.h"
#include "initrd/esp.h"
#include "initrd/volumes.h"
#include "linux/esp/clean-list.h"
#include "linux/image/factory-image.h"
#include "linux/record/preserved.h"
#include "linux/record/record.h"

/* See initrd/steps/preserve.h. */
struct preserve {
        uint8_t *plain; /* the bundle, open; NULL = none, or dropped */
        size_t plain_size;
        struct preserved preserved;
};
void preserve_done(struct preserve *preserve); /* wipes it */

/* One reset in the making. */
struct reset {
        struct boot_context *context;
        struct course course; /* of which context->progress is the progress */
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
        bool has_entries;                                /* the new partitions are in the table */
        struct guid made_entries[POLICY_PARTITIONS_MAX]; /* their UUIDs, by definition */
        struct factory_image factory;                    /* what is rebuilt from, as the preflight has read it */
        size_t manifest_verified;                        /* bytes of the manifest that the rebuilt trees have matched */
        struct esp esp;                                  /* open while plan and preflight look at it */
        struct clean_result cleaned;
        struct preserve preserve;
        bool is_in_doubt; /* this may not be the reset's disk: not even a record may be written to it */
        char damage[400]; /* the first that it does not allow: why the reset fails when all is erased; "" = none */
};

/* NULL: no memory. */
struct reset *reset_new(struct boot_context *context);

/* Something cannot be erased, and this is why: the first reason is the reset's. What else there is to erase is erased all the
 * same. */
void reset_note_damage(struct reset *reset, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Commits what context->progress says. Negative errno with trouble set. */
int reset_commit(struct reset *reset);

/* The first done_bytes of the range at start_bytes of `device` (as in struct erase_point) were written and flushed: goes into the
 * progress, now and then to its store. */
void reset_erased_up_to(struct reset *reset, uint8_t device, uint64_t start_bytes, uint64_t done_bytes);

void reset_free(struct reset *reset);

#endif
