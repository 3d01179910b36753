/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk that the image of the firmware made of memory was started from, with a partition table that tests fill and damage. */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_DISK_H
#define CLEANSLATE_TESTS_UNIT_FAKE_DISK_H

#include "efi/platform.h"

#define FAKE_BLOCK        512
#define FAKE_BLOCKS       128 /* that hold bytes; the disk claims to have more */
#define FAKE_DISK_ENTRIES 16

struct fake_disk {
        EFI_BLOCK_IO_PROTOCOL io;
        EFI_BLOCK_IO_MEDIA media;
        uint8_t data[FAKE_BLOCKS * FAKE_BLOCK];
        uint8_t backup[FAKE_BLOCK]; /* the last block */
        unsigned partition_count, reads;
        EFI_STATUS fault; /* of every read */
};

/* An empty disk of 4 GiB. */
void fake_disk_init(struct fake_disk *disk);

/* Adds an entry ("var", "esp", ...; sizes in MiB) and writes both tables with their checksums. */
void fake_disk_add(struct fake_disk *disk, const char *type, const char *label, uint64_t size_mib);

#endif
