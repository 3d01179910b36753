/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Big-endian structures with sizes in front, taken apart in order; see tpm-attest.h. */
#include "common/format/tpm-attest.h"
#include "common/base/memory.h"

#define GENERATED    0xff544347u /* TPM_GENERATED_VALUE: "\xffTCG" */
#define QUOTE        0x8018u     /* TPM_ST_ATTEST_QUOTE */
#define ALG_SHA256   0x000bu
#define ALG_NULL     0x0010u
#define ALG_ECDSA    0x0018u
#define ALG_ECC      0x0023u
#define CURVE_P256   0x0003u
#define PCR_MAP_SIZE 3u /* bytes of a selection: 24 PCRs, as every PC client's TPM has */

/* TPMA_OBJECT, part 2, 8.3 */
#define ATTRIBUTES_NEEDED \
        (1u << 1 | 1u << 4 | 1u << 5 | 1u << 16 | 1u << 18) /* fixedTPM fixedParent sensitiveDataOrigin restricted sign */
#define ATTRIBUTE_DECRYPT (1u << 17)

struct cursor {
        struct bytes rest;
        enum err err; /* the first; then everything reads as zero */
};

static const uint8_t *take(struct cursor *cursor, size_t size)
{
        const uint8_t *at = cursor->rest.data;
        if (cursor->err == ERR_OK && !range_fits(cursor->rest.size, 0, size))
                cursor->err = ERR_TRUNCATED;
        if (cursor->err != ERR_OK)
                return NULL;
        cursor->rest = (struct bytes){ at + size, cursor->rest.size - size };
        return at;
}

static uint64_t take_number(struct cursor *cursor, size_t size)
{
        const uint8_t *at = take(cursor, size);
        uint64_t value = 0;
        for (size_t i = 0; at && i < size; i++)
                value = value << 8 | at[i];
        return value;
}

/* A TPM2B: a size of two bytes, then as many. */
static struct bytes take_sized(struct cursor *cursor)
{
        size_t size = (size_t)take_number(cursor, 2);
        const uint8_t *at = take(cursor, size);
        return (struct bytes){ at, at ? size : 0 };
}

static void expect(struct cursor *cursor, bool holds, enum err err)
{
        if (cursor->err == ERR_OK && !holds)
                cursor->err = err;
}

static struct cursor cursor_over(struct bytes bytes)
{
        return (struct cursor){ bytes, bytes.size > TPM_ATTEST_MAX ? ERR_TOO_LARGE : ERR_OK };
}

static void expect_end(struct cursor *cursor)
{
        expect(cursor, cursor->rest.size == 0, ERR_TOO_LARGE);
}

static void take_digest(struct cursor *cursor, uint8_t ret[static TPM_ATTEST_HASH_SIZE])
{
        struct bytes digest = take_sized(cursor);
        expect(cursor, digest.size == TPM_ATTEST_HASH_SIZE, ERR_UNSUPPORTED);
        if (cursor->err == ERR_OK)
                memcpy(ret, digest.data, TPM_ATTEST_HASH_SIZE);
}

static void take_selection(struct cursor *cursor, uint32_t *ret)
{
        expect(cursor, take_number(cursor, 4) == 1, ERR_UNSUPPORTED); /* one bank */
        expect(cursor, take_number(cursor, 2) == ALG_SHA256, ERR_UNSUPPORTED);
        expect(cursor, take_number(cursor, 1) == PCR_MAP_SIZE, ERR_UNSUPPORTED);
        const uint8_t *map = take(cursor, PCR_MAP_SIZE);
        if (map)
                *ret = (uint32_t)map[0] | (uint32_t)map[1] << 8 | (uint32_t)map[2] << 16;
}

enum err tpm_quote_claim_read(struct bytes attest, struct tpm_quote_claim *ret)
{
        struct tpm_quote_claim claim = { .pcrs = 0 };
        struct cursor cursor = cursor_over(attest);

        expect(&cursor, take_number(&cursor, 4) == GENERATED, ERR_SYNTAX);
        expect(&cursor, take_number(&cursor, 2) == QUOTE, ERR_UNSUPPORTED);
        struct bytes signer = take_sized(&cursor);
        expect(&cursor, signer.size <= sizeof(claim.signer), ERR_TOO_LARGE);
        if (cursor.err == ERR_OK)
                memcpy(claim.signer, signer.data, signer.size);
        claim.signer_size = signer.size;
        take_digest(&cursor, claim.qualifying);
        claim.clock_ms = take_number(&cursor, 8);
        claim.reset_count = (uint32_t)take_number(&cursor, 4);
        claim.restart_count = (uint32_t)take_number(&cursor, 4);
        uint64_t safe = take_number(&cursor, 1);
        expect(&cursor, safe <= 1, ERR_RANGE);
        claim.clock_safe = safe == 1;
        claim.firmware_version = take_number(&cursor, 8);
        take_selection(&cursor, &claim.pcrs);
        take_digest(&cursor, claim.pcr_digest);
        expect_end(&cursor);
        if (cursor.err == ERR_OK)
                *ret = claim;
        return cursor.err;
}

/* At most 32 bytes, of which zeros in front may be missing. */
static void take_coordinate(struct cursor *cursor, uint8_t ret[static TPM_ATTEST_NUMBER_SIZE])
{
        struct bytes number = take_sized(cursor);
        expect(cursor, number.size > 0 && number.size <= TPM_ATTEST_NUMBER_SIZE, ERR_UNSUPPORTED);
        if (cursor->err != ERR_OK)
                return;
        memset(ret, 0, TPM_ATTEST_NUMBER_SIZE);
        memcpy(ret + TPM_ATTEST_NUMBER_SIZE - number.size, number.data, number.size);
}

enum err tpm_attest_key_read(struct bytes public_area, struct tpm_attest_key *ret)
{
        struct tpm_attest_key key = { .x = { 0 } };
        struct cursor cursor = cursor_over(public_area);

        expect(&cursor, take_number(&cursor, 2) == ALG_ECC, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == ALG_SHA256, ERR_UNSUPPORTED); /* of its name */
        uint32_t attributes = (uint32_t)take_number(&cursor, 4);
        expect(&cursor, (attributes & ATTRIBUTES_NEEDED) == ATTRIBUTES_NEEDED && !(attributes & ATTRIBUTE_DECRYPT), ERR_RANGE);
        (void)take_sized(&cursor); /* authPolicy */
        expect(&cursor, take_number(&cursor, 2) == ALG_NULL, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == ALG_ECDSA, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == ALG_SHA256, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == CURVE_P256, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == ALG_NULL, ERR_UNSUPPORTED); /* kdf */
        take_coordinate(&cursor, key.x);
        take_coordinate(&cursor, key.y);
        expect_end(&cursor);
        if (cursor.err == ERR_OK)
                *ret = key;
        return cursor.err;
}

enum err tpm_attest_signature_read(struct bytes bytes, struct tpm_attest_signature *ret)
{
        struct tpm_attest_signature signature = { .r = { 0 } };
        struct cursor cursor = cursor_over(bytes);

        expect(&cursor, take_number(&cursor, 2) == ALG_ECDSA, ERR_UNSUPPORTED);
        expect(&cursor, take_number(&cursor, 2) == ALG_SHA256, ERR_UNSUPPORTED);
        take_coordinate(&cursor, signature.r);
        take_coordinate(&cursor, signature.s);
        expect_end(&cursor);
        if (cursor.err == ERR_OK)
                *ret = signature;
        return cursor.err;
}
