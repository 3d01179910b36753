/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/boot/image-identity.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/boot/boot-choice.h"

#define UUID_BYTES         16
#define ROOT_HASH_SIZE_MIN 32

/* In the order in which a GUID is written, not in which it is kept. */
static void uuid_from_hash(const uint8_t *half, struct guid *ret)
{
        static const uint8_t groups[] = { 4, 2, 2, 2, 6 };
        char text[GUID_TEXT_SIZE];
        struct writer writer = writer_over(text, sizeof(text));

        for (size_t i = 0; i < ARRAY_SIZE(groups); half += groups[i], i++) {
                if (i > 0)
                        writer_char(&writer, '-');
                writer_hex(&writer, half, groups[i]);
        }
        (void)guid_parse(text, GUID_TEXT_SIZE - 1, ret);
}

static const struct {
        const char *option, *file_system;
} words[] = {
        [IMAGE_ROOT] = { "roothash=", "rootfstype" },
        [IMAGE_USR] = { "usrhash=", "mount.usrfstype" },
};

const char *image_form_option(enum image_form form)
{
        return words[form].option;
}

enum err image_identity_read(const char *command_line, size_t size, struct image_identity *ret)
{
        unsigned root = command_line_count(command_line, size, "roothash"),
                 usr = command_line_count(command_line, size, "usrhash");
        struct image_identity identity = { .form = usr ? IMAGE_USR : IMAGE_ROOT };
        char hash[ROOT_HASH_SIZE_MAX * 2 + 1];

        if (root + usr != 1) /* the last one would be that of whoever was able to add to what is signed */
                return root + usr > 1 ? ERR_DUPLICATE : ERR_MISSING;
        if (!command_line_get(command_line, size, usr ? "usrhash" : "roothash", hash, sizeof(hash)))
                return ERR_SYNTAX;
        identity.root_hash_size = text_length(hash) / 2;
        if (identity.root_hash_size < ROOT_HASH_SIZE_MIN ||
            !text_to_hex_bytes(hash, text_length(hash), identity.root_hash, identity.root_hash_size))
                return ERR_SYNTAX;
        uuid_from_hash(identity.root_hash, &identity.data_uuid);
        uuid_from_hash(identity.root_hash + identity.root_hash_size - UUID_BYTES, &identity.hash_uuid);
        if (!command_line_get(command_line, size, words[identity.form].file_system, identity.file_system,
                              sizeof(identity.file_system)))
                identity.file_system[0] = '\0';
        *ret = identity;
        return ERR_OK;
}
