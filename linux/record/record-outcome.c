/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-outcome.h"

/* Starts and lengths in bytes of the device. */
static void object_ranges(struct object *parent, const char *key, const struct bad_ranges *list)
{
        object_key(parent, key);
        struct object object = object_open(parent->writer);
        object_number(&object, "bytes", list->total_bytes);
        object_key(&object, "ranges");
        for (uint32_t i = 0; i < list->count; i++) {
                writer_text(object.writer, i == 0 ? "[[" : "],[");
                writer_decimal(object.writer, list->ranges[i].start_bytes);
                writer_char(object.writer, ',');
                writer_decimal(object.writer, list->ranges[i].length_bytes);
        }
        writer_text(object.writer, list->count ? "]]" : "[]");
        object_flag(&object, "more", list->more);
        object_close(&object);
}

static uint64_t rate_of(uint64_t bytes, uint64_t ms)
{
        return ms == 0 || bytes > UINT64_MAX / 1000 ? 0 : bytes * 1000 / ms;
}

void record_outcome_encode(struct object *object, const struct erase_outcome *outcome)
{
        uint8_t seed[8];
        object_text(object, "pattern", erase_pattern_name(outcome->pattern));
        object_flag(object, "offloaded", outcome->offloaded);
        object_flag(object, "offloadRefuted", outcome->offload_refuted);
        object_number(object, "writtenBytes", outcome->written_bytes);
        object_number(object, "resumedBytes", outcome->resumed_bytes);
        object_number(object, "writeBytesPerSecond", rate_of(outcome->written_bytes, outcome->write_ms));
        object_text(object, "verification", verification_name(outcome->verification));
        object_number(object, "verifiedBytes", outcome->verified_bytes);
        object_number(object, "verifyBytesPerSecond", rate_of(outcome->verified_bytes, outcome->verify_ms));
        if (outcome->verification == VERIFICATION_SAMPLED) {
                for (size_t i = 0; i < sizeof(seed); i++)
                        seed[i] = (uint8_t)(outcome->sample_seed >> (56 - 8 * i));
                object_hex(object, "sampleSeed", seed, sizeof(seed)); /* more digits than JSON's readers keep of a number */
                object_number(object, "samples", outcome->sample_count);
        }
        object_ranges(object, "unwritable", &outcome->unwritable);
        object_ranges(object, "unreadable", &outcome->unreadable);
        object_ranges(object, "wrong", &outcome->wrong);
}
