/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset's dealings with the TPM, on a real TPM (swtpm) behind a wire that can fail, with a directory for the firmware and
 * another one for its variables. Whatever goes wrong, there are words, and nobody takes a TPM for cleared that is not. */
#include "tests/unit/tpm-fault.h"

#include <sys/syscall.h>

#include "initrd/steps/clear-tpm.h"
#include "initrd/tpm-check.h"
#include "linux/preflight/preflight.h"
#include "tests/unit/scratch.h"

#define AUTHORIZATION "of the fleet"

/* A variable store that loses what it is given. */
/* What a reset boot is given. */
static const struct progress_keys progress_keys = { .secret_kept = true, .has_reset = true, .reset = "a secret" };

static bool variables_are_lost;

ssize_t write(int fd, const void *data, size_t size)
{
        return variables_are_lost && size == 4 + PROGRESS_ENCODED_SIZE ? (ssize_t)size : syscall(SYS_write, fd, data, size);
}

static struct fixture {
        struct swtpm *swtpm;
        struct tpm_fault fault;
        char directory[SCRATCH_PATH_MAX], variables[SCRATCH_PATH_MAX], ppi[SCRATCH_PATH_MAX];
        int fd, ppi_fd;
        struct boot_context context;
        struct reset reset;
        char detail[160];
} fixture;

static int open_new_directory(char ret[static SCRATCH_PATH_MAX])
{
        scratch_make(ret, NULL);
        int fd = open(ret, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static int set_up(void **state)
{
        struct boot_context *context = &fixture.context;
        void *swtpm = NULL;
        memset(&fixture, 0, sizeof(fixture));
        variables_are_lost = false;
        assert_int_equal(swtpm_start(&swtpm), 0);
        fixture.swtpm = swtpm;
        fixture.fd = open_new_directory(fixture.directory);
        fixture.ppi_fd = open_new_directory(fixture.ppi);
        scratch_text(fixture.ppi_fd, "request", "0\n");
        scratch_text(fixture.ppi_fd, "response", "0: No Recent Request\n");
        scratch_text(fixture.ppi_fd, "transition_action", "2: Reboot\n");
        scratch_make(fixture.variables, NULL);
        assert_int_equal(efivarfs_open(fixture.variables, &context->variables), 0);
        assert_int_equal(progress_store_read(&context->variables, &progress_keys, &context->progress_store, &context->progress),
                         0);
        context->report.kmsg_fd = -1;
        context->root_fd = fixture.fd;
        context->ppi_directory = fixture.ppi;
        context->public_key_pem = fixture.swtpm->public_pem;
        context->tpm = fault_connect(fixture.swtpm, &fixture.fault);
        context->progress.reset_id.bytes[0] = 0xab;
        fixture.reset.context = context;
        fixture.reset.course.progress = &context->progress;
        fixture.reset.course.plan = &fixture.reset.plan;
        fixture.reset.plan.tpm_clear = TPM_CLEAR_REQUIRED;
        fixture.reset.plan.steps[0].kind = STEP_ENCRYPT;
        fixture.reset.plan.step_count = 1;
        return 0;
}

static int tear_down(void **state)
{
        void *swtpm = fixture.swtpm;
        variables_are_lost = false;
        fault_disconnect(fixture.context.tpm, &fixture.fault);
        efivarfs_close(&fixture.context.variables);
        (void)close(fixture.fd);
        (void)close(fixture.ppi_fd);
        scratch_remove(fixture.directory);
        scratch_remove(fixture.variables);
        scratch_remove(fixture.ppi);
        return swtpm_stop(&swtpm);
}

static void say(void *context, const char *text)
{
        (void)context;
        (void)text;
}

/* The part of the preflight that is about the TPM. */
static int tpm_check(void)
{
        static const enum check checks[] = { CHECK_TPM, CHECK_SEAL_PCRS, CHECK_TPM_SEALING };
        static struct preflight preflight;
        struct boot_context *context = &fixture.context;
        const struct survey_source survey = boot_survey_source(context);
        const struct reset_source source = { .policy = &context->policy,
                                             .inventory = &context->inventory,
                                             .survey = &survey,
                                             .tpm = context->tpm,
                                             .public_key_pem = context->public_key_pem };
        int r = 0;
        memset(&preflight, 0, sizeof(preflight));
        for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
                r = preflight_check(&source, &fixture.reset.plan, &preflight, checks[i], say, &survey.trouble);
        fixture.reset.tpm_now = fixture.reset.tpm_after = preflight.evidence;
        return r;
}

/* What the gathering and the plan would find, and what the preflight does with it. */
static void look(void)
{
        struct boot_context *context = &fixture.context;
        fixture.detail[0] = context->trouble[0] = 0;
        assert_int_equal(tpm_read_facts(context->tpm, &context->inventory.tpm), 0);
        fixture.reset.plan.tpm_way = tpm_clear_way_choose(&context->inventory.tpm);
        assert_int_equal(tpm_check(), 0);
}

/* The first attempt's start. */
static void begin(void)
{
        look();
        assert_int_equal(tpm_keep_evidence(&fixture.reset), 0);
        memcpy(fixture.context.progress.srk_name_before, fixture.reset.tpm_now.srk_name, TPM_NAME_MAX);
        fixture.context.progress.srk_name_before_size = fixture.reset.tpm_now.srk_name_size;
}

static int clear(void)
{
        return clear_tpm(&fixture.reset, fixture.detail, sizeof(fixture.detail));
}

static void lock_away(void)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_clearcontrol -C l s && tpm2_changeauth -c l nobody-knows"), 0);
        fixture.context.inventory.tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = 5, .asks_user = true };
}

static bool tpm_is_another(void)
{
        struct tpm_evidence now;
        assert_int_equal(tpm_read_evidence(fixture.context.tpm, &now), 0);
        return tpm_evidence_replaced(&fixture.reset.tpm_before, &now);
}

static void assert_says(const char *text, const char *words)
{
        if (!strstr(text, words))
                fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static const char *request_file(void)
{
        static char text[32];
        int fd = openat(fixture.ppi_fd, "request", O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof(text) - 1);
        (void)close(fd);
        text[n > 0 ? n : 0] = 0;
        return text;
}

/* As the next boot finds it. */
static struct progress progress_read(void)
{
        struct progress_store store;
        struct progress progress;
        assert_int_equal(progress_store_read(&fixture.context.variables, &progress_keys, &store, &progress), 0);
        return progress;
}

/* -- the lockout hierarchy -- */

static void an_untouched_tpm_is_cleared_at_once(void **state)
{
        begin();
        assert_int_equal(fixture.reset.plan.tpm_way, TPM_WAY_LOCKOUT_EMPTY);
        assert_int_equal(clear(), 0);
        assert_true(tpm_is_another());
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_LOCKOUT_EMPTY);
        assert_true(tpm_evidence_replaced(&fixture.reset.tpm_before, &fixture.reset.tpm_after));
}

static void a_clear_that_the_tpm_only_claims_is_refused(void **state)
{
        begin();
        fixture.fault.fail_command = TPM2_CC_Clear; /* does not reach it, and "success" comes back */
        assert_int_equal(clear(), -EBADMSG);
        assert_int_equal(fixture.fault.failed_command, TPM2_CC_Clear);
        fault_end(&fixture.fault);
        assert_false(tpm_is_another());
        assert_says(fixture.context.trouble, "storage root key is the same as before");
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_NONE);
}

static void a_failing_clear_fails_the_step_only_where_it_is_required(void **state)
{
        begin();
        fixture.fault.fail_command = TPM2_CC_Clear;
        fixture.fault.code = TPM2_RC_FAILURE;
        assert_int_equal(clear(), -EIO);
        assert_says(fixture.context.trouble, "The TPM was not cleared: tpm:error");
        assert_says(fixture.detail, "not cleared: tpm:error");
        fixture.context.trouble[0] = 0;
        fixture.reset.plan.tpm_clear = TPM_CLEAR_TRY;
        assert_int_equal(clear(), 0);
        assert_says(fixture.detail, "not cleared: tpm:error");
        assert_string_equal(fixture.context.trouble, "");
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_NONE);
}

static void a_tpm_that_nobody_can_clear_fails_in_words(void **state)
{
        lock_away();
        fixture.context.inventory.tpm.firmware.operation = 0;
        begin();
        assert_int_equal(fixture.reset.plan.tpm_way, TPM_WAY_NONE);
        assert_int_equal(clear(), -EPERM);
        assert_says(fixture.context.trouble, "the firmware offers none");
        fixture.context.trouble[0] = 0;
        fixture.reset.plan.tpm_clear = TPM_CLEAR_TRY;
        assert_int_equal(clear(), 0);
        assert_says(fixture.detail, "not cleared");
        assert_string_equal(fixture.context.trouble, "");
        assert_false(tpm_is_another());
}

/* Fails each command in turn; returns how many there were. Without a word are a context that is not flushed, and what only a
 * record would have told: the record says that it could not be read. */
static unsigned fail_each(int (*act)(void), uint32_t code)
{
        for (unsigned n = 1;; n++) {
                fault_end(&fixture.fault);
                look();
                fixture.fault.commands = 0;
                fixture.fault.fail_at = n;
                fixture.fault.code = code;
                int r = act();
                if (!fixture.fault.failed_command)
                        return n - 1;
                if (fixture.fault.failed_command ==
                    TPM2_CC_FlushContext) { /* in a machine the kernel's resource manager does it */
                        assert_int_equal(run(fixture.swtpm, "tpm2_flushcontext -t && tpm2_flushcontext -l"), 0);
                        continue;
                }
                if (r == 0) {
                        assert_int_not_equal(fixture.reset.tpm_after.unread, 0);
                        continue;
                }
                assert_true(fixture.context.trouble[0]);
                if (fixture.context.trouble[strlen(fixture.context.trouble) - 1] != '.')
                        fail_msg("no sentence: %s", fixture.context.trouble);
        }
}

static void every_error_of_the_tpm_fails_the_preflight_in_words(void **state)
{
        static const uint32_t codes[] = { TPM2_RC_FAILURE, TPM2_RC_LOCKOUT, TPM2_RC_DISABLED, TPM2_RC_NV_UNAVAILABLE,
                                          TPM2_RC_AUTH_FAIL + TPM2_RC_S + TPM2_RC_1 };
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                assert_in_range(fail_each(tpm_check, codes[i]), 8, 100);
        fault_end(&fixture.fault);
        assert_int_equal(tpm_check(), 0); /* the control */
}

static void a_reset_that_can_do_without_the_tpm_does(void **state)
{
        fixture.fault.fail_command = TPM2_CC_GetCapability;
        fixture.fault.code = TPM2_RC_FAILURE;
        fixture.reset.plan.tpm_clear = TPM_CLEAR_TRY;
        fixture.reset.plan.tpm_way = TPM_WAY_LOCKOUT_EMPTY; /* what facts nobody could read look like */
        assert_int_equal(tpm_check(), -EPERM);              /* there is a key to be sealed */
        fixture.context.trouble[0] = 0;
        fixture.reset.plan.step_count = 0;
        assert_int_equal(tpm_check(), 0);
        assert_int_equal(clear(), 0);
        assert_says(fixture.detail, "not cleared: tpm:error");
        fixture.reset.plan.tpm_clear = TPM_CLEAR_REQUIRED;
        assert_int_equal(tpm_check(), -EPERM);
        assert_says(fixture.context.trouble, "does not tell its state");
}

/* Each for good, as a TPM may have it that lacks a command or holds a damaged index. */
static void what_only_a_record_would_tell_forbids_nothing(void **state)
{
        static const struct {
                uint32_t command, unread;
        } cases[] = {
                { TPM2_CC_ReadClock, TPM_UNREAD_CLOCK },
                { TPM2_CC_NV_ReadPublic, TPM_UNREAD_NV_INDICES },
                { TPM2_CC_Hash, TPM_UNREAD_STORAGE_TICKET },
        };
        assert_int_equal(run(fixture.swtpm, "tpm2_nvdefine -C o -s 8 0x1500001 && tpm2_nvdefine -C o -s 8 0x1500002"), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                fixture.fault.fail_command = cases[i].command;
                fixture.fault.code = TPM2_RC_NV_UNINITIALIZED;
                begin();
                assert_int_equal(fixture.fault.failed_command, cases[i].command);
                assert_int_equal(fixture.reset.tpm_before.unread, cases[i].unread);
                assert_int_equal(clear(), 0);
                /* there is no index any more that could fail */
                assert_int_equal(fixture.reset.tpm_after.unread, cases[i].command == TPM2_CC_NV_ReadPublic ? 0 : cases[i].unread);
                fault_end(&fixture.fault);
                assert_true(tpm_is_another());
                assert_int_equal(run(fixture.swtpm, "tpm2_nvdefine -C o -s 8 0x1500001 && tpm2_nvdefine -C o -s 8 0x1500002"), 0);
        }
}

static void one_index_that_cannot_be_read_hides_no_other(void **state)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_nvdefine -C o -s 8 0x1500001 && tpm2_nvdefine -C o -s 8 0x1500002"), 0);
        fixture.fault.fail_command = TPM2_CC_NV_ReadPublic;
        fixture.fault.code = TPM2_RC_NV_UNINITIALIZED;
        fixture.fault.fail_times = 1;
        begin();
        assert_int_equal(fixture.reset.tpm_before.unread, TPM_UNREAD_NV_INDICES);
        assert_int_equal(fixture.reset.tpm_before.nv_indices.count, 1);
        assert_int_equal(fixture.reset.tpm_before.nv_indices.listed[0], 0x1500002);
}

/* Neither what a clear would be proven by. */
static void a_clear_that_could_not_be_proven_is_refused_beforehand(void **state)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c o taken"), 0); /* hides the storage root key */
        fixture.fault.fail_command = TPM2_CC_Hash;
        fixture.fault.code = TPM2_RC_COMMAND_CODE;
        fixture.reset.plan.tpm_way = TPM_WAY_LOCKOUT_EMPTY;
        assert_int_equal(tpm_check(), -EPERM);
        assert_says(fixture.context.trouble, "does not give its storage root key, by which a clear would be proven");
        fixture.reset.plan.tpm_clear = TPM_CLEAR_SKIP;
        fixture.context.trouble[0] = 0;
        fixture.reset.plan.step_count = 0;
        assert_int_equal(tpm_check(), 0);
}

static void every_error_of_the_tpm_fails_the_clear_in_words(void **state)
{
        begin();
        assert_in_range(fail_each(clear, TPM2_RC_FAILURE), 5, 100);
        fault_end(&fixture.fault);
        assert_true(tpm_is_another());
}

/* -- an owner's authorization -- */

static void an_owner_authorization_is_no_hindrance_where_it_will_go(void **state)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c o taken"), 0);
        begin();
        assert_int_equal(fixture.reset.tpm_before.srk_name_size, 0);
        assert_int_equal(clear(), 0);
        assert_true(tpm_is_another());
        look(); /* and now the sealing is tried, too */
        fixture.reset.plan.tpm_way = TPM_WAY_NONE;
        assert_int_equal(tpm_check(), 0);
}

static void an_owner_authorization_that_may_stay_refuses_beforehand(void **state)
{
        static const struct {
                enum tpm_clear_policy policy;
                enum tpm_clear_way way;
        } cases[] = { { TPM_CLEAR_SKIP, TPM_WAY_NONE }, { TPM_CLEAR_TRY, TPM_WAY_NONE }, { TPM_CLEAR_TRY, TPM_WAY_FIRMWARE } };
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c o taken"), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                fixture.context.trouble[0] = 0;
                fixture.reset.plan.tpm_clear = cases[i].policy;
                fixture.reset.plan.tpm_way = cases[i].way;
                assert_int_equal(tpm_check(), -EPERM);
                assert_says(fixture.context.trouble, "its owner authorization is set");
        }
}

static void a_lockout_is_no_hindrance_where_the_firmware_ends_it(void **state)
{
        lock_away();
        assert_int_equal(run(fixture.swtpm, "tpm2_dictionarylockout -s -n 1 -t 1000 -l 1000 -p nobody-knows"), 0);
        assert_int_equal(run(fixture.swtpm, "tpm2_createprimary -C o -p right -c p.ctx && tpm2_flushcontext -t"), 0);
        assert_int_not_equal(run(fixture.swtpm, "tpm2_create -C p.ctx -P wrong -u u -r r"), 0);
        assert_int_equal(run(fixture.swtpm, "tpm2_flushcontext -t"), 0);
        begin();
        assert_true(fixture.reset.tpm_before.in_lockout);
        assert_int_equal(clear(), -EINPROGRESS);
        fixture.reset.plan.tpm_clear = TPM_CLEAR_TRY; /* which may be declined */
        assert_int_equal(tpm_check(), -EPERM);
        assert_says(fixture.context.trouble, "it is in lockout");
}

/* -- the image's authorization -- */

static enum tpm_clear_way way_with(const char *file)
{
        struct boot_context *context = &fixture.context;
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c l '" AUTHORIZATION "'"), 0);
        (void)strcpy(context->policy.settings.tpm_lockout_auth, "/authorization");
        if (file)
                scratch_text(fixture.fd, "authorization", file);
        assert_int_equal(tpm_read_facts(context->tpm, &context->inventory.tpm), 0);
        tpm_try_images_authorization(context);
        return tpm_clear_way_choose(&context->inventory.tpm);
}

/* A structure has holes: its fields. */
static bool holds_anything(const struct tpm_auth *auth)
{
        static const uint8_t none[TPM_AUTH_MAX];
        return auth->size != 0 || memcmp(auth->value, none, sizeof(none)) != 0;
}

static void the_images_authorization_clears_and_is_wiped(void **state)
{
        assert_int_equal(way_with(AUTHORIZATION "\n"), TPM_WAY_LOCKOUT_KNOWN);
        assert_int_equal(fixture.context.lockout_auth_state, LOCKOUT_AUTH_ACCEPTED);
        begin();
        assert_int_equal(clear(), 0);
        assert_true(tpm_is_another());
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_LOCKOUT_KNOWN);
        assert_false(holds_anything(&fixture.context.lockout_auth));
}

static void a_wrong_authorization_is_tried_once_and_never_again(void **state)
{
        struct boot_context *context = &fixture.context;
        assert_int_equal(way_with("of another fleet\n"), TPM_WAY_NONE);
        assert_int_equal(context->lockout_auth_state, LOCKOUT_AUTH_REFUSED);
        assert_false(holds_anything(&context->lockout_auth));
        fault_end(&fixture.fault);
        tpm_try_images_authorization(context);
        assert_int_equal(fixture.fault.commands, 0);
        context->inventory.tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = 5 };
        assert_int_equal(tpm_clear_way_choose(&context->inventory.tpm), TPM_WAY_FIRMWARE);
}

static void an_error_of_the_tpm_is_no_verdict_on_the_authorization(void **state)
{
        fixture.fault.fail_command = TPM2_CC_DictionaryAttackLockReset;
        fixture.fault.code = TPM2_RC_FAILURE;
        assert_int_equal(way_with(AUTHORIZATION), TPM_WAY_NONE);
        assert_int_equal(fixture.context.lockout_auth_state, LOCKOUT_AUTH_UNUSABLE);
}

static void an_authorization_that_is_none_is_not_tried(void **state)
{
        char longer[TPM_AUTH_MAX + 3];
        memset(longer, 'x', sizeof(longer));
        longer[sizeof(longer) - 1] = 0;
        const char *const files[] = { NULL, "", "\n", longer };
        assert_int_equal(way_with(NULL), TPM_WAY_NONE);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                fault_end(&fixture.fault);
                if (files[i])
                        scratch_text(fixture.fd, "authorization", files[i]);
                fixture.context.lockout_auth_state = LOCKOUT_AUTH_UNTRIED;
                tpm_try_images_authorization(&fixture.context);
                assert_int_equal(fixture.fault.commands, 0);
                assert_int_equal(fixture.context.lockout_auth_state, LOCKOUT_AUTH_UNUSABLE);
        }
}

/* -- the firmware -- */

static void ask(void)
{
        lock_away();
        begin();
        assert_int_equal(fixture.reset.plan.tpm_way, TPM_WAY_FIRMWARE);
        assert_int_equal(clear(), -EINPROGRESS);
}

/* The next boot, after the firmware has dealt with the request. */
static int answer(const char *pending, const char *response)
{
        scratch_text(fixture.ppi_fd, "request", pending);
        scratch_text(fixture.ppi_fd, "response", response);
        fixture.context.progress = progress_read();
        memset(&fixture.reset.tpm_before, 0, sizeof(fixture.reset.tpm_before));
        memset(&fixture.reset.record_tpm, 0, sizeof(fixture.reset.record_tpm));
        fixture.reset.course.needs_person = fixture.reset.tpm_before_known = false;
        look();
        tpm_recall_evidence(&fixture.reset);
        return clear();
}

static void the_firmware_is_asked_and_the_progress_says_so(void **state)
{
        ask();
        struct progress progress = progress_read();
        assert_string_equal(request_file(), "5\n");
        assert_true(progress.awaiting_firmware);
        assert_int_equal(progress.firmware_asked, 1);
        assert_string_equal(fixture.context.trouble, "");
        assert_false(fixture.context.power_off_next || fixture.reset.course.needs_person);
        assert_false(tpm_is_another());
}

static void a_request_is_withdrawn_where_the_progress_cannot_say_so(void **state)
{
        lock_away();
        begin();
        variables_are_lost = true;
        assert_int_equal(clear(), -EIO);
        variables_are_lost = false;
        assert_string_equal(request_file(), "0\n");
        assert_false(fixture.context.progress.awaiting_firmware);
        assert_says(fixture.context.trouble, "progress cannot be committed");
}

static void a_firmware_that_takes_no_request_is_told(void **state)
{
        lock_away();
        assert_int_equal(unlinkat(fixture.ppi_fd, "request", 0), 0);
        begin();
        assert_int_equal(clear(), -ENOENT);
        assert_says(fixture.context.trouble, "the firmware does not take the request");
        assert_false(progress_read().awaiting_firmware);
}

/* Its lockout hierarchy is open then: the proof is made here, whatever was said before. */
static void a_tpm_that_the_firmware_has_cleared_is_cleared_again_with_proof(void **state)
{
        struct tpm_evidence now;
        ask();
        assert_int_equal(run(fixture.swtpm, "tpm2_clearcontrol -C p c && tpm2_clear -c p"), 0);
        assert_int_equal(answer("0\n", "5 0: Success\n"), 0);
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_LOCKOUT_EMPTY);
        assert_int_equal(fixture.reset.record_tpm.answer, FIRMWARE_CLEARED);
        assert_true(fixture.reset.tpm_before_known && fixture.reset.tpm_before.disable_clear);
        assert_false(fixture.context.progress.awaiting_firmware);
        assert_int_equal(tpm_read_evidence(fixture.context.tpm, &now), 0);
        assert_memory_not_equal(now.srk_name, fixture.reset.tpm_now.srk_name, sizeof(now.srk_name)); /* a second clear */
        assert_memory_equal(now.srk_name, fixture.reset.tpm_after.srk_name, sizeof(now.srk_name));
}

static void an_owner_authorization_does_not_cost_the_proof(void **state)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c o taken"), 0);
        ask();
        assert_int_equal(fixture.reset.tpm_before.srk_name_size, 0);
        assert_int_equal(answer("0\n", "5 0: Success\n"), -ECANCELED); /* not yet */
        assert_int_equal(fixture.reset.record_tpm.answer, FIRMWARE_UNCHANGED);
        fixture.context.progress = progress_read(); /* still awaiting: that was lost to a power cut */
        assert_int_equal(run(fixture.swtpm, "tpm2_clearcontrol -C p c && tpm2_clear -c p"), 0);
        assert_int_equal(answer("0\n", "5 0: Success\n"), 0);
        assert_int_equal(fixture.reset.record_tpm.answer, FIRMWARE_CLEARED);
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_LOCKOUT_EMPTY);
}

/* Root of the running system forges the TPM's state of before, and an old answer of the firmware does the rest. */
static void forged_evidence_of_before_proves_nothing(void **state)
{
        struct tpm_evidence forged;
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE];
        ask();
        forged = fixture.reset.tpm_before;
        forged.srk_name[5] ^= 1;
        forged.storage_ticket[5] ^= 1;
        tpm_evidence_encode(&forged, &fixture.context.progress.reset_id, encoded);
        assert_int_equal(efivarfs_write(&fixture.context.variables, &guid_cleanslate, TPM_EVIDENCE_VARIABLE_NAME, encoded,
                                        sizeof(encoded)),
                         0);
        assert_int_equal(answer("0\n", "5 0: Success\n"), -ECANCELED);
        assert_int_equal(fixture.reset.record_tpm.answer, FIRMWARE_UNCHANGED);
        assert_false(fixture.reset.tpm_before_known);
}

/* Somebody else holds the variable, or the store fails: the progress record has what a clear is proven by. */
static void evidence_that_cannot_be_kept_stops_no_reset(void **state)
{
        static const uint8_t none[SHA256_SIZE];
        assert_int_equal(mkdirat(fixture.context.variables.directory_fd,
                                 TPM_EVIDENCE_VARIABLE_NAME "-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41", 0755),
                         0);
        begin(); /* asserts that it is kept without an error */
        assert_memory_equal(fixture.context.progress.tpm_before_digest, none, sizeof(none));
        assert_int_equal(clear(), 0);
        assert_true(tpm_is_another());
}

static void every_other_answer_is_told_and_waits_for_a_person(void **state)
{
        static const struct {
                const char *pending, *response, *words;
                enum firmware_answer answer;
        } cases[] = {
                { "0\n", "5 0: Success\n", "storage root key is the same as before", FIRMWARE_UNCHANGED },
                { "0\n", "5 0xFFFFFFF0: User Abort\n", "declined at the machine (user abort)", FIRMWARE_DECLINED },
                { "0\n", "5 0xFFFFFFF1: BIOS Failure\n", "failed (BIOS failure)", FIRMWARE_FAILED },
                { "0\n", "5 291: Corresponding TPM error\n", "error from the TPM", FIRMWARE_TPM_ERROR },
                { "0\n", "5 4294967282: Error\n", "unknown code", FIRMWARE_UNKNOWN_CODE },
                { "0\n", "0: No Recent Request\n", "gave no answer", FIRMWARE_NO_ANSWER },
                { "0\n", "22 0: Success\n", "answered to something else", FIRMWARE_OTHER_OPERATION },
                { "5\n", "5 0: Success\n", "has not looked at it yet", FIRMWARE_NOT_PROCESSED },
                { "0\n", "gibberish\n", "its answer cannot be read", FIRMWARE_NO_ANSWER },
        };
        ask();
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_true(answer(cases[i].pending, cases[i].response) < 0);
                assert_says(fixture.context.trouble, cases[i].words);
                assert_says(fixture.context.trouble, "Try again");
                assert_true(fixture.reset.course.needs_person);
                assert_int_equal(fixture.reset.record_tpm.answer, cases[i].answer);
                assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_NONE);
                assert_string_equal(request_file(), "0\n"); /* nothing is left that could surprise somebody later */
                assert_false(fixture.context.progress.awaiting_firmware);
        }
        assert_int_equal(clear(), -EINPROGRESS); /* "try again" asks anew */
        assert_int_equal(progress_read().firmware_asked, 2);
}

/* Somebody cleared it in the firmware setup, or the power failed before the answer could be read. */
static void a_tpm_that_was_cleared_without_an_answer_is_cleared_again(void **state)
{
        ask();
        assert_int_equal(run(fixture.swtpm, "tpm2_clearcontrol -C p c && tpm2_clear -c p"), 0);
        assert_int_equal(answer("0\n", "0: No Recent Request\n"), 0);
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_LOCKOUT_EMPTY);
        assert_true(tpm_evidence_replaced(&fixture.reset.tpm_now, &fixture.reset.tpm_after));
        assert_true(tpm_evidence_replaced(&fixture.reset.tpm_before, &fixture.reset.tpm_after));
}

/* The firmware clears with the platform's authorization; on this one clearing is disabled again before the next start. */
static void clear_by_platform(void)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_clearcontrol -C p c && tpm2_clear -c p && tpm2_clearcontrol -C l s"), 0);
}

/* Whatever it answers, or forgets to: a storage root key and a ticket that both are others than in the first attempt are proof.
 */
static void a_clear_that_no_answer_tells_of_is_proven_by_key_and_ticket(void **state)
{
        static const struct {
                const char *pending, *response;
                enum firmware_answer answer;
        } cases[] = {
                { "0\n", "0: No Recent Request\n", FIRMWARE_NO_ANSWER },
                { "0\n", "22 0: Success\n", FIRMWARE_OTHER_OPERATION },
                { "5\n", "5 0: Success\n", FIRMWARE_NOT_PROCESSED }, /* somebody did it in the firmware setup */
                { "0\n", "gibberish\n", FIRMWARE_NO_ANSWER },
        };
        struct progress asked;
        ask();
        asked = progress_read();
        clear_by_platform();
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(answer(cases[i].pending, cases[i].response), 0);
                assert_int_equal(fixture.reset.plan.tpm_way, TPM_WAY_FIRMWARE);
                assert_int_equal(fixture.reset.record_tpm.answer, cases[i].answer);
                assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_FIRMWARE);
                assert_false(fixture.context.progress.awaiting_firmware || fixture.reset.course.needs_person);
                assert_string_equal(request_file(), "0\n");
                assert_says(fixture.detail, "the storage root key's name and the storage hierarchy's ticket changed");
                assert_true(tpm_evidence_replaced_wholly(&fixture.reset.tpm_before, &fixture.reset.tpm_after));
                assert_int_equal(progress_read().firmware_asked, asked.firmware_asked);
        }
        assert_int_equal(clear(), 0); /* a later attempt has nothing to ask for any more */
        assert_string_equal(request_file(), "0\n");
}

/* Of what the progress alone remembers, the key's name, too little is known; and root of the old system can put any state of
 * before into the variable, or take it away. */
static void where_the_state_of_before_is_not_vouched_for_an_answer_is_needed(void **state)
{
        const char *const kept = TPM_EVIDENCE_VARIABLE_NAME;
        struct tpm_evidence forged;
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE];
        ask();
        forged = fixture.reset.tpm_before;
        forged.srk_name[5] ^= 1;
        forged.storage_ticket[5] ^= 1;
        tpm_evidence_encode(&forged, &fixture.context.progress.reset_id, encoded);
        assert_int_equal(efivarfs_write(&fixture.context.variables, &guid_cleanslate, kept, encoded, sizeof(encoded)), 0);
        assert_int_equal(answer("0\n", "0: No Recent Request\n"), -ECANCELED);
        assert_true(efivarfs_remove(&fixture.context.variables, &guid_cleanslate, kept) >= 0);
        clear_by_platform();
        assert_int_equal(answer("0\n", "0: No Recent Request\n"), -ECANCELED);
        assert_int_equal(fixture.reset.record_tpm.way, TPM_WAY_NONE);
}

static void where_clearing_is_only_tried_a_no_lets_the_reset_go_on(void **state)
{
        fixture.reset.plan.tpm_clear = TPM_CLEAR_TRY;
        ask();
        assert_int_equal(answer("0\n", "5 0xFFFFFFF0: User Abort\n"), 0);
        assert_says(fixture.detail, "not cleared: the firmware was asked to, and this was declined");
        assert_string_equal(fixture.context.trouble, "");
        assert_int_equal(clear(), 0); /* a later attempt of the same reset does not ask again */
        assert_says(fixture.detail, "asked once");
        assert_string_equal(request_file(), "0\n");
}

/* -- the evidence over a restart -- */

static void the_evidence_of_another_reset_is_not_taken(void **state)
{
        begin();
        fixture.context.progress.reset_id.bytes[0]++;
        fixture.context.progress.tpm_reset_count_before = 77;
        memset(&fixture.reset.tpm_before, 0, sizeof(fixture.reset.tpm_before));
        fixture.reset.tpm_before_known = false;
        tpm_recall_evidence(&fixture.reset);
        assert_false(fixture.reset.tpm_before_known);
        assert_memory_equal(fixture.reset.tpm_before.srk_name, fixture.reset.tpm_now.srk_name, TPM_NAME_MAX);
        assert_int_equal(fixture.reset.tpm_before.reset_count, 77);
        assert_int_equal(tpm_forget_evidence(&fixture.context), 0);
        assert_int_equal(tpm_forget_evidence(&fixture.context), 0); /* nothing there is no error */
}

int main(void)
{
#define WITH_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                WITH_MACHINE(an_untouched_tpm_is_cleared_at_once),
                WITH_MACHINE(a_clear_that_the_tpm_only_claims_is_refused),
                WITH_MACHINE(a_failing_clear_fails_the_step_only_where_it_is_required),
                WITH_MACHINE(a_tpm_that_nobody_can_clear_fails_in_words),
                WITH_MACHINE(every_error_of_the_tpm_fails_the_preflight_in_words),
                WITH_MACHINE(a_reset_that_can_do_without_the_tpm_does),
                WITH_MACHINE(every_error_of_the_tpm_fails_the_clear_in_words),
                WITH_MACHINE(what_only_a_record_would_tell_forbids_nothing),
                WITH_MACHINE(one_index_that_cannot_be_read_hides_no_other),
                WITH_MACHINE(a_clear_that_could_not_be_proven_is_refused_beforehand),
                WITH_MACHINE(an_owner_authorization_is_no_hindrance_where_it_will_go),
                WITH_MACHINE(an_owner_authorization_that_may_stay_refuses_beforehand),
                WITH_MACHINE(a_lockout_is_no_hindrance_where_the_firmware_ends_it),
                WITH_MACHINE(the_images_authorization_clears_and_is_wiped),
                WITH_MACHINE(a_wrong_authorization_is_tried_once_and_never_again),
                WITH_MACHINE(an_error_of_the_tpm_is_no_verdict_on_the_authorization),
                WITH_MACHINE(an_authorization_that_is_none_is_not_tried),
                WITH_MACHINE(the_firmware_is_asked_and_the_progress_says_so),
                WITH_MACHINE(a_request_is_withdrawn_where_the_progress_cannot_say_so),
                WITH_MACHINE(a_firmware_that_takes_no_request_is_told),
                WITH_MACHINE(a_tpm_that_the_firmware_has_cleared_is_cleared_again_with_proof),
                WITH_MACHINE(an_owner_authorization_does_not_cost_the_proof),
                WITH_MACHINE(forged_evidence_of_before_proves_nothing),
                WITH_MACHINE(evidence_that_cannot_be_kept_stops_no_reset),
                WITH_MACHINE(every_other_answer_is_told_and_waits_for_a_person),
                WITH_MACHINE(a_tpm_that_was_cleared_without_an_answer_is_cleared_again),
                WITH_MACHINE(a_clear_that_no_answer_tells_of_is_proven_by_key_and_ticket),
                WITH_MACHINE(where_the_state_of_before_is_not_vouched_for_an_answer_is_needed),
                WITH_MACHINE(where_clearing_is_only_tried_a_no_lets_the_reset_go_on),
                WITH_MACHINE(the_evidence_of_another_reset_is_not_taken),
        };
        return cmocka_run_group_tests_name("clear-tpm", tests, NULL, NULL);
}
