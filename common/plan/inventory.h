/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts a plan is made from: the boot disk's partitions, the machine's other disks, the TPM's state, the firmware's
 * abilities. Filled by linux/disk/inventory and linux/disk/disks, never by asking the old file systems anything. */
#ifndef CLEANSLATE_COMMON_INVENTORY_H
#define CLEANSLATE_COMMON_INVENTORY_H

#include "common/base/guid.h"
#include "common/format/gpt.h"
#include "common/format/ppi-text.h"
#include "common/media/media.h"
#include "common/policy/policy.h"
#include "common/state/progress.h"
#include <stdbool.h>
#include <stdint.h>

#define INVENTORY_PARTITIONS_MAX 128
#define INVENTORY_DISKS_MAX      32
#define DISK_SYSPATH_MAX         256

enum partition_role {
        ROLE_OTHER,
        ROLE_ESP,  /* the one we were started from, and no other of its type */
        ROLE_IMAGE /* root or verity of the running image */
};

/* Only the first bytes are looked at: enough to know whether plain text may have been written beside ciphertext. */
enum partition_content { CONTENT_UNKNOWN /* treated as plain text */, CONTENT_LUKS, CONTENT_BLANK /* starts with zeros only */ };

struct inventory_partition {
        uint32_t number; /* 1-based, as in /dev/sda3 */
        struct guid type, uuid;
        char name[PARTITION_NAME_MAX];
        uint64_t attributes;
        uint64_t start_bytes, size_bytes;
        uint64_t used_bytes; /* ROLE_IMAGE: what its root hash or signature vouches for; the rest is nobody's. 0 = all of it */
        enum partition_role role;
        enum partition_content content;
};

struct tpm_facts {
        bool present;
        bool disable_clear;              /* TPMA_PERMANENT.disableClear */
        bool lockout_auth_set;           /* TPMA_PERMANENT.lockoutAuthSet */
        bool in_lockout;                 /* TPMA_PERMANENT.inLockout */
        bool lockout_blocked;            /* it refuses the lockout authorization, though that is empty by the flags: found out */
        bool owner_auth_set;             /* TPMA_PERMANENT.ownerAuthSet */
        bool lockout_auth_known;         /* the image brings it, and the TPM has accepted it in this boot */
        struct ppi_clear_offer firmware; /* who else could clear it */
};

/* A whole disk as the kernel shows it. */
struct inventory_disk {
        char path[32];                  /* "/dev/nvme1n1": of this boot, never an identity */
        char syspath[DISK_SYSPATH_MAX]; /* "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme1/nvme1n1" */
        struct media_facts media;
        uint32_t hardware; /* disks of one piece of hardware (namespaces of an NVMe controller, eMMC hardware partitions) share it
                            */
        bool is_boot_disk; /* carries the ESP we were started from, or the running image */
        bool is_virtual;   /* made by the kernel: dm, loop, ram, md, nbd, ... */
        bool is_external;  /* on USB, FireWire, Thunderbolt, in a card slot, or behind a network */
        bool is_held;      /* mounted, mapped or claimed by the running kernel */
        bool is_done;      /* this very reset has erased and checked it in an earlier boot */
};

/* What a reset would remove now from the ESP and from the EFI variables. */
struct clean_facts {
        uint32_t esp_removals, variable_removals;    /* files and directories; variables */
        uint32_t esp_kept, variables_kept;           /* that stay and are named in the record */
        uint32_t variables_left;                     /* that would have to go, and cannot be removed */
        uint8_t esp_digest[32], variable_digest[32]; /* SHA-256 over the names of what goes in order, a NUL behind each */
};

struct inventory {
        char disk_path[64]; /* "/dev/nvme0n1" */
        struct guid disk_uuid;
        struct guid disk_expected; /* the disk that the request or the interrupted reset belongs to; zero = not said */
        bool disk_read_only;
        uint32_t sector_size; /* logical, bytes */
        /* By the size of the disk and of the entry array, whatever the header says: from behind the primary header to before the
         * backup entries; last is inclusive. */
        uint64_t first_usable_bytes, last_usable_bytes;
        uint64_t header_first_usable_bytes;               /* FirstUsableLBA: new partitions keep off what lies in front of it */
        uint64_t entries_start_bytes, entries_size_bytes; /* the primary entry array, in whole sectors */
        uint32_t entry_count; /* slots that it has: a partition's number is no greater. 0: those of a new table */
        struct inventory_partition partitions[INVENTORY_PARTITIONS_MAX]; /* ordered by start */
        size_t partition_count;
        struct inventory_disk disks[INVENTORY_DISKS_MAX]; /* of a machine whose policy speaks of additional disks; in any order */
        size_t disk_count;
        bool disks_overflow; /* there are more */
        struct tpm_facts tpm;
        struct clean_facts clean;
        bool efi_variables; /* can be read and written */
        bool esp_usable;    /* the ESP we were started from was found on this disk: its PARTUUID once, with an ESP's type */
        struct guid esp;    /* PARTUUID of the partition we were started from, if this disk has it; else zero */
        uint32_t half_made; /* of a resumed reset: plan_absent() when it began; what has a partition now has it of this reset */
        bool half_made_unknown; /* a first boot was interrupted under another image, so that half_made tells nothing */
        bool unallocated_done;  /* a resumed reset has erased what lay between the partitions; now it may be the place of one of
                                   them */
        bool signed_policy;     /* the stub handed over .pcrpkey and .pcrsig */
        bool built_before; /* an authenticated record says that this device had its first boot: no partitions is then a loss */
        bool has_known;    /* an authenticated list tells which definitions this device has had a partition of ... */
        uint32_t known;    /* ... since its last reset: bit N for policy.partitions[N]; one that is missing is a loss, too */
        struct {
                uint64_t start_bytes, size_bytes;
        } held[POLICY_PARTITIONS_MAX]; /* where the same list says that the partition of policy.partitions[N] lay on this disk
                                          when the device last started; size 0 = it does not say so */
        bool held_unknown;             /* there is no such list of this disk */
};

/* A resumed reset knows what the partitions held before their first bytes were overwritten. */
void inventory_apply_progress(struct inventory *inventory, const struct progress *progress);

#endif
