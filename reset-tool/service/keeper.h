/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that outlive a reset, for the service: cleanslate-keep@.service reads, seals and deletes them. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_KEEPER_H
#define CLEANSLATE_RESET_TOOL_SERVICE_KEEPER_H

#include "reset-tool/keep-question.h"
#include "reset-tool/keeping.h"
#include "reset-tool/service/helper.h"

/* As helper_ask(). */
bool keeper_ask(struct client *client, const struct keep_question *question, helped done, struct explanation *ret_why);

/* Knows how to withdraw, and nothing else: the rest takes longer than everybody may be kept waiting, so see keeper_ask(). */
extern const struct keeping keeping_by_keeper;

#endif
