/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The password of an ATA secure erase. A device demands one before it erases, and drops it when it has. It is no secret: it is
 * here so that a disk which was switched off in between can be opened by anybody (hdparm --security-unlock cleanslate /dev/sdX).
 */
#ifndef CLEANSLATE_LINUX_MEDIA_ATA_H
#define CLEANSLATE_LINUX_MEDIA_ATA_H

#define MEDIA_ATA_PASSWORD "cleanslate" /* as user password, padded with NULs to 32 bytes, level high */

#endif
