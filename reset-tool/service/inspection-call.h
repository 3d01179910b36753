/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call for which the machine has to be looked at: what it wants to know, and asking cleanslate-inspect@.service for it. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_INSPECTION_CALL_H
#define CLEANSLATE_RESET_TOOL_SERVICE_INSPECTION_CALL_H

#include "reset-tool/service/helper.h"

/* From the call's level and tpmClear. False: it is answered, since one of them is wrong. */
bool inspection_call_read(struct client *client, enum inspection_of of, struct inspection *ret);

/* As helper_request(). */
bool inspector_request(struct client *client, const struct inspection *inspection, helper_done done, struct explanation *ret_why);

#endif
