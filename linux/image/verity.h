/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The read-only image under dm-verity, through libcryptsetup. */
#ifndef CLEANSLATE_LINUX_VERITY_H
#define CLEANSLATE_LINUX_VERITY_H

#include <stddef.h>
#include <stdint.h>

/* Maps data and hash devices to /dev/mapper/NAME under the root hash (bytes). -EPERM / -EIO: the image does not match. */
int verity_open(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                size_t root_hash_size);

/* As above, and the kernel checks the signature (PKCS#7, DER) over the root hash against its trusted keyrings. -ENOKEY: they do
 * not hold the signer's key; -EKEYREJECTED, -EBADMSG: the signature is not one over this root hash. Other errors include those of
 * a kernel that cannot check any. */
int verity_open_signed(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                       size_t root_hash_size, const uint8_t *signature, size_t signature_size);

/* How many bytes of the data and of the hash device belong to the image, as the superblock on the hash device says. Only once
 * verity_open() has succeeded is that the truth. -EINVAL: no such tree. */
int verity_read_extents(const char *data_device, const char *hash_device, uint64_t *ret_data_bytes, uint64_t *ret_hash_bytes);

#endif
