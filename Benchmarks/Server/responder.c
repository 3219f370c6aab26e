/* The floor of Tools/bench server: HTTP/1.1 with nothing behind it and as little before it as can be.
 *
 *   responder PORT BODY-BYTES
 *
 * One epoll loop a core, each with a listening socket of its own (SO_REUSEPORT) on 127.0.0.1. A request is found
 * to its end (the blank line, then as many bytes as Content-Length says) and answered with a fixed 200 that has
 * kvd's headers and a body of the given size. Keep-alive and pipelining are understood; chunked bodies, other
 * methods and errors are not. A connection that sends more than its buffer holds, or nonsense, is closed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 << 10, EVENTS = 64, BACKLOG = 256 };

struct connection {
    int socket;
    size_t used;
    char bytes[BUFFER_BYTES];
};

static char *response;
static size_t response_bytes;
static uint16_t port;

_Noreturn static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void make_response(size_t body_bytes) {
    static const char form[] =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: %zu\r\n"
        "x-amzn-requestid: 0123456789abcdef0123456789abcdef\r\nx-amz-crc32: 2745614147\r\n\r\n";
    response = malloc(sizeof form + 32 + body_bytes);
    if (!response) fail("malloc");
    int head = sprintf(response, form, body_bytes);
    memset(response + head, ' ', body_bytes);
    response[head] = '{';
    response[head + body_bytes - 1] = '}';
    response_bytes = (size_t)head + body_bytes;
}

/* The length of the first whole request in the bytes; 0 if it is not all there yet. */
static size_t request_length(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t body = 0;
    const char *line = memchr(bytes, '\n', (size_t)(end - bytes));
    while (line && line < end) {
        line++;
        if (strncasecmp(line, "content-length:", 15) == 0) body = strtoul(line + 15, NULL, 10);
        line = memchr(line, '\n', (size_t)(end - line));
    }
    size_t whole = (size_t)(end - bytes) + 4 + body;
    return whole <= count ? whole : 0;
}

/* Whether the whole answer went out. The peer reads each before it asks again, so it fits the socket's buffer. */
static int answer(int socket) {
    size_t sent = 0;
    while (sent < response_bytes) {
        ssize_t count = send(socket, response + sent, response_bytes - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) return 0;
        if (count > 0) sent += (size_t)count;
    }
    return 1;
}

/* Whether the connection goes on. */
static int serve(struct connection *connection) {
    ssize_t count = read(connection->socket, connection->bytes + connection->used, BUFFER_BYTES - connection->used);
    if (count <= 0) return count < 0 && (errno == EAGAIN || errno == EINTR);
    connection->used += (size_t)count;
    size_t done = 0, length;
    while ((length = request_length(connection->bytes + done, connection->used - done)) > 0) {
        if (!answer(connection->socket)) return 0;
        done += length;
    }
    connection->used -= done;
    memmove(connection->bytes, connection->bytes + done, connection->used);
    return connection->used < BUFFER_BYTES;
}

static int listening_socket(void) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, BACKLOG) < 0) fail("listen");
    return listener;
}

static void accept_all(int loop, int listener) {
    int on = 1, socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = malloc(sizeof *connection);
        if (!connection) fail("malloc");
        connection->socket = socket;
        connection->used = 0;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(loop, EPOLL_CTL_ADD, socket, &event) < 0) fail("epoll_ctl");
    }
}

static void *run(void *unused) {
    (void)unused;
    int loop = epoll_create1(EPOLL_CLOEXEC), listener = listening_socket();
    struct epoll_event ready[EVENTS], event = {.events = EPOLLIN, .data.ptr = NULL};
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll");
    for (;;) {
        int count = epoll_wait(loop, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = ready[i].data.ptr;
            if (!connection) {
                accept_all(loop, listener);
            } else if (!serve(connection)) {
                close(connection->socket);
                free(connection);
            }
        }
    }
}

int main(int count, char **arguments) {
    long body = count == 3 ? atol(arguments[2]) : 0;
    if (body < 2 || body > 1 << 20) {
        fprintf(stderr, "usage: responder PORT BODY-BYTES (2 to 1048576)\n");
        return 2;
    }
    port = (uint16_t)atoi(arguments[1]);
    make_response((size_t)body);
    for (long loop = 1; loop < sysconf(_SC_NPROCESSORS_ONLN); loop++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, NULL)) fail("pthread_create");
    }
    run(NULL);
}
