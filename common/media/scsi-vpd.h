/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SCSI device says about itself: INQUIRY, vital product data, sense data, log pages. Source: SPC-5 (6.7, 4.4, 7.3, 7.7),
 * SBC-4 (6.5.2 block device characteristics). Parsing only. */
#ifndef CLEANSLATE_COMMON_SCSI_VPD_H
#define CLEANSLATE_COMMON_SCSI_VPD_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/media/media.h"

/* Vendor and product as model, revision as firmware, removable. ERR_SYNTAX: no direct-access device. */
enum err scsi_inquiry_parse(const void *data, size_t size, struct media_facts *ret, bool *ret_is_ata);

/* Page 80h. ERR_SYNTAX: it is another page. */
enum err scsi_serial_parse(const void *data, size_t size, char ret[static MEDIA_SERIAL_MAX]);

/* Page 83h: the best identifier of the logical unit: NAA, then EUI-64, then SCSI name, then T10 vendor ID. ERR_MISSING. */
enum err scsi_identifier_parse(const void *data, size_t size, char ret[static MEDIA_WWID_MAX]);

/* Page B1h. ERR_MISSING: the medium does not say whether it rotates. */
enum err scsi_rotation_parse(const void *data, size_t size, bool *ret_rotational);

/* REPORT SUPPORTED OPERATION CODES, one command: false where it is not supported, or the reply is short. */
bool scsi_command_is_supported(const void *data, size_t size);

struct scsi_sense {
        uint8_t key, asc, ascq;
        bool progress_known;
        uint16_t progress; /* of 65536 */
};
#define SCSI_SENSE_NOT_READY    0x2
#define SCSI_SENSE_MEDIUM_ERROR 0x3
#define SCSI_SENSE_ILLEGAL      0x5

/* Fixed and descriptor format. ERR_SYNTAX: neither. */
enum err scsi_sense_parse(const void *data, size_t size, struct scsi_sense *ret);

/* Value (big-endian, up to 8 bytes) of parameter `code` in a log page. ERR_MISSING; ERR_SYNTAX: it is another page. */
enum err scsi_log_parameter(const void *data, size_t size, uint8_t page, uint16_t code, struct bytes *ret);
uint64_t scsi_number(struct bytes field);

#endif
