/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's secret: its variable's bytes, the keys derived from it, and their way to the initrd; see device-secret.h. */
#include "common/boot/device-secret.h"
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/memory.h"

/* The format, little-endian throughout. */
struct encoded {
        uint8_t magic[8];
        uint8_t secret[SHA256_SIZE];
        uint8_t sequence_floor[8];
        uint8_t last_reset_id[16];
        uint8_t last_origin[4];
        uint8_t reseal_number[4];
        uint8_t reseal_starts_left;
        uint8_t reserved[3];
        uint8_t crc[4]; /* over all bytes before it: against torn writes, nobody else writes here */
};

#define PIN(member, at) _Static_assert(offsetof(struct encoded, member) == (at), "in-firmware format: " #member)
PIN(secret, 8);
PIN(sequence_floor, 40);
PIN(last_reset_id, 48);
PIN(last_origin, 64);
PIN(reseal_number, 68);
PIN(reseal_starts_left, 72);
PIN(crc, 76);
_Static_assert(sizeof(struct encoded) == DEVICE_SECRET_ENCODED_SIZE, "in-firmware format: size");

static const char magic[8] = { 'C', 'L', 'N', 'S', 'D', 'E', 'V', '1' };

void device_secret_encode(const struct device_secret *secret, uint8_t ret[static DEVICE_SECRET_ENCODED_SIZE])
{
        struct encoded encoded = { 0 };

        memcpy(encoded.magic, magic, sizeof(magic));
        memcpy(encoded.secret, secret->secret, sizeof(encoded.secret));
        store_le64(encoded.sequence_floor, secret->sequence_floor);
        memcpy(encoded.last_reset_id, secret->last_reset_id.bytes, sizeof(encoded.last_reset_id));
        store_le32(encoded.last_origin, secret->last_origin);
        store_le32(encoded.reseal_number, secret->reseal.number);
        encoded.reseal_starts_left = secret->reseal.starts_left;
        store_le32(encoded.crc, crc32_of(&encoded, offsetof(struct encoded, crc)));
        memcpy(ret, &encoded, sizeof(encoded));
}

enum err device_secret_decode(const void *data, size_t size, struct device_secret *ret)
{
        struct encoded encoded;

        if (size != sizeof(encoded))
                return size < sizeof(encoded) ? ERR_TRUNCATED : ERR_TOO_LARGE;
        memcpy(&encoded, data, sizeof(encoded));
        if (memcmp(encoded.magic, magic, sizeof(magic)) != 0)
                return ERR_SYNTAX;
        if (load_le32(encoded.crc) != crc32_of(&encoded, offsetof(struct encoded, crc)))
                return ERR_CHECKSUM;
        if (load_le32(encoded.last_origin) >= ORIGIN_COUNT)
                return ERR_RANGE;
        memcpy(ret->secret, encoded.secret, sizeof(ret->secret));
        ret->sequence_floor = load_le64(encoded.sequence_floor);
        memcpy(ret->last_reset_id.bytes, encoded.last_reset_id, sizeof(ret->last_reset_id.bytes));
        ret->last_origin = (enum reset_origin)load_le32(encoded.last_origin);
        ret->reseal.number = load_le32(encoded.reseal_number);
        ret->reseal.starts_left = encoded.reseal_starts_left < RESEAL_STARTS_MAX ? encoded.reseal_starts_left : RESEAL_STARTS_MAX;
        return ERR_OK;
}

bool device_secret_has_been_built(const struct device_secret *secret)
{
        return secret->sequence_floor > 0;
}

void device_secret_keys(const struct device_secret *secret, struct progress_keys *ret)
{
        struct bytes key;

        memset(ret, 0, sizeof(*ret));
        if (secret == NULL)
                return;
        key = (struct bytes){ secret->secret, sizeof(secret->secret) };
        ret->secret_kept = ret->has_reset = true;
        ret->sequence_floor = secret->sequence_floor;
        hmac_sha256_derive(key, "cleanslate progress of a reset", ret->reset);
        ret->has_first_boot = true;
        hmac_sha256_derive(key, "cleanslate progress of a first boot", ret->first_boot);
}

void progress_keys_withhold(struct progress_keys *keys, enum boot_mode mode)
{
        bool resets = mode == MODE_RESET || mode == MODE_RECOVERY;

        if (!resets) {
                keys->has_reset = false;
                memset(keys->reset, 0, sizeof(keys->reset));
        }
        if (keys->sequence_floor > 0 || (!resets && mode != MODE_NORMAL)) {
                keys->has_first_boot = false;
                memset(keys->first_boot, 0, sizeof(keys->first_boot));
        }
}

bool progress_keys_mark_key(const struct progress_keys *keys, enum reset_origin origin, const struct id128 *reset_id,
                            uint8_t ret[static SHA256_SIZE])
{
        static const char purpose[] = "cleanslate mark of completeness";
        const uint8_t *key = keys->secret_kept ? progress_key(keys, origin) : NULL;
        const struct bytes chunks[] = { { (const uint8_t *)purpose, sizeof(purpose) },
                                        { reset_id->bytes, sizeof(reset_id->bytes) } };

        if (key == NULL)
                return false;
        hmac_sha256((struct bytes){ key, SHA256_SIZE }, chunks, ARRAY_SIZE(chunks), ret);
        return true;
}

void device_secret_reseal_key(const struct device_secret *secret, uint8_t ret[static SHA256_SIZE])
{
        static const char purpose[] = "cleanslate copy for a planned reseal";
        uint8_t number[4];
        const struct bytes chunks[] = { { (const uint8_t *)purpose, sizeof(purpose) },
                                        { number, sizeof(number) },
                                        { secret->last_reset_id.bytes, sizeof(secret->last_reset_id.bytes) } };

        store_le32(number, secret->reseal.number);
        hmac_sha256((struct bytes){ secret->secret, sizeof(secret->secret) }, chunks, ARRAY_SIZE(chunks), ret);
}

bool device_secret_concerns(const struct device_secret *secret, const struct reseal_request *request)
{
        static const struct id128 unnamed;

        if (!device_secret_has_been_built(secret))
                return false;
        return id128_equal(&request->last_reset, &secret->last_reset_id) ||
               (secret->last_origin == ORIGIN_FIRST_BOOT && id128_equal(&request->last_reset, &unnamed));
}

bool device_secret_note_over(struct device_secret *secret, const struct progress *progress)
{
        if (progress->phase != PHASE_DONE || progress->sequence <= secret->sequence_floor)
                return false;
        /* its key was given to an ordinary boot: it may be of use once, and not use up the numbers of resets to come */
        if (progress->origin == ORIGIN_FIRST_BOOT && (device_secret_has_been_built(secret) || progress->sequence > UINT32_MAX))
                return false;
        secret->sequence_floor = progress->sequence;
        secret->last_reset_id = progress->reset_id;
        secret->last_origin = progress->origin;
        secret->reseal.starts_left = 0; /* what it was for is gone */
        return true;
}

/* -- on their way to the initrd -- */

enum line { LINE_SECRET, LINE_RESET, LINE_FIRST_BOOT, LINE_FLOOR, LINE_MARK, LINE_RESEAL, LINE_REQUEST, LINE_AFTER, LINE_COUNT };

static const char *const line_names[LINE_COUNT] = {
        [LINE_SECRET] = "secret", [LINE_RESET] = "reset",   [LINE_FIRST_BOOT] = "first-boot",  [LINE_FLOOR] = "floor",
        [LINE_MARK] = "mark",     [LINE_RESEAL] = "reseal", [LINE_REQUEST] = "reseal-request", [LINE_AFTER] = "reseal-after",
};

static void write_key(struct writer *writer, enum line line, const uint8_t key[static SHA256_SIZE])
{
        writer_text(writer, line_names[line]);
        writer_char(writer, '=');
        writer_hex(writer, key, SHA256_SIZE);
        writer_char(writer, '\n');
}

enum err device_keys_format(const struct device_keys *keys, char *ret, size_t capacity, size_t *ret_size)
{
        struct writer writer = writer_over(ret, capacity);

        writer_text(&writer, keys->progress.secret_kept ? "secret=kept\nfloor=" : "secret=none\nfloor=");
        writer_decimal(&writer, keys->progress.sequence_floor);
        writer_char(&writer, '\n');
        if (keys->progress.has_reset)
                write_key(&writer, LINE_RESET, keys->progress.reset);
        if (keys->progress.has_first_boot)
                write_key(&writer, LINE_FIRST_BOOT, keys->progress.first_boot);
        if (keys->has_mark)
                write_key(&writer, LINE_MARK, keys->mark);
        if (keys->has_reseal)
                write_key(&writer, LINE_RESEAL, keys->reseal);
        if (keys->has_reseal_request) {
                write_key(&writer, LINE_REQUEST, keys->reseal_request);
                writer_text(&writer, line_names[LINE_AFTER]);
                writer_char(&writer, '=');
                writer_decimal(&writer, keys->reseal_after);
                writer_char(&writer, '\n');
        }
        if (writer.overflow)
                return ERR_BUFFER_TOO_SMALL;
        *ret_size = writer.size;
        return ERR_OK;
}

static bool equals(const char *text, size_t size, const char *name)
{
        return size == text_length(name) && memcmp(text, name, size) == 0;
}

static bool parse_number(const char *value, size_t size, uint32_t *ret)
{
        uint64_t number;

        if (!text_to_u64(value, size, &number) || number > UINT32_MAX)
                return false;
        *ret = (uint32_t)number;
        return true;
}

static bool parse_value(enum line line, const char *value, size_t size, struct device_keys *keys)
{
        switch (line) {
        case LINE_SECRET:
                keys->progress.secret_kept = equals(value, size, "kept");
                return keys->progress.secret_kept || equals(value, size, "none");
        case LINE_FLOOR:
                return text_to_u64(value, size, &keys->progress.sequence_floor);
        case LINE_RESET:
                return keys->progress.has_reset = text_to_hex_bytes(value, size, keys->progress.reset, SHA256_SIZE);
        case LINE_FIRST_BOOT:
                return keys->progress.has_first_boot = text_to_hex_bytes(value, size, keys->progress.first_boot, SHA256_SIZE);
        case LINE_MARK:
                return keys->has_mark = text_to_hex_bytes(value, size, keys->mark, SHA256_SIZE);
        case LINE_RESEAL:
                return keys->has_reseal = text_to_hex_bytes(value, size, keys->reseal, SHA256_SIZE);
        case LINE_REQUEST:
                return keys->has_reseal_request = text_to_hex_bytes(value, size, keys->reseal_request, SHA256_SIZE);
        case LINE_AFTER:
                return parse_number(value, size, &keys->reseal_after);
        case LINE_COUNT:
                break;
        }
        return false;
}

static enum err parse_line(const char *text, size_t size, bool seen[static LINE_COUNT], struct device_keys *keys)
{
        size_t at = 0;

        while (at < size && text[at] != '=')
                at++;
        if (at == size)
                return ERR_SYNTAX;
        for (int line = 0; line < LINE_COUNT; line++) {
                if (!equals(text, at, line_names[line]))
                        continue;
                if (seen[line])
                        return ERR_SYNTAX;
                seen[line] = true;
                return parse_value((enum line)line, text + at + 1, size - at - 1, keys) ? ERR_OK : ERR_RANGE;
        }
        return ERR_OK;
}

enum err device_keys_parse(const char *text, size_t size, struct device_keys *ret)
{
        struct device_keys keys = { 0 };
        bool seen[LINE_COUNT] = { false };

        for (size_t at = 0, end; at < size; at = end + 1) {
                enum err err = ERR_OK;

                for (end = at; end < size && text[end] != '\n';)
                        end++;
                if (end > at)
                        err = parse_line(text + at, end - at, seen, &keys);
                if (err != ERR_OK)
                        return err;
        }
        *ret = keys;
        return ERR_OK;
}
