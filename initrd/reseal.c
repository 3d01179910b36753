/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reseal.h"

#include "initrd/volume-definitions.h"
#include "linux/tpm/recovery-wrap.h"
#include <errno.h>
#include <string.h>

/* Neither what the TPM releases nor what the stub gives is enough. */
static void derive_key(const struct boot_context *context, const uint8_t released[static TPM_SECRET_SIZE],
                       uint8_t ret[static RECOVERY_KEY_SIZE])
{
        _Static_assert(RECOVERY_KEY_SIZE == SHA256_SIZE, "an HMAC is a key");
        hmac_sha256((struct bytes){ context->keys.reseal, sizeof(context->keys.reseal) },
                    &(struct bytes){ released, TPM_SECRET_SIZE }, 1, ret);
}

int reseal_open(struct boot_context *context, const struct luks_reseal *copy, uint8_t ret_secret[static VOLUME_SECRET_SIZE])
{
        uint8_t released[TPM_SECRET_SIZE], key[RECOVERY_KEY_SIZE];
        if (copy->blob_size == 0 || !context->keys.has_reseal || !context->tpm)
                return -ENOENT;
        int r = tpm_unseal(context->tpm, context->public_key_pem, 0, context->signature_json, context->signature_json_size,
                           copy->blob, copy->blob_size, NULL, released);
        if (r == 0) {
                derive_key(context, released, key);
                r = recovery_unwrap(key, copy->wrapped, ret_secret);
        }
        if (r < 0)
                report_note(&context->report, "the copy for a planned reseal is not used: %s",
                            r == -EACCES ? "it is not one that this device may use now" : strerror(-r));
        explicit_bzero(released, sizeof(released));
        explicit_bzero(key, sizeof(key));
        return r;
}

static int make_copy(struct boot_context *context, const uint8_t secret[static VOLUME_SECRET_SIZE], struct luks_reseal *ret)
{
        uint8_t released[TPM_SECRET_SIZE], key[RECOVERY_KEY_SIZE], policy[SHA256_SIZE];
        ret->blob_size = sizeof(ret->blob);
        int r = random_key(context->tpm, released);
        if (r == 0)
                r = tpm_seal(context->tpm, context->public_key_pem, 0, released, ret->blob, &ret->blob_size, policy, NULL);
        if (r == 0) {
                derive_key(context, released, key);
                r = recovery_wrap(key, secret, ret->wrapped);
        }
        explicit_bzero(released, sizeof(released));
        explicit_bzero(key, sizeof(key));
        return r;
}

/* What was to be done to which volume, and failed. */
static int fail(struct boot_context *context, struct volume_keys *keys, const char *what, const char *label, int r)
{
        report_line(&context->report, "planned reseal: %s %s failed: %s", what, label,
                    context->tpm && tpm_last_text(context->tpm)[0] ? tpm_last_text(context->tpm) : strerror(-r));
        keys->copies.failed = true;
        return r;
}

static void prepare(struct boot_context *context, const char *label, const char *partition_path, struct volume_keys *keys,
                    const uint8_t secret[static VOLUME_SECRET_SIZE])
{
        struct luks_reseal copy;
        int r = make_copy(context, secret, &copy);
        if (r == 0)
                r = luks_write_reseal(partition_path, &copy);
        if (r < 0)
                (void)fail(context, keys, "the copy of the key of", label, r);
        else
                keys->copies.made = true;
}

static int erase_copy(struct boot_context *context, struct volume_keys *keys, const char *label, const char *partition_path)
{
        int r = luks_erase_reseal(partition_path);
        return r < 0 ? fail(context, keys, "erasing the copy of the key of", label, r) : 0;
}

static int replace(struct boot_context *context, struct volume_keys *keys, const char *label, const char *partition_path,
                   const struct luks_token *token)
{
        int r = luks_replace_token(partition_path, token);
        return r < 0 ? fail(context, keys, "writing the new key of", label, r) : 0;
}

static int seal_anew(struct boot_context *context, struct volume_keys *keys, const struct volume_key *key, const char *label,
                     struct volume_key *ret)
{
        *ret = *key;
        int r = volume_seal(context, ret);
        return r < 0 ? fail(context, keys, "sealing the key of", label, r) : 0;
}

/* In this order: until the new key is written, the copy counts. */
static void seal_own(struct boot_context *context, const char *label, const char *partition_path, struct volume_keys *keys,
                     const struct volume_key *key)
{
        struct volume_key anew;
        if (seal_anew(context, keys, key, label, &anew) == 0 && replace(context, keys, label, partition_path, &anew.token) == 0)
                (void)erase_copy(context, keys, label, partition_path);
        volume_key_done(&anew);
}

/* By the system that this initrd, or an earlier one of the same volumes, has started; anybody can write a variable. */
static bool is_genuine_request(const struct boot_context *context, const struct volume_key *built)
{
        uint8_t key[SHA256_SIZE], mac[SHA256_SIZE];
        if (!built->present || !context->keys.has_reseal_request)
                return false;
        reseal_request_key(built->secret, key);
        reseal_request_mac(key, context->keys.reseal_after, mac);
        explicit_bzero(key, sizeof(key));
        return bytes_equal_in_constant_time(mac, context->keys.reseal_request, sizeof(mac));
}

/* Not yet: whether the request is genuine is judged by the secret of what a reset builds, which may be mounted behind what it
 * keeps, and may be somebody's own until the last mark was right. */
static void want_copy(const struct boot_context *context, const struct partition_definition *definition, struct volume_keys *keys,
                      const struct volume_key *key)
{
        struct volume_wanting_copy *wanting = &keys->wanting_copy[keys->wanting_copy_count++];
        wanting->definition = (size_t)(definition - context->policy.partitions);
        memcpy(wanting->secret, key->secret, sizeof(wanting->secret));
        wanting->has_copy = key->has_copy;
}

void reseal_volume(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                   struct volume_keys *keys, struct volume_key *key)
{
        const bool may_come = context->keys.has_reseal && context->handover.reseal_starts > 0;
        if (key->settled)
                return;
        key->settled = true;
        keys->copies.seen |= key->has_copy;
        keys->copies.used |= key->from_copy;
        if (key->from_copy && !definition->factory_reset)
                seal_own(context, definition->label, partition_path, keys, key);
        else if (!key->from_copy && context->keys.has_reseal && context->handover.reseal == RESEAL_PREPARE)
                want_copy(context, definition, keys, key);
        else if (!key->from_copy && key->has_copy && !may_come)
                keys->copies.erased |= erase_copy(context, keys, definition->label, partition_path) == 0;
}

static int find_volume(const struct boot_context *context, size_t index, char ret_path[static DEVICE_PATH_MAX])
{
        int found = plan_find_partition(&context->policy, &context->inventory, index);
        if (found < 0)
                return -ENODEV;
        return blockdev_partition_path(context->inventory.disk_path, context->inventory.partitions[found].number, ret_path);
}

/* Whether this secret opens the volume: all that a reset builds; what it keeps if it is sealed in there. */
static bool opens(const struct volume_key *built, const struct partition_definition *definition, const char *partition_path)
{
        struct luks_token token;
        return definition->factory_reset ||
               (luks_read_token(partition_path, &token) == 0 && token.blob_size == built->token.blob_size &&
                memcmp(token.blob, built->token.blob, token.blob_size) == 0);
}

static void prepare_wanted(struct boot_context *context, struct volume_keys *keys)
{
        char path[DEVICE_PATH_MAX];
        if (keys->wanting_copy_count == 0 || context->policy.settings.seal_pcrs == 0)
                return;
        const bool genuine = is_genuine_request(context, &keys->built);
        for (size_t i = 0; i < keys->wanting_copy_count; i++) {
                const struct volume_wanting_copy *wanting = &keys->wanting_copy[i];
                const char *label = context->policy.partitions[wanting->definition].label;
                int r = find_volume(context, wanting->definition, path);
                if (r < 0)
                        (void)fail(context, keys, "finding", label, r);
                else if (genuine)
                        prepare(context, label, path, keys, wanting->secret);
                else if (wanting->has_copy) /* of before the request, which was its end */
                        (void)erase_copy(context, keys, label, path);
        }
        if (genuine)
                return;
        report_line(&context->report, "planned reseal: the request is not one of this system's, and no copy is made");
        keys->copies.failed = true;
}

/* With a new token, or (anew NULL) without its copy. */
static int update_volume(struct boot_context *context, struct volume_keys *keys, size_t index, const struct luks_token *anew)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        char path[DEVICE_PATH_MAX];
        if (!definition_is_encrypted(context, definition))
                return 0;
        int r = find_volume(context, index, path);
        if (r < 0)
                return fail(context, keys, "finding", definition->label, r);
        if (!opens(&keys->built, definition, path))
                return 0;
        return anew ? replace(context, keys, definition->label, path, anew) : erase_copy(context, keys, definition->label, path);
}

/* All that one secret opens. The volume that is opened first comes last: until then the copy in its header counts. */
static void seal_built(struct boot_context *context, struct volume_keys *keys)
{
        size_t order[POLICY_PARTITIONS_MAX], count = volumes_in_mount_order(&context->policy, order);
        struct volume_key anew;
        int r = seal_anew(context, keys, &keys->built, "the volumes", &anew);
        for (size_t i = count; i-- > 0 && r == 0;)
                r = update_volume(context, keys, order[i], &anew.token);
        for (size_t i = 0; i < count && r == 0; i++)
                r = update_volume(context, keys, order[i], NULL);
        volume_key_done(&anew);
}

/* Behind this the stub gives no boot the key of this copy any more. Where it cannot be written, the starts that are left run out.
 */
static void close_window(struct boot_context *context)
{
        const struct reseal_request done = { .verb = RESEAL_VERB_DONE, .last_reset = context->handover.last_reset };
        uint8_t encoded[RESEAL_ENCODED_SIZE];
        reseal_request_encode(&done, encoded);
        int r = efivarfs_write(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r < 0)
                report_note(&context->report, "planned reseal: the stub cannot be told that it is over: %s", strerror(-r));
        context->handover.reseal_starts = 0;
}

static enum reseal end_of(const struct boot_context *context, const struct volume_keys *keys)
{
        if (keys->copies.failed)
                return RESEAL_FAILED;
        if (keys->copies.used)
                return RESEAL_DONE;
        if (keys->copies.made)
                return RESEAL_READY;
        if (keys->copies.erased)
                return RESEAL_OVER;
        if (context->handover.reseal == RESEAL_PREPARE) /* nothing is sealed that a change could lock */
                return RESEAL_FAILED;
        return context->handover.reseal == RESEAL_READY && !keys->copies.seen ? RESEAL_OVER : context->handover.reseal;
}

void reseal_finish(struct boot_context *context, struct volume_keys *keys)
{
        static const char *const ends[RESEAL_COUNT] = {
                [RESEAL_READY] = "the volumes' key may be taken from its copy, should Secure Boot's keys change",
                [RESEAL_OVER] = "over, and the copy of the volumes' key is erased",
                [RESEAL_DONE] = "done: the volumes are sealed to this machine as it is now, and the copy is erased",
                [RESEAL_FAILED] = "failed",
        };
        const enum reseal began = context->handover.reseal;
        prepare_wanted(context, keys);
        if (keys->built.from_copy)
                seal_built(context, keys);
        context->has_reseal_request_key = keys->built.present && context->policy.settings.seal_pcrs != 0;
        if (context->has_reseal_request_key)
                reseal_request_key(keys->built.secret, context->reseal_request_key);
        context->handover.reseal = end_of(context, keys);
        if (ends[context->handover.reseal] && (began != RESEAL_NONE || keys->copies.erased))
                report_note(&context->report, "planned reseal: %s", ends[context->handover.reseal]);
        /* a copy whose use has failed halfway is there for the next start */
        if (context->keys.has_reseal && (context->handover.reseal == RESEAL_DONE || context->handover.reseal == RESEAL_OVER ||
                                         (context->handover.reseal == RESEAL_FAILED && !keys->copies.used)))
                close_window(context);
}
