/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ATA device says about itself: IDENTIFY DEVICE, DEVICE CONFIGURATION IDENTIFY, SMART data, SANITIZE STATUS EXT. Source:
 * ATA ACS-3 (T13/2161-D r5), 7.12, 7.36; ATA8-ACS 7.10 for the device configuration overlay. Parsing only. */
#ifndef CLEANSLATE_COMMON_ATA_IDENTIFY_H
#define CLEANSLATE_COMMON_ATA_IDENTIFY_H

#include "common/base/err.h"
#include "common/media/media.h"

#define ATA_BLOCK_SIZE 512

/* What the next commands depend on. */
struct ata_abilities {
        uint64_t sectors;      /* that are addressable now */
        uint32_t sector_bytes; /* logical */
        bool lba48;
        bool hpa;  /* READ NATIVE MAX ADDRESS, SET MAX ADDRESS */
        bool amac; /* ACS-3's GET NATIVE MAX ADDRESS EXT, SET ACCESSIBLE MAX ADDRESS EXT */
        bool dco;  /* DEVICE CONFIGURATION */
        bool smart, sanitize;
};

/* Model, serial, firmware, wwid, techniques, security, rotational. ERR_TRUNCATED, ERR_CHECKSUM; ERR_SYNTAX: not an ATA disk. */
enum err ata_identify_parse(const void *data, size_t size, struct media_facts *ret, struct ata_abilities *ret_abilities);

/* The sectors that the device would have without its overlay. ERR_CHECKSUM. */
enum err ata_configuration_sectors(const void *data, size_t size, uint64_t *ret);

/* Attributes 5, 9, 194, 197, 198; `failing` is another command's answer and stays false. */
enum err ata_smart_parse(const void *data, size_t size, struct media_health *ret);

/* The registers after a command. */
struct ata_registers {
        uint8_t status, error, device;
        uint16_t count;
        uint64_t lba; /* 48 bits */
};
#define ATA_STATUS_ERROR  0x01
#define ATA_STATUS_FAULT  0x20
#define ATA_ERROR_ABORTED 0x04

enum ata_sanitize_state { ATA_SANITIZE_IDLE, ATA_SANITIZE_DONE, ATA_SANITIZE_RUNNING, ATA_SANITIZE_FAILED };
struct ata_sanitize_status {
        enum ata_sanitize_state state;
        uint16_t progress; /* of 65536, while running */
        bool frozen;
};

/* What the registers after SANITIZE STATUS EXT mean. ERR_UNSUPPORTED: the device aborted the command for another reason. */
enum err ata_sanitize_parse(const struct ata_registers *registers, struct ata_sanitize_status *ret);

/* The registers in the sense data of ATA PASS-THROUGH with CK_COND (SAT-3, 12.2.2.6): descriptor format, or the fixed one, which
 * has 24 bits of LBA. ERR_MISSING: none in there. */
enum err ata_registers_parse(const void *sense, size_t size, struct ata_registers *ret);

#endif
