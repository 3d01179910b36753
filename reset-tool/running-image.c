/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the command line, and opens what it names. */
#include "reset-tool/running-image.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <fcntl.h>

#define COMMAND_LINE_MAX 4096

bool running_image_identity(const struct environment *environment, struct image_identity *ret)
{
        _cleanup_free_ char *line = NULL;
        size_t size;
        const char *path = environment->command_line_path ? environment->command_line_path : "/proc/cmdline";
        return file_read(AT_FDCWD, path, COMMAND_LINE_MAX, &line, &size) == 0 && image_identity_read(line, size, ret) == ERR_OK;
}

enum image_form running_image_form(const struct environment *environment)
{
        struct image_identity image;
        return running_image_identity(environment, &image) ? image.form : IMAGE_ROOT;
}

int running_image_open(const struct environment *environment, struct running_root *ret)
{
        return running_root_open(environment->root_path, running_image_form(environment), ret);
}
