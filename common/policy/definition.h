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
#define MAPPING_NAME_MAX    64  /* bytes of a device-mapper name, the NUL included */

enum integrity_mode { INTEGRITY_OFF, INTEGRITY_INLINE };
enum encrypt_mode { ENCRYPT_OFF, ENCRYPT_KEY_FILE, ENCRYPT_TPM2, ENCRYPT_KEY_FILE_TPM2 };

#define POLICY_COPIES_MAX      16
#define POLICY_DIRECTORIES_MAX 32
#define POLICY_EXCLUDES_MAX    32
#define POLICY_LINKS_MAX       16
#define POLICY_SUB_VOLUMES_MAX 16
#define POLICY_MOUNTS_MAX      4

struct copy_files {
        char source[POLICY_PATH_MAX]; /* absolute, inside of the verified image */
        char target[POLICY_PATH_MAX]; /* absolute, inside of the new file system */
};

struct excluded_path {
        char path[POLICY_PATH_MAX]; /* absolute */
        bool contents;              /* what is in the directory, but not itself */
};

struct made_link {
        char path[POLICY_PATH_MAX]; /* absolute, inside of the new file system */
        char target[POLICY_PATH_MAX];
};

struct sub_volume {
        char path[POLICY_PATH_MAX]; /* absolute, inside of the new file system; the directory is made by something else */
        bool read_only, no_cow;
};

struct definition_mount {
        char where[POLICY_PATH_MAX];   /* absolute */
        char options[POLICY_PATH_MAX]; /* see mount-options.h */
};

/* Strings are NUL-terminated; "" = not set. */
struct partition_definition {
        char file[DEFINITION_FILE_MAX]; /* base name, for messages */
        struct guid type;
        char label[PARTITION_NAME_MAX]; /* Label=, or the type's name, with "-2", "-3", ... where an earlier one has it already */
        bool has_label;                 /* Label= was given */
        char mapping[MAPPING_NAME_MAX]; /* of its encrypted volume, /dev/mapper/...: see mapping-name.h */
        bool has_uuid;                  /* UUID= was given: */
        struct guid uuid;               /* the PARTUUID, each time it is built */
        uint8_t namesakes;              /* earlier definitions with the same type and label: these three make a volume's role */
        bool factory_reset;
        char format[16]; /* "ext4", "btrfs", ...; "" = no file system */
        enum encrypt_mode encrypt;
        enum integrity_mode integrity; /* never without encrypt; IntegrityAlgorithm=hmac-sha256 */
        struct copy_files copies[POLICY_COPIES_MAX];
        uint8_t copy_count;
        char directories[POLICY_DIRECTORIES_MAX][POLICY_PATH_MAX]; /* MakeDirectories=, each once */
        uint8_t directory_count;
        struct excluded_path excludes[POLICY_EXCLUDES_MAX]; /* ExcludeFiles=: of the image, not to be copied */
        uint8_t exclude_count;
        struct excluded_path excluded_targets[POLICY_EXCLUDES_MAX]; /* ExcludeFilesTarget=: not to be copied to there */
        uint8_t excluded_target_count;
        struct made_link links[POLICY_LINKS_MAX]; /* MakeSymlinks= */
        uint8_t link_count;
        struct sub_volume sub_volumes[POLICY_SUB_VOLUMES_MAX]; /* Subvolumes=, of btrfs alone */
        uint8_t sub_volume_count;
        uint8_t default_sub_volume;                        /* DefaultSubvolume=: one more than its index; 0 = none */
        char compression[16];                              /* Compression= and CompressionLevel= of btrfs: "zstd:3" */
        char mount_point[POLICY_PATH_MAX];                 /* where it is mounted: the first of these, or what the DPS says for
                                                              the type; "" = not mounted */
        struct definition_mount mounts[POLICY_MOUNTS_MAX]; /* MountPoint=; none: by the type, without options */
        uint8_t mount_count;
        char mount_root[POLICY_PATH_MAX]; /* the subvolume that is seen at mount_point; "" = all of the file system */
        bool has_size_min, has_padding_min;
        uint64_t size_min_bytes;                       /* SizeMinBytes=, default 10 MiB as repart's */
        uint64_t size_max_bytes;                       /* UINT64_MAX = no limit; below the default minimum that counts */
        uint64_t padding_min_bytes, padding_max_bytes; /* PaddingMinBytes=, default 0; PaddingMaxBytes=, default UINT64_MAX */
        uint32_t weight, padding_weight;               /* default 1000, 0; at most 1000000 */
        int32_t priority;                              /* Priority=, default 0: above it, may be left out where room is short */
        char supplement_for[DEFINITION_FILE_MAX];      /* SupplementFor=: name of a definition without ".conf" */
        bool has_blocks;                               /* CopyBlocks= or Verity= */
        uint64_t flags;    /* GPT attributes: Flags= | GrowFileSystem= (59) | ReadOnly= (60) | NoAuto= (63) */
        bool cannot_build; /* asks for something that is not built here (see docs/repart.md): fine while its partition exists, a
                              plan to build it is refused */
};

/* File systems that are made once, with all their files, and never written to: squashfs, erofs, cramfs, iso9660. */
bool definition_format_is_read_only(const char *format);

/* No system starts without its own of what is mounted there: "/", "/etc", "/var". */
bool definition_place_is_essential(const char *where);

const char *encrypt_mode_name(enum encrypt_mode mode);
const char *integrity_mode_name(enum integrity_mode mode); /* "off", "inline" */

#endif
