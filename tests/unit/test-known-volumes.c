/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of volumes that a device has had: what is read back, and who can write one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/state/known-volumes.h"

static const uint8_t key[SHA256_SIZE] = "the key of this device's reset", other_key[SHA256_SIZE] = "another one";
static struct policy policy;
static struct known_volumes known;
static uint8_t encoded[KNOWN_VOLUMES_ENCODED_MAX + 1];

static void add(const char *label)
{
        struct partition_definition *definition = &policy.partitions[policy.partition_count++];
        (void)snprintf(definition->label, sizeof(definition->label), "%s", label);
        definition->type.bytes[0] = 7;
}

static int set_up(void **state)
{
        policy_init(&policy);
        memset(&known, 0, sizeof(known));
        add("config");
        add("state");
        add("data");
        known_volumes_set(&known, &policy.partitions[0], KNOWN_BUILT);
        known_volumes_set(&known, &policy.partitions[2], KNOWN_FOUND);
        return 0;
}

static void what_is_written_is_read(void **state)
{
        struct known_volumes read = { 0 };
        size_t size = known_volumes_encode(key, &known, encoded);
        assert_int_equal(known_volumes_decode(key, encoded, size, &read), ERR_OK);
        assert_int_equal(read.count, 2);
        assert_int_equal(known_volumes_get(&read, &policy.partitions[0]), KNOWN_BUILT);
        assert_int_equal(known_volumes_get(&read, &policy.partitions[1]), KNOWN_NOT);
        assert_int_equal(known_volumes_get(&read, &policy.partitions[2]), KNOWN_FOUND);
        assert_int_equal(known_volumes_mask(&read, &policy), 5);
        known_volumes_set(&read, &policy.partitions[2], KNOWN_BUILT_PLAIN);
        assert_int_equal(read.count, 2);
        assert_int_equal(known_volumes_get(&read, &policy.partitions[2]), KNOWN_BUILT_PLAIN);
}

static void where_it_lay_is_read_as_well(void **state)
{
        struct known_volumes read = { 0 };
        uint64_t start = 1, size = 2;

        memset(known.disk.bytes, 0x5a, sizeof(known.disk.bytes));
        known_volumes_put(&known, &policy.partitions[2], UINT64_C(0x1122334455667788), UINT64_MAX);
        known_volumes_put(&known, &policy.partitions[1], 4096, 4096); /* is not known */
        assert_int_equal(known_volumes_decode(key, encoded, known_volumes_encode(key, &known, encoded), &read), ERR_OK);
        assert_memory_equal(read.disk.bytes, known.disk.bytes, sizeof(read.disk.bytes));
        assert_int_equal(read.count, 2);
        assert_false(known_volumes_place(&read, &policy.partitions[0], &start, &size));
        assert_false(known_volumes_place(&read, &policy.partitions[1], &start, &size));
        assert_true(start == 1 && size == 2);
        known_volumes_set(&read, &policy.partitions[2], KNOWN_BUILT); /* it stays where it is */
        assert_true(known_volumes_place(&read, &policy.partitions[2], &start, &size));
        assert_true(start == UINT64_C(0x1122334455667788) && size == UINT64_MAX);
}

/* Type, label and, among those who share both, the number make the role, and nothing else of the definition. */
static void another_role_is_another_entry(void **state)
{
        struct partition_definition definition = policy.partitions[0];
        definition.factory_reset = true;
        assert_int_equal(known_volumes_get(&known, &definition), KNOWN_BUILT);
        definition.type.bytes[1] = 1;
        assert_int_equal(known_volumes_get(&known, &definition), KNOWN_NOT);
        definition = policy.partitions[0];
        definition.label[0] = 'C';
        assert_int_equal(known_volumes_get(&known, &definition), KNOWN_NOT);
        definition = policy.partitions[0];
        definition.namesakes = 1;
        assert_int_equal(known_volumes_get(&known, &definition), KNOWN_NOT);
}

/* Whoever has not the key of this device's last reset, as the running system has not, makes none that counts. */
static void one_bit_or_another_key_and_it_counts_for_nothing(void **state)
{
        struct known_volumes read = { .count = 99 };
        const size_t size = known_volumes_encode(key, &known, encoded);
        assert_int_equal(known_volumes_decode(other_key, encoded, size, &read), ERR_CHECKSUM);
        for (size_t i = 0; i < size; i++) {
                encoded[i] ^= 1;
                assert_int_not_equal(known_volumes_decode(key, encoded, size, &read), ERR_OK);
                encoded[i] ^= 1;
        }
        for (size_t cut = 0; cut < size; cut++)
                assert_int_not_equal(known_volumes_decode(key, encoded, cut, &read), ERR_OK);
        assert_int_not_equal(known_volumes_decode(key, encoded, size + 1, &read), ERR_OK);
        assert_int_equal(read.count, 99);
        assert_int_equal(known_volumes_decode(key, encoded, size, &read), ERR_OK); /* the control */
}

static void what_the_key_vouches_for_still_has_to_make_sense(void **state)
{
        static const uint8_t wrong[] = { KNOWN_NOT, KNOWN_COUNT, 255 };
        struct known_volumes read;
        for (size_t i = 0; i < sizeof(wrong); i++) {
                for (size_t entry = 0; entry < 2; entry++) {
                        (void)set_up(state);
                        known.entries[entry].origin = wrong[i];
                        assert_int_equal(known_volumes_decode(key, encoded, known_volumes_encode(key, &known, encoded), &read),
                                         ERR_RANGE);
                }
        }
}

/* With a right HMAC over whatever stands in front of it. */
static size_t sealed(size_t size)
{
        uint8_t derived[SHA256_SIZE];
        hmac_sha256_derive((struct bytes){ key, sizeof(key) }, "cleanslate list of known volumes", derived);
        hmac_sha256((struct bytes){ derived, sizeof(derived) }, &(struct bytes){ encoded, size }, 1, encoded + size);
        return size + SHA256_SIZE;
}

/* It is kept in a variable: another version of the initrd reads it. */
static void it_is_a_format(void **state)
{
        uint8_t digest[SHA256_SIZE];
        const struct partition_definition *config = &policy.partitions[0];
        const struct bytes chunks[] = { { config->type.bytes, 16 }, { (const uint8_t *)"config", 6 } };
        sha256_of_chunks(chunks, 2, digest);
        memcpy(known.disk.bytes, "disk's own GUID.", sizeof(known.disk.bytes));
        known_volumes_put(&known, config, 1 << 20, 512);
        memset(encoded, 0xaa, sizeof(encoded));
        size_t size = known_volumes_encode(key, &known, encoded);
        assert_int_equal(size, 20 + 2 * 32 + SHA256_SIZE);
        assert_memory_equal(encoded, "\2\2\0\0disk's own GUID.", 20);
        assert_memory_equal(encoded + 20, digest, 15);
        assert_int_equal(encoded[35], KNOWN_BUILT);
        assert_memory_equal(encoded + 36, "\0\0\20\0\0\0\0\0\0\2\0\0\0\0\0\0", 16);
        assert_int_equal(encoded[67], KNOWN_FOUND);
        uint8_t mac[SHA256_SIZE];
        memcpy(mac, encoded + 84, sizeof(mac));
        assert_int_equal(sealed(84), size);
        assert_memory_equal(mac, encoded + 84, sizeof(mac));
}

/* Each by its own name, at its very edge; sizes of its own, so that reading past the end is seen. */
static enum err decode(size_t size)
{
        struct known_volumes read;
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, encoded, size);
        enum err err = known_volumes_decode(key, exact, size, &read);
        free(exact);
        return err;
}

static void what_is_wrong_with_it_is_told(void **state)
{
        const size_t least = 20 + SHA256_SIZE;
        known.count = 0;
        assert_int_equal(known_volumes_encode(key, &known, encoded), least);
        assert_int_equal(decode(least), ERR_OK);
        for (size_t size = 0; size < least; size++)
                assert_int_equal(decode(size), ERR_TRUNCATED);
        assert_int_equal(decode(least + 1), ERR_TOO_LARGE);
        encoded[0] = 1; /* without places */
        (void)sealed(20);
        assert_int_equal(decode(least), ERR_VERSION);
        encoded[0] = 2;
        encoded[1] = 3; /* there are none */
        (void)sealed(20);
        assert_int_equal(decode(least), ERR_TRUNCATED);
        for (size_t count = 1; count <= KNOWN_VOLUMES_MAX; count++) {
                memset(encoded, KNOWN_BUILT, 20 + count * 32);
                memcpy(encoded, "\2\0\0\0", 4);
                encoded[1] = (uint8_t)count;
                size_t size = sealed(20 + count * 32);
                assert_int_equal(decode(size), ERR_OK);
                assert_int_equal(decode(size - 1), ERR_TRUNCATED);
                assert_int_equal(decode(size + 1), ERR_TOO_LARGE);
        }
        encoded[1] = KNOWN_VOLUMES_MAX + 1;
        assert_int_equal(decode(sizeof(encoded)), ERR_TOO_LARGE);
        encoded[1] = 255;
        assert_int_equal(decode(sizeof(encoded)), ERR_TOO_LARGE);
}

/* A bit for each definition, of as many as there are and no more than there can be. */
static void the_mask_is_over_the_policy(void **state)
{
        struct known_volumes none = { 0 }, read;
        known_volumes_set(&none, &policy.partitions[1], KNOWN_BUILT);
        assert_int_equal(known_volumes_mask(&none, &policy), 2);
        policy.partition_count = 1; /* what was read earlier lies behind */
        assert_int_equal(known_volumes_mask(&none, &policy), 0);
        policy.partition_count = POLICY_PARTITIONS_MAX + 1;
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++)
                policy.partitions[d] = policy.partitions[1];
        assert_int_equal(known_volumes_mask(&none, &policy), (UINT32_C(1) << POLICY_PARTITIONS_MAX) - 1);
        memset(&none, 0, sizeof(none));
        memset(&read, 0xaa, sizeof(read));
        assert_int_equal(known_volumes_decode(key, encoded, known_volumes_encode(key, &none, encoded), &read), ERR_OK);
        assert_memory_equal(&read, &none, sizeof(read));
}

/* Versions of the image that have come and gone must not keep the present one from being listed. */
static void the_oldest_makes_room(void **state)
{
        struct partition_definition definition = policy.partitions[0];
        for (int i = 0; i < 2 * KNOWN_VOLUMES_MAX; i++) {
                (void)snprintf(definition.label, sizeof(definition.label), "volume %d", i);
                known_volumes_set(&known, &definition, KNOWN_BUILT);
                assert_int_equal(known_volumes_get(&known, &definition), KNOWN_BUILT);
        }
        assert_int_equal(known.count, KNOWN_VOLUMES_MAX);
        for (int i = 0; i < 2 * KNOWN_VOLUMES_MAX; i++) { /* the newest ones are there, and no others */
                (void)snprintf(definition.label, sizeof(definition.label), "volume %d", i);
                assert_int_equal(known_volumes_get(&known, &definition), i < KNOWN_VOLUMES_MAX ? KNOWN_NOT : KNOWN_BUILT);
        }
        assert_int_equal(known_volumes_get(&known, &policy.partitions[0]), KNOWN_NOT);
        struct known_volumes read;
        assert_int_equal(known_volumes_decode(key, encoded, known_volumes_encode(key, &known, encoded), &read), ERR_OK);
        assert_memory_equal(&read, &known, sizeof(read));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_written_is_read, set_up),
                cmocka_unit_test_setup(where_it_lay_is_read_as_well, set_up),
                cmocka_unit_test_setup(another_role_is_another_entry, set_up),
                cmocka_unit_test_setup(one_bit_or_another_key_and_it_counts_for_nothing, set_up),
                cmocka_unit_test_setup(what_the_key_vouches_for_still_has_to_make_sense, set_up),
                cmocka_unit_test_setup(it_is_a_format, set_up),
                cmocka_unit_test_setup(what_is_wrong_with_it_is_told, set_up),
                cmocka_unit_test_setup(the_mask_is_over_the_policy, set_up),
                cmocka_unit_test_setup(the_oldest_makes_room, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
