/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the image under dm-verity, with the signature over its root hash where there is one: from a root-verity-sig or
 * usr-verity-sig partition of the disk, or from a file of the initrd. Refuses, before anything of the image is interpreted, what
 * the signed boot image's policy refuses. */
#ifndef CLEANSLATE_INITRD_ROOT_OPEN_H
#define CLEANSLATE_INITRD_ROOT_OPEN_H

#include "common/policy/image-form.h"
#include "initrd/boot-context.h"

#define ROOT_SIGNATURE_FILE "/roothash.p7s" /* in the initrd; DER */
#define USR_SIGNATURE_FILE  "/usrhash.p7s"  /* of an image of /usr */

struct root_image {
        enum image_form form;
        const uint8_t *hash;
        size_t hash_size;
        const char *data_path, *hash_path; /* devices */
};

/* Maps the image to /dev/mapper/MAPPING and fills context->root_proof. -EKEYREJECTED with context->trouble set: policy; other
 * errors as of verity_open(). */
int root_open(struct boot_context *context, const char *mapping, const struct root_image *image);

/* What the image's own policy asks for, too: -EKEYREJECTED with context->trouble set if the root does not meet it. */
int root_meets(struct boot_context *context, enum root_policy required);

#endif
