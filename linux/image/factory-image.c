/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/factory-image.h"

#include "common/rebuild/manifest-compare.h"
#include "common/rebuild/manifest.h"
#include "common/rebuild/tree-room.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/image/file-system-maker.h"
#include "linux/image/luks.h"
#include "linux/image/tree-list-read.h"
#include "linux/tpm/tpm.h"
#include <errno.h>
#include <string.h>

#define MANIFEST_BYTES_MAX (64u << 20)

int factory_image_read_manifest(int root_fd, struct factory_image *image, const struct trouble *trouble)
{
        uint8_t digest[SHA256_SIZE];
        int r = file_read(root_fd, &MANIFEST_PATH[1], MANIFEST_BYTES_MAX, &image->manifest, &image->manifest_size);
        if (r < 0 || image->manifest_size == 0)
                return trouble_note(trouble, r < 0 ? r : -ENODATA, "The image has no readable factory manifest (%s): %s.",
                                    MANIFEST_PATH, r < 0 ? strerror(-r) : "it is empty");
        struct bytes text = { (const uint8_t *)image->manifest, image->manifest_size };
        struct writer writer = writer_over(image->digest, sizeof(image->digest));
        sha256_chunks(&text, 1, digest);
        writer_hex(&writer, digest, sizeof(digest));
        return 0;
}

int factory_image_check_parts(const struct policy *policy, const struct plan *plan, struct factory_image *image,
                              const struct trouble *trouble)
{
        struct bytes part, whole = { (const uint8_t *)image->manifest, image->manifest_size };
        size_t described = 0;
        image->manifest_expected = 0;
        for (size_t i = 0; i < policy->partition_count; i++) {
                bool verified = plan_verifies(plan, i);
                if (manifest_part(whole, policy, i, &part)) {
                        described += part.size;
                        image->manifest_expected += verified ? part.size : 0;
                } else if (verified) {
                        return trouble_note(trouble, -ENODATA, "The image's factory manifest does not describe %s.",
                                            manifest_tree_name(policy, i));
                }
        }
        return described == image->manifest_size
                       ? 0
                       : trouble_note(trouble, -EBADMSG,
                                      "The image's factory manifest describes files that no definition builds.");
}

int factory_image_check_room(const struct policy *policy, const struct plan *plan, size_t definition,
                             const struct factory_image *image, const struct trouble *trouble)
{
        const struct partition_definition *own = &policy->partitions[definition];
        const struct plan_step *step = plan_find_step(plan, STEP_COPY_TREE, definition);
        const struct bytes whole = { (const uint8_t *)image->manifest, image->manifest_size };
        struct bytes part;
        if (!step || !manifest_part(whole, policy, definition, &part))
                return 0;
        const uint64_t header = plan_find_step(plan, STEP_ENCRYPT, definition) ? LUKS_DATA_OFFSET : 0;
        const uint64_t room = step->size_bytes > header ? step->size_bytes - header : 0;
        const uint64_t needed = tree_room_needed(part, own);
        if (needed <= room)
                return 0;
        return trouble_note(trouble, -ENOSPC,
                            "The image's files for \"%s\" take at least %llu MiB, and its partition has room for %llu MiB. It "
                            "takes an image with fewer files in it, or a larger disk.",
                            own->label, (unsigned long long)((needed + (1 << 20) - 1) >> 20), (unsigned long long)(room >> 20));
}

int factory_image_check_rooms(const struct policy *policy, const struct plan *plan, const struct factory_image *image,
                              const struct trouble *trouble)
{
        int r = 0;
        for (size_t d = 0; r == 0 && d < policy->partition_count; d++)
                r = factory_image_check_room(policy, plan, d, image, trouble);
        return r;
}

int factory_image_read_trees(int root_fd, const struct policy *policy, struct factory_image *image, const struct trouble *trouble)
{
        struct tree_totals totals = { 0 };
        for (size_t i = 0; i < policy->partition_count; i++) {
                const struct partition_definition *definition = &policy->partitions[i];
                for (size_t j = 0; j < definition->copy_count; j++) {
                        const char *source = definition->copies[j].source;
                        int r = tree_read_through(root_fd, source, &totals);
                        if (r < 0)
                                return trouble_note(trouble, r, "The factory files at %s cannot be read from the image: %s.",
                                                    source, strerror(-r));
                }
        }
        image->tree_bytes = totals.bytes;
        return 0;
}

int factory_image_check_makers(int root_fd, const struct policy *policy, const struct trouble *trouble)
{
        for (size_t i = 0; i < policy->partition_count; i++) {
                const char *format = policy->partitions[i].format;
                int r = format[0] ? file_system_maker_check(root_fd, format) : 0;
                if (r < 0)
                        return trouble_note(trouble, r, "The image has no working mkfs.%s: %s.", format, strerror(-r));
        }
        return 0;
}

void factory_image_done(struct factory_image *image)
{
        free(image->manifest);
        *image = (struct factory_image){ 0 };
}
