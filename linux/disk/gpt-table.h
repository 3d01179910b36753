/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gpt.c, which reads, shares with gpt-write.c: a table of libfdisk's. Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_GPT_TABLE_H
#define CLEANSLATE_LINUX_GPT_TABLE_H

#include <libfdisk/libfdisk.h>
#include <stdbool.h>
#include <stdint.h>

#define GPT_HEADER_LBA  1
#define GPT_ENTRY_BYTES 128 /* what libfdisk writes, whatever else the specification allows */

/* -ENOMEDIUM: not a GPT disk. */
int gpt_open(const char *disk_path, bool read_only, struct fdisk_context **ret);

/* For _cleanup_. */
void gpt_unref_context(struct fdisk_context **context);
void gpt_unref_table(struct fdisk_table **table);

/* The last sector entries may use once the table is written anew: libfdisk then moves the second copy to the end of the disk
 * (UEFI 2.10, section 5.3.1: header in the last sector, entries before it). The header on the disk still tells of the disk that
 * the image was made for. */
uint64_t gpt_last_usable_sector(struct fdisk_context *context);

#endif
