/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the request for a reset from within the initrd; see reset-request.h. */
#include "initrd/reset-request.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static int read_boot_id(struct id128 *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, BOOT_ID_PATH, 64, &text, &size);
        if (r < 0)
                return r;
        return id128_parse(text, strcspn(text, "\n"), ret) ? 0 : -EBADMSG;
}

int reset_ask_next_boot(struct boot_context *context, const char *reason, const char *requester)
{
        struct request request = { .os = context->os, .disk_uuid = context->inventory.disk_uuid };
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;
        (void)snprintf(request.reason, sizeof(request.reason), "%s", reason);
        (void)snprintf(request.requester, sizeof(request.requester), "%s", requester);
        int r = read_boot_id(&request.boot_id);
        if (r == 0)
                r = boot_random(context, request.nonce.bytes, sizeof(request.nonce.bytes));
        if (r == 0 && request_encode(&request, value, sizeof(value), &size) != ERR_OK)
                r = -E2BIG;
        if (r == 0)
                r = efivarfs_write(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size);
        return r < 0 ? boot_trouble(context, r, "The request for a factory reset cannot be written to the EFI variables: %s.",
                                    strerror(-r))
                     : 0;
}
