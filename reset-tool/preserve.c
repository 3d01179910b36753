/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/preserve.h"

#include "linux/base/cleanup.h"
#include "linux/image/policy-files.h"
#include "reset-tool/preserve-deliver.h"
#include "reset-tool/running-image.h"
#include <errno.h>
#include <string.h>

static bool read_policy(const struct environment *environment, struct policy *ret, struct explanation *ret_why)
{
        struct running_root root = { .fd = -1 };
        struct policy_error error;
        char text[320];
        int r = running_image_open(environment, &root);
        if (r < 0)
                return explain(ret_why, "The image cannot be opened: %s.", strerror(-r));
        r = policy_files_read(root.fd, running_image_form(environment), ret, &error);
        close_fd(&root.fd);
        if (r == 0)
                return true;
        policy_error_format(&error, text, sizeof(text));
        return explain(ret_why, "The image's policy is wrong: %s.", text);
}

static int collect(const struct environment *environment, const struct reset_options *options, struct preserve_collection *ret,
                   struct explanation *ret_why)
{
        _cleanup_free_ struct policy *policy = malloc(sizeof(*policy));
        if (!policy) {
                (void)explain(ret_why, "not enough memory.");
                return -ENOMEM;
        }
        if (!read_policy(environment, policy, ret_why) ||
            !preserve_collect(environment, policy, options->keep, options->keep_count, ret, ret_why))
                return -EINVAL;
        ret->seal_pcrs = policy->settings.seal_pcrs;
        return 0;
}

static int judge(const struct environment *environment, const struct reset_options *options, struct explanation *ret_why)
{
        struct preserve_collection collection;
        int r = collect(environment, options, &collection, ret_why);
        if (r == 0)
                preserve_collection_done(&collection);
        return r;
}

static int hand_over(const struct environment *environment, const struct boot_context *context,
                     const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why)
{
        struct preserve_collection collection;
        int r = collect(environment, options, &collection, ret_why);
        if (r < 0)
                return r;
        bool delivered = preserve_deliver(environment, context, &collection, nonce, ret_why);
        preserve_collection_done(&collection);
        return delivered ? 0 : -EIO;
}

const struct preserve_calls preserve_on_esp = { .judge = judge, .hand_over = hand_over, .withdraw = preserve_withdraw };
