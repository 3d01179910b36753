/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/preserve.h"

#include "common/policy/preserve-rule.h"
#include "common/rebuild/manifest.h"
#include "initrd/esp.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/esp/esp-tree.h"
#include "linux/tpm/preserve-seal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES (PRESERVE_PATH_MAX * 4 + 256) /* of the manifest, every byte of the path escaped */

/* The first reason is recorded; each is said. */
__attribute__((format(printf, 2, 3))) static void drop(struct reset *reset, const char *format, ...)
{
        struct preserved *preserved = &reset->preserve.preserved;
        char text[PRESERVED_DROPPED_MAX];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        report_line(&reset->context->report, "keep: DROPPED: %s", text);
        if (!preserved->dropped[0])
                memcpy(preserved->dropped, text, sizeof(text));
        preserved->drops++;
}

static void digest_lines(struct preserved *preserved)
{
        sha256_chunks(&(struct bytes){ preserved->lines.data, preserved->lines.size }, 1, preserved->sha256);
}

static int read_bundle(struct boot_context *context, char **ret, size_t *ret_size)
{
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        int r = esp_open_read_only(&context->inventory, &esp);
        return r < 0 ? r : file_read(esp.fd, PRESERVE_BUNDLE_PATH, PRESERVE_SEALED_MAX, ret, ret_size);
}

static const char *why_sealed(int r)
{
        switch (r) {
        case -EINVAL:
                return "it is damaged";
        case -EBADMSG:
                return "it was altered, or belongs to another request";
        case -EACCES:
                return "it was made for another boot image, this boot was not measured by the stub, or Secure Boot's state "
                       "changed";
        case -ESTALE:
                return "the TPM was cleared since, as the reset was interrupted";
        case -ENODEV:
                return "there is no TPM";
        default:
                return strerror(-r);
        }
}

void preserve_examine(struct reset *reset)
{
        const struct policy *policy = &reset->context->policy;
        struct preserve_cursor cursor;
        struct preserve_entry entry;
        enum err err = preserve_bundle_open((struct bytes){ reset->preserve.plain, reset->preserve.plain_size }, &cursor);
        while (err == ERR_OK && (err = preserve_bundle_next(&cursor, &entry)) == ERR_OK) {
                struct preserve_tally none = { 0 };
                if (preserve_judge(&policy->settings, &entry, &none) == PRESERVE_BAD_PATH) {
                        drop(reset, "A path in the list of files to be kept %s.", preserve_verdict_text(PRESERVE_BAD_PATH));
                        continue;
                }
                const struct partition_definition *definition = preserve_definition(policy, entry.path);
                if (!definition || !definition->factory_reset)
                        drop(reset, "%s is on no partition that is rebuilt.", entry.path);
        }
        if (err != ERR_NOT_FOUND)
                drop(reset, "The list of files to be kept %s.", err_text(err));
}

void preserve_load(struct reset *reset)
{
        struct boot_context *context = reset->context;
        struct preserve *preserve = &reset->preserve;
        _cleanup_free_ char *file = NULL;
        size_t size = 0;
        preserve->preserved.asked = context->request_state == REQUEST_DUE && context->request.keep;
        if (!preserve->preserved.asked)
                return;
        uint8_t *lines = malloc(PRESERVED_LINES_MAX);
        preserve->preserved.lines = writer_over(lines, lines ? PRESERVED_LINES_MAX : 0);
        digest_lines(&preserve->preserved);
        int r = read_bundle(context, &file, &size);
        if (r < 0) {
                drop(reset, "The files to be kept cannot be read from the EFI system partition: %s.", strerror(-r));
                return;
        }
        r = context->tpm ? preserve_unseal(context->tpm, context->policy.settings.seal_pcrs, &context->request.nonce,
                                           (struct bytes){ (const uint8_t *)file, size }, &preserve->plain, &preserve->plain_size)
                         : -ENODEV;
        if (r < 0) {
                drop(reset, "The files to be kept cannot be opened: %s.", why_sealed(r));
                return;
        }
        report_line(&context->report, "keep: %zu bytes of files to be kept are in memory", preserve->plain_size);
        preserve_examine(reset);
}

/* -- putting back -- */

static int open_parent(int fd, const char *path, const char **ret_name)
{
        char parent[PRESERVE_PATH_MAX];
        (void)snprintf(parent, sizeof(parent), "%s", path);
        char *slash = strrchr(parent, '/');
        if (slash) {
                *slash = 0;
                int r = make_directories(fd, parent, 0755);
                if (r < 0)
                        return r;
        }
        return esp_tree_open_parent(fd, path, ret_name);
}

/* Past the page cache, as far as the kernel lets go of it: what counts is what the disk has. */
static int check_file(int parent_fd, const char *name, struct bytes expected)
{
        uint8_t data[4096];
        size_t at = 0;
        _cleanup_close_ int fd = openat(parent_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        for (ssize_t n; (n = read(fd, data, sizeof(data))) != 0; at += (size_t)n) {
                if (n < 0)
                        return -errno;
                if ((size_t)n > expected.size - at || memcmp(data, expected.data + at, (size_t)n) != 0)
                        return -EBADMSG;
        }
        return at == expected.size ? 0 : -EBADMSG;
}

static int write_file(int parent_fd, const char *name, const struct preserve_entry *entry)
{
        const struct timespec times[2] = { { .tv_sec = (time_t)entry->mtime }, { .tv_sec = (time_t)entry->mtime } };
        if (unlinkat(parent_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        _cleanup_close_ int fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, entry->data.data, entry->data.size);
        if (r == 0 &&
            (fchown(fd, entry->uid, entry->gid) < 0 || fchmod(fd, entry->mode) < 0 || futimens(fd, times) < 0 || fsync(fd) < 0))
                r = -errno;
        return r;
}

static int put_file(int parent_fd, const char *name, const struct preserve_entry *entry)
{
        int r = write_file(parent_fd, name, entry);
        if (r == 0)
                r = check_file(parent_fd, name, entry->data);
        if (r < 0)
                (void)unlinkat(parent_fd, name, 0); /* half a file helps nobody */
        return r;
}

/* One that the factory has made stays as it is. */
static int put_directory(int parent_fd, const char *name, const struct preserve_entry *entry)
{
        if (mkdirat(parent_fd, name, 0700) < 0)
                return errno == EEXIST ? 0 : -errno;
        _cleanup_close_ int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 || fchown(fd, entry->uid, entry->gid) < 0 || fchmod(fd, entry->mode) < 0 ? -errno : 0;
}

static void list(struct preserved *preserved, const struct preserve_entry *entry)
{
        char text[LINE_MAX_BYTES];
        uint8_t sha256[SHA256_SIZE];
        struct writer line = writer_over(text, sizeof(text));
        struct manifest_entry shown = { .path = entry->path,
                                        .type = entry->directory ? 'd' : 'f',
                                        .mode = entry->mode,
                                        .uid = entry->uid,
                                        .gid = entry->gid,
                                        .size = entry->data.size,
                                        .mtime = (int64_t)entry->mtime,
                                        .sha256 = entry->directory ? NULL : sha256 };
        sha256_chunks(&entry->data, 1, sha256);
        manifest_line(&line, &shown);
        preserved->count++;
        preserved->bytes += entry->data.size;
        if (line.overflow || preserved->lines.capacity - preserved->lines.size <= line.size)
                preserved->more++;
        else
                writer_bytes(&preserved->lines, line.data, line.size);
        digest_lines(preserved);
}

static void put(struct reset *reset, const struct partition_definition *definition, int fd, const struct preserve_entry *entry)
{
        const char *path = entry->path + (definition->mount_point[1] ? strlen(definition->mount_point) : 0), *name;
        if (path[0] == 0 || path[1] == 0)
                return; /* the mount point itself is the factory's */
        _cleanup_close_ int parent = open_parent(fd, path + 1, &name);
        int r = parent;
        if (r >= 0)
                r = entry->directory ? put_directory(parent, name, entry) : put_file(parent, name, entry);
        if (r < 0)
                drop(reset, "%s cannot be put back: %s.", entry->path, strerror(-r));
        else
                list(&reset->preserve.preserved, entry);
}

void preserve_restore(struct reset *reset, const struct partition_definition *definition, int fd)
{
        const struct policy *policy = &reset->context->policy;
        const struct preserve *preserve = &reset->preserve;
        struct preserve_cursor cursor;
        struct preserve_tally tally = { 0 };
        struct preserve_entry entry;
        if (!preserve->plain || preserve_bundle_open((struct bytes){ preserve->plain, preserve->plain_size }, &cursor) != ERR_OK)
                return;
        while (preserve_bundle_next(&cursor, &entry) == ERR_OK) {
                enum preserve_verdict verdict = preserve_judge(&policy->settings, &entry, &tally);
                if (verdict == PRESERVE_BAD_PATH || preserve_definition(policy, entry.path) != definition)
                        continue; /* said by preserve_examine(), or another volume's turn */
                if (verdict == PRESERVE_ALLOWED)
                        put(reset, definition, fd, &entry);
                else
                        drop(reset, "%s %s.", entry.path, preserve_verdict_text(verdict));
        }
}
