/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCRs that a reset boot of an image has, as the image's builder predicts them, and what a record's quote shows when it is
 * compared with them. Owns the file's form (docs/record.md) and the judgement. Pure. */
#ifndef CLEANSLATE_COMMON_EXPECTED_PCRS_H
#define CLEANSLATE_COMMON_EXPECTED_PCRS_H

#include "common/format/record-signature.h"

#define EXPECTED_PCRS_TEXT_MAX   16384 /* bytes of the file */
#define EXPECTED_PCRS_VALUES_MAX 32    /* in it, and by options */

/* In which boots of the image a PCR has a value. */
enum expected_boot {
        EXPECTED_IN_ANY,
        EXPECTED_IN_RESET,
        EXPECTED_IN_RECOVERY, /* from whose page a reset can be started */
        EXPECTED_IN_ORDINARY, /* before its system was started: a first boot writes a record then */
        EXPECTED_BOOT_COUNT
};

struct expected_pcr {
        uint8_t pcr; /* 0 to 23 */
        enum expected_boot boot;
        bool predicted; /* by the file, not by whoever verifies */
        uint8_t value[SHA256_SIZE];
};

/* Of one PCR any of several values will do: an image has several profiles. */
struct expected_pcrs {
        struct expected_pcr values[EXPECTED_PCRS_VALUES_MAX];
        size_t count; /* 0 = nothing is to be compared */
};

/* Adds those of the file, of every PCR that *expected has no value for yet. ERR_SYNTAX, ERR_MISSING, ERR_RANGE, ERR_UNSUPPORTED
 * (another type), ERR_TOO_LARGE, ERR_DUPLICATE, ERR_ENCODING; then *expected is untouched. Unknown members are allowed. */
enum err expected_pcrs_read(const char *text, size_t size, struct expected_pcrs *expected);

/* Adds one in the form "7=HEX", 64 digits; PCR 11's is one of a reset boot. ERR_SYNTAX, ERR_RANGE (no such PCR), ERR_TOO_LARGE
 * (too many); then *expected is untouched. */
enum err expected_pcrs_add(const char *text, struct expected_pcrs *expected);

enum boot_verdict {
        BOOT_NOT_COMPARED,
        BOOT_RESET,
        BOOT_RECOVERY,
        BOOT_ORDINARY,
        BOOT_DIFFERS,   /* a PCR has another value than any that is expected, or the quote does not cover it */
        BOOT_NOT_SHOWN, /* what was compared is as expected, but any other system can have that, too */
        BOOT_VERDICT_COUNT
};

struct boot_comparison {
        enum boot_verdict verdict;
        uint32_t compared, differing; /* bit N: PCR N */
};

/* `signature` has to be one that record_verify() found RECORD_VERIFIED, so that its values are the quote's.
 *
 * PCR 11 alone shows nothing: no firmware extends it, so any system can repeat what the stub measures there. It counts together
 * with PCR 4, which says what the firmware has started, or with PCR 7 as the builder predicted it, which says that Secure Boot
 * was on, and under whose key the image was started. PCR 7 as somebody has read it from a device may be that of Secure Boot
 * turned off, which all systems have in common. */
struct boot_comparison expected_pcrs_judge(const struct expected_pcrs *expected, const struct record_signature *signature);

const char *boot_verdict_name(enum boot_verdict verdict); /* "signed-in-reset-boot", for --json */
const char *boot_verdict_text(enum boot_verdict verdict); /* a sentence for people */

#endif
