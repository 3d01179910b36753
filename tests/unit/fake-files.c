/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file system of the firmware made of memory: the partition that the image was started from, as firmware's FAT driver shows
 * it. Directories are there because of what is in them. */
#include "fake-internal.h"

#include "common/base/utf16.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define INFO_NAME 80
#define ATTRIBUTE 72

static struct fake_file *find_file(const char *path)
{
        for (size_t i = 0; i < FAKE_FILES_MAX; i++)
                if (fake_current->files[i].path[0] != '\0' && strcasecmp(fake_current->files[i].path, path) == 0)
                        return &fake_current->files[i];
        return NULL;
}

/* The rest of the file's path below a directory; NULL if it is not in there. */
static const char *below(const char *directory, const char *path)
{
        size_t length = strlen(directory);

        if (length == 0)
                return path;
        return strncasecmp(path, directory, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool is_directory(const char *path)
{
        for (size_t i = 0; i < FAKE_FILES_MAX; i++)
                if (fake_current->files[i].path[0] != '\0' && below(path, fake_current->files[i].path) != NULL)
                        return true;
        return path[0] == '\0';
}

static EFI_STATUS give_info(const char *name, uint64_t size, bool directory, UINTN *capacity, void *buffer)
{
        uint8_t info[INFO_NAME + 2 * 300] = { 0 };
        struct writer writer = writer_over(info + INFO_NAME, sizeof(info) - INFO_NAME);

        utf16_from_utf8(name, strlen(name), &writer);
        fake_must(!writer.overflow, "a name that is too long for the fake");
        store_le64(info, INFO_NAME + writer.size);
        store_le64(info + 8, size);
        store_le64(info + ATTRIBUTE, directory ? EFI_FILE_DIRECTORY : EFI_FILE_ARCHIVE);
        if (*capacity < INFO_NAME + writer.size) {
                *capacity = INFO_NAME + writer.size;
                return EFI_BUFFER_TOO_SMALL;
        }
        *capacity = INFO_NAME + writer.size;
        memcpy(buffer, info, *capacity);
        return EFI_SUCCESS;
}

/* The entries are "." and "..", then each file, and each directory by the first file in it. */
static EFI_STATUS list(struct fake_open_file *self, UINTN *size, void *buffer)
{
        char name[300];

        if (fake_current->faults.endless_directory)
                return give_info("again", 0, false, size, buffer);
        while (self->at < FAKE_FILES_MAX + 2) {
                size_t at = self->at++;
                const struct fake_file *file = at < 2 ? NULL : &fake_current->files[at - 2];
                const char *rest = file == NULL || file->path[0] == '\0' ? NULL : below(self->path, file->path);

                if (file == NULL)
                        return give_info(at == 0 ? "." : "..", 0, true, size, buffer);
                if (rest == NULL)
                        continue;
                snprintf(name, sizeof(name), "%.*s", (int)strcspn(rest, "/"), rest);
                return give_info(name, file->size, strchr(rest, '/') != NULL, size, buffer);
        }
        *size = 0;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_HANDLE handle, UINTN *size, void *buffer)
{
        struct fake_open_file *self = (struct fake_open_file *)handle;
        const char *end = fake_current->faults.read_name;

        fake_must(self->used, "a read of a file that is closed");
        if (self->directory)
                return list(self, size, buffer);
        if (end != NULL && strlen(self->path) >= strlen(end) && strcmp(self->path + strlen(self->path) - strlen(end), end) == 0)
                return fake_current->faults.read_file;
        if (*size > self->file->size - self->at)
                *size = self->file->size - self->at;
        memcpy(buffer, self->file->data + self->at, *size);
        self->at += *size;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI write_file(EFI_FILE_HANDLE handle, UINTN *size, void *buffer)
{
        struct fake_open_file *self = (struct fake_open_file *)handle;

        fake_must(self->used && self->writable && !self->directory, "a write to what was opened for reading");
        fake_must(*size <= self->file->size - self->at, "a write behind the end of a file");
        if (EFI_ERROR(fake_current->faults.write_file))
                return fake_current->faults.write_file;
        memcpy(self->file->data + self->at, buffer, *size);
        self->at += *size;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_HANDLE handle, UINT64 position)
{
        ((struct fake_open_file *)handle)->at = position;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI flush(EFI_FILE_HANDLE handle)
{
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_HANDLE handle, EFI_GUID *type, UINTN *size, void *buffer)
{
        static const EFI_GUID info = EFI_FILE_INFO_ID;
        struct fake_open_file *self = (struct fake_open_file *)handle;
        const char *name = strrchr(self->path, '/');

        fake_must(self->used && memcmp(type, &info, sizeof(info)) == 0, "information of an unknown kind");
        return give_info(name != NULL ? name + 1 : self->path, self->directory ? 0 : self->file->size, self->directory, size,
                         buffer);
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_HANDLE handle)
{
        struct fake_open_file *self = (struct fake_open_file *)handle;

        fake_must(self->used, "a file that is closed twice");
        *self = (struct fake_open_file){ 0 };
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI open_below(EFI_FILE_HANDLE from, EFI_FILE_HANDLE *ret, CHAR16 *wide, UINT64 mode, UINT64 attributes);

static EFI_STATUS open_path(const char *path, EFI_FILE_HANDLE *ret)
{
        struct fake_file *file = find_file(path);

        if (file == NULL && !is_directory(path))
                return EFI_NOT_FOUND;
        for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
                struct fake_open_file *open = &fake_current->open_files[i];

                if (open->used)
                        continue;
                *open = (struct fake_open_file){ .used = true, .directory = file == NULL, .file = file };
                snprintf(open->path, sizeof(open->path), "%s", path);
                open->protocol = (EFI_FILE_PROTOCOL){ .Revision = 1 << 16,
                                                      .Open = open_below,
                                                      .Close = close_file,
                                                      .Read = read_file,
                                                      .Write = write_file,
                                                      .SetPosition = set_position,
                                                      .Flush = flush,
                                                      .GetInfo = get_info };
                *ret = &open->protocol;
                return EFI_SUCCESS;
        }
        fake_must(false, "too many open files");
        return EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI open_below(EFI_FILE_HANDLE from, EFI_FILE_HANDLE *ret, CHAR16 *wide, UINT64 mode, UINT64 attributes)
{
        const struct fake_open_file *self = (const struct fake_open_file *)from;
        char name[300], path[600];

        EFI_STATUS status;

        fake_must(self->used && (mode == EFI_FILE_MODE_READ || mode == (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)),
                  "a file that is closed, or one that is to be made");
        fake_narrow(wide, name, sizeof(name));
        fake_must(strchr(name, '/') == NULL, "a slash in a firmware's path");
        for (char *at = name; *at != '\0'; at++)
                if (*at == '\\')
                        *at = '/';
        if (name[0] == '/' || self->path[0] == '\0')
                snprintf(path, sizeof(path), "%s", name[0] == '/' ? name + 1 : name);
        else
                snprintf(path, sizeof(path), "%s/%s", self->path, name);
        status = open_path(path, ret);
        if (!EFI_ERROR(status))
                ((struct fake_open_file *)*ret)->writable = (mode & EFI_FILE_MODE_WRITE) != 0;
        return status;
}

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *self, EFI_FILE_HANDLE *ret)
{
        return fake_current->faults.no_volume ? EFI_UNSUPPORTED : open_path("", ret);
}

/* The path's last node is the file; the nodes in front of it are the partition's, which the fake has but one of. */
static void path_of(const EFI_DEVICE_PATH *path, char ret[static 300])
{
        const uint8_t *node = (const uint8_t *)path;

        ret[0] = '\0';
        for (; (node[0] & 0x7f) != 0x7f; node += load_le16(node + 2)) {
                fake_must(load_le16(node + 2) >= 4, "a device path without an end");
                if (node[0] == MEDIA_DEVICE_PATH && node[1] == MEDIA_FILEPATH_DP) {
                        CHAR16 wide[300];

                        fake_must(load_le16(node + 2) - 4u <= sizeof(wide), "a long path");
                        memcpy(wide, node + 4, load_le16(node + 2) - 4u);
                        fake_narrow(wide, ret, 300);
                }
        }
        fake_must(ret[0] == '\\' && strchr(ret, '/') == NULL, "a path that firmware would not find");
        memmove(ret, ret + 1, strlen(ret));
        for (char *at = ret; *at != '\0'; at++)
                if (*at == '\\')
                        *at = '/';
}

/* As edk2: an image that is refused leaves a handle, to be started by who knows better. What is in memory is gone with it. */
EFI_STATUS fake_load_file_image(const EFI_DEVICE_PATH *path, EFI_HANDLE *ret)
{
        bool judged = fake_current->security.authenticate_state != NULL;
        const struct fake_file *file;
        struct fake_handle *handle;
        char name[300];

        path_of(path, name);
        fake_record(FAKE_LOAD_IMAGE, name);
        file = find_file(name);
        if (file == NULL)
                return EFI_NOT_FOUND;
        fake_must(fake_current->addon.ImageBase == NULL, "an image that was not unloaded");
        handle = fake_new_handle();
        fake_add_protocol(handle, (EFI_GUID)LOADED_IMAGE_PROTOCOL, &fake_current->addon);
        fake_current->addon = (EFI_LOADED_IMAGE){ .ImageBase = fake_copy(file->data, file->size), .ImageSize = file->size };
        *ret = handle;
        if (judged && memmem(file->data, file->size, FAKE_SIGNATURE, strlen(FAKE_SIGNATURE)) == NULL)
                return EFI_SECURITY_VIOLATION;
        return EFI_SUCCESS;
}

void fake_unload_file_image(void)
{
        free(fake_current->addon.ImageBase);
        fake_current->addon = (EFI_LOADED_IMAGE){ 0 };
}

void fake_attach_volume(struct fake_firmware *firmware, struct fake_handle *device)
{
        firmware->volume = (EFI_SIMPLE_FILE_SYSTEM_PROTOCOL){ .Revision = 1 << 16, .OpenVolume = open_volume };
        memset(firmware->open_files, 0, sizeof(firmware->open_files));
        fake_add_protocol(device, (EFI_GUID)EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, &firmware->volume);
}

void fake_put_file(struct fake_firmware *firmware, const char *path, const void *data, size_t size)
{
        struct fake_file *file = find_file(path);

        for (size_t i = 0; file == NULL && i < FAKE_FILES_MAX; i++)
                if (firmware->files[i].path[0] == '\0')
                        file = &firmware->files[i];
        fake_must(file != NULL && strlen(path) < sizeof(file->path), "too many files, or too long a path");
        free(file->data);
        snprintf(file->path, sizeof(file->path), "%s", path);
        file->data = fake_copy(data, size);
        file->size = size;
}

struct bytes fake_file_content(const struct fake_firmware *firmware, const char *path)
{
        const struct fake_file *file = find_file(path);

        return file == NULL ? (struct bytes){ 0 } : (struct bytes){ file->data, file->size };
}

size_t fake_open_count(const struct fake_firmware *firmware)
{
        size_t count = 0;

        for (size_t i = 0; i < FAKE_OPEN_MAX; i++)
                count += firmware->open_files[i].used;
        return count;
}

void fake_free_files(struct fake_firmware *firmware)
{
        for (size_t i = 0; i < FAKE_FILES_MAX; i++)
                free(firmware->files[i].data);
}
