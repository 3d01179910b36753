/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-outcome.h"

/* Starts and lengths in bytes of the device. */
static void encode_ranges(struct writer *writer, const char *key, const struct bad_ranges *list)
{
        json_member_open(writer, key, '{');
        json_member_number(writer, "bytes", list->total_bytes);
        json_member_open(writer, "ranges", '[');
        for (uint32_t i = 0; i < list->count; i++) {
                json_open(writer, '[');
                json_number(writer, list->ranges[i].start_bytes);
                json_number(writer, list->ranges[i].length_bytes);
                json_close(writer, ']');
        }
        json_close(writer, ']');
        json_member_flag(writer, "more", list->more);
        json_close(writer, '}');
}

static uint64_t rate_of(uint64_t bytes, uint64_t ms)
{
        return ms == 0 || bytes > UINT64_MAX / 1000 ? 0 : bytes * 1000 / ms;
}

void record_outcome_encode(struct writer *writer, const struct erase_outcome *outcome)
{
        uint8_t seed[8];
        json_member_text(writer, "pattern", erase_pattern_name(outcome->pattern));
        json_member_flag(writer, "offloaded", outcome->offloaded);
        json_member_flag(writer, "offloadRefuted", outcome->offload_refuted);
        json_member_number(writer, "writtenBytes", outcome->written_bytes);
        json_member_number(writer, "resumedBytes", outcome->resumed_bytes);
        json_member_number(writer, "writeBytesPerSecond", rate_of(outcome->written_bytes, outcome->write_ms));
        json_member_text(writer, "verification", verification_name(outcome->verification));
        json_member_number(writer, "verifiedBytes", outcome->verified_bytes);
        json_member_number(writer, "verifyBytesPerSecond", rate_of(outcome->verified_bytes, outcome->verify_ms));
        if (outcome->verification == VERIFICATION_SAMPLED) {
                for (size_t i = 0; i < sizeof(seed); i++)
                        seed[i] = (uint8_t)(outcome->sample_seed >> (56 - 8 * i));
                json_member_hex(writer, "sampleSeed", seed, sizeof(seed)); /* more digits than JSON's readers keep of a number */
                json_member_number(writer, "samples", outcome->sample_count);
        }
        encode_ranges(writer, "unwritable", &outcome->unwritable);
        encode_ranges(writer, "unreadable", &outcome->unreadable);
        encode_ranges(writer, "wrong", &outcome->wrong);
}
