/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi/device-secret.h"
#include "efi/random.h"
#include "efi/variables.h"

static EFI_STATUS read_secret(const struct platform *platform, struct device_secret *ret)
{
        struct variable variable;
        EFI_STATUS status = variable_read_private(platform, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, &variable);

        if (EFI_ERROR(status))
                return status;
        if (device_secret_decode(variable.value, variable.size, ret) != ERR_OK)
                status = EFI_NOT_FOUND; /* torn: what was made with it proves nothing any more */
        bytes_wipe(variable.value, variable.size);
        variable_done(platform, &variable);
        return status;
}

/* It counts only when it is really there: a store may take a variable and not keep it. */
static EFI_STATUS store_secret(const struct platform *platform, const struct device_secret *secret)
{
        uint8_t encoded[DEVICE_SECRET_ENCODED_SIZE];
        struct device_secret stored;
        EFI_STATUS status;

        device_secret_encode(secret, encoded);
        status = variable_store_private(platform, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, encoded, sizeof(encoded));
        bytes_wipe(encoded, sizeof(encoded));
        if (!EFI_ERROR(status))
                status = read_secret(platform, &stored);
        if (!EFI_ERROR(status) && memcmp(stored.secret, secret->secret, sizeof(stored.secret)) != 0)
                status = EFI_DEVICE_ERROR;
        bytes_wipe(&stored, sizeof(stored));
        return status;
}

static EFI_STATUS make_secret(const struct platform *platform, struct device_secret *ret)
{
        struct device_secret secret = { 0 };
        EFI_STATUS status = random_secret(platform, secret.secret);

        if (!EFI_ERROR(status))
                status = store_secret(platform, &secret);
        if (!EFI_ERROR(status))
                *ret = secret;
        bytes_wipe(&secret, sizeof(secret));
        return status;
}

/* The newest record of a reset that came to its end, into the secret's variable. A reset restarts the machine then, so this start
 * comes before any running system could take the record away. */
static void note_over(const struct platform *platform, struct device_secret *secret)
{
        static const char *const names[PROGRESS_SLOTS] = { PROGRESS_VARIABLE_NAME_0, PROGRESS_VARIABLE_NAME_1 };
        struct progress_keys keys;
        bool changed = false;

        device_secret_keys(secret, &keys);
        for (int i = 0; i < PROGRESS_SLOTS; i++) {
                struct variable variable = { 0 };
                struct progress progress;

                if (EFI_ERROR(variable_read(platform, &guid_cleanslate, names[i], &variable)))
                        continue;
                if (progress_decode(variable.value, variable.size, &keys, &progress) == ERR_OK)
                        changed |= device_secret_note_over(secret, &progress);
                variable_done(platform, &variable);
        }
        bytes_wipe(&keys, sizeof(keys));
        if (changed)
                (void)store_secret(platform, secret); /* where it fails, the next start does it */
}

EFI_STATUS device_secret_open(const struct platform *platform, struct device_identity *ret)
{
        struct device_secret secret = { 0 };
        EFI_STATUS status = read_secret(platform, &secret);

        if (status == EFI_NOT_FOUND)
                status = make_secret(platform, &secret);
        memset(ret, 0, sizeof(*ret));
        if (EFI_ERROR(status))
                return status;
        note_over(platform, &secret);
        device_secret_keys(&secret, &ret->keys.progress);
        ret->last_reset = secret.last_reset_id;
        if (device_secret_has_been_built(&secret))
                ret->keys.has_mark =
                        progress_keys_mark_key(&ret->keys.progress, secret.last_origin, &secret.last_reset_id, ret->keys.mark);
        bytes_wipe(&secret, sizeof(secret));
        return EFI_SUCCESS;
}
