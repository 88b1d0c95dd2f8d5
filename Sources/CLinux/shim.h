#include <spawn.h>
#include <sys/prctl.h>

// prctl takes variable arguments, which Swift does not import.
static inline int aval_prctl(int option, unsigned long argument) { return prctl(option, argument, 0, 0, 0); }

// Declared for _GNU_SOURCE alone, which Swift's import of the C library does not define. Tests spawn with them.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *__restrict, const char *__restrict);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
