/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset is planned from and tried on, in the initrd that carries it out and in the running system that only looks: where
 * the two differ, the difference is a member here. All pointers are borrowed. */
#ifndef CLEANSLATE_LINUX_RESET_SOURCE_H
#define CLEANSLATE_LINUX_RESET_SOURCE_H

#include "common/boot/handover.h"
#include "common/plan/plan.h"
#include "linux/esp/survey-source.h"
#include "linux/image/cage.h"
#include "linux/tpm/tpm.h"

struct reset_source {
        const struct policy *policy;   /* NULL = not known: no plan can be made, and nothing of the image tried */
        struct inventory *inventory;   /* of disk and TPM; plan_make() adds what lies beyond partitions */
        bool disk_known;               /* ... and its disk was found and read */
        const struct request *request; /* NULL = nobody has asked */
        const struct survey_source *survey;
        struct tpm *tpm;            /* NULL = none, or one that does not answer; see tpm_result */
        int tpm_result;             /* of opening it and of asking it: 0, -ENODEV = there is none, or another negative errno */
        const char *ppi_directory;  /* NULL = the kernel's */
        const char *public_key_pem; /* of the signed PCR policy; NULL = not handed over */
        const char *signature_json; /* its signatures; NULL = not handed over */
        size_t signature_json_size;
        const struct handover *handover; /* of this start, while its initrd has the machine; NULL = the phase that keys are sealed
                                            to is over, or no stub of ours has started it */
        const struct guid *started_from; /* the partition of the stub; NULL = not known */

        /* The EFI system partition's root directory, valid until close_esp(); negative errno. `writing`: for writing, where this
         * source may. */
        int (*open_esp)(void *context, bool writing, int *ret_fd);
        void (*close_esp)(void *context);
        bool may_write; /* nothing else uses the machine: what only a write can tell is tried by writing */

        /* Lets the TPM judge the lockout authorization that the image brings, into inventory->tpm; NULL = it is not for this
         * source to show it. A TPM counts wrong ones. */
        void (*try_authorization)(void *context);
        /* Whether the kernel makes volumes with Integrity=: 0 or negative errno; NULL = it is not for this source to try. */
        int (*try_integrity)(void *context);
        /* Whether the image's mkfs makes such a file system: file_system_try()'s answer; -EOPNOTSUPP: it cannot be tried here;
         * NULL = it is not for this source to try. */
        int (*try_maker)(void *context, const char *format, const char *label, uint64_t size_bytes,
                         char ret_line[static CAGE_OUTPUT_MAX]);
        bool lockout_will_end; /* the next boot ends the TPM's lockout before it plans */
        void *context;
};

#endif
