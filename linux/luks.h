/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LUKS2 volumes whose one keyslot is opened by a TPM-sealed secret, described in a "systemd-tpm2" token
 * (common/luks-token). Through libcryptsetup. */
#ifndef CLEANSLATE_LINUX_LUKS_H
#define CLEANSLATE_LINUX_LUKS_H

#include "common/luks-token.h"
#include "linux/tpm.h"

/* Both header copies and the largest keyslot area that LUKS2 allows: 2 x 4 MiB and 128 MiB (LUKS2 On-Disk Format, 2.1 and 3). */
#define LUKS2_HEADER_AREA_MAX (UINT64_C(136) << 20)

/* The passphrase systemd derives from an unsealed secret: its base64 text. Wipe it after use. */
struct luks_passphrase {
        char text[TPM_SECRET_SIZE * 2];
        size_t size;
};
void luks_passphrase_from_secret(const uint8_t secret[static TPM_SECRET_SIZE], struct luks_passphrase *ret);

/* Creates a LUKS2 header with a fresh volume key and one keyslot. token may be NULL (no TPM token). */
int luks_format(const char *device, const char *label, const struct luks_passphrase *passphrase, const struct luks_token *token);

/* Maps to /dev/mapper/NAME. -EPERM: wrong passphrase. */
int luks_open(const char *device, const char *name, const struct luks_passphrase *passphrase);
int luks_close(const char *name);

/* The first token of type systemd-tpm2. -ENOENT: none; -EBADMSG: malformed; -EINVAL: not LUKS2. */
int luks_read_token(const char *device, struct luks_token *ret);

#endif
