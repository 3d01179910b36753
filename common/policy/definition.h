/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One partition as the verified image wants it: what a definition of repart.d and its drop-ins say together (repart.d(5)). */
#ifndef CLEANSLATE_COMMON_DEFINITION_H
#define CLEANSLATE_COMMON_DEFINITION_H

#include "common/base/guid.h"
#include "common/format/gpt.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_PATH_MAX     128 /* bytes of a path, the NUL included */
#define DEFINITION_FILE_MAX 64  /* bytes of a file's name, the NUL included */

enum integrity_mode { INTEGRITY_OFF, INTEGRITY_INLINE };
enum encrypt_mode { ENCRYPT_OFF, ENCRYPT_KEY_FILE, ENCRYPT_TPM2, ENCRYPT_KEY_FILE_TPM2 };

#define POLICY_COPIES_MAX      16
#define POLICY_DIRECTORIES_MAX 32

struct copy_files {
        char source[POLICY_PATH_MAX]; /* absolute, inside of the verified image */
        char target[POLICY_PATH_MAX]; /* absolute, inside of the new file system */
};

/* Strings are NUL-terminated; "" = not set. */
struct partition_definition {
        char file[DEFINITION_FILE_MAX]; /* base name, for messages */
        struct guid type;
        char label[PARTITION_NAME_MAX]; /* Label=, or the type's name, with "-2", "-3", ... where an earlier one has it already */
        bool has_label;                 /* Label= was given */
        bool has_uuid;                  /* UUID= was given: */
        struct guid uuid;               /* the PARTUUID, each time it is built */
        bool factory_reset;
        char format[16]; /* "ext4", "btrfs", ...; "" = no file system */
        enum encrypt_mode encrypt;
        enum integrity_mode integrity; /* never without encrypt; IntegrityAlgorithm=hmac-sha256 */
        struct copy_files copies[POLICY_COPIES_MAX];
        uint8_t copy_count;
        char directories[POLICY_DIRECTORIES_MAX][POLICY_PATH_MAX]; /* MakeDirectories=, each once */
        uint8_t directory_count;
        char mount_point[POLICY_PATH_MAX]; /* MountPoint= (path part), or what the DPS says for the type; "" = not mounted */
        bool has_size_min;
        uint64_t size_min_bytes;                       /* SizeMinBytes=, default 10 MiB as repart's */
        uint64_t size_max_bytes;                       /* UINT64_MAX = no limit */
        uint64_t padding_min_bytes, padding_max_bytes; /* PaddingMinBytes=, default 0; PaddingMaxBytes=, default UINT64_MAX */
        uint32_t weight, padding_weight;               /* default 1000, 0; at most 1000000 */
        int32_t priority;                              /* Priority=, default 0: above it, may be left out where room is short */
        char supplement_for[DEFINITION_FILE_MAX];      /* SupplementFor=: name of a definition without ".conf" */
        uint64_t flags;    /* GPT attributes: Flags= | GrowFileSystem= (59) | ReadOnly= (60) | NoAuto= (63) */
        bool cannot_build; /* asks for something that is not built here (see docs/repart.md): fine while its partition exists, a
                              plan to build it is refused */
};

/* File systems that are made once, with all their files, and never written to: squashfs, erofs, cramfs, iso9660. */
bool definition_format_is_read_only(const char *format);

const char *encrypt_mode_name(enum encrypt_mode mode);
const char *integrity_mode_name(enum integrity_mode mode); /* "off", "inline" */

#endif
