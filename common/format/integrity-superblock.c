/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/integrity-superblock.h"

#define SECTORS_PER_BLOCK (INTEGRITY_BLOCK_SIZE / 512)
#define LOG2_BLOCK        3  /* of SECTORS_PER_BLOCK */
#define LOG2_INTERLEAVE   15 /* Linux's default: 16 MiB of data, then their tags */
#define INTERLEAVE        (UINT64_C(1) << LOG2_INTERLEAVE)
#define TAG_RUN           (INTERLEAVE / SECTORS_PER_BLOCK * INTEGRITY_TAG_SIZE / 512) /* sectors of tags for each interleave */
#define SUPERBLOCK        8                                                           /* sectors */

/* A journal section has 32 entries, in 8 sectors, each with a block: as many as fit where an entry has 8 bytes for its place, 8
 * for each sector and its tag, and a sector has 496 bytes for entries. */
#define JOURNAL_SECTION (8 + 32 * SECTORS_PER_BLOCK)

/* Linux makes no longer journal unless it is told to (131072 sectors), and has all of it in memory. */
#define SECTIONS_MAX (131072 / JOURNAL_SECTION)

#define VERSION_FIX_PADDING 4 /* no room lost to tags; Linux 5.5 */
#define FLAG_FIX_PADDING    8

enum {
        AT_VERSION = 8,
        AT_LOG2_INTERLEAVE = 9,
        AT_TAG_SIZE = 10,
        AT_SECTIONS = 12,
        AT_DATA = 16,
        AT_FLAGS = 24,
        AT_LOG2_BLOCK = 28
};

static bool has_magic(const uint8_t *data)
{
        static const char magic[8] = "integrt";

        for (size_t i = 0; i < sizeof(magic); i++)
                if (data[i] != (uint8_t)magic[i])
                        return false;
        return true;
}

/* What fits behind the journal: whole blocks, and a whole run of tags for each interleave that is begun. */
static uint64_t data_sectors_of(uint64_t device_sectors, uint32_t sections)
{
        uint64_t taken = SUPERBLOCK + (uint64_t)sections * JOURNAL_SECTION, left, data, last;

        if (device_sectors <= taken)
                return 0;
        left = device_sectors - taken;
        data = left / (INTERLEAVE + TAG_RUN) * INTERLEAVE;
        last = left % (INTERLEAVE + TAG_RUN);
        if (last > TAG_RUN)
                data += last - TAG_RUN;
        return data / SECTORS_PER_BLOCK * SECTORS_PER_BLOCK;
}

enum err integrity_superblock_judge(struct bytes superblock, uint64_t device_sectors, uint64_t *ret_data_sectors)
{
        const uint8_t *data = superblock.data;
        uint64_t sections, sectors;

        if (superblock.size < INTEGRITY_SUPERBLOCK_SIZE)
                return ERR_TRUNCATED;
        if (!has_magic(data))
                return ERR_MISSING;
        if (data[AT_VERSION] != VERSION_FIX_PADDING)
                return ERR_VERSION;
        sections = load_le32(data + AT_SECTIONS);
        sectors = load_le64(data + AT_DATA);
        if (data[AT_LOG2_INTERLEAVE] != LOG2_INTERLEAVE || load_le16(data + AT_TAG_SIZE) != INTEGRITY_TAG_SIZE ||
            load_le32(data + AT_FLAGS) != FLAG_FIX_PADDING || data[AT_LOG2_BLOCK] != LOG2_BLOCK || sections == 0 ||
            sections > SECTIONS_MAX || sectors == 0 || sectors % SECTORS_PER_BLOCK != 0 ||
            sectors > data_sectors_of(device_sectors, (uint32_t)sections))
                return ERR_RANGE;
        *ret_data_sectors = sectors;
        return ERR_OK;
}
