/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/efi/ppi.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

static void path_of(const char *directory, const char *name, char ret[static PATH_MAX])
{
        (void)snprintf(ret, PATH_MAX, "%s/%s", directory ? directory : PPI_DIRECTORY, name);
}

static int read_text(const char *directory, const char *name, char **ret, size_t *ret_size)
{
        char path[PATH_MAX];
        path_of(directory, name, path);
        return file_read(AT_FDCWD, path, PPI_TEXT_MAX, ret, ret_size);
}

static int parsed(enum err err)
{
        return err == ERR_OK ? 0 : -EBADMSG;
}

static int read_pending(const char *directory, uint32_t *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = read_text(directory, "request", &text, &size);
        return r < 0 ? r : parsed(ppi_parse_request(text, size, ret));
}

int ppi_read_offer(const char *directory, struct ppi_clear_offer *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        uint32_t pending;
        struct ppi_clear_offer offer = { 0 };
        int r = read_pending(directory, &pending);
        if (r == -ENOENT || r == -ENOTDIR) {
                *ret = offer;
                return 0;
        }
        if (r < 0)
                return r;
        r = read_text(directory, "tcg_operations", &text, &size);
        if (r == -EPERM)
                offer.present = true;
        else
                r = r < 0 ? r : parsed(ppi_parse_operations(text, size, &offer));
        if (r < 0 && r != -EPERM)
                return r;
        *ret = offer;
        return 0;
}

int ppi_request(const char *directory, uint32_t operation, enum ppi_transition *ret_leave)
{
        _cleanup_free_ char *transition = NULL;
        char path[PATH_MAX], text[16];
        size_t size;
        uint32_t pending;
        enum ppi_transition leave = PPI_TRANSITION_REBOOT;
        path_of(directory, "request", path);
        (void)snprintf(text, sizeof(text), "%u\n", operation);
        int r = file_write_existing(path, text);
        if (r == 0)
                r = read_pending(directory, &pending);
        if (r < 0)
                return r;
        if (pending != operation)
                return -EIO;
        /* the kernel shows it for the request that is pending; a firmware without an opinion is content with a restart */
        r = read_text(directory, "transition_action", &transition, &size);
        if (r == 0 && ppi_parse_transition(transition, size, &leave) != ERR_OK)
                leave = PPI_TRANSITION_REBOOT;
        *ret_leave = leave;
        return 0;
}

int ppi_read_answer(const char *directory, uint32_t *ret_pending, struct ppi_response *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        uint32_t pending;
        int r = read_pending(directory, &pending);
        if (r == 0)
                r = read_text(directory, "response", &text, &size);
        if (r == 0)
                r = parsed(ppi_parse_response(text, size, ret));
        if (r == 0)
                *ret_pending = pending;
        return r;
}
