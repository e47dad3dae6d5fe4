/* Capture files built by hand, for the tests of capture/. */
#ifndef SIPTRAIL_TESTS_CAPTURE_FILES_H
#define SIPTRAIL_TESTS_CAPTURE_FILES_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "test.h"

#define FILE_MAX ((size_t)8 << 20)

/** A file being put together; big_endian as its writer. */
struct build {
    uint8_t *bytes;
    size_t length;
    bool big_endian;
};

static inline struct build build_new(bool big_endian)
{
    struct build b = {malloc(FILE_MAX), 0, big_endian};

    assert_non_null(b.bytes);
    return b;
}

static inline void build_free(struct build *b)
{
    free(b->bytes);
    b->bytes = NULL;
}

static inline void put_bytes(struct build *b, const void *data, size_t length)
{
    assert_true(b->length + length <= FILE_MAX);
    if (length > 0)
        memcpy(b->bytes + b->length, data, length);
    b->length += length;
}

static inline void put_number(struct build *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        int shift = 8 * (b->big_endian ? bytes - 1 - i : i);
        uint8_t byte = (uint8_t)(value >> shift);

        put_bytes(b, &byte, 1);
    }
}

static inline void put16(struct build *b, uint32_t value)
{
    put_number(b, value, 2);
}

static inline void put32(struct build *b, uint64_t value)
{
    put_number(b, value, 4);
}

static inline void put_pcap_header(struct build *b, uint32_t magic,
                                   uint32_t link_type)
{
    put32(b, magic);
    put16(b, 2);
    put16(b, 4);
    put32(b, 0);
    put32(b, 0);
    put32(b, 65535);
    put32(b, link_type);
}

static inline void put_pcap_packet(struct build *b, uint32_t seconds,
                                   uint32_t fraction, const char *data,
                                   uint32_t wire_length)
{
    put32(b, seconds);
    put32(b, fraction);
    put32(b, strlen(data));
    put32(b, wire_length);
    put_bytes(b, data, strlen(data));
}

/** Begin a pcapng block; returns where it stands, for end_block(). */
static inline size_t begin_block(struct build *b, uint32_t type)
{
    put32(b, type);
    put32(b, 0);
    return b->length - 8;
}

static inline void end_block(struct build *b, size_t at)
{
    struct build length = *b;

    while ((b->length - at) % 4)
        put_bytes(b, "", 1);
    length.length = at + 4;
    put32(&length, b->length + 4 - at);
    put32(b, b->length + 4 - at);
}

static inline void put_section(struct build *b)
{
    size_t at = begin_block(b, 0x0a0d0d0a);

    put32(b, 0x1a2b3c4d);
    put16(b, 1);
    put16(b, 0);
    put_number(b, UINT64_MAX, 8);
    end_block(b, at);
}

/** @param resolution  if_tsresol, or -1 to leave it out */
static inline void put_interface(struct build *b, uint16_t link_type,
                                 int resolution, int64_t offset_s)
{
    size_t at = begin_block(b, 1);

    put16(b, link_type);
    put16(b, 0);
    put32(b, 0);
    put16(b, 2); /* if_name */
    put16(b, 4);
    put_bytes(b, "eth0", 4);
    if (resolution >= 0) {
        uint8_t value[4] = {(uint8_t)resolution};

        put16(b, 9);
        put16(b, 1);
        put_bytes(b, value, 4);
    }
    if (offset_s != 0) {
        put16(b, 14);
        put16(b, 8);
        put_number(b, (uint64_t)offset_s, 8);
    }
    put32(b, 0);
    end_block(b, at);
}

static inline void put_enhanced(struct build *b, uint32_t number,
                                uint64_t ticks, const char *data,
                                uint32_t wire_length)
{
    size_t at = begin_block(b, 6);

    put32(b, number);
    put32(b, ticks >> 32);
    put32(b, ticks);
    put32(b, strlen(data));
    put32(b, wire_length);
    put_bytes(b, data, strlen(data));
    end_block(b, at);
}

/** A name in this run's own folder; static storage, eight names at a time. */
static inline const char *temp_path(const char *name)
{
    static char folder[] = "/tmp/siptrail-test-XXXXXX";
    static bool made;
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];

    if (!made)
        assert_non_null(mkdtemp(folder));
    made = true;
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/** Remove the files named, and the folder once it is empty. */
static inline void temp_remove(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)unlink(temp_path(names[i]));
    (void)rmdir(temp_path(""));
}

static inline const char *write_file(const char *name, const void *data,
                                     size_t length)
{
    const char *path = temp_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, length), (ssize_t)length);
    assert_int_equal(close(fd), 0);
    return path;
}

static inline struct capture *open_one(const char *path, const char *filter)
{
    struct capture_options options = {.filter = filter};
    struct capture *c = NULL;
    struct error err = {0};

    if (capture_open_files(&path, 1, &options, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

#endif
