/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a detached PKCS#7 signature by one certificate, through libcrypto: for kernels and boots where the kernel's own keyrings
 * do not hold that certificate. */
#ifndef CLEANSLATE_LINUX_PKCS7_H
#define CLEANSLATE_LINUX_PKCS7_H

#include "common/base/bytes.h"

/* 0 if `signature` (DER) is one over exactly `content` by the key of `certificate` (DER). What the signature carries along of
 * certificates is not looked at, nor are dates: a device's clock may be wrong, and revocation is the signed image's business.
 * -EBADMSG: not such a signature; -EINVAL: no certificate; -ENOMEM. */
int pkcs7_verify(struct bytes signature, struct bytes content, struct bytes certificate);

#endif
