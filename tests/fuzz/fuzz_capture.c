/*
 * A capture file of any format, packed or not: every packet lent can be read,
 * and blocks of every size give the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/file.h"

/* A few bytes can unpack into millions of packets. */
#define PACKETS_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash of all that is given out, with 1 added where the file is damaged. */
static uint64_t read_all(const char *path, size_t block_bytes)
{
    struct file f;
    struct packet p;
    struct error err = {0};
    enum file_result result;
    uint64_t sum = 0;

    if (file_open(&f, path, block_bytes, &err) < 0)
        return err.text[0] ? 1 : 0;
    while ((result = file_next(&f, &p)) == FILE_PACKET) {
        if (p.length > p.wire_length || p.length > FILE_PACKET_MAX)
            abort();
        for (uint32_t i = 0; i < p.length; i++)
            sum = sum * 31 + p.data[i];
        sum = sum * 31 + (uint64_t)p.time_ns;
        if (p.frame == PACKETS_MAX)
            break;
    }
    if (result == FILE_FAILED || (result == FILE_DAMAGED) != (f.damage[0] != 0))
        abort();
    sum = sum * 31 + f.frames + (result == FILE_DAMAGED);
    if (result != FILE_PACKET)
        sum ^= bytes_fingerprint(&f.bytes);
    file_close(&f);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("capture", MFD_CLOEXEC);
    uint64_t sum;

    if (fd < 0)
        abort();
    if (write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    sum = read_all(path, 64);
    if (sum != read_all(path, 4096))
        abort();
    (void)close(fd);
    return 0;
}
