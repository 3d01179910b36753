/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stub tells the initrd: /.extra/cleanslate/boot, a text file of key=value lines inside the generated cpio.
 * Unknown keys are skipped, so stub and initrd may differ by a version. */
#ifndef CLEANSLATE_COMMON_HANDOVER_H
#define CLEANSLATE_COMMON_HANDOVER_H

#include "common/base/sha256.h"
#include "common/boot/boot-choice.h"
#include "common/boot/reseal.h"

#define HANDOVER_PATH     ".extra/cleanslate/boot"
#define HANDOVER_TEXT_MAX 1024

/* The certificate that the root hash must be signed by, DER: the section .rootcrt. */
#define HANDOVER_ROOT_CERTIFICATE_PATH ".extra/cleanslate/root-certificate.der"

#define HANDOVER_FILE_MAX 256 /* bytes of a path with the NUL */

struct handover {
        struct boot_choice choice;  /* mode=, reason= */
        bool stub_is_other;         /* stub=other: no stub of ours has written this, but the initrd, for the running system */
        bool tpm_measured;          /* tpm=measured|none|failed; only "measured" sets it */
        bool tpm_failed;            /* a TPM is there, but a measurement failed: unlocking will fail, too */
        bool has_pcr;               /* pcr11= was there: ... */
        uint8_t pcr[SHA256_SIZE];   /* ... PCR 11 of the SHA-256 bank before the mode was measured, if there is one */
        bool mode_unmeasured;       /* mode-measured=no: the TPM is there, and PCR 11 lacks the event of the mode */
        enum request_state request; /* request=absent|malformed|foreign|due as the stub judged it */
        enum root_policy root;      /* root=verity|signed: what the signed image asks of the root before it is opened */
        struct guid stub_partition; /* partition=GUID of the ESP the stub was started from; zero if unknown */
        char stub_file[HANDOVER_FILE_MAX];   /* image=PATH of the stub's own file on that partition, '/' in between; "" if unknown
                                              */
        enum break_glass_policy break_glass; /* break-glass= as the stub's own section has it; off if it says nothing */
        enum progress_standing progress;     /* progress= what the stored progress of a reset is worth; none if it says nothing */
        bool built_before;                   /* built=yes: this device has come through a first boot (device-secret.h) */
        uint32_t boots;    /* boots= which one in a row this is that has not come through yet; 0 = it is not counted */
        bool boot_is_last; /* boot-is-last=yes: behind it the recovery page opens, if it notes how far it came (boot-trace.h) */
        struct id128
                last_reset; /* last-reset= the reset, or first boot, that was the last to come to its end; zero = not known */
        struct console_access
                access;         /* may-reset=, may-recover=, may-break-glass=allowed|password|off of that section, likewise */
        bool password_given;    /* password=given: typed in the stub, and right */
        enum reseal reseal;     /* reseal= none if it says nothing */
        uint32_t reseal_starts; /* reseal-starts= ordinary starts in which a copy may still be used, behind this one */
        uint32_t reseal_number; /* reseal-number= of the last request that was counted; 0 = there was none */
};

/* Text without NUL counted; ERR_BUFFER_TOO_SMALL. */
enum err handover_format(const struct handover *handover, char *ret, size_t capacity, size_t *ret_size);

/* What the stub has read from the firmware's variables, and the running system does not see among them. There is firmware that
 * lists a name twice, or ends its list early (Linux then shows neither), and firmware without variables at run time. Whatever
 * would be done on such a machine could not be kept in mind. */
enum unseen { UNSEEN_NOTHING, UNSEEN_PROGRESS, UNSEEN_REQUEST };
enum unseen handover_unseen(const struct handover *handover, bool progress_seen, bool request_seen);

/* How long a TPM is waited for, in milliseconds: as long as the stub has spoken to one. Some are seen only after 17 s, on a
 * bus whose controller has to come first. */
#define HANDOVER_TPM_WAIT_MS 30000
uint32_t handover_tpm_wait_ms(const struct handover *handover);

/* ERR_SYNTAX, ERR_RANGE, ERR_MISSING (mode). */
enum err handover_parse(const char *text, size_t size, struct handover *ret);

#endif
