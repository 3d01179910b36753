/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping of a volume with Integrity=inline: dm-crypt with a tag for each sector, over dm-integrity, which keeps the tags and
 * the journal that has data and tag change together. What libcryptsetup maps by a LUKS2 header, here by tables of the program's
 * own, because of the header nothing counts. Through libdevmapper. */
#ifndef CLEANSLATE_LINUX_AUTHENTICATED_H
#define CLEANSLATE_LINUX_AUTHENTICATED_H

#include "common/state/volume-key.h"

/* AUTHENTICATED_FILLING is for the first writing over everything: a power cut in it leaves sectors that do not read. */
enum authenticated_mode { AUTHENTICATED_JOURNAL, AUTHENTICATED_FILLING };

/* Maps what lies behind `offset_bytes` of the device to /dev/mapper/NAME, over NAME_dif. -EUCLEAN: there is no dm-integrity of
 * our kind (integrity_superblock_judge()); else what the kernel says. */
int authenticated_open(const char *device, uint64_t offset_bytes, const char *name,
                       const uint8_t volume_key[static VOLUME_KEY_MAX], enum authenticated_mode mode);

/* Has the kernel write its superblock to a device of zeros, from the beginning, and an empty journal. */
int authenticated_format_blank(const char *device, const char *name);

/* Whether this kernel has all that such mappings need: makes one over 4 MiB of memory, writes to it and reads it. 0 if so; what
 * failed says the error. */
int authenticated_try(void);

/* Whether NAME is such a mapping; a failure to tell is a no. */
bool authenticated_is(const char *name);
int authenticated_close(const char *name);

#endif
