/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one EFI variable during a reset: it stays, it stays and the record names it, or it goes. Pure; listing and
 * removing are linux/efivarfs' and initrd/variable-clean's. Nothing here can remove a key of Secure Boot. */
#ifndef CLEANSLATE_COMMON_VARIABLE_RULE_H
#define CLEANSLATE_COMMON_VARIABLE_RULE_H

#include "common/bytes.h"
#include "common/guid.h"

#define VARIABLE_NAME_TEXT_MAX 64 /* bytes with the NUL of a name that a policy can list */
#define VARIABLES_LISTED_MAX   16

/* UEFI 2.10, 8.2 */
#define VARIABLE_NON_VOLATILE  0x01u
#define VARIABLE_AUTHENTICATED 0x30u /* either of the two kinds */

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

enum variable_verdict { VARIABLE_KEEP, VARIABLE_NAME, VARIABLE_REMOVE };

enum variable_why {
        VARIABLE_WHY_NOTHING, /* volatile, or what a machine cannot be without */
        VARIABLE_WHY_OURS,    /* progress, request, the history of the break-glass shell */
        VARIABLE_WHY_LISTED_KEEP,
        VARIABLE_WHY_LISTED_REMOVE,
        VARIABLE_WHY_LOADER,         /* set for boot loaders by the system that is gone */
        VARIABLE_WHY_POINTS_NOWHERE, /* a boot entry whose partition is on no disk */
        VARIABLE_WHY_MOK,            /* a request about machine owner keys */
        VARIABLE_WHY_AUTHENTICATED,
        VARIABLE_WHY_UNLISTED,
        VARIABLE_WHY_COUNT
};

const char *variable_why_text(enum variable_why why);

struct variable_facts {
        const char *name;
        struct guid vendor;
        uint32_t attributes;
        bool points_nowhere; /* of Boot####: found out by the caller */
        bool started_us;     /* of Boot####: BootCurrent */
};

enum variable_verdict variable_judge(const struct variable_policy *policy, const struct variable_facts *facts,
                                     enum variable_why *ret_why);

#endif
