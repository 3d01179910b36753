/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files beside an image go along with it; see sidecar.h. */
#include "common/boot/sidecar.h"
#include <stddef.h>

#define ROOT_DIRECTORY       ".extra"
#define ROOT_DIRECTORY_MODE  0555
#define EXTRA_END            ".extra.d"
#define PCR_KERNEL_CONFIG    12
#define PCR_SYSTEM_EXTENSION 13

#define CREDENTIALS(place, to, called, said)                                                                              \
        {                                                                                                                 \
                .directory = place, .end = ".cred", .target = to, .event = called, .words = said, .directory_mode = 0500, \
                .file_mode = 0400, .pcr = PCR_KERNEL_CONFIG, .size_max = SIDECAR_CREDENTIALS_MAX                          \
        }
#define SYSEXTS(place, to, called, said)                                                                                   \
        {                                                                                                                  \
                .directory = place, .end = ".raw", .other = ".confext.raw", .target = to, .event = called, .words = said,  \
                .directory_mode = 0555, .file_mode = 0444, .pcr = PCR_SYSTEM_EXTENSION, .size_max = SIDECAR_EXTENSIONS_MAX \
        }
#define CONFEXTS(place, to, called, said)                                                                                        \
        {                                                                                                                        \
                .directory = place, .end = ".confext.raw", .target = to, .event = called, .words = said, .directory_mode = 0555, \
                .file_mode = 0444, .pcr = PCR_KERNEL_CONFIG, .size_max = SIDECAR_EXTENSIONS_MAX                                  \
        }

static const struct sidecar_kind kinds[SIDECAR_COUNT] = {
        [SIDECAR_CREDENTIALS] = CREDENTIALS(NULL, ".extra/credentials", "Credentials initrd", "credentials beside the image"),
        [SIDECAR_GLOBAL_CREDENTIALS] = CREDENTIALS("loader/credentials", ".extra/global_credentials", "Global credentials initrd",
                                                   "credentials in /loader/credentials"),
        [SIDECAR_SYSEXTS] = SYSEXTS(NULL, ".extra/sysext", "System extension initrd", "system extensions beside the image"),
        [SIDECAR_GLOBAL_SYSEXTS] = SYSEXTS("loader/extensions", ".extra/global_sysext", "Global system extension initrd",
                                           "system extensions in /loader/extensions"),
        [SIDECAR_CONFEXTS] =
                CONFEXTS(NULL, ".extra/confext", "Configuration extension initrd", "configuration extensions beside the image"),
        [SIDECAR_GLOBAL_CONFEXTS] =
                CONFEXTS("loader/extensions", ".extra/global_confext", "Global configuration extension initrd",
                         "configuration extensions in /loader/extensions"),
};

const struct sidecar_kind *sidecar_kind(enum sidecar sidecar)
{
        return &kinds[(unsigned)sidecar < SIDECAR_COUNT ? sidecar : SIDECAR_CREDENTIALS];
}

static size_t digits(const char *text)
{
        size_t length = 0;

        while (text[length] >= '0' && text[length] <= '9')
                length++;
        return length;
}

/* Bytes of "+3" or "+3-1", which end the path or stand in front of a dot; 0 if it is something else. */
static size_t tries_length(const char *text)
{
        size_t left = digits(text + 1), end = 1 + left;

        if (left == 0)
                return 0;
        if (text[end] == '-') {
                size_t done = digits(text + end + 1);

                if (done == 0)
                        return 0;
                end += 1 + done;
        }
        return text[end] == '\0' || text[end] == '.' ? end : 0;
}

bool sidecar_directory(const char *image, char ret[static SIDECAR_PATH_MAX])
{
        struct writer writer = writer_over(ret, SIDECAR_PATH_MAX);
        size_t plus = 0, tries;

        while (image[plus] != '\0' && image[plus] != '+')
                plus++;
        tries = image[plus] == '+' ? tries_length(image + plus) : 0;
        for (size_t i = 0; i < plus; i++)
                writer_char(&writer, image[i]);
        writer_text(&writer, image + plus + tries);
        writer_text(&writer, EXTRA_END);
        if (image[0] != '\0' && !writer.overflow)
                return true;
        ret[0] = '\0';
        return false;
}

static bool ends_with(const char *name, const char *end)
{
        size_t length = text_length(name), size = text_length(end);

        if (length < size)
                return false;
        for (size_t i = 0; i < size; i++)
                if (text_lower(name[length - size + i]) != text_lower(end[i]))
                        return false;
        return true;
}

bool sidecar_name_fits(const char *name, const char *end, const char *other)
{
        return name[0] != '.' && ends_with(name, end) && (other == NULL || !ends_with(name, other));
}

static bool comes_before(const char *a, const char *b)
{
        while (*a != '\0' && *a == *b) {
                a++;
                b++;
        }
        return (uint8_t)*a < (uint8_t)*b;
}

enum err sidecar_list_add(struct sidecar_list *list, const struct file_info *file, size_t size_max)
{
        size_t at = list->count;

        if (list->count == SIDECAR_FILES_MAX || list->size_bytes > size_max || file->size_bytes > size_max - list->size_bytes)
                return ERR_TOO_LARGE;
        for (; at > 0 && comes_before(file->name, list->files[at - 1].name); at--)
                list->files[at] = list->files[at - 1];
        list->files[at] = *file;
        list->count++;
        list->size_bytes += file->size_bytes;
        return ERR_OK;
}

static void write_path(const struct sidecar_kind *kind, const struct file_info *file, char ret[static SIDECAR_PATH_MAX])
{
        struct writer writer = writer_over(ret, SIDECAR_PATH_MAX); /* a target and a name fit */

        writer_text(&writer, kind->target);
        writer_char(&writer, '/');
        writer_text(&writer, file->name);
}

size_t sidecar_archive_size_max(const struct sidecar_kind *kind, const struct sidecar_list *list)
{
        size_t size = cpio_entry_size_max("TRAILER!!!", 0) + cpio_entry_size_max(ROOT_DIRECTORY, 0) +
                      cpio_entry_size_max(kind->target, 0);

        for (size_t i = 0; i < list->count; i++) {
                char path[SIDECAR_PATH_MAX];

                write_path(kind, &list->files[i], path);
                size += cpio_entry_size_max(path, (size_t)list->files[i].size_bytes);
        }
        return size;
}

void sidecar_archive_begin(const struct sidecar_kind *kind, struct writer *writer, uint32_t *inode)
{
        *inode = 1;
        cpio_directory(writer, inode, ROOT_DIRECTORY, ROOT_DIRECTORY_MODE);
        cpio_directory(writer, inode, kind->target, kind->directory_mode);
}

uint8_t *sidecar_archive_file(const struct sidecar_kind *kind, const struct file_info *file, struct writer *writer,
                              uint32_t *inode)
{
        char path[SIDECAR_PATH_MAX];

        write_path(kind, file, path);
        return cpio_file_space(writer, inode, path, kind->file_mode, (size_t)file->size_bytes);
}
