/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/sealed-key.h"

#include <stdio.h>
#include <string.h>

void volume_key_done(struct volume_key *key)
{
        explicit_bzero(key, sizeof(*key));
}

void volume_keys_done(struct volume_keys *keys)
{
        volume_key_done(&keys->built);
        volume_key_done(&keys->kept);
        explicit_bzero(keys->wanting_copy, sizeof(keys->wanting_copy));
}

int volume_seal(struct boot_context *context, struct volume_key *key)
{
        struct luks_token *token = &key->token;
        struct tpm_origin origin;
        memset(token, 0, sizeof(*token));
        token->blob_size = sizeof(token->blob);
        token->pcrs = context->policy.settings.seal_pcrs;
        int r = tpm_seal(context->tpm, context->public_key_pem, token->pcrs, key->secret, token->blob, &token->blob_size,
                         token->policy_hash, &origin);
        if (r < 0)
                return r;
        token->primary_is_rsa = tpm_storage_key_is_rsa(context->tpm);
        memcpy(token->origin, origin.data, origin.size);
        token->origin_size = origin.size;
        (void)snprintf(token->public_key_pem, sizeof(token->public_key_pem), "%s", context->public_key_pem);
        key->present = true;
        return 0;
}
