/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device paths; see device-path.h. Nodes may lie at any address, hence the byte-wise access. */
#include "efi/device-path.h"
#include "common/base/utf16.h"

#define NODE_HEADER_SIZE          4
#define NODE_TYPE_END             0x7f
#define HARD_DRIVE_SIGNATURE      24 /* offsets in a hard drive node, UEFI 2.10 table 10.50 */
#define HARD_DRIVE_SIGNATURE_TYPE 41
#define HARD_DRIVE_SIZE           42

/* The node at `path`, header included; size 0 at the end of the path or if it is damaged. */
static struct bytes node_at(const uint8_t *path)
{
        size_t size = load_le16(path + 2);

        if ((path[0] & 0x7f) == NODE_TYPE_END || size < NODE_HEADER_SIZE)
                return (struct bytes){ 0 };
        return (struct bytes){ path, size };
}

static bool node_is(struct bytes node, uint8_t type, uint8_t subtype)
{
        return node.data[0] == type && node.data[1] == subtype;
}

bool device_path_partition(const struct platform *platform, EFI_HANDLE device, struct guid *ret)
{
        EFI_GUID protocol = DEVICE_PATH_PROTOCOL;
        void *path = NULL;

        if (device == NULL || EFI_ERROR(boot_services(platform)->HandleProtocol(device, &protocol, &path)) || path == NULL)
                return false;
        for (struct bytes node = node_at(path); node.size > 0; node = node_at(node.data + node.size)) {
                if (!node_is(node, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP) || node.size < HARD_DRIVE_SIZE ||
                    node.data[HARD_DRIVE_SIGNATURE_TYPE] != SIGNATURE_TYPE_GUID)
                        continue;
                memcpy(ret, node.data + HARD_DRIVE_SIGNATURE, sizeof(*ret));
                return true;
        }
        return false;
}

/* The firmware's search takes a path and leaves it at the rest that matched nothing: at its end, the disk itself was found. */
static EFI_STATUS find_disk(const struct platform *platform, uint8_t *path, EFI_HANDLE *ret)
{
        EFI_GUID protocol = BLOCK_IO_PROTOCOL;
        EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)path;
        EFI_HANDLE disk = NULL;
        EFI_STATUS status = boot_services(platform)->LocateDevicePath(&protocol, &rest, &disk);

        if (EFI_ERROR(status) || node_at((const uint8_t *)rest).size > 0)
                return EFI_NOT_FOUND;
        *ret = disk;
        return EFI_SUCCESS;
}

EFI_STATUS device_path_disk(const struct platform *platform, EFI_HANDLE partition, EFI_HANDLE *ret)
{
        static const uint8_t end[NODE_HEADER_SIZE] = { NODE_TYPE_END, 0xff, NODE_HEADER_SIZE, 0 };
        EFI_GUID protocol = DEVICE_PATH_PROTOCOL;
        void *path = NULL;
        struct bytes node;
        uint8_t *parent;
        EFI_STATUS status;

        if (partition == NULL || EFI_ERROR(boot_services(platform)->HandleProtocol(partition, &protocol, &path)) || path == NULL)
                return EFI_NOT_FOUND;
        node = node_at(path);
        while (node.size > 0 && !node_is(node, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP))
                node = node_at(node.data + node.size);
        if (node.size == 0)
                return EFI_NOT_FOUND;
        size_t size = (size_t)(node.data - (const uint8_t *)path);

        parent = platform_allocate(platform, size + sizeof(end));
        if (parent == NULL)
                return EFI_OUT_OF_RESOURCES;
        memcpy(parent, path, size);
        memcpy(parent + size, end, sizeof(end));
        status = find_disk(platform, parent, ret);
        platform_free(platform, parent);
        return status;
}

bool device_path_file(const EFI_DEVICE_PATH *path, struct writer *writer)
{
        bool readable = true;

        if (path == NULL)
                return true;
        for (struct bytes node = node_at((const uint8_t *)path); node.size > 0; node = node_at(node.data + node.size)) {
                struct bytes text = { node.data + NODE_HEADER_SIZE, node.size - NODE_HEADER_SIZE };

                if (!node_is(node, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP) || text.size < sizeof(CHAR16))
                        continue;
                if (load_le16(text.data) != '\\')
                        writer_char(writer, '\\');
                readable &= utf16_to_utf8(text.data, text.size, writer) == ERR_OK;
        }
        return readable;
}

EFI_DEVICE_PATH *device_path_of_file(const struct platform *platform, EFI_HANDLE device, const char *file)
{
        static const uint8_t end[NODE_HEADER_SIZE] = { NODE_TYPE_END, 0xff, NODE_HEADER_SIZE, 0 };
        EFI_GUID protocol = DEVICE_PATH_PROTOCOL;
        size_t length = text_length(file), device_size = 0, name_size = (length + 2) * sizeof(CHAR16); /* with "\\" and NUL */
        void *path = NULL;
        struct writer writer;
        uint8_t *whole, *node;

        if (EFI_ERROR(boot_services(platform)->HandleProtocol(device, &protocol, &path)) || path == NULL)
                return NULL;
        for (struct bytes at = node_at(path); at.size > 0; at = node_at(at.data + at.size))
                device_size += at.size;
        if (NODE_HEADER_SIZE + name_size > UINT16_MAX)
                return NULL;
        whole = platform_allocate(platform, device_size + NODE_HEADER_SIZE + name_size + sizeof(end));
        if (whole == NULL)
                return NULL;
        memcpy(whole, path, device_size);
        node = whole + device_size;
        node[0] = MEDIA_DEVICE_PATH;
        node[1] = MEDIA_FILEPATH_DP;
        writer = writer_over(node + NODE_HEADER_SIZE, name_size);
        writer_bytes(&writer, "\\", sizeof(CHAR16)); /* the character and a zero */
        utf16_from_utf8(file, length, &writer);      /* in no more units than it has bytes */
        for (size_t i = 0; i < writer.size; i += sizeof(CHAR16))
                if (load_le16(writer.data + i) == '/')
                        store_le16(writer.data + i, '\\');
        store_le16(node + 2, (uint16_t)(NODE_HEADER_SIZE + writer.size));
        memcpy(node + NODE_HEADER_SIZE + writer.size, end, sizeof(end));
        return (EFI_DEVICE_PATH *)whole;
}
