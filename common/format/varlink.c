/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/varlink.h"

#include "common/base/bytes.h"

enum err varlink_frame(const char *data, size_t size, size_t *ret_length)
{
        size_t end = size < VARLINK_MESSAGE_MAX ? size : VARLINK_MESSAGE_MAX;
        for (size_t i = 0; i < end; i++)
                if (data[i] == '\0') {
                        *ret_length = i;
                        return ERR_OK;
                }
        return end == VARLINK_MESSAGE_MAX ? ERR_TOO_LARGE : ERR_TRUNCATED;
}

static bool token_is(const struct json *json, int token, const char *word)
{
        const struct json_token *at = &json->tokens[token];
        size_t length = text_length(word);
        if (!json_is(json, token, JSON_PRIMITIVE) || (size_t)(at->end - at->start) != length)
                return false;
        for (size_t i = 0; i < length; i++)
                if (json->text[at->start + i] != word[i])
                        return false;
        return true;
}

static enum err read_flag(const struct json *json, int object, const char *name, bool *ret)
{
        int token = object < 0 ? -1 : json_member(json, object, name);
        bool on = token >= 0 && token_is(json, token, "true");
        if (token >= 0 && !on && !token_is(json, token, "false") && !token_is(json, token, "null"))
                return ERR_RANGE;
        *ret = on;
        return ERR_OK;
}

static bool is_name_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* "org.example.Method" to its two parts. */
static enum err split_name(const char *name, struct varlink_call *call)
{
        size_t length = text_length(name), dot = 0;
        for (size_t i = 0; i < length; i++) {
                if (!is_name_character(name[i]))
                        return ERR_RANGE;
                if (name[i] == '.')
                        dot = i;
        }
        if (dot == 0 || dot + 1 == length)
                return ERR_RANGE;
        (void)text_copy(call->interface, sizeof(call->interface), name, dot);
        (void)text_copy(call->method, sizeof(call->method), name + dot + 1, length - dot - 1);
        return ERR_OK;
}

static enum err read_method(struct varlink_call *call)
{
        char name[VARLINK_NAME_MAX];
        int token = json_member(&call->json, 0, "method");
        if (token < 0)
                return ERR_MISSING;
        enum err err = json_string(&call->json, token, name, sizeof(name));
        return err == ERR_OK ? split_name(name, call) : err;
}

enum err varlink_call_parse(struct varlink_call *ret, const char *text, size_t size)
{
        enum err err = json_parse(&ret->json, text, size);
        if (err == ERR_OK)
                err = read_method(ret);
        if (err == ERR_OK)
                err = read_flag(&ret->json, 0, "more", &ret->more);
        if (err == ERR_OK)
                err = read_flag(&ret->json, 0, "oneway", &ret->oneway);
        if (err == ERR_OK)
                err = read_flag(&ret->json, 0, "allowInteractiveAuthentication", &ret->interactive);
        if (err != ERR_OK)
                return err;
        ret->parameters = json_member(&ret->json, 0, "parameters");
        if (ret->parameters >= 0 && token_is(&ret->json, ret->parameters, "null"))
                ret->parameters = -1;
        if (ret->parameters >= 0 && !json_is(&ret->json, ret->parameters, JSON_OBJECT))
                return ERR_RANGE;
        return ERR_OK;
}

static bool is_known(const char *const *known, const char *name)
{
        for (; *known; known++)
                if (text_equal(*known, name))
                        return true;
        return false;
}

bool varlink_unknown_parameter(const struct varlink_call *call, const char *const *known, char ret[static VARLINK_NAME_MAX])
{
        if (call->parameters < 0)
                return false;
        size_t token = (size_t)call->parameters + 1;
        for (size_t i = 0; i < call->json.tokens[call->parameters].children; i++) {
                if (json_string(&call->json, (int)token, ret, VARLINK_NAME_MAX) != ERR_OK) {
                        (void)text_copy(ret, VARLINK_NAME_MAX, "?", 1);
                        return true;
                }
                if (!is_known(known, ret))
                        return true;
                token = call->json.tokens[token + 1].next;
        }
        return false;
}

enum err varlink_text(const struct varlink_call *call, const char *name, char *ret, size_t capacity)
{
        int token = call->parameters < 0 ? -1 : json_member(&call->json, call->parameters, name);
        if (token >= 0 && !token_is(&call->json, token, "null"))
                return json_string(&call->json, token, ret, capacity);
        ret[0] = '\0';
        return ERR_OK;
}

enum err varlink_flag(const struct varlink_call *call, const char *name, bool *ret)
{
        return read_flag(&call->json, call->parameters, name, ret);
}

enum err varlink_number(const struct varlink_call *call, const char *name, uint64_t *ret, bool *ret_given)
{
        int token = call->parameters < 0 ? -1 : json_member(&call->json, call->parameters, name);

        *ret = 0;
        *ret_given = token >= 0 && !token_is(&call->json, token, "null");
        return *ret_given ? json_u64(&call->json, token, ret) : ERR_OK;
}

static enum err add_line(const struct json *json, int token, char *ret, size_t capacity, size_t *used)
{
        enum err err = json_string(json, token, ret + *used, capacity - *used);
        size_t length = err == ERR_OK ? text_length(ret + *used) : 0;

        if (err != ERR_OK)
                return err;
        for (size_t i = 0; i < length; i++)
                if (ret[*used + i] == '\n')
                        return ERR_RANGE;
        if (length == 0)
                return ERR_RANGE;
        if (length + 2 > capacity - *used)
                return ERR_TOO_LARGE;
        ret[*used + length] = '\n';
        ret[*used + length + 1] = '\0';
        *used += length + 1;
        return ERR_OK;
}

enum err varlink_lines(const struct varlink_call *call, const char *name, char *ret, size_t capacity)
{
        int token = call->parameters < 0 ? -1 : json_member(&call->json, call->parameters, name);
        size_t used = 0, element = (size_t)token + 1;
        enum err err = ERR_OK;

        ret[0] = '\0';
        if (token < 0 || token_is(&call->json, token, "null"))
                return ERR_OK;
        if (!json_is(&call->json, token, JSON_ARRAY))
                return ERR_RANGE;
        for (size_t i = 0; err == ERR_OK && i < call->json.tokens[token].children; i++) {
                err = add_line(&call->json, (int)element, ret, capacity, &used);
                element = call->json.tokens[element].next;
        }
        if (err != ERR_OK)
                ret[0] = '\0';
        return err;
}
