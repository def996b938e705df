/* accept.c - see accept.h. SHA-1 after FIPS 180-4, for the short texts of a handshake only. */
#include "accept.h"

#include <stdint.h>
#include <string.h>

#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

static void schedule(const uint8_t block[64], uint32_t words[80]) {
    for (int t = 0; t < 16; t++, block += 4)
        words[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
    for (int t = 16; t < 80; t++) words[t] = rotate(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
}

/* f(b, c, d) and K of round t. */
static uint32_t mix(int t, uint32_t b, uint32_t c, uint32_t d) {
    switch (t / 20) {
    case 0: return ((b & c) ^ (~b & d)) + 0x5a827999;
    case 1: return (b ^ c ^ d) + 0x6ed9eba1;
    case 2: return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
    default: return (b ^ c ^ d) + 0xca62c1d6;
    }
}

static void digest_block(uint32_t hash[5], const uint8_t block[64]) {
    uint32_t words[80], v[5];
    schedule(block, words);
    memcpy(v, hash, sizeof v);
    for (int t = 0; t < 80; t++) {
        uint32_t next = rotate(v[0], 5) + mix(t, v[1], v[2], v[3]) + v[4] + words[t];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (int k = 0; k < 5; k++) hash[k] += v[k];
}

static void sha1(const char *text, size_t length, uint8_t digest[20]) {
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t padded[128] = {0};
    size_t blocks = (length + 1 + 8 + 63) / 64;
    memcpy(padded, text, length);
    padded[length] = 0x80;
    for (int k = 0; k < 8; k++) padded[blocks * 64 - 1 - (size_t)k] = (uint8_t)((uint64_t)length * 8 >> (8 * k));
    for (size_t block = 0; block < blocks; block++) digest_block(hash, padded + 64 * block);
    for (int k = 0; k < 20; k++) digest[k] = (uint8_t)(hash[k / 4] >> (24 - 8 * (k % 4)));
}

void accept_key(const char *key, size_t length, char answer[29]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[64 + sizeof MAGIC];
    uint8_t digest[21] = {0};
    if (length > 64) length = 64;
    memcpy(text, key, length);
    memcpy(text + length, MAGIC, sizeof MAGIC - 1);
    sha1(text, length + sizeof MAGIC - 1, digest);
    for (int k = 0; k < 7; k++, answer += 4) {
        uint32_t triple = (uint32_t)digest[3 * k] << 16 | (uint32_t)digest[3 * k + 1] << 8 | digest[3 * k + 2];
        for (int c = 0; c < 4; c++) answer[c] = letters[triple >> (18 - 6 * c) & 63];
    }
    answer[-1] = '='; /* 20 bytes leave one byte of the last triple unused */
    *answer = 0;
}
