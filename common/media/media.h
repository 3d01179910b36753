/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about a whole storage device: who it is, how it is, what it hides and by which commands it can purge itself. Filled
 * by linux/media/media; common/media/purge-choice decides from them. Plain data and names; knows no bus and sends no command. */
#ifndef CLEANSLATE_COMMON_MEDIA_H
#define CLEANSLATE_COMMON_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_MODEL_MAX    64 /* with its NUL, as the next three */
#define MEDIA_SERIAL_MAX   64
#define MEDIA_FIRMWARE_MAX 24
#define MEDIA_WWID_MAX     96

/* Whose command set the device understands, not what cable it is on: a SATA disk behind a SAS adapter is MEDIA_ATA. */
enum media_bus { MEDIA_OTHER, MEDIA_NVME, MEDIA_ATA, MEDIA_SCSI, MEDIA_MMC, MEDIA_VIRTIO, MEDIA_BUS_COUNT };

/* Every way of purging that the project knows. Values are bit numbers in media_facts.techniques. */
enum media_technique {
        MEDIA_TECHNIQUE_NONE,
        MEDIA_NVME_SANITIZE_BLOCK,       /* NVM Express Base 2.0, 5.24, SANACT 2 */
        MEDIA_NVME_SANITIZE_CRYPTO,      /* SANACT 4 */
        MEDIA_NVME_SANITIZE_OVERWRITE,   /* SANACT 3 */
        MEDIA_NVME_FORMAT_ERASE,         /* 5.14, Format NVM with SES 1 */
        MEDIA_NVME_FORMAT_CRYPTO,        /* SES 2 */
        MEDIA_ATA_SANITIZE_BLOCK,        /* ACS-3, 7.36 BLOCK ERASE EXT */
        MEDIA_ATA_SANITIZE_CRYPTO,       /* CRYPTO SCRAMBLE EXT */
        MEDIA_ATA_SANITIZE_OVERWRITE,    /* OVERWRITE EXT */
        MEDIA_ATA_SECURE_ERASE_ENHANCED, /* ACS-3, 7.40 SECURITY ERASE UNIT, enhanced: reallocated sectors, too */
        MEDIA_ATA_SECURE_ERASE,          /* ... normal: the user area only */
        MEDIA_SCSI_SANITIZE_BLOCK,       /* SBC-3, 5.30, service action 2 */
        MEDIA_SCSI_SANITIZE_CRYPTO,      /* service action 3 */
        MEDIA_SCSI_SANITIZE_OVERWRITE,   /* service action 1 */
        MEDIA_MMC_SANITIZE,              /* JESD84-B51, 6.6.13: erase, then SANITIZE_START */
        MEDIA_MMC_SECURE_ERASE,          /* 6.6.10: CMD38 with the secure argument */
        MEDIA_SECURE_DISCARD,            /* BLKSECDISCARD, whatever the driver makes of it */
        MEDIA_TECHNIQUE_COUNT,
};

#define MEDIA_TECHNIQUE_BIT(technique) (UINT32_C(1) << (technique))

/* ATA security feature set, IDENTIFY DEVICE words 82, 85, 89, 90 and 128. */
struct media_ata_security {
        bool supported, enabled, locked, frozen;
        bool count_expired; /* five wrong passwords: only a power cycle helps */
        bool enhanced;      /* enhanced erase is supported */
        uint32_t minutes;   /* the device's own estimate of a normal erase; 0 = it gives none */
        uint32_t enhanced_minutes;
};

/* What is there and cannot be addressed. `known` false: the device was not asked or did not say. */
struct media_hidden {
        bool known;
        uint64_t bytes; /* 0 = nothing */
};

/* What the device says about its own condition. Every number is the device's; `known` says whether it gave any. */
struct media_health {
        bool known;
        bool failing;             /* SMART status says so, or an NVMe critical warning is up, or a SCSI informational exception */
        uint8_t critical_warning; /* NVMe SMART log, byte 0 */
        bool worn_known;
        uint8_t percentage_used;     /* of the rated endurance; may exceed 100; an eMMC tells it in steps of 10 */
        uint64_t media_errors;       /* NVMe media errors; ATA 198 offline uncorrectable; SCSI uncorrected read errors */
        uint64_t reallocated;        /* ATA attribute 5 */
        uint64_t pending;            /* ATA attribute 197 */
        uint64_t power_on_hours;     /* 0 = unknown */
        int16_t temperature_celsius; /* INT16_MIN = unknown */
};

struct media_facts {
        enum media_bus bus;
        char model[MEDIA_MODEL_MAX]; /* text is printable ASCII, trimmed; empty if unknown */
        char serial[MEDIA_SERIAL_MAX];
        char firmware[MEDIA_FIRMWARE_MAX];
        char wwid[MEDIA_WWID_MAX]; /* "eui.…", "nvme.…", "naa.…", "cid.…": stable, unique as far as the maker was careful */
        uint64_t size_bytes;
        uint32_t logical_sector, physical_sector; /* bytes */
        bool removable;                           /* the medium can be taken out, or the whole device is on USB */
        bool usb;                                 /* behind a USB bridge: erase commands often do not get through, or hang it */
        bool read_only, rotational;

        uint32_t techniques;   /* MEDIA_TECHNIQUE_BIT()s that the device says it can do */
        bool sanitize_busy;    /* a sanitize, perhaps of an earlier attempt, is running at this moment */
        bool sanitize_failed;  /* the last sanitize failed; the device may refuse reads and writes until one succeeds */
        bool sanitize_frozen;  /* ATA SANITIZE FREEZE LOCK until the next power cycle */
        uint32_t namespaces;   /* NVMe: active ones of this controller; a sanitize takes them all. 0 elsewhere */
        bool format_takes_all; /* NVMe FNA bit 1: a Format with SES erases every namespace, not this one */
        struct media_ata_security security;
        struct media_hidden hpa, dco; /* host protected area; device configuration overlay */
        struct media_health health;
};

/* "nvme", "ata", ...: for records. Never NULL. */
const char *media_bus_name(enum media_bus bus);

/* Stable identifiers ("nvme-sanitize-block") for records and policy, and words for a person. Never NULL. */
const char *media_technique_name(enum media_technique technique);
const char *media_technique_text(enum media_technique technique);

/* False, *ret untouched: no technique has this name. */
bool media_technique_from_name(const char *name, enum media_technique *ret);

/* A device's text field as this project keeps text: printable ASCII, the rest as '?', without spaces and NULs around it, cut to
 * capacity - 1. capacity > 0. */
void media_copy_text(char *ret, size_t capacity, const uint8_t *field, size_t size);

static inline bool media_offers(const struct media_facts *facts, enum media_technique technique)
{
        return (facts->techniques & MEDIA_TECHNIQUE_BIT(technique)) != 0;
}

#endif
