/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signature beside a record: made with this machine's TPM, or the reason why there is none. */
#ifndef CLEANSLATE_LINUX_RECORD_SIGN_H
#define CLEANSLATE_LINUX_RECORD_SIGN_H

#include "common/format/record-signature.h"
#include "linux/base/trouble.h"
#include "linux/tpm/tpm.h"

/* Appends the text of NAME.sig for these bytes of NAME.json. tpm NULL: none. 0: signed; 1: not, and the text says why, as does
 * *trouble; -ENOMEM with *trouble set, too. Check writer->overflow. */
int record_sign(struct tpm *tpm, struct bytes record, struct writer *writer, const struct trouble *trouble);

/* Puts the text on the mounted ESP as RECORD_DIRECTORY/NAME.sig, replaced atomically and flushed. */
int record_signature_store(int esp_fd, const char *name, const char *text, size_t size);

#endif
