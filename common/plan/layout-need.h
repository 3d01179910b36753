/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How small a partition may be for what is to be built in it: systemd-repart 262's minima. */
#ifndef CLEANSLATE_COMMON_LAYOUT_NEED_H
#define CLEANSLATE_COMMON_LAYOUT_NEED_H

#include "common/plan/layout-solve.h"

enum layout_role {
        LAYOUT_ROLE_OTHER,
        LAYOUT_ROLE_BOOT,            /* Type=esp or xbootldr */
        LAYOUT_ROLE_VERITY_SIGNATURE /* Type=root-verity-sig, usr-verity-sig and theirs of every architecture */
};

struct layout_content {
        enum layout_role role;
        const char *format;         /* Format=, or the one that follows from other keys; "" = no file system */
        bool is_encrypted;          /* Encrypt= */
        bool has_verity;            /* Verity=data, hash or signature */
        uint64_t copy_blocks_bytes; /* of what CopyBlocks= names; LAYOUT_UNSET = it names nothing */
        uint32_t fs_sector_bytes;   /* FileSystemSectorSize=; without one what the disk has, on a file 4096 */
};

/* Sets size_default_bytes and size_floor_bytes of an item, and for a signature's partition its bounds, too. */
void layout_need(const struct layout_content *content, struct layout_item *item);

#endif
