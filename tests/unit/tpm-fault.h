/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wire to a real TPM that goes wrong: the N-th command, or every command of one kind, does not reach it, and an answer of the
 * test's choice comes back. */
#ifndef CLEANSLATE_TESTS_UNIT_TPM_FAULT_H
#define CLEANSLATE_TESTS_UNIT_TPM_FAULT_H

#include "tests/unit/swtpm.h"
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>

struct tpm_fault {
        TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: it is what ESAPI sees */
        TSS2_TCTI_CONTEXT *wire;            /* to the TPM */
        unsigned commands;                  /* seen so far */
        unsigned fail_at;                   /* 1-based, 0 = none */
        uint32_t fail_command;              /* TPM2_CC, 0 = none */
        unsigned fail_times;                /* so many of them; 0 = each */
        bool no_ecc;                        /* each storage key of that kind is refused with `code` */
        uint32_t code;           /* of the answer; 0 = success, for a command with one authorization and no parameters */
        uint32_t failed_command; /* that did not reach the TPM; 0 = none yet */
        bool answer_is_ours;
};

static inline uint32_t fault_be32(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline size_t fault_be16(const uint8_t *at)
{
        return (size_t)at[0] << 8 | at[1];
}

/* TPM2_CreatePrimary (part 3, 24.1): header, hierarchy, authorizations, inSensitive, inPublic. */
static inline bool fault_creates_ecc(const uint8_t *command)
{
        if (fault_be32(command + 6) != TPM2_CC_CreatePrimary)
                return false;
        const uint8_t *sensitive = command + 18 + fault_be32(command + 14), *public = sensitive + 2 + fault_be16(sensitive);
        return fault_be16(public + 2) == TPM2_ALG_ECC;
}

static inline TSS2_RC fault_transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
        struct tpm_fault *fault = (struct tpm_fault *)context;
        uint32_t code = fault_be32(command + 6);
        fault->commands++;
        fault->answer_is_ours = fault->commands == fault->fail_at || (fault->fail_command && code == fault->fail_command) ||
                                (fault->no_ecc && fault_creates_ecc(command));
        if (!fault->answer_is_ours)
                return Tss2_Tcti_Transmit(fault->wire, size, command);
        if (fault->fail_times > 0 && --fault->fail_times == 0)
                fault->fail_command = 0;
        fault->failed_command = code;
        return TSS2_RC_SUCCESS;
}

static inline TSS2_RC fault_receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response, int32_t timeout)
{
        /* header; parameter size 0; an empty nonce, continueSession, an empty HMAC (part 1, 18.9) */
        static const uint8_t success[] = { 0x80, 0x02, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 };
        struct tpm_fault *fault = (struct tpm_fault *)context;
        const uint32_t code = fault->code;
        const uint8_t failure[] = {
                0x80, 0x01, 0, 0, 0, 10, (uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code
        };
        if (!fault->answer_is_ours)
                return Tss2_Tcti_Receive(fault->wire, size, response, timeout);
        size_t length = code ? sizeof(failure) : sizeof(success);
        if (response) {
                assert_true(*size >= length);
                memcpy(response, code ? failure : success, length);
        }
        *size = length;
        return TSS2_RC_SUCCESS;
}

/* `again`: through what sends a command again, as tpm_open() has it. */
static inline struct tpm *fault_connect_through(const struct swtpm *swtpm, struct tpm_fault *fault, bool again)
{
        struct tpm *tpm = calloc(1, sizeof(*tpm));
        assert_non_null(tpm);
        *fault = (struct tpm_fault){ .common = { .version = 1, .transmit = fault_transmit, .receive = fault_receive } };
        assert_int_equal(setenv("TSS2_LOG", "all+NONE", 1), 0);
        assert_int_equal(Tss2_TctiLdr_Initialize(swtpm->tcti, &fault->wire), 0);
        tpm->wire = again ? tpm_wire_new((TSS2_TCTI_CONTEXT *)fault) : NULL;
        assert_int_equal(Esys_Initialize(&tpm->esys, again ? tpm->wire : (TSS2_TCTI_CONTEXT *)fault, NULL), 0);
        return tpm;
}

static inline struct tpm *fault_connect(const struct swtpm *swtpm, struct tpm_fault *fault)
{
        return fault_connect_through(swtpm, fault, false);
}

/* From now on nothing goes wrong any more. */
static inline void fault_end(struct tpm_fault *fault)
{
        fault->fail_at = fault->fail_command = fault->fail_times = 0;
        fault->failed_command = 0;
        fault->commands = 0;
}

static inline void fault_disconnect(struct tpm *tpm, struct tpm_fault *fault)
{
        Esys_Finalize(&tpm->esys);
        tpm->wire = tpm_wire_free(tpm->wire);
        free(tpm);
        Tss2_TctiLdr_Finalize(&fault->wire);
}

#endif
