/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/state/known-volumes.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"

#define VERSION     2
#define DISK_AT     4
#define HEADER_SIZE 20
#define ENTRY_SIZE  (KNOWN_VOLUMES_ROLE_SIZE + 17)
#define PURPOSE     "cleanslate list of known volumes"

_Static_assert(sizeof(((struct known_volumes *)0)->entries[0]) == ENTRY_SIZE, "entries are stored as they are");
_Static_assert(sizeof(struct guid) == HEADER_SIZE - DISK_AT, "and so is the disk's GUID");

static void role_of(const struct partition_definition *definition, uint8_t ret[static KNOWN_VOLUMES_ROLE_SIZE])
{
        const uint8_t number[] = { 0, definition->namesakes }; /* behind a NUL, which no label has */
        const struct bytes chunks[] = { { definition->type.bytes, sizeof(definition->type.bytes) },
                                        { (const uint8_t *)definition->label, text_length(definition->label) },
                                        { number, definition->namesakes > 0 ? sizeof(number) : 0 } };
        uint8_t digest[SHA256_SIZE];

        sha256_of_chunks(chunks, ARRAY_SIZE(chunks), digest);
        memcpy(ret, digest, KNOWN_VOLUMES_ROLE_SIZE);
}

/* known->count: there is none. */
static size_t find(const struct known_volumes *known, const struct partition_definition *definition)
{
        uint8_t role[KNOWN_VOLUMES_ROLE_SIZE];
        size_t at = 0;

        role_of(definition, role);
        while (at < known->count && memcmp(known->entries[at].role, role, sizeof(role)) != 0)
                at++;
        return at;
}

enum known_origin known_volumes_get(const struct known_volumes *known, const struct partition_definition *definition)
{
        const size_t at = find(known, definition);

        return at < known->count ? (enum known_origin)known->entries[at].origin : KNOWN_NOT;
}

void known_volumes_set(struct known_volumes *known, const struct partition_definition *definition, enum known_origin origin)
{
        size_t at = find(known, definition);

        if (at == KNOWN_VOLUMES_MAX) {
                memmove(known->entries, known->entries + 1, (KNOWN_VOLUMES_MAX - 1) * sizeof(known->entries[0]));
                at = KNOWN_VOLUMES_MAX - 1;
        } else if (at < known->count) {
                known->entries[at].origin = (uint8_t)origin;
                return;
        } else {
                known->count++;
        }
        memset(&known->entries[at], 0, sizeof(known->entries[at]));
        role_of(definition, known->entries[at].role);
        known->entries[at].origin = (uint8_t)origin;
}

void known_volumes_put(struct known_volumes *known, const struct partition_definition *definition, uint64_t start_bytes,
                       uint64_t size_bytes)
{
        const size_t at = find(known, definition);

        if (at == known->count)
                return;
        store_le64(known->entries[at].start, start_bytes);
        store_le64(known->entries[at].size, size_bytes);
}

bool known_volumes_place(const struct known_volumes *known, const struct partition_definition *definition,
                         uint64_t *ret_start_bytes, uint64_t *ret_size_bytes)
{
        const size_t at = find(known, definition);

        if (at == known->count || load_le64(known->entries[at].size) == 0)
                return false;
        *ret_start_bytes = load_le64(known->entries[at].start);
        *ret_size_bytes = load_le64(known->entries[at].size);
        return true;
}

uint32_t known_volumes_mask(const struct known_volumes *known, const struct policy *policy)
{
        uint32_t mask = 0;

        for (size_t d = 0; d < policy->partition_count && d < POLICY_PARTITIONS_MAX; d++)
                if (known_volumes_get(known, &policy->partitions[d]) != KNOWN_NOT)
                        mask |= UINT32_C(1) << d;
        return mask;
}

static void authenticate(const uint8_t mark_key[static SHA256_SIZE], const uint8_t *data, size_t size,
                         uint8_t ret[static SHA256_SIZE])
{
        uint8_t key[SHA256_SIZE];

        hmac_sha256_derive((struct bytes){ mark_key, SHA256_SIZE }, PURPOSE, key);
        hmac_sha256((struct bytes){ key, sizeof(key) }, &(struct bytes){ data, size }, 1, ret);
        bytes_wipe(key, sizeof(key));
}

size_t known_volumes_encode(const uint8_t mark_key[static SHA256_SIZE], const struct known_volumes *known,
                            uint8_t ret[static KNOWN_VOLUMES_ENCODED_MAX])
{
        const size_t size = HEADER_SIZE + known->count * ENTRY_SIZE;

        memset(ret, 0, HEADER_SIZE);
        ret[0] = VERSION;
        ret[1] = (uint8_t)known->count;
        memcpy(ret + DISK_AT, known->disk.bytes, sizeof(known->disk.bytes));
        memcpy(ret + HEADER_SIZE, known->entries, known->count * ENTRY_SIZE);
        authenticate(mark_key, ret, size, ret + size);
        return size + SHA256_SIZE;
}

/* Whoever has the key has written it; a value that cannot be all the same is no reason to go on with it. */
static bool is_sound(const struct known_volumes *known)
{
        for (size_t i = 0; i < known->count; i++)
                if (known->entries[i].origin == KNOWN_NOT || known->entries[i].origin >= KNOWN_COUNT)
                        return false;
        return true;
}

enum err known_volumes_decode(const uint8_t mark_key[static SHA256_SIZE], const void *data, size_t size,
                              struct known_volumes *ret)
{
        const uint8_t *bytes = data;
        struct known_volumes known = { 0 };
        uint8_t mac[SHA256_SIZE];

        if (size < HEADER_SIZE + SHA256_SIZE)
                return ERR_TRUNCATED;
        if (bytes[0] != VERSION)
                return ERR_VERSION;
        known.count = bytes[1];
        if (known.count > KNOWN_VOLUMES_MAX || size > HEADER_SIZE + known.count * ENTRY_SIZE + SHA256_SIZE)
                return ERR_TOO_LARGE;
        if (size < HEADER_SIZE + known.count * ENTRY_SIZE + SHA256_SIZE)
                return ERR_TRUNCATED;
        authenticate(mark_key, bytes, size - SHA256_SIZE, mac);
        if (!bytes_equal_in_constant_time(mac, bytes + size - SHA256_SIZE, sizeof(mac)))
                return ERR_CHECKSUM;
        memcpy(known.disk.bytes, bytes + DISK_AT, sizeof(known.disk.bytes));
        memcpy(known.entries, bytes + HEADER_SIZE, known.count * ENTRY_SIZE);
        if (!is_sound(&known))
                return ERR_RANGE;
        *ret = known;
        return ERR_OK;
}
