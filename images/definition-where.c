/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/definition-where.h"

#include "common/policy/definition-files.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/image/definition-collect.h"
#include <string.h>

#define SETTINGS_PATH "usr/lib/cleanslate/cleanslate.conf"

/* The last line that sets the key; 0: none. */
static unsigned line_of(const char *text, size_t size, const char *key)
{
        unsigned line = 0, found = 0;
        size_t length = strlen(key);
        for (const char *at = text, *end = text + size; at < end;) {
                const char *next = memchr(at, '\n', (size_t)(end - at));
                const char *stop = next ? next : end;
                line++;
                at += strspn(at, " \t") < (size_t)(stop - at) ? strspn(at, " \t") : (size_t)(stop - at);
                if ((size_t)(stop - at) > length && strncmp(at, key, length) == 0 &&
                    at[length + strspn(at + length, " \t")] == '=')
                        found = line;
                at = stop + 1;
        }
        return found;
}

static bool belongs_to(const struct definition_file *file, const char *definition)
{
        return strcmp(file->of[0] ? file->of : file->name, definition) == 0;
}

static bool is_overridden(const struct definition_file *files, size_t i)
{
        return i > 0 && strcmp(files[i - 1].of, files[i].of) == 0 && strcmp(files[i - 1].name, files[i].name) == 0;
}

void definition_where(int root_fd, enum image_form form, const char *definition, const char *key, char ret[static WHERE_MAX])
{
        _cleanup_(definition_collection_done) struct definition_collection found = { 0 };
        static struct policy unused; /* large */
        struct policy_error error;
        (void)snprintf(ret, WHERE_MAX, "%s: %s", definition, key);
        if (definition_collect(root_fd, form, &found, &error) < 0)
                return;
        policy_init(&unused);
        (void)definition_files_read(&unused, found.files, found.count, NULL, &error); /* puts them in order */
        for (size_t i = 0; i < found.count; i++) {
                const struct definition_file *file = &found.files[i];
                if (!belongs_to(file, definition) || file->is_mask || is_overridden(found.files, i))
                        continue;
                unsigned line = line_of(file->text, file->size, key);
                if (line > 0)
                        (void)snprintf(ret, WHERE_MAX, "/%s/%s%s%s:%u: %s", definition_directories[file->directory], file->of,
                                       file->of[0] ? ".d/" : "", file->name, line, key);
        }
}

void setting_where(int root_fd, const char *key, char ret[static WHERE_MAX])
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        (void)snprintf(ret, WHERE_MAX, "cleanslate.conf: %s", key);
        if (file_read(root_fd, SETTINGS_PATH, POLICY_FILE_MAX, &text, &size) < 0)
                return;
        unsigned line = line_of(text, size, key);
        if (line > 0)
                (void)snprintf(ret, WHERE_MAX, "cleanslate.conf:%u: %s", line, key);
}
