/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LUKS2 volumes whose key is derived from a TPM-sealed secret (common/state/volume-key). Their headers serve systemd's and
 * cryptsetup's own tools: one keyslot is opened by the same secret, described in a "systemd-tpm2" token
 * (common/format/luks-token), and that token is all we read of them ourselves. Through libcryptsetup. */
#ifndef CLEANSLATE_LINUX_LUKS_H
#define CLEANSLATE_LINUX_LUKS_H

#include "common/format/luks-token.h"
#include "common/format/recovery-key.h"
#include "common/state/volume-key.h"
#include "linux/tpm/tpm.h"

/* Both header copies and the largest keyslot area that LUKS2 allows: 2 x 4 MiB and 128 MiB (LUKS2 On-Disk Format, 2.1 and 3). */
#define LUKS2_HEADER_AREA_MAX (UINT64_C(136) << 20)

/* The passphrase systemd derives from an unsealed secret: its base64 text. Wipe it after use. */
struct luks_passphrase {
        char text[TPM_SECRET_SIZE * 2];
        size_t size;
};
void luks_passphrase_from_secret(const uint8_t secret[static TPM_SECRET_SIZE], struct luks_passphrase *ret);

/* A recovery key: the passphrase of a second keyslot, tied by a token of systemd's; and the secret under that key. */
struct luks_recovery {
        char passphrase[RECOVERY_KEY_TEXT_MAX];
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
};

/* Where a volume's data begin, and the size of a sector of theirs: the same for every volume of ours, whatever a header says. */
#define LUKS_DATA_OFFSET (UINT64_C(16) << 20)
#define LUKS_SECTOR_SIZE 4096

/* A volume key of volume_key_size(integrity) bytes. */
struct luks_key {
        enum integrity_mode integrity;
        uint8_t bytes[VOLUME_KEY_MAX];
};

/* Creates a LUKS2 header of this volume key, aes-xts-plain64 (with INTEGRITY_INLINE also hmac(sha256), and the superblock of
 * dm-integrity behind the header), and one keyslot. token may be NULL (no TPM token). `recovery`, where it is not NULL, gets a
 * keyslot of its own. */
int luks_format(const char *device, const char *label, const struct luks_key *key, const struct luks_passphrase *passphrase,
                const struct luks_token *token, const struct luks_recovery *recovery);

/* Maps to /dev/mapper/NAME what luks_format() has made, without a look at its header, which anybody may have written: cipher,
 * sector size and offset are the ones above, to the end of the device. Another key maps as well, and gives garbage; with
 * INTEGRITY_INLINE nothing reads then (-EILSEQ), and what was formatted without is -EUCLEAN. */
int luks_open(const char *device, const char *name, const struct luks_key *key);
int luks_close(const char *name);

/* The same for writing all of a volume that was just formatted with INTEGRITY_INLINE: before that no sector of it reads. */
int luks_open_to_fill(const char *device, const char *name, const struct luks_key *key);

/* Nothing of it is authenticated. The first token of type systemd-tpm2. -ENOENT: none; -EBADMSG: malformed; -EINVAL: not LUKS2.
 */
int luks_read_token(const char *device, struct luks_token *ret);

/* The same, and in one look the copy for a planned reseal; ret_copy->blob_size 0 = there is none, or a malformed one. */
int luks_read_tokens(const char *device, struct luks_token *ret, struct luks_reseal *ret_copy);

/* Puts the copy there, in the place of one that is there already. */
int luks_write_reseal(const char *device, const struct luks_reseal *copy);

/* Every copy; the header is written anew, so that none of it stays in there. 0 also if there is none. */
int luks_erase_reseal(const char *device);

/* The same for the token with the secret under the recovery key. */
int luks_read_recovery(const char *device, uint8_t ret_wrapped[static LUKS_TOKEN_WRAPPED_SIZE]);

/* Puts a token in the place of the first of type systemd-tpm2, or adds it. */
int luks_replace_token(const char *device, const struct luks_token *token);

#endif
