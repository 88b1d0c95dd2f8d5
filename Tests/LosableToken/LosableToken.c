// SoftHSM 2 with a token that can be taken away and put back: it is away while there is a file at the path that
// LOSABLE_TOKEN_AWAY names.
#include "LosableToken.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static struct ck_function_list whole;
static struct ck_function_list losable;

static int is_away(void) {
    const char *path = getenv("LOSABLE_TOKEN_AWAY");
    return path != NULL && access(path, F_OK) == 0;
}

static ck_rv_t open_session(ck_slot_id_t slot, ck_flags_t flags, void *application, ck_notify_t notify,
                            ck_session_handle_t *session) {
    if (is_away()) return CKR_TOKEN_NOT_PRESENT;
    return whole.C_OpenSession(slot, flags, application, notify, session);
}

static ck_rv_t encrypt_init(ck_session_handle_t session, struct ck_mechanism *mechanism, ck_object_handle_t key) {
    if (is_away()) return CKR_DEVICE_REMOVED;
    return whole.C_EncryptInit(session, mechanism, key);
}

ck_rv_t C_GetFunctionList(struct ck_function_list **list) {
    void *library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get_list = library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    struct ck_function_list *found = NULL;
    if (get_list == NULL || get_list(&found) != CKR_OK) return CKR_GENERAL_ERROR;
    whole = losable = *found;
    losable.C_OpenSession = open_session;
    losable.C_EncryptInit = encrypt_init;
    *list = &losable;
    return CKR_OK;
}
