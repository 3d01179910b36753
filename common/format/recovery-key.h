/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recovery key as systemd-cryptenroll writes it: 256 bits in 64 letters of modhex, which are in the same place on most
 * keyboards, in groups of eight ("cbdefghi-jklnrtuv-..."). Pure. */
#ifndef CLEANSLATE_COMMON_RECOVERY_KEY_H
#define CLEANSLATE_COMMON_RECOVERY_KEY_H

#include "common/base/bytes.h"

#define RECOVERY_KEY_SIZE     32
#define RECOVERY_KEY_TEXT_MAX (2 * RECOVERY_KEY_SIZE + 7 + 1) /* seven dashes and the NUL */

/* What is written down, and the passphrase of the keyslot that systemd's own tools open with it. */
void recovery_key_format(const uint8_t key[static RECOVERY_KEY_SIZE], char ret[static RECOVERY_KEY_TEXT_MAX]);

/* What somebody has typed, NUL-terminated: upper or lower case, dashes and blanks anywhere. False: not 64 letters of modhex. */
bool recovery_key_parse(const char *text, uint8_t ret[static RECOVERY_KEY_SIZE]);

#endif
