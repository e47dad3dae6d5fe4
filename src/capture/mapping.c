#include "capture/mapping.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of more files the rest is read. */
#define MAPPINGS_MAX 64

/* All there are, for the handler. A place is somebody's before it is filled,
 * and filled only while what it says holds. */
static atomic_bool taken[MAPPINGS_MAX];
static _Atomic(struct mapping *) mappings[MAPPINGS_MAX];
static struct sigaction action_before;
static uintptr_t page_bytes;

static struct mapping *mapping_with(uintptr_t address)
{
    for (size_t i = 0; i < MAPPINGS_MAX; i++) {
        struct mapping *m = atomic_load(&mappings[i]);

        if (m && address >= (uintptr_t)m->from &&
            address - (uintptr_t)m->from < m->length)
            return m;
    }
    return NULL;
}

/* Whatever is behind the byte that was not there is not there either. */
static bool read_as_zeros(struct mapping *m, uintptr_t address)
{
    size_t before = (address - (uintptr_t)m->from) / page_bytes * page_bytes;

    m->lost = 1;
    return mmap((void *)((uintptr_t)m->from + before), m->length - before,
                PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

/* mmap() is no function that POSIX names as safe here; on Linux it is a system
 * call and no more. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
    uintptr_t address = (uintptr_t)info->si_addr;
    struct mapping *m = mapping_with(address);
    int error = errno;

    (void)context;
    if (!m || !read_as_zeros(m, address))
        (void)sigaction(number, &action_before, NULL); /* and once more */
    errno = error;
}

/* For each file again: somebody else may have come in between. */
static void catch_bus_errors(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error,
                               .sa_flags = SA_SIGINFO};
    struct sigaction before;

    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, &before);
    if (before.sa_sigaction != on_bus_error)
        action_before = before;
}

static bool take_place(struct mapping *m)
{
    for (unsigned i = 0; i < MAPPINGS_MAX; i++)
        if (!atomic_exchange(&taken[i], true)) {
            m->place = i;
            return true;
        }
    return false;
}

static void unmap(struct mapping *m)
{
    atomic_store(&mappings[m->place], NULL);
    (void)munmap((void *)(uintptr_t)m->from, m->length);
    m->from = NULL;
    m->length = 0;
}

bool mapping_make(struct mapping *m, int fd, uint64_t offset, size_t length)
{
    void *from = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd,
                      (off_t)offset);

    if (from == MAP_FAILED)
        return false;
    if (m->from) {
        unmap(m);
    } else if (take_place(m)) {
        catch_bus_errors();
    } else {
        (void)munmap(from, length);
        return false;
    }
    m->from = from;
    m->length = length;
    atomic_store(&mappings[m->place], m);
    return true;
}

void mapping_drop(struct mapping *m)
{
    if (!m->from)
        return;
    unmap(m);
    atomic_store(&taken[m->place], false);
}
