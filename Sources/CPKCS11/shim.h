// The names of the structures' fields without Hungarian notation.
#define CRYPTOKI_GNU 1
#include <p11-kit/pkcs11.h>
