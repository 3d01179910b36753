/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi/random.h"
#include "efi/tcg2.h"

#define RANDOM_SIZE SHA256_SIZE

/* TPM 2.0 part 3, 16.1: TPM2_GetRandom without sessions; tag, size, command code, bytes wanted, big-endian. */
static const UINT8 get_random[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, RANDOM_SIZE };
#define RESPONSE_HEADER_SIZE 10 /* tag, size, response code */

bool random_of_firmware(const struct platform *platform, uint8_t ret[static RANDOM_SIZE])
{
        EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
        EFI_RNG_PROTOCOL *rng;
        void *protocol = NULL;

        if (EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol)))
                return false;
        rng = protocol;
        return !EFI_ERROR(rng->GetRNG(rng, NULL, RANDOM_SIZE, ret));
}

static bool tpm_random(const struct platform *platform, uint8_t ret[static RANDOM_SIZE])
{
        static const UINT8 success[4] = { 0 };
        EFI_GUID guid = EFI_TCG2_PROTOCOL_GUID;
        UINT8 command[sizeof(get_random)], response[RESPONSE_HEADER_SIZE + 2 + RANDOM_SIZE] = { 0 };
        struct tcg2_protocol *tcg2;
        void *protocol = NULL;

        if (EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol)))
                return false;
        tcg2 = protocol;
        memcpy(command, get_random, sizeof(command));
        if (EFI_ERROR(tcg2->submit_command(tcg2, sizeof(command), command, sizeof(response), response)))
                return false;
        /* the TPM may give fewer bytes than were wanted: then it is no secret of this size */
        if (memcmp(response + 6, success, sizeof(success)) != 0 || response[RESPONSE_HEADER_SIZE] != 0 ||
            response[RESPONSE_HEADER_SIZE + 1] != RANDOM_SIZE)
                return false;
        memcpy(ret, response + RESPONSE_HEADER_SIZE + 2, RANDOM_SIZE);
        bytes_wipe(response, sizeof(response));
        return true;
}

EFI_STATUS random_secret(const struct platform *platform, uint8_t ret[static SHA256_SIZE])
{
        uint8_t firmware[RANDOM_SIZE], tpm[RANDOM_SIZE];
        struct bytes chunks[2];
        size_t count = 0;

        if (random_of_firmware(platform, firmware))
                chunks[count++] = (struct bytes){ firmware, sizeof(firmware) };
        if (tpm_random(platform, tpm))
                chunks[count++] = (struct bytes){ tpm, sizeof(tpm) };
        if (count == 0)
                return EFI_NOT_FOUND;
        sha256_of_chunks(chunks, count, ret);
        bytes_wipe(firmware, sizeof(firmware));
        bytes_wipe(tpm, sizeof(tpm));
        return EFI_SUCCESS;
}
