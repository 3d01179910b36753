/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the image has what rebuilding takes: the factory manifest, every file that is copied, every mkfs. Asked before anything
 * is erased, by the reset and by who wants to know beforehand. Reads only. */
#ifndef CLEANSLATE_LINUX_FACTORY_IMAGE_H
#define CLEANSLATE_LINUX_FACTORY_IMAGE_H

#include "common/format/pcr.h"
#include "common/plan/plan.h"
#include "linux/base/trouble.h"

struct factory_image {
        char *manifest; /* whole */
        size_t manifest_size;
        size_t manifest_expected; /* bytes of it that the trees of the plan have to match */
        char digest[SHA256_SIZE * 2 + 1];
        uint64_t tree_bytes; /* of all factory trees */
};

/* All: 0, or negative errno with *trouble set. Files are read once in full, so that dm-verity has its say. */
int factory_image_read_manifest(int root_fd, struct factory_image *image, const struct trouble *trouble);

/* Every line needs a definition that builds it, or that keeps it; every tree that is built needs its lines. Found out only behind
 * the erasure, this would fail every attempt. Sets manifest_expected. Whether the files fit is factory_image_check_room()'s. */
int factory_image_check_parts(const struct policy *policy, const struct plan *plan, struct factory_image *image,
                              const struct trouble *trouble);

/* Whether the definition's files, as the manifest describes them, are more than the partition that the plan gives it can hold: 0
 * where they are not, or where it is not built; -ENOSPC with *trouble set. */
int factory_image_check_room(const struct policy *policy, const struct plan *plan, size_t definition,
                             const struct factory_image *image, const struct trouble *trouble);
/* Of each definition; the first one whose files do not fit is told. */
int factory_image_check_rooms(const struct policy *policy, const struct plan *plan, const struct factory_image *image,
                              const struct trouble *trouble);

int factory_image_read_trees(int root_fd, const struct policy *policy, struct factory_image *image,
                             const struct trouble *trouble);
int factory_image_check_makers(int root_fd, const struct policy *policy, const struct trouble *trouble);

void factory_image_done(struct factory_image *image);

#endif
