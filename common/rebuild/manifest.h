/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of the factory manifest, the text whose SHA-256 is the factory digest. Written by the image builder and again by the
 * initrd from the rebuilt file systems; equal text = factory state. The format is in docs/manifest.md. */
#ifndef CLEANSLATE_COMMON_MANIFEST_H
#define CLEANSLATE_COMMON_MANIFEST_H

#include "common/base/bytes.h"
#include "common/format/pcr.h"

#define MANIFEST_PATH       "/usr/lib/cleanslate/manifest"
#define MANIFEST_XATTRS_MAX 16

struct manifest_xattr {
        const char *name; /* security.* and user.* and system.posix_acl_*; sorted by name */
        struct bytes value;
};

struct manifest_entry {
        const char *path; /* below the mount point: "/etc/hostname" for the config partition's /hostname */
        char type;        /* 'f' 'd' 'l' 'p' 's' 'c' 'b' */
        uint32_t mode;    /* permission bits, 07777 */
        uint32_t uid, gid;
        uint64_t size;         /* of files; 0 for others */
        uint64_t device;       /* 'c' and 'b': major << 32 | minor */
        int64_t mtime;         /* seconds */
        const char *target;    /* 'l': the link's text; else NULL */
        const uint8_t *sha256; /* 'f': 32 bytes; else NULL */
        const struct manifest_xattr *xattrs;
        size_t xattr_count;
};

/* Appends one line with '\n':
 *   TYPE MODE UID GID SIZE MTIME SHA256|-|MAJOR:MINOR PATH [-> TARGET] [xattr NAME=HEX]...
 * single spaces, mode four octal digits, numbers decimal; in PATH, TARGET and NAME every byte <= 0x20, 0x7f and '\' is \xHH. */
void manifest_line(struct writer *writer, const struct manifest_entry *entry);

/* Appends a path in that form. */
void manifest_escaped(struct writer *writer, const char *text);

#endif
