/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What media-ata, which asks, shares with media-ata-purge and media-ata-unhide. Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_MEDIA_ATA_H
#define CLEANSLATE_LINUX_MEDIA_ATA_H

#include "linux/media/ata-command.h"

/* The password of a secure erase. A device demands one before it erases, and drops it when it has. It is no secret: it is here so
 * that a disk which was switched off in between can be opened by anybody (hdparm --security-unlock cleanslate /dev/sdX). */
#define MEDIA_ATA_PASSWORD "cleanslate" /* as user password, padded with NULs to 32 bytes, level high */

enum { ATA_SANITIZE = 0xb4 };

int media_ata_identify(int fd, struct media_facts *facts, struct ata_abilities *ret);

/* `count`: of SANITIZE STATUS EXT. An answer by an error that tells the status counts. */
int media_ata_sanitize_status(int fd, uint16_t count, struct ata_sanitize_status *ret, struct ata_registers *ret_registers);

#endif
