/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addons; see addons.h. */
#include "efi/addons.h"
#include "efi/console.h"
#include "efi/device-path.h"
#include "efi/files.h"

#define GLOBAL_DIRECTORY "loader/addons"
#define WORDS_MAX        384

struct loading {
        const struct platform *platform;
        const struct own_image *own;
        struct addons *addons;
        struct sidecar_list *list;
        bool too_many;
};

static void ignore(const struct platform *platform, const char *name, const char *reason)
{
        char text[WORDS_MAX] = "";
        struct writer writer = writer_over(text, sizeof(text));

        writer_text(&writer, "addon ignored: ");
        writer_text(&writer, name);
        console_say(platform, text, reason);
}

static bool note_addon(void *context, const struct file_info *file)
{
        struct loading *loading = context;

        if (!file->directory && sidecar_name_fits(file->name, SIDECAR_ADDON_END, NULL))
                loading->too_many = sidecar_list_add(loading->list, file, SIDECAR_EXTENSIONS_MAX) != ERR_OK;
        return !loading->too_many;
}

static enum err add_line(struct addons *addons, struct bytes line)
{
        size_t length = text_length(addons->line);
        struct writer writer = writer_over(addons->line + length, sizeof(addons->line) - length);

        if (line.data == NULL)
                return ERR_OK;
        if (length > 0)
                writer_char(&writer, ' ');
        for (size_t i = 0; i < line.size && !writer.overflow; i++)
                writer_char(&writer, (char)line.data[i]);
        if (!writer.overflow)
                return ERR_OK;
        addons->line[length] = '\0';
        return ERR_TOO_LARGE;
}

static enum err add_part(const struct platform *platform, struct addon_part *parts, size_t *count, const char *name,
                         struct bytes section)
{
        uint8_t *copy;

        if (section.data == NULL)
                return ERR_OK;
        copy = *count < ADDON_PARTS_MAX ? platform_allocate(platform, section.size) : NULL;
        if (copy == NULL)
                return ERR_TOO_LARGE;
        memcpy(copy, section.data, section.size);
        (void)text_copy(parts[*count].name, FILE_NAME_MAX, name, text_length(name)); /* fits: it is one of file_info's */
        parts[(*count)++].data = (struct bytes){ copy, section.size };
        return ERR_OK;
}

static enum err add_sections(const struct loading *loading, const struct uki *sections, const char *name)
{
        struct addons *addons = loading->addons;
        enum err err = add_line(addons, addon_line(sections));

        if (err == ERR_OK)
                err = add_part(loading->platform, addons->initrds, &addons->initrd_count, name, sections->sections[UKI_INITRD]);
        if (err == ERR_OK)
                err = add_part(loading->platform, addons->ucodes, &addons->ucode_count, name, sections->sections[UKI_UCODE]);
        return err;
}

/* All of an addon or nothing. The loaded image is gone afterwards, so what is used of it is copied. */
static enum err take_sections(const struct loading *loading, const EFI_LOADED_IMAGE *image, const char *name)
{
        struct addons *addons = loading->addons;
        size_t line_length = text_length(addons->line), initrd_count = addons->initrd_count;
        struct uki sections;
        enum err err = uki_find_sections(image->ImageBase, image->ImageSize, UKI_LOADED, 0, &sections);

        if (err == ERR_OK)
                err = addon_judge(&sections, &loading->own->uki);
        if (err == ERR_OK)
                err = add_sections(loading, &sections, name);
        if (err == ERR_OK)
                return err;
        addons->line[line_length] = '\0';
        if (addons->initrd_count > initrd_count) {
                platform_free(loading->platform, (void *)addons->initrds[initrd_count].data.data);
                addons->initrds[initrd_count] = (struct addon_part){ 0 };
                addons->initrd_count = initrd_count;
        }
        return err;
}

/* By its path, so that firmware or shim reads what it judges. */
static EFI_STATUS load_image(const struct loading *loading, const char *path, EFI_HANDLE *ret)
{
        EFI_DEVICE_PATH *file = device_path_of_file(loading->platform, loading->own->loaded->DeviceHandle, path);
        EFI_STATUS status;

        if (file == NULL)
                return EFI_OUT_OF_RESOURCES;
        status = boot_services(loading->platform)->LoadImage(FALSE, loading->platform->image, file, NULL, 0, ret);
        platform_free(loading->platform, file);
        return status;
}

static void take(const struct loading *loading, const char *directory, const char *name)
{
        EFI_GUID protocol = LOADED_IMAGE_PROTOCOL;
        char path[SIDECAR_PATH_MAX + FILE_NAME_MAX];
        struct writer writer = writer_over(path, sizeof(path));
        EFI_HANDLE handle = NULL;
        void *image = NULL;
        enum err err = ERR_OK;
        EFI_STATUS status;

        writer_text(&writer, directory);
        writer_char(&writer, '/');
        writer_text(&writer, name);
        status = load_image(loading, path, &handle);
        if (!EFI_ERROR(status))
                status = boot_services(loading->platform)->HandleProtocol(handle, &protocol, &image);
        if (!EFI_ERROR(status))
                err = take_sections(loading, image, name);
        if (handle != NULL) /* a security violation leaves one, too */
                (void)boot_services(loading->platform)->UnloadImage(handle);
        if (EFI_ERROR(status) || err != ERR_OK)
                ignore(loading->platform, name, EFI_ERROR(status) ? status_text(status) : err_text(err));
}

static void take_directory(struct loading *loading, EFI_FILE_HANDLE root, const char *path, bool secure_boot)
{
        EFI_FILE_HANDLE directory = NULL;
        EFI_STATUS status;

        if (path[0] == '\0' || EFI_ERROR(files_open_directory(root, path, &directory)))
                return;
        loading->list->count = 0;
        loading->list->size_bytes = 0;
        status = files_each(directory, note_addon, loading);
        files_close(directory);
        if (EFI_ERROR(status) || loading->too_many)
                ignore(loading->platform, path, EFI_ERROR(status) ? status_text(status) : "too many or too large");
        else if (loading->list->count > 0 && !secure_boot)
                ignore(loading->platform, path, "Secure Boot is off, so nobody has checked who signed it");
        for (size_t i = 0; !EFI_ERROR(status) && !loading->too_many && secure_boot && i < loading->list->count; i++)
                take(loading, path, loading->list->files[i].name);
        loading->too_many = false;
}

void addons_load(const struct platform *platform, const struct own_image *own, bool secure_boot, struct addons *ret)
{
        struct loading loading = {
                .platform = platform, .own = own, .addons = ret, .list = platform_allocate(platform, sizeof(*loading.list))
        };
        char image[HANDOVER_FILE_MAX], beside[SIDECAR_PATH_MAX];
        EFI_FILE_HANDLE root = NULL;

        memset(ret, 0, sizeof(*ret));
        if (loading.list != NULL && !EFI_ERROR(files_open_volume(platform, own->loaded->DeviceHandle, &root))) {
                own_image_file(own, image);
                (void)sidecar_directory(image, beside);
                take_directory(&loading, root, GLOBAL_DIRECTORY, secure_boot);
                take_directory(&loading, root, beside, secure_boot);
                files_close(root);
        }
        platform_free(platform, loading.list);
}

void addons_done(const struct platform *platform, struct addons *addons)
{
        for (size_t i = 0; i < ADDON_PARTS_MAX; i++) {
                platform_free(platform, (void *)addons->initrds[i].data.data);
                platform_free(platform, (void *)addons->ucodes[i].data.data);
        }
        memset(addons, 0, sizeof(*addons));
}

void addons_add_line(const struct platform *platform, const struct addons *addons, struct measurement *measurement,
                     struct command_line *line)
{
        EFI_STATUS status = addons->line[0] == '\0' ? EFI_SUCCESS : command_line_add(platform, addons->line, measurement, line);

        if (EFI_ERROR(status))
                console_say(platform, "the addons' command lines are ignored", status_text(status));
}

static void measure_part(const struct platform *platform, struct measurement *measurement, uint32_t tag, struct addon_part *part)
{
        EFI_STATUS status = measure_tagged(platform, measurement, tag, part->data, part->name);

        if (!EFI_ERROR(status))
                return;
        ignore(platform, part->name, status_text(status));
        platform_free(platform, (void *)part->data.data);
        part->data = (struct bytes){ 0 };
}

void addons_measure_parts(const struct platform *platform, struct addons *addons, struct measurement *measurement)
{
        for (size_t i = addons->ucode_count; i > 0; i--)
                measure_part(platform, measurement, ADDON_UCODE_TAG, &addons->ucodes[i - 1]);
        for (size_t i = 0; i < addons->initrd_count; i++)
                measure_part(platform, measurement, ADDON_INITRD_TAG, &addons->initrds[i]);
}
