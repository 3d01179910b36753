/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of personalities, each with where its behaviour was reported, in place of the calls by which efivarfs is asked. A
 * status of the firmware is an errno here as in Linux (drivers/firmware/efi/efi.c, efi_status_to_err()): EFI_WRITE_PROTECTED
 * EROFS, EFI_SECURITY_VIOLATION EACCES, EFI_DEVICE_ERROR EIO, EFI_ABORTED EINTR, EFI_OUT_OF_RESOURCES ENOSPC, all others EINVAL.
 */
#include "tests/attack/variable-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES "Boot[0-9A-F]*-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define ORDERS  "*Order-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADERS "Loader*"
#define ALL     "*"

/* Of the variables whose file names match `which`. Errors are errnos; 0 = it does what it should. */
static const struct personality {
        const char *name, *which;
        int open_to_write, read, write, remove, list;
        unsigned list_from; /* the how manieth look at the whole store in one start is the first that fails */
        bool hides;         /* what Linux does not show is not listed, not found, and not created anew; written, it is there */
        bool forgets;       /* takes a write, and nothing comes of it */
        bool clings;        /* takes a removal, and nothing comes of it */
} personalities[] = {
        /* A name that comes twice ends Linux's listing (fs/efivarfs/vars.c, efivar_init(): "duplicate variable"): Lenovo G580,
         * where no Boot####, BootOrder or BootCurrent was shown (github.com/rhboot/efibootmgr/issues/73) */
        { "shows-no-entries", ENTRIES, .hides = true },
        { "shows-no-entries-and-orders", "Boot*-8be4df61-93ca-11d2-aa0d-00e098032b8c", .hides = true },
        { "shows-none-of-ours", "Cleanslate*", .hides = true },
        /* A Boot#### or BootOrder that is there and cannot be read (github.com/rhboot/efibootmgr/issues/205) */
        { "entries-unreadable", ENTRIES, .read = EIO },
        { "own-entry-unreadable", "Boot0001-*", .read = EIO },
        { "orders-unreadable", ORDERS, .read = EIO },
        { "loader-variables-unreadable", LOADERS, .read = EIO },
        { "aborts-reads-of-entries", ENTRIES, .read = EINTR },
        /* "Could not delete boot variable: Input/output error" (github.com/rhboot/efibootmgr/issues/35) */
        { "keeps-entries-eio", ENTRIES, .remove = EIO },
        /* "Could not delete variable: Interrupted system call", Toshiba Satellite S55t (unix.stackexchange.com/q/372381) */
        { "keeps-entries-eintr", ENTRIES, .remove = EINTR },
        { "aborts-all-removals", ALL, .remove = EINTR },
        /* EFI_SECURITY_VIOLATION, and what a security module says (UEFI 2.10, 8.2.2) */
        { "keeps-entries-eacces", ENTRIES, .remove = EACCES },
        { "keeps-entries-eperm", ENTRIES, .remove = EPERM },
        /* "Failed to set LoaderSystemToken EFI variable: Invalid argument" (github.com/systemd/systemd/issues/13603) */
        { "keeps-loader-variables", LOADERS, .write = EINVAL, .remove = EINVAL },
        /* "Could not delete variable: Read-only file system" (github.com/bootc-dev/bootc/issues/1975) */
        { "keeps-everything", ALL, .remove = EROFS },
        { "keeps-everything-einval", ALL, .remove = EINVAL },
        /* Boot order lock: ThinkPad T580, X270 (github.com/fwupd/fwupd/issues/891); HP EliteBook 8560w keeps what was written
         * until it restarts (forums.opensuse.org/t/144423) */
        { "locks-orders", ORDERS, .write = EROFS, .remove = EROFS },
        { "forgets-orders", ORDERS, .forgets = true, .clings = true },
        { "aborts-writes-of-orders", ORDERS, .write = EINTR, .remove = EINTR },
        /* Entries that are back when they were removed (github.com/rhboot/efibootmgr/issues/19) */
        { "entries-come-back", ENTRIES, .clings = true },
        { "all-come-back", ALL, .clings = true },
        /* U-Boot, Raspberry Pi: no SetVariable() at run time (github.com/rancher/elemental-toolkit/pull/2059,
         * github.com/systemd/systemd/issues/42210; EBBR 2.1, 2.7) */
        { "mounted-read-only", ALL, .open_to_write = EROFS, .remove = EROFS },
        { "write-protected", ALL, .write = EROFS, .remove = EROFS },
        { "rejects-writes", ALL, .write = EINVAL, .remove = EINVAL },
        { "fails-writes", ALL, .write = EIO, .remove = EIO },
        /* Runtime services are switched off behind a fault of theirs: each call is aborted (drivers/firmware/efi/
         * runtime-wrappers.c, efi_queue_work()) */
        { "aborts-writes", ALL, .write = EINTR, .remove = EINTR },
        { "forgets", ALL, .forgets = true },
        /* A store that cannot be listed, at once or only behind the first steps of a reset: GetNextVariableName() with
         * EFI_DEVICE_ERROR (UEFI 2.10, 8.2) */
        { "lists-nothing", ALL, .hides = true },
        { "cannot-be-listed", ALL, .list = EIO, .list_from = 1 },
        { "cannot-be-listed-later", ALL, .list = EIO, .list_from = 2 },
        { "cannot-be-listed-at-last", ALL, .list = EIO, .list_from = 3 },
};

int __real_openat(int directory_fd, const char *path, int flags, ...);
int __wrap_openat(int directory_fd, const char *path, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __real_unlinkat(int directory_fd, const char *path, int flags);
int __wrap_unlinkat(int directory_fd, const char *path, int flags);
int __real_scandirat(int directory_fd, const char *path, struct dirent ***ret, int (*filter)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **));
int __wrap_scandirat(int directory_fd, const char *path, struct dirent ***ret, int (*filter)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **));

static int store_fd = -1;
static const struct personality *personality;
static unsigned listings;

#define FDS_MAX 64
static char open_files[FDS_MAX][256]; /* by descriptor: a variable's file, or "" */

#define WRITTEN_MAX 32
static char written[WRITTEN_MAX][256]; /* in this boot, and so not hidden any more */
static size_t written_count;

static bool concerns(const char *file)
{
        return personality && fnmatch(personality->which, file, 0) == 0;
}

static bool is_hidden(const char *file)
{
        if (!concerns(file) || !personality->hides)
                return false;
        for (size_t i = 0; i < written_count; i++)
                if (strcmp(written[i], file) == 0)
                        return false;
        return true;
}

static int fail(int error)
{
        errno = error;
        return -1;
}

void variable_store_begin(int directory_fd, const char *personality_path)
{
        char name[64] = "";
        FILE *file = fopen(personality_path, "re");
        if (!file)
                return;
        if (fscanf(file, "%63s", name) != 1)
                name[0] = 0;
        (void)fclose(file);
        for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++)
                if (strcmp(personalities[i].name, name) == 0)
                        personality = &personalities[i];
        if (!personality) {
                fprintf(stderr, "attack-initrd: no firmware is called \"%s\"\n", name);
                abort();
        }
        store_fd = directory_fd;
}

int __wrap_openat(int directory_fd, const char *path, int flags, ...)
{
        va_list arguments;
        va_start(arguments, flags);
        const int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
        va_end(arguments);
        const bool ours = directory_fd == store_fd && store_fd >= 0;
        const bool to_write = (flags & O_ACCMODE) != O_RDONLY;
        if (ours && concerns(path) && to_write && personality->open_to_write)
                return fail(personality->open_to_write);
        if (ours && !to_write && is_hidden(path))
                return fail(ENOENT);
        int fd = __real_openat(directory_fd, path, flags, mode);
        if (fd >= 0 && fd < FDS_MAX)
                (void)snprintf(open_files[fd], sizeof(open_files[fd]), "%s", ours ? path : "");
        return fd;
}

/* NULL: none of the store. A descriptor may have been another file's since. */
static const char *variable_of(int fd)
{
        char link[64], path[512] = "";
        if (!personality || fd < 0 || fd >= FDS_MAX || open_files[fd][0] == 0)
                return NULL;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        const char *name = readlink(link, path, sizeof(path) - 1) > 0 ? strrchr(path, '/') : NULL;
        return name && strcmp(name + 1, open_files[fd]) == 0 && concerns(open_files[fd]) ? open_files[fd] : NULL;
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
        return variable_of(fd) && personality->read ? fail(personality->read) : __real_read(fd, data, size);
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        const char *file = variable_of(fd);
        if (!file)
                return __real_write(fd, data, size);
        if (personality->write)
                return fail(personality->write);
        if (personality->forgets) {
                if (lseek(fd, 0, SEEK_END) == 0) /* one that was to be new */
                        (void)__real_unlinkat(store_fd, file, 0);
                return (ssize_t)size;
        }
        if (is_hidden(file) && written_count < WRITTEN_MAX)
                memcpy(written[written_count++], open_files[fd], sizeof(open_files[fd]));
        return __real_write(fd, data, size);
}

/* On efivarfs it changes no variable. */
int __wrap_ftruncate(int fd, off_t size)
{
        return variable_of(fd) && personality->forgets ? 0 : __real_ftruncate(fd, size);
}

int __wrap_unlinkat(int directory_fd, const char *path, int flags)
{
        if (directory_fd != store_fd || store_fd < 0 || !concerns(path))
                return __real_unlinkat(directory_fd, path, flags);
        if (is_hidden(path) || faccessat(directory_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return fail(ENOENT);
        if (personality->remove)
                return fail(personality->remove);
        return personality->clings ? 0 : __real_unlinkat(directory_fd, path, flags);
}

int __wrap_scandirat(int directory_fd, const char *path, struct dirent ***ret, int (*filter)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **))
{
        int shown = 0;
        if (directory_fd != store_fd || store_fd < 0)
                return __real_scandirat(directory_fd, path, ret, filter, compare);
        if (personality->list && ++listings >= personality->list_from)
                return fail(personality->list);
        int count = __real_scandirat(directory_fd, path, ret, filter, compare);
        for (int i = 0; i < count; i++)
                if (is_hidden((*ret)[i]->d_name))
                        free((*ret)[i]);
                else
                        (*ret)[shown++] = (*ret)[i];
        return count < 0 ? count : shown;
}
