/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one EFI variable during a reset: it stays, it stays and the record names it, or it goes. Pure; listing and
 * removing are linux/efi/efivarfs' and initrd/steps/variable-clean's. Nothing here can remove a key of Secure Boot. */
#ifndef CLEANSLATE_COMMON_VARIABLE_RULE_H
#define CLEANSLATE_COMMON_VARIABLE_RULE_H

#include "common/base/bytes.h"
#include "common/base/guid.h"

#define VARIABLE_NAME_TEXT_MAX 64 /* bytes with the NUL of a name that a policy can list */
#define VARIABLES_LISTED_MAX   16

/* UEFI 2.10, 8.2 */
#define VARIABLE_NON_VOLATILE  0x01u
#define VARIABLE_AUTHENTICATED 0xb0u /* any of the three kinds */

struct variable_name {
        struct guid vendor;
        char name[VARIABLE_NAME_TEXT_MAX];
};

enum mok_policy { MOK_KEEP, MOK_RESET, MOK_POLICY_COUNT };

/* [Variables] of cleanslate.conf. */
struct variable_policy {
        struct variable_name remove[VARIABLES_LISTED_MAX], keep[VARIABLES_LISTED_MAX];
        uint8_t remove_count, keep_count;
        enum mok_policy mok;
};

/* NAME-GUID, as efivarfs and efivar write it. False: not of that form, the name is too long, or has blanks or commas. */
bool variable_name_parse(const char *text, size_t length, struct variable_name *ret);

/* Whether a policy may list it: not the firmware's own variables and its security databases. */
bool variable_can_be_listed(const struct variable_name *variable);

/* Whether a policy may list it to be kept: load options (Driver0000, for example) as well. */
bool variable_can_be_kept(const struct variable_name *variable);

/* LEAVE: it would have to go, or be changed, and nobody can do that from here. REWRITE: it stays, is named, and chooses no
 * profile of what it starts any more (load_option_drop_selector()). */
enum variable_verdict { VARIABLE_KEEP, VARIABLE_NAME, VARIABLE_REWRITE, VARIABLE_LEAVE, VARIABLE_REMOVE };

enum variable_why {
        VARIABLE_WHY_NOTHING, /* volatile, or what a machine cannot be without */
        VARIABLE_WHY_OURS,    /* progress, request, the history of the break-glass shell */
        VARIABLE_WHY_LISTED_KEEP,
        VARIABLE_WHY_LISTED_REMOVE,
        VARIABLE_WHY_LOADER,     /* set for boot loaders by the system that is gone */
        VARIABLE_WHY_STARTED_US, /* BootCurrent */
        VARIABLE_WHY_NEXT,       /* BootNext */
        VARIABLE_WHY_BEFORE,     /* Driver####, SysPrep####: comes before every boot entry */
        VARIABLE_WHY_FIRMWARE,   /* lies in the firmware itself */
        VARIABLE_WHY_DECLARED,   /* starts what stays on the ESP because it is declared, or has started us */
        VARIABLE_WHY_DATA,       /* the same, and passes something of its own to it */
        VARIABLE_WHY_SELECTOR,   /* a load option that chooses a profile of what it starts */
        VARIABLE_WHY_POINTS_NOWHERE,
        VARIABLE_WHY_FILE_GONE,
        VARIABLE_WHY_FILE_UNDECLARED,
        VARIABLE_WHY_KEY_GONE, /* Key#### of an entry that goes, or is changed: it names that by a checksum */
        VARIABLE_WHY_ELSEWHERE,
        VARIABLE_WHY_UNREADABLE,
        VARIABLE_WHY_RECOVERY, /* PlatformRecovery#### that outlives a start */
        VARIABLE_WHY_MOK,      /* a request about machine owner keys */
        VARIABLE_WHY_AUTHENTICATED,
        VARIABLE_WHY_UNLISTED,
        VARIABLE_WHY_COUNT
};

const char *variable_why_text(enum variable_why why);

/* What a load option points to when the reset is over. */
enum option_target {
        OPTION_UNREADABLE,
        OPTION_IN_FIRMWARE,
        OPTION_ELSEWHERE,       /* another disk, the network, a disk as a whole */
        OPTION_PARTITION_GONE,  /* its partition is on no disk */
        OPTION_FILE_GONE,       /* a file that is not on our ESP any more; of Key####: an entry that goes, or is changed */
        OPTION_FILE_UNDECLARED, /* a file on our ESP that the image's list does not name */
        OPTION_FILE_UNKNOWN,    /* the same, and the image has no list */
        OPTION_FILE_STAYS,      /* a file on our ESP that belongs there */
};

struct variable_facts {
        const char *name;
        struct guid vendor;
        uint32_t attributes;
        bool unreadable; /* it is there, and the firmware does not say what it holds */
        /* of load options and Key####, found out by the caller */
        enum option_target target;
        bool started_us; /* BootCurrent */
        bool has_data;
        bool selects_profile; /* it chooses one other than @0 */
};

/* Whether the policy lists it to be kept. */
bool variable_is_listed_kept(const struct variable_policy *policy, const struct guid *vendor, const char *name);

/* A boot entry that started this machine always stays. No load option that stays has each start be a reset by the profile it
 * chooses; one that the policy lists does choose it still, and has to go from BootOrder. */
enum variable_verdict variable_judge(const struct variable_policy *policy, const struct variable_facts *facts,
                                     enum variable_why *ret_why);

#endif
