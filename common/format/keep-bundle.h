/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running system hands over to its reset: a few files, as bytes, and the sealed file around them. Parsing and writing
 * only; nothing here is believed: the seal is checked by linux/tpm/keep-seal, each file is judged by keep-rule. All numbers are
 * little-endian; docs/keep.md has the format. */
#ifndef CLEANSLATE_COMMON_KEEP_BUNDLE_H
#define CLEANSLATE_COMMON_KEEP_BUNDLE_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define KEEP_BUNDLE_PATH "EFI/cleanslate/keep.bundle" /* on the ESP */
#define KEEP_BYTES_MAX   (UINT32_C(4) << 20)          /* of all files together */
#define KEEP_ENTRIES_MAX 256
#define KEEP_PATH_MAX    512 /* with the NUL */

/* -- the files -- */

struct keep_entry {
        char path[KEEP_PATH_MAX]; /* absolute */
        bool directory;
        uint32_t mode; /* permission bits, 07777 */
        uint32_t uid, gid;
        uint64_t mtime;    /* seconds since 1970 */
        struct bytes data; /* of files; a view into the bundle */
};

#define KEEP_ENTRY_OVERHEAD 28
#define KEEP_PLAIN_MAX      (8 + KEEP_BYTES_MAX + KEEP_ENTRIES_MAX * (KEEP_ENTRY_OVERHEAD + KEEP_PATH_MAX))

/* A bundle is begun, then each entry is added, a directory before what is in it. What did not fit sets the writer's overflow. */
void keep_bundle_begin(struct writer *writer);
void keep_bundle_add(struct writer *writer, const struct keep_entry *entry);

struct keep_cursor {
        struct bytes bundle;
        size_t at;
        uint32_t entries;
};

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (no bundle). */
enum err keep_bundle_open(struct bytes bundle, struct keep_cursor *ret);

/* The next entry. ERR_NOT_FOUND: that was all. ERR_TRUNCATED, ERR_TOO_LARGE (KEEP_ENTRIES_MAX), ERR_SYNTAX, ERR_RANGE. */
enum err keep_bundle_next(struct keep_cursor *cursor, struct keep_entry *ret);

/* -- the seal around them -- */

#define KEEP_NONCE_SIZE 12
#define KEEP_TAG_SIZE   16
#define KEEP_BLOB_MAX   1024
#define KEEP_SEALED_MAX (8 + 2 + KEEP_BLOB_MAX + KEEP_NONCE_SIZE + KEEP_PLAIN_MAX + KEEP_TAG_SIZE)

struct keep_sealed {
        struct bytes header; /* everything in front of the ciphertext: authenticated with it */
        struct bytes blob;   /* the key, sealed by the TPM */
        const uint8_t *nonce;
        struct bytes cipher;
        const uint8_t *tag;
};

/* Everything in front of the ciphertext. */
void keep_sealed_header(struct writer *writer, struct bytes blob, const uint8_t nonce[static KEEP_NONCE_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX. The views are into `file`. */
enum err keep_sealed_parse(struct bytes file, struct keep_sealed *ret);

#endif
