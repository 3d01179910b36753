/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials and extensions that lie beside the image: read, packed and measured as common/boot/sidecar.h says. Nothing of them
 * is interpreted here, and an ordinary boot alone takes them along: the caller sees to that. */
#ifndef CLEANSLATE_EFI_SIDECARS_H
#define CLEANSLATE_EFI_SIDECARS_H

#include "common/boot/sidecar.h"
#include "efi/measure.h"
#include "efi/own-image.h"
#include "efi/platform.h"

struct sidecars {
        struct bytes archives[SIDECAR_COUNT]; /* pool memory; data == NULL: there is none */
};

/* What cannot be read or measured is left out, and said. Release with sidecars_done(). */
void sidecars_take(const struct platform *platform, const struct own_image *own, struct measurement *measurement,
                   struct sidecars *ret);
void sidecars_done(const struct platform *platform, struct sidecars *sidecars);

#endif
