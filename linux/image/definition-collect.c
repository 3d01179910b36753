/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/definition-collect.h"

#include "common/base/bytes.h"
#include "common/policy/policy-values.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/path-below.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MASK_PATH "dev/null"
#define DROP_INS  ".conf.d"

struct collecting {
        int root_fd;
        enum image_form form;
        struct definition_collection *collection;
        struct policy_error *error;
        unsigned directory;           /* index of the one that is looked at */
        char of[DEFINITION_FILE_MAX]; /* "" = not among drop-ins */
};

static int refuse(const struct collecting *collecting, const char *path, int r, const char *detail)
{
        enum err err = r == -E2BIG || r == -ENAMETOOLONG ? ERR_TOO_LARGE : r == -ENOENT ? ERR_NOT_FOUND : ERR_RANGE;
        (void)policy_error_fill(collecting->error, err, path, 0, "", detail);
        return r;
}

/* A further file by that name. */
static int add(struct collecting *collecting, const char *name, const char *path, struct definition_file **ret)
{
        struct definition_collection *collection = collecting->collection;
        struct definition_file *files;
        if (collection->count == DEFINITION_FILES_MAX)
                return refuse(collecting, path, -E2BIG, "at most 512 files in all directories together");
        if (strlen(name) >= DEFINITION_FILE_MAX)
                return refuse(collecting, path, -ENAMETOOLONG, "at most 63 bytes in a file's name");
        files = reallocarray(collection->files, collection->count + 1, sizeof(*files));
        if (!files)
                return refuse(collecting, path, -ENOMEM, "there is no memory left");
        collection->files = files;
        *ret = &files[collection->count++];
        **ret = (struct definition_file){ .directory = collecting->directory };
        (void)text_copy((*ret)->of, sizeof((*ret)->of), collecting->of, strlen(collecting->of));
        (void)text_copy((*ret)->name, sizeof((*ret)->name), name, strlen(name));
        return 0;
}

static bool is_mask_device(const struct stat *status)
{
        return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* One file: *path as people know it, *found where it leads. */
static int take_file(struct collecting *collecting, const char *name, const char *path, const char *found)
{
        struct stat status;
        if (fstatat(collecting->root_fd, found, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return refuse(collecting, path, -errno, "the file cannot be looked at");
        bool is_mask = is_mask_device(&status);
        if (!is_mask && !S_ISREG(status.st_mode))
                return refuse(collecting, path, S_ISDIR(status.st_mode) ? -EISDIR : -EBADFD, "a definition is a file");
        struct definition_file *file;
        int r = add(collecting, name, path, &file);
        if (r < 0)
                return r;
        file->is_mask = is_mask || status.st_size == 0;
        if (file->is_mask)
                return 0;
        r = file_read(collecting->root_fd, found, POLICY_FILE_MAX, &file->text, &file->size);
        return r < 0 ? refuse(collecting, path, r, r == -E2BIG ? "at most 64 KiB" : "the file cannot be read") : 0;
}

static int take_mask(struct collecting *collecting, const char *name, const char *path)
{
        struct definition_file *file;
        int r = add(collecting, name, path, &file);
        if (r == 0)
                file->is_mask = true;
        return r;
}

static int take_name(struct collecting *collecting, const char *directory, const char *name)
{
        char path[PATH_MAX], found[PATH_MAX];
        (void)snprintf(path, sizeof(path), "/%s/%s", directory, name);
        int r = path_below(collecting->root_fd, path, found, sizeof(found));
        if (strcmp(found, MASK_PATH) == 0)
                return take_mask(collecting, name, path);
        if (r < 0)
                return refuse(collecting, path, r, "the link leads nowhere within the image");
        return take_file(collecting, name, path, found);
}

static bool ends_in(const char *name, const char *end)
{
        size_t length = strlen(name), end_length = strlen(end);
        return length > end_length && strcmp(name + length - end_length, end) == 0;
}

static int look_through(struct collecting *collecting, const char *directory);

/* "10-var.conf.d" beside "10-var.conf". */
static int take_drop_ins(struct collecting *collecting, const char *directory, const char *name)
{
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (!text_copy(collecting->of, sizeof(collecting->of), name, strlen(name) - strlen(".d")))
                return refuse(collecting, path, -ENAMETOOLONG, "at most 63 bytes in a file's name");
        int r = look_through(collecting, path);
        collecting->of[0] = 0;
        return r;
}

static void free_directory(DIR **directory)
{
        if (*directory)
                (void)closedir(*directory);
}

/* Of the same file system as the image. Whatever is mounted into it (a running system's /etc and /run), or what an image of /usr
 * is mounted into, is no part of it. */
static bool is_of_image(const struct collecting *collecting, int fd)
{
        const char *top = collecting->form == IMAGE_USR ? "usr" : ".";
        struct stat image, status;
        return fstatat(collecting->root_fd, top, &image, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &status) == 0 &&
               image.st_dev == status.st_dev;
}

/* A directory that is not there has no files: *ret is NULL. */
static int open_directory(struct collecting *collecting, const char *directory, DIR **ret)
{
        char found[PATH_MAX];
        int r = path_below(collecting->root_fd, directory, found, sizeof(found));
        if (r < 0)
                return r == -ENOENT ? 0 : refuse(collecting, directory, r, "the directory cannot be found");
        _cleanup_close_ int fd = openat(collecting->root_fd, found, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return refuse(collecting, directory, -errno, "the directory cannot be opened");
        if (!is_of_image(collecting, fd))
                return 0;
        *ret = fdopendir(fd);
        if (!*ret)
                return refuse(collecting, directory, -errno, "the directory cannot be read");
        fd = -1;
        return 0;
}

static int look_through(struct collecting *collecting, const char *directory)
{
        _cleanup_(free_directory) DIR *stream = NULL;
        int r = open_directory(collecting, directory, &stream);
        if (r < 0 || !stream)
                return r;
        for (struct dirent *entry; r == 0 && (entry = readdir(stream));) {
                if (definition_name_counts(entry->d_name))
                        r = take_name(collecting, directory, entry->d_name);
                else if (!collecting->of[0] && entry->d_name[0] != '.' && ends_in(entry->d_name, DROP_INS))
                        r = take_drop_ins(collecting, directory, entry->d_name);
        }
        return r;
}

int definition_collect(int root_fd, enum image_form form, struct definition_collection *ret, struct policy_error *ret_error)
{
        struct collecting collecting = { .root_fd = root_fd, .form = form, .collection = ret, .error = ret_error };
        int r = 0;
        for (; collecting.directory < DEFINITION_DIRECTORIES && r == 0; collecting.directory++)
                r = look_through(&collecting, definition_directories[collecting.directory]);
        return r;
}

void definition_collection_done(struct definition_collection *collection)
{
        for (size_t i = 0; i < collection->count; i++)
                free(collection->files[i].text);
        free(collection->files);
        *collection = (struct definition_collection){ 0 };
}
