/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever json_parse() accepts is one closed object whose tokens nest, and each of whose members is found under its key. */
#include "common/base/json.h"
#include "tests/fuzz/fuzz.h"

static void check_member(const struct json *json, int object, int key)
{
        static char name[70000];

        if (json_string(json, key, name, sizeof(name)) == ERR_OK)
                MUST(json_member(json, object, name) == key + 1);
        else
                MUST(!"a key that does not decode");
}

static void check_token(const struct json *json, int index)
{
        const struct json_token *token = &json->tokens[index];
        char text[64];
        uint64_t number;
        int child = index + 1;

        MUST(token->start <= token->end && token->end <= json->size);
        MUST(token->next > index && token->next <= json->count);
        (void)json_string(json, index, text, sizeof(text));
        (void)json_u64(json, index, &number);
        for (size_t i = 0; i < token->children; i++) {
                MUST(json->tokens[child].start > token->start && json->tokens[child].end < token->end);
                if (token->kind == JSON_OBJECT)
                        check_member(json, index, child++);
                child = json->tokens[child].next;
        }
        MUST(child == token->next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct json json, cut;
        const char *text = (const char *)data;

        if (json_parse(&json, text, size) != ERR_OK)
                return 0;
        MUST(json.count > 0 && json.tokens[0].kind == JSON_OBJECT && json.tokens[0].next == json.count);
        for (size_t i = 0; i < json.count; i++)
                check_token(&json, (int)i);
        MUST(json_parse(&cut, text, (size_t)json.tokens[0].end - 1) != ERR_OK);
        return 0;
}
