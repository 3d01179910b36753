/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would do on this machine now: the facts the initrd would gather, as far as the running system can know them, and
 * the plan that the initrd's own decision makes of them. Opens nothing for writing but the TPM, which has to be written to in
 * order to be asked; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_PLAN_PREVIEW_H
#define CLEANSLATE_RESET_TOOL_PLAN_PREVIEW_H

#include "common/plan/plan-duration.h"
#include "common/plan/plan.h"
#include "linux/disk/boot-disk.h"
#include "linux/esp/clean-list.h"
#include "linux/esp/esp-hashes.h"
#include "linux/image/running-root.h"
#include "linux/preflight/reset-source.h"
#include "linux/tpm/tpm.h"
#include "reset-tool/request-store.h"

/* What the running system cannot know as the initrd will. Each is said beside the plan, instead of being guessed. */
enum preview_note {
        NOTE_NOT_OUR_BOOT,         /* no initrd of ours handed anything down: whether the next boot is one is unknown */
        NOTE_ROOT_UNVERIFIED,      /* the policy was read from a root that is not under dm-verity */
        NOTE_ROOT_COVERED,         /* ... that this process cannot see without what is mounted over it */
        NOTE_IMAGE_UNNAMED,        /* the command line names no image: its partitions are not known as such */
        NOTE_SIGNED_POLICY_UNSEEN, /* no public key and signatures in this boot; the next boot image may bring them */
        NOTE_LOCKOUT_AUTH_UNTRIED, /* the image brings the TPM's lockout authorization, which only the reset tries */
        NOTE_LOCKOUT_WILL_END,     /* the TPM is in lockout, which the initrd ends before it plans */
        NOTE_DISK_HELD,            /* an additional disk is in use now; a reset begins before anything uses it */
        NOTE_ADDITIONAL_DISKS,     /* the policy speaks of additional disks, which are looked for anew */
        NOTE_CLEAN_UNSEEN,         /* the ESP or the variables could not be looked at: what goes there is not in the plan */
        NOTE_FOREIGN_REQUEST,      /* a request is there that is not this system's, or malformed: the plan is of a new one */
        NOTE_RESET_UNDER_WAY,      /* a reset has begun and goes on at the next boot */
        NOTE_ONLY_VENDOR_RESETS,   /* if the system does not start, nobody but the vendor can have the device reset */
        PREVIEW_NOTES
};

const char *preview_note_name(enum preview_note note); /* "lockout-auth-untried" */
const char *preview_note_text(enum preview_note note); /* a sentence */

/* Whose plan it is. */
enum preview_of { PREVIEW_OF_NEW_REQUEST, PREVIEW_OF_PENDING_REQUEST, PREVIEW_OF_RESET_UNDER_WAY };

struct plan_preview {
        struct running_root root;
        const char *root_path;
        enum image_form form;
        bool tries_makers; /* see struct environment */
        int esp_fd;        /* read-only; -1 = not to be had */
        int esp_error;
        bool policy_known, disk_known, planned;
        int policy_result;
        struct policy_error policy_error; /* why not policy_known, if policy_result is set */
        struct policy policy;
        struct inventory inventory;
        struct clean_result cleaned; /* names of what inventory.clean counts */
        struct media_facts medium;   /* of the boot disk */
        unsigned disk_matches;       /* disks with the partition we were started from; 1 is right */
        struct tpm *tpm;             /* NULL = none, or see tpm_result */
        int tpm_result;              /* of opening it and of asking it */
        char *public_key_pem;        /* NULL = not handed down */
        char *signature_json;        /* likewise */
        size_t signature_json_size;
        struct guid started_from; /* the partition of the stub, if has_started_from */
        bool has_started_from;
        enum preview_of of;
        struct request request;       /* the plan's */
        struct esp_hashes esp_hashes; /* of this look at the machine: what is judged twice is read once */
        struct survey_source survey;  /* borrows from the boot context and from this */
        struct plan plan;
        struct plan_duration duration;
        uint8_t digest[SHA256_SIZE];
        char *text; /* the canonical text, which the digest is over */
        bool notes[PREVIEW_NOTES];
        struct explanation why; /* the first thing that failed; "" = nothing */
};

/* Gathers and plans as far as it gets. NULL: not enough memory. Look at `planned`: if false, `why` says what is missing, and the
 * facts that are known stand. `options`: what would be asked for; NULL: what is pending, or else what the policy says. */
struct plan_preview *plan_preview_new(const struct environment *environment, const struct boot_context *context,
                                      const struct reset_options *options);

/* For trying what a reset would need; borrows *preview and the boot context it was made of. */
struct reset_source plan_preview_source(struct plan_preview *preview);

void plan_preview_free(struct plan_preview **preview);

#endif
