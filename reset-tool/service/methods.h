/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the methods do, by the same pieces as the commands. Each answers client->call with one message, at once or, where the
 * machine has to be looked at first, later: then the call waits (client_wait()). Who may call is checked before. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_METHODS_H
#define CLEANSLATE_RESET_TOOL_SERVICE_METHODS_H

#include "reset-tool/service/client.h"

void method_get_info(struct client *client);
void method_get_interface_description(struct client *client);
void method_get_factory_reset_mode(struct client *client);
void method_can_request_factory_reset(struct client *client);
void method_status(struct client *client);
void method_plan(struct client *client);
void method_doctor(struct client *client);
void method_request(struct client *client);
void method_schedule(struct client *client);
void method_cancel(struct client *client);
void method_list_records(struct client *client);
void method_get_record(struct client *client);

#endif
