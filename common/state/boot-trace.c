/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What outlives a boot in two small variables; see boot-trace.h. */
#include "common/state/boot-trace.h"
#include "common/base/bytes.h"
#include "common/base/crc32.h"

#define COUNT_VERSION 3
#define TRACE_VERSION 1

void boot_count_encode(const struct boot_count *count, uint8_t ret[static BOOT_COUNT_ENCODED_SIZE])
{
        ret[0] = COUNT_VERSION;
        ret[1] = count->boots > UINT8_MAX ? UINT8_MAX : (uint8_t)count->boots;
        ret[2] = (uint8_t)count->reached;
}

static enum err check_size(size_t size, size_t expected)
{
        return size < expected ? ERR_TRUNCATED : size > expected ? ERR_TOO_LARGE : ERR_OK;
}

enum err boot_count_decode(const void *data, size_t size, struct boot_count *ret)
{
        const uint8_t *bytes = data;
        enum err err = check_size(size, BOOT_COUNT_ENCODED_SIZE);

        if (err != ERR_OK)
                return err;
        if (bytes[0] != COUNT_VERSION)
                return ERR_VERSION;
        if (bytes[2] >= BOOT_REACHED_COUNT)
                return ERR_RANGE;
        *ret = (struct boot_count){ .boots = bytes[1], .reached = (enum boot_reached)bytes[2] };
        return ERR_OK;
}

bool boot_count_is_last(const struct boot_count *count, uint32_t boots_max)
{
        return boots_max > 0 && count->boots >= boots_max;
}

bool boot_count_is_used_up(const struct boot_count *count, uint32_t boots_max)
{
        return boot_count_is_last(count, boots_max) && count->reached != BOOT_REACHED_KERNEL;
}

/* Offsets of the fields; the checksum covers the others with itself taken as zero. */
enum { AT_VERSION = 0, AT_COUNT = 4, AT_TOLD = 8, AT_CHECKSUM = 12, AT_LAST = 16 };

static uint32_t checksum(const uint8_t *encoded)
{
        uint8_t copy[BREAK_GLASS_ENCODED_SIZE];

        for (size_t i = 0; i < sizeof(copy); i++)
                copy[i] = encoded[i];
        store_le32(copy + AT_CHECKSUM, 0);
        return crc32_of(copy, sizeof(copy));
}

void break_glass_encode(const struct break_glass_trace *trace, uint8_t ret[static BREAK_GLASS_ENCODED_SIZE])
{
        store_le32(ret + AT_VERSION, TRACE_VERSION);
        store_le32(ret + AT_COUNT, trace->count);
        store_le32(ret + AT_TOLD, trace->reported);
        store_le64(ret + AT_LAST, trace->last_at);
        store_le32(ret + AT_CHECKSUM, checksum(ret));
}

enum err break_glass_decode(const void *data, size_t size, struct break_glass_trace *ret)
{
        const uint8_t *bytes = data;
        enum err err = check_size(size, BREAK_GLASS_ENCODED_SIZE);

        if (err != ERR_OK)
                return err;
        if (load_le32(bytes + AT_VERSION) != TRACE_VERSION)
                return ERR_VERSION;
        if (load_le32(bytes + AT_CHECKSUM) != checksum(bytes))
                return ERR_CHECKSUM;
        *ret = (struct break_glass_trace){ .count = load_le32(bytes + AT_COUNT),
                                           .reported = load_le32(bytes + AT_TOLD),
                                           .last_at = load_le64(bytes + AT_LAST) };
        return ERR_OK;
}
