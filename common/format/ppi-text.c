/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of the kernel's physical presence files; see ppi-text.h. */
#include "common/format/ppi-text.h"
#include "common/base/bytes.h"

/* What is left of one text. */
struct cursor {
        const char *at;
        size_t left;
};

static bool take_char(struct cursor *cursor, char character)
{
        if (cursor->left == 0 || *cursor->at != character)
                return false;
        cursor->at++;
        cursor->left--;
        return true;
}

static int digit_of(char character, unsigned base)
{
        int digit = -1;

        if (character >= '0' && character <= '9')
                digit = character - '0';
        else if (character >= 'a' && character <= 'f')
                digit = character - 'a' + 10;
        else if (character >= 'A' && character <= 'F')
                digit = character - 'A' + 10;
        return digit < (int)base ? digit : -1;
}

/* Decimal, or hexadecimal behind 0x. */
static enum err take_number(struct cursor *cursor, uint32_t *ret)
{
        unsigned base = 10;
        uint64_t value = 0;
        size_t digits = 0;

        if (cursor->left > 2 && cursor->at[0] == '0' && (cursor->at[1] == 'x' || cursor->at[1] == 'X')) {
                base = 16;
                cursor->at += 2;
                cursor->left -= 2;
        }
        for (; cursor->left > 0; digits++) {
                int digit = digit_of(*cursor->at, base);

                if (digit < 0)
                        break;
                value = value * base + (unsigned)digit;
                if (value > UINT32_MAX)
                        return ERR_RANGE;
                cursor->at++;
                cursor->left--;
        }
        if (digits == 0)
                return ERR_SYNTAX;
        *ret = (uint32_t)value;
        return ERR_OK;
}

static struct cursor take_line(struct cursor *cursor)
{
        struct cursor line = { .at = cursor->at };

        while (line.left < cursor->left && cursor->at[line.left] != '\n')
                line.left++;
        cursor->at += line.left;
        cursor->left -= line.left;
        (void)take_char(cursor, '\n');
        return line;
}

enum { STATE_USER_REQUIRED = 3, STATE_USER_NOT_REQUIRED = 4 };

/* The place of an operation that clears among the others, the plainest first; 0 = it does not clear. */
static unsigned clear_rank(uint32_t operation)
{
        static const uint8_t ranked[] = { 14, 21, 22, 5 };

        for (unsigned i = 0; i < ARRAY_SIZE(ranked); i++)
                if (ranked[i] == operation)
                        return i + 1;
        return 0;
}

static bool is_better(const struct ppi_clear_offer *present, uint32_t operation, bool asks_user)
{
        if (clear_rank(operation) == 0)
                return false;
        if (present->operation == 0 || present->asks_user != asks_user)
                return present->operation == 0 || present->asks_user;
        return clear_rank(operation) > clear_rank(present->operation);
}

enum err ppi_parse_operations(const char *text, size_t size, struct ppi_clear_offer *ret)
{
        struct ppi_clear_offer offer = { .present = true };
        struct cursor cursor = { text, size };

        if (size > PPI_TEXT_MAX)
                return ERR_TOO_LARGE;
        while (cursor.left > 0) {
                struct cursor line = take_line(&cursor);
                uint32_t operation, state;

                if (take_number(&line, &operation) != ERR_OK || !take_char(&line, ' ') || take_number(&line, &state) != ERR_OK ||
                    !take_char(&line, ':'))
                        continue;
                if (state != STATE_USER_REQUIRED && state != STATE_USER_NOT_REQUIRED)
                        continue;
                if (!is_better(&offer, operation, state == STATE_USER_REQUIRED))
                        continue;
                offer.operation = (uint8_t)operation;
                offer.asks_user = state == STATE_USER_REQUIRED;
        }
        *ret = offer;
        return ERR_OK;
}

enum err ppi_parse_request(const char *text, size_t size, uint32_t *ret_operation)
{
        struct cursor cursor = { text, size };
        uint32_t operation, parameter;
        enum err err;

        if (size > PPI_TEXT_MAX)
                return ERR_TOO_LARGE;
        err = take_number(&cursor, &operation);
        if (err == ERR_OK && take_char(&cursor, ' '))
                err = take_number(&cursor, &parameter);
        if (err != ERR_OK)
                return err;
        (void)take_char(&cursor, '\n');
        if (cursor.left > 0)
                return ERR_SYNTAX;
        *ret_operation = operation;
        return ERR_OK;
}

enum err ppi_parse_response(const char *text, size_t size, struct ppi_response *ret)
{
        struct cursor cursor = { text, size };
        struct ppi_response response = { 0 };
        enum err err;

        if (size > PPI_TEXT_MAX)
                return ERR_TOO_LARGE;
        err = take_number(&cursor, &response.operation);
        if (err == ERR_OK && response.operation != 0)
                err = take_char(&cursor, ' ') ? take_number(&cursor, &response.code) : ERR_SYNTAX;
        if (err != ERR_OK)
                return err;
        if (!take_char(&cursor, ':'))
                return ERR_SYNTAX;
        *ret = response;
        return ERR_OK;
}

enum err ppi_parse_transition(const char *text, size_t size, enum ppi_transition *ret)
{
        struct cursor cursor = { text, size };
        uint32_t number;
        enum err err;

        if (size > PPI_TEXT_MAX)
                return ERR_TOO_LARGE;
        err = take_number(&cursor, &number);
        if (err != ERR_OK)
                return err;
        if (!take_char(&cursor, ':'))
                return ERR_SYNTAX;
        if (number > PPI_TRANSITION_VENDOR)
                return ERR_RANGE;
        *ret = (enum ppi_transition)number;
        return ERR_OK;
}
