/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random seed of the EFI system partition: read, replaced by a new one, and only then passed to Linux by the table that it
 * looks for (its LINUX_EFI_RANDOM_SEED_TABLE_GUID). A partition that has no such file gets none: Linux
 * asks the firmware's generator by itself, and a reset that has removed the file is not to find it again. */
#ifndef CLEANSLATE_EFI_RANDOM_SEED_H
#define CLEANSLATE_EFI_RANDOM_SEED_H

#include "common/boot/random-seed.h"
#include "efi/own-image.h"
#include "efi/platform.h"

struct random_seed {
        void *table; /* NULL = none of ours */
};

/* EFI_NOT_FOUND: nothing to do: no file, nothing that makes it a good seed, the medium is read-only, or a boot loader has done
 * it. Other errors: nothing was passed on. */
EFI_STATUS random_seed_install(const struct platform *platform, const struct own_image *own, bool secure_boot,
                               struct random_seed *ret);
void random_seed_uninstall(const struct platform *platform, struct random_seed *seed);

#endif
