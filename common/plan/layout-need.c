/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/layout-need.h"
#include "common/base/bytes.h"
#include "common/policy/definition.h"

#define MIB(number) ((uint64_t)(number) << 20)

#define SIZE_DEFAULT_MIN      MIB(10)
#define SIZE_LUKS             MIB(32)  /* its header, and as much again to encrypt in place with */
#define SIZE_BOOT_MIN         MIB(100) /* FAT32 as firmware wants it, in sectors of 512 bytes */
#define SIZE_BOOT_4K_MIN      MIB(260)
#define SIZE_VERITY_SIGNATURE (UINT64_C(16) << 10)

static const struct {
        const char *format;
        uint64_t size_min_bytes;
} file_systems[] = {
        { .format = "ext4", .size_min_bytes = MIB(32) },
        { .format = "xfs", .size_min_bytes = MIB(300) },
        { .format = "btrfs", .size_min_bytes = MIB(256) },
};

void layout_need(const struct layout_content *content, struct layout_item *item)
{
        uint64_t content_min = content->format[0] != '\0' || content->is_encrypted ? 1 : 0;
        bool is_read_only = definition_format_is_read_only(content->format);

        for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
                if (text_equal(content->format, file_systems[i].format))
                        content_min = file_systems[i].size_min_bytes;
        if (content->role == LAYOUT_ROLE_BOOT && text_equal(content->format, "vfat"))
                content_min = content->fs_sector_bytes >= 4096 ? SIZE_BOOT_4K_MIN : SIZE_BOOT_MIN;
        if (content->copy_blocks_bytes != LAYOUT_UNSET)
                content_min = content->copy_blocks_bytes;
        if (content->is_encrypted)
                content_min = content_min > UINT64_MAX - SIZE_LUKS ? UINT64_MAX : content_min + SIZE_LUKS;
        item->size_floor_bytes = content_min;
        item->size_default_bytes = is_read_only || content->has_verity ? 1 : SIZE_DEFAULT_MIN;
        if (content->role == LAYOUT_ROLE_VERITY_SIGNATURE) {
                item->size_min_bytes = item->size_max_bytes = SIZE_VERITY_SIGNATURE;
                item->size_floor_bytes = 0;
        }
}
