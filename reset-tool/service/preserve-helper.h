/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that outlive a reset, for the service: cleanslate-keep@.service reads, seals and deletes them. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_PRESERVE_HELPER_H
#define CLEANSLATE_RESET_TOOL_SERVICE_PRESERVE_HELPER_H

#include "reset-tool/preserve-request.h"
#include "reset-tool/preserve.h"
#include "reset-tool/service/helper.h"

/* As helper_request(). */
bool preserve_helper_request(struct client *client, const struct preserve_request *question, helper_done done,
                             struct explanation *ret_why);

/* Knows how to withdraw, and nothing else: the rest takes longer than everybody may be kept waiting, so see
 * preserve_helper_request(). */
extern const struct preserve_calls preserve_by_helper;

#endif
