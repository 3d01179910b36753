/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields are terminated, there is always an ID, and fields written with quotes are read as they were. */
#include "common/base/bytes.h"
#include "common/policy/request.h"
#include "tests/fuzz/fuzz.h"

static void write_field(struct writer *writer, const char *key, const char *value)
{
        writer_text(writer, key);
        writer_text(writer, "=\"");
        for (; *value != '\0'; value++) {
                if (strchr("\"\\`$", *value) != NULL)
                        writer_char(writer, '\\');
                writer_char(writer, *value);
        }
        writer_text(writer, "\"\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct os_identity os, again;
        char text[4 * 2 * OS_FIELD_MAX + 64];
        struct writer writer = writer_over(text, sizeof(text));

        if (os_identity_parse((const char *)data, size, &os) != ERR_OK)
                return 0;
        MUST(os.id[0] != '\0');
        write_field(&writer, "ID", os.id);
        write_field(&writer, "IMAGE_ID", os.image_id);
        write_field(&writer, "VERSION_ID", os.version_id);
        write_field(&writer, "IMAGE_VERSION", os.image_version);
        MUST(!writer.overflow);
        MUST(os_identity_parse(text, writer.size, &again) == ERR_OK);
        MUST(strcmp(os.id, again.id) == 0 && strcmp(os.image_id, again.image_id) == 0);
        MUST(strcmp(os.version_id, again.version_id) == 0 && strcmp(os.image_version, again.image_version) == 0);
        return 0;
}
