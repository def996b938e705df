/* load.c - the load generator's command line: options once, then commands on standard input, one JSON line each.
 *
 *   load --port P --watch TARGET --publish FILE --snapshot FILE [--marker TEXT] [--most N]
 *        [--kind websocket|events] [--patience SECONDS]
 *        [--say TEXT | --await TEXT]... [--ping TEXT --pong TEXT]
 *
 *   connect N         hold N subscribers in all
 *   rate R SECONDS    open loop, R updates a second
 *   saturate W SECONDS  closed loop, fewer than W updates unseen
 *   put K SECONDS     updates on K keep-alive connections
 *   get K SECONDS     snapshots on K keep-alive connections
 *
 * It ends with its input. FILE holds a whole HTTP request, "{seq}" standing for the sequence number.
 */
#include "phases.h"
#include "publishers.h"
#include "subscribers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

typedef struct {
    Watch watch;
    const char *publish, *snapshot;
    uint32_t most;
    double patience;
} Options;

static void fail(const char *what, const char *which) {
    fprintf(stderr, "load: %s: %s\n", what, which);
    exit(2);
}

static const char *file_text(const char *path) {
    static char pool[4][16384];
    static int used;
    if (used == 4) fail("too many files", path);
    FILE *file = fopen(path, "rb");
    if (!file) fail("cannot read", path);
    size_t length = fread(pool[used], 1, sizeof pool[0] - 1, file);
    fclose(file);
    if (length == sizeof pool[0] - 1) fail("too long", path);
    pool[used][length] = 0;
    return pool[used++];
}

static void step(Watch *watch, bool says, const char *text) {
    if (watch->step_count == MAX_STEPS || strlen(text) > 4096) fail("too many steps or too long a step", text);
    watch->steps[watch->step_count++] = (Step){says, text};
}

static void option(Options *options, const char *name, const char *value) {
    Watch *watch = &options->watch;
    if (!strcmp(name, "--port")) watch->port = atoi(value);
    else if (!strcmp(name, "--watch")) watch->target = value;
    else if (!strcmp(name, "--kind")) watch->events = !strcmp(value, "events");
    else if (!strcmp(name, "--marker")) watch->marker = value;
    else if (!strcmp(name, "--ping")) watch->ping = value;
    else if (!strcmp(name, "--pong")) watch->pong = value;
    else if (!strcmp(name, "--say")) step(watch, true, value);
    else if (!strcmp(name, "--await")) step(watch, false, value);
    else if (!strcmp(name, "--publish")) options->publish = file_text(value);
    else if (!strcmp(name, "--snapshot")) options->snapshot = file_text(value);
    else if (!strcmp(name, "--most")) options->most = (uint32_t)atol(value);
    else if (!strcmp(name, "--patience")) options->patience = atof(value);
    else fail("unknown option", name);
}

static Options options_of(int count, char **arguments) {
    Options options = {.watch = {.marker = "mark-"}, .most = 10000, .patience = 3, .publish = "", .snapshot = ""};
    for (int k = 1; k < count; k += 2) {
        if (k + 1 == count) fail("an option without its value", arguments[k]);
        option(&options, arguments[k], arguments[k + 1]);
    }
    if (options.watch.port < 1 || options.watch.port > 65535) fail("needed", "--port");
    if (!options.watch.target) fail("needed", "--watch");
    if (!options.watch.ping != !options.watch.pong) fail("go together", "--ping and --pong");
    return options;
}

/* As many descriptors as this user may have; a clear word now is better than a failed run later. */
static void claim_descriptors(uint32_t subscribers) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < subscribers + MAX_PUBLISHERS + 64u) fail("too few descriptors (ulimit -n) for", "--most");
}

static void print_text(const char *text) {
    putchar('"');
    for (; *text; text++) putchar(*text < 32 || *text == '"' || *text == '\\' || *text == 127 ? ' ' : *text);
    putchar('"');
}

static void print_samples(const char *name, Samples *samples) {
    samples_sort(samples);
    printf("\"%s\":{\"count\":%zu,\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"max\":%.0f}", name, samples->count,
           samples_quantile(samples, .5), samples_quantile(samples, .9), samples_quantile(samples, .99),
           samples_quantile(samples, 1));
}

static void print_connected(uint32_t wanted, double seconds) {
    printf("{\"wanted\":%u,\"ready\":%u,\"failed\":%u,\"closed\":%u,\"seconds\":%.6f,\"error\":", wanted, crowd.ready,
           crowd.failed, crowd.closed, seconds);
    print_text(crowd.error);
    puts("}");
}

static void print_outcome(Bench *bench, const Outcome *outcome) {
    Tally *t = &bench->tally;
    uint64_t span = t->last_ns > outcome->start_ns ? t->last_ns - outcome->start_ns : 0;
    printf("{\"planned\":%u,\"sent\":%llu,\"accepted\":%llu,\"refused\":%llu,\"stalls\":%u,", outcome->planned,
           (unsigned long long)asking.asked, (unsigned long long)asking.accepted, (unsigned long long)asking.refused,
           outcome->stalls);
    printf("\"seconds\":%.6f,\"wall\":%.6f,\"delivery_seconds\":%.6f,", outcome->seconds, outcome->wall, (double)span / 1e9);
    printf("\"members\":%u,\"closed\":%u,\"behind\":%u,\"expected\":%llu,\"delivered\":%llu,\"missing\":%llu,", t->members,
           t->left, tally_behind(t), (unsigned long long)t->expected, (unsigned long long)t->delivered,
           (unsigned long long)(t->expected - t->delivered));
    printf("\"duplicates\":%llu,\"reordered\":%llu,\"stale\":%llu,", (unsigned long long)t->duplicates,
           (unsigned long long)t->reordered, (unsigned long long)t->stale);
    print_samples("latency_us", &t->latency);
    putchar(',');
    print_samples("answer_us", &asking.answer);
    printf(",\"error\":");
    print_text(asking.error[0] ? asking.error : t->left ? crowd.error : "");
    puts("}");
}

static void command(Bench *bench, const char *line) {
    char name[16];
    double first, seconds = 0;
    int words = sscanf(line, "%15s %lf %lf", name, &first, &seconds);
    if (words < 2 || first <= 0 || seconds < 0 || seconds > 600) fail("not a command", line);
    uint32_t count = (uint32_t)first;
    if (!strcmp(name, "connect")) {
        print_connected(count, phase_connect(bench, count));
        return;
    }
    Outcome outcome;
    if (!strcmp(name, "rate")) outcome = phase_rate(bench, first, seconds);
    else if (!strcmp(name, "saturate")) outcome = phase_saturate(bench, count, seconds);
    else if (!strcmp(name, "put") && count <= MAX_PUBLISHERS) outcome = phase_ask(bench, count, seconds, 0);
    else if (!strcmp(name, "get") && count <= MAX_PUBLISHERS) outcome = phase_ask(bench, count, seconds, 1);
    else fail("not a command", line);
    print_outcome(bench, &outcome);
}

int main(int count, char **arguments) {
    static Bench bench = {.next_sequence = 1};
    char line[256];
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no load without the bench that asked for it */
    prctl(PR_SET_TIMERSLACK, 1);
    Options options = options_of(count, arguments);
    claim_descriptors(options.most);
    bench.port = options.watch.port;
    bench.publish = options.publish;
    bench.snapshot = options.snapshot;
    bench.patience_ns = (uint64_t)(options.patience * 1e9);
    bench_prepare(&bench);
    subscribers_prepare(&options.watch, options.most, bench.epoll, &bench.tally);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) command(&bench, line);
    return 0;
}
