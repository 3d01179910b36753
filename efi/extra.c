/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive with /.extra; see extra.h. */
#include "efi/extra.h"
#include "common/format/cpio.h"

#define DIRECTORY_MODE 0555
#define FILE_MODE      0444
#define ENTRIES_MAX    10

struct entry {
        const char *path;
        struct bytes content; /* data == NULL: a directory */
};

static size_t archive_size_max(const struct entry *entries, size_t count)
{
        size_t size = cpio_entry_size_max("TRAILER!!!", 0);

        for (size_t i = 0; i < count; i++)
                size += cpio_entry_size_max(entries[i].path, entries[i].content.size);
        return size;
}

static EFI_STATUS write_archive(const struct platform *platform, const struct entry *entries, size_t count, struct bytes *ret)
{
        size_t capacity = archive_size_max(entries, count);
        void *archive = platform_allocate(platform, capacity);
        struct writer writer;
        uint32_t inode = 1;

        if (archive == NULL)
                return EFI_OUT_OF_RESOURCES;
        writer = writer_over(archive, capacity);
        for (size_t i = 0; i < count; i++) {
                if (entries[i].content.data == NULL)
                        cpio_directory(&writer, &inode, entries[i].path, DIRECTORY_MODE);
                else
                        cpio_file(&writer, &inode, entries[i].path, FILE_MODE, entries[i].content);
        }
        cpio_trailer(&writer);
        if (writer.overflow) {
                platform_free(platform, archive);
                return EFI_BUFFER_TOO_SMALL;
        }
        *ret = (struct bytes){ archive, writer.size };
        return EFI_SUCCESS;
}

EFI_STATUS extra_build(const struct platform *platform, const struct uki *uki, const struct handover *handover,
                       const struct device_keys *keys, struct bytes *ret)
{
        struct bytes signature = uki->sections[UKI_PCRSIG], public_key = uki->sections[UKI_PCRPKEY];
        struct bytes profile = uki->sections[UKI_PROFILE];
        struct bytes root_certificate = uki->sections[UKI_ROOTCRT];
        struct entry entries[ENTRIES_MAX] = { { .path = ".extra" }, { .path = ".extra/cleanslate" } };
        char text[HANDOVER_TEXT_MAX], keys_text[DEVICE_KEYS_TEXT_MAX];
        size_t count = 2, text_size, keys_size;
        EFI_STATUS status;

        if (handover_format(handover, text, sizeof(text), &text_size) != ERR_OK ||
            device_keys_format(keys, keys_text, sizeof(keys_text), &keys_size) != ERR_OK)
                return EFI_BUFFER_TOO_SMALL;
        entries[count++] = (struct entry){ DEVICE_KEYS_PATH, { (const uint8_t *)keys_text, keys_size } };
        entries[count++] = (struct entry){ HANDOVER_PATH, { (const uint8_t *)text, text_size } };
        if (signature.data != NULL)
                entries[count++] = (struct entry){ ".extra/tpm2-pcr-signature.json", signature };
        if (public_key.data != NULL)
                entries[count++] = (struct entry){ ".extra/tpm2-pcr-public-key.pem", public_key };
        if (profile.data != NULL)
                entries[count++] = (struct entry){ ".extra/profile", profile };
        if (uki->sections[UKI_OSREL].data != NULL)
                entries[count++] = (struct entry){ ".extra/os-release", uki->sections[UKI_OSREL] };
        if (root_certificate.data != NULL)
                entries[count++] = (struct entry){ HANDOVER_ROOT_CERTIFICATE_PATH, root_certificate };
        status = write_archive(platform, entries, count, ret);
        bytes_wipe(keys_text, sizeof(keys_text));
        return status;
}
