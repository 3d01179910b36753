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
        uint8_t encoded[DEVICE_SECRET_ENCODED_SIZE], again[DEVICE_SECRET_ENCODED_SIZE];
        struct device_secret stored = { 0 };
        EFI_STATUS status;

        device_secret_encode(secret, encoded);
        status = variable_store_private(platform, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, encoded, sizeof(encoded));
        if (!EFI_ERROR(status))
                status = read_secret(platform, &stored);
        device_secret_encode(&stored, again);
        if (!EFI_ERROR(status) && memcmp(again, encoded, sizeof(again)) != 0)
                status = EFI_DEVICE_ERROR;
        bytes_wipe(encoded, sizeof(encoded));
        bytes_wipe(again, sizeof(again));
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

/* What stays under the name would ask again in each start: then it does not ask at all. */
static bool take_request(const struct platform *platform, const struct device_secret *secret, struct reseal_request *ret)
{
        struct variable variable = { 0 };
        struct reseal_request request;
        enum err err;

        if (EFI_ERROR(variable_read_ordinary(platform, &guid_cleanslate, RESEAL_VARIABLE_NAME, &variable)))
                return false;
        err = reseal_request_decode(variable.value, variable.size, &request);
        variable_done(platform, &variable);
        if (EFI_ERROR(variable_delete(platform, &guid_cleanslate, RESEAL_VARIABLE_NAME)))
                return false;
        if (err != ERR_OK || !device_secret_concerns(secret, &request))
                return false;
        *ret = request;
        return true;
}

void device_secret_reseal(const struct platform *platform, enum boot_mode mode, struct device_keys *keys,
                          struct handover *handover)
{
        struct device_secret secret = { 0 };
        struct reseal_request request;
        struct reseal_state before;
        bool asked;

        if (EFI_ERROR(read_secret(platform, &secret))) {
                handover->reseal = RESEAL_UNAVAILABLE;
                return;
        }
        before = secret.reseal;
        asked = mode == MODE_NORMAL && take_request(platform, &secret, &request);
        handover->reseal = reseal_next(&secret.reseal, mode, asked ? &request : NULL);
        /* a state that is not kept could be had again as often as somebody likes */
        if ((before.number != secret.reseal.number || before.starts_left != secret.reseal.starts_left) &&
            EFI_ERROR(store_secret(platform, &secret))) {
                handover->reseal = RESEAL_FAILED;
                secret.reseal = before; /* the next request is one over what is kept */
        }
        handover->reseal_starts = secret.reseal.starts_left;
        handover->reseal_number = secret.reseal.number;
        keys->has_reseal = reseal_gives_key(handover->reseal);
        if (keys->has_reseal)
                device_secret_reseal_key(&secret, keys->reseal);
        keys->has_reseal_request = handover->reseal == RESEAL_PREPARE;
        if (keys->has_reseal_request)
                memcpy(keys->reseal_request, request.mac, sizeof(keys->reseal_request));
        keys->reseal_after = before.number;
        bytes_wipe(&secret, sizeof(secret));
}
