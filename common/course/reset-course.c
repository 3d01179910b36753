/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/course/reset-course.h"
#include "common/base/memory.h"

/* What decides about the next state, after an act. */
enum event {
        EVENT_DONE,
        EVENT_RESUMED,   /* checked, and begun in an earlier boot */
        EVENT_STEP_DONE, /* and another one of the same phase follows */
        EVENT_PHASE_DONE,
        EVENT_ALL_DONE,
        EVENT_ASKED,
        EVENT_BARRED, /* something could not be erased, and building would come next */
        EVENT_FAILED,
        EVENT_NO_ROOM, /* for saying that it is over, or what is asked of the firmware */
        EVENT_REFUSED, /* failed, and no reset was begun */
        EVENT_NO_TRY_LEFT,
        EVENT_COUNT
};

static const char *const event_names[EVENT_COUNT] = {
        [EVENT_DONE] = "done",
        [EVENT_RESUMED] = "done, resuming",
        [EVENT_STEP_DONE] = "step done",
        [EVENT_PHASE_DONE] = "phase done",
        [EVENT_ALL_DONE] = "all done",
        [EVENT_ASKED] = "firmware asked",
        [EVENT_BARRED] = "something was not erased",
        [EVENT_FAILED] = "failed",
        [EVENT_NO_ROOM] = "no room",
        [EVENT_REFUSED] = "failed, nothing begun",
        [EVENT_NO_TRY_LEFT] = "no try left",
};

#define ATTEMPTS_THAT_SPEND_ROOM 2

#define STATE(name) COURSE_STATE_##name

static const struct transition {
        enum course_state from;
        enum event event;
        enum course_state to;
} transitions[] = {
        { STATE(RETIRING), EVENT_DONE, STATE(CLOSING) },
        { STATE(RETIRING), EVENT_FAILED, STATE(PAGE) },
        { STATE(CLOSING), EVENT_DONE, STATE(COMPLETE) },
        { STATE(CLOSING), EVENT_FAILED, STATE(PAGE) },
        { STATE(COUNTING), EVENT_DONE, STATE(CHECKING) },
        { STATE(COUNTING), EVENT_FAILED, STATE(COUNTING_FAILURE) },
        { STATE(CHECKING), EVENT_DONE, STATE(REMEMBERING) },
        { STATE(CHECKING), EVENT_RESUMED, STATE(STEPPING) },
        { STATE(CHECKING), EVENT_FAILED, STATE(COUNTING_FAILURE) },
        { STATE(CHECKING), EVENT_REFUSED, STATE(PAGE_INTACT) },
        { STATE(REMEMBERING), EVENT_DONE, STATE(STEPPING) },
        { STATE(STEPPING), EVENT_STEP_DONE, STATE(STEPPING) },
        { STATE(STEPPING), EVENT_PHASE_DONE, STATE(COMMITTING) },
        { STATE(STEPPING), EVENT_ASKED, STATE(AWAITING_FIRMWARE) },
        { STATE(STEPPING), EVENT_NO_ROOM, STATE(TRY_AGAIN) },
        { STATE(STEPPING), EVENT_BARRED, STATE(COUNTING_FAILURE) },
        { STATE(STEPPING), EVENT_FAILED, STATE(COUNTING_FAILURE) },
        { STATE(COMMITTING), EVENT_STEP_DONE, STATE(STEPPING) },
        { STATE(COMMITTING), EVENT_ALL_DONE, STATE(COMPLETE) },
        { STATE(COMMITTING), EVENT_NO_ROOM, STATE(TRY_AGAIN) },
        { STATE(COMMITTING), EVENT_FAILED, STATE(COUNTING_FAILURE) },
        { STATE(COMMITTING), EVENT_REFUSED, STATE(PAGE_INTACT) },
        { STATE(COUNTING_FAILURE), EVENT_DONE, STATE(RECORDING_FAILURE) },
        { STATE(RECORDING_FAILURE), EVENT_DONE, STATE(TRY_AGAIN) },
        { STATE(RECORDING_FAILURE), EVENT_NO_TRY_LEFT, STATE(PAGE) },
};

static const struct {
        const char *name;
        enum course_act act;
} states[COURSE_STATE_COUNT] = {
#define COURSE_STATE_ROW(state, state_name, state_act) [COURSE_STATE_##state] = { .name = (state_name), .act = (state_act) },
        COURSE_STATES(COURSE_STATE_ROW)
#undef COURSE_STATE_ROW
};

enum course_act course_act(const struct course *course)
{
        return states[course->state].act;
}

const char *course_state_name(enum course_state state)
{
        return (unsigned)state < COURSE_STATE_COUNT ? states[state].name : "unknown";
}

bool course_transition_at(size_t index, struct course_transition *ret)
{
        if (index >= ARRAY_SIZE(transitions))
                return false;
        *ret = (struct course_transition){ transitions[index].from, event_names[transitions[index].event],
                                           transitions[index].to };
        return true;
}

/* -- the beginning ------------------------------------------------------------------------------------------------------- */

/* A reset that begins anew although one is under way: whose it is, and what its attempts count for. */
static void begin_anew(struct course *course)
{
        const struct course_facts *facts = &course->facts;
        struct progress *progress = course->progress;
        bool superseded = facts->standing == PROGRESS_SUPERSEDED;

        if (superseded && facts->request_digest != NULL)
                progress_count_anew(progress, facts->request_digest);
        if (superseded || facts->request_digest != NULL)
                return;
        /* a record that nothing proves does not make a reset a first boot, which erases less */
        if (progress->origin != ORIGIN_FIRST_BOOT)
                course->origin = progress->origin;
        course->is_progress_request = true;
}

void course_begin(struct course *ret, const struct course_facts *facts, struct progress *progress)
{
        *ret = (struct course){ .state = COURSE_STATE_CHECKING, .facts = *facts, .progress = progress, .origin = facts->asked };
        if (facts->resuming) {
                ret->origin = progress->origin;
                ret->is_progress_request = true;
        } else if (facts->interrupted) {
                begin_anew(ret);
        }
        ret->facts.request_digest = NULL; /* valid no longer */
        if (facts->resuming && facts->finished) {
                ret->state = COURSE_STATE_RETIRING;
        } else if (facts->interrupted) {
                /* before the checks, so that a machine that dies in them does not try for ever */
                progress->attempts++;
                ret->state = COURSE_STATE_COUNTING;
        }
}

uint32_t course_half_made(const struct course *course, const struct policy *policy, const struct inventory *inventory)
{
        const struct progress *progress = course->progress;
        /* only what is proven, or a record that anybody can write would have a kept partition erased */
        bool proven = course->facts.resuming || course->facts.standing == PROGRESS_SUPERSEDED;
        bool counts = proven && progress->absent_check == plan_absent_check(policy) &&
                      (progress->origin != ORIGIN_FIRST_BOOT || !inventory->built_before);

        return counts ? progress->absent : 0;
}

/* -- checked --------------------------------------------------------------------------------------------------------------- */

static void note_plain_partitions(struct progress *progress, const struct inventory *inventory)
{
        for (size_t i = 0; i < inventory->partition_count; i++) {
                uint32_t bit = inventory->partitions[i].number - 1;

                if (inventory->partitions[i].content != CONTENT_LUKS && bit < 8 * sizeof(progress->plain_partitions))
                        progress->plain_partitions[bit / 8] |= (uint8_t)(1u << (bit % 8));
        }
}

/* Whole characters, as many as fit. */
static void copy_text(char *ret, size_t capacity, const char *text)
{
        size_t length = text_length(text), at = 0, size;
        uint32_t point;

        while (at < length && (size = text_character(text + at, length - at, &point)) > 0 && at + size < capacity)
                at += size;
        memset(ret, 0, capacity);
        memcpy(ret, text, at);
}

static void note_request(struct progress *progress, const struct request *request)
{
        progress->request.tpm_clear_policy = (uint8_t)request->tpm_clear;
        progress->request.level = (uint8_t)request->level;
        copy_text(progress->request.reason, sizeof(progress->request.reason), request->reason);
        copy_text(progress->request.requester, sizeof(progress->request.requester), request->requester);
}

/* What the firmware's variables must know before anything is destroyed, so that a lost request changes nothing. Attempts are
 * those of the reset that this one goes on with. */
static void begin_progress(struct course *course, const struct course_checks *checks)
{
        struct progress *progress = course->progress, old = *progress;
        const struct tpm_evidence *tpm = checks->tpm;

        memset(progress, 0, sizeof(*progress));
        progress->sequence = old.sequence;
        progress->attempts = course->facts.interrupted ? old.attempts : 1;
        progress->failures = course->facts.interrupted ? old.failures : 0;
        progress->firmware_asked = course->facts.interrupted ? old.firmware_asked : 0;
        progress->origin = course->origin;
        if (checks->request_digest != NULL)
                memcpy(progress->request_digest, checks->request_digest, sizeof(progress->request_digest));
        progress->reset_id = checks->fresh_id;
        progress->started_at = checks->now;
        progress->disk_uuid = checks->inventory->disk_uuid;
        progress->srk_name_before_size = tpm->srk_name_size;
        memcpy(progress->srk_name_before, tpm->srk_name, sizeof(progress->srk_name_before));
        progress->tpm_reset_count_before = tpm->reset_count;
        note_plain_partitions(progress, checks->inventory);
        if (checks->request != NULL)
                note_request(progress, checks->request);
}

/* What the bits about additional disks mean. Other disks than those of the attempt before: all of them are erased anew. */
static void note_disks(struct course *course, const struct course_checks *checks)
{
        struct progress *progress = course->progress;
        uint32_t check = disk_choice_check(&checks->plan->disks, checks->inventory);

        if (course->facts.resuming && progress->disks_check == check)
                return;
        progress->disks_check = check;
        progress->disks_done = 0;
}

/* Where an interrupted attempt left off counts only if it did the same thing. */
static void resume_erasing(struct course *course, const uint8_t plan_digest[static SHA256_SIZE])
{
        struct progress *progress = course->progress;

        if (memcmp(progress->plan_digest, plan_digest, SHA256_SIZE) == 0)
                course->resume_point = progress->erase_point;
        else
                memset(&progress->erase_point, 0, sizeof(progress->erase_point));
        memcpy(progress->plan_digest, plan_digest, SHA256_SIZE);
}

void course_checked(struct course *course, const struct course_checks *checks)
{
        struct progress *progress = course->progress;

        if (!course->facts.resuming)
                begin_progress(course, checks);
        course->plan = checks->plan;
        course->flushed_ms = checks->now_ms;
        note_disks(course, checks);
        progress->absent = checks->inventory->half_made | plan_absent(checks->policy, checks->inventory) |
                           plan_rebuilds_kept(checks->plan, checks->policy);
        progress->absent_check = plan_absent_check(checks->policy);
        progress->phase = PHASE_STARTED;
        resume_erasing(course, checks->plan_digest);
        course->state = course->facts.resuming ? COURSE_STATE_STEPPING : COURSE_STATE_REMEMBERING;
}

/* -- the middle ------------------------------------------------------------------------------------------------------------ */

static const struct step_traits *traits_at(const struct course *course, size_t index)
{
        return step_traits(course->plan->steps[index].kind);
}

static bool is_last_step(const struct course *course)
{
        return course->step + 1 >= course->plan->step_count;
}

static enum event event_of_step(const struct course *course)
{
        if (!is_last_step(course) && course->damaged) {
                enum step_act next = traits_at(course, course->step + 1)->act;

                return next == STEP_BUILDS || next == STEP_CONCLUDES ? EVENT_BARRED : EVENT_STEP_DONE;
        }
        if (!is_last_step(course) && traits_at(course, course->step + 1)->phase == traits_at(course, course->step)->phase)
                return EVENT_STEP_DONE;
        return EVENT_PHASE_DONE;
}

bool course_commit_is_due(const struct course *course)
{
        const bool is_begun = course->progress->phase > PHASE_STARTED || course->facts.resuming;

        return course->state != COURSE_STATE_COMMITTING || !is_begun || is_last_step(course);
}

bool course_commit_is_worth_it(const struct course *course, enum course_room room)
{
        if (course_commit_is_due(course) || room == ROOM_AMPLE)
                return true;
        return room == ROOM_UNKNOWN && course->progress->attempts <= ATTEMPTS_THAT_SPEND_ROOM;
}

static bool has_try_left(const struct course *course)
{
        return !course->needs_person && course->progress->failures < course->facts.failures_max;
}

/* The commit before everything else was rejected: no start will know of a reset, and this one has done nothing yet. */
static bool is_unbegun(const struct course *course, enum course_outcome outcome)
{
        return outcome == COURSE_REJECTED && !course->facts.interrupted && course->step == 0 &&
               traits_at(course, 0)->act == STEP_COMMITS;
}

static enum event event_of(const struct course *course, enum course_outcome outcome)
{
        bool failed =
                outcome == COURSE_FAILED || outcome == COURSE_IN_DOUBT || outcome == COURSE_NO_ROOM || outcome == COURSE_REJECTED;

        switch (course->state) {
        case COURSE_STATE_CHECKING:
                /* in doubt: the page at once, and no attempt has failed; or a request is refused */
                return outcome == COURSE_IN_DOUBT || !course->facts.interrupted ? EVENT_REFUSED : EVENT_FAILED;
        case COURSE_STATE_REMEMBERING:
        case COURSE_STATE_COUNTING_FAILURE:
                return EVENT_DONE;
        case COURSE_STATE_STEPPING:
                if (outcome == COURSE_ASKED)
                        return EVENT_ASKED;
                if (outcome == COURSE_NO_ROOM) /* as below */
                        return EVENT_NO_ROOM;
                return failed ? EVENT_FAILED : event_of_step(course);
        case COURSE_STATE_COMMITTING:
                /* each start counts as an attempt; where that finds no room either, it needs a person */
                if (outcome == COURSE_NO_ROOM && course->progress->phase > PHASE_STARTED)
                        return EVENT_NO_ROOM;
                if (failed)
                        return is_unbegun(course, outcome) ? EVENT_REFUSED : EVENT_FAILED;
                return is_last_step(course) ? EVENT_ALL_DONE : EVENT_STEP_DONE;
        case COURSE_STATE_RECORDING_FAILURE:
                return has_try_left(course) ? EVENT_DONE : EVENT_NO_TRY_LEFT;
        default:
                return failed ? EVENT_FAILED : EVENT_DONE;
        }
}

static enum course_state state_after(enum course_state from, enum event event)
{
        for (size_t i = 0; i < ARRAY_SIZE(transitions); i++)
                if (transitions[i].from == from && transitions[i].event == event)
                        return transitions[i].to;
        return COURSE_STATE_PAGE; /* what no row foresees needs a person */
}

/* The failure goes where the next boot and people will look. */
static void count_failure(struct course *course, const char *why)
{
        struct progress *progress = course->progress;

        progress->failures++;
        if (course->damaged) /* the next attempt looks at every sector anew */
                memset(&progress->erase_point, 0, sizeof(progress->erase_point));
        copy_text(progress->last_error, sizeof(progress->last_error), why);
}

static void reach_phase(struct course *course, enum reset_phase phase)
{
        struct progress *progress = course->progress;

        progress->phase = phase;
        if (phase == PHASE_ERASED) /* what comes now is not to be mistaken for erased */
                memset(&progress->erase_point, 0, sizeof(progress->erase_point));
}

void course_tell(struct course *course, enum course_outcome outcome, const char *why)
{
        enum event event = event_of(course, outcome);
        enum course_state from = course->state;

        course->state = state_after(from, event);
        switch (course->state) {
        case COURSE_STATE_COMMITTING:
                reach_phase(course, traits_at(course, course->step)->phase);
                break;
        case COURSE_STATE_STEPPING:
                course->step += from == COURSE_STATE_STEPPING || from == COURSE_STATE_COMMITTING;
                break;
        case COURSE_STATE_CLOSING:
                reach_phase(course, PHASE_DONE);
                break;
        case COURSE_STATE_COUNTING_FAILURE:
                count_failure(course, why);
                break;
        case COURSE_STATE_PAGE_INTACT:
                if (from == COURSE_STATE_COMMITTING)
                        reach_phase(course, PHASE_IDLE);
                break;
        case COURSE_STATE_PAGE: /* nothing counts the attempts to retire a request */
                course->needs_person |= from == COURSE_STATE_RETIRING || from == COURSE_STATE_CLOSING;
                break;
        case COURSE_STATE_RECORDING_FAILURE: /* what is not counted would be tried for ever */
                course->needs_person |= outcome != COURSE_DONE;
                break;
        default:
                break;
        }
}

/* -- what a step does beyond ending ---------------------------------------------------------------------------------------- */

void course_note_damage(struct course *course)
{
        course->damaged = true;
}

bool course_flushed(struct course *course, uint8_t device, uint64_t start_bytes, uint64_t done_bytes, uint64_t now_ms)
{
        course->progress->erase_point =
                (struct erase_point){ .device = device, .start_bytes = start_bytes, .done_bytes = done_bytes };
        /* whoever erases a long range tells so at most once in that time; many short ones tell it each */
        if (now_ms - course->flushed_ms < COURSE_COMMIT_EVERY_MS / 2)
                return false;
        course->flushed_ms = now_ms;
        return true;
}

bool course_point_is_worth_it(const struct course *course, enum course_room room)
{
        return room == ROOM_AMPLE || (room == ROOM_UNKNOWN && course->progress->attempts <= ATTEMPTS_THAT_SPEND_ROOM);
}

void course_disk_erased(struct course *course, uint32_t number)
{
        struct progress *progress = course->progress;

        progress->disks_done |= UINT32_C(1) << (number - 1);
        if (progress->erase_point.device == number)
                memset(&progress->erase_point, 0, sizeof(progress->erase_point));
}

void course_disk_named(struct course *course, const struct guid *name)
{
        course->progress->disk_uuid = *name;
}

void course_evidence_kept(struct course *course, const uint8_t *digest)
{
        if (digest != NULL)
                memcpy(course->progress->tpm_before_digest, digest, SHA256_SIZE);
        else
                memset(course->progress->tpm_before_digest, 0, SHA256_SIZE);
}

enum course_question course_question(const struct course *course, bool by_person)
{
        const struct course_facts *facts = &course->facts;

        if (course->progress->firmware_asked == 0)
                return QUESTION_ASK;
        if (course->plan->tpm_clear != TPM_CLEAR_REQUIRED)
                return QUESTION_NOT_TWICE;
        return facts->interrupted && !facts->resuming && !facts->secret_kept && !by_person ? QUESTION_NO_PROOF : QUESTION_ASK;
}

void course_asks_firmware(struct course *course)
{
        struct progress *progress = course->progress;

        progress->awaiting_firmware = true;
        if (progress->firmware_asked < UINT8_MAX)
                progress->firmware_asked++;
}

void course_awaits_nothing(struct course *course)
{
        course->progress->awaiting_firmware = false;
}

const char *course_result(const struct course *course)
{
        if (course->plan->first_boot || course->progress->origin == ORIGIN_FIRST_BOOT) /* also one that was interrupted */
                return "built";
        return course->partial || course->plan->undeclared_count > 0 || course->plan->unvouched ? "partial" : "complete";
}
