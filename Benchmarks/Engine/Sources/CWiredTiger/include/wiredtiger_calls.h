// WiredTiger's API is tables of variadic function pointers, which Swift cannot call: here are the
// few calls that the comparison makes, as plain functions. Every function returns WiredTiger's error
// code, 0 for success; wt_missing() for a key that is not there.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A WT_SESSION with one WT_CURSOR on the table.
struct wt_handle {
    void *session;
    void *cursor;
};

int wt_missing(void);
/// What a call returns whose transaction has to be rolled back.
int wt_rolled_back(void);
const char *wt_describe(int code);
const char *wt_version(void);

int wt_open(const char *folder, const char *config, void **connection);
int wt_close(void *connection);
int wt_create_table(void *connection, const char *config);
int wt_checkpoint_and_compact(void *connection);

int wt_handle_open(void *connection, struct wt_handle *handle);
int wt_handle_close(struct wt_handle *handle);

int wt_begin(const struct wt_handle *handle);
int wt_commit(const struct wt_handle *handle);
int wt_rollback(const struct wt_handle *handle);
int wt_put(const struct wt_handle *handle, const void *key, size_t key_size, const void *value,
           size_t value_size);
int wt_delete(const struct wt_handle *handle, const void *key, size_t key_size);

/// Finds a key; the value is lent until the handle's next call or wt_reset.
int wt_get(const struct wt_handle *handle, const void *key, size_t key_size, const void **value,
           size_t *value_size);
/// Moves to the first key at or after `key`.
int wt_seek(const struct wt_handle *handle, const void *key, size_t key_size);
int wt_next(const struct wt_handle *handle);
int wt_previous(const struct wt_handle *handle);
/// The key and value that the handle stands on, lent until its next call.
int wt_current(const struct wt_handle *handle, const void **key, size_t *key_size,
               const void **value, size_t *value_size);
int wt_reset(const struct wt_handle *handle);
