/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serves the initrd to the kernel: LoadFile2 on the vendor media path that Linux asks for (LINUX_EFI_INITRD_MEDIA_GUID). The
 * parts are copied from where they lie straight into the kernel's buffer; there is no second copy of the initrd. */
#ifndef CLEANSLATE_EFI_INITRD_MEDIA_H
#define CLEANSLATE_EFI_INITRD_MEDIA_H

#include "common/base/bytes.h"
#include "efi/platform.h"

#define INITRD_PARTS_MAX 32

struct initrd_media {
        EFI_LOAD_FILE_PROTOCOL protocol; /* first: the kernel calls back with its address */
        EFI_HANDLE handle;               /* NULL = not installed */
        struct bytes parts[INITRD_PARTS_MAX];
        size_t count;
};

/* Adds a part behind the others, each padded to four bytes with zeros. An empty one is skipped. */
void initrd_media_add(struct initrd_media *media, struct bytes part);

/* *media and the parts must stay where they are until initrd_media_uninstall(). EFI_ALREADY_STARTED: somebody serves an initrd
 * already; the kernel might take that unmeasured one, so this is an error. */
EFI_STATUS initrd_media_install(const struct platform *platform, struct initrd_media *media);
void initrd_media_uninstall(const struct platform *platform, struct initrd_media *media);

#endif
