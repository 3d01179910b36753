/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything the initrd has found out about the machine it runs on: filled by early.c and gather.c, read by the modes. */
#ifndef CLEANSLATE_INITRD_BOOT_CONTEXT_H
#define CLEANSLATE_INITRD_BOOT_CONTEXT_H

#include "common/boot/device-secret.h"
#include "common/boot/handover.h"
#include "common/plan/inventory.h"
#include "common/plan/plan.h"
#include "common/policy/policy.h"
#include "common/state/boot-trace.h"
#include "common/state/known-volumes.h"
#include "initrd/report.h"
#include "linux/base/blockdev.h"
#include "linux/efi/efivarfs.h"
#include "linux/efi/progress-store.h"
#include "linux/esp/survey-source.h"
#include "linux/image/running-root.h"
#include "linux/tpm/tpm.h"

#define ROOT_PATH      "/sysroot"        /* what the system is started in: the image, or the root volume of one of /usr */
#define USR_IMAGE_PATH RUNNING_USR_IMAGE /* the root that an image of /usr is in, see image-mount.h */

struct kmod_ctx;

/* What this boot has found out about a definition's volume. Only an ordinary boot, which opens them, knows more than LOCKED. */
enum volume_state { VOLUME_UNTRIED, VOLUME_LOCKED, VOLUME_UNMOUNTABLE, VOLUME_INCOMPLETE, VOLUME_COMPLETE };

struct boot_context {
        struct report report;
        struct kmod_ctx *modules;
        struct handover handover;
        bool started_by_stub;                /* by ours: the handover file was there */
        struct device_keys keys;             /* as the stub gave them to this boot; wiped before anything else gets the machine */
        enum reset_phase phase_proven;       /* how far a reset had come that this boot resumes */
        bool erasing;                        /* a step that destroys something was started in this boot */
        bool interrupted;                    /* a reset was begun and is not over, whatever its progress is worth */
        bool resuming;                       /* ... and its progress is proven: what it says was done need not be done again */
        uint8_t request_digest[SHA256_SIZE]; /* of the request's value, if it is due */
        struct efivarfs variables;
        struct tpm *tpm;              /* NULL = none */
        bool mode_unmeasured;         /* the TPM refused the event of this boot's mode: no quote shows what boot this is */
        const char *ppi_directory;    /* NULL = the kernel's */
        struct tpm_auth lockout_auth; /* the image's; wiped as soon as it is not needed any more */
        enum { LOCKOUT_AUTH_UNTRIED, LOCKOUT_AUTH_UNUSABLE, LOCKOUT_AUTH_REFUSED, LOCKOUT_AUTH_ACCEPTED } lockout_auth_state;
        bool power_off_next; /* the firmware wants the restart to be a switching off and on */
        struct progress_store progress_store;
        struct progress progress;
        bool progress_known; /* the variables could be read, so that progress says what there is */
        struct boot_count boot_count;
        enum request_state request_state; /* judged with the running boot's id */
        enum err request_error;
        struct request request;
        char *public_key_pem, *signature_json; /* .pcrpkey and .pcrsig; NULL = not handed over */
        size_t signature_json_size;
        /* who vouches for the root hash besides the signed command line; if nobody, why not */
        enum { ROOT_PROOF_NONE, ROOT_PROOF_KERNEL, ROOT_PROOF_CERTIFICATE } root_proof;
        const char *root_fault; /* static text */
        int root_fd;            /* boot_image_path(), -1 until verified and mounted */
        struct os_identity os;
        struct policy policy;
        struct inventory inventory;
        bool gather_tried, gathered; /* gather_system() was called, and succeeded */
        char image_trouble[512];     /* why it did not */
        bool left_initrd;            /* leave-initrd is measured: nothing but the running system can follow */
        /* by which the system that is started asks for a planned reseal; wiped when it has been left to that */
        bool has_reseal_request_key;
        uint8_t reseal_request_key[SHA256_SIZE];
        bool recovery_key_helps; /* the TPM does not release a volume's key, and the volume has a recovery key */
        enum volume_state volume_states[POLICY_PARTITIONS_MAX]; /* by definition */
        struct known_volumes known;                             /* which volumes this device has had, see volume-list.h ... */
        bool has_known;                                         /* ... if that is known; only an ordinary boot asks */
        char addition_trouble[400]; /* why what the image brings could not be added; "" = nothing was to be added, or all was */
        struct esp_hashes esp_hashes;
        char esp_path[DEVICE_PATH_MAX]; /* the partition the stub was started from */
        /* why the machine cannot go on by itself; "" = it can */
        char trouble[512];
};

/* The root that has the verified image in it, mounted read-only; once the policy is known. */
const char *boot_image_path(const struct boot_context *context);

/* Notes why this boot cannot go on and returns `error`; the first reason stays. */
int boot_trouble(struct boot_context *context, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Random bytes of the kernel. Negative errno with trouble set. */
int boot_random(struct boot_context *context, void *ret, size_t size);

/* For looking at what lies beyond partitions; failures are told in context->trouble. Borrows from *context. */
struct survey_source boot_survey_source(struct boot_context *context);

#endif
