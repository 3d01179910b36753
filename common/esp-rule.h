/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one file or directory of the EFI system partition during a reset: it stays, it stays and the record names
 * it, or it goes. Pure; walking and deleting are linux/esp-tree's and initrd/esp-clean's. */
#ifndef CLEANSLATE_COMMON_ESP_RULE_H
#define CLEANSLATE_COMMON_ESP_RULE_H

#include "common/esp-list.h"

#define ESP_STARTED_MAX 4
#define ESP_SLOT_PREFIX "CLN" /* and five digits, empty: while the names in a directory are overwritten */

/* What firmware starts from a disk or partition as a whole, by its kind of processor (UEFI 2.10, 3.5.1.1). */
#define ESP_DEFAULT_LOADERS "EFI/BOOT/BOOT*.EFI"

enum esp_verdict { ESP_KEEP, ESP_NAME, ESP_REMOVE }; /* the stronger behind the weaker */

enum esp_why {
        ESP_WHY_STARTED_US,   /* the image or a boot loader of this very boot */
        ESP_WHY_BOOT_LOADER,  /* EFI/BOOT/BOOT*.EFI: what firmware starts when it knows nothing else */
        ESP_WHY_DECLARED,     /* in the image's list */
        ESP_WHY_OURS,         /* records of resets, and the directories around them */
        ESP_WHY_DIRECTORY,    /* a directory that is no addition by itself */
        ESP_WHY_LEFTOVER,     /* of an interrupted cleaning */
        ESP_WHY_KEEP,         /* a bundle of files to be kept: what is in it was read before */
        ESP_WHY_DROP_IN,      /* addons, drivers, keys: picked up by name at boot */
        ESP_WHY_CREDENTIAL,   /* systemd credentials */
        ESP_WHY_EXTENSION,    /* system and configuration extensions */
        ESP_WHY_SOFTWARE_TPM, /* systemd's software TPM */
        ESP_WHY_RANDOM_SEED,
        ESP_WHY_ENTRY,      /* a boot loader entry that the image does not declare */
        ESP_WHY_IMAGE,      /* a unified kernel image that the image does not declare */
        ESP_WHY_ALTERED,    /* declared with a hash, and the contents are others */
        ESP_WHY_UNDECLARED, /* anything else */
        ESP_WHY_COUNT
};

const char *esp_why_text(enum esp_why why); /* "a credential", for the record */

struct esp_policy {
        struct esp_list list;
        bool remove_undeclared; /* [ESP] undeclared=remove */
        /* What this boot came from, as paths like those judged; none: unknown, then no boot image is removed. */
        const char *started[ESP_STARTED_MAX];
        size_t started_count;
};

struct esp_facts {
        const char *path; /* from the root, '/' in between, UTF-8 */
        bool directory;
        uint64_t size; /* bytes of a file */
        bool altered;  /* esp_list_find() says WITH_HASH and esp_list_has_hash() no */
};

/* In this order: what the machine needs to start again and what is declared stays; known places of additions are cleaned; with a
 * list, undeclared entries and images go, too; the rest is as the policy says. For a directory ESP_REMOVE means: if nothing in
 * it stays. */
enum esp_verdict esp_judge(const struct esp_policy *policy, const struct esp_facts *facts, enum esp_why *ret_why);

#endif
