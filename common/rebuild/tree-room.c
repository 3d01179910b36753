/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents in the smallest blocks that the file system can have, and what each name takes besides. */
#include "common/rebuild/tree-room.h"

#include "common/base/memory.h"

#define SIZE_FIELD 4 /* behind TYPE MODE UID GID */

static const struct need {
        const char *format;
        uint32_t block_bytes;   /* a file takes whole ones */
        uint32_t entry_bytes;   /* of an inode, or of a directory's entry */
        uint32_t journal_bytes; /* the smallest that there is on a partition of the smallest size */
} needs[] = {
        { "ext2", 1024, 128, 0 },      { "ext3", 1024, 128, 4 << 20 }, { "ext4", 1024, 128, 4 << 20 },
        { "xfs", 4096, 256, 5 << 20 }, { "vfat", 512, 32, 0 },
};

static const struct need *find(const char *format)
{
        static const struct need other = { "", 1, 0, 0 };

        for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
                if (text_equal(needs[i].format, format))
                        return &needs[i];
        return &other;
}

/* SIZE of the line at *at, which ends behind it. */
static uint64_t take_size(const char **at, const char *end)
{
        uint64_t number = 0;
        unsigned field = 0;

        for (; *at < end && **at != '\n'; (*at)++) {
                if (**at == ' ')
                        field++;
                else if (field == SIZE_FIELD && **at >= '0' && **at <= '9' && number < UINT64_MAX / 16)
                        number = number * 10 + (uint64_t)(**at - '0');
        }
        *at += *at < end;
        return number;
}

uint64_t tree_room_needed(struct bytes part, const struct partition_definition *definition)
{
        const struct need *need = find(definition->format);
        const char *at = (const char *)part.data, *end = at + part.size;
        uint64_t sum = need->journal_bytes;

        if (definition->compression[0] != '\0')
                return 0;
        while (at < end) {
                uint64_t size = take_size(&at, end);
                uint64_t blocks = size / need->block_bytes + (size % need->block_bytes > 0);

                if (blocks > (UINT64_MAX - sum - need->entry_bytes) / need->block_bytes)
                        return UINT64_MAX;
                sum += blocks * need->block_bytes + need->entry_bytes;
        }
        return sum;
}
