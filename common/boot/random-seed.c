/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random seed; see random-seed.h. */
#include "common/boot/random-seed.h"

static const char label[] = "cleanslate random seed 1";

bool random_seed_is_good(const struct random_inputs *inputs, bool secure_boot)
{
        if (inputs->file.size < RANDOM_SEED_SIZE || inputs->file.size > RANDOM_SEED_FILE_MAX)
                return false;
        if (inputs->generator.size >= RANDOM_SEED_SIZE || inputs->before.size >= RANDOM_SEED_SIZE)
                return true;
        return !secure_boot && inputs->token.size >= RANDOM_SEED_TOKEN_MIN;
}

/* With its length, so that no two lists of inputs are the same bytes. */
static void add(struct sha256 *hash, struct bytes input)
{
        uint8_t size[sizeof(uint64_t)];

        store_le64(size, input.size);
        sha256_add(hash, size, sizeof(size));
        if (input.size > 0)
                sha256_add(hash, input.data, input.size);
}

void random_seed_mix(const struct random_inputs *inputs, uint8_t ret_file[static RANDOM_SEED_SIZE],
                     uint8_t ret_kernel[static RANDOM_SEED_SIZE])
{
        uint8_t key[SHA256_SIZE], count[sizeof(uint64_t)];
        struct sha256 hash;

        store_le64(count, inputs->count);
        sha256_begin(&hash);
        add(&hash, (struct bytes){ (const uint8_t *)label, sizeof(label) });
        add(&hash, inputs->before);
        add(&hash, inputs->generator);
        add(&hash, inputs->token);
        add(&hash, inputs->file);
        add(&hash, (struct bytes){ count, sizeof(count) });
        sha256_end(&hash, key);
        hmac_sha256_derive((struct bytes){ key, sizeof(key) }, "file", ret_file);
        hmac_sha256_derive((struct bytes){ key, sizeof(key) }, "kernel", ret_kernel);
        bytes_wipe(key, sizeof(key));
        bytes_wipe(&hash, sizeof(hash));
}
