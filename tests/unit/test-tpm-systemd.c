/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we seal, systemd's and the TPM community's own programs open, and the other way round: systemd-measure signs, tpm2-tools
 * and systemd-cryptsetup's token library unseal, systemd-cryptenroll enrols. */
#include "tests/unit/swtpm.h"

#include "linux/base/cleanup.h"
#include "linux/image/luks.h"
#include <libcryptsetup.h>
#include <tss2/tss2_mu.h>

#define MEASURE "/usr/lib/systemd/systemd-measure"

static const char kernel[] = "not much of a kernel";

/* Has systemd-measure sign the policy for a UKI that is nothing but this kernel, in the phase enter-initrd. */
static void sign_with_systemd(const struct swtpm *swtpm, char ret[static JSON_MAX])
{
        size_t size;
        write_whole(swtpm, "kernel", kernel, sizeof(kernel));
        assert_int_equal(run(swtpm,
                             MEASURE " sign --linux=kernel --phase=enter-initrd --bank=sha256 --tpm2-device=%s "
                                     "--private-key=private.pem --public-key=public.pem --json=short > signature.json",
                             swtpm->tcti),
                         0);
        read_whole(swtpm, "signature.json", ret, JSON_MAX - 1, &size);
        ret[size] = 0;
}

/* What the stub and the initrd do on the way to that phase. */
static void boot(struct tpm *tpm)
{
        extend_pcr(tpm, PCR_KERNEL_IMAGE, ".linux", sizeof(".linux"));
        extend_pcr(tpm, PCR_KERNEL_IMAGE, kernel, sizeof(kernel));
        assert_int_equal(tpm_measure_phase(tpm, PHASE_ENTER_INITRD), 0);
}

static void signature_by_systemd_measure_unseals(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        boot(tpm);
        tpm_free(tpm);
        sign_with_systemd(swtpm, json);

        tpm = connect_to(swtpm);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        assert_memory_equal(secret, sealed.secret, sizeof(secret));
        disconnect_clean(tpm);
}

/* Writes what tpm2-tools want to see as files. */
static void write_for_tools(const struct swtpm *swtpm, const struct sealed *sealed, const char *json)
{
        struct signing_key key;
        struct pcr_signature_list signatures;
        uint8_t public[sizeof(TPM2B_PUBLIC)];
        size_t size = 0, private_size = 2 + ((size_t)sealed->blob[0] << 8 | sealed->blob[1]);

        assert_int_equal(signing_key_read(swtpm->public_pem, &key), 0);
        assert_int_equal(Tss2_MU_TPM2B_PUBLIC_Marshal(&key.public, public, sizeof(public), &size), 0);
        assert_int_equal(pcr_signature_list_parse(json, strlen(json), &signatures), ERR_OK);
        assert_int_equal(signatures.count, 1);
        write_whole(swtpm, "key.pub", public, size);
        write_whole(swtpm, "policy", signatures.entries[0].policy, SHA256_SIZE);
        write_whole(swtpm, "signature", signatures.entries[0].signature, signatures.entries[0].signature_size);
        write_whole(swtpm, "sealed.priv", sealed->blob, private_size);
        write_whole(swtpm, "sealed.pub", sealed->blob + private_size, sealed->blob_size - private_size);
}

static void tpm2_tools_unseal_what_we_sealed(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE + 1];
        char json[JSON_MAX];
        size_t size;

        seal(swtpm, tpm, &sealed);
        tpm_free(tpm);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        write_for_tools(swtpm, &sealed, json);
        assert_int_equal(
                run(swtpm,
                    "tpm2_createprimary -C o -g sha256 -G ecc256:null:aes128cfb -c primary -a 'restricted|decrypt|fixedtpm|"
                    "fixedparent|sensitivedataorigin|userwithauth' && tpm2_flushcontext -t"),
                0);
        assert_int_equal(run(swtpm, "tpm2_load -C primary -r sealed.priv -u sealed.pub -c sealed && tpm2_flushcontext -t"), 0);
        assert_int_equal(
                run(swtpm,
                    "tpm2_loadexternal -C o -u key.pub -c key -n key.name && "
                    "tpm2_verifysignature -c key -g sha256 -m policy -s signature -f rsassa -t ticket && tpm2_flushcontext -t"),
                0);
        assert_int_equal(run(swtpm,
                             "tpm2_startauthsession --policy-session -S session && tpm2_policypcr -S session -l sha256:11 && "
                             "tpm2_policyauthorize -S session -i policy -n key.name -t ticket && "
                             "tpm2_policypcr -S session -l sha256:7"),
                         0);
        assert_int_equal(run(swtpm, "tpm2_unseal -c sealed -p session:session -o secret"), 0);
        read_whole(swtpm, "secret", secret, sizeof(secret), &size);
        assert_int_equal(size, TPM_SECRET_SIZE);
        assert_memory_equal(secret, sealed.secret, TPM_SECRET_SIZE);
}

/* A LUKS2 volume in a plain file, opened by a passphrase that only the TPM knows. */
static const struct luks_key volume_key = { .bytes = { 1, 2, 3 } };

static void make_volume(const struct swtpm *swtpm, char ret_path[static PATH_MAX])
{
        struct tpm *tpm = connect_to(swtpm);
        struct luks_token token = { 0 };
        struct luks_passphrase passphrase;
        struct sealed sealed;

        (void)snprintf(ret_path, PATH_MAX, "%s/volume", swtpm->directory);
        assert_int_equal(run(swtpm, "truncate -s 32M volume"), 0);
        seal(swtpm, tpm, &sealed);
        boot(tpm);
        tpm_free(tpm);
        memcpy(token.blob, sealed.blob, sealed.blob_size);
        token.blob_size = sealed.blob_size;
        token.pcrs = SEAL_PCRS_DEFAULT;
        memcpy(token.origin, sealed.origin.data, sealed.origin.size); /* a member that they do not know */
        token.origin_size = sealed.origin.size;
        memcpy(token.policy_hash, sealed.policy, sizeof(token.policy_hash));
        memcpy(token.public_key_pem, swtpm->public_pem, sizeof(token.public_key_pem));
        luks_passphrase_from_secret(sealed.secret, &passphrase);
        assert_int_equal(luks_format(ret_path, "state", &volume_key, &passphrase, &token, NULL), 0);
}

static int open_by_token(const struct swtpm *swtpm, const char *volume)
{
        char signature[PATH_MAX];
        (void)snprintf(signature, sizeof(signature), "%s/signature.json", swtpm->directory);
        /* what systemd-cryptsetup hands to its own library (cryptsetup-token-systemd-tpm2, since 251) */
        struct {
                uint32_t search_pcr_mask;
                const char *device;
                const char *signature_path;
        } parameters = { UINT32_MAX, swtpm->tcti, signature };
        struct crypt_device *device;

        assert_int_equal(crypt_init(&device, volume), 0);
        assert_int_equal(crypt_load(device, CRYPT_LUKS2, NULL), 0);
        int r = crypt_activate_by_token_pin(device, NULL, "systemd-tpm2", CRYPT_ANY_TOKEN, NULL, 0, &parameters, 0);
        crypt_free(device);
        return r < 0 ? r : 0;
}

/* Has systemd's token library try the volume's token, without mapping anything. In a process of its own: the library leaks. */
static bool token_opens(const struct swtpm *swtpm, const char *volume)
{
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void)freopen("/dev/null", "w", stderr);
                _exit(open_by_token(swtpm, volume) < 0 ? 1 : 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status) == 0;
}

static void systemds_token_library_opens_our_volume(void **state)
{
        const struct swtpm *swtpm = *state;
        char volume[PATH_MAX], json[JSON_MAX];

        make_volume(swtpm, volume);
        sign_with_systemd(swtpm, json);
        assert_true(token_opens(swtpm, volume));

        struct tpm *tpm = connect_to(swtpm);
        assert_int_equal(tpm_measure_phase(tpm, PHASE_LEAVE_INITRD), 0);
        tpm_free(tpm);
        assert_false(token_opens(swtpm, volume)); /* it was the policy that opened it */
}

/* The order of the policy's parts is systemd's: with another it would not open with the right PCR 7, either. */
static void systemds_token_library_heeds_pcr_7(void **state)
{
        const struct swtpm *swtpm = *state;
        char volume[PATH_MAX], json[JSON_MAX];
        struct tpm *tpm = connect_to(swtpm);

        extend_pcr(tpm, 7, "this firmware's keys", 20);
        tpm_free(tpm);
        make_volume(swtpm, volume);
        sign_with_systemd(swtpm, json);
        assert_true(token_opens(swtpm, volume));

        tpm = connect_to(swtpm);
        extend_pcr(tpm, 7, "somebody else's", 15);
        tpm_free(tpm);
        assert_false(token_opens(swtpm, volume));
}

static void volume_enrolled_by_systemd_opens_for_us(void **state)
{
        const struct swtpm *swtpm = *state;
        char volume[PATH_MAX], json[JSON_MAX];
        struct luks_token token;
        struct luks_passphrase passphrase;
        uint8_t secret[TPM_SECRET_SIZE];
        struct crypt_device *device;

        (void)snprintf(volume, sizeof(volume), "%s/volume", swtpm->directory);
        assert_int_equal(
                run(swtpm,
                    "truncate -s 32M volume && printf pass > pass && cryptsetup luksFormat --type luks2 --batch-mode --pbkdf "
                    "pbkdf2 --pbkdf-force-iterations 1000 volume pass"),
                0);
        assert_int_equal(run(swtpm,
                             "PASSWORD=pass systemd-cryptenroll $PWD/volume --tpm2-device=%s --tpm2-public-key=$PWD/public.pem "
                             "--tpm2-public-key-pcrs=11 --tpm2-pcrs=7",
                             swtpm->tcti),
                         0);
        sign_with_systemd(swtpm, json);
        assert_int_equal(luks_read_token(volume, &token), 0);
        assert_int_equal(token.pcrs, SEAL_PCRS_DEFAULT);

        struct tpm *tpm = connect_to(swtpm);
        boot(tpm);
        assert_int_equal(tpm_unseal(tpm, token.public_key_pem, SEAL_PCRS_DEFAULT, json, strlen(json), token.blob, token.blob_size,
                                    NULL, secret),
                         0);
        disconnect_clean(tpm);
        luks_passphrase_from_secret(secret, &passphrase);
        assert_int_equal(crypt_init(&device, volume), 0);
        assert_int_equal(crypt_load(device, CRYPT_LUKS2, NULL), 0);
        assert_int_equal(crypt_activate_by_passphrase(device, NULL, CRYPT_ANY_SLOT, passphrase.text, passphrase.size, 0), 1);
        crypt_free(device);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(signature_by_systemd_measure_unseals),    WITH_TPM(tpm2_tools_unseal_what_we_sealed),
                WITH_TPM(systemds_token_library_opens_our_volume), WITH_TPM(systemds_token_library_heeds_pcr_7),
                WITH_TPM(volume_enrolled_by_systemd_opens_for_us),
        };
        return cmocka_run_group_tests_name("tpm-systemd", tests, NULL, NULL);
}
