/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The unified kernel image we are running from: the sections of the profile that was asked for, in memory, and where it was
 * started from. Reads only. */
#ifndef CLEANSLATE_EFI_OWN_IMAGE_H
#define CLEANSLATE_EFI_OWN_IMAGE_H

#include "common/boot/handover.h"
#include "common/format/uki.h"
#include "efi/load-options.h"
#include "efi/platform.h"

struct own_image {
        EFI_LOADED_IMAGE *loaded;
        struct profile_option options; /* profile 0 if none was asked for */
        struct uki uki;                /* of that profile */
        struct guid partition;         /* zero if not started from a GPT partition */
};

/* EFI_LOAD_ERROR: the sections cannot be found, *ret_err says why (ERR_MISSING: the image has no such profile; ERR_OK: the
 * firmware's own error). ret->options is set in either case. Which sections must be there, the caller knows. */
EFI_STATUS own_image_open(const struct platform *platform, struct own_image *ret, enum err *ret_err);

/* The file that it was started from, on that partition, with '/' between the parts; "" if firmware does not say in a form that
 * can be handed over. */
void own_image_file(const struct own_image *own, char ret[static HANDOVER_FILE_MAX]);

#endif
