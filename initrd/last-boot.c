/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/last-boot.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/modules.h"
#include "linux/efi/retire.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#define PSTORE_PATH      "/sys/fs/pstore"
#define PSTORE_FILE_MAX  (256u << 10)
#define PSTORE_FILES_MAX 64 /* looked at; a firmware's store has no room for more */

void last_boot_note(struct boot_context *context, enum boot_reached reached)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];
        if (!context->handover.boot_is_last || context->variables.directory_fd < 0)
                return;
        context->boot_count = (struct boot_count){ .boots = context->handover.boots, .reached = reached };
        boot_count_encode(&context->boot_count, encoded);
        int r = efivarfs_write(&context->variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r < 0)
                report_note(&context->report,
                            "how far this boot comes cannot be noted, so no failed start will open the recovery page: %s",
                            strerror(-r));
        if (reached == BOOT_REACHED_INIT && context->modules)
                (void)modules_load(context->modules, "efi_pstore");
}

void last_boot_forget(struct boot_context *context)
{
        const bool seen = context->handover.boots > 1; /* by the stub, which has counted this boot, too */
        int r = retire_boot_count(&context->variables, seen);
        if (r < 0)
                report_line(&context->report, "the count of failed boots cannot be removed: %s", strerror(-r));
}

bool last_boot_panic(struct boot_context *context, char ret[static PANIC_TEXT_MAX])
{
        bool found = false;
        if (context->modules)
                (void)modules_load(context->modules, "efi_pstore");
        if (mount("pstore", PSTORE_PATH, "pstore", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && errno != EBUSY)
                return false;
        _cleanup_closedir_ DIR *directory = opendir(PSTORE_PATH);
        if (!directory)
                return false;
        struct dirent *entry;
        for (int looked_at = 0; !found && looked_at < PSTORE_FILES_MAX && (entry = readdir(directory)); looked_at++) {
                _cleanup_free_ char *log = NULL;
                size_t size;
                if (entry->d_name[0] != '.' && file_read(dirfd(directory), entry->d_name, PSTORE_FILE_MAX, &log, &size) == 0)
                        found = panic_text_find(log, size, ret);
        }
        return found;
}
