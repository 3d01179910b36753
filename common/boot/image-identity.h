/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which image the kernel command line names: its verity root hash, and by it the image's partitions (Discoverable Partitions
 * Specification: the unique GUIDs of root or usr partition and of its verity partition are the first and the last half of the
 * root hash). Pure. */
#ifndef CLEANSLATE_COMMON_IMAGE_IDENTITY_H
#define CLEANSLATE_COMMON_IMAGE_IDENTITY_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/format/root-signature.h"
#include "common/policy/image-form.h"
#include <stddef.h>
#include <stdint.h>

struct image_identity {
        enum image_form form;
        uint8_t root_hash[ROOT_HASH_SIZE_MAX];
        size_t root_hash_size; /* bytes */
        struct guid data_uuid, hash_uuid;
        char file_system[16]; /* rootfstype= or mount.usrfstype=, "" = not said */
};

/* ERR_MISSING: neither roothash= nor usrhash=. ERR_DUPLICATE: both, or one of them twice. ERR_SYNTAX: not a hexadecimal hash of
 * at least 256 bits. *ret untouched on failure. */
enum err image_identity_read(const char *command_line, size_t size, struct image_identity *ret);

/* "roothash=", "usrhash=" */
const char *image_form_option(enum image_form form);

#endif
