/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addons beside the image and in /loader/addons: what a signer that this machine trusts adds to command line, initrd and
 * microcode. The firmware authenticates each one by loading it, so Secure Boot has to be on: without it anybody could put an
 * initrd behind the image's own, and PCR 11, which keys are sealed to, would not show it. Ordinary boots alone take them: the
 * caller's part. */
#ifndef CLEANSLATE_EFI_ADDONS_H
#define CLEANSLATE_EFI_ADDONS_H

#include "common/boot/addon.h"
#include "common/boot/sidecar.h"
#include "efi/command-line.h"
#include "efi/measure.h"
#include "efi/own-image.h"
#include "efi/platform.h"

#define ADDON_PARTS_MAX 8    /* with an initrd, and as many with microcode */
#define ADDON_LINE_MAX  4096 /* bytes of all command lines together */

struct addon_part {
        char name[FILE_NAME_MAX];
        struct bytes data; /* pool memory; NULL: it was not measured, so it is not handed over */
};

struct addons {
        struct addon_part initrds[ADDON_PARTS_MAX], ucodes[ADDON_PARTS_MAX]; /* in the order in which they were found */
        size_t initrd_count, ucode_count;
        char line[ADDON_LINE_MAX]; /* UTF-8 */
};

/* First /loader/addons, then beside the image, each in the order of the names' bytes. What is not taken is said. Release with
 * addons_done(). */
void addons_load(const struct platform *platform, const struct own_image *own, bool secure_boot, struct addons *ret);
void addons_done(const struct platform *platform, struct addons *addons);

/* PCR 12, in systemd-stub's order and form. The command line grows by what was measured of it. */
void addons_add_line(const struct platform *platform, const struct addons *addons, struct measurement *measurement,
                     struct command_line *line);
void addons_measure_parts(const struct platform *platform, struct addons *addons, struct measurement *measurement);

#endif
