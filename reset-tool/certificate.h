/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a reset with the signature beside it, from this device's ESP or from files that were brought here, and whether it
 * is what its device signed. Reads; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_CERTIFICATE_H
#define CLEANSLATE_RESET_TOOL_CERTIFICATE_H

#include "linux/record-verify.h"
#include "reset-tool/machine.h"

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
};

/* `which`: a path (with a '/', or ending in .json), or the name or the beginning of a name of a record on the ESP; NULL = the
 * newest there. `key_pem`: the device's key in PEM, NULL = whichever. False: *ret_why says so, nothing is to be released. */
bool certificate_load(const struct environment *environment, const char *which, const char *key_pem, struct certificate *ret,
                      struct explanation *ret_why);
void certificate_release(struct certificate *certificate);

/* The verdict's name and sentence, of a companion that cannot be read, too. */
const char *certificate_verdict_name(const struct certificate *certificate);
const char *certificate_verdict_text(const struct certificate *certificate);

/* What was verified, as an object; with `with_record` the record is its member "record" (null if it is not JSON). At most
 * CERTIFICATE_JSON_MAX bytes, and 6 for each of the record. */
#define CERTIFICATE_JSON_MAX 8192
void certificate_json(struct writer *writer, const struct certificate *certificate, bool with_record);

#endif
