/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/inspection-call.h"

#include "reset-tool/service/reply.h"
#include "reset-tool/service/service.h"

bool inspection_call_read(struct client *client, enum inspection_of of, struct inspection *ret)
{
        char level[VARLINK_NAME_MAX], tpm_clear[VARLINK_NAME_MAX];
        const char *bad = NULL;
        *ret = (struct inspection){ .of = of };
        if (varlink_text(&client->call, "level", level, sizeof(level)) != ERR_OK ||
            (level[0] && !erase_level_parse(level, &ret->level)))
                bad = "level";
        else if (varlink_text(&client->call, "tpmClear", tpm_clear, sizeof(tpm_clear)) != ERR_OK ||
                 (tpm_clear[0] && !tpm_clear_policy_parse(tpm_clear, &ret->tpm_clear)))
                bad = "tpmClear";
        if (bad)
                reply_invalid_parameter(client, bad);
        return !bad;
}

bool inspector_request(struct client *client, const struct inspection *inspection, helper_done done, struct explanation *ret_why)
{
        const struct helper_address inspector = { .socket_path = service_of(client)->inspection_path,
                                                  .name = "cleanslate-inspect" };
        char line[INSPECTION_LINE_MAX];
        struct writer writer = writer_over(line, sizeof(line));
        inspection_line(&writer, inspection);
        return helper_request(client, &inspector, line, writer.size, done, ret_why);
}
