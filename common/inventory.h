/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts a plan is made from: the boot disk's partitions, the TPM's state, the firmware's abilities. Filled by
 * linux/inventory, never by asking the old file systems anything. */
#ifndef CLEANSLATE_COMMON_INVENTORY_H
#define CLEANSLATE_COMMON_INVENTORY_H

#include "common/guid.h"
#include "common/policy.h"
#include <stdbool.h>
#include <stdint.h>

#define INVENTORY_PARTITIONS_MAX 128

/* GPT attribute that marks a partition for erasure beyond the policy. It can only ever add to what is erased. */
#define GPT_ATTRIBUTE_ERASE (UINT64_C(1) << 57)

enum partition_role { ROLE_OTHER, ROLE_ESP, ROLE_IMAGE /* root or verity of the running image */ };

/* Only the first bytes are looked at: enough to know whether plain text may have been written beside ciphertext. */
enum partition_content { CONTENT_UNKNOWN /* treated as plain text */, CONTENT_LUKS, CONTENT_BLANK /* starts with zeros only */ };

struct inventory_partition {
        uint32_t number; /* 1-based, as in /dev/sda3 */
        struct guid type, uuid;
        char name[PARTITION_NAME_MAX];
        uint64_t attributes;
        uint64_t start_bytes, size_bytes;
        enum partition_role role;
        enum partition_content content;
};

struct tpm_facts {
        bool present;
        bool disable_clear;    /* TPMA_PERMANENT.disableClear */
        bool lockout_auth_set; /* TPMA_PERMANENT.lockoutAuthSet */
        bool in_lockout;       /* TPMA_PERMANENT.inLockout */
        bool owner_auth_set;   /* TPMA_PERMANENT.ownerAuthSet */
};

struct inventory {
        char disk_path[64]; /* "/dev/nvme0n1" */
        struct guid disk_uuid;
        bool disk_read_only;
        uint32_t sector_size;                           /* logical, bytes */
        uint64_t first_usable_bytes, last_usable_bytes; /* of the GPT as it would be written now; last is inclusive */
        struct inventory_partition partitions[INVENTORY_PARTITIONS_MAX]; /* ordered by start */
        size_t partition_count;
        struct tpm_facts tpm;
        bool efi_variables;    /* can be read and written */
        bool esp_usable;       /* the ESP we were started from was found on this disk */
        bool unallocated_done; /* a resumed reset has erased what lay between the partitions; now it may be the place of one of
                                  them */
        bool signed_policy;    /* the stub handed over .pcrpkey and .pcrsig */
};

#endif
