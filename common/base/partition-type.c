/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One table; see partition-type.h. */
#include "common/base/partition-type.h"
#include "common/base/bytes.h"
#include "common/base/guid-literal.h"
#include "common/base/memory.h"

/* What "root" and "usr" without an architecture mean: the only lines here that depend on the processor. */
#if defined(__aarch64__)
#define NATIVE    "arm64"
#define SECONDARY "arm"
#elif defined(__x86_64__)
#define NATIVE    "x86-64"
#define SECONDARY "x86"
#endif

#define KNOWS_ALL (PARTITION_KNOWS_GROW | PARTITION_KNOWS_READ_ONLY | PARTITION_KNOWS_NO_AUTO)
#define KNOWS_RO  (PARTITION_KNOWS_READ_ONLY | PARTITION_KNOWS_NO_AUTO)

#define OF_PROCESSOR(name, root, root_verity, root_signature, usr, usr_verity, usr_signature)                      \
        { "root-" name, root, KNOWS_ALL, "" }, { "root-" name "-verity", root_verity, KNOWS_RO, "" },              \
                { "root-" name "-verity-sig", root_signature, KNOWS_RO, "" }, { "usr-" name, usr, KNOWS_ALL, "" }, \
                { "usr-" name "-verity", usr_verity, KNOWS_RO, "" },                                               \
        {                                                                                                          \
                "usr-" name "-verity-sig", usr_signature, KNOWS_RO, ""                                             \
        }

static const struct partition_type {
        const char *name;
        struct guid guid;
        unsigned knows;
        const char *mount_point;
} types[] = {
        { "esp", GUID(0xc12a7328, 0xf81f, 0x11d2, 0xba4b, 0x00a0c93ec93b), 0, "" },
        { "xbootldr", GUID(0xbc13c2ff, 0x59e6, 0x4262, 0xa352, 0xb275fd6f7172), KNOWS_ALL, "" },
        { "swap", GUID(0x0657fd6d, 0xa4ab, 0x43c4, 0x84e5, 0x0933c84b4f4f), PARTITION_KNOWS_NO_AUTO, "" },
        { "home", GUID(0x933ac7e1, 0x2eb4, 0x4f13, 0xb844, 0x0e14e2aef915), KNOWS_ALL, "/home" },
        { "srv", GUID(0x3b8f8425, 0x20e0, 0x4f3b, 0x907f, 0x1a25a76f98e8), KNOWS_ALL, "/srv" },
        { "var", GUID(0x4d21b016, 0xb534, 0x45c2, 0xa9fb, 0x5c16e091fd2d), KNOWS_ALL, "/var" },
        { "tmp", GUID(0x7ec6f557, 0x3bc5, 0x4aca, 0xb293, 0x16ef5df639d1), KNOWS_ALL, "/var/tmp" },
        { "user-home", GUID(0x773f91ef, 0x66d4, 0x49b5, 0xbd83, 0xd683bf40ad16), 0, "" },
        { "linux-generic", GUID(0x0fc63daf, 0x8483, 0x4772, 0x8e79, 0x3d69d8477de4), 0, "" },
        { "config", GUID(0x3a6b2b3e, 0x61a6, 0x4d3f, 0x9b0a, 0x7c1de5b0f6c2), 0, "" },
        OF_PROCESSOR("alpha", GUID(0x6523f8ae, 0x3eb1, 0x4e2a, 0xa05a, 0x18b695ae656f),
                     GUID(0xfc56d9e9, 0xe6e5, 0x4c06, 0xbe32, 0xe74407ce09a5),
                     GUID(0xd46495b7, 0xa053, 0x414f, 0x80f7, 0x700c99921ef8),
                     GUID(0xe18cf08c, 0x33ec, 0x4c0d, 0x8246, 0xc6c6fb3da024),
                     GUID(0x8cce0d25, 0xc0d0, 0x4a44, 0xbd87, 0x46331bf1df67),
                     GUID(0x5c6e1c76, 0x076a, 0x457a, 0xa0fe, 0xf3b4cd21ce6e)),
        OF_PROCESSOR("arc", GUID(0xd27f46ed, 0x2919, 0x4cb8, 0xbd25, 0x9531f3c16534),
                     GUID(0x24b2d975, 0x0f97, 0x4521, 0xafa1, 0xcd531e421b8d),
                     GUID(0x143a70ba, 0xcbd3, 0x4f06, 0x919f, 0x6c05683a78bc),
                     GUID(0x7978a683, 0x6316, 0x4922, 0xbbee, 0x38bff5a2fecc),
                     GUID(0xfca0598c, 0xd880, 0x4591, 0x8c16, 0x4eda05c7347c),
                     GUID(0x94f9a9a1, 0x9971, 0x427a, 0xa400, 0x50cb297f0f35)),
        OF_PROCESSOR("arm", GUID(0x69dad710, 0x2ce4, 0x4e3c, 0xb16c, 0x21a1d49abed3),
                     GUID(0x7386cdf2, 0x203c, 0x47a9, 0xa498, 0xf2ecce45a2d6),
                     GUID(0x42b0455f, 0xeb11, 0x491d, 0x98d3, 0x56145ba9d037),
                     GUID(0x7d0359a3, 0x02b3, 0x4f0a, 0x865c, 0x654403e70625),
                     GUID(0xc215d751, 0x7bcd, 0x4649, 0xbe90, 0x6627490a4c05),
                     GUID(0xd7ff812f, 0x37d1, 0x4902, 0xa810, 0xd76ba57b975a)),
        OF_PROCESSOR("arm64", GUID(0xb921b045, 0x1df0, 0x41c3, 0xaf44, 0x4c6f280d3fae),
                     GUID(0xdf3300ce, 0xd69f, 0x4c92, 0x978c, 0x9bfb0f38d820),
                     GUID(0x6db69de6, 0x29f4, 0x4758, 0xa7a5, 0x962190f00ce3),
                     GUID(0xb0e01050, 0xee5f, 0x4390, 0x949a, 0x9101b17104e9),
                     GUID(0x6e11a4e7, 0xfbca, 0x4ded, 0xb9e9, 0xe1a512bb664e),
                     GUID(0xc23ce4ff, 0x44bd, 0x4b00, 0xb2d4, 0xb41b3419e02a)),
        OF_PROCESSOR("ia64", GUID(0x993d8d3d, 0xf80e, 0x4225, 0x855a, 0x9daf8ed7ea97),
                     GUID(0x86ed10d5, 0xb607, 0x45bb, 0x8957, 0xd350f23d0571),
                     GUID(0xe98b36ee, 0x32ba, 0x4882, 0x9b12, 0x0ce14655f46a),
                     GUID(0x4301d2a6, 0x4e3b, 0x4b2a, 0xbb94, 0x9e0b2c4225ea),
                     GUID(0x6a491e03, 0x3be7, 0x4545, 0x8e38, 0x83320e0ea880),
                     GUID(0x8de58bc2, 0x2a43, 0x460d, 0xb14e, 0xa76e4a17b47f)),
        OF_PROCESSOR("loongarch64", GUID(0x77055800, 0x792c, 0x4f94, 0xb39a, 0x98c91b762bb6),
                     GUID(0xf3393b22, 0xe9af, 0x4613, 0xa948, 0x9d3bfbd0c535),
                     GUID(0x5afb67eb, 0xecc8, 0x4f85, 0xae8e, 0xac1e7c50e7d0),
                     GUID(0xe611c702, 0x575c, 0x4cbe, 0x9a46, 0x434fa0bf7e3f),
                     GUID(0xf46b2c26, 0x59ae, 0x48f0, 0x9106, 0xc50ed47f673d),
                     GUID(0xb024f315, 0xd330, 0x444c, 0x8461, 0x44bbde524e99)),
        OF_PROCESSOR("mips", GUID(0xe9434544, 0x6e2c, 0x47cc, 0xbae2, 0x12d6deafb44c),
                     GUID(0x7a430799, 0xf711, 0x4c7e, 0x8e5b, 0x1d685bd48607),
                     GUID(0xbba210a2, 0x9c5d, 0x45ee, 0x9e87, 0xff2ccbd002d0),
                     GUID(0x773b2abc, 0x2a99, 0x4398, 0x8bf5, 0x03baac40d02b),
                     GUID(0x6e5a1bc8, 0xd223, 0x49b7, 0xbca8, 0x37a5fcceb996),
                     GUID(0x97ae158d, 0xf216, 0x497b, 0x8057, 0xf7f905770f54)),
        OF_PROCESSOR("mips-le", GUID(0x37c58c8a, 0xd913, 0x4156, 0xa25f, 0x48b1b64e07f0),
                     GUID(0xd7d150d2, 0x2a04, 0x4a33, 0x8f12, 0x16651205ff7b),
                     GUID(0xc919cc1f, 0x4456, 0x4eff, 0x918c, 0xf75e94525ca5),
                     GUID(0x0f4868e9, 0x9952, 0x4706, 0x979f, 0x3ed3a473e947),
                     GUID(0x46b98d8d, 0xb55c, 0x4e8f, 0xaab3, 0x37fca7f80752),
                     GUID(0x3e23ca0b, 0xa4bc, 0x4b4e, 0x8087, 0x5ab6a26aa8a9)),
        OF_PROCESSOR("mips64", GUID(0xd113af76, 0x80ef, 0x41b4, 0xbdb6, 0x0cff4d3d4a25),
                     GUID(0x579536f8, 0x6a33, 0x4055, 0xa95a, 0xdf2d5e2c42a8),
                     GUID(0x43ce94d4, 0x0f3d, 0x4999, 0x8250, 0xb9deafd98e6e),
                     GUID(0x57e13958, 0x7331, 0x4365, 0x8e6e, 0x35eeee17c61b),
                     GUID(0x81cf9d90, 0x7458, 0x4df4, 0x8dcf, 0xc8a3a404f09b),
                     GUID(0x05816ce2, 0xdd40, 0x4ac6, 0xa61d, 0x37d32dc1ba7d)),
        OF_PROCESSOR("mips64-le", GUID(0x700bda43, 0x7a34, 0x4507, 0xb179, 0xeeb93d7a7ca3),
                     GUID(0x16b417f8, 0x3e06, 0x4f57, 0x8dd2, 0x9b5232f41aa6),
                     GUID(0x904e58ef, 0x5c65, 0x4a31, 0x9c57, 0x6af5fc7c5de7),
                     GUID(0xc97c1f32, 0xba06, 0x40b4, 0x9f22, 0x236061b08aa8),
                     GUID(0x3c3d61fe, 0xb5f3, 0x414d, 0xbb71, 0x8739a694a4ef),
                     GUID(0xf2c2c7ee, 0xadcc, 0x4351, 0xb5c6, 0xee9816b66e16)),
        OF_PROCESSOR("parisc", GUID(0x1aacdb3b, 0x5444, 0x4138, 0xbd9e, 0xe5c2239b2346),
                     GUID(0xd212a430, 0xfbc5, 0x49f9, 0xa983, 0xa7feef2b8d0e),
                     GUID(0x15de6170, 0x65d3, 0x431c, 0x916e, 0xb0dcd8393f25),
                     GUID(0xdc4a4480, 0x6917, 0x4262, 0xa4ec, 0xdb9384949f25),
                     GUID(0x5843d618, 0xec37, 0x48d7, 0x9f12, 0xcea8e08768b2),
                     GUID(0x450dd7d1, 0x3224, 0x45ec, 0x9cf2, 0xa43a346d71ee)),
        OF_PROCESSOR("ppc", GUID(0x1de3f1ef, 0xfa98, 0x47b5, 0x8dcd, 0x4a860a654d78),
                     GUID(0x98cfe649, 0x1588, 0x46dc, 0xb2f0, 0xadd147424925),
                     GUID(0x1b31b5aa, 0xadd9, 0x463a, 0xb2ed, 0xbd467fc857e7),
                     GUID(0x7d14fec5, 0xcc71, 0x415d, 0x9d6c, 0x06bf0b3c3eaf),
                     GUID(0xdf765d00, 0x270e, 0x49e5, 0xbc75, 0xf47bb2118b09),
                     GUID(0x7007891d, 0xd371, 0x4a80, 0x86a4, 0x5cb875b9302e)),
        OF_PROCESSOR("ppc64", GUID(0x912ade1d, 0xa839, 0x4913, 0x8964, 0xa10eee08fbd2),
                     GUID(0x9225a9a3, 0x3c19, 0x4d89, 0xb4f6, 0xeeff88f17631),
                     GUID(0xf5e2c20c, 0x45b2, 0x4ffa, 0xbce9, 0x2a60737e1aaf),
                     GUID(0x2c9739e2, 0xf068, 0x46b3, 0x9fd0, 0x01c5a9afbcca),
                     GUID(0xbdb528a5, 0xa259, 0x475f, 0xa87d, 0xda53fa736a07),
                     GUID(0x0b888863, 0xd7f8, 0x4d9e, 0x9766, 0x239fce4d58af)),
        OF_PROCESSOR("ppc64-le", GUID(0xc31c45e6, 0x3f39, 0x412e, 0x80fb, 0x4809c4980599),
                     GUID(0x906bd944, 0x4589, 0x4aae, 0xa4e4, 0xdd983917446a),
                     GUID(0xd4a236e7, 0xe873, 0x4c07, 0xbf1d, 0xbf6cf7f1c3c6),
                     GUID(0x15bb03af, 0x77e7, 0x4d4a, 0xb12b, 0xc0d084f7491c),
                     GUID(0xee2b9983, 0x21e8, 0x4153, 0x86d9, 0xb6901a54d1ce),
                     GUID(0xc8bfbd1e, 0x268e, 0x4521, 0x8bba, 0xbf314c399557)),
        OF_PROCESSOR("riscv32", GUID(0x60d5a7fe, 0x8e7d, 0x435c, 0xb714, 0x3dd8162144e1),
                     GUID(0xae0253be, 0x1167, 0x4007, 0xac68, 0x43926c14c5de),
                     GUID(0x3a112a75, 0x8729, 0x4380, 0xb4cf, 0x764d79934448),
                     GUID(0xb933fb22, 0x5c3f, 0x4f91, 0xaf90, 0xe2bb0fa50702),
                     GUID(0xcb1ee4e3, 0x8cd0, 0x4136, 0xa0a4, 0xaa61a32e8730),
                     GUID(0xc3836a13, 0x3137, 0x45ba, 0xb583, 0xb16c50fe5eb4)),
        OF_PROCESSOR("riscv64", GUID(0x72ec70a6, 0xcf74, 0x40e6, 0xbd49, 0x4bda08e8f224),
                     GUID(0xb6ed5582, 0x440b, 0x4209, 0xb8da, 0x5ff7c419ea3d),
                     GUID(0xefe0f087, 0xea8d, 0x4469, 0x821a, 0x4c2a96a8386a),
                     GUID(0xbeaec34b, 0x8442, 0x439b, 0xa40b, 0x984381ed097d),
                     GUID(0x8f1056be, 0x9b05, 0x47c4, 0x81d6, 0xbe53128e5b54),
                     GUID(0xd2f9000a, 0x7a18, 0x453f, 0xb5cd, 0x4d32f77a7b32)),
        OF_PROCESSOR("s390", GUID(0x08a7acea, 0x624c, 0x4a20, 0x91e8, 0x6e0fa67d23f9),
                     GUID(0x7ac63b47, 0xb25c, 0x463b, 0x8df8, 0xb4a94e6c90e1),
                     GUID(0x3482388e, 0x4254, 0x435a, 0xa241, 0x766a065f9960),
                     GUID(0xcd0f869b, 0xd0fb, 0x4ca0, 0xb141, 0x9ea87cc78d66),
                     GUID(0xb663c618, 0xe7bc, 0x4d6d, 0x90aa, 0x11b756bb1797),
                     GUID(0x17440e4f, 0xa8d0, 0x467f, 0xa46e, 0x3912ae6ef2c5)),
        OF_PROCESSOR("s390x", GUID(0x5eead9a9, 0xfe09, 0x4a1e, 0xa1d7, 0x520d00531306),
                     GUID(0xb325bfbe, 0xc7be, 0x4ab8, 0x8357, 0x139e652d2f6b),
                     GUID(0xc80187a5, 0x73a3, 0x491a, 0x901a, 0x017c3fa953e9),
                     GUID(0x8a4f5770, 0x50aa, 0x4ed3, 0x874a, 0x99b710db6fea),
                     GUID(0x31741cc4, 0x1a2a, 0x4111, 0xa581, 0xe00b447d2d06),
                     GUID(0x3f324816, 0x667b, 0x46ae, 0x86ee, 0x9b0c0c6c11b4)),
        OF_PROCESSOR("tilegx", GUID(0xc50cdd70, 0x3862, 0x4cc3, 0x90e1, 0x809a8c93ee2c),
                     GUID(0x966061ec, 0x28e4, 0x4b2e, 0xb4a5, 0x1f0a825a1d84),
                     GUID(0xb3671439, 0x97b0, 0x4a53, 0x90f7, 0x2d5a8f3ad47b),
                     GUID(0x55497029, 0xc7c1, 0x44cc, 0xaa39, 0x815ed1558630),
                     GUID(0x2fb4bf56, 0x07fa, 0x42da, 0x8132, 0x6b139f2026ae),
                     GUID(0x4ede75e2, 0x6ccc, 0x4cc8, 0xb9c7, 0x70334b087510)),
        OF_PROCESSOR("x86", GUID(0x44479540, 0xf297, 0x41b2, 0x9af7, 0xd131d5f0458a),
                     GUID(0xd13c5d3b, 0xb5d1, 0x422a, 0xb29f, 0x9454fdc89d76),
                     GUID(0x5996fc05, 0x109c, 0x48de, 0x808b, 0x23fa0830b676),
                     GUID(0x75250d76, 0x8cc6, 0x458e, 0xbd66, 0xbd47cc81a812),
                     GUID(0x8f461b0d, 0x14ee, 0x4e81, 0x9aa9, 0x049b6fb97abd),
                     GUID(0x974a71c0, 0xde41, 0x43c3, 0xbe5d, 0x5c5ccd1ad2c0)),
        OF_PROCESSOR("x86-64", GUID(0x4f68bce3, 0xe8cd, 0x4db1, 0x96e7, 0xfbcaf984b709),
                     GUID(0x2c7357ed, 0xebd2, 0x46d9, 0xaec1, 0x23d437ec2bf5),
                     GUID(0x41092b05, 0x9fc8, 0x4523, 0x994f, 0x2def0408b176),
                     GUID(0x8484680c, 0x9521, 0x48c6, 0x9c11, 0xb0720656f69e),
                     GUID(0x77ff5f63, 0xe7b6, 0x4633, 0xacf4, 0x1565b864c0e6),
                     GUID(0xe7bb33fb, 0x06cf, 0x4e81, 0x8273, 0xe543b413e2e2)),
};

/* Names that repart.d takes for the processor it runs on. */
static const struct {
        const char *name, *meant;
} aliases[] = {
        { "root", "root-" NATIVE },
        { "root-verity", "root-" NATIVE "-verity" },
        { "root-verity-sig", "root-" NATIVE "-verity-sig" },
        { "usr", "usr-" NATIVE },
        { "usr-verity", "usr-" NATIVE "-verity" },
        { "usr-verity-sig", "usr-" NATIVE "-verity-sig" },
        { "root-secondary", "root-" SECONDARY },
        { "root-secondary-verity", "root-" SECONDARY "-verity" },
        { "root-secondary-verity-sig", "root-" SECONDARY "-verity-sig" },
        { "usr-secondary", "usr-" SECONDARY },
        { "usr-secondary-verity", "usr-" SECONDARY "-verity" },
        { "usr-secondary-verity-sig", "usr-" SECONDARY "-verity-sig" },
};

const struct guid guid_partition_esp = GUID(0xc12a7328, 0xf81f, 0x11d2, 0xba4b, 0x00a0c93ec93b);
const struct guid guid_partition_config = GUID(0x3a6b2b3e, 0x61a6, 0x4d3f, 0x9b0a, 0x7c1de5b0f6c2);

static bool names_equal(const char *name, const char *text, size_t length)
{
        return text_length(name) == length && memcmp(name, text, length) == 0;
}

static const struct partition_type *find(const struct guid *guid)
{
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (guid_equal(&types[i].guid, guid))
                        return &types[i];
        return NULL;
}

bool partition_type_parse(const char *text, size_t length, struct guid *ret)
{
        struct id128 id;

        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                if (names_equal(aliases[i].name, text, length)) {
                        text = aliases[i].meant;
                        length = text_length(text);
                        break;
                }
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (names_equal(types[i].name, text, length)) {
                        *ret = types[i].guid;
                        return true;
                }
        if (!id128_parse(text, length, &id))
                return false;
        *ret = guid_of_id128(&id);
        return true;
}

const char *partition_type_name(const struct guid *type)
{
        const struct partition_type *known = find(type);

        return known ? known->name : NULL;
}

bool partition_type_is(const struct guid *type, const char *name)
{
        const struct partition_type *known = find(type);

        return known && text_equal(known->name, name);
}

unsigned partition_type_knows(const struct guid *type)
{
        const struct partition_type *known = find(type);

        return known ? known->knows : 0;
}

static bool name_ends_in(const struct guid *type, const char *end)
{
        const struct partition_type *known = find(type);
        size_t length = known ? text_length(known->name) : 0, end_length = text_length(end);

        return length >= end_length && text_equal(known->name + length - end_length, end);
}

bool partition_type_is_boot(const struct guid *type)
{
        return partition_type_is(type, "esp") || partition_type_is(type, "xbootldr");
}

bool partition_type_is_image(const struct guid *type)
{
        const char *name = partition_type_name(type);

        return name && (text_starts_with(name, "root-") || text_starts_with(name, "usr-"));
}

bool partition_type_is_verity(const struct guid *type)
{
        return name_ends_in(type, "-verity");
}

bool partition_type_is_verity_signature(const struct guid *type)
{
        return name_ends_in(type, "-verity-sig");
}

const char *partition_type_mount_point(const struct guid *type)
{
        const struct partition_type *known = find(type);

        return known ? known->mount_point : "";
}
