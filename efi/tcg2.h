/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the TCG EFI Protocol (Specification for TPM Family 2.0, level 00 revision 00.13, section 6) that the stub uses;
 * gnu-efi has none. Layouts only. */
#ifndef CLEANSLATE_EFI_TCG2_H
#define CLEANSLATE_EFI_TCG2_H

#include "efi/platform.h"

#define EFI_TCG2_PROTOCOL_GUID                                         \
        {                                                              \
                0x607f766c, 0x7455, 0x42be,                            \
                {                                                      \
                        0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f \
                }                                                      \
        }

#define TCG2_EVENT_HEADER_VERSION 1
#define TCG2_EV_EVENT_TAG         0x06
#define TCG2_EV_IPL               0x0d

struct tcg2_capability {
        UINT8 size;
        UINT8 structure_version[2];
        UINT8 protocol_version[2];
        UINT32 hash_algorithms;
        UINT32 event_logs;
        BOOLEAN tpm_present;
        UINT16 max_command_size;
        UINT16 max_response_size;
        UINT32 manufacturer_id;
        UINT32 pcr_bank_count;
        UINT32 active_pcr_banks;
};

static_assert(offsetof(struct tcg2_capability, hash_algorithms) == 8, "section 6.4");
static_assert(offsetof(struct tcg2_capability, tpm_present) == 16, "section 6.4");
static_assert(sizeof(struct tcg2_capability) == 36, "section 6.4");

struct tcg2_event {
        UINT32 size; /* of the whole structure, description included */
        UINT32 header_size;
        UINT16 header_version;
        UINT32 pcr;
        UINT32 type;
        UINT8 description[];
} __attribute__((packed));

#define TCG2_EVENT_HEADER_SIZE 14

static_assert(offsetof(struct tcg2_event, pcr) == 10, "section 6.6");
static_assert(offsetof(struct tcg2_event, description) == sizeof(UINT32) + TCG2_EVENT_HEADER_SIZE, "section 6.6");

struct tcg2_protocol {
        EFI_STATUS(EFIAPI *get_capability)(struct tcg2_protocol *self, struct tcg2_capability *capability);
        EFI_STATUS(EFIAPI *get_event_log)(void);
        EFI_STATUS(EFIAPI *hash_log_extend_event)
        (struct tcg2_protocol *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 data_size, struct tcg2_event *event);
        EFI_STATUS(EFIAPI *submit_command)
        (struct tcg2_protocol *self, UINT32 input_size, UINT8 *input, UINT32 output_size, UINT8 *output);
        EFI_STATUS(EFIAPI *get_active_pcr_banks)(void);
        EFI_STATUS(EFIAPI *set_active_pcr_banks)(void);
        EFI_STATUS(EFIAPI *get_result_of_set_active_pcr_banks)(void);
};

#endif
