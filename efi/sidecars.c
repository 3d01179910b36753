/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials and extensions beside the image; see sidecars.h. */
#include "efi/sidecars.h"
#include "efi/console.h"
#include "efi/files.h"

#define WORDS_MAX 128

struct listing {
        const struct sidecar_kind *kind;
        struct sidecar_list *list;
        enum err err;
};

static bool note_file(void *context, const struct file_info *file)
{
        struct listing *listing = context;

        if (!file->directory && sidecar_name_fits(file->name, listing->kind->end, listing->kind->other))
                listing->err = sidecar_list_add(listing->list, file, listing->kind->size_max);
        return listing->err == ERR_OK;
}

static void say(const struct platform *platform, const struct sidecar_kind *kind, const char *reason)
{
        char text[WORDS_MAX] = "";
        struct writer writer = writer_over(text, sizeof(text));

        writer_text(&writer, kind->words);
        writer_text(&writer, " are ignored");
        console_say(platform, text, reason);
}

/* The archive's files, from their directory. One that cannot be read is left out, as systemd-stub does it. */
static void pack_files(const struct platform *platform, EFI_FILE_HANDLE directory, const struct sidecar_kind *kind,
                       const struct sidecar_list *list, struct writer *writer)
{
        uint32_t inode;

        sidecar_archive_begin(kind, writer, &inode);
        for (size_t i = 0; i < list->count; i++) {
                const struct file_info *info = &list->files[i];
                struct writer before = *writer;
                uint8_t *space = sidecar_archive_file(kind, info, writer, &inode);
                EFI_FILE_HANDLE file = NULL;
                uint64_t size = 0;
                EFI_STATUS status = files_open(directory, info->name, &file, &size);

                if (!EFI_ERROR(status) && space != NULL)
                        status = size == info->size_bytes ? files_read(file, space, (size_t)size) : EFI_VOLUME_CORRUPTED;
                files_close(file);
                if (!EFI_ERROR(status) && space != NULL)
                        continue;
                *writer = before;
                inode--;
                console_say(platform, info->name, status_text(status));
        }
        cpio_trailer(writer);
}

static EFI_STATUS pack(const struct platform *platform, EFI_FILE_HANDLE directory, const struct sidecar_kind *kind,
                       const struct sidecar_list *list, struct bytes *ret)
{
        size_t capacity = sidecar_archive_size_max(kind, list);
        void *archive = platform_allocate(platform, capacity);
        struct writer writer = writer_over(archive, capacity);

        if (archive == NULL)
                return EFI_OUT_OF_RESOURCES;
        pack_files(platform, directory, kind, list, &writer);
        if (writer.overflow) {
                platform_free(platform, archive);
                return EFI_BUFFER_TOO_SMALL;
        }
        *ret = (struct bytes){ archive, writer.size };
        return EFI_SUCCESS;
}

/* EFI_SUCCESS and nothing in *ret: there are none. */
static EFI_STATUS take_from(const struct platform *platform, EFI_FILE_HANDLE directory, const struct sidecar_kind *kind,
                            struct bytes *ret)
{
        struct sidecar_list *list = platform_allocate(platform, sizeof(*list));
        struct listing listing = { .kind = kind, .list = list };
        EFI_STATUS status;

        if (list == NULL)
                return EFI_OUT_OF_RESOURCES;
        list->count = 0;
        list->size_bytes = 0;
        status = files_each(directory, note_file, &listing);
        if (!EFI_ERROR(status) && listing.err != ERR_OK)
                status = EFI_BAD_BUFFER_SIZE;
        if (!EFI_ERROR(status) && list->count > 0)
                status = pack(platform, directory, kind, list, ret);
        platform_free(platform, list);
        return status;
}

/* One that is not measured is none: it would not show in the TPM, where systemd's policies look for it. */
static void take_kind(const struct platform *platform, EFI_FILE_HANDLE root, const char *beside, enum sidecar sidecar,
                      struct measurement *measurement, struct bytes *ret)
{
        const struct sidecar_kind *kind = sidecar_kind(sidecar);
        const char *path = kind->directory != NULL ? kind->directory : beside;
        EFI_FILE_HANDLE directory = NULL;
        EFI_STATUS status = EFI_NOT_FOUND;

        if (path[0] != '\0')
                status = files_open_directory(root, path, &directory);
        if (!EFI_ERROR(status))
                status = take_from(platform, directory, kind, ret);
        files_close(directory);
        if (!EFI_ERROR(status) && ret->data != NULL)
                status = measure_sidecar(platform, measurement, sidecar, *ret);
        if (!EFI_ERROR(status) || status == EFI_NOT_FOUND)
                return;
        platform_free(platform, (void *)ret->data);
        *ret = (struct bytes){ 0 };
        say(platform, kind, status == EFI_BAD_BUFFER_SIZE ? "too many or too large" : status_text(status));
}

void sidecars_take(const struct platform *platform, const struct own_image *own, struct measurement *measurement,
                   struct sidecars *ret)
{
        char image[HANDOVER_FILE_MAX], beside[SIDECAR_PATH_MAX];
        EFI_FILE_HANDLE root = NULL;

        *ret = (struct sidecars){ 0 };
        if (EFI_ERROR(files_open_volume(platform, own->loaded->DeviceHandle, &root)))
                return; /* a boot loader that has none to offer, or the network */
        own_image_file(own, image);
        (void)sidecar_directory(image, beside);
        for (int i = 0; i < SIDECAR_COUNT; i++)
                take_kind(platform, root, beside, (enum sidecar)i, measurement, &ret->archives[i]);
        files_close(root);
}

void sidecars_done(const struct platform *platform, struct sidecars *sidecars)
{
        for (int i = 0; i < SIDECAR_COUNT; i++)
                platform_free(platform, (void *)sidecars->archives[i].data);
        *sidecars = (struct sidecars){ 0 };
}
