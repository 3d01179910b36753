/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a reset with the signature beside it, from this device's ESP or from files that were brought here, and whether it
 * is what its device signed. Reads; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_CERTIFICATE_H
#define CLEANSLATE_RESET_TOOL_CERTIFICATE_H

#include "common/boot/expected-pcrs.h"
#include "linux/record/record-verify.h"
#include "reset-tool/boot-context.h"

struct certificate {
        char name[96]; /* of the files, without .json and .sig */
        char *record;  /* NAME.json as it lies there, with a NUL behind it */
        size_t record_size;
        char *companion; /* NAME.sig; NULL = there is none */
        size_t companion_size;
        struct record_signature *signature; /* what it says; of a missing one: unsigned, and why */
        enum err companion_err;             /* not ERR_OK: it is no such file */
        bool key_pinned;                    /* it was compared with a key known from before */
        struct record_verification verification;
        struct boot_comparison boot; /* of a record that is verified */
        char result[24], origin[24]; /* as the record says; "" = it does not */
        uint64_t undeclared;         /* partitions that stayed although the image does not declare them */
};

/* What a record is asked to be. */
struct certificate_wanted {
        const char *key_pem;           /* signed by this device's key, in PEM; NULL = whichever */
        struct expected_pcrs expected; /* with these PCRs; none = whatever they were */
};

/* `which`: a path (with a '/', or ending in .json), or the name or the beginning of a name of a record on the ESP; NULL = the
 * newest there. `wanted` NULL: nothing. False: *ret_why says so, nothing is to be released. */
bool certificate_load(const struct environment *environment, const char *which, const struct certificate_wanted *wanted,
                      struct certificate *ret, struct explanation *ret_why);
void certificate_release(struct certificate *certificate);

/* The verdict's name and sentence, of a companion that cannot be read, too. */
const char *certificate_verdict_name(const struct certificate *certificate);
const char *certificate_verdict_text(const struct certificate *certificate);

/* Whether the record, if it is true, says that data was sanitized: a reset that is complete, and no first boot, which has nothing
 * to erase. The name of what it is otherwise: "first boot", "failed reset" ... */
bool certificate_of_sanitization(const struct certificate *certificate);
const char *certificate_kind(const struct certificate *certificate);

/* "PCR 4, 7, 11" */
#define CERTIFICATE_PCRS_MAX 96
const char *certificate_pcrs(uint32_t pcrs, char ret[static CERTIFICATE_PCRS_MAX]);

/* What was verified, as an object; with `with_record` the record is its member "record" (null if it is not JSON). At most
 * CERTIFICATE_JSON_MAX bytes, and 6 for each of the record. */
#define CERTIFICATE_JSON_MAX 8192
void certificate_json(struct writer *writer, const struct certificate *certificate, bool with_record);

#endif
