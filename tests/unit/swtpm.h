/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real TPM 2.0 for a test: swtpm on a Unix socket in a directory of its own, started without a sleep, ended with the test. And
 * a throw-away key with which a test plays the image builder, who signs PCR policies. */
#ifndef CLEANSLATE_TESTS_UNIT_SWTPM_H
#define CLEANSLATE_TESTS_UNIT_SWTPM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/base64.h"
#include "common/policy/policy.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm-internal.h"
#include "linux/tpm/tpm-signature.h"

#define JSON_MAX 4096

struct swtpm {
        char directory[64];
        char tcti[96];
        pid_t pid;
        EVP_PKEY *key;
        char public_pem[TPM_PUBLIC_KEY_PEM_MAX];
};

/* Runs a shell command in the directory, with tpm2-tools pointed at this TPM. Returns its exit status. */
__attribute__((format(printf, 2, 3))) static inline int run(const struct swtpm *swtpm, const char *format, ...)
{
        char command[4096], script[5120];
        va_list arguments;
        va_start(arguments, format);
        assert_in_range(vsnprintf(command, sizeof(command), format, arguments), 1, sizeof(command) - 1);
        va_end(arguments);
        (void)snprintf(script, sizeof(script), "cd %s && export TPM2TOOLS_TCTI=%s TSS2_LOG=all+NONE && { %s ; } >>log 2>&1",
                       swtpm->directory, swtpm->tcti, command);
        int status = system(script);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void read_whole(const struct swtpm *swtpm, const char *name, void *ret, size_t capacity, size_t *ret_size)
{
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/%s", swtpm->directory, name);
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        *ret_size = fread(ret, 1, capacity, file);
        assert_true(feof(file));
        (void)fclose(file);
}

static inline void write_whole(const struct swtpm *swtpm, const char *name, const void *data, size_t size)
{
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/%s", swtpm->directory, name);
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

/* swtpm writes its PID file when its sockets are listening. */
static inline void wait_for_pid_file(int watch)
{
        _Alignas(struct inotify_event) char buffer[4096];
        for (;;) {
                ssize_t size = read(watch, buffer, sizeof(buffer));
                assert_true(size > 0);
                for (const char *at = buffer; at < buffer + size;) {
                        const struct inotify_event *event = (const void *)at;
                        if (strcmp(event->name, "pid") == 0)
                                return;
                        at += sizeof(*event) + event->len;
                }
        }
}

static inline void exec_swtpm(const char *directory)
{
        char state[96], server[128], control[128], pid[96];
        (void)snprintf(state, sizeof(state), "dir=%s", directory);
        (void)snprintf(server, sizeof(server), "type=unixio,path=%s/tpm", directory);
        (void)snprintf(control, sizeof(control), "type=unixio,path=%s/tpm.ctrl", directory);
        (void)snprintf(pid, sizeof(pid), "file=%s/pid", directory);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)freopen("/dev/null", "w", stderr);
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--ctrl", control, "--pid", pid,
               "--flags", "not-need-init,startup-clear", (char *)NULL);
        _exit(127);
}

static inline EVP_PKEY *new_key(void)
{
        EVP_PKEY *key = EVP_RSA_gen(2048);
        assert_non_null(key);
        return key;
}

/* One for all tests of a program, whose TPMs know nothing of each other: to make one takes a third of a second. */
static inline EVP_PKEY *shared_key(void)
{
        static EVP_PKEY *key;
        if (key == NULL)
                key = new_key();
        assert_int_equal(EVP_PKEY_up_ref(key), 1);
        return key;
}

/* `key` is the TPM's from here on; its two halves lie in the directory. */
static inline void take_key(struct swtpm *swtpm, EVP_PKEY *key)
{
        char path[PATH_MAX];
        swtpm->key = key;
        BIO *bio = BIO_new(BIO_s_mem());
        assert_int_equal(PEM_write_bio_PUBKEY(bio, swtpm->key), 1);
        int size = BIO_read(bio, swtpm->public_pem, sizeof(swtpm->public_pem) - 1);
        assert_true(size > 0);
        swtpm->public_pem[size] = 0;
        BIO_free(bio);
        write_whole(swtpm, "public.pem", swtpm->public_pem, (size_t)size);
        (void)snprintf(path, sizeof(path), "%s/private.pem", swtpm->directory);
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(PEM_write_PrivateKey(file, swtpm->key, NULL, NULL, 0, NULL, NULL), 1);
        (void)fclose(file);
}

/* cmocka setup and teardown */
static inline int swtpm_start(void **state)
{
        struct swtpm *swtpm = calloc(1, sizeof(*swtpm));
        assert_non_null(swtpm);
        strcpy(swtpm->directory, "/tmp/cleanslate-test-tpm-XXXXXX");
        assert_non_null(mkdtemp(swtpm->directory));
        (void)snprintf(swtpm->tcti, sizeof(swtpm->tcti), "swtpm:path=%s/tpm", swtpm->directory);
        take_key(swtpm, shared_key());

        int watch = inotify_init1(IN_CLOEXEC);
        assert_true(inotify_add_watch(watch, swtpm->directory, IN_CLOSE_WRITE) >= 0);
        swtpm->pid = fork();
        assert_true(swtpm->pid >= 0);
        if (swtpm->pid == 0)
                exec_swtpm(swtpm->directory);
        (void)alarm(120); /* a TPM that never answers fails the test instead of hanging it */
        wait_for_pid_file(watch);
        (void)close(watch);
        *state = swtpm;
        return 0;
}

static inline int swtpm_stop(void **state)
{
        struct swtpm *swtpm = *state;
        char command[128];
        (void)kill(swtpm->pid, SIGTERM);
        (void)waitpid(swtpm->pid, NULL, 0);
        (void)alarm(0);
        (void)snprintf(command, sizeof(command), "rm -rf %s", swtpm->directory);
        assert_int_equal(system(command), 0);
        EVP_PKEY_free(swtpm->key);
        free(swtpm);
        return 0;
}

static inline struct tpm *connect_to(const struct swtpm *swtpm)
{
        struct tpm *tpm = NULL;
        assert_int_equal(tpm_open(swtpm->tcti, &tpm), 0);
        return tpm;
}

/* PCR 11 as it is after these phases on a machine that has just been switched on. */
static inline void predict_pcr(const char *phases, uint8_t ret[static SHA256_SIZE])
{
        memset(ret, 0, SHA256_SIZE);
        pcr_extend_phases(sha256_chunks, ret, phases);
}

/* What systemd-measure sign would write for this value of PCR 11. */
static inline void sign_pcr(const struct swtpm *swtpm, const uint8_t pcr[static SHA256_SIZE], char ret[static JSON_MAX])
{
        struct signing_key key;
        uint8_t policy[SHA256_SIZE], signature[512];
        size_t size = sizeof(signature);
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        pcr_policy_digest(sha256_chunks, pcr, policy);
        assert_int_equal(signing_key_read(swtpm->public_pem, &key), 0);
        assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, swtpm->key), 1);
        assert_int_equal(EVP_DigestSign(context, signature, &size, policy, sizeof(policy)), 1);
        EVP_MD_CTX_free(context);

        struct writer writer = writer_over(ret, JSON_MAX);
        writer_text(&writer, "{\"sha256\":[{\"pcrs\":[11],\"pkfp\":\"");
        writer_hex(&writer, key.fingerprint, sizeof(key.fingerprint));
        writer_text(&writer, "\",\"pol\":\"");
        writer_hex(&writer, policy, sizeof(policy));
        writer_text(&writer, "\",\"sig\":\"");
        writer_base64(&writer, signature, size);
        writer_text(&writer, "\"}]}");
        assert_false(writer.overflow);
}

/* A sealed secret, with what is needed to open it again. */
struct sealed {
        uint8_t secret[TPM_SECRET_SIZE];
        uint8_t blob[TPM_BLOB_MAX];
        size_t blob_size;
        uint8_t policy[SHA256_SIZE];
        struct tpm_origin origin;
};

static inline void seal(const struct swtpm *swtpm, struct tpm *tpm, struct sealed *ret)
{
        memset(ret, 0, sizeof(*ret));
        assert_int_equal(random_key(tpm, ret->secret), 0);
        ret->blob_size = sizeof(ret->blob);
        assert_int_equal(tpm_seal(tpm, swtpm->public_pem, SEAL_PCRS_DEFAULT, ret->secret, ret->blob, &ret->blob_size, ret->policy,
                                  &ret->origin),
                         0);
}

static inline int unseal(const struct swtpm *swtpm, struct tpm *tpm, const struct sealed *sealed, const char *json,
                         uint8_t ret[static TPM_SECRET_SIZE])
{
        return tpm_unseal(tpm, swtpm->public_pem, SEAL_PCRS_DEFAULT, json, strlen(json), sealed->blob, sealed->blob_size,
                          &sealed->origin, ret);
}

/* What firmware, a boot loader or another system does. */
static inline void extend_pcr(struct tpm *tpm, ESYS_TR pcr, const void *data, size_t size)
{
        TPM2B_EVENT event = { .size = (UINT16)size };
        TPML_DIGEST_VALUES *digests;
        memcpy(event.buffer, data, size);
        assert_int_equal(Esys_PCR_Event(tpm->esys, pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &event, &digests), 0);
        Esys_Free(digests);
}

static inline uint32_t count_handles(struct tpm *tpm, TPM2_HANDLE first)
{
        TPMS_CAPABILITY_DATA *data;
        assert_int_equal(
                Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first, 64, NULL, &data),
                0);
        uint32_t count = data->data.handles.count;
        Esys_Free(data);
        return count;
}

/* Closes the connection, having made sure that no object or session stays behind in the TPM: nobody else would flush it. */
static inline void disconnect_clean(struct tpm *tpm)
{
        assert_int_equal(count_handles(tpm, UINT32_C(0x80000000)), 0);
        assert_int_equal(count_handles(tpm, UINT32_C(0x02000000)), 0);
        tpm_free(tpm);
}

#endif
