/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorts by definition, then definitions before their drop-ins, then name, then precedence: what counts is then the first of each
 * name. */
#include "common/policy/definition-files.h"
#include "common/base/bytes.h"
#include "common/policy/policy-values.h"

#define FILE_PATH_MAX 160
#define TEXTS_MAX     64 /* a definition's own text and its drop-ins' */

const char *const definition_directories[DEFINITION_DIRECTORIES] = {
        "etc/repart.d",
        "run/repart.d",
        "usr/local/lib/repart.d",
        "usr/lib/repart.d",
};

bool definition_name_counts(const char *name)
{
        size_t length = text_length(name);

        return length > 5 && name[0] != '.' && text_equal(name + length - 5, ".conf");
}

/* By bytes, as strcmp. */
static int compare_text(const char *a, const char *b)
{
        while (*a != '\0' && *a == *b) {
                a++;
                b++;
        }
        return (int)(uint8_t)*a - (int)(uint8_t)*b;
}

static const char *definition_of(const struct definition_file *file)
{
        return file->of[0] != '\0' ? file->of : file->name;
}

static int compare(const struct definition_file *a, const struct definition_file *b)
{
        bool a_drops_in = a->of[0] != '\0', b_drops_in = b->of[0] != '\0';
        int order = compare_text(definition_of(a), definition_of(b));

        if (order == 0)
                order = (int)a_drops_in - (int)b_drops_in;
        if (order == 0)
                order = compare_text(a->name, b->name);
        return order != 0 ? order : (int)a->directory - (int)b->directory;
}

/* They are few, and mostly in order already. */
static void sort(struct definition_file *files, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                struct definition_file file = files[i];
                size_t at = i;

                for (; at > 0 && compare(&files[at - 1], &file) > 0; at--)
                        files[at] = files[at - 1];
                files[at] = file;
        }
}

/* Of the same name and the same definition: one with less precedence. */
static bool is_overridden(const struct definition_file *before, const struct definition_file *file)
{
        return text_equal(before->of, file->of) && text_equal(before->name, file->name);
}

static void name_file(const struct definition_file *file, char ret[static FILE_PATH_MAX])
{
        struct writer writer = writer_over(ret, FILE_PATH_MAX);

        writer_char(&writer, '/');
        writer_text(&writer, definition_directories[file->directory]);
        writer_char(&writer, '/');
        if (file->of[0] != '\0') {
                writer_text(&writer, file->of);
                writer_text(&writer, ".d/");
        }
        writer_text(&writer, file->name);
}

/* The texts of one definition, in the order in which they apply. */
struct texts {
        struct definition_text texts[TEXTS_MAX];
        char paths[TEXTS_MAX][FILE_PATH_MAX];
        size_t count;
        bool has_definition;
};

static enum err take(struct texts *texts, const struct definition_file *file)
{
        if (file->is_mask)
                return ERR_OK;
        if (texts->count == TEXTS_MAX)
                return ERR_TOO_LARGE;
        if (file->of[0] == '\0')
                texts->has_definition = true;
        name_file(file, texts->paths[texts->count]);
        texts->texts[texts->count] = (struct definition_text){ texts->paths[texts->count], file->text, file->size };
        texts->count++;
        return ERR_OK;
}

/* One definition out of its files, which are sorted. */
static enum err read_definition(struct policy *policy, const struct definition_file *files, size_t count,
                                const struct specifiers *specifiers, struct policy_error *ret_error)
{
        struct texts texts;

        texts.count = 0;
        texts.has_definition = false;
        for (size_t i = 0; i < count; i++)
                if ((i == 0 || !is_overridden(&files[i - 1], &files[i])) && take(&texts, &files[i]) != ERR_OK)
                        return policy_error_fill(ret_error, ERR_TOO_LARGE, definition_of(&files[0]), 0, "",
                                                 "at most 63 drop-ins");
        return texts.has_definition ? policy_add_definition(policy, texts.texts, texts.count, specifiers, ret_error) : ERR_OK;
}

enum err definition_files_read(struct policy *policy, struct definition_file *files, size_t count,
                               const struct specifiers *specifiers, struct policy_error *ret_error)
{
        if (count > DEFINITION_FILES_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, "/usr/lib/repart.d", 0, "", "at most 512 files");
        sort(files, count);
        for (size_t i = 0, next; i < count; i = next) {
                enum err err;

                for (next = i + 1; next < count && text_equal(definition_of(&files[next]), definition_of(&files[i])); next++)
                        ;
                err = read_definition(policy, &files[i], next - i, specifiers, ret_error);
                if (err != ERR_OK)
                        return err;
        }
        return policy_finish_definitions(policy, ret_error);
}
