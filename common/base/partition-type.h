/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GPT partition types by name, as the Discoverable Partitions Specification (UAPI.2) and systemd's tools call them, and what
 * each of them means for a partition that is made. */
#ifndef CLEANSLATE_COMMON_PARTITION_TYPE_H
#define CLEANSLATE_COMMON_PARTITION_TYPE_H

#include "common/base/guid.h"

extern const struct guid guid_partition_esp;
extern const struct guid guid_partition_config; /* 3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2: no DPS type exists for /etc */

/* A name ("var", "esp", "root-x86-64-verity", our "config"; "root" and "usr" without an architecture mean this processor's,
 * "root-secondary" the one it runs besides) or a GUID, 32 digits with dashes or without. Names are lower case. */
bool partition_type_parse(const char *text, size_t length, struct guid *ret);

/* The name of a type, or NULL where we know none. */
const char *partition_type_name(const struct guid *type);

/* Whether the type goes by that name; aliases are no names. */
bool partition_type_is(const struct guid *type, const char *name);

/* Which attributes of its table entry a type gives a meaning to (UAPI.2, "Partition Attribute Flags"), as bits. */
#define PARTITION_KNOWS_GROW      1u /* GrowFileSystem=, bit 59 */
#define PARTITION_KNOWS_READ_ONLY 2u /* ReadOnly=, bit 60 */
#define PARTITION_KNOWS_NO_AUTO   4u /* NoAuto=, bit 63 */
unsigned partition_type_knows(const struct guid *type);

/* Hashes of a verity partition, or their signature: never written to once they are made. */
bool partition_type_is_verity(const struct guid *type);
bool partition_type_is_verity_signature(const struct guid *type);

/* What firmware and boot loaders read: the EFI system partition, XBOOTLDR. */
bool partition_type_is_boot(const struct guid *type);

/* A system image, root or usr of any architecture, its verity data or their signature: not xbootldr, not what is mounted besides.
 */
bool partition_type_is_image(const struct guid *type);

/* Where the specification mounts a type; "" where it is not ours to say. */
const char *partition_type_mount_point(const struct guid *type);

#endif
