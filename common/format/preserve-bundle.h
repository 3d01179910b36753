/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running system hands over to its reset: a few files, as bytes, and the sealed file around them. Parsing and writing
 * only; nothing here is believed: the seal is checked by linux/tpm/preserve-seal, each file is judged by preserve-rule. All
 * numbers are little-endian; docs/keep.md has the format. */
#ifndef CLEANSLATE_COMMON_PRESERVE_BUNDLE_H
#define CLEANSLATE_COMMON_PRESERVE_BUNDLE_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define PRESERVE_BUNDLE_PATH "EFI/cleanslate/keep.bundle" /* on the ESP */
#define PRESERVE_BYTES_MAX   (UINT32_C(4) << 20)          /* of all files together */
#define PRESERVE_ENTRIES_MAX 256
#define PRESERVE_PATH_MAX    512 /* with the NUL */

/* -- the files -- */

struct preserve_entry {
        char path[PRESERVE_PATH_MAX]; /* absolute */
        bool directory;
        uint32_t mode; /* permission bits, 07777 */
        uint32_t uid, gid;
        uint64_t mtime;    /* seconds since 1970 */
        struct bytes data; /* of files; a view into the bundle */
};

#define PRESERVE_ENTRY_OVERHEAD 28
#define PRESERVE_PLAIN_MAX      (8 + PRESERVE_BYTES_MAX + PRESERVE_ENTRIES_MAX * (PRESERVE_ENTRY_OVERHEAD + PRESERVE_PATH_MAX))

/* A bundle is begun, then each entry is added, a directory before what is in it. What did not fit sets the writer's overflow. */
void preserve_bundle_begin(struct writer *writer);
void preserve_bundle_add(struct writer *writer, const struct preserve_entry *entry);

struct preserve_cursor {
        struct bytes bundle;
        size_t at;
        uint32_t entries;
};

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (no bundle). */
enum err preserve_bundle_open(struct bytes bundle, struct preserve_cursor *ret);

/* The next entry. ERR_NOT_FOUND: that was all. ERR_TRUNCATED, ERR_TOO_LARGE (PRESERVE_ENTRIES_MAX), ERR_SYNTAX, ERR_RANGE. */
enum err preserve_bundle_next(struct preserve_cursor *cursor, struct preserve_entry *ret);

/* -- the seal around them -- */

#define PRESERVE_NONCE_SIZE 12
#define PRESERVE_TAG_SIZE   16
#define PRESERVE_BLOB_MAX   1024
#define PRESERVE_SEALED_MAX (8 + 2 + PRESERVE_BLOB_MAX + PRESERVE_NONCE_SIZE + PRESERVE_PLAIN_MAX + PRESERVE_TAG_SIZE)

struct preserve_sealed {
        struct bytes header; /* everything in front of the ciphertext: authenticated with it */
        struct bytes blob;   /* the key, sealed by the TPM */
        const uint8_t *nonce;
        struct bytes cipher;
        const uint8_t *tag;
};

/* Everything in front of the ciphertext. */
void preserve_sealed_header(struct writer *writer, struct bytes blob, const uint8_t nonce[static PRESERVE_NONCE_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX. The views are into `file`. */
enum err preserve_sealed_parse(struct bytes file, struct preserve_sealed *ret);

#endif
