/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset has to know of the TPM before it destroys anything, and what it has to remember of it: the image's lockout
 * authorization, the evidence from before. Clears nothing. */
#ifndef CLEANSLATE_INITRD_TPM_CHECK_H
#define CLEANSLATE_INITRD_TPM_CHECK_H

#include "initrd/reset-state.h"

/* Who else could clear the TPM: what the firmware's physical presence interface offers, into the inventory. Some twenty calls
 * into the firmware, so only where a reset or the recovery page asks. */
void tpm_read_firmware_offer(struct boot_context *context);

/* Reads the authorization that the image brings ([Reset] tpm-lockout-auth=) and lets the TPM judge it, once in a boot; the TPM's
 * facts say the outcome. To be called only where an authorization is set and a clear is wanted. */
void tpm_try_images_authorization(struct boot_context *context);

/* The evidence from before the first destructive step, in an EFI variable: a restart must not lose it. */
int tpm_keep_evidence(struct reset *reset);
void tpm_recall_evidence(struct reset *reset); /* reset->tpm_before_known tells */
int tpm_forget_evidence(struct boot_context *context);

#endif
