/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of a directory, one a line, and the image's path in the first: the list is in order and within its bounds, each file's
 * entry is below the kind's directory, and what is reserved for the archive is enough. */
#include "common/boot/sidecar.h"
#include "tests/fuzz/fuzz.h"

#define SIZE_MAX_HERE 4096

static void fill_list(const struct sidecar_kind *kind, const char *names, size_t size, struct sidecar_list *list)
{
        for (size_t at = 0; at < size;) {
                struct file_info file = { .size_bytes = at % 300 };
                const char *end = memchr(names + at, '\n', size - at);
                size_t length = end == NULL ? size - at : (size_t)(end - names) - at;

                if (length > 0 && memchr(names + at, 0, length) == NULL && memchr(names + at, '/', length) == NULL &&
                    text_copy(file.name, sizeof(file.name), names + at, length) &&
                    sidecar_name_fits(file.name, kind->end, kind->other)) {
                        enum err err = sidecar_list_add(list, &file, SIZE_MAX_HERE);

                        MUST(err == ERR_OK || (err == ERR_TOO_LARGE && (list->count == SIDECAR_FILES_MAX ||
                                                                        list->size_bytes + file.size_bytes > SIZE_MAX_HERE)));
                }
                at += length + 1;
        }
        MUST(list->count <= SIDECAR_FILES_MAX && list->size_bytes <= SIZE_MAX_HERE);
        for (size_t i = 1; i < list->count; i++)
                MUST(strcmp(list->files[i - 1].name, list->files[i].name) <= 0);
}

static void check_archive(const struct sidecar_kind *kind, const struct sidecar_list *list)
{
        size_t capacity = sidecar_archive_size_max(kind, list);
        uint8_t *memory = malloc(capacity);
        struct writer writer = writer_over(memory, capacity);
        uint32_t inode;

        sidecar_archive_begin(kind, &writer, &inode);
        for (size_t i = 0; i < list->count; i++) {
                size_t before = writer.size;
                uint8_t *space = sidecar_archive_file(kind, &list->files[i], &writer, &inode);

                MUST(space != NULL && memcmp(memory + before + 110, kind->target, strlen(kind->target)) == 0);
                memset(space, 'x', (size_t)list->files[i].size_bytes);
        }
        cpio_trailer(&writer);
        MUST(!writer.overflow && writer.size % 4 == 0 && inode == 3 + list->count);
        free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char image[SIDECAR_PATH_MAX], directory[SIDECAR_PATH_MAX];
        const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
        size_t first = end == NULL ? size : (size_t)(end - data), rest = end == NULL ? size : first + 1;

        if (size == 0 || memchr(data, 0, first) != NULL || !text_copy(image, sizeof(image), (const char *)data, first))
                return 0;
        if (sidecar_directory(image, directory))
                MUST(strlen(directory) <= first + 8 && strcmp(directory + strlen(directory) - 8, ".extra.d") == 0);
        for (int kind = 0; kind < SIDECAR_COUNT; kind++) {
                struct sidecar_list list = { 0 };

                fill_list(sidecar_kind((enum sidecar)kind), (const char *)data + rest, size - rest, &list);
                check_archive(sidecar_kind((enum sidecar)kind), &list);
        }
        return 0;
}
