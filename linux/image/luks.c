/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/luks.h"

#include "common/rebuild/file-system-label.h"
#include "linux/base/cleanup.h"
#include "linux/image/authenticated.h"
#include <errno.h>
#include <libcryptsetup.h>
#include <openssl/evp.h>
#include <string.h>

#define CIPHER      "aes"
#define CIPHER_MODE "xts-plain64"
#define INTEGRITY   "hmac(sha256)"
#define SECTOR_512  512 /* what libcryptsetup counts offsets in */
/* Without the work queues a request is ciphered where it completes: small requests, which a tree of small files is made of, come
 * back in a fraction of the time. */
#define ACTIVATION_FLAGS (CRYPT_ACTIVATE_ALLOW_DISCARDS | CRYPT_ACTIVATE_NO_READ_WORKQUEUE | CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE)
#define LABEL_BYTES      47 /* LUKS2 On-Disk Format: 48 with the NUL */
#define TOKENS_MAX       32 /* LUKS2 On-Disk Format: token ids 0..31 */

static void free_device(struct crypt_device **device)
{
        crypt_free(*device);
}

/* callers turn the error code into words; libcryptsetup's own lines would go to stderr */
static void discard_log(int level, const char *message, void *context)
{
}

static int open_header(const char *path, struct crypt_device **ret)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        int r = crypt_init(&device, path);
        if (r < 0)
                return r;
        crypt_set_log_callback(device, discard_log, NULL);
        *ret = device;
        device = NULL;
        return 0;
}

void luks_passphrase_from_secret(const uint8_t secret[static TPM_SECRET_SIZE], struct luks_passphrase *ret)
{
        _Static_assert(sizeof(ret->text) > (TPM_SECRET_SIZE + 2) / 3 * 4, "base64 and its NUL must fit");
        int size = EVP_EncodeBlock((unsigned char *)ret->text, secret, TPM_SECRET_SIZE);
        ret->size = (size_t)size;
}

static int set_token(struct crypt_device *device, int id, const struct luks_token *token)
{
        _cleanup_free_ char *json = malloc(LUKS_TOKEN_JSON_MAX);
        if (!json)
                return -ENOMEM;
        struct writer writer = writer_over(json, LUKS_TOKEN_JSON_MAX);
        luks_token_encode(token, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = crypt_token_json_set(device, id, json);
        return r < 0 ? r : 0;
}

static int add_recovery(struct crypt_device *device, const struct luks_key *key, const struct luks_recovery *recovery)
{
        char json[256];
        struct writer writer = writer_over(json, sizeof(json));
        luks_recovery_encode(recovery->wrapped, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = crypt_keyslot_add_by_volume_key(device, 1, (const char *)key->bytes, volume_key_size(key->integrity),
                                                recovery->passphrase, strlen(recovery->passphrase));
        if (r >= 0)
                r = crypt_token_json_set(device, CRYPT_ANY_TOKEN, "{\"type\":\"systemd-recovery\",\"keyslots\":[\"1\"]}");
        if (r >= 0)
                r = crypt_token_json_set(device, CRYPT_ANY_TOKEN, json);
        return r < 0 ? r : 0;
}

int luks_format(const char *path, const char *label, const struct luks_key *key, const struct luks_passphrase *passphrase,
                const struct luks_token *token, const struct luks_recovery *recovery)
{
        char short_label[PARTITION_NAME_MAX];
        /* the secret has 256 bits: stretching it would only cost every boot its time (systemd-cryptenroll does the same) */
        const struct crypt_pbkdf_type cheap = {
                .type = CRYPT_KDF_PBKDF2, .hash = "sha512", .iterations = 1000, .flags = CRYPT_PBKDF_NO_BENCHMARK
        };
        struct crypt_params_luks2 parameters = { .pbkdf = &cheap,
                                                 .label = short_label,
                                                 .integrity = key->integrity == INTEGRITY_OFF ? NULL : INTEGRITY,
                                                 .sector_size = LUKS_SECTOR_SIZE };
        _cleanup_(free_device) struct crypt_device *device = NULL;
        label_cut(label, LABEL_BYTES, short_label);
        int r = open_header(path, &device);
        if (r == 0)
                r = crypt_set_data_offset(device, LUKS_DATA_OFFSET / SECTOR_512);
        if (r == 0)
                r = crypt_format(device, CRYPT_LUKS2, CIPHER, CIPHER_MODE, NULL, (const char *)key->bytes,
                                 volume_key_size(key->integrity), &parameters);
        if (r == 0)
                r = crypt_keyslot_add_by_volume_key(device, 0, NULL, 0, passphrase->text, passphrase->size);
        if (r >= 0 && token)
                r = set_token(device, CRYPT_ANY_TOKEN, token);
        if (r >= 0 && recovery)
                r = add_recovery(device, key, recovery);
        return r < 0 ? r : 0;
}

int luks_open(const char *path, const char *name, const struct luks_key *key)
{
        if (key->integrity != INTEGRITY_OFF)
                return authenticated_open(path, LUKS_DATA_OFFSET, name, key->bytes, AUTHENTICATED_JOURNAL);
        /* "plain" is libcryptsetup's word for a mapping that no header describes */
        struct crypt_params_plain parameters = { .offset = LUKS_DATA_OFFSET / SECTOR_512, .sector_size = LUKS_SECTOR_SIZE };
        _cleanup_(free_device) struct crypt_device *device = NULL;
        int r = open_header(path, &device);
        if (r == 0)
                r = crypt_format(device, CRYPT_PLAIN, CIPHER, CIPHER_MODE, NULL, NULL, VOLUME_KEY_SIZE, &parameters);
        if (r == 0)
                r = crypt_activate_by_volume_key(device, name, (const char *)key->bytes, VOLUME_KEY_SIZE, ACTIVATION_FLAGS);
        return r < 0 ? r : 0;
}

int luks_open_to_fill(const char *path, const char *name, const struct luks_key *key)
{
        return authenticated_open(path, LUKS_DATA_OFFSET, name, key->bytes, AUTHENTICATED_FILLING);
}

int luks_close(const char *name)
{
        if (authenticated_is(name))
                return authenticated_close(name);
        crypt_set_log_callback(NULL, discard_log, NULL); /* there is no context to set it on */
        return crypt_deactivate(NULL, name);
}

/* The first token of this type: its number. -ENOENT: none; -EINVAL: not LUKS2. */
static int find_token(struct crypt_device *device, const char *wanted)
{
        int r = crypt_load(device, CRYPT_LUKS2, NULL);
        for (int i = 0; i < TOKENS_MAX && r == 0; i++) {
                const char *type;
                crypt_token_info state = crypt_token_status(device, i, &type);
                if (state != CRYPT_TOKEN_INACTIVE && state != CRYPT_TOKEN_INVALID && strcmp(type, wanted) == 0)
                        return i;
        }
        return r < 0 ? r : -ENOENT;
}

static void find_copy(struct crypt_device *device, struct luks_reseal *ret)
{
        const char *json;
        int id = find_token(device, LUKS_RESEAL_TYPE);
        if (id < 0 || crypt_token_json_get(device, id, &json) < 0 || luks_reseal_decode(json, strlen(json), ret) != ERR_OK)
                ret->blob_size = 0;
}

int luks_read_tokens(const char *path, struct luks_token *ret, struct luks_reseal *ret_copy)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        const char *json;
        int r = open_header(path, &device);
        if (r == 0)
                r = find_token(device, "systemd-tpm2");
        if (r < 0)
                return r;
        if (crypt_token_json_get(device, r, &json) < 0 || luks_token_decode(json, strlen(json), ret) != ERR_OK)
                return -EBADMSG;
        if (ret_copy)
                find_copy(device, ret_copy);
        return 0;
}

int luks_read_token(const char *path, struct luks_token *ret)
{
        return luks_read_tokens(path, ret, NULL);
}

static int erase_copies(struct crypt_device *device)
{
        for (;;) {
                int id = find_token(device, LUKS_RESEAL_TYPE);
                if (id < 0)
                        return id == -ENOENT ? 0 : id;
                int r = crypt_token_json_set(device, id, NULL);
                if (r < 0)
                        return r;
        }
}

int luks_write_reseal(const char *path, const struct luks_reseal *copy)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        char json[LUKS_RESEAL_JSON_MAX];
        struct writer writer = writer_over(json, sizeof(json));
        luks_reseal_encode(copy, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = open_header(path, &device);
        if (r == 0)
                r = erase_copies(device);
        if (r == 0)
                r = crypt_token_json_set(device, CRYPT_ANY_TOKEN, json);
        return r < 0 ? r : 0;
}

int luks_erase_reseal(const char *path)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        int r = open_header(path, &device);
        return r < 0 ? r : erase_copies(device);
}

int luks_read_recovery(const char *path, uint8_t ret_wrapped[static LUKS_TOKEN_WRAPPED_SIZE])
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        const char *json;
        int r = open_header(path, &device);
        if (r == 0)
                r = find_token(device, LUKS_RECOVERY_TYPE);
        if (r < 0)
                return r;
        if (crypt_token_json_get(device, r, &json) < 0)
                return -EBADMSG;
        return luks_recovery_decode(json, strlen(json), ret_wrapped) == ERR_OK ? 0 : -EBADMSG;
}

int luks_replace_token(const char *path, const struct luks_token *token)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        int r = open_header(path, &device);
        if (r < 0)
                return r;
        int id = find_token(device, "systemd-tpm2");
        if (id < 0 && id != -ENOENT)
                return id;
        return set_token(device, id == -ENOENT ? CRYPT_ANY_TOKEN : id, token);
}
