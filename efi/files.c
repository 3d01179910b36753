/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files through the firmware; see files.h. */
#include "efi/files.h"
#include "common/base/utf16.h"

#define PATH_UNITS_MAX     512
#define INFO_SIZE_MAX      1024    /* 80 bytes and a name of 255 characters, with room */
#define ENTRIES_MAX        4096    /* a file system that is damaged may have directories without an end */
#define READ_SIZE_MAX      1048576 /* some firmware fails at larger ones */
#define NO_MORE_ATTRIBUTES 0

EFI_STATUS files_open_volume(const struct platform *platform, EFI_HANDLE device, EFI_FILE_HANDLE *ret)
{
        EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
        void *protocol = NULL;

        if (device == NULL || EFI_ERROR(boot_services(platform)->HandleProtocol(device, &guid, &protocol)) || protocol == NULL)
                return EFI_NOT_FOUND;
        volume = protocol;
        return volume->OpenVolume(volume, ret);
}

static EFI_STATUS open_path(EFI_FILE_HANDLE from, const char *path, UINT64 mode, EFI_FILE_HANDLE *ret)
{
        CHAR16 wide[PATH_UNITS_MAX];
        struct writer writer = writer_over(wide, sizeof(wide));

        utf16_from_utf8(path, text_length(path), &writer);
        if (writer.overflow)
                return EFI_BAD_BUFFER_SIZE;
        for (size_t i = 0; wide[i] != 0; i++)
                if (wide[i] == '/')
                        wide[i] = '\\';
        return from->Open(from, ret, wide, mode, NO_MORE_ATTRIBUTES);
}

static EFI_STATUS read_info(EFI_FILE_HANDLE file, struct file_info *ret)
{
        EFI_GUID guid = EFI_FILE_INFO_ID;
        uint64_t buffer[INFO_SIZE_MAX / sizeof(uint64_t)]; /* as aligned as firmware may want it */
        UINTN size = sizeof(buffer);
        EFI_STATUS status = file->GetInfo(file, &guid, &size, buffer);

        if (EFI_ERROR(status))
                return status;
        return size <= sizeof(buffer) && file_info_parse_nameless(buffer, size, ret) == ERR_OK ? EFI_SUCCESS
                                                                                               : EFI_VOLUME_CORRUPTED;
}

static EFI_STATUS open_kind(EFI_FILE_HANDLE from, const char *path, bool directory, UINT64 mode, EFI_FILE_HANDLE *ret,
                            struct file_info *ret_info)
{
        EFI_FILE_HANDLE file = NULL;
        EFI_STATUS status = open_path(from, path, mode, &file);

        if (EFI_ERROR(status))
                return status;
        status = read_info(file, ret_info);
        if (!EFI_ERROR(status) && ret_info->directory != directory)
                status = EFI_NOT_FOUND;
        if (EFI_ERROR(status)) {
                files_close(file);
                return status;
        }
        *ret = file;
        return EFI_SUCCESS;
}

EFI_STATUS files_open_directory(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret)
{
        struct file_info info;

        return open_kind(from, path, true, EFI_FILE_MODE_READ, ret, &info);
}

static EFI_STATUS open_file(EFI_FILE_HANDLE from, const char *path, UINT64 mode, EFI_FILE_HANDLE *ret, uint64_t *ret_size_bytes)
{
        struct file_info info = { 0 };
        EFI_STATUS status = open_kind(from, path, false, mode, ret, &info);

        if (!EFI_ERROR(status))
                *ret_size_bytes = info.size_bytes;
        return status;
}

EFI_STATUS files_open(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret, uint64_t *ret_size_bytes)
{
        return open_file(from, path, EFI_FILE_MODE_READ, ret, ret_size_bytes);
}

EFI_STATUS files_open_to_overwrite(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret, uint64_t *ret_size_bytes)
{
        return open_file(from, path, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, ret, ret_size_bytes);
}

EFI_STATUS files_overwrite(EFI_FILE_HANDLE file, const void *data, size_t size)
{
        UINTN written = size;
        EFI_STATUS status = file->SetPosition(file, 0);

        if (!EFI_ERROR(status))
                status = file->Write(file, &written, (void *)data); /* which it only reads */
        if (!EFI_ERROR(status) && written != size)
                status = EFI_VOLUME_FULL;
        return EFI_ERROR(status) ? status : file->Flush(file);
}

void files_close(EFI_FILE_HANDLE file)
{
        if (file != NULL)
                (void)file->Close(file); /* "EFI_SUCCESS" and nothing else */
}

EFI_STATUS files_read(EFI_FILE_HANDLE file, void *into, size_t size)
{
        uint8_t *to = into;

        while (size > 0) {
                UINTN wanted = size < READ_SIZE_MAX ? size : READ_SIZE_MAX, got = wanted;
                EFI_STATUS status = file->Read(file, &got, to);

                if (EFI_ERROR(status))
                        return status;
                if (got == 0 || got > wanted)
                        return EFI_END_OF_FILE;
                to += got;
                size -= got;
        }
        return EFI_SUCCESS;
}

EFI_STATUS files_each(EFI_FILE_HANDLE directory, bool (*visit)(void *context, const struct file_info *file), void *context)
{
        uint64_t buffer[INFO_SIZE_MAX / sizeof(uint64_t)];

        for (size_t i = 0; i < ENTRIES_MAX; i++) {
                UINTN size = sizeof(buffer);
                struct file_info info;
                EFI_STATUS status = directory->Read(directory, &size, buffer);

                if (EFI_ERROR(status))
                        return status;
                if (size == 0)
                        return EFI_SUCCESS;
                if (size <= sizeof(buffer) && file_info_parse(buffer, size, &info) == ERR_OK && !visit(context, &info))
                        return EFI_SUCCESS;
        }
        return EFI_ABORTED;
}
