/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random seed; see random-seed.h. */
#include "efi/random-seed.h"
#include "efi/files.h"
#include "efi/random.h"
#include "efi/variables.h"

#define SEED_PATH           "loader/random-seed"
#define LOADER_DID_IT       (UINT64_C(1) << 6) /* systemd-boot's bit of LoaderFeatures */
#define TABLE_HEADER_SIZE   4                  /* its size, then the bytes */
#define TABLE_SEED_SIZE_MAX 1024               /* of somebody else's table */

static const struct guid guid_table = { { 0xbc, 0xe5, 0xe1, 0x1c, 0xeb, 0x7c, 0xf2, 0x42, 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80,
                                          0xf5, 0x7b } };

struct seeding {
        const struct platform *platform;
        struct random_inputs inputs;
        uint8_t *file;
        uint8_t generator[SHA256_SIZE];
        struct variable token;
        uint8_t *table_before;
};

static bool loader_did_it(const struct platform *platform)
{
        struct variable features = { 0 };
        bool result = false;

        if (variable_is_lasting(platform, &guid_loader_interface, "LoaderFeatures") ||
            EFI_ERROR(variable_read(platform, &guid_loader_interface, "LoaderFeatures", &features)))
                return false;
        if (features.size == sizeof(uint64_t))
                result = (load_le64(features.value) & LOADER_DID_IT) != 0;
        variable_done(platform, &features);
        return result;
}

static void find_table(struct seeding *seeding)
{
        uint8_t *table = platform_table(seeding->platform, &guid_table);

        if (table == NULL || load_le32(table) > TABLE_SEED_SIZE_MAX)
                return;
        seeding->table_before = table;
        seeding->inputs.before = (struct bytes){ table + TABLE_HEADER_SIZE, load_le32(table) };
}

static void gather(struct seeding *seeding)
{
        const struct platform *platform = seeding->platform;
        UINT64 count = 0;

        find_table(seeding);
        if (random_of_firmware(platform, seeding->generator))
                seeding->inputs.generator = (struct bytes){ seeding->generator, sizeof(seeding->generator) };
        if (!EFI_ERROR(variable_read(platform, &guid_loader_interface, "LoaderSystemToken", &seeding->token)))
                seeding->inputs.token = (struct bytes){ seeding->token.value, seeding->token.size };
        if (!EFI_ERROR(boot_services(platform)->GetNextMonotonicCount(&count)))
                seeding->inputs.count = count;
}

static EFI_STATUS install(const struct seeding *seeding, const uint8_t seed[static RANDOM_SEED_SIZE], struct random_seed *ret)
{
        EFI_GUID guid = platform_guid(&guid_table);
        void *table = NULL;
        /* the kind of memory that Linux keeps until it has read it, as its own stub uses it */
        EFI_STATUS status = boot_services(seeding->platform)
                                    ->AllocatePool(EfiACPIReclaimMemory, TABLE_HEADER_SIZE + RANDOM_SEED_SIZE, &table);

        if (EFI_ERROR(status))
                return status;
        store_le32(table, RANDOM_SEED_SIZE);
        memcpy((uint8_t *)table + TABLE_HEADER_SIZE, seed, RANDOM_SEED_SIZE);
        status = boot_services(seeding->platform)->InstallConfigurationTable(&guid, table);
        if (EFI_ERROR(status)) {
                bytes_wipe(table, TABLE_HEADER_SIZE + RANDOM_SEED_SIZE);
                platform_free(seeding->platform, table);
                return status;
        }
        if (seeding->table_before != NULL) /* its memory is somebody else's */
                bytes_wipe(seeding->table_before + TABLE_HEADER_SIZE, seeding->inputs.before.size);
        ret->table = table;
        return EFI_SUCCESS;
}

/* A seed that is not replaced on the partition would be the same in the next boot: it is not used. */
static EFI_STATUS replace(struct seeding *seeding, EFI_FILE_HANDLE file, struct random_seed *ret)
{
        uint8_t for_file[RANDOM_SEED_SIZE], for_kernel[RANDOM_SEED_SIZE];
        size_t size = seeding->inputs.file.size;
        EFI_STATUS status;

        random_seed_mix(&seeding->inputs, for_file, for_kernel);
        bytes_wipe(seeding->file, size);
        memcpy(seeding->file, for_file, sizeof(for_file)); /* and zeros over the rest of a longer one */
        status = files_overwrite(file, seeding->file, size);
        if (!EFI_ERROR(status))
                status = install(seeding, for_kernel, ret);
        bytes_wipe(for_file, sizeof(for_file));
        bytes_wipe(for_kernel, sizeof(for_kernel));
        return status;
}

static EFI_STATUS use_file(struct seeding *seeding, EFI_FILE_HANDLE file, size_t size, bool secure_boot, struct random_seed *ret)
{
        EFI_STATUS status;

        seeding->file = platform_allocate(seeding->platform, size);
        if (seeding->file == NULL)
                return EFI_OUT_OF_RESOURCES;
        status = files_read(file, seeding->file, size);
        if (!EFI_ERROR(status)) {
                seeding->inputs.file = (struct bytes){ seeding->file, size };
                gather(seeding);
                status = random_seed_is_good(&seeding->inputs, secure_boot) ? replace(seeding, file, ret) : EFI_NOT_FOUND;
        }
        bytes_wipe(seeding->file, size);
        platform_free(seeding->platform, seeding->file);
        if (seeding->token.value != NULL) {
                bytes_wipe(seeding->token.value, seeding->token.size);
                variable_done(seeding->platform, &seeding->token);
        }
        bytes_wipe(seeding->generator, sizeof(seeding->generator));
        return status;
}

EFI_STATUS random_seed_install(const struct platform *platform, const struct own_image *own, bool secure_boot,
                               struct random_seed *ret)
{
        struct seeding seeding = { .platform = platform };
        EFI_FILE_HANDLE root = NULL, file = NULL;
        uint64_t size = 0;
        EFI_STATUS status;

        if (loader_did_it(platform))
                return EFI_NOT_FOUND;
        if (EFI_ERROR(files_open_volume(platform, own->loaded->DeviceHandle, &root)))
                return EFI_NOT_FOUND;
        status = files_open_to_overwrite(root, SEED_PATH, &file, &size);
        if (!EFI_ERROR(status))
                status = size < RANDOM_SEED_SIZE || size > RANDOM_SEED_FILE_MAX
                                 ? EFI_NOT_FOUND
                                 : use_file(&seeding, file, (size_t)size, secure_boot, ret);
        if (status == EFI_WRITE_PROTECTED || status == EFI_ACCESS_DENIED)
                status = EFI_NOT_FOUND; /* somebody wants it so */
        files_close(file);
        files_close(root);
        return status;
}

void random_seed_uninstall(const struct platform *platform, struct random_seed *seed)
{
        EFI_GUID guid = platform_guid(&guid_table);

        if (seed->table == NULL)
                return;
        (void)boot_services(platform)->InstallConfigurationTable(&guid, NULL);
        bytes_wipe(seed->table, TABLE_HEADER_SIZE + RANDOM_SEED_SIZE);
        platform_free(platform, seed->table);
        seed->table = NULL;
}
