/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the one secret that a device's TPM releases is used for: a key of its own for each volume, and the mark on a volume that
 * was completed. Both are bound to the volume's role, that is to what its definition calls it, so that no volume passes for
 * another. Nothing of this is read from the volume's header. HKDF-SHA-256 (RFC 5869) with an empty salt. Pure. */
#ifndef CLEANSLATE_COMMON_VOLUME_KEY_H
#define CLEANSLATE_COMMON_VOLUME_KEY_H

#include "common/base/sha256.h"
#include "common/policy/policy.h"

#define VOLUME_SECRET_SIZE 32
#define VOLUME_KEY_SIZE    64                              /* two AES-256 keys (XTS) */
#define VOLUME_KEY_MAX     (VOLUME_KEY_SIZE + SHA256_SIZE) /* and one of HMAC-SHA-256, with Integrity=inline */

/* Bytes of the volume key of a volume with or without tags. */
size_t volume_key_size(enum integrity_mode integrity);

/* The volume key of the definition's volume: its first volume_key_size(role->integrity) bytes. One with Integrity= and one
 * without have no key in common. The caller wipes it. */
void volume_key_derive(const uint8_t secret[static VOLUME_SECRET_SIZE], const struct partition_definition *role,
                       uint8_t ret[static VOLUME_KEY_MAX]);

#define VOLUME_MARK_MAX (2 * SHA256_SIZE + 1 + 32 + 2 * (1 + 2 * SHA256_SIZE) + 1) /* text, its NUL included */

/* Who vouches for a mark: the secret that opens the volume, and the device, whose stub knows which reset was its last
 * (device-secret.h). Whoever starts another system on this machine can have its TPM seal a secret of his own; the device's key he
 * has not. NULL: none (an unencrypted volume; a boot or a firmware without that key). */
struct volume_vouchers {
        const uint8_t *secret; /* VOLUME_SECRET_SIZE bytes */
        const uint8_t *device; /* SHA256_SIZE bytes: progress_keys_mark_key() */
};

/* What stands on a completed volume: the digest of the factory state that it was built from (hex), the id of the reset or first
 * boot that built it and, for each that vouches, an HMAC over all before it under a key of the role's own. Without any the mark
 * has a form, but nothing behind it. Returns its length; digest_hex has 2 * SHA256_SIZE digits. */
size_t volume_mark_format(const struct volume_vouchers *vouchers, const struct partition_definition *role, const char *digest_hex,
                          const struct id128 *reset_id, char ret[static VOLUME_MARK_MAX]);

/* Whether it is the mark that a genuine reset has left on this very volume; with *ret_reset_id (may be NULL) if so. Where the
 * device's key is not known, what it vouches for is not looked at. Compares in constant time. */
bool volume_mark_verify(const struct volume_vouchers *vouchers, const struct partition_definition *role, const char *text,
                        size_t size, struct id128 *ret_reset_id);

#endif
