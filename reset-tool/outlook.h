/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would do on this machine now: the facts the initrd would gather, as far as the running system can know them, and
 * the plan that the initrd's own decision makes of them. Opens nothing for writing but the TPM, which has to be written to in
 * order to be asked; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_OUTLOOK_H
#define CLEANSLATE_RESET_TOOL_OUTLOOK_H

#include "common/plan/plan-duration.h"
#include "common/plan/plan.h"
#include "linux/disk/boot-disk.h"
#include "linux/esp/beyond.h"
#include "linux/image/running-root.h"
#include "linux/tpm/tpm.h"
#include "reset-tool/asking.h"

/* What the running system cannot know as the initrd will. Each is said beside the plan, instead of being guessed. */
enum outlook_note {
        NOTE_NOT_OUR_BOOT,         /* no initrd of ours handed anything down: whether the next boot is one is unknown */
        NOTE_ROOT_UNVERIFIED,      /* the policy was read from a root that is not under dm-verity */
        NOTE_ROOT_COVERED,         /* ... that this process cannot see without what is mounted over it */
        NOTE_IMAGE_UNNAMED,        /* the command line names no image: its partitions are not known as such */
        NOTE_SIGNED_POLICY_UNSEEN, /* no public key and signatures in this boot; the next boot image may bring them */
        NOTE_LOCKOUT_AUTH_UNTRIED, /* the image brings the TPM's lockout authorization, which only the reset tries */
        NOTE_LOCKOUT_WILL_END,     /* the TPM is in lockout, which the initrd ends before it plans */
        NOTE_DISK_HELD,            /* a further disk is in use now; a reset begins before anything uses it */
        NOTE_FURTHER_DISKS,        /* the policy speaks of further disks, which are looked for anew */
        NOTE_BEYOND_UNSEEN,        /* the ESP or the variables could not be looked at: what goes there is not in the plan */
        NOTE_FOREIGN_REQUEST,      /* a request is there that is not this system's, or malformed: the plan is of a new one */
        NOTE_RESET_BEGUN,          /* a reset has begun and goes on at the next boot */
        NOTE_ONLY_VENDOR_RESETS,   /* if the system does not start, nobody but the vendor can have the device reset */
        OUTLOOK_NOTES
};

const char *outlook_note_name(enum outlook_note note); /* "lockout-auth-untried" */
const char *outlook_note_text(enum outlook_note note); /* a sentence */

/* Whose plan it is. */
enum outlook_of { OUTLOOK_OF_WISH, OUTLOOK_OF_PENDING_REQUEST, OUTLOOK_OF_BEGUN_RESET };

struct outlook {
        struct running_root root;
        int esp_fd; /* read-only; -1 = not to be had */
        int esp_error;
        bool policy_known, disk_known, planned;
        int policy_result;
        struct policy_error policy_error; /* why not policy_known, if policy_result is set */
        struct policy policy;
        struct inventory inventory;
        struct beyond beyond;      /* names of what inventory.beyond counts */
        struct media_facts medium; /* of the boot disk */
        unsigned disk_matches;     /* disks with the partition we were started from; 1 is right */
        struct tpm *tpm;           /* NULL = none, or see tpm_result */
        int tpm_result;            /* of opening it and of asking it */
        char *public_key_pem;      /* NULL = not handed down */
        enum outlook_of of;
        struct plan plan;
        struct plan_duration duration;
        uint8_t digest[SHA256_SIZE];
        char *text; /* the canonical text, which the digest is over */
        bool notes[OUTLOOK_NOTES];
        struct explanation why; /* the first thing that failed; "" = nothing */
};

/* Gathers and plans as far as it gets. NULL: not enough memory. Look at `planned`: if false, `why` says what is missing, and the
 * facts that are known stand. `wish`: what would be asked for; NULL: what is pending, or else what the policy says. */
struct outlook *outlook_new(const struct environment *environment, const struct machine *machine, const struct wish *wish);
void outlook_free(struct outlook **outlook);

#endif
