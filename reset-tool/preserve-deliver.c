/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/preserve-deliver.h"

#include "common/format/load-option.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/disk/inventory.h"
#include "linux/esp/running-esp.h"
#include "linux/tpm/preserve-seal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define DIRECTORY "EFI/cleanslate"

static int open_esp(const struct environment *environment, const struct boot_context *context)
{
        struct guid partition = context->stub_partition;
        char path[DEVICE_PATH_MAX];
        int fd;
        if (environment->esp_path) {
                fd = open(environment->esp_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        _cleanup_free_ struct inventory *inventory = calloc(1, sizeof(*inventory));
        if (!inventory)
                return -ENOMEM;
        if (guid_is_zero(&partition) && !boot_partition_read(&context->variables, &partition))
                return -ENODEV;
        if (boot_disk_find(&partition, path) != 1)
                return -ENODEV;
        int r = inventory_read_disk(path, &partition, inventory);
        if (r == 0)
                r = inventory->esp_usable ? inventory_partition_path(inventory, &inventory->esp, path) : -ENODEV;
        if (r == 0)
                r = running_esp_open_writable(path, &fd);
        return r < 0 ? r : fd;
}

/* The image that the stub says it was; the next boot is measured as this one was, but for its mode. */
static int predict(const struct boot_context *context, int esp_fd, uint8_t ret[static SHA256_SIZE], struct explanation *ret_why)
{
        _cleanup_free_ void *value = NULL;
        char path[LOAD_OPTION_FILE_MAX];
        struct stat status;
        size_t size;
        _Static_assert(sizeof(path) == sizeof(context->stub_file), "both are paths of firmware's");
        if (context->stub_is_other) {
                (void)explain(ret_why, "Files can be kept only where Cleanslate's boot stub has started the system: another one "
                                       "has, which measures the start of a reset like any other.");
                return -ENOENT;
        }
        if (context->stub_file[0])
                memcpy(path, context->stub_file, sizeof(path));
        else if (efivarfs_read_volatile(&context->variables, &guid_loader_interface, "StubImageIdentifier", &value, &size) < 0 ||
                 !firmware_path_read(value, size, path)) {
                (void)explain(ret_why,
                              "Files can be kept only where Cleanslate's boot stub has started the system: nobody has said "
                              "which boot image this is.");
                return -ENOENT;
        }
        _cleanup_close_ int fd = file_open_regular(esp_fd, path, O_NOFOLLOW);
        int r = fd < 0 ? fd : fstat(fd, &status) < 0 ? -errno : 0;
        if (r < 0) {
                (void)explain(ret_why, "The boot image %s cannot be read from the EFI system partition: %s.", path,
                              file_read_error_text(r));
                return r;
        }
        void *image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        r = image == MAP_FAILED ? -errno : preserve_predict_pcr((struct bytes){ image, (size_t)status.st_size }, ret);
        if (image != MAP_FAILED)
                (void)munmap(image, (size_t)status.st_size);
        if (r < 0)
                (void)explain(ret_why, "The boot image %s on the EFI system partition cannot be measured in advance: %s.", path,
                              r == -EBADMSG ? "not a unified kernel image" : strerror(-r));
        return r;
}

static int seal(const struct environment *environment, const uint8_t pcr[static SHA256_SIZE], const struct id128 *nonce,
                const struct preserve_collection *collection, uint8_t **ret, size_t *ret_size, struct explanation *ret_why)
{
        const struct bytes plain = { collection->bundle.data, collection->bundle.size };
        struct tpm *tpm = NULL;
        const char *tcti = environment->tcti;
        int r = tcti && strcmp(tcti, "none") == 0 ? -ENODEV : tpm_open(tcti, &tpm);
        if (r < 0) {
                (void)explain(ret_why, "Files can be kept only with a TPM, which seals them for the reset: %s.", strerror(-r));
                return r;
        }
        r = preserve_seal(tpm, pcr, collection->seal_pcrs, nonce, plain, ret, ret_size);
        if (r < 0)
                (void)explain(ret_why, "The TPM cannot seal the files to be kept: %s.",
                              tpm_last_text(tpm)[0] ? tpm_last_text(tpm) : strerror(-r));
        (void)tpm_free(tpm);
        return r;
}

/* A mount's own descriptor cannot be synced. */
static int flush(int esp_fd)
{
        _cleanup_close_ int fd = openat(esp_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 || syncfs(fd) < 0 ? -errno : 0;
}

static int store(int esp_fd, const uint8_t *file, size_t size, struct explanation *ret_why)
{
        int r = make_directories(esp_fd, DIRECTORY, 0755);
        if (r == 0)
                r = file_replace(esp_fd, PRESERVE_BUNDLE_PATH, file, size, 0600);
        if (r == 0)
                r = flush(esp_fd);
        if (r < 0)
                (void)explain(ret_why, "The files to be kept cannot be written to the EFI system partition: %s.", strerror(-r));
        return r;
}

bool preserve_deliver(const struct environment *environment, const struct boot_context *context,
                      const struct preserve_collection *collection, const struct id128 *nonce, struct explanation *ret_why)
{
        _cleanup_close_ int esp = open_esp(environment, context);
        _cleanup_free_ uint8_t *file = NULL;
        uint8_t pcr[SHA256_SIZE];
        size_t size;
        if (esp < 0)
                return explain(ret_why, "Files can be kept only where the EFI system partition can be written: %s.",
                               strerror(-esp));
        int r = predict(context, esp, pcr, ret_why);
        if (r == 0)
                r = seal(environment, pcr, nonce, collection, &file, &size, ret_why);
        if (r == 0)
                r = store(esp, file, size, ret_why);
        return r == 0;
}

void preserve_withdraw(const struct environment *environment, const struct boot_context *context)
{
        _cleanup_close_ int esp = open_esp(environment, context);
        if (esp >= 0 && unlinkat(esp, PRESERVE_BUNDLE_PATH, 0) == 0)
                (void)flush(esp);
}
