/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volumes.h"

#include "initrd/reseal.h"
#include "linux/base/modules.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

int volume_path(const struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                bool encrypted, char ret[static DEVICE_PATH_MAX])
{
        int size = encrypted ? snprintf(ret, DEVICE_PATH_MAX, "/dev/mapper/%s", definition->mapping)
                             : snprintf(ret, DEVICE_PATH_MAX, "%s", partition_path);
        return size < DEVICE_PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* The boot was the right one, and the TPM refuses because of what else the key is sealed to. What the token says is good enough
 * for words. */
static int other_pcrs_changed(struct boot_context *context, const struct partition_definition *definition,
                              const struct luks_token *token)
{
        const uint32_t pcrs = context->policy.settings.seal_pcrs;
        char text[PCR_MASK_TEXT_MAX];
        if (strcmp(token->public_key_pem, context->public_key_pem) != 0)
                return boot_trouble(context, -EKEYREJECTED,
                                    "%s stays locked: its key was sealed for images of another signer than this one's.",
                                    definition->label);
        if (pcrs == SEAL_PCRS_DEFAULT)
                return boot_trouble(context, -EKEYREJECTED,
                                    "%s stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7).",
                                    definition->label);
        pcr_mask_format(pcrs, text);
        return boot_trouble(context, -EKEYREJECTED,
                            "%s stays locked: the firmware, the boot loader or Secure Boot's keys changed since its key was "
                            "sealed (one of the PCRs %s).",
                            definition->label, text);
}

/* Only for a clear word: the TPM would refuse as well. */
static int sealed_to_other_pcrs(struct boot_context *context, const struct partition_definition *definition,
                                const struct luks_token *token)
{
        char sealed[PCR_MASK_TEXT_MAX], wanted[PCR_MASK_TEXT_MAX];
        pcr_mask_format(token->pcrs, sealed);
        pcr_mask_format(context->policy.settings.seal_pcrs, wanted);
        return boot_trouble(context, -EKEYREJECTED,
                            "%s stays locked: it was sealed to the PCRs \"%s\", and this image wants \"%s\" ([Seal] pcrs=).",
                            definition->label, sealed, wanted);
}

/* The public key and the PCRs are the image's, from its own stub; what the token says of them is somebody's word. */
static int unseal(struct boot_context *context, const struct partition_definition *definition, const struct luks_token *token,
                  struct volume_key *ret)
{
        if (!context->tpm)
                return boot_trouble(context, -ENODEV, "%s is locked to a TPM, and this machine shows none.", definition->label);
        if (!context->signature_json || !context->public_key_pem)
                return boot_trouble(context, -ENOKEY, "%s cannot be unlocked: this boot image carries no signed PCR policy.",
                                    definition->label);
        struct tpm_origin origin = { .size = token->origin_size };
        _Static_assert(sizeof(origin.data) == sizeof(token->origin), "every origin fits");
        memcpy(origin.data, token->origin, sizeof(origin.data));
        if (token->pcrs != context->policy.settings.seal_pcrs)
                return sealed_to_other_pcrs(context, definition, token);
        int r = tpm_unseal(context->tpm, context->public_key_pem, token->pcrs, context->signature_json,
                           context->signature_json_size, token->blob, token->blob_size, &origin, ret->secret);
        if (r == -EBADMSG)
                return boot_trouble(context, r, "%s stays locked: its key was sealed by another system on this machine (%s).",
                                    definition->label, tpm_last_text(context->tpm));
        if (r == -EKEYREJECTED)
                return other_pcrs_changed(context, definition, token);
        if (r == -EACCES)
                return boot_trouble(context, r, "%s stays locked: this is not the boot its key was sealed for (%s).",
                                    definition->label, tpm_last_text(context->tpm));
        if (r == -ESTALE)
                return boot_trouble(context, r, "%s cannot be unlocked: its key belongs to a TPM that was cleared or replaced.",
                                    definition->label);
        if (r < 0)
                return boot_trouble(context, r, "%s cannot be unlocked: the TPM failed (%s).", definition->label,
                                    tpm_last_text(context->tpm));
        ret->token = *token;
        ret->present = true;
        return 0;
}

static bool is_sealed_in(const struct luks_token *token, const struct volume_key *key)
{
        return key->present && key->token.blob_size == token->blob_size &&
               memcmp(key->token.blob, token->blob, token->blob_size) == 0;
}

/* What else it was sealed to has changed, and that was planned. Otherwise the trouble is what it was. */
static int take_copy(struct boot_context *context, const struct luks_token *token, const struct luks_reseal *copy,
                     struct volume_key *ret)
{
        if (reseal_open(context, copy, ret->secret) < 0)
                return -EKEYREJECTED;
        context->trouble[0] = 0;
        ret->token = *token;
        ret->present = ret->from_copy = true;
        return 0;
}

static int find_key(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                    struct volume_keys *keys, struct volume_key **ret)
{
        struct volume_key *own = definition->factory_reset ? &keys->built : &keys->kept;
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
        struct luks_reseal copy = { 0 };
        struct luks_token token;
        *ret = own;
        if (definition->factory_reset && own->present)
                return 0;
        memset(&token, 0, sizeof(token));
        int r = luks_read_tokens(partition_path, &token, &copy);
        if (r < 0)
                return boot_trouble(context, r, "%s (%s) is not an encrypted volume of this system: %s.", definition->label,
                                    partition_path, strerror(-r));
        if (!definition->factory_reset && is_sealed_in(&token, &keys->built))
                *ret = &keys->built;
        if (is_sealed_in(&token, *ret))
                return 0;
        volume_key_done(own);
        r = unseal(context, definition, &token, own);
        if (r == -EKEYREJECTED)
                r = take_copy(context, &token, &copy, own);
        own->has_copy = r == 0 && copy.blob_size > 0;
        if (r == -EKEYREJECTED || r == -ESTALE)
                context->recovery_key_helps = luks_read_recovery(partition_path, wrapped) == 0;
        return r;
}

void volume_derive(const struct partition_definition *definition, const struct volume_key *key, struct luks_key *ret)
{
        ret->integrity = definition->integrity;
        volume_key_derive(key->secret, definition, ret->bytes);
}

int volume_open(const struct partition_definition *definition, const char *partition_path, const struct volume_key *key)
{
        struct luks_key derived;
        volume_derive(definition, key, &derived);
        int r = luks_open(partition_path, definition->mapping, &derived);
        explicit_bzero(&derived, sizeof(derived));
        return r;
}

void volume_load_integrity_drivers(struct boot_context *context)
{
        static const char *const drivers[] = { "hmac", "authenc", "dm-integrity" };
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                (void)modules_load(context->modules, drivers[i]);
}

int volume_unlock(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                  struct volume_keys *keys, struct volume_key **ret_key)
{
        struct volume_key *key;
        int r = find_key(context, definition, partition_path, keys, &key);
        if (r < 0)
                return r;
        if (definition->integrity != INTEGRITY_OFF)
                volume_load_integrity_drivers(context);
        r = volume_open(definition, partition_path, key);
        if (r == -EUCLEAN)
                return boot_trouble(context, r,
                                    "%s (%s) is not a volume with Integrity=inline, which this image asks for, or somebody has "
                                    "altered it. A factory reset rebuilds it.",
                                    definition->label, partition_path);
        if (r < 0)
                return boot_trouble(context, r, "%s (%s) cannot be mapped: %s.", definition->label, partition_path, strerror(-r));
        *ret_key = key;
        return 0;
}
