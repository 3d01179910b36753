/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that is a PE file, for whoever places it in memory: its code jumps to the firmware made of memory, which sees where it
 * lies and how its pages are protected. And the shims that may stand between the firmware and the stub. */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_KERNEL_H
#define CLEANSLATE_TESTS_UNIT_FAKE_KERNEL_H

#include "common/boot/kernel-image.h"
#include "fake-firmware.h"

#define FAKE_KERNEL_SIZE 0x3000 /* in the file; in memory a page more */

/* Where the sections are, in the file and in memory; the second page is code, the third and fourth are data. */
#define FAKE_KERNEL_CODE 0x1000
#define FAKE_KERNEL_DATA 0x2000

struct fake_placed {
        const uint8_t *base; /* where the kernel ran; NULL: it did not */
        bool headers_are_there, rest_is_zero;
        bool code_is_writable, data_is_executable;
        const void *loaded_base;   /* what its loaded image says */
        size_t loaded_size, pages; /* allocated and not freed */
};

/* What memory is like: executable, or not until it is said, or never. Code that is written to, or data that is run, ends the
 * test. */
enum fake_memory { FAKE_MEMORY_EXECUTABLE, FAKE_MEMORY_STRICT, FAKE_MEMORY_STUBBORN };

/* Writes FAKE_KERNEL_SIZE bytes: PE32+ for x86-64, version 1, NX_COMPAT. */
void fake_kernel_write(uint8_t *ret);

/* Puts AllocatePages() and, unless memory is executable anyway, EFI_MEMORY_ATTRIBUTE_PROTOCOL into the firmware. */
void fake_offer_pages(struct fake_firmware *firmware, enum fake_memory memory);
extern struct fake_placed fake_placed;

/* Installs what this shim does; its LoadImage() if it takes over that one. */
enum fake_shim { FAKE_SHIM_15_8, FAKE_SHIM_16_0, FAKE_SHIM_16_1 };
void fake_start_shim(struct fake_firmware *firmware, enum fake_shim shim);

#endif
