/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partitions that carry the running image, and how much of each its root hash vouches for: what lies beyond that is whatever
 * somebody has put there. */
#ifndef CLEANSLATE_LINUX_IMAGE_PARTS_H
#define CLEANSLATE_LINUX_IMAGE_PARTS_H

#include "common/boot/image-identity.h"
#include "common/format/root-signature.h"
#include "common/plan/inventory.h"

/* Marks data and hash partition as the image's. To be called once verity has opened them; before that, the extents are only what
 * the disk says. */
void image_parts_mark(struct inventory *inventory, const struct image_identity *image);

/* Finds the partition with the signature over this root hash, marks it, and returns the signature. Two images on one disk have a
 * partition each, so the one that speaks of this root hash counts. NULL, or why none was found although there is such a
 * partition; "" if there is none. */
const char *image_parts_find_signature(struct inventory *inventory, enum image_form form, const uint8_t *root_hash,
                                       size_t root_hash_size, struct root_signature *ret);

#endif
