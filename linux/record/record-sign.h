/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signature beside a record: made with this machine's TPM, or the reason why there is none. */
#ifndef CLEANSLATE_LINUX_RECORD_SIGN_H
#define CLEANSLATE_LINUX_RECORD_SIGN_H

#include "common/format/record-signature.h"
#include "linux/tpm/tpm.h"

/* Appends the text of NAME.sig for these bytes of NAME.json. tpm NULL: none. Without a signature the text says why, and so does
 * ret_why ("" = signed). 0 or -ENOMEM; check writer->overflow, too. */
int record_sign(struct tpm *tpm, struct bytes record, struct writer *writer, char ret_why[static 256]);

/* Puts the text on the mounted ESP as RECORD_DIRECTORY/NAME.sig, replaced atomically and flushed. */
int record_signature_store(int esp_fd, const char *name, const char *text, size_t size);

#endif
