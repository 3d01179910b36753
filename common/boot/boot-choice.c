/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this boot goes on, and the command line's say in it; see boot-choice.h. */
#include "common/boot/boot-choice.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

static const char *const mode_names[MODE_COUNT] = {
        [MODE_NORMAL] = "normal",
        [MODE_RESET] = "reset",
        [MODE_RECOVERY] = "recovery",
        [MODE_BREAK_GLASS] = "break-glass",
};

static const char *const reason_names[REASON_COUNT] = {
        [REASON_ORDINARY] = "ordinary",
        [REASON_REQUEST_DUE] = "request-due",
        [REASON_RESET_UNDER_WAY] = "reset-under-way",
        [REASON_COMMAND_LINE] = "command-line",
        [REASON_ATTEMPTS_USED_UP] = "attempts-used-up",
        [REASON_MENU] = "menu",
        [REASON_LOADER_ENTRY] = "loader-entry",
        [REASON_BOOTS_FAILED] = "boots-failed",
        [REASON_BREAK_GLASS_OFF] = "break-glass-off",
};

/* A machine between two states finishes its reset, or begins another one; a person may see the recovery page instead, which
 * cannot lead elsewhere. */
static struct boot_choice choose_under_way(const struct boot_facts *facts)
{
        const struct progress *progress = &facts->progress;

        if (progress->failures >= facts->failures_max || progress->attempts >= facts->attempts_max)
                return (struct boot_choice){ MODE_RECOVERY, REASON_ATTEMPTS_USED_UP };
        if (facts->asked.mode == MODE_RECOVERY || facts->asked.mode == MODE_RESET)
                return facts->asked;
        if (facts->standing == PROGRESS_SUPERSEDED)
                return (struct boot_choice){ MODE_RESET, REASON_REQUEST_DUE };
        return (struct boot_choice){ MODE_RESET, REASON_RESET_UNDER_WAY };
}

/* What a person or a request asks for comes before the command line, which is the image's word and stands at every boot, as
 * with systemd. */
static struct boot_choice choose(const struct boot_facts *facts)
{
        if (facts->asked.mode != MODE_NORMAL)
                return facts->asked;
        /* boots that died before the reset could commit its progress, power cuts among them: so the larger limit */
        if (facts->request == REQUEST_DUE && facts->boots_max > 0 && facts->boot_count.boots >= facts->attempts_max)
                return (struct boot_choice){ MODE_RECOVERY, REASON_BOOTS_FAILED };
        if (facts->request == REQUEST_DUE)
                return (struct boot_choice){ MODE_RESET, REASON_REQUEST_DUE };
        if (facts->command_line_mode != MODE_NORMAL)
                return (struct boot_choice){ facts->command_line_mode, REASON_COMMAND_LINE };
        if (facts->command_line_factory_reset)
                return (struct boot_choice){ MODE_RESET, REASON_COMMAND_LINE };
        if (facts->asked.reason == REASON_MENU)
                return facts->asked;
        if (boot_count_is_used_up(&facts->boot_count, facts->boots_max))
                return (struct boot_choice){ MODE_RECOVERY, REASON_BOOTS_FAILED };
        return (struct boot_choice){ MODE_NORMAL, REASON_ORDINARY };
}

enum access boot_access(const struct boot_facts *facts, enum boot_mode mode)
{
        switch (mode) {
        case MODE_RESET:
                return facts->access.reset;
        case MODE_RECOVERY:
                return facts->access.recovery;
        case MODE_BREAK_GLASS: /* leads to the recovery page where there is none */
                return facts->break_glass == BREAK_GLASS_OFF ? facts->access.recovery : facts->access.break_glass;
        case MODE_NORMAL:
        case MODE_COUNT:
                break;
        }
        return ACCESS_ALLOWED;
}

struct boot_choice boot_choose(const struct boot_facts *facts)
{
        struct boot_facts heard = *facts;
        struct boot_choice choice;

        if (!access_permits(boot_access(facts, facts->asked.mode), facts->password_given))
                heard.asked = (struct boot_choice){ MODE_NORMAL, REASON_ORDINARY };
        choice = progress_standing_is_under_way(heard.standing) ? choose_under_way(&heard) : choose(&heard);
        if (choice.mode == MODE_BREAK_GLASS && facts->break_glass == BREAK_GLASS_OFF)
                return (struct boot_choice){ MODE_RECOVERY, REASON_BREAK_GLASS_OFF };
        return choice;
}

bool boot_needs_password(const struct boot_facts *facts)
{
        struct boot_facts given = *facts;

        given.password_given = true;
        return boot_choose(facts).mode != boot_choose(&given).mode;
}

bool boot_reason_is_person(enum boot_reason reason)
{
        return reason == REASON_MENU || reason == REASON_LOADER_ENTRY;
}

/* Index of the name, or -1. */
static int find_name(const char *const *names, size_t count, const char *text, size_t length)
{
        for (size_t i = 0; i < count; i++)
                if (text_length(names[i]) == length && memcmp(names[i], text, length) == 0)
                        return (int)i;
        return -1;
}

const char *boot_mode_name(enum boot_mode mode)
{
        return (unsigned)mode < MODE_COUNT ? mode_names[mode] : "unknown";
}

bool boot_mode_parse(const char *text, size_t length, enum boot_mode *ret)
{
        int mode = find_name(mode_names, MODE_COUNT, text, length);

        if (mode < 0)
                return false;
        *ret = (enum boot_mode)mode;
        return true;
}

const char *boot_reason_name(enum boot_reason reason)
{
        return (unsigned)reason < REASON_COUNT ? reason_names[reason] : "unknown";
}

bool boot_reason_parse(const char *text, size_t length, enum boot_reason *ret)
{
        int reason = find_name(reason_names, REASON_COUNT, text, length);

        if (reason < 0)
                return false;
        *ret = (enum boot_reason)reason;
        return true;
}

/* One word of a kernel command line: key, and value if there is a '='. */
struct word {
        const char *key, *value;
        size_t key_length, value_length;
};

static bool is_space(char character)
{
        return character == ' ' || (character >= '\t' && character <= '\r');
}

/* The next word at *at, split as the kernel's lib/cmdline.c does: quotes protect spaces anywhere, but one pair at most is
 * taken off, around the word or around the value. False at the end. */
static bool next_word(const char *line, size_t length, size_t *at, struct word *ret)
{
        size_t start, end, equals = 0;
        bool quoted, in_quotes;

        while (*at < length && is_space(line[*at]))
                (*at)++;
        if (*at >= length)
                return false;
        quoted = in_quotes = line[*at] == '"';
        start = *at + quoted;
        for (end = start; end < length && (in_quotes || !is_space(line[end])); end++) {
                if (line[end] == '"')
                        in_quotes = !in_quotes;
                if (line[end] == '=' && end > start && equals == 0)
                        equals = end;
        }
        *at = end;

        bool value_quoted = equals > 0 && equals + 1 < end && line[equals + 1] == '"';
        size_t value = equals + 1 + value_quoted;

        if ((quoted || value_quoted) && end > start && line[end - 1] == '"')
                end--;
        *ret = (struct word){ .key = line + start, .key_length = (equals > 0 ? equals : end) - start };
        if (equals > 0) {
                ret->value = line + value;
                ret->value_length = end > value ? end - value : 0;
        }
        return true;
}

/* The kernel takes '-' and '_' in a key for the same. */
static bool key_equal(const struct word *word, const char *key)
{
        if (text_length(key) != word->key_length)
                return false;
        for (size_t i = 0; i < word->key_length; i++) {
                char a = key[i] == '-' ? '_' : key[i], b = word->key[i] == '-' ? '_' : word->key[i];

                if (a != b)
                        return false;
        }
        return true;
}

/* How often it stands there. What stands behind a NUL or behind "--" (which belongs to init) is not the kernel's. */
static unsigned find_last(const char *line, size_t length, const char *key, struct word *ret)
{
        struct word word;
        unsigned found = 0;

        for (size_t i = 0; i < length; i++)
                if (line[i] == '\0')
                        length = i;
        for (size_t at = 0; next_word(line, length, &at, &word);) {
                if (word.value == NULL && word.key_length == 2 && memcmp(word.key, "--", 2) == 0)
                        break;
                if (key_equal(&word, key)) {
                        *ret = word;
                        found++;
                }
        }
        return found;
}

bool command_line_get(const char *line, size_t length, const char *key, char *ret, size_t capacity)
{
        struct word word;

        if (find_last(line, length, key, &word) == 0)
                return false;
        if (ret == NULL)
                return true;
        return text_copy(ret, capacity, word.value, word.value_length);
}

unsigned command_line_count(const char *line, size_t length, const char *key)
{
        struct word word;

        return find_last(line, length, key, &word);
}

/* systemd's spellings of yes; a bare word counts as yes. */
static bool means_yes(const struct word *word)
{
        static const char *const spellings[] = { "1", "yes", "y", "true", "t", "on" };

        return word->value == NULL || find_name(spellings, ARRAY_SIZE(spellings), word->value, word->value_length) >= 0;
}

void boot_facts_read_command_line(struct boot_facts *facts, const char *line, size_t length)
{
        struct word word;
        char language[32];

        facts->command_line_factory_reset = find_last(line, length, "systemd.factory_reset", &word) > 0 && means_yes(&word);
        facts->command_line_mode = MODE_NORMAL;
        if (find_last(line, length, "cleanslate.mode", &word) > 0)
                (void)boot_mode_parse(word.value, word.value_length, &facts->command_line_mode); /* unknown or none: normal */
        facts->language = LANGUAGE_ENGLISH;
        if (command_line_get(line, length, "cleanslate.language", language, sizeof(language)))
                (void)language_parse(language, &facts->language);
}
