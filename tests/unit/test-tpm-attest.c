/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each field of a quote, of a key and of a signature is read where it stands, and refused where it is another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/software-quote.h"

static const uint8_t x[32] = { 1, 2, 3 }, y[32] = { 4, 5, 6, [31] = 7 };
static struct record_signature content;

static int set_up(void **state)
{
        memset(&content, 0, sizeof(content));
        memset(content.record_digest, 0x77, sizeof(content.record_digest));
        content.pcrs = 1u << 1 | 1u << 9 | 1u << 22;
        const struct buffer area = quote_public_area(x, y);
        set_bytes(content.public_area, &content.public_size, &area);
        return 0;
}

static struct bytes bytes_of(const struct buffer *buffer)
{
        return (struct bytes){ buffer->bytes, buffer->size };
}

static void a_quote_is_read_field_by_field(void **state)
{
        const struct buffer attest = quote_attest(&content);
        struct tpm_quote_claim claim;
        uint8_t signer[34];

        assert_int_equal(tpm_quote_claim_read(bytes_of(&attest), &claim), ERR_OK);
        quote_signer(content.public_area, content.public_size, signer);
        assert_int_equal(claim.signer_size, sizeof(signer));
        assert_memory_equal(claim.signer, signer, sizeof(signer));
        assert_memory_equal(claim.qualifying, content.record_digest, SHA256_SIZE);
        assert_int_equal(claim.clock_ms, 0x0102030405060708);
        assert_int_equal(claim.reset_count, 0x11121314);
        assert_int_equal(claim.restart_count, 0x21222324);
        assert_true(claim.clock_safe);
        assert_int_equal(claim.firmware_version, 0x3132333435363738);
        assert_int_equal(claim.pcrs, content.pcrs);
        assert_memory_equal(claim.pcr_digest, attest.bytes + attest.size - 32, 32);
}

struct fault {
        size_t at;
        uint8_t byte;
        enum err err;
};

enum { SIGNER = 8, QUALIFYING = SIGNER + 34 + 2, SAFE = QUALIFYING + 32 + 16, SELECTION = SAFE + 9, DIGEST = SELECTION + 10 };

static void another_field_than_in_a_quote_is_refused(void **state)
{
        static const struct fault faults[] = {
                { 0, 0xfe, ERR_SYNTAX },
                { 3, 0x48, ERR_SYNTAX },
                { 4, 0x81, ERR_UNSUPPORTED }, /* no quote */
                { 5, 0x17, ERR_UNSUPPORTED },
                { QUALIFYING - 1, 31, ERR_UNSUPPORTED }, /* and no digest */
                { QUALIFYING - 1, 33, ERR_UNSUPPORTED },
                { SAFE, 2, ERR_RANGE },
                { SELECTION + 3, 2, ERR_UNSUPPORTED }, /* banks */
                { SELECTION + 3, 0, ERR_UNSUPPORTED },
                { SELECTION + 5, 0x0c, ERR_UNSUPPORTED }, /* SHA-384 */
                { SELECTION + 6, 2, ERR_UNSUPPORTED },
                { SELECTION + 6, 4, ERR_UNSUPPORTED },
                { DIGEST + 1, 31, ERR_UNSUPPORTED },
                { DIGEST + 1, 33, ERR_TRUNCATED },
        };
        const struct buffer good = quote_attest(&content);

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                struct buffer attest = good;
                struct tpm_quote_claim claim = { .pcrs = 42 };
                attest.bytes[faults[i].at] = faults[i].byte;
                assert_int_equal(tpm_quote_claim_read(bytes_of(&attest), &claim), faults[i].err);
                assert_int_equal(claim.pcrs, 42); /* untouched */
        }
        struct buffer unsafe = good;
        struct tpm_quote_claim claim = { .clock_safe = true };
        unsafe.bytes[SAFE] = 0;
        assert_int_equal(tpm_quote_claim_read(bytes_of(&unsafe), &claim), ERR_OK);
        assert_false(claim.clock_safe);
}

static struct buffer with_signer(size_t size)
{
        const struct buffer good = quote_attest(&content);
        static const uint8_t name[128] = { 9 };
        struct buffer attest = { .size = 0 };

        put(&attest, good.bytes, 6);
        put_sized(&attest, name, size);
        put(&attest, good.bytes + SIGNER + 34, good.size - SIGNER - 34);
        return attest;
}

static void a_signer_has_room_up_to_the_longest_name(void **state)
{
        struct tpm_quote_claim claim;
        struct buffer attest = with_signer(TPM_ATTEST_SIGNER_MAX);

        assert_int_equal(tpm_quote_claim_read(bytes_of(&attest), &claim), ERR_OK);
        assert_int_equal(claim.signer_size, TPM_ATTEST_SIGNER_MAX);
        assert_int_equal(claim.signer[0], 9);
        attest = with_signer(TPM_ATTEST_SIGNER_MAX + 1);
        assert_int_equal(tpm_quote_claim_read(bytes_of(&attest), &claim), ERR_TOO_LARGE);
}

static void what_is_cut_or_longer_is_refused(void **state)
{
        const struct buffer attest = quote_attest(&content), area = quote_public_area(x, y);
        struct buffer longer = attest;
        uint8_t large[TPM_ATTEST_MAX + 1];
        struct tpm_quote_claim claim;
        struct tpm_attest_key key;

        for (size_t size = 0; size < attest.size; size++)
                assert_int_equal(tpm_quote_claim_read((struct bytes){ attest.bytes, size }, &claim), ERR_TRUNCATED);
        for (size_t size = 0; size < area.size; size++)
                assert_int_equal(tpm_attest_key_read((struct bytes){ area.bytes, size }, &key), ERR_TRUNCATED);
        put_number(&longer, 0, 1);
        assert_int_equal(tpm_quote_claim_read(bytes_of(&longer), &claim), ERR_TOO_LARGE);
        longer = area;
        put_number(&longer, 0, 1);
        assert_int_equal(tpm_attest_key_read(bytes_of(&longer), &key), ERR_TOO_LARGE);
        memset(large, 0, sizeof(large)); /* too large to be looked at */
        assert_int_equal(tpm_quote_claim_read((struct bytes){ large, sizeof(large) }, &claim), ERR_TOO_LARGE);
        assert_int_equal(tpm_quote_claim_read((struct bytes){ large, sizeof(large) - 1 }, &claim), ERR_SYNTAX);
}

/* Without one of these, a key could be had outside of a TPM, or would sign what no TPM has said. */
static void a_key_has_all_the_attributes_it_needs(void **state)
{
        static const uint8_t needed[] = { 1, 4, 5, 16, 18 };
        static const struct fault faults[] = {
                { 1, 0x01, ERR_UNSUPPORTED },                                 /* RSA */
                { 3, 0x0c, ERR_UNSUPPORTED },                                 /* a name by SHA-384 */
                { 11, 0x06, ERR_UNSUPPORTED },                                /* symmetric */
                { 13, 0x16, ERR_UNSUPPORTED },                                /* ECSCHNORR */
                { 15, 0x0c, ERR_UNSUPPORTED }, { 17, 0x04, ERR_UNSUPPORTED }, /* P-384 */
                { 19, 0x20, ERR_UNSUPPORTED },
        };
        const struct buffer good = quote_public_area(x, y);
        struct tpm_attest_key key = { { 0 }, { 0 } };

        assert_int_equal(tpm_attest_key_read(bytes_of(&good), &key), ERR_OK);
        assert_memory_equal(key.x, x, sizeof(x));
        assert_memory_equal(key.y, y, sizeof(y));
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
                struct buffer area = good;
                area.bytes[7 - needed[i] / 8] &= (uint8_t) ~(1u << needed[i] % 8);
                assert_int_equal(tpm_attest_key_read(bytes_of(&area), &key), ERR_RANGE);
        }
        struct buffer decrypts = good;
        decrypts.bytes[5] |= 1u << (17 - 16);
        assert_int_equal(tpm_attest_key_read(bytes_of(&decrypts), &key), ERR_RANGE);
        struct buffer bare = good; /* what is not needed may be missing */
        bare.bytes[7] &= (uint8_t) ~(1u << 6);
        bare.bytes[6] = 0;
        assert_int_equal(tpm_attest_key_read(bytes_of(&bare), &key), ERR_OK);
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                struct buffer area = good;
                area.bytes[faults[i].at] = faults[i].byte;
                assert_int_equal(tpm_attest_key_read(bytes_of(&area), &key), faults[i].err);
        }
        assert_memory_equal(key.x, x, sizeof(x)); /* untouched */
}

static void a_key_may_have_a_policy_of_its_own(void **state)
{
        const struct buffer good = quote_public_area(x, y);
        struct buffer area = { .size = 0 };
        struct tpm_attest_key key;

        put(&area, good.bytes, 8);
        put_sized(&area, x, 32);
        put(&area, good.bytes + 10, good.size - 10);
        assert_int_equal(tpm_attest_key_read(bytes_of(&area), &key), ERR_OK);
        assert_memory_equal(key.y, y, sizeof(y));
}

static struct buffer signature_of(uint16_t scheme, uint16_t hash, size_t r_size, size_t s_size)
{
        struct buffer signature = { .size = 0 };
        static const uint8_t number[64] = { 5, 6, 7 };

        put_number(&signature, scheme, 2);
        put_number(&signature, hash, 2);
        put_sized(&signature, number, r_size);
        put_sized(&signature, number, s_size);
        return signature;
}

static void numbers_may_lack_their_zeros_in_front(void **state)
{
        static const struct {
                uint16_t scheme, hash;
                size_t r_size, s_size;
                enum err err;
        } cases[] = {
                { 0x18, 0x0b, 32, 32, ERR_OK },          { 0x18, 0x0b, 3, 1, ERR_OK },
                { 0x18, 0x0b, 0, 32, ERR_UNSUPPORTED },  { 0x18, 0x0b, 32, 0, ERR_UNSUPPORTED },
                { 0x18, 0x0b, 33, 32, ERR_UNSUPPORTED }, { 0x18, 0x0b, 32, 33, ERR_UNSUPPORTED },
                { 0x17, 0x0b, 32, 32, ERR_UNSUPPORTED }, { 0x18, 0x0c, 32, 32, ERR_UNSUPPORTED },
        };
        static const uint8_t three[32] = { [29] = 5, 6, 7 }, one[32] = { [31] = 5 };
        struct tpm_attest_signature signature;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct buffer made = signature_of(cases[i].scheme, cases[i].hash, cases[i].r_size, cases[i].s_size);
                memset(&signature, 0xaa, sizeof(signature));
                assert_int_equal(tpm_attest_signature_read(bytes_of(&made), &signature), cases[i].err);
                if (i == 1) {
                        assert_memory_equal(signature.r, three, sizeof(three));
                        assert_memory_equal(signature.s, one, sizeof(one));
                }
                if (cases[i].err != ERR_OK)
                        assert_int_equal(signature.r[0], 0xaa); /* untouched */
        }
        struct buffer longer = signature_of(0x18, 0x0b, 32, 32);
        put_number(&longer, 0, 1);
        assert_int_equal(tpm_attest_signature_read(bytes_of(&longer), &signature), ERR_TOO_LARGE);
        longer.size -= 2;
        assert_int_equal(tpm_attest_signature_read(bytes_of(&longer), &signature), ERR_TRUNCATED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        const struct CMUnitTest tests[] = {
                TEST(a_quote_is_read_field_by_field),           TEST(another_field_than_in_a_quote_is_refused),
                TEST(a_signer_has_room_up_to_the_longest_name), TEST(what_is_cut_or_longer_is_refused),
                TEST(a_key_has_all_the_attributes_it_needs),    TEST(a_key_may_have_a_policy_of_its_own),
                TEST(numbers_may_lack_their_zeros_in_front),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
