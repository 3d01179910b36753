/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM of the firmware made of memory, as TCG2 shows it: it extends, logs, and gives random bytes; and the generator of the
 * firmware's own. */
#include "fake-internal.h"

#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"
#include <stdio.h>
#include <string.h>

#define BANK_SHA256 0x02 /* EFI_TCG2_BOOT_HASH_ALG_SHA256 */

/* systemd's src/fundamental/tpm2-pcr.h */
#define UKI_PROFILE_TAG  0x13aed6db
#define INITRD_ADDON_TAG 0x49dffe0f
#define UCODE_ADDON_TAG  0xdac08e1a

static bool is_known_tag(uint32_t tag)
{
        return tag == UKI_PROFILE_TAG || tag == INITRD_ADDON_TAG || tag == UCODE_ADDON_TAG;
}

static EFI_STATUS EFIAPI get_capability(struct tcg2_protocol *self, struct tcg2_capability *capability)
{
        if (EFI_ERROR(fake_current->faults.capability))
                return fake_current->faults.capability;
        fake_must(capability->size == sizeof(*capability), "GetCapability without a size");
        memset(capability, 0, offsetof(struct tcg2_capability, pcr_bank_count));
        capability->structure_version[0] = capability->protocol_version[0] = 1;
        capability->tpm_present = !fake_current->faults.no_tpm;
        capability->hash_algorithms = fake_current->faults.pcr_bank != 0 ? fake_current->faults.pcr_bank : BANK_SHA256;
        capability->size = offsetof(struct tcg2_capability, pcr_bank_count);
        if (fake_current->faults.capability_1_0)
                return EFI_SUCCESS;
        capability->size = sizeof(*capability);
        capability->structure_version[1] = capability->protocol_version[1] = 1;
        capability->pcr_bank_count = 1;
        capability->active_pcr_banks = capability->hash_algorithms;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI hash_log_extend_event(struct tcg2_protocol *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                               struct tcg2_event *event)
{
        struct fake_event *entry = &fake_current->events[fake_current->event_count];
        const void *bytes = (const void *)(uintptr_t)data;
        size_t tag = event->type == TCG2_EV_EVENT_TAG ? 8 : 0, description_size = event->size - 18 - tag;
        CHAR16 wide[300];
        char description[300];

        fake_must(!fake_current->faults.no_tpm, "a measurement without a TPM");
        fake_must(event->header_size == 14 && event->header_version == 1 && event->pcr < FAKE_PCRS, "a malformed event");
        fake_must(load_le16((uint8_t *)event + event->size - 2) == 0, "a description without its NUL");
        fake_must(tag == 0 ||
                          (is_known_tag(load_le32(event->description)) && load_le32(event->description + 4) == description_size),
                  "a tag that is unknown or does not fit its description");
        fake_must(description_size <= sizeof(wide), "a description that is too long");
        memcpy(wide, event->description + tag, description_size);
        fake_narrow(wide, description, sizeof(description));
        fake_record(FAKE_MEASURE, description);
        fake_take_time(UINT64_C(1000000) * fake_current->faults.measure_seconds);
        if (EFI_ERROR(fake_current->faults.measure) && fake_current->faults.measure != EFI_VOLUME_FULL &&
            (fake_current->faults.measure_what == NULL || strcmp(fake_current->faults.measure_what, description) == 0))
                return fake_current->faults.measure;
        fake_must(fake_current->event_count < FAKE_EVENTS_MAX, "too many events");
        *entry = (struct fake_event){ .pcr = event->pcr, .type = event->type, .data = fake_copy(bytes, size), .size = size };
        entry->tag = tag == 0 ? 0 : load_le32(event->description);
        snprintf(entry->description, sizeof(entry->description), "%s", description);
        fake_current->event_count++;
        if (fake_current->faults.pcr_bank == 0 || (fake_current->faults.pcr_bank & BANK_SHA256) != 0)
                pcr_extend(sha256_chunks, fake_current->pcrs[event->pcr], bytes, size);
        return fake_current->faults.measure == EFI_VOLUME_FULL ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

/* TPM2_PCR_Read of PCR 11, SHA-256 (TPM 2.0 part 3, 22.4); where that bank is off, without a value. */
static EFI_STATUS read_pcr(const UINT8 *input, UINT32 input_size, UINT8 *output, UINT32 output_size)
{
        static const UINT8 command[] = { 0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1, 0, 0x0b, 3, 0, 0x08, 0 };
        static const UINT8 head[] = { 0x80, 0x01, 0, 0, 0,    62, 0, 0,    0, 0, 0, 0, 0, 9, 0,
                                      0,    0,    1, 0, 0x0b, 3,  0, 0x08, 0, 0, 0, 0, 1, 0, 32 };
        static const UINT8 none[] = {
                0x80, 0x01, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0x0b, 3, 0, 0, 0, 0, 0, 0, 0
        };

        fake_must(input_size == sizeof(command) && memcmp(input, command, sizeof(command)) == 0, "an unknown TPM command");
        fake_must(output_size == sizeof(head) + SHA256_SIZE, "room for something else than the answer");
        if (EFI_ERROR(fake_current->faults.pcr_read))
                return fake_current->faults.pcr_read;
        memcpy(output, fake_current->faults.no_sha256_bank ? none : head, sizeof(none));
        if (fake_current->faults.no_sha256_bank)
                return EFI_SUCCESS;
        memcpy(output, head, sizeof(head));
        memcpy(output + sizeof(head), fake_current->pcrs[PCR_KERNEL_IMAGE], SHA256_SIZE);
        return EFI_SUCCESS;
}

/* TPM2_GetRandom and TPM2_PCR_Read, the two commands that the stub sends by itself. */
static EFI_STATUS EFIAPI submit_command(struct tcg2_protocol *self, UINT32 input_size, UINT8 *input, UINT32 output_size,
                                        UINT8 *output)
{
        static const UINT8 command[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 32 };
        static const UINT8 header[] = { 0x80, 0x01, 0, 0, 0, 44, 0, 0, 0, 0, 0, 32 };

        if (input_size >= 10 && input[9] == 0x7e)
                return read_pcr(input, input_size, output, output_size);
        fake_must(input_size == sizeof(command) && memcmp(input, command, sizeof(command)) == 0, "an unknown TPM command");
        fake_must(output_size == sizeof(header) + 32, "room for something else than the answer");
        memset(output, 0, output_size);
        memcpy(output, header, sizeof(header));
        if (fake_current->faults.no_tpm_random)
                output[9] = 0x01; /* TPM_RC_... */
        else
                memset(output + sizeof(header), 0x77, 32);
        return EFI_SUCCESS;
}

struct tcg2_protocol fake_tcg2 = { .get_capability = get_capability,
                                   .hash_log_extend_event = hash_log_extend_event,
                                   .submit_command = submit_command };

static EFI_STATUS EFIAPI get_rng(EFI_RNG_PROTOCOL *self, EFI_RNG_ALGORITHM *algorithm, UINTN size, UINT8 *value)
{
        memset(value, 0x33, size);
        return EFI_SUCCESS;
}

EFI_RNG_PROTOCOL fake_rng = { .GetRNG = get_rng };
