/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/show/progress-view.h"

#include "common/base/json-write.h"

#define WIDTH_MAX   64
#define WIDTH_MIN   16
#define ROWS_MIN    3
#define MIB         (UINT64_C(1) << 20)
#define GIB         (UINT64_C(1) << 30)
#define PERMILLE    1000
#define NOTICE_ROWS 3
/* All three are in the kernel's built-in font, code page 437. */
#define MARK_DONE    "\xe2\x88\x9a" /* U+221A */
#define MARK_ACTIVE  "\xe2\x96\xba" /* U+25BA */
#define MARK_PENDING "\xc2\xb7"     /* U+00B7 */
#define BLOCK        "\xe2\x96\x88" /* U+2588 */

static const struct {
        const char *name, *text;
} phases[VIEW_PHASE_COUNT] = {
        [VIEW_PREPARE] = { "prepare", N_("Check and prepare") },
        [VIEW_KEYS] = { "keys", N_("Destroy the encryption keys") },
        [VIEW_TPM] = { "tpm", N_("Clear the TPM") },
        [VIEW_ERASE] = { "erase", N_("Erase the data") },
        [VIEW_REBUILD] = { "rebuild", N_("Restore the factory state") },
        [VIEW_VERIFY] = { "verify", N_("Verify the factory state") },
        [VIEW_RECORD] = { "record", N_("Write the record") },
        [VIEW_DONE] = { "done", N_("Complete") },
};

const char *view_phase_name(enum view_phase phase)
{
        return (unsigned)phase < VIEW_PHASE_COUNT ? phases[phase].name : "unknown";
}

uint32_t view_phases_of(const struct plan *plan)
{
        uint32_t planned = 0;
        for (size_t i = 0; i < plan->step_count; i++)
                planned |= UINT32_C(1) << step_traits(plan->steps[i].kind)->view;
        return planned;
}

void progress_advance(struct progress_facts *facts)
{
        uint64_t within = 0, now;

        if (facts->step == 0 || facts->step > facts->step_count)
                return;
        if (facts->total_bytes >= PERMILLE && facts->done_bytes <= facts->total_bytes)
                within = facts->done_bytes / (facts->total_bytes / PERMILLE);
        if (within > PERMILLE)
                within = PERMILLE;
        now = ((uint64_t)(facts->step - 1) * PERMILLE + within) / facts->step_count;
        if (now > facts->permille)
                facts->permille = (uint32_t)now;
}

/* -- text in cells ----------------------------------------------------------------------------------------------------------- */

static bool begins_character(char byte)
{
        return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t cells_of(const char *text)
{
        size_t cells = 0;
        for (; *text; text++)
                cells += begins_character(*text);
        return cells;
}

/* How many bytes the first `cells` characters take. */
static size_t bytes_of(const char *text, size_t cells)
{
        size_t i = 0;
        for (; text[i]; i++)
                if (begins_character(text[i]) && cells-- == 0)
                        break;
        return i;
}

static void write_size(struct writer *writer, uint64_t bytes)
{
        bool large = bytes >= 10 * GIB;
        writer_decimal(writer, bytes / (large ? GIB : MIB));
        writer_text(writer, large ? " GiB" : " MiB");
}

/* In steps so coarse that it does not jump. */
static void write_left(struct writer *writer, enum language language, uint64_t left_s)
{
        char number[24];
        struct writer digits = writer_over(number, sizeof(number));
        const char *text = N_("about %1 hours left");

        if (left_s < 60) {
                writer_text(writer, message(language, N_("less than a minute left")));
                return;
        }
        if (left_s < 120 * 60)
                text = N_("about %1 min left");
        writer_decimal(&digits, left_s < 120 * 60 ? (left_s + 59) / 60 : (left_s + 3599) / 3600);
        message_fill(writer, message(language, text), number, "");
}

/* "Erasing contents: state", and which pass */
static void write_step(struct writer *writer, const struct progress_facts *facts, enum language language)
{
        if (!facts->step_text) {
                writer_text(writer, message(language, phases[facts->phase].text));
                return;
        }
        writer_text(writer, message(language, facts->step_text));
        if (facts->object[0]) {
                writer_text(writer, ": ");
                writer_text(writer, facts->object);
        }
        if (facts->pass[0]) {
                writer_text(writer, " - ");
                writer_text(writer, message(language, facts->pass));
        }
}

/* "120 MiB of 512 MiB, 88 MiB/s, about 2 min left"; "" = nothing is counted */
static void write_amount(struct writer *writer, const struct progress_facts *facts, enum language language)
{
        char done[32], total[32];
        struct writer done_writer = writer_over(done, sizeof(done)), total_writer = writer_over(total, sizeof(total));

        if (facts->total_bytes == 0)
                return;
        write_size(&done_writer, facts->done_bytes);
        write_size(&total_writer, facts->total_bytes);
        message_fill(writer, message(language, N_("%1 of %2")), done, total);
        if (!facts->pace_known)
                return;
        writer_text(writer, ", ");
        write_size(writer, facts->rate);
        writer_text(writer, "/s, ");
        write_left(writer, language, facts->left_s);
}

/* -- layout -------------------------------------------------------------------------------------------------------------------
 */

struct layout {
        struct view_span *spans;
        size_t count, row, left, width;
};

static void put(struct layout *layout, size_t indent, enum view_style style, const char *text)
{
        struct view_span *span = &layout->spans[layout->count];
        if (layout->count == VIEW_SPANS_MAX || indent >= layout->width)
                return;
        (void)text_copy(span->text, sizeof(span->text), text, bytes_of(text, layout->width - indent));
        span->row = layout->row;
        span->column = layout->left + indent;
        span->style = style;
        layout->count++;
}

static void put_centred(struct layout *layout, enum view_style style, const char *text)
{
        size_t cells = cells_of(text);
        put(layout, cells < layout->width ? (layout->width - cells) / 2 : 0, style, text);
        layout->row++;
}

/* Broken at blanks, over at most NOTICE_ROWS rows. */
static void put_wrapped(struct layout *layout, enum view_style style, const char *text)
{
        for (size_t rows = 0; *text && rows < NOTICE_ROWS; rows++) {
                char line[VIEW_SPAN_MAX];
                size_t length = bytes_of(text, layout->width);
                if (text[length] && rows + 1 < NOTICE_ROWS)
                        for (size_t at = length; at > 0; at--)
                                if (text[at] == ' ') {
                                        length = at;
                                        break;
                                }
                (void)text_copy(line, sizeof(line), text, length);
                put_centred(layout, style, line);
                text += length;
                while (*text == ' ')
                        text++;
        }
}

static void put_phases(struct layout *layout, const struct progress_facts *facts, enum language language)
{
        size_t indent = layout->width > 40 ? (layout->width - 40) / 2 : 0;
        for (int phase = 0; phase < VIEW_DONE; phase++) {
                bool done = (int)facts->phase > phase, active = (int)facts->phase == phase;
                if (!(facts->phases_planned & UINT32_C(1) << phase))
                        continue;
                put(layout, indent,
                    done     ? VIEW_STYLE_DONE
                    : active ? VIEW_STYLE_ACTIVE
                             : VIEW_STYLE_DIM,
                    done     ? MARK_DONE
                    : active ? MARK_ACTIVE
                             : MARK_PENDING);
                put(layout, indent + 3,
                    active ? VIEW_STYLE_TITLE
                    : done ? VIEW_STYLE_PLAIN
                           : VIEW_STYLE_DIM,
                    message(language, phases[phase].text));
                layout->row++;
        }
}

static void put_blocks(struct layout *layout, size_t indent, enum view_style style, size_t cells)
{
        char text[VIEW_SPAN_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        for (size_t i = 0; i < cells; i++)
                writer_text(&writer, BLOCK);
        if (cells > 0)
                put(layout, indent, style, text);
}

static void put_bar(struct layout *layout, const struct progress_facts *facts)
{
        char text[8];
        struct writer writer = writer_over(text, sizeof(text));
        uint32_t permille = facts->permille > PERMILLE ? PERMILLE : facts->permille;
        size_t cells = layout->width - 6, filled = cells * permille / PERMILLE; /* " 100 %" */

        put_blocks(layout, 0, VIEW_STYLE_ACTIVE, filled);
        put_blocks(layout, filled, VIEW_STYLE_DIM, cells - filled);
        for (uint32_t place = 1000; place >= 100 && permille / 10 < place / 10; place /= 10)
                writer_char(&writer, ' ');
        writer_decimal(&writer, permille / 10);
        writer_text(&writer, " %");
        put(layout, cells + 1, VIEW_STYLE_TITLE, text);
        layout->row++;
}

static size_t bits_of(uint32_t bits)
{
        size_t count = 0;
        for (; bits; bits &= bits - 1)
                count++;
        return count;
}

size_t progress_view(const struct progress_facts *facts, enum language language, const char *last_line, size_t columns,
                     size_t rows, struct view_span ret[static VIEW_SPANS_MAX])
{
        char step[VIEW_SPAN_MAX] = "", amount[VIEW_SPAN_MAX] = "";
        struct writer step_writer = writer_over(step, sizeof(step)), amount_writer = writer_over(amount, sizeof(amount));
        struct layout layout = { .spans = ret, .width = columns < 4 ? 0 : columns < WIDTH_MAX + 4 ? columns - 4 : WIDTH_MAX };
        size_t listed = bits_of(facts->phases_planned & ((UINT32_C(1) << VIEW_DONE) - 1));
        size_t bare = 4 + NOTICE_ROWS, roomy = bare + listed + 4;
        bool blanks = rows >= roomy + 1, list = rows >= bare + listed, words = rows >= bare;

        if (columns < WIDTH_MIN + 4 || rows < ROWS_MIN)
                return 0;
        write_step(&step_writer, facts, language);
        write_amount(&amount_writer, facts, language);
        layout.left = (columns - layout.width) / 2;
        layout.row = blanks ? (rows - roomy) / 2 : 0;
        put_centred(&layout, VIEW_STYLE_TITLE, message(language, N_("Factory reset")));
        layout.row += blanks;
        if (list)
                put_phases(&layout, facts, language);
        layout.row += blanks;
        put_bar(&layout, facts);
        put_centred(&layout, VIEW_STYLE_PLAIN, step);
        if (words)
                put_centred(&layout, VIEW_STYLE_DIM, amount);
        layout.row += blanks;
        if (words)
                put_wrapped(&layout, VIEW_STYLE_PLAIN,
                            message(language, N_("Do not switch off. If power fails anyway, the reset resumes by itself.")));
        if (blanks && rows > roomy + 4 && last_line[0]) {
                layout.row = rows - 2;
                put_centred(&layout, VIEW_STYLE_DIM, last_line);
        }
        return layout.count;
}

/* -- one line of JSON ---------------------------------------------------------------------------------------------------------
 */

static void member_if_known(struct writer *writer, const char *key, bool known, uint64_t value)
{
        if (known)
                json_member_number(writer, key, value);
        else
                json_member_text(writer, key, NULL);
}

void progress_json(const struct progress_facts *facts, enum language language, struct writer *writer)
{
        char words[VIEW_SPAN_MAX] = "";
        struct writer step = writer_over(words, sizeof(words));
        uint32_t permille = facts->permille > PERMILLE ? PERMILLE : facts->permille;

        write_step(&step, facts, language);
        writer->json_style = JSON_SPACED;
        json_open(writer, '{');
        json_member_text(writer, "phase", view_phase_name(facts->phase));
        json_member_text(writer, "step", facts->step_name);
        json_member_number(writer, "stepNumber", facts->step);
        json_member_number(writer, "stepCount", facts->step_count);
        json_key(writer, "fraction");
        writer_decimal(writer, permille / PERMILLE);
        writer_char(writer, '.');
        writer_decimal(writer, permille / 100 % 10);
        writer_decimal(writer, permille / 10 % 10);
        writer_decimal(writer, permille % 10);
        member_if_known(writer, "bytes", facts->total_bytes > 0, facts->done_bytes);
        member_if_known(writer, "bytesTotal", facts->total_bytes > 0, facts->total_bytes);
        member_if_known(writer, "rate", facts->pace_known, facts->rate);
        member_if_known(writer, "secondsLeft", facts->pace_known, facts->left_s);
        json_member_text(writer, "message", words);
        json_close(writer, '}');
}
