/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A planned reseal as a device lives through it: the stub's state, the initrd's own unlocking, a real TPM, LUKS headers in files.
 * A change of Secure Boot's keys is one of PCR 7. Where the kernel would map a volume, the key it would get is looked at. */
#include "swtpm.h"

#include "common/boot/device-secret.h"
#include "initrd/reseal.h"
#include "initrd/volumes.h"
#include "linux/base/file.h"
#include <fcntl.h>
#include <sys/stat.h>

#define VOLUMES 2

static const char *const labels[VOLUMES] = { "config", "state" }, *const places[VOLUMES] = { "/etc", "/var" };
static const struct id128 last_reset = { { 0xab, 1, 2 } };

struct life {
        struct swtpm *swtpm;
        struct boot_context context;
        struct device_secret stub;
        uint8_t secret[VOLUME_SECRET_SIZE]; /* of the volumes */
        uint8_t own[VOLUME_SECRET_SIZE];    /* of the first one, where that is kept */
        bool first_has_own;
        char json[JSON_MAX], paths[VOLUMES][DEVICE_PATH_MAX];
        size_t opened; /* volumes that got their right key in the last start */
};
static struct life life;

int __wrap_luks_open(const char *device, const char *name, const struct luks_key *key);
int __wrap_luks_open(const char *device, const char *name, const struct luks_key *key)
{
        struct volume_key right = { 0 };
        struct luks_key expected = { 0 };
        for (size_t i = 0; i < VOLUMES; i++) {
                const struct partition_definition *definition = &life.context.policy.partitions[i];
                memcpy(right.secret, i == 0 && life.first_has_own ? life.own : life.secret, sizeof(right.secret));
                volume_derive(definition, &right, &expected);
                life.opened += strcmp(name, labels[i]) == 0 && key->integrity == expected.integrity &&
                               memcmp(key->bytes, expected.bytes, volume_key_size(expected.integrity)) == 0;
        }
        return 0;
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX]);
int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        memcpy(ret, life.paths[number - 1], DEVICE_PATH_MAX);
        return 0;
}

static void format(size_t index, const struct volume_key *key)
{
        const struct partition_definition *definition = &life.context.policy.partitions[index];
        struct luks_key derived = { 0 };
        struct luks_passphrase passphrase;
        volume_derive(definition, key, &derived);
        luks_passphrase_from_secret(key->secret, &passphrase);
        assert_int_equal(run(life.swtpm, "truncate -s 24M disk%zu", index + 1), 0);
        assert_int_equal(luks_format(life.paths[index], definition->label, &derived, &passphrase, &key->token, NULL), 0);
}

/* As a reset leaves it, in the boot that follows. */
static int setup(void **state)
{
        struct volume_key key = { 0 };
        uint8_t pcr[SHA256_SIZE];
        char variables[128];
        memset(&life, 0, sizeof(life));
        assert_int_equal(swtpm_start(state), 0);
        life.swtpm = *state;
        struct boot_context *context = &life.context;
        context->report.kmsg_fd = -1;
        context->tpm = connect_to(life.swtpm);
        context->inventory.tpm.present = true;
        context->public_key_pem = life.swtpm->public_pem;
        context->policy.settings.seal_pcrs = SEAL_PCRS_DEFAULT;
        (void)snprintf(context->inventory.disk_path, sizeof(context->inventory.disk_path), "%s/disk", life.swtpm->directory);
        for (size_t i = 0; i < VOLUMES; i++) {
                struct partition_definition *definition = &context->policy.partitions[i];
                struct inventory_partition *partition = &context->inventory.partitions[i];
                definition->type.bytes[0] = partition->type.bytes[0] = (uint8_t)(1 + i);
                definition->factory_reset = true;
                definition->encrypt = ENCRYPT_TPM2;
                (void)snprintf(definition->label, sizeof(definition->label), "%s", labels[i]);
                (void)snprintf(definition->mapping, sizeof(definition->mapping), "%s", labels[i]);
                (void)snprintf(definition->mount_point, sizeof(definition->mount_point), "%s", places[i]);
                (void)snprintf(definition->format, sizeof(definition->format), "ext4");
                partition->number = (uint32_t)i + 1;
                context->policy.partition_count = context->inventory.partition_count = i + 1;
                (void)snprintf(life.paths[i], sizeof(life.paths[i]), "%s%zu", context->inventory.disk_path, i + 1);
        }
        assert_int_equal(run(life.swtpm, "mkdir variables"), 0);
        (void)snprintf(variables, sizeof(variables), "%s/variables", life.swtpm->directory);
        assert_int_equal(efivarfs_open(variables, &context->variables), 0);
        life.stub = (struct device_secret){ .secret = { 7, 7 }, .sequence_floor = 1, .last_reset_id = last_reset };
        assert_int_equal(tpm_measure_phase(context->tpm, "enter-initrd"), 0);
        predict_pcr("enter-initrd", pcr);
        sign_pcr(life.swtpm, pcr, life.json);
        context->signature_json = life.json;
        context->signature_json_size = strlen(life.json);
        assert_int_equal(random_key(context->tpm, key.secret), 0);
        memcpy(life.secret, key.secret, sizeof(life.secret));
        assert_int_equal(volume_seal(context, &key), 0);
        for (size_t i = 0; i < VOLUMES; i++)
                format(i, &key);
        return 0;
}

static int teardown(void **state)
{
        disconnect_clean(life.context.tpm);
        efivarfs_close(&life.context.variables);
        return swtpm_stop(state);
}

/* The stub's part, by common/boot/reseal and common/boot/device-secret: what it would do with the variable is in
 * test-efi-device-secret. */
static void start_stub(void)
{
        struct boot_context *context = &life.context;
        struct reseal_request request;
        void *value = NULL;
        size_t size = 0;
        bool asked = efivarfs_read_ordinary(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size) == 0 &&
                     reseal_request_decode(value, size, &request) == ERR_OK && device_secret_concerns(&life.stub, &request);
        const uint32_t before = life.stub.reseal.number;
        free(value);
        assert_true(efivarfs_remove(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME) >= 0);
        context->handover.last_reset = life.stub.last_reset_id;
        context->handover.reseal = reseal_next(&life.stub.reseal, MODE_NORMAL, asked ? &request : NULL);
        context->handover.reseal_starts = life.stub.reseal.starts_left;
        context->handover.reseal_number = life.stub.reseal.number;
        context->keys.has_reseal_request = context->handover.reseal == RESEAL_PREPARE;
        if (context->keys.has_reseal_request)
                memcpy(context->keys.reseal_request, request.mac, sizeof(request.mac));
        context->keys.reseal_after = before;
        context->keys.has_reseal = reseal_gives_key(context->handover.reseal);
        memset(context->keys.reseal, 0, sizeof(context->keys.reseal));
        if (context->keys.has_reseal)
                device_secret_reseal_key(&life.stub, context->keys.reseal);
}

/* How many volumes an ordinary boot opens. */
static size_t start_initrd(void)
{
        struct boot_context *context = &life.context;
        struct volume_keys keys = { 0 };
        struct volume_key *key;
        int r = 0;
        life.opened = 0;
        context->trouble[0] = 0;
        for (size_t i = 0; i < VOLUMES && r == 0; i++) {
                r = volume_unlock(context, &context->policy.partitions[i], life.paths[i], &keys, &key);
                if (r == 0)
                        reseal_volume(context, &context->policy.partitions[i], life.paths[i], &keys, key);
        }
        if (r == 0)
                reseal_finish(context, &keys);
        volume_keys_done(&keys);
        assert_int_equal(r == 0, life.opened == VOLUMES);
        assert_int_equal(r == 0, context->trouble[0] == 0);
        return life.opened;
}

static size_t start(void)
{
        start_stub();
        return start_initrd();
}

/* As `cleanslate reseal` does it, with what the last boot has left to the system. */
static void ask(enum reseal_verb verb)
{
        struct reseal_request request = { .verb = verb, .last_reset = life.stub.last_reset_id };
        reseal_request_mac(life.context.reseal_request_key, life.context.handover.reseal_number, request.mac);
        uint8_t encoded[RESEAL_ENCODED_SIZE];
        reseal_request_encode(&request, encoded);
        assert_int_equal(
                efivarfs_write(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, sizeof(encoded)), 0);
}

static void prepare(void)
{
        if (!life.context.has_reseal_request_key)
                assert_int_equal(start(), VOLUMES);
        ask(RESEAL_VERB_PREPARE);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_READY);
        assert_int_equal(life.context.handover.reseal_starts, RESEAL_STARTS_MAX);
}

static void change_secure_boots_keys(void)
{
        extend_pcr(life.context.tpm, 7, "another db", 10);
}

/* As whoever has the disk sees it, by the format's own tool. */
static bool has_copy(size_t index)
{
        return run(life.swtpm, "cryptsetup luksDump disk%zu | grep -q cleanslate-reseal", index + 1) == 0;
}

static bool bytes_are_there(size_t index, const char *text)
{
        return run(life.swtpm, "head -c 16M disk%zu | grep -qaF '%s'", index + 1, text) == 0;
}

static void what_was_prepared_opens_the_volumes_once_and_they_are_sealed_anew(void **state)
{
        prepare();
        assert_true(has_copy(0));
        change_secure_boots_keys();
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
        for (size_t i = 0; i < VOLUMES; i++) {
                assert_false(has_copy(i));
                assert_false(bytes_are_there(i, "cleanslate-reseal"));
        }
        assert_int_equal(start(), VOLUMES); /* by the TPM alone: the stub has heard that it is over */
        assert_int_equal(life.context.handover.reseal, RESEAL_NONE);
        assert_false(life.context.keys.has_reseal);
        change_secure_boots_keys();
        assert_int_equal(start(), 0); /* nobody has planned that */
        assert_non_null(strstr(life.context.trouble, "(PCR 7)"));
}

/* What systemd's tools read of every volume, not only of the one that is opened first. */
static void each_volumes_token_is_the_new_one(void **state)
{
        struct luks_token before[VOLUMES], after[VOLUMES];
        uint8_t secret[TPM_SECRET_SIZE];
        prepare();
        for (size_t i = 0; i < VOLUMES; i++)
                assert_int_equal(luks_read_token(life.paths[i], &before[i]), 0);
        change_secure_boots_keys();
        assert_int_equal(start(), VOLUMES);
        for (size_t i = 0; i < VOLUMES; i++) {
                struct tpm_origin origin;
                assert_int_equal(luks_read_token(life.paths[i], &after[i]), 0);
                assert_memory_not_equal(before[i].blob, after[i].blob, sizeof(before[i].blob));
                origin.size = after[i].origin_size;
                memcpy(origin.data, after[i].origin, sizeof(origin.data));
                assert_int_equal(tpm_unseal(life.context.tpm, life.swtpm->public_pem, SEAL_PCRS_DEFAULT, life.json,
                                            strlen(life.json), after[i].blob, after[i].blob_size, &origin, secret),
                                 0);
                assert_memory_equal(secret, life.secret, sizeof(secret));
        }
}

/* The control. */
static void without_a_copy_a_change_locks_the_volumes(void **state)
{
        assert_int_equal(start(), VOLUMES);
        change_secure_boots_keys();
        assert_int_equal(start(), 0);
        assert_non_null(strstr(life.context.trouble, "(PCR 7)"));
}

static void a_copy_is_erased_when_no_start_is_left(void **state)
{
        prepare();
        for (int i = 1; i < RESEAL_STARTS_MAX; i++) {
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_READY);
                assert_true(has_copy(0));
        }
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_OVER);
        assert_false(has_copy(0));
        change_secure_boots_keys();
        assert_int_equal(start(), 0);
}

static void the_last_start_still_uses_it(void **state)
{
        prepare();
        for (int i = 1; i < RESEAL_STARTS_MAX; i++)
                assert_int_equal(start(), VOLUMES);
        change_secure_boots_keys();
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
}

static void what_is_cancelled_is_erased_and_worth_nothing(void **state)
{
        prepare();
        assert_int_equal(run(life.swtpm, "cp disk1 copy"), 0);
        ask(RESEAL_VERB_CANCEL);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_OVER);
        assert_false(has_copy(0));
        assert_int_equal(run(life.swtpm, "cp copy disk1"), 0);
        change_secure_boots_keys();
        assert_int_equal(start(), 0);
}

/* Whoever has the disk puts the header back as it was. */
static void a_copy_put_back_is_worth_nothing_once_it_was_used(void **state)
{
        prepare();
        assert_int_equal(run(life.swtpm, "cp disk1 copy"), 0);
        change_secure_boots_keys();
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(run(life.swtpm, "cp copy disk1"), 0);
        assert_true(has_copy(0));
        assert_int_equal(start(), 0);
        ask(RESEAL_VERB_PREPARE); /* nor does another window open it: its number is another */
        assert_int_equal(start(), 0);
}

static void who_asks_in_the_start_that_has_sealed_anew_has_the_next_one_prepared(void **state)
{
        for (int change = 0; change < 3; change++) {
                prepare();
                change_secure_boots_keys();
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
                assert_false(has_copy(0));
        }
}

static void a_copy_of_another_device_reset_or_number_stays_shut(void **state)
{
        const struct device_secret genuine = life.stub;
        for (int change = 0; change < 3; change++) {
                life.stub = genuine;
                life.stub.reseal.starts_left = 0;
                life.stub.reseal.number = (uint32_t)change * 10;
                assert_int_equal(start(), VOLUMES);
                prepare();
                const struct device_secret prepared = life.stub;
                if (change == 0)
                        life.stub.secret[31] ^= 1;
                if (change == 1)
                        life.stub.last_reset_id.bytes[0] ^= 1;
                if (change == 2)
                        life.stub.reseal.number++;
                change_secure_boots_keys();
                assert_int_equal(start(), 0);
                assert_non_null(strstr(life.context.trouble, "(PCR 7)"));
                life.stub = prepared; /* the control: it was that alone */
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
                assert_true(efivarfs_remove(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME) >= 0);
        }
}

static void an_altered_copy_stays_shut(void **state)
{
        struct luks_token token;
        struct luks_reseal genuine, copy;
        uint8_t policy[SHA256_SIZE];
        prepare();
        assert_int_equal(luks_read_tokens(life.paths[0], &token, &genuine), 0);
        change_secure_boots_keys();
        for (int change = 0; change < 4; change++) {
                copy = genuine;
                if (change == 3) { /* something else that this TPM releases just as well */
                        copy.blob_size = sizeof(copy.blob);
                        assert_int_equal(tpm_seal(life.context.tpm, life.swtpm->public_pem, 0, (uint8_t[TPM_SECRET_SIZE]){ 1 },
                                                  copy.blob, &copy.blob_size, policy, NULL),
                                         0);
                }
                if (change == 0)
                        copy.wrapped[LUKS_TOKEN_WRAPPED_SIZE - 1] ^= 1;
                if (change == 1)
                        copy.blob[copy.blob_size / 2] ^= 1;
                if (change == 2)
                        copy.wrapped[20] ^= 1;
                assert_int_equal(luks_write_reseal(life.paths[0], &copy), 0);
                start_stub();
                life.stub.reseal.starts_left = RESEAL_STARTS_MAX;
                assert_int_equal(start_initrd(), 0);
        }
        assert_int_equal(luks_write_reseal(life.paths[0], &genuine), 0); /* the control */
        assert_int_equal(start(), VOLUMES);
}

/* Another system on the machine writes the variable while the owner is away, to find a copy when he has been there. */
static void a_request_of_another_system_has_no_copy_made(void **state)
{
        uint8_t genuine[RESEAL_ENCODED_SIZE], encoded[RESEAL_ENCODED_SIZE];
        struct reseal_request request = { .verb = RESEAL_VERB_PREPARE, .last_reset = last_reset };
        void *value = NULL;
        size_t size;
        for (int change = 0; change < 3; change++) {
                assert_int_equal(start(), VOLUMES);
                if (change == 1)
                        reseal_request_mac((uint8_t[SHA256_SIZE]){ 1, 2, 3 }, life.stub.reseal.number, request.mac);
                if (change == 2) /* a genuine one that is over, put back */
                        assert_int_equal(reseal_request_decode(genuine, sizeof(genuine), &request), ERR_OK);
                reseal_request_encode(&request, encoded);
                assert_int_equal(
                        efivarfs_write(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, sizeof(encoded)),
                        0);
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_FAILED);
                assert_false(has_copy(0));
                assert_int_equal(start(), VOLUMES);
                assert_false(life.context.keys.has_reseal);
                if (change > 0)
                        continue;
                ask(RESEAL_VERB_PREPARE); /* the control */
                assert_int_equal(efivarfs_read(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size),
                                 0);
                memcpy(genuine, value, sizeof(genuine));
                free(value);
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_READY);
                assert_true(has_copy(0));
                ask(RESEAL_VERB_CANCEL);
                assert_int_equal(start(), VOLUMES);
                assert_false(has_copy(0));
        }
}

static void read_request(uint8_t ret[static RESEAL_ENCODED_SIZE])
{
        void *value = NULL;
        size_t size;
        assert_int_equal(efivarfs_read(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size), 0);
        assert_int_equal(size, RESEAL_ENCODED_SIZE);
        memcpy(ret, value, size);
        free(value);
}

static void write_request(const uint8_t encoded[static RESEAL_ENCODED_SIZE])
{
        assert_int_equal(
                efivarfs_write(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, RESEAL_ENCODED_SIZE), 0);
}

/* Anybody can read the variable and put it by. */
static void a_genuine_request_put_back_has_no_copy_made(void **state)
{
        uint8_t genuine[RESEAL_ENCODED_SIZE];
        for (int used = 0; used < 2; used++) {
                prepare();
                ask(RESEAL_VERB_PREPARE); /* behind the back of the command, which does not ask while a copy may be used */
                read_request(genuine);
                if (!used)
                        ask(RESEAL_VERB_CANCEL);
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(has_copy(0), used);
                write_request(genuine);
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_FAILED);
                assert_int_equal(life.context.handover.reseal_starts, 0);
                assert_int_equal(start(), VOLUMES);
                assert_false(life.context.keys.has_reseal);
        }
}

/* Taken back before any start has heard of it. */
static void a_request_that_was_cancelled_at_once_has_no_copy_made_later(void **state)
{
        uint8_t genuine[RESEAL_ENCODED_SIZE];
        assert_int_equal(start(), VOLUMES);
        ask(RESEAL_VERB_PREPARE);
        read_request(genuine);
        ask(RESEAL_VERB_CANCEL);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_NONE);
        write_request(genuine);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_FAILED);
        assert_false(has_copy(0));
}

/* Another system writes the variable in each of its own sessions, so that no start says that it is over. */
static void a_request_of_another_system_keeps_no_window_open(void **state)
{
        const struct reseal_request request = { .verb = RESEAL_VERB_PREPARE, .last_reset = last_reset };
        uint8_t forged[RESEAL_ENCODED_SIZE];
        reseal_request_encode(&request, forged);
        prepare();
        assert_int_equal(run(life.swtpm, "cp disk1 copy"), 0);
        for (int again = 0; again < 2; again++) {
                write_request(forged);
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_FAILED);
                assert_false(has_copy(0));
        }
        assert_int_equal(run(life.swtpm, "cp copy disk1"), 0);
        write_request(forged);
        change_secure_boots_keys();
        assert_int_equal(start(), 0);
}

/* Who runs another system on this machine, or root of this one behind leave-initrd, has the header and may have learned the key.
 */
static void the_key_alone_opens_nothing_in_another_boot(void **state)
{
        prepare();
        change_secure_boots_keys();
        assert_int_equal(tpm_measure_phase(life.context.tpm, "leave-initrd"), 0);
        assert_int_equal(start(), 0);
        struct luks_reseal copy;
        struct luks_token token;
        uint8_t secret[VOLUME_SECRET_SIZE];
        assert_int_equal(luks_read_tokens(life.paths[0], &token, &copy), 0);
        assert_int_equal(reseal_open(&life.context, &copy, secret), -EACCES);
}

/* Nor does the TPM alone: another system repeats what the stub measures, and has no key of the device. */
static void what_the_tpm_releases_is_not_the_secret(void **state)
{
        struct luks_reseal copy;
        struct luks_token token;
        uint8_t released[TPM_SECRET_SIZE], secret[VOLUME_SECRET_SIZE];
        prepare();
        change_secure_boots_keys();
        assert_int_equal(luks_read_tokens(life.paths[0], &token, &copy), 0);
        assert_int_equal(tpm_unseal(life.context.tpm, life.swtpm->public_pem, 0, life.json, strlen(life.json), copy.blob,
                                    copy.blob_size, NULL, released),
                         0);
        assert_memory_not_equal(released, life.secret, sizeof(released));
        life.context.keys.has_reseal = false;
        assert_int_equal(reseal_open(&life.context, &copy, secret), -ENOENT);
        life.context.keys.has_reseal = true;
        memset(life.context.keys.reseal, 0, sizeof(life.context.keys.reseal));
        assert_int_equal(reseal_open(&life.context, &copy, secret), -EACCES);
}

/* Mounted before what a reset builds, and so unlocked by its own header, whether it was sealed together with that or not. */
static void what_a_reset_keeps_may_be_unlocked_first(void **state)
{
        life.context.policy.partitions[0].factory_reset = false;
        for (int has_own = 0; has_own < 2; has_own++) {
                if (has_own) {
                        struct volume_key key = { 0 };
                        assert_int_equal(random_key(life.context.tpm, key.secret), 0);
                        memcpy(life.own, key.secret, sizeof(life.own));
                        life.first_has_own = true;
                        assert_int_equal(volume_seal(&life.context, &key), 0);
                        format(0, &key);
                }
                prepare();
                for (size_t i = 0; i < VOLUMES; i++)
                        assert_true(has_copy(i));
                change_secure_boots_keys();
                assert_int_equal(start(), VOLUMES);
                assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
                for (size_t i = 0; i < VOLUMES; i++)
                        assert_false(has_copy(i));
                assert_int_equal(start(), VOLUMES); /* by the TPM alone */
                assert_false(life.context.keys.has_reseal);
        }
}

/* The marks come behind the last unlocking: a boot that goes no further has proven nothing by the secret that it has unsealed. */
static void no_copy_is_made_before_every_volume_is_open(void **state)
{
        struct boot_context *context = &life.context;
        struct volume_keys keys = { 0 };
        struct volume_key *key;
        context->policy.partitions[1].factory_reset = false;
        assert_int_equal(start(), VOLUMES);
        ask(RESEAL_VERB_PREPARE);
        start_stub();
        for (size_t i = 0; i < VOLUMES; i++) {
                assert_int_equal(volume_unlock(context, &context->policy.partitions[i], life.paths[i], &keys, &key), 0);
                reseal_volume(context, &context->policy.partitions[i], life.paths[i], &keys, key);
        }
        assert_false(has_copy(0));
        volume_keys_done(&keys);
}

/* A power cut behind the first token that was replaced, which is the last volume's. */
static void an_interrupted_reseal_is_done_by_the_next_start(void **state)
{
        prepare();
        assert_int_equal(run(life.swtpm, "cp disk1 copy"), 0);
        change_secure_boots_keys();
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(run(life.swtpm, "cp copy disk1"), 0);
        assert_true(efivarfs_remove(&life.context.variables, &guid_cleanslate, RESEAL_VARIABLE_NAME) >= 0);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_DONE);
        assert_int_equal(start(), VOLUMES);
}

static void a_start_whose_copy_is_gone_says_that_it_is_over(void **state)
{
        prepare();
        assert_int_equal(luks_erase_reseal(life.paths[0]), 0);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_OVER);
        assert_int_equal(start(), VOLUMES);
        assert_int_equal(life.context.handover.reseal, RESEAL_NONE);
        assert_false(life.context.keys.has_reseal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(what_was_prepared_opens_the_volumes_once_and_they_are_sealed_anew),
                TEST(each_volumes_token_is_the_new_one),
                TEST(without_a_copy_a_change_locks_the_volumes),
                TEST(a_copy_is_erased_when_no_start_is_left),
                TEST(the_last_start_still_uses_it),
                TEST(what_is_cancelled_is_erased_and_worth_nothing),
                TEST(a_copy_put_back_is_worth_nothing_once_it_was_used),
                TEST(who_asks_in_the_start_that_has_sealed_anew_has_the_next_one_prepared),
                TEST(a_copy_of_another_device_reset_or_number_stays_shut),
                TEST(an_altered_copy_stays_shut),
                TEST(a_request_of_another_system_has_no_copy_made),
                TEST(a_genuine_request_put_back_has_no_copy_made),
                TEST(a_request_that_was_cancelled_at_once_has_no_copy_made_later),
                TEST(a_request_of_another_system_keeps_no_window_open),
                TEST(the_key_alone_opens_nothing_in_another_boot),
                TEST(what_the_tpm_releases_is_not_the_secret),
                TEST(what_a_reset_keeps_may_be_unlocked_first),
                TEST(no_copy_is_made_before_every_volume_is_open),
                TEST(an_interrupted_reseal_is_done_by_the_next_start),
                TEST(a_start_whose_copy_is_gone_says_that_it_is_over),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
