/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which way the stub hands over to the kernel of its image, and whether another one is tried where that fails. Pure. */
#ifndef CLEANSLATE_COMMON_KERNEL_WAY_H
#define CLEANSLATE_COMMON_KERNEL_WAY_H

#include <stdbool.h>

/* The shim that started us or the loader in front of us, told apart by what it has installed. */
enum shim {
        SHIM_NONE,
        SHIM_BEFORE_16,     /* its lock protocol: LoadImage() is the firmware's, and who leaves without StartImage() is halted */
        SHIM_16_0,          /* its loader: LoadImage() is shim's, and wants a signature of each image */
        SHIM_KNOWS_SECTIONS /* since 16.1: takes an image that was a section of one it has verified, unless that is revoked */
};

enum kernel_way {
        KERNEL_WAY_LOAD_IMAGE, /* LoadImage() and StartImage(), under the exception of efi/secure-boot.h */
        KERNEL_WAY_PLACE,      /* the stub places it in memory itself, and calls it */
        KERNEL_WAY_NONE        /* its EFI stub takes no initrd from us: it would come up without */
};

enum load_outcome { LOAD_REFUSED /* for lack of a signature */, LOAD_UNSUPPORTED, LOAD_FAILED /* in any other way */ };

struct kernel_way_facts {
        bool readable;    /* the kernel is a PE file whose parts all lie within bounds */
        bool placeable;   /* it is, of our processor, and needs no relocation */
        unsigned version; /* of its EFI stub */
        bool secure_boot;
        enum shim shim;
};

/* What is tried first. */
enum kernel_way kernel_way_choose(const struct kernel_way_facts *facts);

/* Whether KERNEL_WAY_PLACE is tried when LoadImage() did not load it. A shim that knows sections has the last word: it refuses
 * what is revoked. */
bool kernel_way_place_instead(const struct kernel_way_facts *facts, enum load_outcome outcome);

#endif
