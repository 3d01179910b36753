/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/plan-digest.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"
#include <errno.h>

int plan_text(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, char **ret_text,
              size_t *ret_size)
{
        char *text = malloc(PLAN_TEXT_MAX);
        if (!text)
                return -ENOMEM;
        struct writer writer = writer_over(text, PLAN_TEXT_MAX);
        plan_format(plan, policy, inventory, &writer);
        if (writer.overflow) {
                free(text);
                return -E2BIG;
        }
        *ret_text = text;
        *ret_size = writer.size;
        return 0;
}

int plan_digest(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                uint8_t ret[static SHA256_SIZE])
{
        _cleanup_free_ char *text = NULL;
        struct bytes bytes = { 0 };
        int r = plan_text(plan, policy, inventory, &text, &bytes.size);
        if (r < 0)
                return r;
        bytes.data = (const uint8_t *)text;
        sha256_chunks(&bytes, 1, ret);
        return 0;
}
