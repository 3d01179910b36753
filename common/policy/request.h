/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request for a factory reset: EFI variable FactoryResetRequest (guid_systemd_factory_reset), a UTF-16LE
 * NUL-terminated JSON object as systemd >= 258 writes it (systemd-factory-reset(8)), ours under the member "cleanslate".
 * A request that is malformed or for another system never causes a reset: decode and match decide it here, once. */
#ifndef CLEANSLATE_COMMON_REQUEST_H
#define CLEANSLATE_COMMON_REQUEST_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/format/os-identity.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_VARIABLE_NAME "FactoryResetRequest"
#define REQUEST_VALUE_MAX     8192 /* bytes of the variable's value; a larger one is malformed (ERR_TOO_LARGE) */

enum tpm_clear_policy { TPM_CLEAR_UNSET, TPM_CLEAR_REQUIRED, TPM_CLEAR_TRY, TPM_CLEAR_SKIP };
enum erase_level { ERASE_LEVEL_UNSET, ERASE_LEVEL_CRYPTO, ERASE_LEVEL_CLEAR, ERASE_LEVEL_PURGE };

struct request {
        struct os_identity os;
        struct id128 boot_id;            /* the boot in which the request was made */
        enum erase_level level;          /* "level" */
        enum tpm_clear_policy tpm_clear; /* "tpmClear": required|try|skip */
        char reason[256];                /* "reason": free text for the record */
        char requester[64];              /* "requester": who asked, for the record */
        struct id128 nonce;              /* "nonce": random, tells two requests apart; zero if absent */
        bool keep;             /* "keep": a bundle of files to be kept is on the ESP (preserve-bundle.h), sealed for this nonce */
        struct guid disk_uuid; /* "diskUuid": GPT of the disk the asking system was started from; zero if absent, as in systemd's
                                  own requests */
};

/* Decodes the value of the variable. Unknown members are allowed at every level. Fields not present are zero.
 * ERR_TRUNCATED (empty or odd size), ERR_ENCODING, ERR_TOO_LARGE, ERR_SYNTAX, ERR_DUPLICATE, ERR_MISSING (osReleaseId, bootId),
 * ERR_RANGE (wrong type or value). *ret is untouched on failure. */
enum err request_decode(const void *value, size_t size, struct request *ret);

/* Encodes into `buffer`; *ret_size gets the bytes used including the UTF-16 NUL. The "cleanslate" member is left out
 * when all of its fields are unset. ERR_BUFFER_TOO_SMALL, ERR_TOO_LARGE (over REQUEST_VALUE_MAX), ERR_ENCODING,
 * ERR_ARGUMENT (no ID). */
enum err request_encode(const struct request *request, void *buffer, size_t capacity, size_t *ret_size);

/* True if ID and IMAGE_ID match (systemd's rule: an absent IMAGE_ID matches only an absent one). */
bool request_matches(const struct request *request, const struct os_identity *os);

/* What the variable means to the system looking at it. Shared by stub, initrd and tool. */
enum request_state {
        REQUEST_ABSENT,
        REQUEST_MALFORMED, /* the variable exists and does not decode: see the err */
        REQUEST_FOREIGN,   /* well-formed, for another system */
        REQUEST_PENDING,   /* ours, made during the running boot: the next boot resets */
        REQUEST_DUE,       /* ours, made during an earlier boot: this boot resets */
};

const char *request_state_name(enum request_state state);

/* value == NULL: absent. boot_id == NULL: not known (the stub), never PENDING.
 * *ret and *ret_err (both may be NULL) tell the details. */
enum request_state request_judge(const void *value, size_t size, const struct os_identity *os, const struct id128 *boot_id,
                                 struct request *ret, enum err *ret_err);

const char *tpm_clear_policy_name(enum tpm_clear_policy policy);
const char *erase_level_name(enum erase_level level);
bool tpm_clear_policy_parse(const char *text, enum tpm_clear_policy *ret);
bool erase_level_parse(const char *text, enum erase_level *ret);

#endif
