/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the image's definitions this device has had a partition of since its last reset, and where that came from. An ordinary
 * boot tells by it what an update has brought, which it adds, from what was lost, which a reset alone brings back; and a volume
 * that was built without encryption from one that somebody has put in the place of an encrypted one. It also says where on which
 * disk each lay when the device last started, so that a reset notices a table that somebody has altered since.
 *
 * It lies in an EFI variable that root can write, under an HMAC whose key the initrd keeps from the running system and which is
 * another one after each reset (progress_keys_mark_key()). Root can remove it, or put an older one back that has the same key:
 * then nothing is added, or what was added since is taken for new once more. Pure. */
#ifndef CLEANSLATE_COMMON_KNOWN_VOLUMES_H
#define CLEANSLATE_COMMON_KNOWN_VOLUMES_H

#include "common/base/err.h"
#include "common/base/sha256.h"
#include "common/policy/policy.h"

#define KNOWN_VOLUMES_VARIABLE_NAME "CleanslateVolumes"
#define KNOWN_VOLUMES_MAX           (2 * POLICY_PARTITIONS_MAX) /* those of other versions of the image among them */
#define KNOWN_VOLUMES_ROLE_SIZE     15
#define KNOWN_VOLUMES_ENCODED_MAX   (20 + KNOWN_VOLUMES_MAX * (KNOWN_VOLUMES_ROLE_SIZE + 17) + SHA256_SIZE)

enum known_origin {
        KNOWN_NOT,         /* there never was one */
        KNOWN_BUILT,       /* by a reset, a first boot or an addition, as the definition says */
        KNOWN_BUILT_PLAIN, /* the same without encryption, for the machine had no TPM then */
        KNOWN_FOUND,       /* put there by somebody: nobody vouches for what is in it */
        KNOWN_COUNT
};

struct known_volumes {
        struct guid disk; /* of the boot disk that the places are on */
        struct {
                uint8_t role[KNOWN_VOLUMES_ROLE_SIZE]; /* digest of type, label and number among its namesakes */
                uint8_t origin;                        /* enum known_origin */
                uint8_t start[8], size[8];             /* in bytes, little endian; size 0: nobody knows */
        } entries[KNOWN_VOLUMES_MAX];
        size_t count;
};

enum known_origin known_volumes_get(const struct known_volumes *known, const struct partition_definition *definition);

/* Where the list is full the first one goes. The place of one that is known stays, that of a new one is unknown. */
void known_volumes_set(struct known_volumes *known, const struct partition_definition *definition, enum known_origin origin);

/* Of one that is known; of any other nothing happens, and false is returned. */
void known_volumes_put(struct known_volumes *known, const struct partition_definition *definition, uint64_t start_bytes,
                       uint64_t size_bytes);
bool known_volumes_place(const struct known_volumes *known, const struct partition_definition *definition,
                         uint64_t *ret_start_bytes, uint64_t *ret_size_bytes);

/* Bit N: policy->partitions[N] is known (inventory.known). */
uint32_t known_volumes_mask(const struct known_volumes *known, const struct policy *policy);

/* A byte each for version and count, two of zero; the disk's GUID; the entries; HMAC over all before. Returns its size.
 * `mark_key`: of progress_keys_mark_key(). */
size_t known_volumes_encode(const uint8_t mark_key[static SHA256_SIZE], const struct known_volumes *known,
                            uint8_t ret[static KNOWN_VOLUMES_ENCODED_MAX]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION, ERR_CHECKSUM (not of this key), ERR_RANGE. *ret untouched on failure. */
enum err known_volumes_decode(const uint8_t mark_key[static SHA256_SIZE], const void *data, size_t size,
                              struct known_volumes *ret);

#endif
