/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of steps that a plan is made of, one row each. Whatever differs by kind is a column here: a row that lacks an answer
 * does not compile, and no order of the kinds means anything. */
#ifndef CLEANSLATE_COMMON_STEP_KIND_H
#define CLEANSLATE_COMMON_STEP_KIND_H

#include "common/base/message.h"
#include "common/state/progress.h"

/* What a kind of step does to the device. */
enum step_act {
        STEP_COMMITS,   /* writes down that a reset is under way: the last thing before anything is destroyed */
        STEP_DESTROYS,  /* what the old system has left: done even where something else could not be erased */
        STEP_BUILDS,    /* the new state, from the first table entry on: never where something could not be erased */
        STEP_CONCLUDES, /* says that all of it was done */
};

/* The steps of a plan as few things that somebody in front of the machine cares about. */
enum view_phase {
        VIEW_PREPARE,
        VIEW_KEYS,
        VIEW_TPM,
        VIEW_ERASE,
        VIEW_REBUILD,
        VIEW_VERIFY,
        VIEW_RECORD,
        VIEW_DONE,
        VIEW_PHASE_COUNT
};

/* What the time that a step takes depends on; see plan-duration.h. */
enum step_duration {
        DURATION_SMALL,
        DURATION_KEYS,    /* its range, written and read back in full */
        DURATION_RANGE,   /* its range, by method and policy */
        DURATION_DISK,    /* an additional disk, at the same time as all others */
        DURATION_ESP,     /* the free space of the EFI system partition */
        DURATION_TPM,     /* who clears it */
        DURATION_ENCRYPT, /* tags are written for every sector, or nothing but a header */
        DURATION_BUILD,   /* the image's files */
};

/* KIND, name in plans and records, words for people, phase that is reached when the last of them is done, act, where a person
 * sees it, what its time depends on. */
#define STEP_KINDS(ROW)                                                                                                          \
        /* from here on only forwards */                                                                                         \
        ROW(COMMIT_PROGRESS, "commit-progress", N_("Recording that a reset is under way"), PHASE_STARTED, STEP_COMMITS,          \
            VIEW_PREPARE, DURATION_SMALL)                                                                                        \
        /* overwrite the LUKS2 header area of a partition, flush, read back */                                                   \
        ROW(DESTROY_KEYS, "destroy-keys", N_("Destroying encryption keys"), PHASE_KEYS_DESTROYED, STEP_DESTROYS, VIEW_KEYS,      \
            DURATION_KEYS)                                                                                                       \
        /* as much at both ends of an additional disk */                                                                         \
        ROW(DESTROY_DISK_KEYS, "destroy-disk-keys", N_("Destroying encryption keys on an additional disk"),                      \
            PHASE_KEYS_DESTROYED, STEP_DESTROYS, VIEW_KEYS, DURATION_SMALL)                                                      \
        ROW(CLEAR_TPM, "clear-tpm", N_("Clearing the TPM"), PHASE_TPM_CLEARED, STEP_DESTROYS, VIEW_TPM, DURATION_TPM)            \
        /* contents of a partition, see method */                                                                                \
        ROW(ERASE, "erase", N_("Erasing contents"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE, DURATION_RANGE)                     \
        /* what lies between partitions: entries may have been removed from the table, contents not */                           \
        ROW(ERASE_UNALLOCATED, "erase-unallocated", N_("Erasing unpartitioned space"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE,  \
            DURATION_RANGE)                                                                                                      \
        /* all of an additional disk, its partition table included */                                                            \
        ROW(ERASE_DISK, "erase-disk", N_("Erasing an additional disk"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE, DURATION_DISK)  \
        /* what the image does not declare, and free space; see esp-rule.h */                                                    \
        ROW(CLEAN_ESP, "clean-esp", N_("Cleaning the EFI system partition"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE,            \
            DURATION_ESP)                                                                                                        \
        /* EFI variables that the old system leaves; see variable-rule.h */                                                      \
        ROW(CLEAN_VARIABLES, "clean-variables", N_("Cleaning EFI variables"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE,           \
            DURATION_SMALL)                                                                                                      \
        /* unused entries, remains of header sectors, bounds that contradict the disk; see gpt-clean.h */                        \
        ROW(CLEAN_TABLE, "clean-table", N_("Cleaning the partition table"), PHASE_ERASED, STEP_DESTROYS, VIEW_ERASE,             \
            DURATION_SMALL)                                                                                                      \
        /* the GPT entry of a partition */                                                                                       \
        ROW(DELETE_ENTRY, "delete-entry", N_("Removing the old partition"), PHASE_REBUILT, STEP_BUILDS, VIEW_ERASE,              \
            DURATION_SMALL)                                                                                                      \
        /* a GUID of its own for a disk that may be a copy of an image, so that it can be told from its twins */                 \
        ROW(NAME_DISK, "name-disk", N_("Setting a new disk GUID"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD, DURATION_SMALL)     \
        /* the GPT entry of a partition that stays, at its end, to size; written together with the new ones */                   \
        ROW(GROW_ENTRY, "grow-entry", N_("Enlarging the partition"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD, DURATION_SMALL)   \
        /* GPT entry of a definition, at start/size */                                                                           \
        ROW(CREATE_ENTRY, "create-entry", N_("Creating the new partition"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD,            \
            DURATION_SMALL)                                                                                                      \
        /* LUKS2, volume key sealed by the TPM */                                                                                \
        ROW(ENCRYPT, "encrypt", N_("Setting up encryption"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD, DURATION_ENCRYPT)         \
        ROW(MAKE_FILE_SYSTEM, "make-file-system", N_("Making the file system"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD,        \
            DURATION_BUILD)                                                                                                      \
        /* MakeDirectories= and CopyFiles= of a definition that is mounted somewhere */                                          \
        ROW(COPY_TREE, "copy-tree", N_("Copying the factory files"), PHASE_REBUILT, STEP_BUILDS, VIEW_REBUILD, DURATION_BUILD)   \
        /* read back, hash, compare with the manifest; mark complete */                                                          \
        ROW(VERIFY_TREE, "verify-tree", N_("Verifying the factory files"), PHASE_VERIFIED, STEP_BUILDS, VIEW_VERIFY,             \
            DURATION_BUILD)                                                                                                      \
        /* the image's own, which complete the state for this very device */                                                     \
        ROW(RUN_HOOKS, "run-hooks", N_("Running the image's hooks"), PHASE_VERIFIED, STEP_BUILDS, VIEW_VERIFY, DURATION_BUILD)   \
        ROW(WRITE_RECORD, "write-record", N_("Writing the record"), PHASE_RECORDED, STEP_CONCLUDES, VIEW_RECORD, DURATION_SMALL) \
        ROW(RETIRE_REQUEST, "retire-request", N_("Retiring the request"), PHASE_DONE, STEP_CONCLUDES, VIEW_RECORD, DURATION_SMALL)

enum step_kind {
#define STEP_KIND_VALUE(kind, ...) STEP_##kind,
        STEP_KINDS(STEP_KIND_VALUE)
#undef STEP_KIND_VALUE
                STEP_COUNT
};

struct step_traits {
        const char *name; /* "destroy-keys" */
        const char *text; /* "Destroying encryption keys"; see message.h */
        enum reset_phase phase;
        enum step_act act;
        enum view_phase view;
        enum step_duration duration;
};

/* Of any number; one that is no kind has the phase PHASE_IDLE, builds, and is called "unknown". */
const struct step_traits *step_traits(enum step_kind kind);

const char *step_kind_name(enum step_kind kind);
const char *step_kind_text(enum step_kind kind); /* for people */

#endif
