// A PKCS#11 module has one symbol, C_GetFunctionList, which the standard's header declares.
#define CRYPTOKI_GNU 1
#include <p11-kit/pkcs11.h>
