/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of a reset: JSON that others can read, whatever names the disk and the requester brought, with what is asked of
 * such a certificate in it; and on the ESP all of it or the one before. Python's parser is the judge, not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "linux/base/file.h"
#include "linux/record/record-list.h"
#include "linux/record/record.h"
#include "tests/unit/scratch.h"

#define HOSTILE "\"}]\\,\n\r\t\x01\x1f\x7f</script>\xff\xfe\xc3\xe2\x82\xed\xa0\x80z"

static struct fixture {
        char directory[SCRATCH_PATH_MAX];
        int esp;
        struct record record;
        struct plan plan;
        struct policy policy;
        struct inventory inventory;
        struct progress progress;
        struct os_identity os;
        struct tpm_evidence before, after;
        struct record_tpm tpm;
        struct record_source source;
        char text[RECORD_TEXT_MAX];
} fixture;

static void make_steps(void)
{
        fixture.plan.steps[0] = (struct plan_step){ .kind = STEP_CLEAR_TPM, .partition = -1, .definition = -1 };
        fixture.plan.steps[1] = (struct plan_step){ .kind = STEP_ERASE,
                                                    .method = ERASE_METHOD_ZERO,
                                                    .start_bytes = 1048576,
                                                    .size_bytes = 4096,
                                                    .why = WHY_MAY_HOLD_PLAIN };
        fixture.plan.steps[2] = (struct plan_step){ .kind = STEP_VERIFY_TREE, .partition = -1, .why = WHY_REBUILD };
        fixture.plan.step_count = 3;
        fixture.record.steps[0] = (struct record_step){
                .started_ms = 10, .duration_ms = 250, .executed = true, .detail = "the storage root key's name changed"
        };
        fixture.record.steps[1] = (struct record_step){
                .started_ms = 260, .duration_ms = 9, .result = -EIO, .executed = true, .detail = "byte 7 reads back otherwise"
        };
}

static int set_up(void **state)
{
        memset(&fixture, 0, sizeof(fixture));
        scratch_make(fixture.directory, NULL);
        fixture.esp = open(fixture.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture.esp >= 0);
        fixture.record.result = "complete";
        fixture.record.error = "";
        fixture.record.started_ms = 1000;
        fixture.record.finished_ms = 4500;
        policy_init(&fixture.policy);
        fixture.policy.partition_count = 1;
        (void)strcpy(fixture.policy.partitions[0].label, "state");
        fixture.inventory.partition_count = 1;
        fixture.inventory.partitions[0].number = 5;
        (void)strcpy(fixture.inventory.partitions[0].name, "old state");
        (void)strcpy(fixture.inventory.disk_path, "/dev/nonexistent");
        fixture.progress = (struct progress){ .origin = ORIGIN_MENU,
                                              .attempts = 2,
                                              .failures = 1,
                                              .started_at = 1700000000,
                                              .srk_name_before = { 0, 0x0b, 0xaa },
                                              .srk_name_before_size = 3,
                                              .plan_digest = { 0xcd },
                                              .reset_id = { { 0xab, 1 } } };
        (void)strcpy(fixture.progress.request.reason, "return");
        (void)strcpy(fixture.progress.request.requester, "desk");
        (void)strcpy(fixture.os.id, "debian");
        (void)strcpy(fixture.os.image_id, "reference");
        fixture.after = (struct tpm_evidence){ .srk_name = { 0, 0x0b, 0xbb }, .srk_name_size = 3, .reset_count = 6 };
        fixture.before.persistent = (struct tpm_handles){ .count = 2, .listed = { 0x81000001, 0x81000002 } };
        fixture.plan.tpm_clear = TPM_CLEAR_REQUIRED;
        make_steps();
        fixture.source = (struct record_source){
                .record = &fixture.record,
                .plan = &fixture.plan,
                .policy = &fixture.policy,
                .inventory = &fixture.inventory,
                .progress = &fixture.progress,
                .os = &fixture.os,
                .tpm_before = &fixture.before,
                .tpm_after = &fixture.after,
                .tpm = &fixture.tpm,
                .factory_digest = "f00d",
        };
        return 0;
}

static int tear_down(void **state)
{
        (void)close(fixture.esp);
        scratch_remove(fixture.directory);
        return 0;
}

static size_t encode(void)
{
        struct writer writer = writer_over(fixture.text, sizeof(fixture.text));

        record_encode(&fixture.source, &writer);
        assert_false(writer.overflow);
        return writer.size;
}

/* Encodes, has Python parse it (strictly, no member twice), and returns what it finds for an expression over the record `d`. */
static const char *found(const char *expression)
{
        static const char script[] = "import json, sys\n"
                                     "def once(pairs):\n"
                                     "    assert len(dict(pairs)) == len(pairs)\n"
                                     "    return dict(pairs)\n"
                                     "d = json.loads(open(sys.argv[1], 'rb').read().decode('utf-8'), object_pairs_hook=once)\n"
                                     "sys.stdout.write(json.dumps(eval(sys.argv[2])))\n";
        static char answer[4096];
        char command[8192];

        scratch_write(fixture.esp, "record", fixture.text, encode());
        scratch_write(fixture.esp, "script", script, sizeof(script) - 1);
        (void)snprintf(command, sizeof(command), "exec /usr/bin/python3 -I %s/script %s/record \"%s\"", fixture.directory,
                       fixture.directory, expression);
        FILE *stream = popen(command, "re");
        assert_non_null(stream);
        answer[fread(answer, 1, sizeof(answer) - 1, stream)] = '\0';
        assert_int_equal(pclose(stream), 0);
        return answer;
}

static void a_record_says_what_was_done_and_how_it_ended(void **state)
{
        assert_string_equal(
                found("[d[k] for k in ('type', 'result', 'error', 'resetId', 'tool', 'origin', 'reason', 'requester')]"),
                "[\"cleanslate-record-1\", \"complete\", \"\", \"ab010000000000000000000000000000\", "
                "\"cleanslate " CLEANSLATE_VERSION "\", \"menu\", \"return\", \"desk\"]");
        assert_string_equal(found("d['level']"), "\"by-contents\"");
        fixture.plan.level = ERASE_LEVEL_CLEAR;
        assert_string_equal(found("d['level']"), "\"clear\"");
        assert_string_equal(found("[d[k] for k in ('attempts', 'failures', 'startedAt', 'durationMs', 'factoryDigest')]"),
                            "[2, 1, 1700000000, 3500, \"f00d\"]");
        assert_string_equal(found("[d['planDigest'][:4], len(d['planDigest']), d['writtenAt'] > 1700000000]"),
                            "[\"cd00\", 64, true]");
        assert_string_equal(found("d['system']"), "{\"id\": \"debian\", \"imageId\": \"reference\", \"versionId\": \"\", "
                                                  "\"imageVersion\": \"\"}");
        assert_string_equal(found("[sorted(d['machine']), sorted(d['medium']), d['medium']['device']]"),
                            "[[\"assetNumber\", \"manufacturer\", \"model\", \"serial\"], "
                            "[\"device\", \"diskUuid\", \"model\", \"rotational\", \"serial\"], \"/dev/nonexistent\"]");
}

static void every_step_is_there_with_its_result_and_its_check(void **state)
{
        assert_string_equal(found("[(s['kind'], s['result'], s['durationMs'], s['check']) for s in d['steps']]"),
                            "[[\"clear-tpm\", \"ok\", 250, \"the storage root key's name changed\"], "
                            "[\"erase\", \"failed\", 9, \"byte 7 reads back otherwise\"], "
                            "[\"verify-tree\", \"not-reached\", 0, \"\"]]");
        assert_string_equal(found("[d['steps'][1][k] for k in ('partition', 'label', 'definition', 'method', 'startBytes', "
                                  "'sizeBytes')]"),
                            "[5, \"old state\", \"state\", \"zero\", 1048576, 4096]");
        assert_string_equal(found("sorted(d['steps'][0])"), "[\"check\", \"durationMs\", \"kind\", \"result\", \"why\"]");
}

static void the_evidence_is_the_one_from_before_the_first_attempt(void **state)
{
        fixture.progress.tpm_reset_count_before = 4;
        fixture.before.srk_name_size = 3;
        fixture.before.srk_name[2] = 0xee; /* of this attempt: the TPM was cleared by an earlier one */
        assert_string_equal(found("[d['tpm'][k] for k in ('present', 'clear', 'storageRootKeyBefore', 'storageRootKeyAfter')]"),
                            "[true, \"required\", \"000baa\", \"000bbb\"]");
        fixture.source.tpm_before = fixture.source.tpm_after = NULL;
        fixture.plan.tpm_clear = TPM_CLEAR_SKIP;
        assert_string_equal(found("d['tpm']"), "{\"present\": false, \"clear\": \"skip\"}");
}

static void both_states_of_the_tpm_are_there_with_all_that_may_differ(void **state)
{
        fixture.tpm = (struct record_tpm){ .way = TPM_WAY_LOCKOUT_KNOWN, .authorization = 3 };
        fixture.before.disable_clear = fixture.before.lockout_auth_set = fixture.before.endorsement_auth_set = true;
        fixture.before.clock_ms = 90001;
        fixture.before.reset_count = 4;
        fixture.before.restart_count = 1;
        assert_string_equal(found("[d['tpm'][k] for k in ('way', 'imageAuthorization')]"), "[\"lockout-known\", \"accepted\"]");
        assert_string_equal(found("d['tpm']['before']"),
                            "{\"ownerAuthSet\": false, \"endorsementAuthSet\": true, \"lockoutAuthSet\": true, "
                            "\"disableClear\": true, \"inLockout\": false, \"clockMs\": 90001, \"resetCount\": 4, "
                            "\"restartCount\": 1, \"persistentHandles\": [\"0x81000001\", \"0x81000002\"], "
                            "\"persistentHandleCount\": 2, \"ownerIndices\": [], \"ownerIndexCount\": 0}");
        assert_string_equal(found("[d['tpm']['after'][k] for k in ('disableClear', 'resetCount', 'persistentHandles')]"),
                            "[false, 6, []]");
        assert_string_equal(found("'firmware' in d['tpm']"), "false");
        fixture.source.tpm_before = NULL; /* lost: not known is not the same as empty */
        assert_string_equal(found("d['tpm']['before']"), "null");
}

static void what_the_tpm_did_not_tell_is_said(void **state)
{
        assert_string_equal(found("'unread' in d['tpm']['before']"), "false");
        fixture.before.unread = TPM_UNREAD_CLOCK | TPM_UNREAD_NV_INDICES;
        assert_string_equal(found("d['tpm']['before']['unread']"), "[\"clock\", \"owner-indices\"]");
        fixture.before.unread = TPM_UNREAD_ALL;
        assert_string_equal(found("d['tpm']['before']['unread']"),
                            "[\"storage-root-key\", \"storage-ticket\", \"clock\", \"persistent-handles\", \"owner-indices\"]");
}

static void more_objects_than_are_listed_are_counted(void **state)
{
        fixture.before.nv_indices.count = 40;
        for (uint32_t i = 0; i < TPM_HANDLES_LISTED_MAX; i++)
                fixture.before.nv_indices.listed[i] = 0x01500000 + i;
        assert_string_equal(found("[len(d['tpm']['before']['ownerIndices']), d['tpm']['before']['ownerIndices'][31], "
                                  "d['tpm']['before']['ownerIndexCount']]"),
                            "[32, \"0x0150001f\", 40]");
}

static void the_firmwares_answer_is_there_where_it_was_asked(void **state)
{
        fixture.progress.firmware_asked = 2;
        assert_string_equal(found("d['tpm']['firmware']"), "{\"asked\": 2}"); /* an attempt that awaited none */
        fixture.tpm =
                (struct record_tpm){ .answered = true, .answer = FIRMWARE_DECLINED, .operation = 5, .code = PPI_CODE_USER_ABORT };
        assert_string_equal(found("d['tpm']['firmware']"),
                            "{\"asked\": 2, \"operation\": 5, \"answer\": \"declined\", \"code\": 4294967280}");
        fixture.tpm.answered = false;
        assert_string_equal(found("d['tpm']['firmware']['answer']"), "\"unreadable\"");
}

static void fill(struct clean_list *list, char character)
{
        char name[CLEAN_NAME_MAX];

        memset(name, character, sizeof(name) - 1);
        name[sizeof(name) - 1] = 0;
        for (size_t i = 0; i <= CLEAN_ITEMS_MAX; i++)
                clean_list_add(list, name, "declared with other contents, and a sentence that is as long as any of ours");
}

static void what_was_done_beyond_partitions_is_named(void **state)
{
        static struct clean_result cleaned;

        assert_string_equal(found("'espAndVariables' in d"), "false");
        fixture.source.cleaned = &cleaned;
        assert_string_equal(found("'espAndVariables' in d"), "false"); /* a first boot cleans nothing */
        cleaned.esp_cleaned = true;
        cleaned.free_bytes_overwritten = 4096;
        clean_list_add(&cleaned.esp_removed, HOSTILE, "a credential");
        clean_list_add(&cleaned.variables_kept, "VendorNote", "not listed");
        assert_string_equal(found("[len(d['espAndVariables']['espRemoved']), d['espAndVariables']['espRemoved'][0]['why'], "
                                  "d['espAndVariables']['espKept'], "
                                  "d['espAndVariables']['espFreeBytesOverwritten'], d['espAndVariables']['more']]"),
                            "[1, \"a credential\", [], 4096, 0]");
        assert_string_equal(found("d['espAndVariables']['variablesKept']"),
                            "[{\"name\": \"VendorNote\", \"why\": \"not listed\"}]");
}

static void what_was_kept_is_listed_line_by_line(void **state)
{
        static struct preserved kept;
        static uint8_t lines[256];

        fixture.source.kept = &kept;
        assert_string_equal(found("'kept' in d"), "false"); /* nobody asked */
        kept = (struct preserved){
                .asked = true, .count = 2, .bytes = 4, .drops = 1, .lines = writer_over(lines, sizeof(lines))
        };
        assert_string_equal(found("[d['kept']['list'], d['kept']['notRestoredReason']]"), "[[], \"\"]");
        writer_text(&kept.lines, "d 0750 0 0 0 0 - /var/lib/device\nf 0640 0 0 4 0 00ff /var/lib/device/a\\x20b\n");
        (void)strcpy(kept.dropped, HOSTILE);
        assert_string_equal(found("[d['kept']['list'], d['kept']['count'], d['kept']['bytes'], d['kept']['notRestored'], "
                                  "d['kept']['notRestoredReason'][-1], len(d['kept']['sha256'])]"),
                            "[[\"d 0750 0 0 0 0 - /var/lib/device\", \"f 0640 0 0 4 0 00ff /var/lib/device/a\\\\x20b\"], 2, 4, "
                            "1, \"z\", 64]");
}

static void hostile_texts_stay_texts(void **state)
{
        fixture.record.error = HOSTILE;
        fixture.source.factory_digest = HOSTILE;
        (void)strcpy(fixture.progress.request.reason, HOSTILE);
        (void)strcpy(fixture.progress.request.requester, HOSTILE);
        (void)strcpy(fixture.inventory.partitions[0].name, HOSTILE);
        (void)strcpy(fixture.policy.partitions[0].label, HOSTILE);
        (void)strcpy(fixture.inventory.disk_path, HOSTILE);
        (void)strcpy(fixture.record.steps[1].detail, HOSTILE);
        (void)strcpy(fixture.os.id, HOSTILE);
        assert_string_equal(found("[len({d['error'], d['reason'], d['requester'], d['factoryDigest'], d['system']['id'], "
                                  "d['medium']['device'], d['steps'][1]['label'], d['steps'][1]['definition'], "
                                  "d['steps'][1]['check']}), d['error'][:12], d['error'][-1], d['result']]"),
                            "[1, \"\\\"}]\\\\,\\n\\r\\t\\u0001\\u001f\\u007f<\", \"z\", \"complete\"]");
}

static void an_erasing_is_told_in_numbers(void **state)
{
        struct record_step *step = &fixture.record.steps[1];

        step->has_outcome = true;
        step->result = 0;
        step->verdict = ERASE_PARTIAL;
        step->erase = (struct erase_outcome){ .pattern = PATTERN_KEYSTREAM,
                                              .written_bytes = 4000000,
                                              .resumed_bytes = 96,
                                              .write_ms = 2000,
                                              .verification = VERIFICATION_SAMPLED,
                                              .verified_bytes = 3000000,
                                              .verify_ms = 1000,
                                              .sample_seed = UINT64_C(0x0123456789abcdef),
                                              .sample_count = 2002 };
        bad_ranges_add(&step->erase.unwritable, 4096, 512);
        bad_ranges_add(&step->erase.unwritable, UINT64_MAX - 1023, 512);
        assert_string_equal(found("[d['steps'][1][k] for k in ('result',)] + [d['steps'][1]['erase'][k] for k in ('method', "
                                  "'technique', 'pattern', 'writtenBytes', 'resumedBytes', 'writeBytesPerSecond', "
                                  "'verification', 'verifiedBytes', 'verifyBytesPerSecond', 'sampleSeed', 'samples', "
                                  "'offloaded')]"),
                            "[\"partial\", \"clear\", \"overwrite, one pass\", \"keystream\", 4000000, 96, 2000000, \"sampled\", "
                            "3000000, 3000000, \"0123456789abcdef\", 2002, false]");
        assert_string_equal(found("[d['steps'][1]['erase'][k] for k in ('unwritable', 'wrong')]"),
                            "[{\"bytes\": 1024, \"ranges\": [[4096, 512], [18446744073709550592, 512]], \"more\": false}, "
                            "{\"bytes\": 0, \"ranges\": [], \"more\": false}]");
        step->verdict = ERASE_FAILED; /* the step ran to its end, and the reset will fail for it */
        assert_string_equal(found("[s['result'] for s in d['steps']] + ['erase' in s for s in d['steps']]"),
                            "[\"ok\", \"failed\", \"not-reached\", false, true, false]");
}

/* Every additional disk the plan can hold, each with as many bad ranges as fit, and quotes all over. */
static void make_longest_disks(void)
{
        fixture.plan.disks.count = INVENTORY_DISKS_MAX;
        fixture.policy.settings.disk_count = 1;
        for (size_t i = 0; i < INVENTORY_DISKS_MAX; i++) {
                struct record_disk *done = &fixture.record.disks[i];
                struct inventory_disk *disk = &fixture.inventory.disks[i];
                struct bad_ranges *lists[] = { &done->outcome.unwritable, &done->outcome.unreadable, &done->outcome.wrong };

                fixture.plan.disks.chosen[i].disk = (uint32_t)i;
                memset(done, 0xff, sizeof(*done));
                done->keys_destroyed = done->executed = done->fell_back = done->health_after_known = true;
                done->outcome.offloaded = done->outcome.offload_refuted = true;
                done->outcome.verification = VERIFICATION_SAMPLED;
                done->health_after = (struct media_health){ .known = true, .worn_known = true, .media_errors = UINT64_MAX };
                done->technique = MEDIA_NVME_SANITIZE_BLOCK;
                for (size_t j = 0; j < ARRAY_SIZE(lists); j++) {
                        lists[j]->more = true;
                        lists[j]->count = BAD_RANGES_MAX;
                }
                memset(done->verdict, '"', sizeof(done->verdict) - 1);
                done->verdict[sizeof(done->verdict) - 1] = 0;
                memset(done->purge.words, '"', sizeof(done->purge.words) - 1);
                done->purge.words[sizeof(done->purge.words) - 1] = 0;
                memset(disk->syspath, 1, sizeof(disk->syspath) - 1);
                memset(disk->media.wwid, '"', sizeof(disk->media.wwid) - 1);
                memset(disk->media.serial, '"', sizeof(disk->media.serial) - 1);
                disk->media.health = done->health_after;
        }
}

static void what_became_of_each_partition_is_told(void **state)
{
        fixture.inventory.partition_count = 2;
        fixture.inventory.partitions[1].number = 9;
        fixture.inventory.partitions[1].size_bytes = 4096;
        fixture.plan.fates[0] = FATE_ERASED;
        fixture.plan.fates[1] = FATE_UNDECLARED;
        fixture.plan.undeclared_count = 1;
        assert_string_equal(found("[(p['partition'], p['label'], p['sizeBytes'], p['fate']) for p in d['partitions']]"),
                            "[[5, \"old state\", 0, \"erased\"], [9, \"\", 4096, \"undeclared\"]]");
        assert_string_equal(found("[d['undeclaredPartitions'], 'bootLoaderArea' in d]"), "[1, false]");
        fixture.plan.spared_bytes = 1048576;
        assert_string_equal(found("d['bootLoaderArea']"), "{\"startBytes\": 0, \"sizeBytes\": 1048576}");
}

/* A record that did not fit would fail the reset in its last step, at every attempt. */
static void the_longest_record_fits(void **state)
{
        memset(fixture.inventory.partitions[0].name, 1, PARTITION_NAME_MAX - 1);
        memset(fixture.policy.partitions[0].label, 1, PARTITION_NAME_MAX - 1);
        for (size_t i = 0; i < PLAN_STEPS_MAX; i++) {
                struct record_step *step = &fixture.record.steps[i];

                fixture.plan.steps[i] = (struct plan_step){ .kind = STEP_DELETE_ENTRY,
                                                            .method = ERASE_METHOD_DISCARD,
                                                            .start_bytes = UINT64_MAX,
                                                            .size_bytes = UINT64_MAX,
                                                            .why = WHY_MAY_HOLD_PLAIN };
                *step = (struct record_step){ .duration_ms = UINT64_MAX, .executed = true, .result = -EIO, .has_outcome = true };
                for (uint64_t r = 0; r <= BAD_RANGES_MAX; r++) {
                        uint64_t start = UINT64_MAX / 2 + r * (UINT64_MAX / 200), length = UINT64_MAX / 201;

                        bad_ranges_add(&step->erase.unwritable, start, length);
                        bad_ranges_add(&step->erase.unreadable, start, length);
                        bad_ranges_add(&step->erase.wrong, start, length);
                }
                memset(step->detail, 1, sizeof(step->detail) - 1);
        }
        fixture.inventory.partition_count = INVENTORY_PARTITIONS_MAX;
        for (size_t p = 1; p < INVENTORY_PARTITIONS_MAX; p++)
                fixture.inventory.partitions[p] = fixture.inventory.partitions[0];
        make_longest_disks();
        fixture.plan.step_count = PLAN_STEPS_MAX;
        static struct clean_result cleaned = { .esp_cleaned = true };
        struct clean_list *lists[] = { &cleaned.esp_removed, &cleaned.esp_altered, &cleaned.esp_kept, &cleaned.variables_removed,
                                       &cleaned.variables_kept };
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                fill(lists[i], 1);
        fixture.source.cleaned = &cleaned;
        assert_string_equal(found("d['espAndVariables']['more']"), "5");
        assert_string_equal(found("len(d['steps'])"), "736");
}

/* -- on the ESP -- */

#define PATH RECORD_DIRECTORY "/name.json"

static int write_error; /* errno of every write(); 0 = none */
static bool torn;       /* the second half of what is written is lost */

ssize_t write(int fd, const void *data, size_t size)
{
        if (write_error) {
                errno = write_error;
                return -1;
        }
        if (!torn)
                return syscall(SYS_write, fd, data, size);
        (void)!syscall(SYS_write, fd, data, size / 2);
        return (ssize_t)size;
}

static void assert_stored(const char *expected)
{
        char *text;
        size_t size;

        assert_int_equal(file_read(fixture.esp, PATH, 4096, &text, &size), 0);
        assert_string_equal(text, expected);
        free(text);
        assert_int_equal(faccessat(fixture.esp, PATH ".new", F_OK, 0), -1);
}

static void a_record_is_stored_and_replaced(void **state)
{
        assert_int_equal(record_write(fixture.esp, "name", "the first, longer one", 21), 0);
        assert_stored("the first, longer one");
        assert_int_equal(record_write(fixture.esp, "name", "second", 6), 0);
        assert_stored("second");
}

static void a_record_that_cannot_be_stored_leaves_the_one_before(void **state)
{
        assert_int_equal(record_write(fixture.esp, "name", "first", 5), 0);
        write_error = ENOSPC;
        assert_int_equal(record_write(fixture.esp, "name", "second", 6), -ENOSPC);
        write_error = 0;
        assert_stored("first");
}

static void a_record_that_reads_back_otherwise_is_an_error(void **state)
{
        torn = true;
        assert_int_equal(record_write(fixture.esp, "name", "record", 6), -EIO);
        torn = false;
}

static void a_record_needs_its_directory(void **state)
{
        scratch_text(fixture.esp, "EFI", "a file in the way");
        assert_int_equal(record_write(fixture.esp, "name", "record", 6), -ENOTDIR);
}

static void put_record(const char *name, const char *result, unsigned written_at)
{
        char text[256];
        int size = snprintf(text, sizeof(text),
                            "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"%s\",\n\"writtenAt\":%u,\n\"steps\":[]}\n",
                            result, written_at);
        assert_int_equal(record_write(fixture.esp, name, text, (size_t)size), 0);
}

static void the_newest_record_is_found_among_others(void **state)
{
        struct record_summary summary;
        assert_int_equal(record_newest(fixture.esp, &summary), -ENOENT); /* not even a directory */
        assert_int_equal(record_write(fixture.esp, "noise", "[]", 2), 0);
        assert_int_equal(record_newest(fixture.esp, &summary), -ENOENT);
        put_record("a", "complete", 100);
        put_record("b", "failed", 300);
        put_record("c", "complete", 200);
        assert_int_equal(mkfifoat(fixture.esp, RECORD_DIRECTORY "/pipe", 0600), 0); /* nobody waits on it */
        assert_int_equal(symlinkat("a.json", fixture.esp, RECORD_DIRECTORY "/link"), 0);
        assert_int_equal(record_newest(fixture.esp, &summary), 0);
        assert_false(summary.complete);
        assert_int_equal(summary.written_at, 300);
}

/* What is written is what the reader of the recovery page reads. */
static void a_whole_record_has_its_summary_at_its_beginning(void **state)
{
        struct record_summary summary;
        struct writer writer = writer_over(fixture.text, sizeof(fixture.text));
        record_encode(&fixture.source, &writer);
        assert_false(writer.overflow);
        size_t head = writer.size < RECORD_SUMMARY_READ_MAX ? writer.size : RECORD_SUMMARY_READ_MAX;
        assert_int_equal(record_summary_read(fixture.text, head, &summary), ERR_OK);
        assert_true(summary.complete && summary.written_at > 1600000000);
}

static void without_sections_about_disks_nothing_is_said_of_them(void **state)
{
        fixture.inventory.disk_count = 1;
        (void)encode();
        assert_null(strstr(fixture.text, "additionalDisks"));
}

/* Of each disk what was wanted, what was done and how it was checked; of each other disk why it was kept. */
static void additional_disks_are_told_one_by_one(void **state)
{
        struct record_disk *done = &fixture.record.disks[0];
        const char *text;

        fixture.policy.settings.disk_count = 1;
        fixture.policy.settings.disks[0] = (struct disk_definition){ .level = ERASE_LEVEL_PURGE, .fall_back = true };
        fixture.inventory.disk_count = 2;
        fixture.inventory.disks[0] =
                (struct inventory_disk){ .path = "/dev/nvme1n1", .media = { .bus = MEDIA_NVME, .model = "M", .serial = "S1" } };
        fixture.inventory.disks[1] = (struct inventory_disk){ .path = "/dev/sda", .media = { .serial = "S2" } };
        fixture.plan.disks.count = 1;
        fixture.plan.disks.chosen[0] = (struct chosen_disk){ .level = ERASE_LEVEL_PURGE, .technique = MEDIA_NVME_FORMAT_ERASE };
        fixture.plan.disks.fates[1] = DISK_FATE_EXTERNAL;
        *done = (struct record_disk){ .executed = true, .technique = MEDIA_NVME_FORMAT_ERASE, .verdict = "erased" };
        done->purge.markers.gone = 258;
        (void)encode();
        text = fixture.text;
        assert_non_null(strstr(text, "\"serial\":\"S1\""));
        assert_non_null(
                strstr(text, "\"levelWanted\":\"purge\",\n\"levelDone\":\"purge\",\n\"technique\":\"nvme-format-erase\""));
        assert_non_null(strstr(text, "\"markersGone\":258"));
        assert_non_null(strstr(text, "\"verdict\":\"erased\""));
        assert_null(strstr(text, "purgeObstacle"));
        assert_non_null(strstr(strstr(text, "keptDisks"), "\"why\":\"external\""));

        done->fell_back = true; /* by the policy's word, and said */
        (void)encode();
        text = fixture.text;
        assert_non_null(strstr(text, "\"levelDone\":\"clear\""));
        assert_non_null(strstr(text, "purgeObstacle"));
        done->result = -EIO; /* what failed was not done */
        (void)encode();
        assert_non_null(strstr(fixture.text, "\"levelDone\":\"none\""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(without_sections_about_disks_nothing_is_said_of_them, set_up, tear_down),
                cmocka_unit_test_setup_teardown(additional_disks_are_told_one_by_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_says_what_was_done_and_how_it_ended, set_up, tear_down),
                cmocka_unit_test_setup_teardown(every_step_is_there_with_its_result_and_its_check, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_evidence_is_the_one_from_before_the_first_attempt, set_up, tear_down),
                cmocka_unit_test_setup_teardown(both_states_of_the_tpm_are_there_with_all_that_may_differ, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_the_tpm_did_not_tell_is_said, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_objects_than_are_listed_are_counted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_firmwares_answer_is_there_where_it_was_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_done_beyond_partitions_is_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_kept_is_listed_line_by_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(hostile_texts_stay_texts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_erasing_is_told_in_numbers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_became_of_each_partition_is_told, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_longest_record_fits, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_is_stored_and_replaced, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_that_cannot_be_stored_leaves_the_one_before, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_that_reads_back_otherwise_is_an_error, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_record_needs_its_directory, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_newest_record_is_found_among_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_whole_record_has_its_summary_at_its_beginning, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
