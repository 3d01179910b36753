/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one pure decision about a reset: (request, policy, inventory) -> ordered steps, or the reasons why not. The initrd executes
 * what `cleanslate plan` prints, because both call this. */
#ifndef CLEANSLATE_COMMON_PLAN_H
#define CLEANSLATE_COMMON_PLAN_H

#include "common/base/bytes.h"
#include "common/plan/disk-choice.h"
#include "common/plan/inventory.h"
#include "common/plan/step-kind.h"
#include "common/plan/tpm-clear.h"
#include "common/policy/policy.h"
#include "common/policy/request.h"

#define PLAN_STEPS_MAX    736 /* every partition erased, a gap around each, every definition built, every additional disk */
#define PLAN_REFUSALS_MAX 32
#define PLAN_TEXT_MAX     (1u << 20) /* bytes of plan_format()'s text, whatever names the disk carries */

enum erase_method {
        ERASE_METHOD_NONE,
        ERASE_METHOD_DISCARD /* keys are gone; give the blocks back */,
        ERASE_METHOD_ZERO /* overwrite with zeros and read back */,
        ERASE_METHOD_KEYSTREAM /* overwrite with a keystream and read back */,
        ERASE_METHOD_PURGE /* by the device's own command, see chosen_disk.technique */
};

enum step_why {
        WHY_ALWAYS,
        WHY_FACTORY_RESET,  /* FactoryReset=yes in the image's definition */
        WHY_LOOKALIKE,      /* carries type and label of a definition that another partition is matched to, and that marks it */
        WHY_GPT_ATTRIBUTE,  /* marked on the disk */
        WHY_HELD,           /* where it lies, a definition that marks it had its partition when the device last started */
        WHY_HALF_MADE,      /* this very reset has made it, and was interrupted */
        WHY_UNDECLARED,     /* no definition of the image claims it */
        WHY_MAY_HOLD_PLAIN, /* not LUKS: overwritten in full */
        WHY_UNALLOCATED,    /* belongs to no partition */
        WHY_REBUILD,        /* a definition whose partition was erased */
        WHY_ABSENT,         /* a definition whose partition does not exist (first boot) */
        WHY_ROOM,           /* a definition whose partition stays, and which gives it more than it has */
        WHY_DECLARED_DISK,  /* a section [Disk] names it */
        WHY_INTERNAL_DISK,  /* [Disk] all=internal covers it */
        WHY_COUNT
};

enum refusal {
        REFUSE_NO_DEFINITIONS, /* the image marks nothing and defines nothing to build: not made for Cleanslate */
        REFUSE_DISK_READ_ONLY,
        REFUSE_NO_EFI_VARIABLES, /* progress could not be committed */
        REFUSE_NO_ESP,           /* nowhere to put the record */
        REFUSE_NO_SPACE,         /* the definitions do not fit on the disk after erasing */
        REFUSE_NO_SLOT,          /* the partition table has no entry for a new one */
        REFUSE_NO_TPM,           /* required by the policy */
        REFUSE_TPM_DISABLE_CLEAR,
        REFUSE_TPM_LOCKOUT_AUTH, /* lockout authorization is set and not known */
        REFUSE_TPM_LOCKED_OUT,
        REFUSE_NO_SIGNED_POLICY,    /* Encrypt=tpm2 without .pcrpkey and .pcrsig */
        REFUSE_UNSUPPORTED_ENCRYPT, /* Encrypt=key-file without a key */
        REFUSE_LEVEL,               /* a level that this device cannot give (purge of the disk we run from) */
        REFUSE_PARTITION_TABLE,     /* a marked partition overlaps another one or leaves the usable range; absurd sector size */
        REFUSE_CANNOT_BUILD,        /* a definition to build uses keys of repart.d that we cannot honour */
        REFUSE_WRONG_DISK,          /* the request, or the reset that was interrupted, belongs to another disk than this one */
        REFUSE_DUPLICATE_UUID,      /* two partitions have a PARTUUID that is the ESP's or the image's */
        REFUSE_ESP_TYPE,            /* the partition we were started from is no ESP by its type */
        REFUSE_IMAGE_TYPE,          /* a partition of the image has a type that neither such a partition nor a definition has */
        REFUSE_MARKED_NOT_ERASED,   /* a definition with FactoryReset=yes has the ESP or the image for its partition, and is not
                                       spared by plan_spares_image() */
        REFUSE_LOOKALIKE,           /* look-alikes=refuse, and there is one */
        REFUSE_UNDECLARED,          /* undeclared-partitions=refuse, and there is one */
        REFUSE_HOOKS_NESTED,        /* hooks run on what is rebuilt, and some of it is mounted inside of what is kept */
        REFUSE_KEPT_SEALED,         /* Encrypt=tpm2 on what is kept, and the TPM is cleared: nobody could open it any more */
        REFUSE_TOO_MANY_DISKS,      /* from here on: enum disk_refusal */
        REFUSE_DISK_MISSING,
        REFUSE_DISK_AMBIGUOUS,
        REFUSE_DISK_IS_BOOT_DISK,
        REFUSE_DISK_WRITE_PROTECTED,
        REFUSE_DISK_HELD,
        REFUSE_DISK_EMPTY,
        REFUSE_DISK_LEVEL,
        REFUSE_COUNT
};

/* What becomes of a partition of the boot disk: exactly one of these. */
enum partition_fate {
        FATE_UNDECLARED, /* stays, though neither image nor ESP nor any definition claims it */
        FATE_IMAGE,
        FATE_ESP,  /* cleaned, not erased */
        FATE_KEPT, /* a definition claims it and does not mark it */
        FATE_ERASED,
        FATE_COUNT
};

struct plan_step {
        enum step_kind kind;
        int partition;            /* index into inventory.partitions, -1 if none (new partitions have none) */
        int definition;           /* index into policy.partitions, -1 if none */
        uint32_t additional_disk; /* 0 = the disk we were started from; N = disks.chosen[N - 1], as in struct erase_point */
        enum erase_method method;
        uint64_t start_bytes, size_bytes; /* where on the disk, for steps on a partition (old or new, or as it will be); starts at
                                             its first byte */
        enum step_why why;
};

/* A table entry to be. What replaces a partition takes its slot, so that the next reset matches the same partitions. */
struct plan_entry {
        uint32_t number; /* 1-based; 0 = this definition's is not built */
        char name[PARTITION_NAME_MAX];
};

struct plan {
        struct plan_step steps[PLAN_STEPS_MAX];
        size_t step_count; /* 0 if anything was refused, so that a refused plan does nothing even when executed by mistake */
        enum refusal refusals[PLAN_REFUSALS_MAX]; /* any = the plan must not be executed */
        size_t refusal_count;
        enum erase_level level;          /* in force: the higher of request and policy; UNSET = by what each partition held */
        enum tpm_clear_policy tpm_clear; /* in force: the stricter of request and policy */
        enum tpm_clear_way tpm_way;      /* who clears it; NONE if nobody does, or nobody can */
        bool first_boot;                 /* nothing to erase: nobody asked, and nothing was ever built */
        bool begun_as_first_boot; /* ... or one that was interrupted: what it has made so far is erased, TPM and additional disks
                                     are left alone */
        bool is_addition;         /* of plan_build_addition() */
        uint32_t merged;          /* bit N: policy.partitions[N] gets no partition, but is part of the one that it supplements */
        struct disk_choice disks; /* none if begun_as_first_boot */
        struct plan_entry entries[POLICY_PARTITIONS_MAX];    /* by policy.partitions; of those that are built */
        enum partition_fate fates[INVENTORY_PARTITIONS_MAX]; /* by inventory.partitions; also of a refused plan */
        size_t undeclared_count;                             /* how many are FATE_UNDECLARED */
        bool unvouched; /* what is kept may be what was marked: the table alone says which is which, for the list is gone */
        uint64_t spared_start_bytes, spared_bytes; /* unallocated space of the boot loader area, which is left; 0 = none */
};

/* The step of this kind that is about this definition; NULL: there is none. */
const struct plan_step *plan_find_step(const struct plan *plan, enum step_kind kind, size_t definition);

/* Whether the plan builds and verifies the tree of this definition. */
bool plan_verifies(const struct plan *plan, size_t definition);

/* A definition with Integrity= that the plan builds an encrypted volume of; NULL: none. */
const struct partition_definition *plan_builds_integrity(const struct plan *plan, const struct policy *policy);

/* `request`: what was asked for; all zero where command line or menu asked. NULL: nobody asked for a reset. Only then can this be
 * a first boot; a reset that was asked for clears the TPM even where no partition is left to erase.
 * Partition matching is systemd-repart's: by type, in the order of the table's slots. Marked are: partitions matching a
 * definition with FactoryReset=yes, with look-alikes=erase those with type and label of such a definition that no definition
 * claims, those with GPT_ATTRIBUTE_ERASE, those that a definition claims which does not mark them, but that lie where a
 * partition of one that marks it lay (inventory.held), and with undeclared-partitions=erase those that no definition claims;
 * never the ESP, never the image. What is built anew takes the slot of what it replaces. Definitions whose partition exists and
 * is not marked are left alone, but that it may grow at its end; and but for those that an interrupted reset or first boot has
 * itself begun to build (inventory.half_made): nobody has stored anything there. Order over all partitions: all keys first, then
 * the TPM, then contents, then what lies between partitions, then entries, then rebuilding. On a first boot nothing is marked and
 * the TPM is not cleared; clearing it is then no reason to refuse, either. What exists then stays: it was put there on purpose.
 * One that was interrupted erases what it has itself begun to build or, where nobody knows what that is, what a reset would; it
 * stays a first boot in the rest: TPM and additional disks are left alone, and nothing refuses it that would not have refused it
 * at first. A device that had its first boot (inventory.built_before) and has lost its partitions since is reset, whoever asks.
 * Additional disks (disk-choice.h) are erased as a whole and left empty; their keys die with the others. A disk that is not
 * inventory.disk_expected is left alone, unless there is nothing on it to erase. A disk with none of the partitions that are
 * built looks as if it were fresh from an image, and gets a GUID of its own, in a reset as on a first boot. Places and sizes are
 * systemd-repart 262's (layout-solve.h), to the byte: each free area, with the partition in front of it where a definition claims
 * that, is shared by those that lie in it, by weight between minimum and maximum; a new one goes into the smallest that has room
 * for its minimum; what is left out for its Priority= is not built. Only what replaces a partition begins where that began, as
 * long as all fits so. Of a table that is broken at its place nothing grows. */
void plan_build(const struct request *request, const struct policy *policy, const struct inventory *inventory, struct plan *ret);

/* What an ordinary boot, one without a request, has to do before it mounts anything. */
enum boot_start {
        START_ORDINARY, /* nothing: all that the image defines is there, or what is missing was lost, which whoever mounts notices
                         */
        START_FIRST_BOOT, /* a device that was never built: what is missing is built, and what is there was put there on purpose,
                             unless it would have to be encrypted */
        START_ADDITION,   /* the image defines what this device has never had, see plan_build_addition() */
        START_LOST        /* a device that was built has nothing left of it: a reset erases and builds */
};
enum boot_start plan_boot_start(const struct policy *policy, const struct inventory *inventory);

/* Whether nothing of what is built with a file system exists: a disk fresh from an image, or one that has lost everything. */
bool plan_finds_nothing(const struct policy *policy, const struct inventory *inventory);

/* The steps by which an ordinary boot adds what the image defines, what is absent, and what is not among inventory.known. It
 * erases nothing and needs no progress: everything is made and verified before the table has entries for it, so that an
 * interrupted one has never happened. No steps and no refusals: there is no room for any of it (Priority=), or nothing to add. */
void plan_build_addition(const struct policy *policy, const struct inventory *inventory, struct plan *ret);

/* Another disk in the same place: its data is somebody else's, or a copy that nobody asked about. A fresh one has nothing to
 * lose, and a machine whose disk has died in the midst of a reset needs one. */
bool plan_is_another_disk(const struct inventory *inventory);

/* The definitions whose partition is absent: bit N for policy.partitions[N]. Such bits of an interrupted reset mean something
 * only under the same check, which is over types and labels of all definitions in order: another image's are others. */
uint32_t plan_absent(const struct policy *policy, const struct inventory *inventory);
uint32_t plan_absent_check(const struct policy *policy);

/* The definitions without FactoryReset=yes whose partition this plan erases and builds again, for the disk marks it: such bits as
 * well. Once it is built again, nothing on the disk marks it any more. */
uint32_t plan_rebuilds_kept(const struct plan *plan, const struct policy *policy);

/* Whether a definition without a partition is part of the one that it supplements, as far as an ordinary boot can know: that one
 * is there, and this one never was. */
bool plan_may_be_merged(const struct policy *policy, const struct inventory *inventory, size_t definition);

/* The partition that belongs to a definition, by the same matching as plan_build; -1 if none. */
int plan_find_partition(const struct policy *policy, const struct inventory *inventory, size_t definition);

/* Whether it is a partition of the running image that stays although its definition says FactoryReset=yes: a slot of an A/B image
 * (type root or usr, or their verity data or signature; no Format=). The mark is about the slots that the running image is not
 * in. Where such a definition makes a volume, it is not spared but refused: the image would stand where state has to be erased.
 */
bool plan_spares_image(const struct policy *policy, const struct inventory *inventory, size_t partition);

/* Canonical text: what is printed and what the plan digest is taken over. Lines end in '\n'; names stand as JSON strings, so that
 * none can forge a line; numbers are decimal; ranges are bytes, the end exclusive.
 *
 *   plan  disk GUID tpm-clear=POLICY first-boot=yes|no
 *   refused  REFUSAL
 *   KIND  why=WHY
 *   clear-tpm  way=WAY why=WHY
 *   KIND  partition NUMBER NAME 0..SIZE [method=METHOD] why=WHY
 *   erase-unallocated  at START..END method=zero why=unallocated
 *   clean-table  why=WHY
 *   delete-entry  partition NUMBER NAME at START..END why=WHY
 *   grow-entry  partition NUMBER NAME at START..END to START..END why=WHY
 *   create-entry  definition FILE LABEL slot NUMBER NAME at START..END why=WHY
 *   KIND  definition FILE LABEL [mode=ENCRYPT | format=FORMAT] why=WHY
 *   destroy-disk-keys  disk N WWID SERIAL MODEL 0..SIZE both-ends why=WHY
 *   erase-disk  disk N WWID SERIAL MODEL 0..SIZE method=METHOD [technique=TECHNIQUE | purge-obstacle=OBSTACLE] verify=VERIFY
 * why=WHY
 *
 *   clean-esp | clean-variables  remove=COUNT [list=SHA256] why=WHY
 *
 *   merged  definition FILE LABEL into FILE
 *
 *   left  partition NUMBER NAME at START..END type=GUID why=undeclared|running-image
 *   left  at START..END why=boot-loader-area
 *
 * The first line always, a line for each refusal (then there are no steps), a line for each step, one for each definition
 * that is part of another one's partition, and one for each thing that is left although nobody declares it, or although it is
 * marked (plan_spares_image). The range of destroy-keys and
 * erase counts within the partition, the one behind "at" on the disk. `list`: of the names that are removed, if any.
 *
 * At most PLAN_TEXT_MAX bytes. WHY: always, factory-reset, look-alike, gpt-attribute, held, half-made, undeclared,
 * may-hold-plain, unallocated, rebuild, absent, room, declared-disk or internal-disk. */
void plan_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct writer *writer);

const char *erase_method_name(enum erase_method method);
const char *step_why_text(enum step_why why);
const char *refusal_name(enum refusal refusal); /* "tpm-disable-clear" */
const char *refusal_text(enum refusal refusal); /* what, why, and what to do */

/* "image", "esp", "kept", "erased", "undeclared" */
const char *partition_fate_name(enum partition_fate fate);

/* refusal_text(), and where partitions are the reason which ones; for an additional disk which one is meant: "...
 * (cleanslate.conf:7, /dev/sdb, serial S4EWNX0M)" */
void plan_refusal_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, size_t index,
                         struct writer *writer);

#endif
