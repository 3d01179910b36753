/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of one reset: what NIST SP 800-88 Rev. 2 section 4.6 asks for as far as a machine can know it, every step with
 * its result, the evidence. Owns its JSON form and its place on the ESP. */
#ifndef CLEANSLATE_LINUX_RECORD_H
#define CLEANSLATE_LINUX_RECORD_H

#include "common/erase/discard-evidence.h"
#include "common/erase/erase-outcome.h"
#include "common/plan/erase-verdict.h"
#include "common/plan/plan.h"
#include "common/state/progress.h"
#include "linux/esp/clean-list.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include "linux/record/preserved.h"
#include "linux/tpm/tpm.h"

#define RECORD_DIRECTORY "EFI/cleanslate/records"
#define RECORD_TEXT_MAX \
        (16u << 20) /* bytes; also for the longest plan with the longest names, all of them escaped, and bad ranges */

struct record_step {
        uint64_t started_ms, duration_ms; /* since the kernel started */
        int result;                       /* 0 or negative errno */
        bool executed;
        char detail[160]; /* what was checked, or what failed */
        bool has_outcome; /* the two below are set */
        struct erase_outcome erase;
        enum erase_verdict verdict;
        bool discarded; /* and seen to be gone; of a step whose method is that, false = it was overwritten */
        struct discard_evidence discard;
};

/* What became of one additional disk, beside the facts in the inventory. */
struct record_disk {
        bool keys_destroyed;            /* both ends were overwritten and read back */
        bool executed;                  /* in this attempt */
        bool fell_back;                 /* the purge failed, and the policy lets the disk be cleared instead */
        enum media_technique technique; /* that purged it; NONE */
        struct purge_result purge;      /* markers, the device's last word */
        struct erase_outcome outcome;   /* of the overwriting pass */
        uint64_t hidden_bytes_opened;   /* host protected area and configuration overlay that were removed */
        bool health_after_known;
        struct media_health health_after;
        int result;
        char verdict[160]; /* one sentence */
};

struct record {
        const char *result; /* "complete"; "partial": the factory state is there, but not all that had to go went, or what nobody
                               declares stays; "built": a first boot, which erases nothing; "failed" */
        const char *error;  /* the sentence, "" = none */
        struct record_step steps[PLAN_STEPS_MAX];
        struct record_disk disks[INVENTORY_DISKS_MAX]; /* by plan.disks.chosen */
        uint64_t started_ms, finished_ms;              /* of the attempt, since the kernel started */
};

/* How the TPM was cleared, beyond the evidence. */
struct record_tpm {
        enum tpm_clear_way way; /* that has succeeded; NONE = it was not cleared */
        int authorization;      /* the image's lockout authorization: 0 not tried, 1 not usable, 2 refused, 3 accepted */
        bool answered;          /* by the firmware, in this boot */
        enum firmware_answer answer;
        uint8_t operation; /* that it was asked for, in an earlier boot; 0 = no answer was awaited in this one */
        uint32_t code;     /* of its response */
};

/* Everything a record is written from; views only. */
struct record_source {
        const struct record *record;
        const struct plan *plan;
        const struct policy *policy;
        const struct inventory *inventory;
        const struct progress *progress;
        const struct os_identity *os;
        const struct tpm_evidence *tpm_before; /* NULL = not known any more, or no TPM */
        const struct tpm_evidence *tpm_after;  /* NULL = no TPM */
        const struct record_tpm *tpm;
        bool mode_unmeasured;               /* the TPM refused the event of the boot mode, so that a quote cannot show it */
        const char *factory_digest;         /* hex; "" = not verified */
        const struct clean_result *cleaned; /* NULL = nothing of the kind was to be done */
        const struct preserved *kept;       /* NULL = nothing was to be kept */
};

/* Appends the JSON text; check writer->overflow. */
void record_encode(const struct record_source *source, struct writer *writer);

/* Makes RECORD_DIRECTORY on the mounted ESP. A file that stands in its place goes: the name is ours, and with one there no reset
 * could come to its end. */
int record_make_directory(int esp_fd);

/* Puts the text on the mounted ESP: RECORD_DIRECTORY/NAME.json, replaced atomically, flushed, read back. A NAME.sig
 * that lies there goes first: linux/record/record-sign writes it anew. */
int record_write(int esp_fd, const char *name, const char *text, size_t size);

#endif
