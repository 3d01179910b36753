/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HKDF over the device's secret; see volume-key.h. */
#include "common/state/volume-key.h"

#define PURPOSE_VOLUME        "cleanslate volume key 1"
#define PURPOSE_AUTHENTICATED "cleanslate volume key with integrity 1"
#define PURPOSE_MARK          "cleanslate mark of completeness 1"
#define PURPOSE_DEVICE        "cleanslate mark of the device 1"
#define HEX_SIZE              (2 * SHA256_SIZE)
#define OF_DEVICE             '+'

/* Purpose and role without ambiguity: the purpose with its NUL, the type as it is on disk, both texts with their NULs, which
 * neither can hold; of namesakes the number. */
#define INFO_MAX 512
_Static_assert(sizeof(PURPOSE_AUTHENTICATED) + sizeof(struct guid) + PARTITION_NAME_MAX + POLICY_PATH_MAX + 1 <= INFO_MAX,
               "every role fits");

static struct bytes role_info(const char *purpose, const struct partition_definition *role, uint8_t buffer[static INFO_MAX])
{
        struct writer writer = writer_over(buffer, INFO_MAX);

        writer_bytes(&writer, purpose, text_length(purpose) + 1);
        writer_bytes(&writer, &role->type, sizeof(role->type));
        writer_bytes(&writer, role->label, text_length(role->label) + 1);
        writer_bytes(&writer, role->mount_point, text_length(role->mount_point) + 1);
        if (role->namesakes > 0)
                writer_char(&writer, (char)role->namesakes);
        return (struct bytes){ buffer, writer.size };
}

/* RFC 5869: extract with a salt of zeros, then expand; size is a multiple of SHA256_SIZE. */
static void derive(const uint8_t secret[static VOLUME_SECRET_SIZE], struct bytes info, uint8_t *ret, size_t size)
{
        static const uint8_t no_salt[SHA256_SIZE];
        const struct bytes input = { secret, VOLUME_SECRET_SIZE };
        uint8_t extracted[SHA256_SIZE];

        hmac_sha256((struct bytes){ no_salt, sizeof(no_salt) }, &input, 1, extracted);
        for (size_t at = 0; at < size; at += SHA256_SIZE) {
                const uint8_t counter = (uint8_t)(at / SHA256_SIZE + 1);
                const struct bytes chunks[] = { { at == 0 ? ret : ret + at - SHA256_SIZE, at == 0 ? 0 : SHA256_SIZE },
                                                info,
                                                { &counter, 1 } };
                hmac_sha256((struct bytes){ extracted, sizeof(extracted) }, chunks, ARRAY_SIZE(chunks), ret + at);
        }
        bytes_wipe(extracted, sizeof(extracted));
}

size_t volume_key_size(enum integrity_mode integrity)
{
        return integrity == INTEGRITY_OFF ? VOLUME_KEY_SIZE : VOLUME_KEY_MAX;
}

void volume_key_derive(const uint8_t secret[static VOLUME_SECRET_SIZE], const struct partition_definition *role,
                       uint8_t ret[static VOLUME_KEY_MAX])
{
        uint8_t info[INFO_MAX];

        const char *purpose = role->integrity == INTEGRITY_OFF ? PURPOSE_VOLUME : PURPOSE_AUTHENTICATED;

        derive(secret, role_info(purpose, role, info), ret, volume_key_size(role->integrity));
}

/* Adds the HMAC over what is there under a key for this role; what stands in front of it tells whose it is. */
static void add_voucher(struct writer *writer, char whose, const uint8_t key[static SHA256_SIZE], const char *purpose,
                        const struct partition_definition *role)
{
        const struct bytes marked = { writer->data, writer->size };
        uint8_t info[INFO_MAX], derived[SHA256_SIZE], mac[SHA256_SIZE];

        derive(key, role_info(purpose, role, info), derived, sizeof(derived));
        hmac_sha256((struct bytes){ derived, sizeof(derived) }, &marked, 1, mac);
        bytes_wipe(derived, sizeof(derived));
        writer_char(writer, whose);
        writer_hex(writer, mac, sizeof(mac));
}

size_t volume_mark_format(const struct volume_vouchers *vouchers, const struct partition_definition *role, const char *digest_hex,
                          const struct id128 *reset_id, char ret[static VOLUME_MARK_MAX])
{
        struct writer writer = writer_over(ret, VOLUME_MARK_MAX);

        writer_bytes(&writer, digest_hex, HEX_SIZE);
        writer_char(&writer, ' ');
        writer_hex(&writer, reset_id->bytes, sizeof(reset_id->bytes));
        if (vouchers->secret)
                add_voucher(&writer, ' ', vouchers->secret, PURPOSE_MARK, role);
        if (vouchers->device)
                add_voucher(&writer, OF_DEVICE, vouchers->device, PURPOSE_DEVICE, role);
        return writer.size;
}

bool volume_mark_verify(const struct volume_vouchers *vouchers, const struct partition_definition *role, const char *text,
                        size_t size, struct id128 *ret_reset_id)
{
        char expected[VOLUME_MARK_MAX];
        uint8_t digest[SHA256_SIZE];
        struct id128 reset_id;
        size_t length;

        if (size < HEX_SIZE + 1 + 2 * sizeof(reset_id.bytes) || !text_to_hex_bytes(text, HEX_SIZE, digest, sizeof(digest)) ||
            !text_to_hex_bytes(text + HEX_SIZE + 1, 2 * sizeof(reset_id.bytes), reset_id.bytes, sizeof(reset_id.bytes)))
                return false;
        length = volume_mark_format(vouchers, role, text, &reset_id, expected);
        if (!vouchers->device && size == length + 1 + HEX_SIZE && text[length] == OF_DEVICE)
                size = length;
        if (length != size || !bytes_equal_in_constant_time(text, expected, size))
                return false;
        if (ret_reset_id)
                *ret_reset_id = reset_id;
        return true;
}
