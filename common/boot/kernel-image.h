/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel as a PE file, for placing it in memory without the firmware's help (PE/COFF specification, revision 11). Every bound
 * is checked when it is read. Pure. */
#ifndef CLEANSLATE_COMMON_KERNEL_IMAGE_H
#define CLEANSLATE_COMMON_KERNEL_IMAGE_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define KERNEL_PAGE       4096
#define KERNEL_MEMORY_MAX (UINT32_C(1) << 30) /* bytes that one may take */

struct kernel_image {
        uint16_t machine;
        uint16_t version;   /* of the kernel's EFI stub; since 1 (Linux 5.8) it asks for an initrd by its device path */
        uint32_t entry;     /* offset in memory, within an executable section */
        size_t memory_size; /* bytes, at most KERNEL_MEMORY_MAX */
        size_t alignment;   /* of its place in memory: a power of two, at least KERNEL_PAGE */
        bool nx_compat;     /* it runs where no memory is writable and executable at once, and its sections are whole pages */
        bool has_relocations;
        struct bytes file, headers, sections; /* views of what was read; sections: the table */
};

struct kernel_section {
        size_t address, size; /* in memory, within memory_size */
        struct bytes content; /* its beginning; the rest is zero */
        bool executable;
};

/* ERR_TRUNCATED; ERR_SYNTAX: no PE32+ file; ERR_RANGE: what does not lie within the file, or in memory. */
enum err kernel_image_read(struct bytes file, struct kernel_image *ret);

/* False behind the last one. Only of an image that could be read. */
bool kernel_image_section(const struct kernel_image *image, size_t number, struct kernel_section *ret);

#endif
