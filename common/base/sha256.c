/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 and HMAC; see sha256.h. Names of functions and variables follow FIPS 180-4, 4.1.2 and 6.2.2. */
#include "common/base/sha256.h"
#include "common/base/memory.h"

static const uint32_t K[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
        0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
        0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
        0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
        0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t load_be32(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void store_be32(uint8_t *at, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t rotr(uint32_t x, unsigned n)
{
        return x >> n | x << (32 - n);
}

/* 6.2.2, 3. Not the values move on by one place, but the place where they begin: after 8 rounds it is the first again. */
static inline void round_at(uint32_t v[static 8], int i, uint32_t k_and_w)
{
        uint32_t a = v[(8 - i) % 8], b = v[(9 - i) % 8], c = v[(10 - i) % 8];
        uint32_t e = v[(12 - i) % 8], f = v[(13 - i) % 8], g = v[(14 - i) % 8];
        uint32_t ch = (e & f) ^ (~e & g), maj = (a & b) ^ (a & c) ^ (b & c);
        uint32_t t1 = v[(15 - i) % 8] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ch + k_and_w;

        v[(11 - i) % 8] += t1;
        v[(15 - i) % 8] = t1 + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + maj;
}

static void compress(uint32_t state[static 8], const uint8_t block[static SHA256_BLOCK_SIZE])
{
        uint32_t w[64], v[8];

        for (int t = 0; t < 16; t++)
                w[t] = load_be32(block + 4 * t);
        for (int t = 16; t < 64; t++) {
                uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
                uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;

                w[t] = s1 + w[t - 7] + s0 + w[t - 16];
        }
        memcpy(v, state, sizeof(v)); /* a b c d e f g h */
        for (int t = 0; t < 64; t += 8)
                for (int i = 0; i < 8; i++)
                        round_at(v, i, K[t + i] + w[t + i]);
        for (int i = 0; i < 8; i++)
                state[i] += v[i];
}

void sha256_begin(struct sha256 *ret)
{
        static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

        memset(ret, 0, sizeof(*ret));
        memcpy(ret->state, initial, sizeof(initial));
}

void sha256_add(struct sha256 *sha256, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        while (size > 0) {
                size_t used = sha256->size % SHA256_BLOCK_SIZE, room = SHA256_BLOCK_SIZE - used, part = size < room ? size : room;

                memcpy(sha256->block + used, bytes, part);
                sha256->size += part;
                bytes += part;
                size -= part;
                if (used + part == SHA256_BLOCK_SIZE)
                        compress(sha256->state, sha256->block);
        }
}

void sha256_end(struct sha256 *sha256, uint8_t ret[static SHA256_SIZE])
{
        static const uint8_t padding[SHA256_BLOCK_SIZE] = { 0x80 };
        size_t used = sha256->size % SHA256_BLOCK_SIZE, length_at = SHA256_BLOCK_SIZE - 8;
        uint64_t bits = sha256->size * 8;
        uint8_t length[8];

        store_be32(length, (uint32_t)(bits >> 32));
        store_be32(length + 4, (uint32_t)bits);
        sha256_add(sha256, padding, used < length_at ? length_at - used : SHA256_BLOCK_SIZE + length_at - used);
        sha256_add(sha256, length, sizeof(length));
        for (int i = 0; i < 8; i++)
                store_be32(ret + 4 * i, sha256->state[i]);
        memset(sha256, 0, sizeof(*sha256));
}

void sha256_of_chunks(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        struct sha256 sha256;

        sha256_begin(&sha256);
        for (size_t i = 0; i < count; i++)
                sha256_add(&sha256, chunks[i].data, chunks[i].size);
        sha256_end(&sha256, ret);
}

void hmac_sha256(struct bytes key, const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        uint8_t inner[SHA256_BLOCK_SIZE] = { 0 }, outer[SHA256_BLOCK_SIZE];
        struct sha256 sha256;

        if (key.size > SHA256_BLOCK_SIZE)
                sha256_of_chunks(&key, 1, inner);
        else if (key.size > 0)
                memcpy(inner, key.data, key.size);
        for (size_t i = 0; i < SHA256_BLOCK_SIZE; i++) {
                outer[i] = inner[i] ^ 0x5c;
                inner[i] ^= 0x36;
        }
        sha256_begin(&sha256);
        sha256_add(&sha256, inner, sizeof(inner));
        for (size_t i = 0; i < count; i++)
                sha256_add(&sha256, chunks[i].data, chunks[i].size);
        sha256_end(&sha256, ret);
        sha256_begin(&sha256);
        sha256_add(&sha256, outer, sizeof(outer));
        sha256_add(&sha256, ret, SHA256_SIZE);
        sha256_end(&sha256, ret);
        bytes_wipe(inner, sizeof(inner)); /* each is the key, but for a constant */
        bytes_wipe(outer, sizeof(outer));
        bytes_wipe(&sha256, sizeof(sha256));
}

void hmac_sha256_derive(struct bytes key, const char *purpose, uint8_t ret[static SHA256_SIZE])
{
        struct bytes chunk = { (const uint8_t *)purpose, text_length(purpose) };

        hmac_sha256(key, &chunk, 1, ret);
}

bool bytes_equal_in_constant_time(const void *a, const void *b, size_t size)
{
        const uint8_t *left = a, *right = b;
        uint8_t difference = 0;

        for (size_t i = 0; i < size; i++)
                difference |= left[i] ^ right[i];
        return difference == 0;
}
