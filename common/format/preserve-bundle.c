/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/preserve-bundle.h"

#include "common/base/memory.h"

#define MAGIC_SIZE 8
static const char plain_magic[MAGIC_SIZE + 1] = "CLNKEEP1", sealed_magic[MAGIC_SIZE + 1] = "CLNSEAL1";

enum { TYPE_FILE = 1, TYPE_DIRECTORY = 2 };
/* Of an entry: type 2, path length 2, mode 4, uid 4, gid 4, mtime 8, size 4; then the path, then the data. */
enum { AT_TYPE = 0, AT_PATH_LENGTH = 2, AT_MODE = 4, AT_UID = 8, AT_GID = 12, AT_MTIME = 16, AT_SIZE = 24 };
_Static_assert(AT_SIZE + 4 == PRESERVE_ENTRY_OVERHEAD, "the fields of an entry");

void preserve_bundle_begin(struct writer *writer)
{
        writer_bytes(writer, plain_magic, MAGIC_SIZE);
}

void preserve_bundle_add(struct writer *writer, const struct preserve_entry *entry)
{
        uint8_t fields[PRESERVE_ENTRY_OVERHEAD] = { 0 };
        size_t length = text_length(entry->path);

        store_le16(fields + AT_TYPE, entry->directory ? TYPE_DIRECTORY : TYPE_FILE);
        store_le16(fields + AT_PATH_LENGTH, (uint16_t)length);
        store_le32(fields + AT_MODE, entry->mode);
        store_le32(fields + AT_UID, entry->uid);
        store_le32(fields + AT_GID, entry->gid);
        store_le64(fields + AT_MTIME, entry->mtime);
        store_le32(fields + AT_SIZE, (uint32_t)entry->data.size);
        writer_bytes(writer, fields, sizeof(fields));
        writer_bytes(writer, entry->path, length);
        if (entry->data.size > 0)
                writer_bytes(writer, entry->data.data, entry->data.size);
}

enum err preserve_bundle_open(struct bytes bundle, struct preserve_cursor *ret)
{
        if (bundle.size < MAGIC_SIZE)
                return ERR_TRUNCATED;
        if (bundle.size > PRESERVE_PLAIN_MAX)
                return ERR_TOO_LARGE;
        if (memcmp(bundle.data, plain_magic, MAGIC_SIZE) != 0)
                return ERR_SYNTAX;
        *ret = (struct preserve_cursor){ .bundle = bundle, .at = MAGIC_SIZE };
        return ERR_OK;
}

static bool has_nul(const uint8_t *data, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (data[i] == '\0')
                        return true;
        return false;
}

enum err preserve_bundle_next(struct preserve_cursor *cursor, struct preserve_entry *ret)
{
        const struct bytes *bundle = &cursor->bundle;
        const uint8_t *at = bundle->data + cursor->at;

        if (cursor->at == bundle->size)
                return ERR_NOT_FOUND;
        if (cursor->entries == PRESERVE_ENTRIES_MAX)
                return ERR_TOO_LARGE;
        if (!range_fits(bundle->size, cursor->at, PRESERVE_ENTRY_OVERHEAD))
                return ERR_TRUNCATED;
        size_t length = load_le16(at + AT_PATH_LENGTH), size = load_le32(at + AT_SIZE);
        unsigned type = load_le16(at + AT_TYPE);
        if ((type != TYPE_FILE && type != TYPE_DIRECTORY) || (type == TYPE_DIRECTORY && size > 0))
                return ERR_SYNTAX;
        if (length == 0 || length >= PRESERVE_PATH_MAX || load_le32(at + AT_MODE) > 07777)
                return ERR_RANGE;
        size_t path = cursor->at + PRESERVE_ENTRY_OVERHEAD;
        if (!range_fits(bundle->size, path, length) || !range_fits(bundle->size, path + length, size))
                return ERR_TRUNCATED;
        if (has_nul(bundle->data + path, length))
                return ERR_SYNTAX;
        *ret = (struct preserve_entry){
                .directory = type == TYPE_DIRECTORY,
                .mode = load_le32(at + AT_MODE),
                .uid = load_le32(at + AT_UID),
                .gid = load_le32(at + AT_GID),
                .mtime = load_le64(at + AT_MTIME),
                .data = { bundle->data + path + length, size },
        };
        memcpy(ret->path, bundle->data + path, length);
        cursor->at = path + length + size;
        cursor->entries++;
        return ERR_OK;
}

void preserve_sealed_header(struct writer *writer, struct bytes blob, const uint8_t nonce[static PRESERVE_NONCE_SIZE])
{
        uint8_t length[2];

        store_le16(length, (uint16_t)blob.size);
        writer_bytes(writer, sealed_magic, MAGIC_SIZE);
        writer_bytes(writer, length, sizeof(length));
        writer_bytes(writer, blob.data, blob.size);
        writer_bytes(writer, nonce, PRESERVE_NONCE_SIZE);
}

enum err preserve_sealed_parse(struct bytes file, struct preserve_sealed *ret)
{
        const size_t blob_at = MAGIC_SIZE + 2;

        if (file.size > PRESERVE_SEALED_MAX)
                return ERR_TOO_LARGE;
        if (file.size < blob_at)
                return ERR_TRUNCATED;
        if (memcmp(file.data, sealed_magic, MAGIC_SIZE) != 0)
                return ERR_SYNTAX;
        size_t blob = load_le16(file.data + MAGIC_SIZE), cipher_at = blob_at + blob + PRESERVE_NONCE_SIZE;
        if (blob == 0 || blob > PRESERVE_BLOB_MAX)
                return ERR_SYNTAX;
        if (file.size < cipher_at + PRESERVE_TAG_SIZE)
                return ERR_TRUNCATED;
        *ret = (struct preserve_sealed){
                .header = { file.data, cipher_at },
                .blob = { file.data + blob_at, blob },
                .nonce = file.data + blob_at + blob,
                .cipher = { file.data + cipher_at, file.size - cipher_at - PRESERVE_TAG_SIZE },
                .tag = file.data + file.size - PRESERVE_TAG_SIZE,
        };
        return ERR_OK;
}
