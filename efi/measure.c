/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TPM measurements; see measure.h. */
#include "efi/measure.h"
#include "common/base/bytes.h"
#include "common/base/utf16.h"
#include "common/boot/pcr-mode.h"
#include "common/format/pcr.h"
#include "common/format/tpm-answer.h"

#define DESCRIPTION_MAX 64 /* UTF-16 units; section names and mode events are far shorter */

/* What an EV_EVENT_TAG event is of: systemd's number for the profile of a UKI, in front of the description. */
#define PROFILE_TAG              0x13aed6dbu
#define PROFILE_SIZE             22 /* ten digits and the NUL, UTF-16 */
#define TAGGED_EVENT_ID          0
#define TAGGED_EVENT_SIZE        4
#define TAGGED_EVENT_DATA        8
#define TAGGED_EVENT_DESCRIPTION 512 /* a name of 255 characters and the NUL, UTF-16 */

static void note(struct measurement *measurement, EFI_STATUS status)
{
        if (EFI_ERROR(status) && !EFI_ERROR(measurement->status))
                measurement->status = status;
}

/* Earlier ones have a shorter structure, and what firmware has not written is not read. */
static bool tells_banks(const struct tcg2_capability *capability)
{
        const UINT8 *version = capability->structure_version;

        return capability->size >= sizeof(*capability) && (version[0] > 1 || (version[0] == 1 && version[1] >= 1));
}

struct measurement measure_open(const struct platform *platform)
{
        struct measurement measurement = { .status = EFI_SUCCESS, .banks_known = true };
        struct tcg2_capability capability = { .size = sizeof(capability) };
        EFI_GUID guid = EFI_TCG2_PROTOCOL_GUID;
        void *protocol = NULL;

        if (EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol)))
                return measurement;
        measurement.tcg2 = protocol;
        note(&measurement, measurement.tcg2->get_capability(measurement.tcg2, &capability));
        if (!EFI_ERROR(measurement.status) && !capability.tpm_present) {
                measurement.tcg2 = NULL;
                return measurement;
        }
        measurement.banks_known = !EFI_ERROR(measurement.status) && tells_banks(&capability);
        measurement.active_banks = measurement.banks_known ? capability.active_pcr_banks : 0;
        return measurement;
}

/* The PCR gets the hash of `data`, the event log the description. */
static EFI_STATUS extend(const struct platform *platform, const struct measurement *measurement, UINT32 pcr, UINT32 type,
                         struct bytes data, struct bytes description)
{
        size_t size = offsetof(struct tcg2_event, description) + description.size;
        struct tcg2_event *event;
        EFI_STATUS status;

        if (size > UINT32_MAX)
                return EFI_BAD_BUFFER_SIZE;
        event = platform_allocate(platform, size);
        if (event == NULL)
                return EFI_OUT_OF_RESOURCES;
        *event = (struct tcg2_event){ .size = (UINT32)size,
                                      .header_size = TCG2_EVENT_HEADER_SIZE,
                                      .header_version = TCG2_EVENT_HEADER_VERSION,
                                      .pcr = pcr,
                                      .type = type };
        memcpy(event->description, description.data, description.size);
        status = measurement->tcg2->hash_log_extend_event(measurement->tcg2, 0, (EFI_PHYSICAL_ADDRESS)(uintptr_t)data.data,
                                                          data.size, event);
        platform_free(platform, event);
        /* "The extend operation occurred, but the event could not be written to one or more event logs": the PCR is right. */
        return status == EFI_VOLUME_FULL ? EFI_SUCCESS : status;
}

/* An event of which the log keeps a short text. */
static EFI_STATUS extend_ipl(const struct platform *platform, const struct measurement *measurement, UINT32 pcr,
                             struct bytes data, const char *text)
{
        CHAR16 wide[DESCRIPTION_MAX];
        struct writer description = writer_over(wide, sizeof(wide));

        utf16_from_utf8(text, text_length(text), &description);
        if (description.overflow)
                return EFI_BAD_BUFFER_SIZE;
        return extend(platform, measurement, pcr, TCG2_EV_IPL, data, (struct bytes){ description.data, description.size });
}

static EFI_STATUS extend_image(const struct platform *platform, struct measurement *measurement, struct bytes data,
                               const char *text)
{
        EFI_STATUS status = extend_ipl(platform, measurement, PCR_KERNEL_IMAGE, data, text);

        note(measurement, status);
        if (!EFI_ERROR(status))
                measurement->kernel_image = true;
        return status;
}

void measure_sections(const struct platform *platform, struct measurement *measurement, const struct uki *uki)
{
        if (measurement->tcg2 == NULL)
                return;
        for (int i = 0; i < UKI_SECTION_COUNT; i++) {
                const char *name = uki_section_name((enum uki_section)i);

                if (uki->sections[i].data == NULL || !uki_section_is_measured((enum uki_section)i))
                        continue;
                if (EFI_ERROR(extend_image(platform, measurement, (struct bytes){ (const uint8_t *)name, text_length(name) + 1 },
                                           name)))
                        return;
                if (EFI_ERROR(extend_image(platform, measurement, uki->sections[i], name)))
                        return;
        }
}

static void note_parameters(struct measurement *measurement, EFI_STATUS status)
{
        note(measurement, status);
        if (!EFI_ERROR(status))
                measurement->kernel_parameters = true;
}

/* The log gets the tag, the size of the description, and that. */
static EFI_STATUS extend_tagged(const struct platform *platform, struct measurement *measurement, uint32_t tag, struct bytes data,
                                struct bytes description)
{
        uint8_t event[TAGGED_EVENT_DATA + TAGGED_EVENT_DESCRIPTION];

        if (description.size > TAGGED_EVENT_DESCRIPTION)
                return EFI_BAD_BUFFER_SIZE;
        store_le32(event + TAGGED_EVENT_ID, tag);
        store_le32(event + TAGGED_EVENT_SIZE, (uint32_t)description.size);
        memcpy(event + TAGGED_EVENT_DATA, description.data, description.size);
        return extend(platform, measurement, PCR_KERNEL_PARAMETERS, TCG2_EV_EVENT_TAG, data,
                      (struct bytes){ event, TAGGED_EVENT_DATA + description.size });
}

void measure_profile(const struct platform *platform, struct measurement *measurement, unsigned profile)
{
        uint8_t wide[PROFILE_SIZE];
        char digits[PROFILE_SIZE / 2];
        struct writer number = writer_over(wide, sizeof(wide)), writer = writer_over(digits, sizeof(digits));
        struct bytes data;

        if (measurement->tcg2 == NULL || profile == 0)
                return;
        writer_decimal(&writer, profile);
        utf16_from_utf8(digits, writer.size, &number);
        data = (struct bytes){ number.data, number.size };
        note_parameters(measurement, extend_tagged(platform, measurement, PROFILE_TAG, data, data));
}

static EFI_STATUS count_parameters(struct measurement *measurement, EFI_STATUS status)
{
        measurement->kernel_parameters = measurement->kernel_parameters || !EFI_ERROR(status);
        return status;
}

EFI_STATUS measure_tagged(const struct platform *platform, struct measurement *measurement, uint32_t tag, struct bytes data,
                          const char *description)
{
        uint8_t wide[TAGGED_EVENT_DESCRIPTION];
        struct writer writer = writer_over(wide, sizeof(wide));

        if (measurement->tcg2 == NULL)
                return EFI_SUCCESS;
        utf16_from_utf8(description, text_length(description), &writer);
        if (writer.overflow)
                return EFI_BAD_BUFFER_SIZE;
        return count_parameters(measurement,
                                extend_tagged(platform, measurement, tag, data, (struct bytes){ writer.data, writer.size }));
}

EFI_STATUS measure_addition(const struct platform *platform, struct measurement *measurement, const CHAR16 *text, size_t size)
{
        struct bytes parameters = { (const uint8_t *)text, size };

        if (measurement->tcg2 == NULL)
                return EFI_SUCCESS;
        return count_parameters(measurement,
                                extend(platform, measurement, PCR_KERNEL_PARAMETERS, TCG2_EV_IPL, parameters, parameters));
}

void measure_parameters(const struct platform *platform, struct measurement *measurement, const CHAR16 *text, size_t size)
{
        struct bytes parameters = { (const uint8_t *)text, size };

        if (measurement->tcg2 == NULL)
                return;
        note_parameters(measurement, extend(platform, measurement, PCR_KERNEL_PARAMETERS, TCG2_EV_IPL, parameters, parameters));
}

void measure_read(struct measurement *measurement, enum boot_mode mode)
{
        UINT8 command[TPM_PCR_READ_SIZE], answer[TPM_PCR_ANSWER_SIZE] = { 0 };

        if (measurement->tcg2 == NULL || mode == MODE_NORMAL)
                return;
        tpm_pcr_read_command(command);
        measurement->has_pcr = !EFI_ERROR(measurement->tcg2->submit_command(measurement->tcg2, sizeof(command), command,
                                                                            sizeof(answer), answer)) &&
                               tpm_pcr_read_parse(answer, measurement->pcr);
}

EFI_STATUS measure_sidecar(const struct platform *platform, struct measurement *measurement, enum sidecar sidecar,
                           struct bytes archive)
{
        const struct sidecar_kind *kind = sidecar_kind(sidecar);
        EFI_STATUS status;

        if (measurement->tcg2 == NULL)
                return EFI_SUCCESS;
        status = extend_ipl(platform, measurement, kind->pcr, archive, kind->event);
        if (EFI_ERROR(status))
                return status;
        if (sidecar == SIDECAR_SYSEXTS || sidecar == SIDECAR_GLOBAL_SYSEXTS)
                measurement->sysexts = true;
        else if (sidecar == SIDECAR_CONFEXTS || sidecar == SIDECAR_GLOBAL_CONFEXTS)
                measurement->confexts = true;
        else
                measurement->kernel_parameters = true;
        return EFI_SUCCESS;
}

void measure_mode(const struct platform *platform, struct measurement *measurement, enum boot_mode mode)
{
        const char *event = pcr_mode_event(mode);

        if (measurement->tcg2 == NULL || event == NULL)
                return;
        measurement->mode_failed = EFI_ERROR(
                extend_image(platform, measurement, (struct bytes){ (const uint8_t *)event, text_length(event) }, event));
}
