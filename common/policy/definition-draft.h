/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each key of a repart.d definition means (repart.d(5) of systemd 262). Works on a draft; policy.c decides when a draft
 * becomes policy. definition-keys.c has the table of all keys, definition-place-keys.c those about the table entry and its place,
 * definition-content-keys.c, definition-tree-keys.c and definition-btrfs-keys.c those about what is in the partition,
 * definition-mount-keys.c the one about where it is mounted, definition-finish.c what they must be together. */
#ifndef CLEANSLATE_COMMON_DEFINITION_DRAFT_H
#define CLEANSLATE_COMMON_DEFINITION_DRAFT_H

#include "common/base/err.h"
#include "common/policy/definition.h"
#include "common/policy/specifier.h"

#define DEFINITION_VALUE_MAX 4096 /* bytes of a value, the NUL included: as long as a line */

/* A definition while its files are being read. */
struct definition_draft {
        struct partition_definition definition;
        const struct specifiers *specifiers; /* NULL: none */
        bool has_type;
        bool copies_blocks, has_verity, has_hashes, has_match_key; /* CopyBlocks=, Verity=, its hash or signature,
                                                                      VerityMatchKey= */
        char default_sub_volume[POLICY_PATH_MAX];                  /* DefaultSubvolume= */
        char compression[16], compression_level[8];                /* Compression=, CompressionLevel= */
        bool empty;                                                /* Format=empty */
        enum { MINIMIZE_OFF, MINIMIZE_GUESS, MINIMIZE_BEST } minimize;
        bool copy_options;            /* CopyFiles= with options that nobody honours here */
        uint64_t unsupported;         /* keys that ask for something we cannot build, as bits by their place in the table */
        uint64_t flags;               /* Flags= */
        int grow, read_only, no_auto; /* -1 = not set */
        const char *detail;           /* after a failure: what would be right, in words */
};

void definition_draft_init(struct definition_draft *ret, const struct specifiers *specifiers);

/* Applies one assignment, in the section [Partition]. ERR_UNKNOWN_KEY, ERR_RANGE, ERR_TOO_LARGE, ERR_UNSUPPORTED; draft->detail
 * tells more. */
enum err definition_draft_apply(struct definition_draft *draft, const char *key, const char *value);

/* Fills in the defaults that depend on other keys and judges the whole. ERR_MISSING, ERR_RANGE, ERR_UNSUPPORTED; *ret_key is
 * the key to blame. */
enum err definition_draft_finish(struct definition_draft *draft, const char **ret_key);

/* The key that asks for what is not built here; NULL: none. */
const char *definition_draft_unsupported(const struct definition_draft *draft);

/* Notes why a key was refused; returns `err`. */
enum err definition_fail(struct definition_draft *draft, enum err err, const char *detail);

/* Expands specifiers. */
enum err definition_expand(struct definition_draft *draft, const char *value, char *ret, size_t capacity);

/* Expands specifiers in a part of a value and brings the path into its shortest form. */
enum err definition_path_of(struct definition_draft *draft, const char *text, size_t length, char ret[static POLICY_PATH_MAX]);

/* An absolute path, without specifiers. */
enum err definition_path(struct definition_draft *draft, const char *text, char ret[static POLICY_PATH_MAX]);

/* yes, no, or nothing (-1). */
enum err definition_tristate(struct definition_draft *draft, const char *value, int *ret);

/* definition-place-keys.c */
enum err apply_type(struct definition_draft *draft, const char *value);
enum err apply_label(struct definition_draft *draft, const char *value);
enum err apply_uuid(struct definition_draft *draft, const char *value);
enum err apply_priority(struct definition_draft *draft, const char *value);
enum err apply_weight(struct definition_draft *draft, const char *value);
enum err apply_padding_weight(struct definition_draft *draft, const char *value);
enum err apply_size_min(struct definition_draft *draft, const char *value);
enum err apply_size_max(struct definition_draft *draft, const char *value);
enum err apply_padding_min(struct definition_draft *draft, const char *value);
enum err apply_padding_max(struct definition_draft *draft, const char *value);
enum err apply_flags(struct definition_draft *draft, const char *value);
enum err apply_read_only(struct definition_draft *draft, const char *value);
enum err apply_no_auto(struct definition_draft *draft, const char *value);
enum err apply_grow(struct definition_draft *draft, const char *value);
enum err apply_supplement(struct definition_draft *draft, const char *value);

/* definition-content-keys.c */
enum err apply_factory_reset(struct definition_draft *draft, const char *value);
enum err apply_format(struct definition_draft *draft, const char *value);
enum err apply_encrypt(struct definition_draft *draft, const char *value);
enum err apply_integrity(struct definition_draft *draft, const char *value);
enum err apply_integrity_algorithm(struct definition_draft *draft, const char *value);
enum err apply_verity(struct definition_draft *draft, const char *value);
enum err apply_verity_match_key(struct definition_draft *draft, const char *value);
enum err apply_minimize(struct definition_draft *draft, const char *value);
enum err apply_copy_blocks(struct definition_draft *draft, const char *value);
enum err apply_block_size(struct definition_draft *draft, const char *value);

/* definition-mount-keys.c */
enum err apply_mount_point(struct definition_draft *draft, const char *value);
enum err definition_finish_mounts(struct definition_draft *draft); /* the key is MountPoint */

/* definition-btrfs-keys.c */
enum err apply_sub_volumes(struct definition_draft *draft, const char *value);
enum err apply_default_sub_volume(struct definition_draft *draft, const char *value);
enum err apply_compression(struct definition_draft *draft, const char *value);
enum err apply_compression_level(struct definition_draft *draft, const char *value);
enum err definition_finish_btrfs(struct definition_draft *draft, const char **ret_key);

/* definition-tree-keys.c */
enum err apply_copy_files(struct definition_draft *draft, const char *value);
enum err apply_exclude_files(struct definition_draft *draft, const char *value);
enum err apply_exclude_files_target(struct definition_draft *draft, const char *value);
enum err apply_make_directories(struct definition_draft *draft, const char *value);
enum err apply_make_symlinks(struct definition_draft *draft, const char *value);

#endif
