/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/boot/reseal.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"

#define VERSION 1

void reseal_request_encode(const struct reseal_request *request, uint8_t ret[static RESEAL_ENCODED_SIZE])
{
        ret[0] = VERSION;
        ret[1] = (uint8_t)request->verb;
        memcpy(ret + 2, request->last_reset.bytes, sizeof(request->last_reset.bytes));
        memcpy(ret + 18, request->mac, sizeof(request->mac));
}

enum err reseal_request_decode(const void *data, size_t size, struct reseal_request *ret)
{
        const uint8_t *bytes = data;

        if (size != RESEAL_ENCODED_SIZE)
                return size < RESEAL_ENCODED_SIZE ? ERR_TRUNCATED : ERR_TOO_LARGE;
        if (bytes[0] != VERSION)
                return ERR_VERSION;
        if (bytes[1] < RESEAL_VERB_PREPARE || bytes[1] >= RESEAL_VERB_COUNT)
                return ERR_RANGE;
        ret->verb = (enum reseal_verb)bytes[1];
        memcpy(ret->last_reset.bytes, bytes + 2, sizeof(ret->last_reset.bytes));
        memcpy(ret->mac, bytes + 18, sizeof(ret->mac));
        return ERR_OK;
}

void reseal_request_key(const uint8_t secret[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE])
{
        hmac_sha256_derive((struct bytes){ secret, SHA256_SIZE }, "cleanslate request for a planned reseal", ret);
}

void reseal_request_mac(const uint8_t key[static SHA256_SIZE], uint32_t number, uint8_t ret[static SHA256_SIZE])
{
        uint8_t encoded[4];

        store_le32(encoded, number);
        hmac_sha256((struct bytes){ key, SHA256_SIZE }, &(struct bytes){ encoded, sizeof(encoded) }, 1, ret);
}

static const char *const names[RESEAL_COUNT] = {
        [RESEAL_NONE] = "none",       [RESEAL_UNAVAILABLE] = "unavailable",
        [RESEAL_PREPARE] = "prepare", [RESEAL_READY] = "ready",
        [RESEAL_OVER] = "over",       [RESEAL_DONE] = "done",
        [RESEAL_FAILED] = "failed",
};

const char *reseal_name(enum reseal reseal)
{
        return names[reseal];
}

bool reseal_parse(const char *text, size_t size, enum reseal *ret)
{
        for (int reseal = RESEAL_NONE; reseal < RESEAL_COUNT; reseal++)
                if (size == text_length(names[reseal]) && memcmp(text, names[reseal], size) == 0) {
                        *ret = (enum reseal)reseal;
                        return true;
                }
        return false;
}

static enum reseal close_copy(struct reseal_state *state, enum reseal otherwise)
{
        bool open = state->starts_left > 0;

        state->starts_left = 0;
        return open ? otherwise : RESEAL_NONE;
}

/* Each request counts, whoever it is of, also where a copy may still be used: what could be repeated without being counted would
 * keep that one usable for ever, or have another made later. */
static enum reseal permit_copy(struct reseal_state *state)
{
        if (state->number == UINT32_MAX) /* what comes again would bring an old copy's key back */
                return RESEAL_NONE;
        state->number++;
        state->starts_left = RESEAL_STARTS_MAX;
        return RESEAL_PREPARE;
}

/* Also the request of which no start has heard: somebody may have put it by. */
static enum reseal cancel_copy(struct reseal_state *state)
{
        if (state->number < UINT32_MAX)
                state->number++;
        return close_copy(state, RESEAL_OVER);
}

enum reseal reseal_next(struct reseal_state *state, enum boot_mode mode, const struct reseal_request *request)
{
        if (mode != MODE_NORMAL)
                return RESEAL_NONE;
        if (request && request->verb == RESEAL_VERB_PREPARE)
                return permit_copy(state);
        if (request && request->verb == RESEAL_VERB_CANCEL)
                return cancel_copy(state);
        if (request)
                return close_copy(state, RESEAL_NONE);
        if (state->starts_left == 0)
                return RESEAL_NONE;
        state->starts_left--;
        return RESEAL_READY;
}

bool reseal_gives_key(enum reseal reseal)
{
        return reseal == RESEAL_PREPARE || reseal == RESEAL_READY;
}
