#include "wiredtiger_calls.h"

#include <wiredtiger.h>

static const char table[] = "table:entries";

#define SESSION(handle) ((WT_SESSION *)(handle)->session)
#define CURSOR(handle) ((WT_CURSOR *)(handle)->cursor)

int wt_missing(void) { return WT_NOTFOUND; }
int wt_rolled_back(void) { return WT_ROLLBACK; }
const char *wt_describe(int code) { return wiredtiger_strerror(code); }
const char *wt_version(void) { return wiredtiger_version(NULL, NULL, NULL); }

int wt_open(const char *folder, const char *config, void **connection) {
    return wiredtiger_open(folder, NULL, config, (WT_CONNECTION **)connection);
}

int wt_close(void *connection) {
    WT_CONNECTION *c = connection;
    return c->close(c, NULL);
}

int wt_create_table(void *connection, const char *config) {
    WT_CONNECTION *c = connection;
    WT_SESSION *session;
    int code = c->open_session(c, NULL, NULL, &session);
    if (code != 0) return code;
    code = session->create(session, table, config);
    int closed = session->close(session, NULL);
    return code != 0 ? code : closed;
}

int wt_checkpoint_and_compact(void *connection) {
    WT_CONNECTION *c = connection;
    WT_SESSION *session;
    int code = c->open_session(c, NULL, NULL, &session);
    if (code != 0) return code;
    code = session->checkpoint(session, NULL);
    if (code == 0) code = session->compact(session, table, "timeout=0");
    int closed = session->close(session, NULL);
    return code != 0 ? code : closed;
}

int wt_handle_open(void *connection, struct wt_handle *handle) {
    WT_CONNECTION *c = connection;
    WT_SESSION *session;
    WT_CURSOR *cursor;
    int code = c->open_session(c, NULL, NULL, &session);
    if (code != 0) return code;
    code = session->open_cursor(session, table, NULL, "overwrite=true", &cursor);
    if (code != 0) {
        session->close(session, NULL);
        return code;
    }
    handle->session = session;
    handle->cursor = cursor;
    return 0;
}

int wt_handle_close(struct wt_handle *handle) {
    return SESSION(handle)->close(SESSION(handle), NULL);
}

int wt_begin(const struct wt_handle *handle) {
    return SESSION(handle)->begin_transaction(SESSION(handle), NULL);
}

int wt_commit(const struct wt_handle *handle) {
    return SESSION(handle)->commit_transaction(SESSION(handle), NULL);
}

int wt_rollback(const struct wt_handle *handle) {
    return SESSION(handle)->rollback_transaction(SESSION(handle), NULL);
}

static void set_key(WT_CURSOR *cursor, const void *key, size_t size) {
    WT_ITEM item = {.data = key, .size = size};
    cursor->set_key(cursor, &item);
}

int wt_put(const struct wt_handle *handle, const void *key, size_t key_size, const void *value,
           size_t value_size) {
    WT_CURSOR *cursor = CURSOR(handle);
    WT_ITEM item = {.data = value, .size = value_size};
    set_key(cursor, key, key_size);
    cursor->set_value(cursor, &item);
    return cursor->insert(cursor);
}

int wt_delete(const struct wt_handle *handle, const void *key, size_t key_size) {
    WT_CURSOR *cursor = CURSOR(handle);
    set_key(cursor, key, key_size);
    return cursor->remove(cursor);
}

int wt_get(const struct wt_handle *handle, const void *key, size_t key_size, const void **value,
           size_t *value_size) {
    WT_CURSOR *cursor = CURSOR(handle);
    WT_ITEM item;
    set_key(cursor, key, key_size);
    int code = cursor->search(cursor);
    if (code == 0) code = cursor->get_value(cursor, &item);
    if (code != 0) return code;
    *value = item.data;
    *value_size = item.size;
    return 0;
}

int wt_seek(const struct wt_handle *handle, const void *key, size_t key_size) {
    WT_CURSOR *cursor = CURSOR(handle);
    int direction;
    set_key(cursor, key, key_size);
    int code = cursor->search_near(cursor, &direction);
    return code == 0 && direction < 0 ? cursor->next(cursor) : code;
}

int wt_next(const struct wt_handle *handle) { return CURSOR(handle)->next(CURSOR(handle)); }
int wt_previous(const struct wt_handle *handle) { return CURSOR(handle)->prev(CURSOR(handle)); }

int wt_current(const struct wt_handle *handle, const void **key, size_t *key_size,
               const void **value, size_t *value_size) {
    WT_CURSOR *cursor = CURSOR(handle);
    WT_ITEM item;
    int code = cursor->get_key(cursor, &item);
    if (code != 0) return code;
    *key = item.data;
    *key_size = item.size;
    code = cursor->get_value(cursor, &item);
    if (code != 0) return code;
    *value = item.data;
    *value_size = item.size;
    return 0;
}

int wt_reset(const struct wt_handle *handle) { return CURSOR(handle)->reset(CURSOR(handle)); }
