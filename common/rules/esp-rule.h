/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one file or directory of the EFI system partition during a reset: it stays, it stays and the record names
 * it, or it goes. Pure; walking and deleting are linux/esp/esp-tree's and initrd/steps/esp-clean's. */
#ifndef CLEANSLATE_COMMON_ESP_RULE_H
#define CLEANSLATE_COMMON_ESP_RULE_H

#include "common/rules/esp-list.h"

#define ESP_STARTED_MAX 4
#define ESP_SLOT_PREFIX "CLN" /* and five digits, empty: while the names in a directory are overwritten */

/* What firmware starts from a disk or partition as a whole, by its kind of processor (UEFI 2.10, 3.5.1.1). */
#define ESP_DEFAULT_LOADERS "EFI/BOOT/BOOT*.EFI"

enum esp_verdict { ESP_KEEP, ESP_NAME, ESP_REMOVE }; /* the stronger behind the weaker */

enum esp_why {
        ESP_WHY_STARTED_US,   /* the image or a boot loader of this very boot */
        ESP_WHY_CAME_BEFORE,  /* a boot loader of this very boot that the image does not declare */
        ESP_WHY_COPY,         /* the same bytes as the image of this very boot */
        ESP_WHY_ONLY_WAY,     /* EFI/BOOT/BOOT*.EFI, and nothing else is sure to start this machine */
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
        ESP_WHY_ENTRY,  /* a boot loader entry that the image does not declare */
        ESP_WHY_IMAGE,  /* a unified kernel image that the image does not declare */
        ESP_WHY_LOADER, /* something else that a firmware or a boot loader could start */
        ESP_WHY_LOADER_CONFIGURATION,
        ESP_WHY_ALTERED,    /* declared with a hash, and the contents are others */
        ESP_WHY_UNDECLARED, /* anything else */
        ESP_WHY_COUNT
};

const char *esp_why_text(enum esp_why why); /* "a credential", for the record */

/* [ESP] undeclared=. What is picked up at boot goes under each of them, and with a list boot loader entries and boot images, too.
 */
enum esp_undeclared {
        ESP_UNDECLARED_LOADERS, /* boot loaders and their configuration go, if nothing but the image itself was started in this
                                   boot */
        ESP_UNDECLARED_KEEP,
        ESP_UNDECLARED_REMOVE, /* everything goes */
        ESP_UNDECLARED_COUNT
};

struct esp_policy {
        struct esp_list list;
        enum esp_undeclared undeclared;
        /* What this boot came from, as paths like those judged. */
        const char *own;                     /* the image; NULL: unknown, then nothing goes that could be a boot loader */
        const char *before[ESP_STARTED_MAX]; /* what firmware or a boot loader has started before it, as far as it is known */
        size_t before_count;
        bool default_before; /* EFI/BOOT/BOOT*.EFI is among that */
        bool alone;          /* nothing came before it */
        bool has_entry;      /* a boot entry that stays starts `own` or one of `before` */
};

struct esp_facts {
        const char *path; /* from the root, '/' in between, UTF-8 */
        bool directory;
        uint64_t size; /* bytes of a file */
        bool altered;  /* esp_list_find() says WITH_HASH and esp_list_has_hash() no */
        bool program;  /* it begins as programs of firmware do ("MZ"), whatever its name */
        bool copy;     /* of `own`, byte for byte */
};

/* Whether a file that is neither declared nor needed would go as a boot loader, or what one reads: by its name. */
bool esp_is_loader(const char *path);

/* In this order: what this boot came from and what is declared stays; known places of additions are cleaned; with a list, what
 * could start something that is not declared goes, as the policy says, unless nothing else would start the machine. Without one
 * it is named. For a directory ESP_REMOVE means: if nothing in
 * it stays. */
enum esp_verdict esp_judge(const struct esp_policy *policy, const struct esp_facts *facts, enum esp_why *ret_why);

#endif
