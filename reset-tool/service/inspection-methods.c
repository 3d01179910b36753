/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods that tell what the machine looks like: Plan and Doctor. */
#include "common/base/json-write.h"
#include "reset-tool/service/descriptions.h"
#include "reset-tool/service/inspection-call.h"
#include "reset-tool/service/methods.h"
#include "reset-tool/service/reply.h"

/* What was found out, as it is, in one member. */
static void reply_inspected(struct client *client, const char *key, enum inspection_answer answer, const char *text)
{
        if (answer == INSPECTION_DISALLOWED)
                reply_error(client, CLEANSLATE_ERROR("NotAllowed"), "message", text, NULL);
        else if (answer == INSPECTION_ERROR)
                reply_not_available(client, text);
        else {
                struct writer writer = reply_begin(client);
                json_open(&writer, '{');
                json_key(&writer, key);
                writer_text(&writer, text);
                json_close(&writer, '}');
                reply_end(client, &writer, false);
        }
}

static void on_plan(struct client *client, enum inspection_answer answer, const char *text)
{
        reply_inspected(client, "plan", answer, text);
}

static void on_doctor(struct client *client, enum inspection_answer answer, const char *text)
{
        reply_inspected(client, "checkup", answer, text);
}

static void request_inspection(struct client *client, const struct inspection *inspection, helper_done done)
{
        struct explanation why;
        if (!inspector_request(client, inspection, done, &why))
                reply_not_available(client, why.text);
}

void method_plan(struct client *client)
{
        struct inspection inspection;
        if (inspection_call_read(client, INSPECTION_PLAN, &inspection))
                request_inspection(client, &inspection, on_plan);
}

void method_doctor(struct client *client)
{
        const struct inspection inspection = { .of = INSPECTION_DOCTOR };
        request_inspection(client, &inspection, on_doctor);
}
