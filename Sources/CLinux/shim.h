#include <sys/prctl.h>

// prctl takes variable arguments, which Swift does not import.
static inline int aval_prctl(int option, unsigned long argument) { return prctl(option, argument, 0, 0, 0); }
