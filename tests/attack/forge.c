/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What root of the running system can write about a reset: progress in the project's own encoding, and the TPM's state of
 * "before". It has no key to make them with but one that everybody knows. `attack-forge VARIABLES NAME=VALUE...` starts from what
 * the slots claim, changes what is named, and writes the slot that comes next. Called by tests/attack/machine.py.
 *
 *     phase origin attempts awaiting-firmware firmware-asked erase-start erase-done plain disks-done disks-check   numbers
 *     sequence=+N          added to the number that the slots have reached, 1 if it is not given
 *     plan=DIGEST last-error=TEXT
 *     device=known         a device secret that everybody knows takes the place of the stub's, and the record is made with it
 *     tpm-before=unlike    a storage root key that this TPM has never had
 */
#include "common/base/bytes.h"
#include "common/boot/device-secret.h"
#include "common/policy/request.h"
#include "common/state/tpm-evidence.h"
#include "linux/base/hash.h"
#include "linux/efi/progress-store.h"
#include "linux/tpm/tpm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static _Noreturn void die(const char *what)
{
        fprintf(stderr, "attack-forge: %s\n", what);
        exit(EXIT_FAILURE);
}

static const char *value_of(const char *word, const char *name)
{
        const size_t length = strlen(name);
        return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static void forge_tpm_before(const struct efivarfs *variables, struct progress *progress)
{
        struct tpm_evidence evidence = { .srk_name_size = TPM_NAME_MAX, .storage_ticket_size = TPM_TICKET_MAX };
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE];
        (void)!getrandom(evidence.srk_name, sizeof(evidence.srk_name), 0);
        (void)!getrandom(evidence.storage_ticket, sizeof(evidence.storage_ticket), 0);
        memcpy(progress->srk_name_before, evidence.srk_name, sizeof(evidence.srk_name));
        progress->srk_name_before_size = TPM_NAME_MAX;
        tpm_evidence_encode(&evidence, &progress->reset_id, encoded);
        sha256_chunks(&(struct bytes){ encoded, sizeof(encoded) }, 1, progress->tpm_before_digest);
        if (efivarfs_write(variables, &guid_cleanslate, TPM_EVIDENCE_VARIABLE_NAME, encoded, sizeof(encoded)) < 0)
                die("the TPM's state cannot be written");
}

/* The request that is there now is said to be the one that the progress is of. */
static void name_request(const struct efivarfs *variables, struct progress *progress)
{
        void *value = NULL;
        size_t size;
        if (efivarfs_read(variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size) == 0)
                sha256_chunks(&(struct bytes){ value, size }, 1, progress->request_digest);
        free(value);
}

static void read_hex(const char *text, uint8_t ret[static 32])
{
        for (size_t i = 0; i < 32; i++)
                if (sscanf(text + 2 * i, "%2hhx", &ret[i]) != 1)
                        die(text);
}

/* Where the stub's own variable is gone, root can put one of the same name there, though not without runtime access. */
static void forge_secret(const struct efivarfs *variables, struct progress_store *store)
{
        static const struct device_secret known = { .secret = { 1, 2, 3 } };
        static struct progress_keys keys;
        uint8_t encoded[DEVICE_SECRET_ENCODED_SIZE];
        device_secret_encode(&known, encoded);
        device_secret_keys(&known, &keys);
        store->keys = &keys;
        if (efivarfs_write(variables, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, encoded, sizeof(encoded)) < 0)
                die("the device's secret cannot be written");
}

static void set(struct progress_store *store, struct progress *progress, const char *word)
{
        const char *value;
#define NUMBER(name, member)                                             \
        if ((value = value_of(word, name))) {                            \
                (member) = (__typeof__(member))strtoull(value, NULL, 0); \
                return;                                                  \
        }
        NUMBER("phase", progress->phase)
        NUMBER("origin", progress->origin)
        NUMBER("attempts", progress->attempts)
        NUMBER("awaiting-firmware", progress->awaiting_firmware)
        NUMBER("firmware-asked", progress->firmware_asked)
        NUMBER("erase-start", progress->erase_point.start_bytes)
        NUMBER("erase-done", progress->erase_point.done_bytes)
        NUMBER("disks-done", progress->disks_done)
        NUMBER("disks-check", progress->disks_check)
        if ((value = value_of(word, "sequence")))
                progress->sequence += strtoull(value, NULL, 0);
        else if ((value = value_of(word, "plain")))
                memset(progress->plain_partitions, (int)strtoul(value, NULL, 0), sizeof(progress->plain_partitions));
        else if ((value = value_of(word, "plan")))
                read_hex(value, progress->plan_digest);
        else if ((value = value_of(word, "last-error")))
                (void)snprintf(progress->last_error, sizeof(progress->last_error), "%s", value);
        else if (strcmp(word, "device=known") == 0)
                forge_secret(store->variables, store);
        else if (strcmp(word, "tpm-before=unlike") == 0)
                forge_tpm_before(store->variables, progress);
        else
                die(word);
}

int main(int argc, char **argv)
{
        static const struct progress_keys known_to_all;
        struct efivarfs variables;
        struct progress_store store;
        struct progress progress;
        if (argc < 2 || efivarfs_open(argv[1], &variables) < 0)
                die("no variables");
        if (progress_store_read(&variables, NULL, &store, &progress) < 0)
                die("the slots cannot be read");
        progress.last_error[0] = 0;
        store.keys = &known_to_all;
        for (int i = 2; i < argc; i++)
                set(&store, &progress, argv[i]);
        store.sequence = progress.sequence;
        name_request(&variables, &progress);
        if (progress_store_commit(&store, &progress) < 0)
                die("the slot cannot be written");
        efivarfs_close(&variables);
        return EXIT_SUCCESS;
}
