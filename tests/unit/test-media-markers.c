/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markers: inside the device, apart from each other, unlike each other, and found again down to 32 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/media/media-markers.h"

static const uint8_t seed[MEDIA_MARKER_SEED] = { 1, 2, 3, [31] = 9 };

static const struct {
        uint64_t size;
        uint32_t sector, count;
} geometries[] = {
        { 8192, 512, 2 },
        { 8192 + 512, 512, 2 },
        { 3 * 4096, 4096, 3 },
        { 1 << 20, 512, 256 },
        { (1 << 20) + 8192, 512, 258 },
        { (UINT64_C(1) << 44) + 512, 512, 258 },
        { UINT64_C(1) << 62, 4096, 258 },
};

static void they_lie_apart_and_inside(void **state)
{
        for (size_t g = 0; g < ARRAY_SIZE(geometries); g++) {
                struct media_markers markers;

                assert_true(media_markers_init(&markers, seed, geometries[g].size, geometries[g].sector));
                assert_int_equal(markers.count, geometries[g].count);
                assert_int_equal(media_marker_offset(&markers, 0), 0);
                assert_int_equal(media_marker_offset(&markers, 1), geometries[g].size - markers.block_bytes);
                for (uint32_t i = 0; i < markers.count; i++) {
                        uint64_t offset = media_marker_offset(&markers, i);

                        assert_int_equal(offset % geometries[g].sector, 0);
                        assert_true(offset + markers.block_bytes <= geometries[g].size);
                        for (uint32_t j = 0; j < i; j++) {
                                uint64_t other = media_marker_offset(&markers, j);

                                assert_true(offset >= other + markers.block_bytes || other >= offset + markers.block_bytes);
                        }
                }
        }
}

static void places_depend_on_the_seed(void **state)
{
        uint8_t other[MEDIA_MARKER_SEED] = { 0 };
        struct media_markers a, b;
        unsigned same = 0;

        assert_true(media_markers_init(&a, seed, UINT64_C(1) << 40, 512));
        assert_true(media_markers_init(&b, other, UINT64_C(1) << 40, 512));
        for (uint32_t i = 2; i < a.count; i++)
                same += media_marker_offset(&a, i) == media_marker_offset(&b, i);
        assert_true(same < 3);
}

static void a_device_without_room_is_refused(void **state)
{
        struct media_markers markers = { .count = 77 };

        assert_false(media_markers_init(&markers, seed, 8191, 512));
        assert_false(media_markers_init(&markers, seed, 1 << 20, 0));
        assert_false(media_markers_init(&markers, seed, 1 << 20, 8192));
        assert_false(media_markers_init(&markers, seed, 1 << 20, 520));
        assert_int_equal(markers.count, 77);
}

static void a_marker_is_found_down_to_one_piece(void **state)
{
        struct media_markers markers;
        uint8_t block[MEDIA_MARKER_BLOCK_MAX], erased[MEDIA_MARKER_BLOCK_MAX];

        assert_true(media_markers_init(&markers, seed, 1 << 20, 512));
        for (uint32_t index = 0; index < 4; index++) {
                media_marker_fill(&markers, index, block);
                assert_true(media_marker_remains(&markers, index, block));
                assert_false(media_marker_remains(&markers, index + 1, block));
                for (size_t at = 0; at < sizeof(block); at += 32) {
                        memset(erased, 0xff, sizeof(erased));
                        memcpy(erased + at, block + at, 32);
                        assert_true(media_marker_remains(&markers, index, erased));
                        erased[at + 5] ^= 1;
                        assert_false(media_marker_remains(&markers, index, erased));
                }
        }
        memset(erased, 0, sizeof(erased));
        assert_false(media_marker_remains(&markers, 0, erased));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_lie_apart_and_inside),
                cmocka_unit_test(places_depend_on_the_seed),
                cmocka_unit_test(a_device_without_room_is_refused),
                cmocka_unit_test(a_marker_is_found_down_to_one_piece),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
