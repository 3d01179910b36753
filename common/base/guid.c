/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs, 128-bit ids, and the partition types known by name; see guid.h. The names are those of the Discoverable Partitions
 * Specification (UAPI.2). */
#include "common/base/guid.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

/* As it is written, 8-4-4-4-12, into EFI byte order. */
#define BYTE(value, index) (uint8_t)((uint64_t)(value) >> (8 * (index)))
#define GUID(a, b, c, d, e)                                                                                                    \
        {                                                                                                                      \
                {                                                                                                              \
                        BYTE(a, 0), BYTE(a, 1), BYTE(a, 2), BYTE(a, 3), BYTE(b, 0), BYTE(b, 1), BYTE(c, 0), BYTE(c, 1),        \
                                BYTE(d, 1), BYTE(d, 0), BYTE(e, 5), BYTE(e, 4), BYTE(e, 3), BYTE(e, 2), BYTE(e, 1), BYTE(e, 0) \
                }                                                                                                              \
        }

const struct guid guid_systemd_factory_reset = GUID(0x8cf2644b, 0x4b0b, 0x428f, 0x9387, 0x6d876050dc67);
const struct guid guid_loader_interface = GUID(0x4a67b082, 0x0a4c, 0x41cf, 0xb6c7, 0x440b29bb8c4f);
/* d719b2cb-3d3a-4596-a3bc-dad00e67656f: db, dbx, dbt, dbr (UEFI 2.10, 32.3) */
const struct guid guid_security_database = { { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67,
                                               0x65, 0x6f } };
const struct guid guid_efi_global = GUID(0x8be4df61, 0x93ca, 0x11d2, 0xaa0d, 0x00e098032b8c);
const struct guid guid_shim = { { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b,
                                  0x23 } };
const struct guid guid_cleanslate = GUID(0xe8c1b9a0, 0x5d0f, 0x4b7c, 0x9f55, 0x2b1f6c3e7d41);
const struct guid guid_partition_esp = GUID(0xc12a7328, 0xf81f, 0x11d2, 0xba4b, 0x00a0c93ec93b);
const struct guid guid_partition_config = GUID(0x3a6b2b3e, 0x61a6, 0x4d3f, 0x9b0a, 0x7c1de5b0f6c2);

/* What "root" and "usr" without an architecture mean: the only lines here that depend on the processor. */
#if defined(__aarch64__)
#define NATIVE "arm64"
#elif defined(__x86_64__)
#define NATIVE "x86-64"
#endif

static const struct {
        const char *name;
        struct guid type;
} partition_types[] = {
        { "root-arm64", GUID(0xb921b045, 0x1df0, 0x41c3, 0xaf44, 0x4c6f280d3fae) },
        { "root-arm64-verity", GUID(0xdf3300ce, 0xd69f, 0x4c92, 0x978c, 0x9bfb0f38d820) },
        { "root-arm64-verity-sig", GUID(0x6db69de6, 0x29f4, 0x4758, 0xa7a5, 0x962190f00ce3) },
        { "usr-arm64", GUID(0xb0e01050, 0xee5f, 0x4390, 0x949a, 0x9101b17104e9) },
        { "usr-arm64-verity", GUID(0x6e11a4e7, 0xfbca, 0x4ded, 0xb9e9, 0xe1a512bb664e) },
        { "usr-arm64-verity-sig", GUID(0xc23ce4ff, 0x44bd, 0x4b00, 0xb2d4, 0xb41b3419e02a) },
        { "root-x86-64", GUID(0x4f68bce3, 0xe8cd, 0x4db1, 0x96e7, 0xfbcaf984b709) },
        { "root-x86-64-verity", GUID(0x2c7357ed, 0xebd2, 0x46d9, 0xaec1, 0x23d437ec2bf5) },
        { "root-x86-64-verity-sig", GUID(0x41092b05, 0x9fc8, 0x4523, 0x994f, 0x2def0408b176) },
        { "usr-x86-64", GUID(0x8484680c, 0x9521, 0x48c6, 0x9c11, 0xb0720656f69e) },
        { "usr-x86-64-verity", GUID(0x77ff5f63, 0xe7b6, 0x4633, 0xacf4, 0x1565b864c0e6) },
        { "usr-x86-64-verity-sig", GUID(0xe7bb33fb, 0x06cf, 0x4e81, 0x8273, 0xe543b413e2e2) },
        { "esp", GUID(0xc12a7328, 0xf81f, 0x11d2, 0xba4b, 0x00a0c93ec93b) },
        { "xbootldr", GUID(0xbc13c2ff, 0x59e6, 0x4262, 0xa352, 0xb275fd6f7172) },
        { "swap", GUID(0x0657fd6d, 0xa4ab, 0x43c4, 0x84e5, 0x0933c84b4f4f) },
        { "home", GUID(0x933ac7e1, 0x2eb4, 0x4f13, 0xb844, 0x0e14e2aef915) },
        { "srv", GUID(0x3b8f8425, 0x20e0, 0x4f3b, 0x907f, 0x1a25a76f98e8) },
        { "var", GUID(0x4d21b016, 0xb534, 0x45c2, 0xa9fb, 0x5c16e091fd2d) },
        { "tmp", GUID(0x7ec6f557, 0x3bc5, 0x4aca, 0xb293, 0x16ef5df639d1) },
        { "user-home", GUID(0x773f91ef, 0x66d4, 0x49b5, 0xbd83, 0xd683bf40ad16) },
        { "linux-generic", GUID(0x0fc63daf, 0x8483, 0x4772, 0x8e79, 0x3d69d8477de4) },
        { "config", GUID(0x3a6b2b3e, 0x61a6, 0x4d3f, 0x9b0a, 0x7c1de5b0f6c2) },
};

/* Names that repart.d takes for the architecture it runs on. */
static const struct {
        const char *name, *native;
} aliases[] = {
        { "root", "root-" NATIVE },
        { "root-verity", "root-" NATIVE "-verity" },
        { "root-verity-sig", "root-" NATIVE "-verity-sig" },
        { "usr", "usr-" NATIVE },
        { "usr-verity", "usr-" NATIVE "-verity" },
        { "usr-verity-sig", "usr-" NATIVE "-verity-sig" },
};

#define DASHED_LENGTH 36
#define PLAIN_LENGTH  32

/* Where the bytes of 8-4-4-4-12 text go: in the order written, or as EFI lays them out. */
static const uint8_t efi_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

/* The 16 bytes of dashed text, in the order written. */
static bool dashed_parse(const char *text, size_t length, uint8_t ret[static 16])
{
        char digits[PLAIN_LENGTH];
        size_t count = 0;

        if (length != DASHED_LENGTH)
                return false;
        for (size_t i = 0; i < length; i++) {
                bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash_here && text[i] != '-')
                        return false;
                if (!dash_here)
                        digits[count++] = text[i];
        }
        return text_to_hex_bytes(digits, count, ret, 16);
}

bool guid_equal(const struct guid *a, const struct guid *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool guid_is_zero(const struct guid *guid)
{
        return guid_equal(guid, &(struct guid){ { 0 } });
}

bool guid_parse(const char *text, size_t length, struct guid *ret)
{
        uint8_t written[16];

        if (!dashed_parse(text, length, written))
                return false;
        for (size_t i = 0; i < sizeof(written); i++)
                ret->bytes[efi_order[i]] = written[i];
        return true;
}

void guid_format(const struct guid *guid, char ret[static GUID_TEXT_SIZE])
{
        struct writer writer = writer_over(ret, GUID_TEXT_SIZE);

        for (size_t i = 0; i < sizeof(guid->bytes); i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        writer_char(&writer, '-');
                writer_hex(&writer, &guid->bytes[efi_order[i]], 1);
        }
}

bool id128_equal(const struct id128 *a, const struct id128 *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool id128_parse(const char *text, size_t length, struct id128 *ret)
{
        return text_to_hex_bytes(text, length, ret->bytes, sizeof(ret->bytes)) || dashed_parse(text, length, ret->bytes);
}

void id128_format(const struct id128 *id, char ret[static ID128_TEXT_SIZE])
{
        struct writer writer = writer_over(ret, ID128_TEXT_SIZE);

        writer_hex(&writer, id->bytes, sizeof(id->bytes));
}

static bool names_equal(const char *name, const char *text, size_t length)
{
        return text_length(name) == length && memcmp(name, text, length) == 0;
}

bool guid_partition_type_parse(const char *text, size_t length, struct guid *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                if (names_equal(aliases[i].name, text, length)) {
                        text = aliases[i].native;
                        length = text_length(text);
                        break;
                }
        for (size_t i = 0; i < ARRAY_SIZE(partition_types); i++)
                if (names_equal(partition_types[i].name, text, length)) {
                        *ret = partition_types[i].type;
                        return true;
                }
        return guid_parse(text, length, ret);
}

const char *guid_partition_type_name(const struct guid *type)
{
        for (size_t i = 0; i < ARRAY_SIZE(partition_types); i++)
                if (guid_equal(&partition_types[i].type, type))
                        return partition_types[i].name;
        return NULL;
}
