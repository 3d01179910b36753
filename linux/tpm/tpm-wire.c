/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transport in front of another: sends a command again where the TPM says that it is to be sent again. ESAPI does so five times
 * without waiting, which a TPM that tests itself, or spares its memory, outlasts. A failed command's nonces and handles are as
 * before (TPM 2.0 part 1, 19.6.3), so the same bytes are good again. */
#include "common/format/tpm-answer.h"
#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_tcti.h>

struct tpm_wire {
        TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: it is what ESAPI sees */
        TSS2_TCTI_CONTEXT *below;           /* borrowed */
        uint8_t command[TPM2_MAX_COMMAND_SIZE];
        size_t size;
        uint8_t answer[TPM2_MAX_RESPONSE_SIZE];
        size_t answer_size; /* 0 = not here yet */
        uint32_t waited_ms; /* for this command; one that is given up and sent again by others has no more of it */
};

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
        struct tpm_wire *wire = (struct tpm_wire *)context;
        if (size > sizeof(wire->command))
                return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
        if (size != wire->size || memcmp(command, wire->command, size) != 0)
                wire->waited_ms = 0;
        memcpy(wire->command, command, size);
        wire->size = size;
        wire->answer_size = 0;
        return Tss2_Tcti_Transmit(wire->below, size, command);
}

static void pause_ms(uint32_t ms)
{
        struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
        while (nanosleep(&left, &left) < 0 && errno == EINTR)
                ;
}

/* The command may have held a secret. */
static void forget_command(struct tpm_wire *wire)
{
        explicit_bzero(wire->command, wire->size);
        wire->size = 0;
        wire->waited_ms = 0;
}

/* The answer that counts. */
static TSS2_RC await_answer(struct tpm_wire *wire, int32_t timeout)
{
        for (;;) {
                size_t size = sizeof(wire->answer);
                TSS2_RC r = Tss2_Tcti_Receive(wire->below, &size, wire->answer, timeout);
                if (r != TSS2_RC_SUCCESS)
                        return r;
                uint32_t wait = tpm_answer_retry_ms(wire->answer, size, wire->waited_ms);
                if (wait == 0) {
                        if (tpm_answer_retry_ms(wire->answer, size, 0) == 0)
                                forget_command(wire);
                        wire->answer_size = size;
                        return TSS2_RC_SUCCESS;
                }
                pause_ms(wait);
                wire->waited_ms += wait;
                r = Tss2_Tcti_Transmit(wire->below, wire->size, wire->command);
                if (r != TSS2_RC_SUCCESS)
                        return r;
        }
}

/* Without a buffer only the size is asked for (TSS 2.0 TCTI specification, "receive"). */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *answer, int32_t timeout)
{
        struct tpm_wire *wire = (struct tpm_wire *)context;
        const size_t capacity = *size;
        TSS2_RC r = wire->answer_size == 0 ? await_answer(wire, timeout) : TSS2_RC_SUCCESS;
        if (r != TSS2_RC_SUCCESS)
                return r;
        *size = wire->answer_size;
        if (!answer)
                return TSS2_RC_SUCCESS;
        if (capacity < wire->answer_size)
                return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
        memcpy(answer, wire->answer, wire->answer_size);
        explicit_bzero(wire->answer, wire->answer_size);
        wire->answer_size = 0;
        return TSS2_RC_SUCCESS;
}

TSS2_TCTI_CONTEXT *tpm_wire_new(TSS2_TCTI_CONTEXT *below)
{
        struct tpm_wire *wire = calloc(1, sizeof(*wire));
        if (!wire)
                return NULL;
        wire->common = (TSS2_TCTI_CONTEXT_COMMON_V1){ .version = 1, .transmit = transmit, .receive = receive };
        wire->below = below;
        return (TSS2_TCTI_CONTEXT *)wire;
}

TSS2_TCTI_CONTEXT *tpm_wire_free(TSS2_TCTI_CONTEXT *context)
{
        struct tpm_wire *wire = (struct tpm_wire *)context;
        if (wire)
                explicit_bzero(wire, sizeof(*wire));
        free(wire);
        return NULL;
}
