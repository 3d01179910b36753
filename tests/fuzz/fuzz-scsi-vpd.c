/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any reply of a SCSI device, given to every parser: whatever lengths it claims, nothing behind it is read. */
#include "common/media/media-json.h"
#include "common/media/scsi-vpd.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct media_facts facts = { .bus = MEDIA_SCSI };
        struct scsi_sense sense;
        struct bytes field;
        static uint8_t buffer[MEDIA_JSON_MAX];
        struct writer json = writer_over(buffer, sizeof(buffer));
        bool is_ata;

        (void)scsi_inquiry_parse(data, size, &facts, &is_ata);
        (void)scsi_serial_parse(data, size, facts.serial);
        if (scsi_identifier_parse(data, size, facts.wwid) == ERR_OK)
                MUST(text_length(facts.wwid) < MEDIA_WWID_MAX);
        (void)scsi_rotation_parse(data, size, &facts.rotational);
        (void)scsi_command_is_supported(data, size);
        if (scsi_sense_parse(data, size, &sense) == ERR_OK)
                MUST(sense.key < 16 && (sense.progress_known || sense.progress == 0));
        for (uint16_t code = 0; code < 8; code++)
                if (size > 0 && scsi_log_parameter(data, size, data[0] & 0x3f, code, &field) == ERR_OK) {
                        MUST(field.data >= data && range_fits(size, (size_t)(field.data - data), field.size));
                        (void)scsi_number(field);
                }
        media_facts_json(&json, &facts);
        MUST(!json.overflow && text_is_utf8((const char *)buffer, json.size));
        return 0;
}
